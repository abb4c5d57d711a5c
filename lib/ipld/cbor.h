/* cbor.h - strict DAG-CBOR, read by pulling and written by appending; the one door to libcbor.
 *
 * The reader is sticky: after the first error it returns zeros and empty
 * spans, and cbor_status() returns the error; so a decoder reads its fields in a
 * row and checks once.  The reader allocates nothing and never trusts a length
 * before its bytes are read.
 *
 * Refused everywhere: integers and lengths that are not minimal, indefinite
 * lengths, tags other than 42, floats of 16 and 32 bits, undefined, simple
 * values, NaN and infinite floats, text that is not UTF-8, nesting beyond
 * CBOR_DEPTH_MAX.  An item that DAG-CBOR does not have gives BAD_TYPE.
 */
#ifndef IPLD_CBOR_H
#define IPLD_CBOR_H

#include "base/amount.h"
#include "base/bytes.h"
#include "ipld/cid.h"

#define CBOR_DEPTH_MAX 1024

enum cbor_type {
	CBOR_UINT,
	CBOR_NEGATIVE,
	CBOR_BYTES,
	CBOR_TEXT,
	CBOR_ARRAY,
	CBOR_MAP,
	CBOR_LINK,
	CBOR_FALSE,
	CBOR_TRUE,
	CBOR_NULL,
	CBOR_FLOAT,
	CBOR_NONE, /* at the end, or after an error */
};

/** struct cbor_reader - borrowed bytes and a place in them. */
struct cbor_reader {
	const uint8_t *start, *at, *end;
	enum status status;
	bool any_text; /* text need not be UTF-8: see cbor_links() */
};

/** enum cbor_keys - the order that cbor_read_any() demands of the keys of maps; duplicates are refused in both. */
enum cbor_keys {
	CBOR_SORTED,    /* DAG-CBOR: shorter first, then bytewise */
	CBOR_ANY_ORDER, /* as cbor-gen writes structs; at most 256 keys unless sorted */
};

struct cbor_reader cbor_reader(struct span in);
/** cbor_peek - the type of the next item, NONE for a type that DAG-CBOR does not have; consumes nothing and sets no error. */
enum cbor_type cbor_peek(struct cbor_reader *r);
uint64_t cbor_read_uint(struct cbor_reader *r);
/** cbor_read_int - a signed 64-bit integer; BAD_VALUE for a larger integer. */
int64_t cbor_read_int(struct cbor_reader *r);
bool cbor_read_bool(struct cbor_reader *r);
void cbor_read_null(struct cbor_reader *r);
/** cbor_read_bytes, cbor_read_text - borrowed from the input; TOO_LARGE above @max. */
struct span cbor_read_bytes(struct cbor_reader *r, size_t max);
struct span cbor_read_text(struct cbor_reader *r, size_t max);
void cbor_read_link(struct cbor_reader *r, struct cid *c);
/** cbor_read_amount - a byte string in the form of amount_decode(). */
void cbor_read_amount(struct cbor_reader *r, struct amount *a);
/** cbor_read_array, cbor_read_map - the number of items (of pairs) that follow; TRUNCATED at once if the rest of the input cannot hold that many. */
size_t cbor_read_array(struct cbor_reader *r);
size_t cbor_read_map(struct cbor_reader *r);
/** cbor_expect_array - an array of exactly @n (BAD_VALUE); cbor_expect_map - a map of exactly @n pairs (BAD_KEY). */
void cbor_expect_array(struct cbor_reader *r, size_t n);
void cbor_expect_map(struct cbor_reader *r, size_t n);
/** cbor_expect_key - the text @key, nothing else (BAD_KEY). */
void cbor_expect_key(struct cbor_reader *r, const char *key);
/** cbor_read_any - check one whole item of any type; returns the span of its bytes. */
struct span cbor_read_any(struct cbor_reader *r, enum cbor_keys keys);
/** cbor_fail - stop with @s, unless the reader has an earlier error. */
void cbor_fail(struct cbor_reader *r, enum status s);
/** cbor_end - TRAILING if input is left; returns the final status. */
MUST_CHECK enum status cbor_end(struct cbor_reader *r);
/** cbor_offset - the bytes consumed so far, for messages. */
size_t cbor_offset(const struct cbor_reader *r);
/** cbor_check - check that @in is exactly one strict item. */
MUST_CHECK enum status cbor_check(struct span in, enum cbor_keys keys);
/**
 * cbor_links - call @each for every link in @in, in the order of the bytes; for blocks of content. Accepts
 * unsorted map keys (go-ipld-prime walks such blocks), 64-bit floats, and text that is not UTF-8, as in Filecoin's
 * older HAMT nodes. Any other non-strict form is BAD_BLOCK, except that in an unsorted map of more than 256 keys a
 * duplicate is not found.
 * @each: a status other than OK stops the scan and is returned.
 */
MUST_CHECK enum status cbor_links(struct span in, enum status (*each)(void *ctx, const struct cid *c), void *ctx);
/** cbor_links_at - the same; the reason of a BAD_BLOCK in @why, and the offset of the item that was refused in @at. */
MUST_CHECK enum status cbor_links_at(
	struct span in, enum status (*each)(void *ctx, const struct cid *c), void *ctx, enum status *why, size_t *at);

void cbor_put_uint(struct bytes *b, uint64_t value);
void cbor_put_int(struct bytes *b, int64_t value);
void cbor_put_bool(struct bytes *b, bool value);
void cbor_put_null(struct bytes *b);
void cbor_put_bytes(struct bytes *b, struct span value);
void cbor_put_text(struct bytes *b, const char *value);
void cbor_put_text_span(struct bytes *b, struct span value);
void cbor_put_array(struct bytes *b, size_t n);
void cbor_put_map(struct bytes *b, size_t n);
void cbor_put_link(struct bytes *b, const struct cid *c);
void cbor_put_amount(struct bytes *b, const struct amount *a);
/** cbor_put_bytes_head - append the head of a byte string; the caller appends its @len bytes. */
void cbor_put_bytes_head(struct bytes *b, size_t len);
/** cbor_put_raw - append an item that is CBOR already. */
void cbor_put_raw(struct bytes *b, struct span item);

#endif
