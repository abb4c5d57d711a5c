/* cbor.c - strict DAG-CBOR: what is read, and all that is refused. */
#include "../../support/test.h"

#include "../../support/hex.h"
#include "ipld/cbor.h"

#define D32  "1111111111111111111111111111111111111111111111111111111111111111"
#define LINK "d82a582500 01551220" D32

/* Whole items, under CBOR_SORTED and under CBOR_ANY_ORDER. */
static const struct {
	const char *hex;
	enum status sorted, any_order;
	const char *why;
} items[] = {
	{"00", STATUS_OK, STATUS_OK, "zero"},
	{"1818", STATUS_OK, STATUS_OK, "24"},
	{"1bffffffffffffffff", STATUS_OK, STATUS_OK, "2^64-1"},
	{"3bffffffffffffffff", STATUS_OK, STATUS_OK, "-2^64"},
	{"fb3ff8000000000000", STATUS_OK, STATUS_OK, "a 64-bit float"},
	{"f4", STATUS_OK, STATUS_OK, "false"},
	{"f6", STATUS_OK, STATUS_OK, "null"},
	{"80", STATUS_OK, STATUS_OK, "an empty array"},
	{"a0", STATUS_OK, STATUS_OK, "an empty map"},
	{"62c3a9", STATUS_OK, STATUS_OK, "text"},
	{LINK, STATUS_OK, STATUS_OK, "a link"},
	{"a2 6161 01 6162 02", STATUS_OK, STATUS_OK, "a sorted map"},
	{"a2 6162 01 626161 02", STATUS_OK, STATUS_OK, "the shorter key first"},
	{"a2 60 01 6161 02", STATUS_OK, STATUS_OK, "an empty key"},
	{"a2 6162 01 6161 02", STATUS_BAD_KEY, STATUS_OK, "keys out of order"},
	{"a2 626161 01 6162 02", STATUS_BAD_KEY, STATUS_OK, "the longer key first"},
	{"a2 6161 01 6161 02", STATUS_DUPLICATE_KEY, STATUS_DUPLICATE_KEY, "a key twice in a row"},
	{"a2 60 01 60 02", STATUS_DUPLICATE_KEY, STATUS_DUPLICATE_KEY, "the empty key twice"},
	{"a3 6162 01 6161 a2 6162 00 6161 00 6162 02", STATUS_BAD_KEY, STATUS_DUPLICATE_KEY, "a key twice, apart"},
	{"a1 01 02", STATUS_BAD_TYPE, STATUS_BAD_TYPE, "a key that is no text"},
	{"a1 80 02", STATUS_BAD_TYPE, STATUS_BAD_TYPE, "a key that is an array"},
	{"", STATUS_TRUNCATED, STATUS_TRUNCATED, "nothing"},
	{"0000", STATUS_TRAILING, STATUS_TRAILING, "two items"},
	{"18", STATUS_TRUNCATED, STATUS_TRUNCATED, "a cut integer"},
	{"43 0102", STATUS_TRUNCATED, STATUS_TRUNCATED, "a cut byte string"},
	{"82 00", STATUS_TRUNCATED, STATUS_TRUNCATED, "a cut array"},
	{"a1 6161", STATUS_TRUNCATED, STATUS_TRUNCATED, "a map without its last value"},
	{"9a0fffffff", STATUS_TRUNCATED, STATUS_TRUNCATED, "an array of 2^28 in five bytes"},
	{"bb4000000000000000", STATUS_TRUNCATED, STATUS_TRUNCATED, "a map of 2^62"},
	{"5b4000000000000000", STATUS_TRUNCATED, STATUS_TRUNCATED, "a byte string of 2^62"},
	{"7bffffffffffffffff", STATUS_TRUNCATED, STATUS_TRUNCATED, "a text of 2^64-1"},
	{"9bffffffffffffffff00", STATUS_TRUNCATED, STATUS_TRUNCATED, "an array of 2^64-1"},
	{"bb800000000000000000", STATUS_TRUNCATED, STATUS_TRUNCATED, "a map of 2^63"},
	{"1817", STATUS_NOT_MINIMAL, STATUS_NOT_MINIMAL, "23 in two bytes"},
	{"1900ff", STATUS_NOT_MINIMAL, STATUS_NOT_MINIMAL, "255 in three"},
	{"1a0000ffff", STATUS_NOT_MINIMAL, STATUS_NOT_MINIMAL, "65535 in five"},
	{"1b00000000ffffffff", STATUS_NOT_MINIMAL, STATUS_NOT_MINIMAL, "2^32-1 in nine"},
	{"3817", STATUS_NOT_MINIMAL, STATUS_NOT_MINIMAL, "-24 in two"},
	{"580100", STATUS_NOT_MINIMAL, STATUS_NOT_MINIMAL, "a long byte string length"},
	{"780161", STATUS_NOT_MINIMAL, STATUS_NOT_MINIMAL, "a long text length"},
	{"980100", STATUS_NOT_MINIMAL, STATUS_NOT_MINIMAL, "a long array count"},
	{"b801616100", STATUS_NOT_MINIMAL, STATUS_NOT_MINIMAL, "a long map count"},
	{"d9002a58250001551220" D32, STATUS_NOT_MINIMAL, STATUS_NOT_MINIMAL, "a long tag"},
	{"5f4100ff", STATUS_BAD_TYPE, STATUS_BAD_TYPE, "an indefinite byte string"},
	{"7f6161ff", STATUS_BAD_TYPE, STATUS_BAD_TYPE, "an indefinite text"},
	{"9f00ff", STATUS_BAD_TYPE, STATUS_BAD_TYPE, "an indefinite array"},
	{"bf616100ff", STATUS_BAD_TYPE, STATUS_BAD_TYPE, "an indefinite map"},
	{"ff", STATUS_BAD_TYPE, STATUS_BAD_TYPE, "a stray break"},
	{"81ff", STATUS_BAD_TYPE, STATUS_BAD_TYPE, "a break inside an array"},
	{"1c", STATUS_BAD_TYPE, STATUS_BAD_TYPE, "a reserved length"},
	{"5e", STATUS_BAD_TYPE, STATUS_BAD_TYPE, "another"},
	{"f7", STATUS_BAD_TYPE, STATUS_BAD_TYPE, "undefined"},
	{"e0", STATUS_BAD_TYPE, STATUS_BAD_TYPE, "a simple value"},
	{"f814", STATUS_BAD_TYPE, STATUS_BAD_TYPE, "a boolean in two bytes"},
	{"f8ff", STATUS_BAD_TYPE, STATUS_BAD_TYPE, "a simple value in two bytes"},
	{"f93c00", STATUS_BAD_TYPE, STATUS_BAD_TYPE, "a 16-bit float"},
	{"fa3f800000", STATUS_BAD_TYPE, STATUS_BAD_TYPE, "a 32-bit float"},
	{"fb7ff8000000000000", STATUS_BAD_VALUE, STATUS_BAD_VALUE, "not a number"},
	{"fb7ff0000000000000", STATUS_BAD_VALUE, STATUS_BAD_VALUE, "infinity"},
	{"c100", STATUS_BAD_TYPE, STATUS_BAD_TYPE, "tag 1"},
	{"d82b4100", STATUS_BAD_TYPE, STATUS_BAD_TYPE, "tag 43"},
	{"d82a", STATUS_TRUNCATED, STATUS_TRUNCATED, "a tag alone"},
	{"d82a6161", STATUS_BAD_TYPE, STATUS_BAD_TYPE, "a link that is text"},
	{"d82ad82a4100", STATUS_BAD_TYPE, STATUS_BAD_TYPE, "a tag on a tag"},
	{"d82a40", STATUS_BAD_CID, STATUS_BAD_CID, "an empty link"},
	{"d82a4100", STATUS_BAD_CID, STATUS_BAD_CID, "a link of a zero alone"},
	{"d82a5824 01551220" D32, STATUS_BAD_CID, STATUS_BAD_CID, "a link without its zero"},
	{"d82a582600 01551220" D32 "00", STATUS_BAD_CID, STATUS_BAD_CID, "a link with a byte behind"},
	{"61ff", STATUS_BAD_UTF8, STATUS_BAD_UTF8, "a byte of no UTF-8"},
	{"62c080", STATUS_BAD_UTF8, STATUS_BAD_UTF8, "an overlong zero"},
	{"63e08080", STATUS_BAD_UTF8, STATUS_BAD_UTF8, "overlong in three"},
	{"63eda080", STATUS_BAD_UTF8, STATUS_BAD_UTF8, "a surrogate"},
	{"64f0808080", STATUS_BAD_UTF8, STATUS_BAD_UTF8, "overlong in four"},
	{"64f4908080", STATUS_BAD_UTF8, STATUS_BAD_UTF8, "above U+10FFFF"},
	{"61c3", STATUS_BAD_UTF8, STATUS_BAD_UTF8, "a cut letter"},
	{"6a 6161616161616161 c328", STATUS_BAD_UTF8, STATUS_BAD_UTF8, "bad after eight good bytes"},
	{"64f09f9880", STATUS_OK, STATUS_OK, "four bytes"},
};

