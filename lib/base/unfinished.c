/* unfinished.c - names for files and folders that are not complete yet.
 *
 * STATUS_IO always leaves the reason in errno.
 */
#include "base/unfinished.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES_MAX    1000 /* processes that may be at work in one folder */
#define FOLDERS_OPEN 16   /* at a time, while they are removed */

/** struct maker - makes the file or folder @name; -1 with errno set, else a descriptor that can be locked. */
struct maker {
	int (*make)(const struct maker *m, const char *name);
	mode_t mode;
	int fd; /* of the file that is to be linked */
};

static int make_file(const struct maker *m, const char *name)
{
	return open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, m->mode);
}

static int make_folder(const struct maker *m, const char *name)
{
	return mkdir(name, m->mode) == 0 ? open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
}

static int make_link(const struct maker *m, const char *name)
{
	char self[64];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", m->fd);
	return linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0 ? m->fd : -1;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	remove(path);
	return 0;
}

void unfinished_remove(const char *path)
{
	int saved = errno;

	nftw(path, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
	errno = saved;
}

/* Is @name still the file or folder that is open as @fd? */
static bool is_named(int fd, const char *name)
{
	struct stat open, named;

	return fstat(fd, &open) == 0 && lstat(name, &named) == 0 && open.st_dev == named.st_dev &&
	       open.st_ino == named.st_ino;
}

/* Remove what a killed process of this user has left as @name. True if the name is free then. */
static bool remove_left(const char *name)
{
	struct stat st;
	bool left;
	int fd;

	if (lstat(name, &st) != 0)
		return errno == ENOENT;
	if ((!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) || st.st_uid != geteuid())
		return false;
	fd = open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	left = flock(fd, LOCK_EX | LOCK_NB) == 0 && is_named(fd, name);
	if (left)
		unfinished_remove(name);
	close(fd);
	return left;
}

/* Lock what was just made. False if another process took it for a leftover before. Some file systems have no locks. */
static bool hold(int fd, const char *name)
{
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
		return false;
	return is_named(fd, name);
}

/* Make @name, in the place of what was left there. -1 with errno, which is EEXIST if somebody else has the name. */
static int make_one(const struct maker *m, const char *name)
{
	int fd = m->make(m, name);

	if (fd >= 0 || errno != EEXIST)
		return fd;
	if (remove_left(name))
		return m->make(m, name);
	errno = EEXIST;
	return -1;
}

static enum status make_any(char **name, int *fd, const char *folder, const struct maker *m)
{
	for (unsigned n = 0; n < NAMES_MAX; n++) {
		if (asprintf(name, "%s.retrieval-tmp-%u", folder, n) < 0) {
			*name = NULL;
			return STATUS_NO_MEMORY;
		}
		*fd = make_one(m, *name);
		if (*fd >= 0 && (*fd == m->fd || hold(*fd, *name)))
			return STATUS_OK;
		if (*fd >= 0)
			close(*fd);
		else if (errno != EEXIST)
			n = NAMES_MAX;
		free(*name);
		*name = NULL;
	}
	return STATUS_IO;
}

enum status unfinished_file(char **name, int *fd, const char *folder, mode_t mode)
{
	return make_any(name, fd, folder, &(struct maker){make_file, mode, -1});
}

enum status unfinished_link(char **name, int fd, const char *folder)
{
	int same;

	(void)!flock(fd, LOCK_EX | LOCK_NB); /* nobody else can have it */
	return make_any(name, &same, folder, &(struct maker){make_link, 0, fd});
}

enum status unfinished_folder(char **name, int *fd, const char *folder, mode_t mode)
{
	return make_any(name, fd, folder, &(struct maker){make_folder, mode, -1});
}

enum status unfinished_spool(int *fd, const char *folder)
{
	char *name;

	*fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (*fd >= 0)
		return STATUS_OK;
	if (asprintf(&name, "%s/.retrieval-XXXXXX", folder) < 0) /* a file system without nameless files */
		return STATUS_NO_MEMORY;
	*fd = mkostemp(name, O_CLOEXEC);
	if (*fd >= 0)
		unlink(name);
	free(name);
	return *fd >= 0 ? STATUS_OK : STATUS_IO;
}
