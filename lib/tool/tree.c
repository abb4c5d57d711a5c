/* tree.c - makes the folders and files that unpack_tree() names.
 *
 * A new folder is made beside its place under another name (base/unfinished.h),
 * and gets its own name when it is complete; after a failure or a signal the new folder is removed.
 */
#include "tool/tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/unfinished.h"
#include "tool/stop.h"

/* An existing folder is filled; a symlink to a folder, or a file, is not followed. */
static enum status make_folder(const char *path)
{
	struct stat st;

	if (mkdir(path, 0777) == 0)
		return STATUS_OK;
	if (errno != EEXIST || lstat(path, &st) != 0)
		return STATUS_IO;
	errno = ENOTDIR;
	return S_ISDIR(st.st_mode) ? STATUS_OK : STATUS_IO;
}

/* The length of the folder part of @path, with the slash; 0 for a bare name. */
static size_t folder_length(const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	while (len > 0 && path[len - 1] != '/')
		len--;
	return len;
}

/* Makes the folder that will be @t->base. */
static enum status make_part(struct tree *t)
{
	CLEAN_BYTES struct bytes folder = {0};
	enum status s;

	bytes_append(&folder, t->base, folder_length(t->base));
	bytes_append_byte(&folder, 0);
	s = bytes_status(&folder);
	return s == STATUS_OK ? unfinished_folder(&t->part, &t->lock, (const char *)folder.data, 0777) : s;
}

static enum status begin_root(struct tree *t, bool folder)
{
	struct stat st;

	if (!folder)
		return file_out_open(&t->out, t->base, 0644);
	if (strcmp(t->base, "-") == 0)
		return STATUS_UNSUPPORTED;
	return lstat(t->base, &st) == 0 ? make_folder(t->base) : make_part(t);
}

static enum status begin(void *ctx, const char *path, bool folder)
{
	struct tree *t = ctx;

	bytes_clear(&t->path);
	bytes_append_text(&t->path, t->base);
	if (*path == '\0')
		return bytes_status(&t->path) == STATUS_OK ? begin_root(t, folder) : STATUS_NO_MEMORY;
	bytes_append_format(&t->path, "/%s", path);
	if (bytes_status(&t->path) != STATUS_OK)
		return STATUS_NO_MEMORY;
	if (t->part == NULL)
		return folder ? make_folder(bytes_text(&t->path)) : file_out_open(&t->out, bytes_text(&t->path), 0644);
	bytes_clear(&t->real);
	bytes_append_format(&t->real, "%s/%s", t->part, path);
	if (bytes_status(&t->real) != STATUS_OK)
		return STATUS_NO_MEMORY;
	if (folder)
		return mkdir(bytes_text(&t->real), 0777) == 0 ? STATUS_OK : STATUS_IO;
	t->fd = open(bytes_text(&t->real), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	return t->fd >= 0 ? STATUS_OK : STATUS_IO;
}

static enum status write_out(void *ctx, struct span bytes)
{
	const struct tree *t = ctx;

	return file_write_full(t->fd >= 0 ? t->fd : t->out.fd, bytes.data, bytes.len);
}

static enum status end(void *ctx)
{
	struct tree *t = ctx;
	enum status s;
	int fd = t->fd;

	if (fd >= 0) {
		t->fd = -1;
		return close(fd) == 0 ? STATUS_OK : STATUS_IO;
	}
	s = file_out_commit(&t->out);
	if (s != STATUS_OK)
		return s;
	file_out_release(&t->out);
	return STATUS_OK;
}

/* The folder is complete: make it durable and give it its name. */
static enum status finish_part(struct tree *t)
{
	enum status s = syncfs(t->lock) == 0 ? STATUS_OK : STATUS_IO;

	bytes_clear(&t->path);
	bytes_append_text(&t->path, t->base);
	if (s == STATUS_OK && rename(t->part, t->base) != 0)
		s = STATUS_IO;
	if (s != STATUS_OK)
		return s;
	free(t->part);
	t->part = NULL;
	close(t->lock);
	return file_sync_folder(t->base);
}

enum status tree_has_room(const char *path, const struct unpack *u)
{
	struct bytes folder = {0};
	struct statvfs room;
	size_t len = folder_length(path);
	uint64_t bytes;
	enum status s;

	bytes_append(&folder, len != 0 ? path : ".", len != 0 ? len : 1);
	s = bytes_status(&folder);
	if (s == STATUS_OK && statvfs(bytes_text(&folder), &room) != 0)
		s = STATUS_IO;
	bytes_release(&folder);
	if (s != STATUS_OK)
		return s;
	errno = ENOSPC;
	if (__builtin_mul_overflow((uint64_t)room.f_bavail, (uint64_t)room.f_frsize, &bytes) || u->size <= bytes)
		return room.f_files == 0 || u->files <= room.f_favail ? STATUS_OK : STATUS_IO;
	return STATUS_IO;
}

enum status tree_unpack(struct tree *t, struct unpack *u, const struct cid *root)
{
	enum status s = strcmp(t->base, "-") == 0 ? STATUS_OK : tree_has_room(t->base, u);
	const volatile int *stop;

	u->begin = begin;
	u->write = write_out;
	u->end = end;
	u->write_ctx = t;
	t->out = (struct file_out){.fd = -1};
	t->fd = -1;
	bytes_clear(&t->path);
	bytes_append_text(&t->path, t->base);
	if (s != STATUS_OK)
		return s;
	t->stops = true;
	stop = stop_begin();
	if (u->stop == NULL)
		u->stop = stop;
	s = unpack_tree(u, root);
	if (s != STATUS_OK)
		return s;
	if (t->part != NULL)
		s = finish_part(t);
	return s;
}

/* Remove the unfinished folder, if there is one. */
static void drop_part(struct tree *t)
{
	if (t->part == NULL)
		return;
	unfinished_remove(t->part);
	close(t->lock);
	free(t->part);
	t->part = NULL;
}

void tree_release(struct tree *t)
{
	int error = errno;

	if (t->out.path != NULL)
		file_out_release(&t->out);
	if (t->fd > 0)
		close(t->fd);
	drop_part(t);
	bytes_release(&t->path);
	bytes_release(&t->real);
	errno = error;
	if (t->stops)
		stop_end();
	t->stops = false;
}
