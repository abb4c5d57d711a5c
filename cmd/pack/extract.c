/* extract.c - extracts the file or the folder that a CAR holds. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipld/car_index.h"
#include "pack.h"
#include "tool/tree.h"

/* The size of the output is known; is the size above the limits? */
static enum status check_limits(struct tool *t, const struct unpack *u)
{
	uint64_t size = tool_size(t, "max-size", UINT64_MAX), files = tool_number(t, "max-files", UNPACK_FILES_MAX);

	if (u->size > size)
		return party_fail(&t->party, STATUS_TOO_LARGE,
			"'%s' unpacks to %" PRIu64 " bytes, more than the %" PRIu64 " that --max-size allows",
			t->arguments[0], u->size, size);
	if (u->files > files)
		return party_fail(&t->party, STATUS_TOO_LARGE,
			"'%s' unpacks to %" PRIu64 " files and folders, more than the %" PRIu64
			" that --max-files allows",
			t->arguments[0], u->files, files);
	return STATUS_OK;
}

static enum status fail_writing(struct tool *t, const struct unpack *u, const char *path)
{
	if (errno == ENOSPC)
		return party_fail(&t->party, STATUS_IO,
			"cannot write '%s': there is no room for its %" PRIu64 " bytes (files and folders: %" PRIu64
			")",
			path, u->size, u->files);
	return party_fail(&t->party, STATUS_IO, "cannot write '%s': %s", path, strerror(errno));
}

static enum status extract_file(struct tool *t, struct unpack *u, const struct cid *root)
{
	const char *output = tool_value(t, "output");
	enum status s;

	if (output != NULL && strcmp(output, "-") != 0 && tree_has_room(output, u) != STATUS_OK)
		return fail_writing(t, u, output);
	s = tool_write(t, span_of("", 0)); /* an empty file is a file */
	u->write = pack_write;
	u->write_ctx = t;
	return s == STATUS_OK ? unpack_file(u, root) : s;
}

/* A folder gets a new name, so that no other files are in it. */
static enum status extract_folder(struct tool *t, struct unpack *u, const struct cid *root)
{
	struct tree tree = {.base = tool_value(t, "output")};
	struct stat st;
	enum status s;

	if (tree.base == NULL || strcmp(tree.base, "-") == 0)
		return party_fail(&t->party, STATUS_USAGE, "'%s' holds a folder: -o DIR is needed", t->arguments[0]);
	if (lstat(tree.base, &st) == 0)
		return party_fail(&t->party, STATUS_IO, "'%s' exists already: a folder needs a new name", tree.base);
	s = tree_unpack(&tree, u, root);
	if (s == STATUS_IO)
		fail_writing(t, u, bytes_text(&tree.path));
	tree_release(&tree);
	return s;
}

/* The root that was asked for, or the only one. */
static enum status choose_root(struct tool *t, struct cid *root, const struct car_index *x)
{
	const char *wanted = tool_value(t, "root"), *path = t->arguments[0];
	enum status s;

	if (wanted != NULL) {
		*root = tool_parse_cid(t, wanted);
		return STATUS_OK;
	}
	s = car_only_root(root, x->roots, x->root_count);
	if (s == STATUS_NOT_FOUND)
		return party_fail(
			&t->party, STATUS_USAGE, "'%s' has no roots: name the root to extract with --root CID", path);
	if (s == STATUS_AMBIGUOUS)
		return party_fail(&t->party, STATUS_USAGE,
			"'%s' has %zu roots: name the one to extract with --root CID", path, x->root_count);
	return s;
}

static enum status extract_root(struct tool *t, struct unpack *u, const struct cid *root)
{
	enum status s = unpack_measure(u, root);

	if (s != STATUS_OK)
		return s;
	s = check_limits(t, u);
	if (s != STATUS_OK)
		return s;
	return u->folder ? extract_folder(t, u, root) : extract_file(t, u, root);
}

static enum status extract(struct tool *t, struct unpack *u, struct car_index *x)
{
	char cid[CID_TEXT_MAX];
	struct cid root;
	enum status s = car_index_read(x);

	if (s != STATUS_OK)
		return s;
	s = choose_root(t, &root, x);
	if (s != STATUS_OK)
		return s;
	s = extract_root(t, u, &root);
	if (s != STATUS_OK)
		return s;
	party_done(&t->party, "%s: %" PRIu64 " bytes", cid_text(cid, &root), u->written);
	tool_result(t, json_pack("{s:s, s:I}", "root", cid, "size", (json_int_t)u->written));
	return STATUS_OK;
}

enum status pack_extract(struct tool *t)
{
	struct car_index x = {.fd = pack_open_input(t, t->arguments[0])};
	struct unpack u = {.load = car_index_load, .length = car_index_length, .load_ctx = &x};
	enum status s;
	int fd = x.fd;

	if (lseek(fd, 0, SEEK_CUR) < 0)
		tool_fail(t, STATUS_USAGE, "'%s' must be a file: blocks are read out of order", t->arguments[0]);
	s = extract(t, &u, &x);
	if (s != STATUS_OK)
		s = pack_explain(t, s, &u);
	car_index_release(&x);
	close(fd);
	return s;
}
