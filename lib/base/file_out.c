/* file_out.c - files that appear whole or not at all.
 *
 * STATUS_IO always leaves the reason in errno.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#define TEMP_TRIES 1000 /* crashed processes with the same id may have left temporary names */
#define LINKS_MAX  40   /* symlinks that are followed, as by the kernel */

/* Make a file with a new name beside out->path. */
static enum status open_temp(struct file_out *out, mode_t mode)
{
	for (unsigned n = 0; n < TEMP_TRIES; n++) {
		if (asprintf(&out->temp, "%s.tmp-%ld-%u", out->path, (long)getpid(), n) < 0) {
			out->temp = NULL;
			return STATUS_NO_MEMORY;
		}
		out->fd = open(out->temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, mode);
		if (out->fd >= 0)
			return STATUS_OK;
		free(out->temp);
		out->temp = NULL;
		if (errno != EEXIST)
			break;
	}
	return STATUS_IO;
}

/* The path that the symlink @path points to, relative to its folder; NULL with errno set. */
static char *read_link(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t folder = slash != NULL ? (size_t)(slash - path) + 1 : 0;
	char target[PATH_MAX], *joined;
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0)
		return NULL;
	target[n] = '\0';
	if (target[0] == '/')
		folder = 0;
	return asprintf(&joined, "%.*s%s", (int)folder, path, target) >= 0 ? joined : NULL;
}

/* The path of the file to make for @path: a symlink is followed, also to a missing file. NULL with errno set. */
static char *follow(const char *path)
{
	char *at = strdup(path);
	struct stat st;

	for (unsigned n = 0; at != NULL && lstat(at, &st) == 0 && S_ISLNK(st.st_mode); n++) {
		char *next = NULL;

		if (n < LINKS_MAX)
			next = read_link(at);
		else
			errno = ELOOP;
		free(at);
		at = next;
	}
	return at;
}

/* access() alone would accept an executable file as a folder. */
static enum status check_folder(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return STATUS_IO;
	errno = ENOTDIR;
	return S_ISDIR(st.st_mode) && access(path, W_OK | X_OK) == 0 ? STATUS_OK : STATUS_IO;
}

/* Standard output that was closed when the program began can't be written to. */
static enum status check_stdout(void)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);

	errno = EBADF;
	return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY ? STATUS_OK : STATUS_IO;
}

/* A regular file is made in its folder, and gets its name at the end. */
static enum status check_regular(const char *path)
{
	char *real = follow(path);
	enum status s = STATUS_IO;

	if (real == NULL)
		return errno == ENOMEM ? STATUS_NO_MEMORY : STATUS_IO;
	if (*real == '\0')
		errno = ENOENT;
	else
		s = check_folder(real[strlen(real) - 1] == '/' ? real : dirname(real));
	free(real);
	return s;
}

enum status file_out_check(const char *path)
{
	struct stat st;

	if (path == NULL || strcmp(path, "-") == 0)
		return check_stdout();
	if (stat(path, &st) != 0 || S_ISREG(st.st_mode))
		return check_regular(path);
	errno = EISDIR;
	return !S_ISDIR(st.st_mode) && access(path, W_OK) == 0 ? STATUS_OK : STATUS_IO;
}

enum status file_out_open(struct file_out *out, const char *path, mode_t mode)
{
	enum status s = STATUS_OK;
	struct stat st;
	bool exists;

	*out = (struct file_out){.fd = STDOUT_FILENO};
	if (!path || strcmp(path, "-") == 0)
		return STATUS_OK;
	out->fd = -1;
	exists = stat(path, &st) == 0;
	out->path = exists && !S_ISREG(st.st_mode) ? strdup(path) : follow(path);
	if (!out->path)
		return errno == ENOMEM ? STATUS_NO_MEMORY : STATUS_IO;
	if (!exists || S_ISREG(st.st_mode)) {
		s = open_temp(out, mode);
	} else { /* never rename a file over /dev/null, a terminal or a pipe */
		out->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		if (out->fd < 0)
			s = STATUS_IO;
	}
	if (s != STATUS_OK)
		file_out_release(out);
	return s;
}

enum status file_out_create(struct file_out *out, const char *path, mode_t mode)
{
	struct stat st;
	enum status s;

	*out = (struct file_out){.fd = -1, .fresh = true};
	if (lstat(path, &st) == 0)
		return STATUS_EXISTS;
	out->path = strdup(path);
	if (!out->path)
		return STATUS_NO_MEMORY;
	s = open_temp(out, mode);
	if (s != STATUS_OK)
		file_out_release(out);
	return s;
}

/* Give the temporary file its name, which must be new. */
static enum status name_fresh(struct file_out *out)
{
	int rc = renameat2(AT_FDCWD, out->temp, AT_FDCWD, out->path, RENAME_NOREPLACE);

	if (rc != 0 && (errno == EINVAL || errno == ENOSYS)) { /* this file system can't: it may have hard links */
		rc = link(out->temp, out->path);
		if (rc == 0)
			unlink(out->temp);
	}
	if (rc == 0)
		return STATUS_OK;
	return errno == EEXIST ? STATUS_EXISTS : STATUS_IO;
}

static enum status name_file(struct file_out *out)
{
	if (out->fresh)
		return name_fresh(out);
	return rename(out->temp, out->path) == 0 ? STATUS_OK : STATUS_IO;
}

/* A network file system may report a failed write only when a descriptor is closed, so close a copy. */
static enum status check_taken(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0 || (close(copy) < 0 && errno != EINTR))
		return STATUS_IO;
	return STATUS_OK;
}

enum status file_out_commit(struct file_out *out)
{
	enum status s = STATUS_OK;
	int fd = out->fd;

	if (!out->path)
		return check_taken(fd);
	if (out->temp && fsync(fd) < 0)
		return STATUS_IO;
	out->fd = -1;
	if (close(fd) < 0 && errno != EINTR)
		return STATUS_IO;
	if (out->temp) {
		s = name_file(out);
		if (s != STATUS_OK)
			return s;
		free(out->temp);
		out->temp = NULL;
		s = file_sync_folder(out->path);
	}
	file_out_release(out);
	return s;
}

void file_out_release(struct file_out *out)
{
	int saved = errno;

	if (out->path && out->fd >= 0)
		close(out->fd);
	if (out->temp)
		unlink(out->temp);
	free(out->temp);
	free(out->path);
	*out = (struct file_out){.fd = -1};
	errno = saved;
}
