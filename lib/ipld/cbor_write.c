/* cbor_write.c - DAG-CBOR by appending.
 *
 * Knows how each item is written in its shortest form; refuses to check that
 * an array or map gets as many items as its head says, or its keys in order:
 * the encoder must keep these rules, and tests check its bytes.
 */
#define cbor_type libcbor_type /* libcbor's enum has the same name as the enum of cbor.h */
#include <cbor/encoding.h>
#undef cbor_type

#include <assert.h>

#include "ipld/cbor.h"

#define HEAD_MAX 9 /* bytes of the longest item head */
#define TAG_LINK 42

void cbor_put_uint(struct bytes *b, uint64_t value)
{
	uint8_t head[HEAD_MAX];

	bytes_append(b, head, cbor_encode_uint(value, head, sizeof(head)));
}

void cbor_put_int(struct bytes *b, int64_t value)
{
	uint8_t head[HEAD_MAX];

	if (value >= 0)
		cbor_put_uint(b, (uint64_t)value);
	else
		bytes_append(b, head, cbor_encode_negint(~(uint64_t)value, head, sizeof(head)));
}

void cbor_put_bool(struct bytes *b, bool value)
{
	uint8_t head[HEAD_MAX];

	bytes_append(b, head, cbor_encode_bool(value, head, sizeof(head)));
}

void cbor_put_null(struct bytes *b)
{
	uint8_t head[HEAD_MAX];

	bytes_append(b, head, cbor_encode_null(head, sizeof(head)));
}

void cbor_put_bytes_head(struct bytes *b, size_t len)
{
	uint8_t head[HEAD_MAX];

	bytes_append(b, head, cbor_encode_bytestring_start(len, head, sizeof(head)));
}

void cbor_put_bytes(struct bytes *b, struct span value)
{
	cbor_put_bytes_head(b, value.len);
	bytes_append(b, value.data, value.len);
}

void cbor_put_text(struct bytes *b, const char *value)
{
	cbor_put_text_span(b, span_text(value));
}

void cbor_put_text_span(struct bytes *b, struct span value)
{
	uint8_t head[HEAD_MAX];

	bytes_append(b, head, cbor_encode_string_start(value.len, head, sizeof(head)));
	bytes_append(b, value.data, value.len);
}

void cbor_put_array(struct bytes *b, size_t n)
{
	uint8_t head[HEAD_MAX];

	bytes_append(b, head, cbor_encode_array_start(n, head, sizeof(head)));
}

void cbor_put_map(struct bytes *b, size_t n)
{
	uint8_t head[HEAD_MAX];

	bytes_append(b, head, cbor_encode_map_start(n, head, sizeof(head)));
}

void cbor_put_link(struct bytes *b, const struct cid *c)
{
	uint8_t head[HEAD_MAX];

	assert(!cid_is_none(c));
	bytes_append(b, head, cbor_encode_tag(TAG_LINK, head, sizeof(head)));
	cbor_put_bytes_head(b, (size_t)c->len + 1);
	bytes_append_byte(b, 0);
	bytes_append(b, c->bytes, c->len);
}

void cbor_put_amount(struct bytes *b, const struct amount *a)
{
	uint8_t encoded[AMOUNT_ENCODED_MAX];

	cbor_put_bytes(b, span_of(encoded, amount_encode(encoded, a)));
}

void cbor_put_raw(struct bytes *b, struct span item)
{
	bytes_append(b, item.data, item.len);
}
