/* record.c - tests of wire/record.h: one table, two orders, nothing accepted but the exact keys. */
#include "../../support/test.h"

#include <stdlib.h>

#include "wire/address.h"
#include "wire/record.h"

struct inner {
	struct span name;
	int64_t height;
};

struct outer {
	uint64_t number;
	bool flag, has_inner;
	struct amount money;
	struct cid link;
	struct span any;
	struct inner inner;
	struct inner tuple;
};

static const struct field inner_fields[] = {
	{"Name", FIELD_TEXT, offsetof(struct inner, name), NULL, 0},
	{"H", FIELD_INT, offsetof(struct inner, height), NULL, 0},
};
static const struct record inner_record = RECORD(inner_fields);
static const struct field tuple_fields[] = {
	{NULL, FIELD_BYTES, offsetof(struct inner, name), NULL, 0},
	{NULL, FIELD_INT, offsetof(struct inner, height), NULL, 0},
};
static const struct record tuple_record = TUPLE(tuple_fields);
static const struct field outer_fields[] = {
	{"Number", FIELD_UINT, offsetof(struct outer, number), NULL, 0},
	{"B", FIELD_BOOL, offsetof(struct outer, flag), NULL, 0},
	{"Money", FIELD_AMOUNT, offsetof(struct outer, money), NULL, 0},
	{"Link", FIELD_CID_OR_NULL, offsetof(struct outer, link), NULL, 0},
	{"Any", FIELD_ANY_OR_NULL, offsetof(struct outer, any), NULL, 0},
	{"In", FIELD_RECORD_OR_NULL, offsetof(struct outer, inner), &inner_record, offsetof(struct outer, has_inner)},
	{"A", FIELD_RECORD, offsetof(struct outer, tuple), &tuple_record, 0},
};
static const struct record outer_record = RECORD(outer_fields);

#define NUMBER "\x66Number\x05"
#define FLAG                                                                                                           \
	"\x61"                                                                                                         \
	"B\xf5"
#define MONEY "\x65Money\x42\x01\x07"
#define LINK  "\x64Link\xf6"
#define ANY                                                                                                            \
	"\x63"                                                                                                         \
	"Any\xa2\x62zz\x01\x61"                                                                                        \
	"c\x02" /* its keys are not sorted */
#define SORTED_ANY                                                                                                     \
	"\x63"                                                                                                         \
	"Any\xa2\x61"                                                                                                  \
	"c\x02\x62zz\x01"
#define IN        "\x62In\xa2\x64Name\x61x\x61H\x20"
#define SORTED_IN "\x62In\xa2\x61H\x20\x64Name\x61x"
#define PAIR                                                                                                           \
	"\x61"                                                                                                         \
	"A\x82\x42yz\x18\x20"
#define DECLARED  "\xa7" NUMBER FLAG MONEY LINK ANY IN PAIR
#define SORTED    "\xa7" PAIR FLAG SORTED_IN SORTED_ANY LINK MONEY NUMBER
#define ROW(text) text, sizeof(text) - 1

static const struct {
	const char *in;
	size_t len;
	enum record_order order;
	enum status want;
	const char *why;
} rows[] = {
	{ROW(DECLARED), RECORD_DECLARED, STATUS_OK, "declared order"},
	{ROW(SORTED), RECORD_SORTED, STATUS_OK, "sorted order"},
	{ROW(DECLARED), RECORD_SORTED, STATUS_BAD_KEY, "declared is not sorted"},
	{ROW(SORTED), RECORD_DECLARED, STATUS_BAD_KEY, "sorted is not declared"},
	{ROW("\xa7" PAIR FLAG SORTED_IN ANY LINK MONEY NUMBER), RECORD_SORTED, STATUS_BAD_KEY,
		"an item in it is not sorted"},
	{ROW("\xa7" NUMBER FLAG MONEY LINK ANY "\x62In\xf6" PAIR), RECORD_DECLARED, STATUS_OK, "a null record"},
	{ROW("\xa6" NUMBER FLAG MONEY LINK ANY IN), RECORD_DECLARED, STATUS_BAD_KEY, "a missing key"},
	{ROW("\xa8" NUMBER FLAG MONEY LINK ANY IN PAIR "\x61z\x00"), RECORD_DECLARED, STATUS_BAD_KEY,
		"an unknown key more"},
	{ROW("\xa7" NUMBER FLAG MONEY LINK ANY IN "\x61z\x00"), RECORD_DECLARED, STATUS_BAD_KEY,
		"an unknown key instead"},
	{ROW("\xa7" NUMBER NUMBER MONEY LINK ANY IN PAIR), RECORD_DECLARED, STATUS_BAD_KEY, "a key twice"},
	{ROW("\xa7" FLAG NUMBER MONEY LINK ANY IN PAIR), RECORD_DECLARED, STATUS_BAD_KEY, "two keys swapped"},
	{ROW(DECLARED "\x00"), RECORD_DECLARED, STATUS_TRAILING, "a byte more"},
	{ROW("\xf6"), RECORD_DECLARED, STATUS_BAD_TYPE, "null is no record"},
	{ROW(""), RECORD_DECLARED, STATUS_TRUNCATED, "nothing"},
	{ROW("\xa7\x66Number\x18\x05" FLAG MONEY LINK ANY IN PAIR), RECORD_DECLARED, STATUS_NOT_MINIMAL,
		"a long integer"},
	{ROW("\xa7\x66Number\x20" FLAG MONEY LINK ANY IN PAIR), RECORD_DECLARED, STATUS_BAD_TYPE, "a negative number"},
	{ROW("\xa7" NUMBER "\x61"
	     "B\x01" MONEY LINK ANY IN PAIR),
		RECORD_DECLARED, STATUS_BAD_TYPE, "1 is not true"},
	{ROW("\xa7" NUMBER FLAG "\x65Money\x41\x00" LINK ANY IN PAIR), RECORD_DECLARED, STATUS_BAD_AMOUNT,
		"a lone sign"},
	{ROW("\xa7" NUMBER FLAG "\x65Money\x42\x02\x07" LINK ANY IN PAIR), RECORD_DECLARED, STATUS_BAD_AMOUNT,
		"sign 2"},
	{ROW("\xa7" NUMBER FLAG "\x65Money\x43\x00\x00\x07" LINK ANY IN PAIR), RECORD_DECLARED, STATUS_BAD_AMOUNT,
		"a zero"},
	{ROW("\xa7" NUMBER FLAG "\x65Money\x42\x01\x00" LINK ANY IN PAIR), RECORD_DECLARED, STATUS_BAD_AMOUNT,
		"minus zero"},
	{ROW("\xa7" NUMBER FLAG "\x65Money\x07" LINK ANY IN PAIR), RECORD_DECLARED, STATUS_BAD_TYPE,
		"money as a number"},
	{ROW("\xa7" NUMBER FLAG MONEY "\x64Link\x40" ANY IN PAIR), RECORD_DECLARED, STATUS_BAD_TYPE,
		"bytes are no link"},
	{ROW("\xa7" NUMBER FLAG MONEY LINK ANY IN "\x61"
	     "A\x81\x42yz"),
		RECORD_DECLARED, STATUS_BAD_VALUE, "a short tuple"},
	{ROW("\xa7" NUMBER FLAG MONEY LINK ANY IN "\x61"
	     "A\x83\x42yz\x18\x20\x00"),
		RECORD_DECLARED, STATUS_BAD_VALUE, "a long one"},
	{ROW("\xa7" NUMBER FLAG MONEY LINK ANY IN "\x61"
	     "A\x82\x62yz\x18\x20"),
		RECORD_DECLARED, STATUS_BAD_TYPE, "text for bytes"},
};

