/* pack - pack a file or a folder as a UnixFS DAG into a CAR, or unpack a CAR.
 *
 * pack [-q] [--chunk-size SIZE] [--width N] [--hash NAME] [--hidden] [-o FILE.car] FILE|DIR
 * pack -x [-q] [--max-size SIZE] [--max-files N] [--root CID] [-o FILE|DIR] FILE.car
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipld/car_index.h"
#include "tool/tool.h"
#include "tool/tree.h"
#include "unixfs/pack.h"

static const struct tool_option options[] = {
	{"output", 'o', "FILE", "where the CAR goes, or with -x the file or folder (default: standard output)"},
	{"extract", 'x', NULL, "unpack: write the file or folder that a CAR holds"},
	{"chunk-size", 0, "SIZE", "bytes in a leaf (default: 1MiB)"},
	{"width", 0, "N", "links in a node (default: 1024)"},
	{"hash", 0, "NAME", "the hash of the CIDs: sha2-256 (default) or blake2b-256"},
	{"hidden", 0, NULL, "also pack names in a folder that begin with a dot"},
	{"max-size", 0, "SIZE", "with -x: write at most SIZE bytes of files (default: the free space of the disk)"},
	{"max-files", 0, "N", "with -x: write at most N files and folders (default: 1000000)"},
	{"root", 0, "CID", "with -x: the root to extract, of a CAR that has none or several"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"pack",
	"[-q] [--chunk-size SIZE] [--width N] [--hash NAME] [--hidden] [-o FILE.car] FILE|DIR\n"
	"       pack -x [-q] [--max-size SIZE] [--max-files N] [--root CID] [-o FILE|DIR] FILE.car",
	"Pack a file or a folder as a UnixFS DAG into a CAR, or unpack a CAR.\n"
	"The CAR has its blocks in the order in which they will be sent; the CID goes to standard error.\n"
	"With -x, every block is verified before it is written.",
	options,
};

static enum status write_out(void *ctx, struct span bytes)
{
	return tool_write(ctx, bytes);
}

static int open_input(struct tool *t, const char *path)
{
	struct stat st;
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) != 0)
		tool_fail(t, STATUS_IO, "cannot open '%s': %s", path, strerror(errno));
	return fd;
}

/* A file without a name beside the output, for input that can't be read twice. */
static int open_spool(struct tool *t)
{
	const char *output = tool_value(t, "output"), *slash;
	struct bytes folder = {0};
	int fd;

	if (output == NULL || strcmp(output, "-") == 0) {
		const char *given = getenv("TMPDIR");

		bytes_append_text(&folder, given != NULL && *given != '\0' ? given : "/tmp");
	} else {
		slash = strrchr(output, '/');
		bytes_append(&folder, slash != NULL ? output : ".", slash != NULL ? (size_t)(slash - output) + 1 : 1);
	}
	fd = open(bytes_text(&folder), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0) { /* a file system that has no files without names */
		bytes_append_text(&folder, "/.pack-XXXXXX");
		bytes_append_byte(&folder, 0);
		fd = bytes_status(&folder) == STATUS_OK ? mkostemp((char *)folder.data, O_CLOEXEC) : -1;
		if (fd >= 0)
			unlink((const char *)folder.data);
	}
	if (fd < 0)
		tool_fail(
			t, STATUS_IO, "cannot make a temporary file in '%s': %s", bytes_text(&folder), strerror(errno));
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

/* @at: the file or folder at hand. */
static enum status explain_packing(struct tool *t, enum status s, const char *at)
{
	struct party *p = &t->party;

	if (error_is_set(&p->error))
		return s;
	if (s == STATUS_DIFFERS)
		return party_fail(p, s, "'%s' was changed while it was packed", at);
	if (s == STATUS_UNSUPPORTED)
		return party_fail(p, s, "'%s' is neither a file nor a folder", at);
	if (s == STATUS_TOO_LARGE)
		return party_fail(p, STATUS_UNSUPPORTED, "'%s' has too many names in it for one node", at);
	return party_fail(p, s, "cannot pack '%s': %s", at, s == STATUS_IO ? strerror(errno) : status_text(s));
}

static enum status pack(struct tool *t)
{
	struct pack_options o = {.spool = -1, .write = write_out, .ctx = t};
	struct pack_tree tree = {.path = t->arguments[0], .hidden = tool_flag(t, "hidden")};
	struct pack_result r;
	char cid[CID_TEXT_MAX];
	struct stat st;
	int fd;
	enum status s;

	read_shape(t, &o);
	fd = open_input(t, tree.path);
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		s = pack_tree(&r, &tree, &o);
	else
		s = pack_one(t, &r, fd, S_ISREG(st.st_mode), &o);
	if (s == STATUS_OK)
		party_done(&t->party, "%s", cid_text(cid, &r.root));
	else
		s = explain_packing(t, s, tree.at.len != 0 ? bytes_text(&tree.at) : tree.path);
	if (s == STATUS_OK && t->json && t->out.path != NULL)
		tool_report(t,
			json_pack("{s:s, s:o, s:o, s:o}", "root", cid, "size", json_integer((json_int_t)r.file_size),
				"blocks", json_integer((json_int_t)r.blocks), "bytes",
				json_integer((json_int_t)r.bytes)),
			"%s", "");
	bytes_release(&tree.at);
	close(fd);
	return s;
}

static enum status explain(struct tool *t, enum status s, const struct cid *at)
{
	char cid[CID_TEXT_MAX] = "", name[CID_NAME_MAX];
	const char *path = t->arguments[0];
	struct party *p = &t->party;

	if (!cid_is_none(at))
		cid_text(cid, at);
	if (error_is_set(&p->error))
		return s;
	if (s == STATUS_UNSUPPORTED)
		return party_fail(p, s, "'%s' is not made of files and folders of UnixFS alone (%s)", path, cid);
	if (s == STATUS_NOT_FOUND && cid_can_verify(at))
		return party_fail(p, s, "'%s' is not whole: block %s is missing", path, cid);
	if (s == STATUS_NOT_FOUND || s == STATUS_UNKNOWN_HASH)
		return party_fail(p, s, "block %s of '%s' can't be had: its hash is %s, which is not computed here",
			cid, path, cid_hash_text(name, at->hash));
	if (s == STATUS_DUPLICATE_KEY)
		return party_fail(p, s, "folder %s of '%s' has a name twice", cid, path);
	if (s == STATUS_TOO_LARGE && *cid != '\0')
		return party_fail(p, s, "'%s' has more links than its files need: it folds onto itself", path);
	if (*cid != '\0' && s != STATUS_IO)
		return party_fail(p, s, "block %s of '%s': %s", cid, path, status_text(s));
	return party_fail(p, s, "cannot read '%s': %s", path, s == STATUS_IO ? strerror(errno) : status_text(s));
}

/* What will be written is known; is it more than was allowed? */
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
			"cannot write '%s': there is no room for its %" PRIu64 " bytes in %" PRIu64
			" files and folders",
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
	u->write = write_out;
	u->write_ctx = t;
	return s == STATUS_OK ? unpack_file(u, root) : s;
}