static void test_items(void)
{
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		struct bytes in = hex_bytes(items[i].hex);

		CHECK_EQUAL(cbor_check(bytes_span(&in), CBOR_SORTED), items[i].sorted, items[i].why);
		CHECK_EQUAL(cbor_check(bytes_span(&in), CBOR_ANY_ORDER), items[i].any_order, items[i].why);
		bytes_release(&in);
	}
}

static void test_depth(void)
{
	static uint8_t deep[2u << 20];

	memset(deep, 0x81, sizeof(deep));
	CHECK_EQUAL(cbor_check(span_of(deep, sizeof(deep)), CBOR_SORTED), STATUS_TOO_DEEP, "2 MiB of array heads");
	deep[CBOR_DEPTH_MAX] = 0x00;
	CHECK_EQUAL(cbor_check(span_of(deep, CBOR_DEPTH_MAX + 1), CBOR_SORTED), STATUS_OK, "depth 1,024");
	deep[CBOR_DEPTH_MAX] = 0x80;
	deep[CBOR_DEPTH_MAX - 1] = 0x81;
	CHECK_EQUAL(cbor_check(span_of(deep, CBOR_DEPTH_MAX + 1), CBOR_SORTED), STATUS_TOO_DEEP, "depth 1,025");
}

/* A map of @n two-letter keys, the last two swapped if @unsorted. */
static void put_wide_map(struct bytes *b, unsigned n, bool unsorted)
{
	cbor_put_map(b, n);
	for (unsigned i = 0; i < n; i++) {
		unsigned k = !unsorted || i + 2 < n ? i : 2 * n - 3 - i;
		char key[3] = {(char)('!' + k / 64), (char)('!' + k % 64), 0};

		cbor_put_text(b, key);
		cbor_put_null(b);
	}
}

