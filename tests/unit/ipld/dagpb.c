/* dagpb.c - dag-pb nodes: the forms that are read, and all others refused. */
#include "../../support/test.h"

#include "../../support/hex.h"
#include "ipld/dagpb.h"

#define D32  "1111111111111111111111111111111111111111111111111111111111111111"
#define HASH "0a24 01551220" D32

static const struct {
	const char *hex;
	enum status want;
	unsigned links;
	const char *why;
} rows[] = {
	{"", STATUS_OK, 0, "the empty node"},
	{"0a00", STATUS_OK, 0, "empty data"},
	{"0a03 616263", STATUS_OK, 0, "data"},
	{"1226" HASH, STATUS_OK, 1, "a link of a hash alone"},
	{"1228" HASH "1200", STATUS_OK, 1, "with an empty name"},
	{"1228" HASH "1805", STATUS_OK, 1, "with a size"},
	{"122d" HASH "1203616263 1805", STATUS_OK, 1, "with both"},
	{"1226" HASH "1226" HASH "0a0161", STATUS_OK, 2, "two links and data"},
	{"1224 0a22 1220" D32, STATUS_OK, 1, "a link to a v0"},
	{"0a0161 1226" HASH, STATUS_OK, 1, "data before links"},
	{"0a00 1226" HASH "1226" HASH, STATUS_OK, 2, "empty data before two"},
	{"1246 0a44 01551340" D32 D32, STATUS_OK, 1, "a link under sha2-512"},
	{"1226 0a24 01781e20" D32, STATUS_OK, 1, "a link to a git object under blake3"},
	{"0a0161 1226" HASH "0a0161", STATUS_BAD_BLOCK, 0, "data split by links"},
	{"1226" HASH "0a0161 1226" HASH, STATUS_BAD_BLOCK, 0, "links split by data"},
	{"0a0161 0a0162", STATUS_BAD_BLOCK, 0, "data twice"},
	{"0801", STATUS_BAD_BLOCK, 0, "data as a varint"},
	{"1001", STATUS_BAD_BLOCK, 0, "a link as a varint"},
	{"1a00", STATUS_BAD_BLOCK, 0, "an unknown field"},
	{"1200", STATUS_BAD_BLOCK, 0, "a link without a hash"},
	{"1202 1200", STATUS_BAD_BLOCK, 0, "a link of a name alone"},
	{"1202 0a00", STATUS_BAD_BLOCK, 0, "an empty hash"},
	{"1204 0a020155", STATUS_BAD_BLOCK, 0, "a cut CID"},
	{"1228 1200" HASH, STATUS_BAD_BLOCK, 0, "name before hash"},
	{"122a" HASH "1805 1200", STATUS_BAD_BLOCK, 0, "size before name"},
	{"124c" HASH HASH, STATUS_BAD_BLOCK, 0, "two hashes in one link"},
	{"1228" HASH "2000", STATUS_BAD_BLOCK, 0, "an unknown field in a link"},
	{"1228" HASH "1a00", STATUS_BAD_BLOCK, 0, "a size with a length"},
	{"1229" HASH "188500", STATUS_BAD_BLOCK, 0, "a size that is not minimal"},
	{"0a05 616263", STATUS_BAD_BLOCK, 0, "data past the end"},
	{"0a8300 616263", STATUS_BAD_BLOCK, 0, "a length that is not minimal"},
	{"0affffffffffffffff7f", STATUS_BAD_BLOCK, 0, "a length near 2^63"},
	{"1227" HASH, STATUS_BAD_BLOCK, 0, "a link past the end"},
	{"12ffffffffffffffff7f" HASH, STATUS_BAD_BLOCK, 0, "a link's length near 2^63"},
	{"1228" HASH "1205", STATUS_BAD_BLOCK, 0, "a name past the link's end"},
	{"0a", STATUS_BAD_BLOCK, 0, "a tag alone"},
};

int main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bytes in = hex_bytes(rows[i].hex), again = {0};
		struct dagpb_node node;
		struct dagpb_link link;

		if (CHECK_EQUAL(dagpb_decode(&node, bytes_span(&in)), rows[i].want, rows[i].why) &&
			rows[i].want == STATUS_OK) {
			CHECK_EQUAL(node.link_count, rows[i].links, rows[i].why);
			if (node.data_first)
				dagpb_put_data(&again, node.data);
			while (dagpb_next_link(&link, &node.links))
				dagpb_put_link(&again, &link);
			CHECK_EQUAL(node.links.len, 0, "the links are read to their end");
			if (node.has_data && !node.data_first)
				dagpb_put_data(&again, node.data);
			CHECK(span_equal(bytes_span(&again), bytes_span(&in)), "what decodes encodes back");
		}
		bytes_release(&again);
		bytes_release(&in);
	}
	return test_end();
}
