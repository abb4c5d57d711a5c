/* file.c - whole reads and writes; locks, folders, and room on the disk.
 *
 * STATUS_IO always leaves the reason in errno.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#define SLURP_STEP (64 * 1024) /* bytes asked for at a time */
#define SEND_STEP  (1u << 30)  /* bytes asked for at a time: less than sendfile() takes */

/* After a failed call: wait until @fd is ready if needed; true if the caller must try again. */
static bool try_again(int fd, short events)
{
	struct pollfd ready = {.fd = fd, .events = events};

	if (errno == EINTR)
		return true;
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		return false;
	return poll(&ready, 1, -1) >= 0 || errno == EINTR;
}

/* read() that comes back with at least one byte, 0 at the end, or -1. */
static ssize_t read_some(int fd, void *buf, size_t len)
{
	ssize_t n;

	do
		n = read(fd, buf, len);
	while (n < 0 && try_again(fd, POLLIN));
	return n;
}

enum status file_read_full(int fd, void *buf, size_t len, size_t *got)
{
	size_t done = 0;
	ssize_t n = 1;

	while (done < len && (n = read_some(fd, (uint8_t *)buf + done, len - done)) > 0)
		done += (size_t)n;
	if (got)
		*got = done;
	if (n < 0)
		return STATUS_IO;
	if (done == len)
		return STATUS_OK;
	return done == 0 ? STATUS_END : STATUS_CUT;
}

/* After a failed call: true if *@stop forbids another try. */
static bool must_stop(const volatile int *stop)
{
	return stop != NULL && *stop != 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK);
}

enum status file_write_until(int fd, const void *buf, size_t len, const volatile int *stop)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, (const uint8_t *)buf + done, len - done);

		if (n >= 0)
			done += (size_t)n;
		else if (must_stop(stop))
			return STATUS_END;
		else if (!try_again(fd, POLLOUT))
			return STATUS_IO;
	}
	return STATUS_OK;
}

enum status file_write_full(int fd, const void *buf, size_t len)
{
	return file_write_until(fd, buf, len, NULL);
}

enum status file_pread_full(int fd, void *buf, size_t len, uint64_t offset)
{
	if (offset > INT64_MAX || len > INT64_MAX - offset)
		return STATUS_TRUNCATED;
	for (size_t done = 0; done < len;) {
		ssize_t n = pread(fd, (uint8_t *)buf + done, len - done, (off_t)(offset + done));

		if (n == 0)
			return STATUS_TRUNCATED;
		if (n > 0)
			done += (size_t)n;
		else if (!try_again(fd, POLLIN))
			return STATUS_IO;
	}
	return STATUS_OK;
}

enum status file_pwrite_full(int fd, const void *buf, size_t len, uint64_t offset)
{
	if (offset > INT64_MAX || len > INT64_MAX - offset) {
		errno = EFBIG;
		return STATUS_IO;
	}
	for (size_t done = 0; done < len;) {
		ssize_t n = pwrite(fd, (const uint8_t *)buf + done, len - done, (off_t)(offset + done));

		if (n >= 0)
			done += (size_t)n;
		else if (!try_again(fd, POLLOUT))
			return STATUS_IO;
	}
	return STATUS_OK;
}

enum status file_pwrite_pair(int fd, struct span a, struct span b, uint64_t offset)
{
	struct iovec both[2] = {{(void *)(uintptr_t)a.data, a.len}, {(void *)(uintptr_t)b.data, b.len}};
	ssize_t n = pwritev(fd, both, 2, (off_t)offset);
	size_t done = n > 0 ? (size_t)n : 0; /* what was not taken is written, or fails, below */
	enum status s = STATUS_OK;

	if (done < a.len) {
		s = file_pwrite_full(fd, a.data + done, a.len - done, offset + done);
		done = a.len;
	}
	if (s == STATUS_OK && done < a.len + b.len)
		s = file_pwrite_full(fd, b.data + (done - a.len), a.len + b.len - done, offset + done);
	return s;
}

/* Copy to a descriptor that accepts only write(), not sendfile(). */
static enum status copy_until(int to, int from, uint64_t offset, uint64_t len, const volatile int *stop)
{
	uint8_t piece[SLURP_STEP];
	enum status s;

	while (len != 0) {
		size_t n = len < sizeof(piece) ? (size_t)len : sizeof(piece);

		s = file_pread_full(from, piece, n, offset);
		if (s != STATUS_OK)
			return s;
		s = file_write_until(to, piece, n, stop);
		if (s != STATUS_OK)
			return s;
		offset += n;
		len -= n;
	}
	return STATUS_OK;
}

enum status file_send_until(int to, int from, uint64_t offset, uint64_t len, const volatile int *stop)
{
	off_t at = (off_t)offset;

