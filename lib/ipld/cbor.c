/* cbor.c - item heads and typed reads of DAG-CBOR.
 *
 * Knows the strict subset of CBOR, one item at a time; refuses to know what
 * the items mean, and allocates nothing.  libcbor's streaming decoder takes
 * the heads apart; forms that libcbor accepts (long integers, indefinite lengths,
 * short floats, reserved and simple values) are refused before its call.
 * Whole items of any shape are read in cbor_scan.c; cbor_write.c writes.
 *
 * Source: https://ipld.io/specs/codecs/dag-cbor/spec/
 */
#define cbor_type libcbor_type /* libcbor's enum has the same name as the enum of cbor.h */
#include <cbor.h>
#undef cbor_type

#include "ipld/cbor.h"

#include <math.h>
#include <string.h>

#include "ipld/cbor_private.h"

#define HEAD_MAX 9 /* bytes of the longest item head */
#define TAG_LINK 42

/* The major types: the upper three bits of an initial byte. */
enum major { MAJOR_UINT, MAJOR_NEGATIVE, MAJOR_BYTES, MAJOR_TEXT, MAJOR_ARRAY, MAJOR_MAP, MAJOR_TAG, MAJOR_SIMPLE };
/* The initial bytes of major type 7 that DAG-CBOR has. */
enum simple { SIMPLE_FALSE = 0xf4, SIMPLE_TRUE = 0xf5, SIMPLE_NULL = 0xf6, SIMPLE_DOUBLE = 0xfb };

/* The values that libcbor's callbacks set. */
struct head {
	uint64_t value;
	struct span data;
	double number;
};

static void take_8(void *head, uint8_t value)
{
	((struct head *)head)->value = value;
}

static void take_16(void *head, uint16_t value)
{
	((struct head *)head)->value = value;
}

static void take_32(void *head, uint32_t value)
{
	((struct head *)head)->value = value;
}

static void take_64(void *head, uint64_t value)
{
	((struct head *)head)->value = value;
}

static void take_count(void *head, size_t count)
{
	((struct head *)head)->value = count;
}

static void take_string(void *head, cbor_data data, size_t len)
{
	((struct head *)head)->value = len;
	((struct head *)head)->data = span_of(data, len);
}

static void take_double(void *head, double number)
{
	((struct head *)head)->number = number;
}

static const struct cbor_callbacks callbacks = {
	.uint8 = take_8,
	.uint16 = take_16,
	.uint32 = take_32,
	.uint64 = take_64,
	.negint8 = take_8,
	.negint16 = take_16,
	.negint32 = take_32,
	.negint64 = take_64,
	.byte_string = take_string,
	.string = take_string,
	.array_start = take_count,
	.map_start = take_count,
	.tag = take_64,
	.float8 = take_double,
	.boolean = cbor_null_boolean_callback,
	.null = cbor_null_null_callback,
	/* Refused before libcbor sees them: */
	.byte_string_start = cbor_null_byte_string_start_callback,
	.string_start = cbor_null_string_start_callback,
	.indef_array_start = cbor_null_indef_array_start_callback,
	.indef_map_start = cbor_null_indef_map_start_callback,
	.float2 = cbor_null_float2_callback,
	.float4 = cbor_null_float4_callback,
	.undefined = cbor_null_undefined_callback,
	.indef_break = cbor_null_indef_break_callback,
};

struct cbor_reader cbor_reader(struct span in)
{
	return (struct cbor_reader){.start = in.data, .at = in.data, .end = in.len ? in.data + in.len : in.data};
}

void cbor_fail(struct cbor_reader *r, enum status s)
{
	if (r->status == STATUS_OK)
		r->status = s;
}

static size_t left(const struct cbor_reader *r)
{
	return (size_t)(r->end - r->at);
}

/* The type of an initial byte; NONE for a byte that DAG-CBOR does not have. */
static enum cbor_type type_of(uint8_t initial)
{
	static const enum cbor_type types[] = {
		CBOR_UINT, CBOR_NEGATIVE, CBOR_BYTES, CBOR_TEXT, CBOR_ARRAY, CBOR_MAP, CBOR_LINK};
	enum major major = initial >> 5;