/* A folder gets a name that is free: nothing of somebody else's is mixed with it. */
static enum status extract_folder(struct tool *t, struct unpack *u, const struct cid *root)
{
	struct tree tree = {.base = tool_value(t, "output")};
	struct stat st;
	enum status s;

	if (tree.base == NULL || strcmp(tree.base, "-") == 0)
		return party_fail(
			&t->party, STATUS_USAGE, "'%s' holds a folder: -o says where it goes", t->arguments[0]);
	if (lstat(tree.base, &st) == 0)
		return party_fail(&t->party, STATUS_IO, "'%s' is there already: a folder needs a new name", tree.base);
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

	if (wanted != NULL) {
		*root = tool_parse_cid(t, wanted);
		return STATUS_OK;
	}
	if (x->root_count == 0)
		return party_fail(&t->party, STATUS_USAGE, "'%s' has no roots: --root CID says what to extract", path);
	for (size_t i = 1; i < x->root_count; i++)
		if (!cid_equal(&x->roots[i], &x->roots[0]))
			return party_fail(&t->party, STATUS_USAGE,
				"'%s' has %zu roots: --root CID says which to extract", path, x->root_count);
	*root = x->roots[0];
	return STATUS_OK;
}

static enum status extract_root(struct tool *t, struct unpack *u, const struct cid *root)
{
	enum status s = unpack_measure(u, root);

	if (s == STATUS_OK)
		s = check_limits(t, u);
	if (s != STATUS_OK)
		return s;
	return u->folder ? extract_folder(t, u, root) : extract_file(t, u, root);
}

static enum status extract(struct tool *t)
{
	struct car_index x = {.fd = open_input(t, t->arguments[0])};
	struct unpack u = {.load = car_index_load, .length = car_index_length, .load_ctx = &x};
	char cid[CID_TEXT_MAX];
	struct cid root = {0};
	enum status s;
	int fd = x.fd;

	if (lseek(fd, 0, SEEK_CUR) < 0)
		tool_fail(t, STATUS_USAGE, "'%s' must be a file: blocks are read out of order", t->arguments[0]);
	s = car_index_read(&x);
	if (s == STATUS_OK)
		s = choose_root(t, &root, &x);
	if (s == STATUS_OK)
		s = extract_root(t, &u, &root);
	if (s == STATUS_OK)
		party_done(&t->party, "%s: %" PRIu64 " bytes", cid_text(cid, &root), u.written);
	else
		s = explain(t, s, &u.at);
	car_index_release(&x);
	close(fd);
	return s;
}

/* A part of a CAR or of a file is nobody's, whatever the exit code. */
static enum status whole_or_nothing(struct tool *t, enum status s)
{
	if (s == STATUS_OK || !t->out_open)
		return s;
	file_out_release(&t->out);
	t->out_open = false;
	return s;
}

int main(int argc, char **argv)
{
	struct tool t;

	tool_begin(&t, &spec, argc, argv);
	tool_expect_arguments(&t, 1, 1);
	return tool_end(&t, whole_or_nothing(&t, tool_flag(&t, "extract") ? extract(&t) : pack(&t)));
}
