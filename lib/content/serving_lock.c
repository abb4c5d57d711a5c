/* serving_lock.c - locks that last as long as the process that serves. */
#include "content/serving_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

/* The locks belong to the open file, not to the process: another open file in the same process is another server. */
static enum status lock(int fd, int command, struct flock *l)
{
	l->l_whence = SEEK_SET;
	l->l_len = 1;
	return file_lock(fd, command, l);
}

enum status serving_lock_open(struct serving_lock *x, const struct store *store)
{
	struct bytes path = {0};

	x->fd = -1;
	store_path(&path, store, "serving");
	if (bytes_status(&path) != STATUS_OK)
		return STATUS_NO_MEMORY;
	x->fd = open((const char *)path.data, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
	bytes_release(&path);
	return x->fd >= 0 ? STATUS_OK : STATUS_IO;
}

enum status serving_lock_enter(const struct serving_lock *x, uint64_t number)
{
	struct flock l = {.l_type = F_RDLCK, .l_start = (off_t)number};

	return lock(x->fd, F_OFD_SETLK, &l);
}

void serving_lock_leave(const struct serving_lock *x, uint64_t number)
{
	struct flock l = {.l_type = F_UNLCK, .l_start = (off_t)number};
	enum status ignored = lock(x->fd, F_OFD_SETLK, &l);

	(void)ignored;
}

enum status serving_lock_is_held(const struct serving_lock *x, bool *served, uint64_t number)
{
	struct flock l = {.l_type = F_WRLCK, .l_start = (off_t)number};
	enum status s = lock(x->fd, F_OFD_GETLK, &l);

	if (s != STATUS_OK)
		return s;
	*served = l.l_type != F_UNLCK;
	return STATUS_OK;
}

void serving_lock_close(struct serving_lock *x)
{
	if (x->fd >= 0)
		close(x->fd);
	x->fd = -1;
}