static enum status ignore(void *ctx, const struct cid *c)
{
	(void)c;
	++*(unsigned *)ctx;
	return STATUS_OK;
}

static void test_wide(void)
{
	static const struct {
		unsigned keys;
		bool unsorted;
		enum status want, links;
		const char *why;
	} maps[] = {
		{256, true, STATUS_OK, STATUS_OK, "256 unsorted keys are told apart"},
		{258, true, STATUS_TOO_LARGE, STATUS_OK, "more are not, which content may have"},
		{4000, false, STATUS_OK, STATUS_OK, "sorted, there may be any number"},
	};
	unsigned links = 0;

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		struct bytes b = {0};

		put_wide_map(&b, maps[i].keys, maps[i].unsorted);
		CHECK_EQUAL(cbor_check(bytes_span(&b), CBOR_ANY_ORDER), maps[i].want, maps[i].why);
		CHECK_EQUAL(cbor_links(bytes_span(&b), ignore, &links), maps[i].links, maps[i].why);
		bytes_release(&b);
	}
}

static enum status stop_at_two(void *ctx, const struct cid *c)
{
	(void)c;
	return ++*(unsigned *)ctx == 2 ? STATUS_TOO_LARGE : STATUS_OK;
}

static void test_links(void)
{
	static const struct {
		const char *hex;
		enum status want;
		unsigned links;
		const char *why;
	} rows[] = {
		{"83" LINK "f6" LINK, STATUS_OK, 2, "links in an array"},
		{"a2 6162" LINK "6161 81" LINK, STATUS_OK, 2, "links in an unsorted map"},
		{"a1 6161 fb3ff8000000000000", STATUS_OK, 0, "a float"},
		{"82 61ff" LINK, STATUS_OK, 1, "text that is no UTF-8"},
		{"a2 61ff" LINK "62c3a9" LINK, STATUS_OK, 2, "a key that is none"},
		{"81 d82a5825000181e203922020 1111111111111111111111111111111111111111111111111111111111111111 ",
			STATUS_BAD_BLOCK, 0, "a link that is cut"},
		{"a2 6161 00 6161 00", STATUS_BAD_BLOCK, 0, "a key twice"},
		{"81f93c00", STATUS_BAD_BLOCK, 0, "a short float"},
		{"d82a4100", STATUS_BAD_BLOCK, 0, "a bad link"},
		{LINK "00", STATUS_BAD_BLOCK, 1, "bytes behind"},
		{"", STATUS_BAD_BLOCK, 0, "an empty block"},
	};
	unsigned n;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bytes in = hex_bytes(rows[i].hex);

		n = 0;
		CHECK_EQUAL(cbor_links(bytes_span(&in), ignore, &n), rows[i].want, rows[i].why);
		CHECK_EQUAL(n, rows[i].links, rows[i].why);
		if (rows[i].links == 2) {
			n = 0;
			CHECK_EQUAL(
				cbor_links(bytes_span(&in), stop_at_two, &n), STATUS_TOO_LARGE, "the caller's status");
		}
		bytes_release(&in);
	}
}