	if (offset > INT64_MAX || len > INT64_MAX - offset)
		return STATUS_TRUNCATED;
	while (len != 0) {
		ssize_t n = sendfile(to, from, &at, len < SEND_STEP ? (size_t)len : SEND_STEP);

		if (n == 0)
			return STATUS_TRUNCATED;
		if (n > 0)
			len -= (uint64_t)n;
		else if (errno == EINVAL || errno == ENOSYS)
			return copy_until(to, from, (uint64_t)at, len, stop);
		else if (must_stop(stop))
			return STATUS_END;
		else if (!try_again(to, POLLOUT))
			return STATUS_IO;
	}
	return STATUS_OK;
}

enum status file_send_full(int to, int from, uint64_t offset, uint64_t len)
{
	return file_send_until(to, from, offset, len, NULL);
}

enum status file_slurp(struct bytes *b, int fd, size_t max)
{
	size_t start = b->len, done = 0;
	enum status s = STATUS_OK;

	for (;;) {
		size_t step = max - done < SLURP_STEP ? max - done + 1 : SLURP_STEP; /* one more shows the excess */
		uint8_t *tail = bytes_grow(b, step);
		ssize_t n;

		if (!tail) {
			s = STATUS_NO_MEMORY;
			break;
		}
		n = read_some(fd, tail, step);
		if (n <= 0) {
			s = n < 0 ? STATUS_IO : STATUS_OK;
			break;
		}
		b->len = start + done + (size_t)n;
		if ((size_t)n > max - done) {
			s = STATUS_TOO_LARGE;
			break;
		}
		done += (size_t)n;
	}
	b->len = s == STATUS_OK ? start + done : start;
	return s;
}

enum status file_slurp_path(struct bytes *b, const char *path, size_t max)
{
	enum status s;
	int fd, saved;

	if (strcmp(path, "-") == 0)
		return file_slurp(b, STDIN_FILENO, max);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return STATUS_IO;
	s = file_slurp(b, fd, max);
	saved = errno;
	close(fd);
	errno = saved;
	return s;
}

enum status file_open_regular(int *fd, const char *path)
{
	struct stat st;

	*fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (*fd < 0)
		return STATUS_IO;
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode))
		return STATUS_OK;
	close(*fd);
	*fd = -1;
	return STATUS_NOT_REGULAR;
}

enum status file_slurp_regular(struct bytes *b, const char *path, size_t max)
{
	enum status s;
	int fd, saved;

	s = file_open_regular(&fd, path);
	if (s != STATUS_OK)
		return s;
	s = file_slurp(b, fd, max);
	saved = errno;
	close(fd);
	errno = saved;
	return s;
}

enum status file_open_private(int *fd, const char *path)
{
	struct stat st;

	*fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (*fd < 0)
		return errno == ELOOP ? STATUS_INSECURE : STATUS_IO;
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)) == 0)
		return STATUS_OK;
	close(*fd);
	return STATUS_INSECURE;
}

/* Check that the file system reports room for @bytes more. */
static enum status check_room(const struct statvfs *fs, uint64_t bytes)
{
	uint64_t room;

	if (__builtin_mul_overflow((uint64_t)fs->f_bavail, (uint64_t)fs->f_frsize, &room) || bytes <= room)
		return STATUS_OK;
	errno = ENOSPC;
	return STATUS_IO;
}

enum status file_room(const char *path, uint64_t bytes)
{
	struct statvfs fs;

	return statvfs(path, &fs) == 0 ? check_room(&fs, bytes) : STATUS_IO;
}

enum status file_lock(int fd, int command, struct flock *l)
{
	int rc;

	do {
		rc = fcntl(fd, command, l);
	} while (rc != 0 && errno == EINTR);
	return rc == 0 ? STATUS_OK : STATUS_IO;
}

enum status file_sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	enum status s = STATUS_OK;
	char *folder;
	int fd, saved;

	if (!slash)
		folder = strdup(".");
	else
		folder = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (!folder)
		return STATUS_NO_MEMORY;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	saved = errno;
	free(folder);
	errno = saved;
	if (fd < 0)
		return STATUS_IO;
	if (fsync(fd) < 0 && errno != EINVAL) /* EINVAL: this file system has nothing to sync */
		s = STATUS_IO;
	saved = errno;
	close(fd);
	errno = saved;
	return s;
}

static enum status make_folder(const char *path, mode_t mode)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return file_sync_folder(path);
	if (errno != EEXIST)
		return STATUS_IO;
	if (stat(path, &st) < 0)
		return STATUS_IO;
	if (S_ISDIR(st.st_mode))
		return STATUS_OK;
	errno = ENOTDIR;
	return STATUS_IO;
}

enum status file_make_folders(const char *path, mode_t mode)
{
	enum status s = STATUS_OK;
	char *prefix = strdup(path);
	int saved;

	if (!prefix)
		return STATUS_NO_MEMORY;
	for (char *p = prefix; s == STATUS_OK && *p; p++) {
		char next = p[1];

		if (*p == '/' || (next != '/' && next != 0))
			continue; /* not the last letter of a name */
		p[1] = 0;
		s = make_folder(prefix, mode);
		p[1] = next;
	}
	saved = errno;
	free(prefix);
	errno = saved;
	return s;
}
