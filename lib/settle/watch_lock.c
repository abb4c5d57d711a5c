/* watch_lock.c - one watcher for a store: two would do no harm, and tell all events twice. */
#include "settle/watch_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static bool is_same_file(int fd, const char *path)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 && stat(path, &there) == 0 && ours.st_dev == there.st_dev &&
	       ours.st_ino == there.st_ino;
}

/* The lock belongs to the open file, so that nothing else in this process ends it. */
static enum status lock(int fd)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	enum status s = file_lock(fd, F_OFD_SETLK, &whole);

	return s == STATUS_IO && (errno == EAGAIN || errno == EACCES) ? STATUS_BUSY : s;
}

enum status watch_lock_take(struct watch_lock *watch_lock, const struct store *store)
{
	CLEAN_BYTES struct bytes path = {0};
	enum status s;

	store_path(&path, store, "watching");
	s = bytes_status(&path);
	if (s != STATUS_OK || (watch_lock->fd >= 0 && is_same_file(watch_lock->fd, bytes_text(&path))))
		return s;
	watch_lock_drop(watch_lock);
	watch_lock->fd = open(bytes_text(&path), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
	if (watch_lock->fd < 0)
		return STATUS_IO;
	s = lock(watch_lock->fd);
	if (s != STATUS_OK)
		watch_lock_drop(watch_lock);
	return s;
}

void watch_lock_drop(struct watch_lock *watch_lock)
{
	if (watch_lock->fd >= 0)
		close(watch_lock->fd);
	watch_lock->fd = -1;
}