static void test_round_trip(void)
{
	static const int64_t ints[] = {
		0, 23, 24, 255, 256, 65535, 65536, INT64_MAX, -1, -24, -25, -256, -257, INT64_MIN};
	struct bytes b = {0};
	struct amount amount = amount_u64(1234567890123456789u), got;
	struct cid cid, link;
	struct cbor_reader r;

	CHECK_EQUAL(cid_of(&cid, 1, CODEC_RAW, HASH_SHA2_256, span_text("x")), STATUS_OK, "a CID");
	cbor_put_array(&b, 7);
	cbor_put_array(&b, sizeof(ints) / sizeof(ints[0]));
	for (size_t i = 0; i < sizeof(ints) / sizeof(ints[0]); i++)
		cbor_put_int(&b, ints[i]);
	cbor_put_uint(&b, UINT64_MAX);
	cbor_put_bool(&b, true);
	cbor_put_bytes(&b, span_text("bytes"));
	cbor_put_amount(&b, &amount);
	cbor_put_link(&b, &cid);
	cbor_put_map(&b, 1);
	cbor_put_text(&b, "key");
	cbor_put_null(&b);
	CHECK_EQUAL(cbor_check(bytes_span(&b), CBOR_SORTED), STATUS_OK, "what is written is strict");

	r = cbor_reader(bytes_span(&b));
	cbor_expect_array(&r, 7);
	CHECK_EQUAL(cbor_read_array(&r), sizeof(ints) / sizeof(ints[0]), "the count");
	for (size_t i = 0; i < sizeof(ints) / sizeof(ints[0]); i++)
		CHECK_EQUAL(cbor_read_int(&r), ints[i], "an integer");
	CHECK(cbor_read_uint(&r) == UINT64_MAX, "2^64-1");
	CHECK(cbor_read_bool(&r), "true");
	CHECK(span_is(cbor_read_bytes(&r, 5), "bytes"), "bytes");
	cbor_read_amount(&r, &got);
	CHECK_EQUAL(amount_cmp(&amount, &got), 0, "an amount");
	CHECK_EQUAL(cbor_peek(&r), CBOR_LINK, "a link comes");
	cbor_read_link(&r, &link);
	CHECK(cid_equal(&cid, &link), "the link");
	cbor_expect_map(&r, 1);
	cbor_expect_key(&r, "key");
	cbor_read_null(&r);
	CHECK_EQUAL(cbor_end(&r), STATUS_OK, "all is read");
	CHECK_EQUAL(cbor_peek(&r), CBOR_NONE, "nothing is left");
	bytes_release(&b);
}

/* One typed read each, of an item that it must refuse. */
enum read { UINT, INT, BOOL, NIL, BYTES, TEXT, LINKED, ARRAY, ARRAY_2, MAP, MAP_2, KEY, AMOUNT };