	if (major != MAJOR_SIMPLE)
		return (initial & 0x1f) <= 27 ? types[major] : CBOR_NONE; /* 28 to 30 are reserved, 31 is indefinite */
	switch (initial) {
	case SIMPLE_FALSE:
		return CBOR_FALSE;
	case SIMPLE_TRUE:
		return CBOR_TRUE;
	case SIMPLE_NULL:
		return CBOR_NULL;
	case SIMPLE_DOUBLE:
		return CBOR_FLOAT;
	}
	return CBOR_NONE;
}

/* True if the integer in a head has its shortest form: 24 is followed by one byte, 25 by two, 26 by four, 27 by eight. */
static bool is_minimal(uint8_t initial, uint64_t value)
{
	static const uint64_t least[] = {24, 1u << 8, 1u << 16, 1ull << 32};
	unsigned info = initial & 0x1f;

	return initial >> 5 == MAJOR_SIMPLE || info < 24 || value >= least[info - 24];
}

/* One step of libcbor; true if it found a whole, minimal item head (with its string). */
static bool decode_head(struct cbor_reader *r, struct head *head)
{
	struct cbor_decoder_result got;
	uint8_t initial = *r->at;

	*head = (struct head){0};
	got = cbor_stream_decode(r->at, left(r), &callbacks, head);
	if (got.status != CBOR_DECODER_FINISHED)
		cbor_fail(r, got.status == CBOR_DECODER_NEDATA ? STATUS_TRUNCATED : STATUS_BAD_TYPE);
	else if (!is_minimal(initial, head->value))
		cbor_fail(r, STATUS_NOT_MINIMAL);
	else
		r->at += got.read;
	return r->status == STATUS_OK;
}

/* Read the item behind a tag: the tag must be 42, and the item a byte string of a zero and a CID. */
static void read_tagged(struct cbor_reader *r, struct cbor_item *item, uint64_t tag)
{
	struct head head;

	if (tag != TAG_LINK)
		cbor_fail(r, STATUS_BAD_TYPE);
	else if (r->at == r->end)
		cbor_fail(r, STATUS_TRUNCATED);
	else if (type_of(*r->at) != CBOR_BYTES)
		cbor_fail(r, STATUS_BAD_TYPE);
	else if (decode_head(r, &head)) {
		if (head.data.len < 2 || head.data.data[0] != 0)
			cbor_fail(r, STATUS_BAD_CID);
		else
			item->data = span_of(head.data.data + 1, head.data.len - 1);
	}
}

bool cbor_item_next(struct cbor_reader *r, struct cbor_item *item)
{
	struct head head;

	*item = (struct cbor_item){.type = CBOR_NONE};
	if (r->status != STATUS_OK)
		return false;
	if (r->at == r->end) {
		cbor_fail(r, STATUS_TRUNCATED);
		return false;
	}
	item->type = type_of(*r->at);
	if (item->type == CBOR_NONE) {
		cbor_fail(r, STATUS_BAD_TYPE);
		return false;
	}
	if (!decode_head(r, &head))
		return false;
	item->value = head.value;
	item->data = head.data;
	if (item->type == CBOR_LINK)
		read_tagged(r, item, head.value);
	else if (item->type == CBOR_TEXT && !r->any_text && !cbor_is_utf8(item->data))
		cbor_fail(r, STATUS_BAD_UTF8);
	else if (item->type == CBOR_FLOAT && !isfinite(head.number))
		cbor_fail(r, STATUS_BAD_VALUE);
	/* A count is refused if the rest of the input has less than one byte per item, or two per pair. */
	else if (item->type == CBOR_ARRAY && item->value > left(r))
		cbor_fail(r, STATUS_TRUNCATED);
	else if (item->type == CBOR_MAP && item->value > left(r) / 2)
		cbor_fail(r, STATUS_TRUNCATED);
	return r->status == STATUS_OK;
}

enum cbor_type cbor_peek(struct cbor_reader *r)
{
	return r->status == STATUS_OK && r->at < r->end ? type_of(*r->at) : CBOR_NONE;
}

