/* tree.c - makes the folders and files that unpack_tree() names.
 *
 * A new folder is made beside its place under a name that begins with a dot,
 * and gets its own name when it is complete; after a failure the new folder is removed.
 */
#include "tool/tree.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PARTS_MAX    1000 /* number of names that are tried for an unfinished folder */
#define FOLDERS_OPEN 16   /* at a time, while they are removed */

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
	size_t folder = folder_length(t->base), name = strlen(t->base) - folder;

	while (name > 1 && t->base[folder + name - 1] == '/')
		name--;
	for (int i = 0; i < PARTS_MAX; i++) {
		bytes_clear(&t->part);
		bytes_append(&t->part, t->base, folder);
		bytes_append_format(&t->part, ".%.*s.%ld-%d.part", (int)name, t->base + folder, (long)getpid(), i);
		if (bytes_status(&t->part) != STATUS_OK)
			return STATUS_NO_MEMORY;
		if (mkdir(bytes_text(&t->part), 0777) == 0)
			return STATUS_OK;
		if (errno != EEXIST)
			break;
	}
	bytes_clear(&t->part);
	return STATUS_IO;
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
	if (t->part.len == 0)
		return folder ? make_folder(bytes_text(&t->path)) : file_out_open(&t->out, bytes_text(&t->path), 0644);
	bytes_clear(&t->real);
	bytes_append_format(&t->real, "%s/%s", bytes_text(&t->part), path);
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
	int fd = open(bytes_text(&t->part), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum status s = fd >= 0 && syncfs(fd) == 0 ? STATUS_OK : STATUS_IO;

	if (fd >= 0)
		close(fd);
	bytes_clear(&t->path);
	bytes_append_text(&t->path, t->base);
	if (s == STATUS_OK && rename(bytes_text(&t->part), t->base) != 0)
		s = STATUS_IO;
	if (s != STATUS_OK)
		return s;
	bytes_clear(&t->part);
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
	s = unpack_tree(u, root);
	if (s != STATUS_OK)
		return s;
	if (t->part.len != 0)
		s = finish_part(t);
	return s;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	remove(path);
	return 0;
}

void tree_release(struct tree *t)
{
	int error = errno;

	if (t->out.path != NULL)
		file_out_release(&t->out);
	if (t->fd > 0)
		close(t->fd);
	if (t->part.len != 0)
		nftw(bytes_text(&t->part), remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
	bytes_release(&t->path);
	bytes_release(&t->part);
	bytes_release(&t->real);
	errno = error;
}
