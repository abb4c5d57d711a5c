/* amount.c - amounts: the wire form, what a person types, and arithmetic up to the edge. */
#include "base/amount.h"
#include "base/multibase.h"

#include "../../support/test.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define TEN_NINES    "9999999999"
#define HUNDRED_NINES                                                                                                  \
	TEN_NINES TEN_NINES TEN_NINES TEN_NINES TEN_NINES TEN_NINES TEN_NINES TEN_NINES TEN_NINES TEN_NINES

static void largest(struct amount *a)
{
	uint8_t wire[AMOUNT_ENCODED_MAX];

	memset(wire, 0xff, sizeof(wire));
	wire[0] = 0;
	CHECK_EQUAL(amount_decode(a, wire, sizeof(wire)), STATUS_OK, "127 bytes of 255 are an amount");
}

static struct amount from(const char *decimal)
{
	struct amount a = amount_zero();

	CHECK_EQUAL(amount_from_decimal(&a, decimal), STATUS_OK, decimal);
	return a;
}

static void test_wire(void)
{
	static const struct {
		const char *hex;
		const char *decimal; /* NULL: refused */
		const char *why;
	} rows[] = {
		{"", "0", "nothing is 0"},
		{"0001", "1", "the smallest amount"},
		{"00c1", "193", "the top bit of the magnitude is no sign"},
		{"0101", "-1", "the wire can hold an amount below 0"},
		{"001dfb54d5ecd9e85f", "2160413724032755807", "one limb (token-amounts.json)"},
		{"00ffffffffffffffff", "18446744073709551615", "2^64 - 1"},
		{"00010000000000000000", "18446744073709551616", "2^64"},
		{"008111d5ad48fc349e6a27fdb9e117b2ccdbf8a4465d8350",
			"12362418042488671700461316674388134728269393825980318544", "three limbs (token-amounts.json)"},
		{"00", NULL, "a lone sign"},
		{"01", NULL, "a lone minus"},
		{"02", NULL, "sign byte 2, alone"},
		{"0201", NULL, "sign byte 2"},
		{"ff01", NULL, "sign byte 255"},
		{"0000", NULL, "0 in a long form"},
		{"0100", NULL, "minus zero"},
		{"000001", NULL, "a leading zero"},
		{"010001", NULL, "a leading zero below 0"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct amount a = amount_u64(7);
		struct bytes wire = {0};
		char text[AMOUNT_TEXT_MAX];
		uint8_t again[AMOUNT_ENCODED_MAX];
		enum status s;

		CHECK_EQUAL(base_decode(&wire, BASE16, span_text(rows[i].hex)), STATUS_OK, "the row is hex");
		s = amount_decode(&a, wire.data, wire.len);
		CHECK_EQUAL(s, rows[i].decimal ? STATUS_OK : STATUS_BAD_AMOUNT, rows[i].why);
		CHECK_TEXT(amount_decimal(text, &a), rows[i].decimal ? rows[i].decimal : "7", rows[i].why);
		if (s == STATUS_OK)
			CHECK(span_equal(span_of(again, amount_encode(again, &a)), bytes_span(&wire)), rows[i].why);
		bytes_release(&wire);
	}
}

static void test_wire_length(void)
{
	uint8_t wire[AMOUNT_ENCODED_MAX + 1] = {0, 1}, again[AMOUNT_ENCODED_MAX];
	struct amount a;

	for (size_t len = 2; len <= AMOUNT_ENCODED_MAX; len++) {
		CHECK_EQUAL(amount_decode(&a, wire, len), STATUS_OK, "each length up to 128 bytes decodes");
		CHECK(amount_encode(again, &a) == len && memcmp(again, wire, len) == 0,
			"and encodes to the same bytes");
	}
	CHECK_EQUAL(amount_decode(&a, wire, sizeof(wire)), STATUS_BAD_AMOUNT, "129 bytes are refused");
}

static void test_decimal(void)
{
	static const struct {
		const char *text;
		enum status want;
		const char *why;
	} rows[] = {
		{"0", STATUS_OK, "zero"},
		{"-1", STATUS_OK, "records can hold a difference below 0"},
		{"10000000000000000000000", STATUS_OK, "more than 64 bits"},
		{"", STATUS_BAD_AMOUNT, "nothing"},
		{"-", STATUS_BAD_AMOUNT, "a lone minus"},
		{"-0", STATUS_BAD_AMOUNT, "minus zero"},
		{"00", STATUS_BAD_AMOUNT, "two zeros"},
		{"01", STATUS_BAD_AMOUNT, "a leading zero"},
		{"-01", STATUS_BAD_AMOUNT, "a leading zero below 0"},
		{"+1", STATUS_BAD_AMOUNT, "a plus"},
		{" 1", STATUS_BAD_AMOUNT, "a space before"},
		{"1 ", STATUS_BAD_AMOUNT, "a space behind"},
		{"1e9", STATUS_BAD_AMOUNT, "an exponent"},
		{"1afil", STATUS_BAD_AMOUNT, "a unit"},
		{HUNDRED_NINES HUNDRED_NINES HUNDRED_NINES HUNDRED_NINES, STATUS_BAD_AMOUNT, "400 digits"},
	};
	char text[AMOUNT_TEXT_MAX];
	struct amount a;

	for (size_t i = 0; i < COUNT(rows); i++) {
		a = amount_u64(7);
		CHECK_EQUAL(amount_from_decimal(&a, rows[i].text), rows[i].want, rows[i].why);
		CHECK_TEXT(amount_decimal(text, &a), rows[i].want == STATUS_OK ? rows[i].text : "7", rows[i].why);
	}
}

static void test_parse(void)
{
	static const struct {
		const char *text;
		enum status want;
		const char *afil;
		const char *why;
	} rows[] = {
		{"0", STATUS_OK, "0", "a bare 0 needs no unit"},
		{"0fil", STATUS_OK, "0", "and may have one"},
		{"2afil", STATUS_OK, "2", "attoFIL"},
		{"2AFIL", STATUS_OK, "2", "upper case"},
		{"2aFiL", STATUS_OK, "2", "any case"},
		{"3ffil", STATUS_OK, "3000", "femtoFIL"},
		{"3pfil", STATUS_OK, "3000000", "picoFIL"},
		{"0.5nfil", STATUS_OK, "500000000", "a fraction of a nanoFIL"},
		{"3ufil", STATUS_OK, "3000000000000", "microFIL"},
		{"3mfil", STATUS_OK, "3000000000000000", "milliFIL"},
		{"0.1fil", STATUS_OK, "100000000000000000", "a tenth of a FIL, exactly"},
		{"2000000000fil", STATUS_OK, "2000000000000000000000000000", "all FIL there will be"},
		{"0.000000000000000001fil", STATUS_OK, "1", "18 places are the smallest amount"},
		{"1.0afil", STATUS_OK, "1", "zeros behind the smallest place change nothing"},
		{"1.5afil", STATUS_BAD_NUMBER, NULL, "half an attoFIL"},
		{"0.0000000000000000001fil", STATUS_BAD_NUMBER, NULL, "19 places"},
		{"", STATUS_BAD_NUMBER, NULL, "nothing"},
		{"fil", STATUS_BAD_NUMBER, NULL, "a unit alone"},
		{"1", STATUS_NO_UNIT, NULL, "no unit"},
		{"1.5", STATUS_NO_UNIT, NULL, "no unit behind a fraction"},
		{"0.0", STATUS_NO_UNIT, NULL, "only a bare 0 goes without a unit"},
		{"1e9", STATUS_BAD_NUMBER, NULL, "an exponent"},
		{"1e9fil", STATUS_BAD_NUMBER, NULL, "an exponent and a unit"},
		{"-1", STATUS_BAD_NUMBER, NULL, "below 0"},
		{"-1fil", STATUS_BAD_NUMBER, NULL, "below 0 with a unit"},
		{"+1fil", STATUS_BAD_NUMBER, NULL, "a plus"},
		{"0x10afil", STATUS_BAD_NUMBER, NULL, "hex"},
		{"00", STATUS_BAD_NUMBER, NULL, "two zeros"},
		{"01fil", STATUS_BAD_NUMBER, NULL, "a leading zero"},
		{".5fil", STATUS_BAD_NUMBER, NULL, "nothing before the point"},
		{"1.fil", STATUS_BAD_NUMBER, NULL, "nothing behind the point"},
		{"1.2.3fil", STATUS_BAD_NUMBER, NULL, "two points"},
		{"1,5fil", STATUS_BAD_NUMBER, NULL, "a comma"},
		{"1 fil", STATUS_BAD_NUMBER, NULL, "a space"},
		{" 1fil", STATUS_BAD_NUMBER, NULL, "a space before"},
		{"1fil ", STATUS_BAD_NUMBER, NULL, "a space behind"},
		{"1fi", STATUS_BAD_NUMBER, NULL, "half a unit"},
		{"1fils", STATUS_BAD_NUMBER, NULL, "more than a unit"},
		{"1zfil", STATUS_BAD_NUMBER, NULL, "no such unit"},
		{"1F\xc4\xb0L", STATUS_BAD_NUMBER, NULL, "a Turkish letter"},
		{"inf", STATUS_BAD_NUMBER, NULL, "a word that strtod takes"},
		{HUNDRED_NINES HUNDRED_NINES HUNDRED_NINES HUNDRED_NINES, STATUS_NO_UNIT, NULL, "400 digits, no unit"},
		{HUNDRED_NINES HUNDRED_NINES HUNDRED_NINES HUNDRED_NINES "afil", STATUS_BAD_NUMBER, NULL, "400 digits"},
		{HUNDRED_NINES HUNDRED_NINES HUNDRED_NINES "fil", STATUS_BAD_NUMBER, NULL, "too large by its unit"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[AMOUNT_TEXT_MAX];
		struct amount a = amount_u64(7);

		CHECK_EQUAL(amount_parse(&a, rows[i].text), rows[i].want, rows[i].why);
		CHECK_TEXT(amount_decimal(text, &a), rows[i].afil ? rows[i].afil : "7", rows[i].why);
	}
}

static void test_arithmetic(void)
{
	static const struct {
		const char *a, *b, *sum, *difference;
		int order;
	} rows[] = {
		{"0", "0", "0", "0", 0},
		{"5", "3", "8", "2", 1},
		{"3", "5", "8", "-2", -1},
		{"-3", "5", "2", "-8", -1},
		{"3", "-5", "-2", "8", 1},
		{"-3", "-5", "-8", "2", 1},
		{"-5", "-5", "-10", "0", 0},
		{"5", "-5", "0", "10", 1},
		{"0", "5", "5", "-5", -1},
		{"0", "-5", "-5", "5", 1},
		{"18446744073709551615", "1", "18446744073709551616", "18446744073709551614", 1},
		{"18446744073709551616", "1", "18446744073709551617", "18446744073709551615", 1},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct amount a = from(rows[i].a), b = from(rows[i].b), c;
		char text[AMOUNT_TEXT_MAX];
		int order = amount_cmp(&a, &b);

		CHECK_EQUAL((order > 0) - (order < 0), rows[i].order, "amounts compare as numbers do");
		CHECK(amount_add(&c, &a, &b), "a small sum fits");
		CHECK_TEXT(amount_decimal(text, &c), rows[i].sum, "sum");
		CHECK_EQUAL(amount_is_zero(&c), strcmp(rows[i].sum, "0") == 0, "zero is known");
		CHECK_EQUAL(amount_is_negative(&c), rows[i].sum[0] == '-', "below zero is known");
		CHECK(amount_sub(&c, &a, &b), "a small difference fits");
		CHECK_TEXT(amount_decimal(text, &c), rows[i].difference, "difference");
		CHECK(amount_add(&a, &a, &b), "the result may take an input's place");
		CHECK_TEXT(amount_decimal(text, &a), rows[i].sum, "sum in place");
	}
}

static void test_overflow(void)
{
	struct amount top, half, one = amount_u64(1), out = amount_u64(7), bottom;
	const struct amount zero = amount_zero();
	char text[AMOUNT_TEXT_MAX];

	largest(&top);
	CHECK(amount_sub(&bottom, &zero, &top), "the lowest amount exists");
	CHECK(!amount_add(&out, &top, &one), "one more than the largest does not fit");
	CHECK(!amount_add(&out, &top, &top), "twice the largest does not fit");
	CHECK(!amount_sub(&out, &bottom, &one), "one less than the lowest does not fit");
	CHECK(!amount_mul_bytes(&out, &top, 2), "nor by multiplication within the limbs");
	CHECK(!amount_mul_bytes(&out, &top, UINT64_MAX), "nor out of them");
	CHECK_TEXT(amount_decimal(text, &out), "7", "a failed call leaves the result alone");
	CHECK(amount_add(&out, &top, &bottom) && amount_is_zero(&out), "the largest and the lowest cancel");
	CHECK(amount_mul_bytes(&out, &top, 1) && amount_cmp(&out, &top) == 0, "times 1 is the same");
	CHECK_EQUAL(strlen(amount_decimal(text, &bottom)), 307, "306 digits and a sign");
	CHECK(amount_from_decimal(&out, text) == STATUS_OK && amount_cmp(&out, &bottom) == 0, "and they read back");
	text[306]++; /* ends in 5: 2^1016 - 1 */
	CHECK_EQUAL(amount_from_decimal(&half, text), STATUS_BAD_AMOUNT, "one more in decimal does not fit");
}

static void test_bytes(void)
{
	static const struct {
		const char *amount, *per_byte;
		uint64_t bytes;
		bool ok;
		const char *why;
	} rows[] = {
		{"0", "2", 0, true, "nothing buys nothing"},
		{"1", "2", 0, true, "half a byte is none"},
		{"2", "2", 1, true, "exactly one"},
		{"2097153", "2", 1048576, true, "rounded down"},
		{"-100", "2", 0, true, "a debt buys nothing"},
		{"18446744073709551615", "1", UINT64_MAX, true, "the most bytes"},
		{"18446744073709551616", "1", 7, false, "2^64 bytes"},
		{"340282366920938463463374607431768211456", "18446744073709551616", 7, false, "2^128 / 2^64"},
		{"340282366920938463463374607431768211455", "18446744073709551616", UINT64_MAX, true, "one below"},
		{"5", "18446744073709551616", 0, true, "a price longer than the amount"},
		{"5", "0", 7, false, "free data is not counted in money"},
		{"5", "-1", 7, false, "a price below 0"},
		{"-5", "0", 7, false, "a debt and no price"},
	};
	struct amount price = from("18446744073709551615"), out;
	char text[AMOUNT_TEXT_MAX];

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct amount a = from(rows[i].amount), per_byte = from(rows[i].per_byte);
		uint64_t bytes = 7;

		CHECK_EQUAL(amount_div_bytes(&bytes, &a, &per_byte), rows[i].ok, rows[i].why);
		CHECK_EQUAL(bytes, rows[i].bytes, rows[i].why);
	}
	CHECK(amount_mul_bytes(&out, &price, UINT64_MAX), "64 bits by 64 bits fits");
	CHECK_TEXT(amount_decimal(text, &out), "340282366920938463426481119284349108225", "and is exact");
	CHECK(amount_mul_bytes(&out, &price, 0) && amount_is_zero(&out), "no bytes cost nothing");
	price = from("-3");
	CHECK(amount_mul_bytes(&out, &price, 0) && !amount_is_negative(&out), "and not minus nothing");
}

int main(void)
{
	test_wire();
	test_wire_length();
	test_decimal();
	test_parse();
	test_arithmetic();
	test_overflow();
	test_bytes();
	return test_end();
}
