/* unixfs.c - UnixFS messages, and the shape of what the builder builds. */
#include "../../support/test.h"

#include "../../support/hex.h"
#include "ipld/dagpb.h"
#include "unixfs/unixfs.h"

static const struct {
	const char *hex;
	enum status want;
	const char *why;
} rows[] = {
	{"0802", STATUS_OK, "a file of which no size is said"},
	{"0802 1800", STATUS_OK, "an empty file"},
	{"0802 1203616263 1803", STATUS_OK, "a file in one node"},
	{"0800 1203616263 1803", STATUS_OK, "a raw leaf"},
	{"0802 1807 2003 2004", STATUS_OK, "a file of two blocks"},
	{"0802 120161 1808 2003 2004", STATUS_OK, "data and blocks"},
	{"0801", STATUS_OK, "a directory"},
	{"0804 120161", STATUS_OK, "a symlink"},
	{"0805 1204ff000000 2822 3020", STATUS_OK, "a HAMT of 32 slots"},
	{"0805 2822 308008", STATUS_OK, "a HAMT of 1,024 slots"},
	{"0802 1800 38a403 42020801", STATUS_OK, "mode and time"},
	{"0802 1800 4a0161", STATUS_OK, "a field of the future"},
	{"", STATUS_UNSUPPORTED, "no type"},
	{"1803", STATUS_UNSUPPORTED, "a size alone"},
	{"0806", STATUS_UNSUPPORTED, "type 6"},
	{"0a00", STATUS_UNSUPPORTED, "a type with a length"},
	{"08", STATUS_UNSUPPORTED, "a cut type"},
	{"0802 1001", STATUS_BAD_BLOCK, "data as a varint"},
	{"0802 1205 61", STATUS_BAD_BLOCK, "data past the end"},
	{"0802 12ffffffffffffffff7f", STATUS_BAD_BLOCK, "data of 2^63-1 bytes"},
	{"0802 1808 2003 2004", STATUS_BAD_UNIXFS, "sizes that add up to less"},
	{"0802 1806 2003 2004", STATUS_BAD_UNIXFS, "to more"},
	{"0802 1203616263 1804", STATUS_BAD_UNIXFS, "data shorter than the size"},
	{"0802 20ffffffffffffffff7f 20ffffffffffffffff7f 2004", STATUS_BAD_UNIXFS, "sizes that overflow"},
	{"0802 2003 1807 2004", STATUS_BAD_BLOCK, "block sizes apart"},
	{"0802 1807 22020304", STATUS_BAD_BLOCK, "packed block sizes"},
	{"0805 2822", STATUS_BAD_UNIXFS, "a HAMT without fanout"},
	{"0805 2822 3000", STATUS_BAD_UNIXFS, "fanout 0"},
	{"0805 2822 3004", STATUS_BAD_UNIXFS, "fanout 4"},
	{"0805 2822 3007", STATUS_BAD_UNIXFS, "fanout 7"},
	{"0805 2822 308010", STATUS_BAD_UNIXFS, "fanout 2,048"},
	{"0805 2822 3080808080808080808001", STATUS_BAD_BLOCK, "fanout 2^63"},
	{"0805 1205ff00000000 2822 3020", STATUS_BAD_UNIXFS, "more bits than slots"},
	{"0802 4b", STATUS_BAD_BLOCK, "a group"},
	{"0802 00", STATUS_BAD_BLOCK, "field 0"},
};

static void test_decode(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bytes in = hex_bytes(rows[i].hex);
		struct unixfs_data u;

		if (CHECK_EQUAL(unixfs_decode(&u, bytes_span(&in)), rows[i].want, rows[i].why) &&
			rows[i].want == STATUS_OK) {
			uint64_t size;
			size_t n = 0;

			while (unixfs_next_size(&size, &u.block_sizes))
				n++;
			CHECK_EQUAL(n, u.block_count, "the sizes are as many as was said");
		}
		bytes_release(&in);
	}
}

/* What came out of the builder: how many blocks of each kind, and the widest node. */
struct made {
	unsigned leaves, nodes;
	size_t widest;
	enum status answer;
};

static enum status take_block(void *ctx, const struct cid *c, struct span block)
{
	struct made *made = ctx;
	struct dagpb_node node;
	struct unixfs_data u;

	CHECK_EQUAL(cid_verify(c, block), STATUS_OK, "a block is what its CID says");
	if (c->codec == CODEC_RAW) {
		made->leaves++;
	} else {
		made->nodes++;
		CHECK_EQUAL(dagpb_decode(&node, block), STATUS_OK, "a node decodes");
		CHECK_EQUAL(unixfs_decode(&u, node.data), STATUS_OK, "so does its message");
		if (node.link_count > made->widest)
			made->widest = node.link_count;
	}
	return made->answer;
}

