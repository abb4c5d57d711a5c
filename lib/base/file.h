/* file.h - whole reads and writes; files that appear whole or not at all. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <fcntl.h>
#include <sys/types.h>

#include "base/bytes.h"

/* STATUS_IO means that errno holds the reason.  All of these go on after short transfers, EINTR and EAGAIN. */

/**
 * file_read_full - read exactly @len bytes.
 * @got: out, may be NULL; the bytes read, on failure too.
 * END if the stream ends before the first byte, CUT if later.
 */
MUST_CHECK enum status file_read_full(int fd, void *buf, size_t len, size_t *got);
/** file_write_full - write all of @len bytes. */
MUST_CHECK enum status file_write_full(int fd, const void *buf, size_t len);
/**
 * file_write_until, file_send_until - as file_write_full() and file_send_full(), but END as soon as a signal or a full
 * pipe interrupts the call while *@stop is not 0. The number of bytes written is then unknown.
 */
MUST_CHECK enum status file_write_until(int fd, const void *buf, size_t len, const volatile int *stop);
MUST_CHECK enum status file_send_until(int to, int from, uint64_t offset, uint64_t len, const volatile int *stop);
/** file_pread_full - read exactly @len bytes at @offset, in bytes; TRUNCATED if the file is shorter. */
MUST_CHECK enum status file_pread_full(int fd, void *buf, size_t len, uint64_t offset);
/** file_pwrite_full - write all of @len bytes at @offset, in bytes. */
MUST_CHECK enum status file_pwrite_full(int fd, const void *buf, size_t len, uint64_t offset);
/** file_pwrite_pair - write all of @a, then all of @b, at @offset, in one call if the kernel allows. */
MUST_CHECK enum status file_pwrite_pair(int fd, struct span a, struct span b, uint64_t offset);
/** file_send_full - write @len bytes of the file @from at @offset to @to, without copying through this process if the kernel can; TRUNCATED if the file is shorter. */
MUST_CHECK enum status file_send_full(int to, int from, uint64_t offset, uint64_t len);
/** file_slurp - append all of @fd to @b; TOO_LARGE past @max bytes.  On failure @b is unchanged. */
MUST_CHECK enum status file_slurp(struct bytes *b, int fd, size_t max);
/** file_slurp_path - the same for a path; "-" is standard input.  IO with ENOENT if there is no such file. */
MUST_CHECK enum status file_slurp_path(struct bytes *b, const char *path, size_t max);

/**
 * struct file_out - a file being made: without a name, or with a temporary one beside @path, and named on commit. What
 * a killed process leaves, if it leaves anything, is removed by the next one that makes a file there: unfinished.h.
 * @fd: where to write; standard output itself if @path is NULL or "-".
 * @path: owned; NULL for standard output, and for a struct without contents.
 * @temp: owned; the temporary name, if there is one. Neither @temp nor @nameless: the file is written in place: a
 *        device, a terminal or a pipe.
 * @fresh: the commit fails if @path exists.
 */
struct file_out {
	int fd;
	char *path;
	char *temp;
	bool nameless;
	bool fresh;
};

/**
 * file_out_open - create the temporary file; nothing is visible at @path yet.
 * @out: out; nothing to release on failure.
 * @path: borrowed for the call.  A symlink is followed, also to a missing file; a device, terminal or pipe is
 *        opened and written in place.
 * @mode: permissions, less the umask; the permissions of an older file are not kept.
 */
MUST_CHECK enum status file_out_open(struct file_out *out, const char *path, mode_t mode);
/**
 * file_out_check - would file_out_open() of @path succeed? Makes nothing; the answer may change at any time. Standard
 * output must be open for writing. IO with errno set.
 */
MUST_CHECK enum status file_out_check(const char *path);
/** file_out_create - the same for a new file: EXISTS if @path exists, also as a symlink, now or on commit. "-" is a file name. */
MUST_CHECK enum status file_out_create(struct file_out *out, const char *path, mode_t mode);
/**
 * file_out_commit - fsync, rename to @path, fsync the folder; for standard output: check that the bytes were written.
 * On failure the caller must still call file_out_release(); @path is still the older file, unless only the last fsync
 * failed.
 */
MUST_CHECK enum status file_out_commit(struct file_out *out);
/** file_out_release - remove the temporary file unless committed; harmless after a commit. */
void file_out_release(struct file_out *out);
/** file_open_regular - open a regular file for reading; NOT_REGULAR for any other file, without waiting for the other end of a pipe. IO with errno set. */
MUST_CHECK enum status file_open_regular(int *fd, const char *path);
/** file_slurp_regular - file_slurp() of a regular file. */
MUST_CHECK enum status file_slurp_regular(struct bytes *b, const char *path, size_t max);
/** file_open_private - open for reading a regular file that only its owner may access: INSECURE if group or others have any permission, for a symlink and for any other kind of file. IO with errno set. */
MUST_CHECK enum status file_open_private(int *fd, const char *path);
/**
 * file_room - check that this user has @bytes free on the file system of the file or folder @path.
 * The answer may change at any time and ignores quotas. IO with ENOSPC if there is no room, or with another errno.
 */
MUST_CHECK enum status file_room(const char *path, uint64_t bytes);
/** file_lock - call fcntl() with @command and the lock @l, again after each interrupting signal. IO with errno set. */
MUST_CHECK enum status file_lock(int fd, int command, struct flock *l);
/** file_sync_folder - fsync the folder of @path; without this fsync a new name may not survive a power cut. */
MUST_CHECK enum status file_sync_folder(const char *path);
/** file_make_folders - make folder @path and its missing parents, with @mode less the umask; OK if @path exists. */
MUST_CHECK enum status file_make_folders(const char *path, mode_t mode);

#endif
