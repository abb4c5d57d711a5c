/* tree.c - makes the folders and files that unpack_tree() names. */
#include "tool/tree.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* A folder that is there already is filled; what only leads to one, or is none, is not gone through. */
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

static enum status begin(void *ctx, const char *path, bool folder)
{
	struct tree *t = ctx;
	bool piped = strcmp(t->base, "-") == 0;
	enum status s;

	bytes_clear(&t->path);
	bytes_append_text(&t->path, t->base);
	if (*path != '\0')
		bytes_append_format(&t->path, "/%s", path);
	s = bytes_status(&t->path);
	if (s != STATUS_OK)
		return s;
	if (folder)
		return piped ? STATUS_UNSUPPORTED : make_folder(bytes_text(&t->path));
	return file_out_open(&t->out, bytes_text(&t->path), 0644);
}

static enum status write_out(void *ctx, struct span bytes)
{
	const struct tree *t = ctx;

	return file_write_full(t->out.fd, bytes.data, bytes.len);
}

static enum status end(void *ctx)
{
	struct tree *t = ctx;
	enum status s = file_out_commit(&t->out);

	if (s != STATUS_OK)
		return s;
	file_out_release(&t->out);
	return STATUS_OK;
}

enum status tree_unpack(struct tree *t, struct unpack *u, const struct cid *root)
{
	u->begin = begin;
	u->write = write_out;
	u->end = end;
	u->write_ctx = t;
	t->out = (struct file_out){.fd = -1};
	return unpack_tree(u, root);
}

void tree_release(struct tree *t)
{
	file_out_release(&t->out);
	bytes_release(&t->path);
}