static void test_build(void)
{
	static const struct {
		unsigned size, chunk, width, leaves, nodes;
		const char *why;
	} builds[] = {
		{0, 4, 2, 1, 0, "an empty file is one leaf"},
		{3, 4, 2, 1, 0, "so is a short one"},
		{4, 4, 2, 1, 0, "and one of just a chunk"},
		{5, 4, 2, 2, 1, "two chunks, one node"},
		{8, 4, 2, 2, 1, "full"},
		{9, 4, 2, 3, 3, "one more: a level more"},
		{16, 4, 2, 4, 3, "two levels, full"},
		{17, 4, 2, 5, 6, "a third level, and a branch of single links"},
		{100, 1, 10, 100, 11, "ten by ten"},
		{101, 1, 10, 101, 14, "and one"},
	};
	static const uint8_t content[128];

	for (size_t i = 0; i < sizeof(builds) / sizeof(builds[0]); i++) {
		struct made made = {.answer = STATUS_OK};
		struct unixfs_builder_options o = {builds[i].chunk, builds[i].width, 0, take_block, &made};
		struct unixfs_builder *b;
		uint64_t size = 77, dag_size;
		struct cid root;

		if (!CHECK_EQUAL(unixfs_builder_new(&b, &o), STATUS_OK, builds[i].why))
			continue;
		for (unsigned at = 0; at < builds[i].size; at += o.chunk_size) {
			unsigned left = builds[i].size - at;
			struct span chunk = span_of(content, left < o.chunk_size ? left : o.chunk_size);

			CHECK_EQUAL(unixfs_builder_add(b, chunk), STATUS_OK, "a chunk is taken");
		}
		CHECK_EQUAL(unixfs_builder_finish(b, &root, &size, &dag_size), STATUS_OK, "it finishes");
		CHECK_EQUAL(size, builds[i].size, builds[i].why);
		CHECK_EQUAL(made.leaves, builds[i].leaves, builds[i].why);
		CHECK_EQUAL(made.nodes, builds[i].nodes, builds[i].why);
		CHECK(made.widest <= builds[i].width, "no node is too wide");
		unixfs_builder_free(b);
	}
}

static void test_options(void)
{
	static const struct {
		unsigned chunk, width;
		uint32_t hash;
		enum status want;
		const char *why;
	} options[] = {
		{0, 0, 0, STATUS_OK, "defaults"},
		{UNIXFS_CHUNK_MAX, UNIXFS_WIDTH_MAX, HASH_BLAKE2B_256, STATUS_OK, "the most of each"},
		{UNIXFS_CHUNK_MAX + 1, 0, 0, STATUS_BAD_NUMBER, "chunks too large"},
		{0, 1, 0, STATUS_BAD_NUMBER, "a width that never ends"},
		{0, UNIXFS_WIDTH_MAX + 1, 0, STATUS_BAD_NUMBER, "too wide"},
		{0, 0, HASH_FIL_SEALED, STATUS_UNSUPPORTED, "a hash that is only recognised"},
	};
	struct made made = {.answer = STATUS_IO};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		struct unixfs_builder_options o = {
			options[i].chunk, options[i].width, options[i].hash, take_block, &made};
		struct unixfs_builder *b = NULL;

		CHECK_EQUAL(unixfs_builder_new(&b, &o), options[i].want, options[i].why);
		if (b)
			CHECK_EQUAL(
				unixfs_builder_add(b, span_text("x")), STATUS_IO, "the taker's status stops the build");
		unixfs_builder_free(b);
	}
}

static void test_empty(void)
{
	struct made made = {.answer = STATUS_OK};
	struct unixfs_builder_options o = {.emit = take_block, .ctx = &made};
	struct unixfs_builder *b;
	char text[CID_TEXT_MAX];
	uint64_t size, dag_size;
	struct cid root;

	CHECK_EQUAL(unixfs_builder_new(&b, &o), STATUS_OK, "defaults");
	CHECK_EQUAL(unixfs_builder_finish(b, &root, &size, &dag_size), STATUS_OK, "an empty file");
	CHECK_TEXT(
		cid_text(text, &root), "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", "as kubo has it");
	unixfs_builder_free(b);
}

int main(void)
{
	test_decode();
	test_build();
	test_options();
	test_empty();
	return test_end();
}
