/* unpack.c - what unpacking would write is known before it writes, whatever a DAG looks like. */
#include "../../support/test.h"

#include "ipld/dagpb.h"
#include "ipld/walk.h"
#include "unixfs/unpack.h"

#define BLOCKS_MAX 64

static struct {
	struct cid cid;
	struct bytes data;
} blocks[BLOCKS_MAX];
static size_t block_count, loads;

static struct cid put_block(uint32_t codec, struct span data)
{
	struct cid c;

	CHECK_EQUAL(cid_of(&c, 1, codec, HASH_SHA2_256, data), STATUS_OK, "a block has a CID");
	blocks[block_count].cid = c;
	bytes_append(&blocks[block_count++].data, data.data, data.len);
	return c;
}

static void drop_blocks(void)
{
	while (block_count > 0)
		bytes_release(&blocks[--block_count].data);
}

static enum status load(void *ctx, struct bytes *out, const struct cid *c)
{
	(void)ctx;
	loads++;
	for (size_t i = 0; i < block_count; i++) {
		if (cid_equal(&blocks[i].cid, c)) {
			bytes_append(out, blocks[i].data.data, blocks[i].data.len);
			return STATUS_OK;
		}
	}
	return STATUS_NOT_FOUND;
}

static enum status write_out(void *ctx, struct span bytes)
{
	bytes_append(ctx, bytes.data, bytes.len);
	return STATUS_OK;
}

static enum status begin(void *ctx, const char *path, bool folder)
{
	bytes_append_format(ctx, folder ? "[%s]" : "(%s)", path);
	return STATUS_OK;
}

static enum status end(void *ctx)
{
	bytes_append_text(ctx, ";");
	return STATUS_OK;
}

/* A node of @type with @count links to @to; of a file each link is said to have @each bytes. */
static struct cid node(
	enum unixfs_type type, const struct cid *to, const char *const *names, size_t count, uint64_t each)
{
	struct bytes data = {0}, block = {0};
	struct cid c;

	for (size_t i = 0; i < count; i++) {
		struct dagpb_link link = {.hash = *to, .has_name = true, .name = span_text(names ? names[i] : "")};

		dagpb_put_link(&block, &link);
	}
	bytes_append_byte(&data, 1 << 3);
	bytes_append_byte(&data, (uint8_t)type);
	for (size_t i = 0; type == UNIXFS_FILE && i < count; i++) {
		uint8_t size[10];
		size_t n = 0;
		uint64_t left = each;

		do {
			size[n++] = (uint8_t)((left & 127) | (left > 127 ? 128 : 0));
			left >>= 7;
		} while (left != 0);
		bytes_append_byte(&data, 4 << 3);
		bytes_append(&data, size, n);
	}
	if (type == UNIXFS_HAMT)
		bytes_append(&data, "\x28\x22\x30\x08", 4);
	dagpb_put_data(&block, bytes_span(&data));
	c = put_block(CODEC_DAG_PB, bytes_span(&block));
	bytes_release(&data);
	bytes_release(&block);
	return c;
}

static void measure(const struct cid *root, enum status want, uint64_t size, uint64_t files, const char *why)
{
	struct unpack u = {.load = load};

	CHECK_EQUAL(unpack_measure(&u, root), want, why);
	if (want == STATUS_OK) {
		CHECK_EQUAL(u.size, size, why);
		CHECK_EQUAL(u.files, files, why);
	}
}

