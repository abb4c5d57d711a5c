/* create.c - makes a CAR of a file or a folder. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unfinished.h"
#include "pack.h"
#include "unixfs/pack.h"

/* A file without a name beside the output, for input that can't be read twice. */
static int open_spool(struct tool *t)
{
	const char *output = tool_value(t, "output"), *slash;
	struct bytes folder = {0};
	enum status s;
	int fd;

	if (output == NULL || strcmp(output, "-") == 0) {
		const char *given = getenv("TMPDIR");

		bytes_append_text(&folder, given != NULL && *given != '\0' ? given : "/tmp");
	} else {
		slash = strrchr(output, '/');
		bytes_append(&folder, slash != NULL ? output : ".", slash != NULL ? (size_t)(slash - output) + 1 : 1);
	}
	s = unfinished_spool(&fd, bytes_text(&folder));
	if (s != STATUS_OK)
		tool_fail(t, s, "cannot make a temporary file in '%s': %s", bytes_text(&folder),
			s == STATUS_IO ? strerror(errno) : status_text(s));
	bytes_release(&folder);
	return fd;
}

static uint32_t hash_of(struct tool *t)
{
	const char *name = tool_setting(t, "hash", NULL);

	if (name == NULL || strcmp(name, "sha2-256") == 0)
		return HASH_SHA2_256;
	if (strcmp(name, "blake2b-256") != 0)
		tool_fail(t, STATUS_USAGE, "hash '%.40s' is neither sha2-256 nor blake2b-256", name);
	return HASH_BLAKE2B_256;
}

static void read_shape(struct tool *t, struct pack_options *o)
{
	uint64_t chunk = tool_size(t, "chunk-size", UNIXFS_CHUNK_SIZE), width = tool_number(t, "width", UNIXFS_WIDTH);

	if (chunk == 0 || chunk > UNIXFS_CHUNK_MAX)
		tool_fail(t, STATUS_USAGE, "--chunk-size must be from 1B to 3MiB: a block has to fit a frame");
	if (width < 2 || width > UNIXFS_WIDTH_MAX)
		tool_fail(t, STATUS_USAGE, "--width must be from 2 to %d", UNIXFS_WIDTH_MAX);
	o->chunk_size = (unsigned)chunk;
	o->width = (unsigned)width;
	o->hash = hash_of(t);
}

static enum status pack_one(struct tool *t, struct pack_result *r, int fd, bool regular, struct pack_options *o)
{
	enum status s;

	if (regular)
		posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	else
		o->spool = open_spool(t);
	s = pack_file(r, fd, o);
	if (o->spool >= 0)
		close(o->spool);
	return s;
}

/* @at: the current file or folder. */
static enum status explain(struct tool *t, enum status s, const char *at)
{
	struct party *p = &t->party;

	if (s == STATUS_DIFFERS)
		return party_explain(p, s, "'%s' was changed while it was packed", at);
	if (s == STATUS_UNSUPPORTED)
		return party_explain(p, s, "'%s' is neither a file nor a folder", at);
	if (s == STATUS_TOO_LARGE)
		return party_explain(p, STATUS_UNSUPPORTED, "'%s' has too many names in it for one node", at);
	return party_explain(p, s, "cannot pack '%s': %s", at, s == STATUS_IO ? strerror(errno) : status_text(s));
}

enum status pack_create(struct tool *t)
{
	struct pack_options o = {.spool = -1, .write = pack_write, .ctx = t};
	struct pack_tree tree = {.path = t->arguments[0], .hidden = tool_flag(t, "hidden")};
	struct pack_result r;
	char cid[CID_TEXT_MAX];
	struct stat st;
	int fd;
	enum status s;

	read_shape(t, &o);
	tool_expect_output(t);
	fd = pack_open_input(t, tree.path);
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		s = pack_tree(&r, &tree, &o);
	else
		s = pack_one(t, &r, fd, S_ISREG(st.st_mode), &o);
	if (s == STATUS_OK)
		party_done(&t->party, "%s", cid_text(cid, &r.root));
	else
		s = explain(t, s, tree.at.len != 0 ? bytes_text(&tree.at) : tree.path);
	if (s == STATUS_OK)
		tool_result(t, json_pack("{s:s, s:I, s:I, s:I}", "root", cid, "size", (json_int_t)r.file_size, "blocks",
				       (json_int_t)r.blocks, "bytes", (json_int_t)r.bytes));
	bytes_release(&tree.at);
	close(fd);
	return s;
}
