/* cid.c - CIDs in bytes and in text. */
#include "ipld/cid.h"
#include "fuzz.h"

static void check(const struct cid *c)
{
	char text[CID_TEXT_MAX];
	struct bytes prefix = {0};
	struct cid again;

	MUST(cid_decode(&again, cid_span(c)) == STATUS_OK && cid_equal(&again, c), "the bytes decode to the same CID");
	MUST(cid_parse(&again, span_text(cid_text(text, c))) == STATUS_OK && cid_equal(&again, c), "so does the text");
	cid_prefix(&prefix, c);
	if (cid_from_prefix(&again, bytes_span(&prefix), cid_digest(c)) == STATUS_OK)
		MUST(cid_verify(&again, cid_digest(c)) == STATUS_OK, "a CID made of bytes verifies them");
	bytes_release(&prefix);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);
	struct cid c;
	size_t used;

	if (cid_decode(&c, in) == STATUS_OK) {
		MUST(span_equal(cid_span(&c), in), "the bytes are kept");
		check(&c);
	}
	if (cid_decode_prefix(&c, &used, in) == STATUS_OK) {
		MUST(used <= size && span_equal(cid_span(&c), span_of(data, used)),
			"a CID at the start is those bytes");
		check(&c);
	}
	if (cid_parse(&c, in) == STATUS_OK)
		check(&c);
	if (cid_from_prefix(&c, in, in) == STATUS_OK)
		check(&c);
	return 0;
}