static void test_folders(void)
{
	static const char *const ab[] = {"a", "b"}, *const aa[] = {"a", "a"}, *const up[] = {".."};
	static const char *const slots[] = {"0a", "1b"}, *const twice[] = {"0a", "1a"}, *const inner[] = {"0", "1"};
	struct cid leaf = put_block(CODEC_RAW, span_text("leaf"));
	struct cid file = node(UNIXFS_FILE, &leaf, NULL, 3, 4), folder = node(UNIXFS_DIRECTORY, &file, ab, 2, 0);
	struct cid root = node(UNIXFS_DIRECTORY, &folder, ab, 2, 0), bad, gone;
	struct bytes out = {0};
	struct unpack u = {.load = load, .begin = begin, .write = write_out, .end = end, .write_ctx = &out};

	loads = 0;
	CHECK_EQUAL(unpack_measure(&u, &root), STATUS_OK, "a folder of folders");
	CHECK_EQUAL(u.size, 48, "its bytes");
	CHECK_EQUAL(u.files, 7, "its files and folders");
	CHECK(u.folder, "it is one");
	CHECK(loads <= 6, "each node was read once to measure, and once to count links");
	CHECK_EQUAL(unpack_tree(&u, &root), STATUS_OK, "it comes out");
	CHECK_EQUAL(u.written, 48, "as measured");
	CHECK_TEXT(bytes_text(&out), "[][a](a/a)leafleafleaf;(a/b)leafleafleaf;[b](b/a)leafleafleaf;(b/b)leafleafleaf;",
		"in order");
	bytes_release(&out);
	measure(&leaf, STATUS_OK, 4, 1, "a leaf alone");
	bad = node(UNIXFS_DIRECTORY, &leaf, aa, 2, 0);
	measure(&bad, STATUS_DUPLICATE_KEY, 0, 0, "a name twice");
	bad = node(UNIXFS_DIRECTORY, &leaf, up, 1, 0);
	measure(&bad, STATUS_BAD_NAME, 0, 0, "a name that leads out");
	bad = node(UNIXFS_SYMLINK, NULL, NULL, 0, 0);
	root = node(UNIXFS_DIRECTORY, &bad, ab, 2, 0);
	measure(&root, STATUS_UNSUPPORTED, 0, 0, "a symlink");
	bad = node(UNIXFS_HAMT, &leaf, slots, 2, 0);
	measure(&bad, STATUS_OK, 8, 3, "a folder in shards");
	bad = node(UNIXFS_HAMT, &leaf, twice, 2, 0);
	measure(&bad, STATUS_DUPLICATE_KEY, 0, 0, "a name twice, in two slots");
	root = node(UNIXFS_HAMT, &bad, inner, 2, 0);
	measure(&root, STATUS_DUPLICATE_KEY, 0, 0, "a shard twice");
	CHECK_EQUAL(cid_of(&gone, 1, CODEC_DAG_PB, HASH_SHA2_256, span_text("gone")), STATUS_OK, "a CID");
	root = node(UNIXFS_DIRECTORY, &gone, ab, 1, 0);
	measure(&root, STATUS_NOT_FOUND, 0, 0, "a node that is not there");
	drop_blocks();
}

static void test_sizes(void)
{
	struct cid at = put_block(CODEC_RAW, span_text("0123456789abcdef0123456789abcdef")),
		   empty = put_block(CODEC_RAW, span_of(NULL, 0)), lie;
	struct bytes out = {0};
	struct unpack u = {.load = load, .write = write_out, .write_ctx = &out};
	uint64_t size = 32;

	lie = node(UNIXFS_FILE, &at, NULL, 2, 0);
	for (int i = 0; i < 5; i++) {
		at = node(UNIXFS_FILE, &at, NULL, 1000, size);
		size *= 1000;
	}
	measure(&at, STATUS_OK, 32000000000000000, 1, "five nodes of a thousand links: 32 petabytes");
	for (int i = 0; i < 5; i++)
		empty = node(UNIXFS_FILE, &empty, NULL, 1000, 0);
	measure(&empty, STATUS_TOO_LARGE, 0, 0, "the same of no bytes");
	CHECK_EQUAL(unpack_measure(&u, &lie), STATUS_OK, "a node that says less");
	CHECK_EQUAL(u.size, 0, "is believed");
	CHECK_EQUAL(unpack_file(&u, &lie), STATUS_BAD_UNIXFS, "but not followed");
	CHECK_EQUAL(out.len, 0, "nothing is written");
	bytes_release(&out);
	drop_blocks();
}

int main(void)
{
	test_folders();
	test_sizes();
	return test_end();
}
