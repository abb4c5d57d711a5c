/* cbor.c - strict DAG-CBOR: what is accepted is written back item by item to the same bytes. */
#include "ipld/cbor.h"
#include "fuzz.h"

/* Copy one item.  Integers below INT64_MIN and floats have no writer: they are copied raw. */
static void copy(struct bytes *out, struct cbor_reader *r)
{
	struct cbor_reader before = *r;
	struct cid link;
	size_t n;

	switch (cbor_peek(r)) {
	case CBOR_UINT:
		cbor_put_uint(out, cbor_read_uint(r));
		break;
	case CBOR_NEGATIVE: {
		int64_t value = cbor_read_int(r);

		if (r->status == STATUS_OK) {
			cbor_put_int(out, value);
		} else {
			*r = before;
			cbor_put_raw(out, cbor_read_any(r, CBOR_SORTED));
		}
		break;
	}
	case CBOR_BYTES:
		cbor_put_bytes(out, cbor_read_bytes(r, SIZE_MAX));
		break;
	case CBOR_TEXT:
		cbor_put_text_span(out, cbor_read_text(r, SIZE_MAX));
		break;
	case CBOR_ARRAY:
		n = cbor_read_array(r);
		cbor_put_array(out, n);
		while (n-- > 0 && r->status == STATUS_OK)
			copy(out, r);
		break;
	case CBOR_MAP:
		n = cbor_read_map(r);
		cbor_put_map(out, n);
		while (n-- > 0 && r->status == STATUS_OK) {
			cbor_put_text_span(out, cbor_read_text(r, SIZE_MAX));
			copy(out, r);
		}
		break;
	case CBOR_LINK:
		cbor_read_link(r, &link);
		cbor_put_link(out, &link);
		break;
	case CBOR_FALSE:
	case CBOR_TRUE:
		cbor_put_bool(out, cbor_read_bool(r));
		break;
	case CBOR_NULL:
		cbor_read_null(r);
		cbor_put_null(out);
		break;
	case CBOR_FLOAT:
		cbor_put_raw(out, cbor_read_any(r, CBOR_SORTED));
		break;
	case CBOR_NONE:
		MUST(0, "an accepted item has a type");
	}
}

static enum status count_link(void *ctx, const struct cid *c)
{
	MUST(!cid_is_none(c), "a link is a CID");
	++*(size_t *)ctx;
	return STATUS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);
	struct cbor_reader r = cbor_reader(in);
	struct bytes out = {0};
	size_t links = 0;
	enum status s = cbor_check(in, CBOR_SORTED), scan = cbor_links(in, count_link, &links);

	if (s != STATUS_OK)
		return 0;
	MUST(cbor_check(in, CBOR_ANY_ORDER) == STATUS_OK, "sorted is one of the orders");
	MUST(scan == STATUS_OK, "what is strict can be scanned for links");
	copy(&out, &r);
	MUST(cbor_end(&r) == STATUS_OK, "what is strict can be read");
	fuzz_same(&out, in, "the copy is the same bytes");
	return 0;
}
