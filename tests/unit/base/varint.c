/* varint.c - varints: shortest form only, at most nine bytes. */
#include "base/varint.h"

#include "../../support/test.h"

static void test_decode(void)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum status want;
		uint64_t value;
		size_t used;
		const char *why;
	} rows[] = {
		{"\x00", 1, STATUS_OK, 0, 1, "0"},
		{"\x7f", 1, STATUS_OK, 127, 1, "the most in one byte"},
		{"\x80\x01", 2, STATUS_OK, 128, 2, "the least in two"},
		{"\xac\x02", 2, STATUS_OK, 300, 2, "300"},
		{"\xac\x02\xff", 3, STATUS_OK, 300, 2, "bytes behind it are not its own"},
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x01", 9, STATUS_OK, UINT64_C(1) << 56, 9, "nine bytes"},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 9, STATUS_OK, INT64_MAX, 9, "2^63 - 1 is the most"},
		{"", 0, STATUS_TRUNCATED, 7, 7, "nothing"},
		{"\x80", 1, STATUS_TRUNCATED, 7, 7, "cut after one byte"},
		{"\xff\xff\xff\xff\xff\xff\xff\xff", 8, STATUS_TRUNCATED, 7, 7, "cut after eight"},
		{"\x80\x00", 2, STATUS_NOT_MINIMAL, 7, 7, "0 in two bytes"},
		{"\xff\x00", 2, STATUS_NOT_MINIMAL, 7, 7, "127 in two bytes"},
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x00", 9, STATUS_NOT_MINIMAL, 7, 7, "0 in nine bytes"},
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 10, STATUS_TOO_LARGE, 7, 7, "2^63, ten bytes"},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, STATUS_TOO_LARGE, 7, 7, "2^64 - 1"},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, STATUS_TOO_LARGE, 7, 7, "past 64 bits"},
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x80", 9, STATUS_TOO_LARGE, 7, 7,
			"a ninth byte that promises a tenth"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t value = 7;
		size_t used = 7;

		CHECK_EQUAL(varint_decode(&value, &used, (const uint8_t *)rows[i].bytes, rows[i].len), rows[i].want,
			rows[i].why);
		CHECK_EQUAL(value, rows[i].value, rows[i].why);
		CHECK_EQUAL(used, rows[i].used, rows[i].why);
	}
}

static void test_round_trip(void)
{
	uint8_t buf[VARINT_MAX];
	struct bytes b = {0};

	for (unsigned bit = 0; bit < 63; bit++) {
		for (int step = -1; step <= 1; step++) {
			uint64_t in = (UINT64_C(1) << bit) + (uint64_t)step, out;
			size_t len = varint_encode(buf, in), used;

			CHECK_EQUAL(varint_decode(&out, &used, buf, len), STATUS_OK, "what is written is read");
			CHECK(out == in && used == len, "as the same number and length");
		}
	}
	CHECK_EQUAL(varint_encode(buf, UINT64_MAX), VARINT_MAX, "the longest that is written");
	varint_append(&b, 300);
	varint_append(&b, 0);
	CHECK(span_equal(bytes_span(&b), span_of("\xac\x02\x00", 3)), "appended ones follow each other");
	bytes_release(&b);
}

int main(void)
{
	test_decode();
	test_round_trip();
	return test_end();
}