static void check_rows(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span in = span_of(rows[i].in, rows[i].len);
		struct outer out, before;
		struct bytes back = {0};
		enum status s;

		memset(&out, 0x5a, sizeof(out));
		before = out;
		s = record_decode(&out, sizeof(out), &outer_record, in, rows[i].order);
		CHECK_EQUAL(s, rows[i].want, rows[i].why);
		if (s == STATUS_OK) {
			record_write(&back, &outer_record, &out, rows[i].order);
			CHECK(span_equal(bytes_span(&back), in), "what decodes encodes back");
		} else {
			CHECK(memcmp(&out, &before, sizeof(out)) == 0, "the output is untouched on failure");
		}
		bytes_release(&back);
	}
}

static void check_fields(void)
{
	struct outer out;
	struct amount want;

	CHECK_EQUAL(record_decode(&out, sizeof(out), &outer_record, span_of(ROW(DECLARED)), RECORD_DECLARED), STATUS_OK,
		"ok");
	CHECK(amount_from_decimal(&want, "-7") == STATUS_OK && amount_cmp(&want, &out.money) == 0,
		"amounts may be negative");
	CHECK_EQUAL(out.number, 5, "the number");
	CHECK(out.flag && out.has_inner, "the flags");
	CHECK(cid_is_none(&out.link), "null is no CID");
	CHECK_EQUAL(out.any.len, 8, "any item is borrowed whole");
	CHECK(span_is(out.inner.name, "x") && out.inner.height == -1, "the record in it");
	CHECK(span_is(out.tuple.name, "yz") && out.tuple.height == 32, "the tuple in it");
}

/* Every cut, and every byte changed: a status or a record that encodes back, never a crash. */
static void check_damage(void)
{
	struct bytes back = {0};
	struct outer out;
	char copy[sizeof(DECLARED) - 1];

	for (size_t len = 0; len < sizeof(copy); len++)
		CHECK(record_decode(&out, sizeof(out), &outer_record, span_of(DECLARED, len), RECORD_DECLARED) !=
				STATUS_OK,
			"cut");
	for (size_t i = 0; i < 8 * sizeof(copy); i++) {
		memcpy(copy, DECLARED, sizeof(copy));
		copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
		if (record_decode(&out, sizeof(out), &outer_record, span_of(copy, sizeof(copy)), RECORD_DECLARED) !=
			STATUS_OK)
			continue;
		bytes_clear(&back);
		record_write(&back, &outer_record, &out, RECORD_DECLARED);
		CHECK(span_equal(bytes_span(&back), span_of(copy, sizeof(copy))), "a changed record encodes back");
	}
	bytes_release(&back);
}

/* The longest text, and one byte more. */
static void check_text_limit(void)
{
	static const struct record one = {tuple_fields, 1, true};
	uint8_t *text = calloc(1, RECORD_TEXT_MAX + 1);
	struct bytes in = {0};
	struct inner out;

	for (size_t len = RECORD_TEXT_MAX; len <= RECORD_TEXT_MAX + 1; len++) {
		bytes_clear(&in);
		cbor_put_array(&in, 1);
		cbor_put_bytes(&in, span_of(text, len));
		CHECK_EQUAL(record_decode(&out, sizeof(out), &one, bytes_span(&in), RECORD_DECLARED),
			len > RECORD_TEXT_MAX ? STATUS_TOO_LARGE : STATUS_OK, "the limit of a string");
	}
	bytes_release(&in);
	free(text);
}

int main(void)
{
	check_rows();
	check_fields();
	check_damage();
	check_text_limit();
	return test_end();
}
