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
#include "base/unfinished.h"

#define LINKS_MAX 40 /* symlinks that are followed, as by the kernel */

/* The folder of @path with the slash, "" for the working folder; NULL without memory. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strndup(path, slash != NULL ? (size_t)(slash - path) + 1 : 0);
}

/* A file without a name, which leaves nothing behind, whatever ends this process. It must be possible to name it later. */
static int open_nameless(const char *folder, mode_t mode)
{
	int fd = open(*folder != '\0' ? folder : ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
	char self[64];

	if (fd < 0)
		return -1;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (access(self, F_OK) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Open a new file in the folder of out->path: without a name, or if the file system has no such files with another name. */
static enum status open_temp(struct file_out *out, mode_t mode)
{
	char *folder = folder_of(out->path);
	enum status s = STATUS_OK;

	if (folder == NULL)
		return STATUS_NO_MEMORY;
	out->fd = open_nameless(folder, mode);
	out->nameless = out->fd >= 0;
	if (!out->nameless)
		s = unfinished_file(&out->temp, &out->fd, folder, mode);
	free(folder);
	return s;
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

/* Give the nameless file a name: its own, if that must be new, else another one that can be renamed. */
static enum status name_nameless(struct file_out *out)
{
	char self[64], *folder;
	enum status s;

	if (out->fresh) {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", out->fd);
		if (linkat(AT_FDCWD, self, AT_FDCWD, out->path, AT_SYMLINK_FOLLOW) == 0)
			return STATUS_OK;
		return errno == EEXIST ? STATUS_EXISTS : STATUS_IO;
	}
	folder = folder_of(out->path);
	s = folder != NULL ? unfinished_link(&out->temp, out->fd, folder) : STATUS_NO_MEMORY;
	free(folder);
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
	enum status s = out->nameless ? name_nameless(out) : STATUS_OK;

	if (s != STATUS_OK || out->temp == NULL)
		return s;
	if (out->fresh)
		s = name_fresh(out);
	else
		s = rename(out->temp, out->path) == 0 ? STATUS_OK : STATUS_IO;
	if (s != STATUS_OK)
		return s;
	free(out->temp);
	out->temp = NULL;
	return STATUS_OK;
}

/* A network file system may report a failed write only when a descriptor is closed, so close a copy. */
static enum status check_taken(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0 || (close(copy) < 0 && errno != EINTR))
		return STATUS_IO;
	return STATUS_OK;
}

/* The file is complete: make it durable under its name. The descriptor holds the lock of a temporary name until then. */
static enum status commit_new(struct file_out *out)
{
	enum status s;

	if (fsync(out->fd) < 0)
		return STATUS_IO;
	s = check_taken(out->fd);
	if (s != STATUS_OK)
		return s;
	s = name_file(out);
	return s == STATUS_OK ? file_sync_folder(out->path) : s;
}

static enum status commit_in_place(struct file_out *out)
{
	int fd = out->fd;

	out->fd = -1;
	return close(fd) == 0 || errno == EINTR ? STATUS_OK : STATUS_IO;
}

enum status file_out_commit(struct file_out *out)
{
	enum status s;

	if (!out->path)
		return check_taken(out->fd);
	s = out->temp != NULL || out->nameless ? commit_new(out) : commit_in_place(out);
	if (s == STATUS_OK)
		file_out_release(out);
	return s;
}

void file_out_release(struct file_out *out)
{
	int saved = errno;

	if (out->temp)
		unlink(out->temp);
	if (out->path && out->fd >= 0)
		close(out->fd);
	free(out->temp);
	free(out->path);
	*out = (struct file_out){.fd = -1};
	errno = saved;
}
