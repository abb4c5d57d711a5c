/* cids.c - every recorded CID decodes to its text and prefix, and back.
 * usage: cids VECTORS
 */
#include "../support/test.h"
#include "../support/vectors.h"

#include "ipld/cid.h"

static void check_row(json_t *row)
{
	char text[CID_TEXT_MAX];
	struct bytes raw = {0}, prefix = {0};
	struct cid decoded, parsed;

	vectors_hex(&raw, vectors_text(row, "bytes"));
	if (CHECK_EQUAL(cid_decode(&decoded, bytes_span(&raw)), STATUS_OK, "the bytes decode")) {
		CHECK(vectors_bytes_equal(cid_span(&decoded), vectors_text(row, "bytes")), "and encode back");
		CHECK_TEXT(cid_text(text, &decoded), vectors_text(row, "cid"), "the text is the recorded one");
		cid_prefix(&prefix, &decoded);
		CHECK(vectors_bytes_equal(bytes_span(&prefix), vectors_text(row, "prefix")), "so is the prefix");
		CHECK_EQUAL(cid_parse(&parsed, span_text(vectors_text(row, "cid"))), STATUS_OK, "the text parses");
		CHECK(cid_equal(&parsed, &decoded), "to the same CID");
	}
	bytes_release(&prefix);
	bytes_release(&raw);
}

int main(int argc, char **argv)
{
	json_t *rows = argc > 1 ? vectors_load(argv[1], "codec/cids.json") : NULL, *row;
	size_t i;

	json_array_foreach(rows, i, row) check_row(row);
	json_decref(rows);
	return test_end();
}