/* The next item, which must be of @type; false, and the reader failed, if it is not. */
static bool next_of(struct cbor_reader *r, struct cbor_item *item, enum cbor_type type)
{
	if (!cbor_item_next(r, item))
		return false;
	if (item->type != type)
		cbor_fail(r, STATUS_BAD_TYPE);
	return item->type == type;
}

uint64_t cbor_read_uint(struct cbor_reader *r)
{
	struct cbor_item item;

	return next_of(r, &item, CBOR_UINT) ? item.value : 0;
}

int64_t cbor_read_int(struct cbor_reader *r)
{
	struct cbor_item item;

	if (!cbor_item_next(r, &item))
		return 0;
	if (item.type != CBOR_UINT && item.type != CBOR_NEGATIVE)
		cbor_fail(r, STATUS_BAD_TYPE);
	else if (item.value > INT64_MAX)
		cbor_fail(r, STATUS_BAD_VALUE);
	else
		return item.type == CBOR_UINT ? (int64_t)item.value : -1 - (int64_t)item.value;
	return 0;
}

bool cbor_read_bool(struct cbor_reader *r)
{
	struct cbor_item item;

	if (cbor_item_next(r, &item) && item.type != CBOR_TRUE && item.type != CBOR_FALSE)
		cbor_fail(r, STATUS_BAD_TYPE);
	return item.type == CBOR_TRUE && r->status == STATUS_OK;
}

void cbor_read_null(struct cbor_reader *r)
{
	struct cbor_item item;

	next_of(r, &item, CBOR_NULL);
}

static struct span read_string(struct cbor_reader *r, enum cbor_type type, size_t max)
{
	struct cbor_item item;

	if (!next_of(r, &item, type))
		return span_of(NULL, 0);
	if (item.data.len <= max)
		return item.data;
	cbor_fail(r, STATUS_TOO_LARGE);
	return span_of(NULL, 0);
}

struct span cbor_read_bytes(struct cbor_reader *r, size_t max)
{
	return read_string(r, CBOR_BYTES, max);
}

struct span cbor_read_text(struct cbor_reader *r, size_t max)
{
	return read_string(r, CBOR_TEXT, max);
}

void cbor_read_link(struct cbor_reader *r, struct cid *c)
{
	struct cbor_item item;

	*c = (struct cid){0};
	if (next_of(r, &item, CBOR_LINK) && cid_decode(c, item.data) != STATUS_OK)
		cbor_fail(r, STATUS_BAD_CID);
}

void cbor_read_amount(struct cbor_reader *r, struct amount *a)
{
	struct cbor_item item;
	enum status s;

	*a = amount_zero();
	if (!next_of(r, &item, CBOR_BYTES))
		return;
	s = amount_decode(a, item.data.data, item.data.len);
	if (s != STATUS_OK)
		cbor_fail(r, s);
}

size_t cbor_read_array(struct cbor_reader *r)
{
	struct cbor_item item;

	return next_of(r, &item, CBOR_ARRAY) ? (size_t)item.value : 0;
}

size_t cbor_read_map(struct cbor_reader *r)
{
	struct cbor_item item;

	return next_of(r, &item, CBOR_MAP) ? (size_t)item.value : 0;
}

void cbor_expect_array(struct cbor_reader *r, size_t n)
{
	struct cbor_item item;

	if (next_of(r, &item, CBOR_ARRAY) && item.value != n)
		cbor_fail(r, STATUS_BAD_VALUE);
}

void cbor_expect_map(struct cbor_reader *r, size_t n)
{
	struct cbor_item item;

	if (next_of(r, &item, CBOR_MAP) && item.value != n)
		cbor_fail(r, STATUS_BAD_KEY);
}

void cbor_expect_key(struct cbor_reader *r, const char *key)
{
	struct cbor_item item;

	if (next_of(r, &item, CBOR_TEXT) && !span_is(item.data, key))
		cbor_fail(r, STATUS_BAD_KEY);
}

enum status cbor_end(struct cbor_reader *r)
{
	if (r->at != r->end)
		cbor_fail(r, STATUS_TRAILING);
	return r->status;
}

size_t cbor_offset(const struct cbor_reader *r)
{
	return (size_t)(r->at - r->start);
}