static enum status read_one(enum read what, struct span in)
{
	struct cbor_reader r = cbor_reader(in);
	struct amount amount;
	struct cid cid;

	switch (what) {
	case UINT:
		CHECK_EQUAL(cbor_read_uint(&r), 0, "zero after an error");
		break;
	case INT:
		CHECK_EQUAL(cbor_read_int(&r), 0, "zero after an error");
		break;
	case BOOL:
		CHECK(!cbor_read_bool(&r), "false after an error");
		break;
	case NIL:
		cbor_read_null(&r);
		break;
	case BYTES:
		CHECK_EQUAL(cbor_read_bytes(&r, 4).len, 0, "nothing after an error");
		break;
	case TEXT:
		CHECK_EQUAL(cbor_read_text(&r, 4).len, 0, "nothing after an error");
		break;
	case LINKED:
		cbor_read_link(&r, &cid);
		CHECK(cid_is_none(&cid), "no CID after an error");
		break;
	case ARRAY:
		CHECK_EQUAL(cbor_read_array(&r), 0, "no items after an error");
		break;
	case ARRAY_2:
		cbor_expect_array(&r, 2);
		break;
	case MAP:
		CHECK_EQUAL(cbor_read_map(&r), 0, "no pairs after an error");
		break;
	case MAP_2:
		cbor_expect_map(&r, 2);
		break;
	case KEY:
		cbor_expect_key(&r, "key");
		break;
	case AMOUNT:
		cbor_read_amount(&r, &amount);
		CHECK(amount_is_zero(&amount), "zero after an error");
		break;
	}
	CHECK_EQUAL(cbor_read_uint(&r), 0, "nothing is read after an error");
	return r.status;
}

static void test_typed(void)
{
	static const struct {
		enum read what;
		const char *hex;
		enum status want;
		const char *why;
	} rows[] = {
		{UINT, "20 01", STATUS_BAD_TYPE, "a negative where none may be"},
		{UINT, "6161 01", STATUS_BAD_TYPE, "text for a number"},
		{INT, "1b8000000000000000 01", STATUS_BAD_VALUE, "2^63"},
		{INT, "3b8000000000000000 01", STATUS_BAD_VALUE, "-2^63-1"},
		{INT, "f6 01", STATUS_BAD_TYPE, "null for a number"},
		{BOOL, "01 01", STATUS_BAD_TYPE, "1 for true"},
		{NIL, "f4 01", STATUS_BAD_TYPE, "false for null"},
		{BYTES, "450000000000 01", STATUS_TOO_LARGE, "five bytes where four may be"},
		{BYTES, "6161 01", STATUS_BAD_TYPE, "text for bytes"},
		{TEXT, "656161616161 01", STATUS_TOO_LARGE, "five letters where four may be"},
		{TEXT, "4161 01", STATUS_BAD_TYPE, "bytes for text"},
		{LINKED, "41 00 01", STATUS_BAD_TYPE, "bytes for a link"},
		{ARRAY, "a0 01", STATUS_BAD_TYPE, "a map for an array"},
		{ARRAY_2, "83 00 00 00 01", STATUS_BAD_VALUE, "three items for two"},
		{MAP, "80 01", STATUS_BAD_TYPE, "an array for a map"},
		{MAP_2, "a1 6161 00 01", STATUS_BAD_KEY, "a missing key"},
		{MAP_2, "a3 6161 00 6162 00 6163 00", STATUS_BAD_KEY, "a key too many"},
		{KEY, "634b6579 01", STATUS_BAD_KEY, "another key"},
		{KEY, "01 01", STATUS_BAD_TYPE, "a key that is no text"},
		{AMOUNT, "420201 01", STATUS_BAD_AMOUNT, "sign byte 2"},
		{AMOUNT, "01 01", STATUS_BAD_TYPE, "a number for an amount"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bytes in = hex_bytes(rows[i].hex);

		CHECK_EQUAL(read_one(rows[i].what, bytes_span(&in)), rows[i].want, rows[i].why);
		bytes_release(&in);
	}
}

int main(void)
{
	test_items();
	test_depth();
	test_wide();
	test_links();
	test_round_trip();
	test_typed();
	return test_end();
}
