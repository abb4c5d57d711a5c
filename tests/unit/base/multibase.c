/* multibase.c - bytes as text and back, strictly. */
#include "base/multibase.h"

#include <stdlib.h>

#include "../../support/test.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void test_vectors(void)
{
	/* The first three inputs are those of multiformats/multibase, tests/. */
	static const struct {
		const char *bytes;
		size_t len;
		const char *text[6]; /* by enum base */
	} rows[] = {
		{"yes mani !", 10,
			{"796573206d616e692021", "pfsxgidnmfxgsibb", "2lcpzo5yikidynfl", "7paNL19xttacUY",
				"eWVzIG1hbmkgIQ", "eWVzIG1hbmkgIQ"}},
		{"\0yes mani !", 11,
			{"00796573206d616e692021", "ab4wk4zanvqw42jaee", "02lcpzo5yikidynfl", "17paNL19xttacUY",
				"AHllcyBtYW5pICE", "AHllcyBtYW5pICE"}},
		{"\0\0yes mani !", 12,
			{"0000796573206d616e692021", "aaahszltebwwc3tjeaqq", "002lcpzo5yikidynfl", "117paNL19xttacUY",
				"AAB5ZXMgbWFuaSAh", "AAB5ZXMgbWFuaSAh"}},
		{"", 0, {"", "", "", "", "", ""}},
		{"\0\0\0", 3, {"000000", "aaaaa", "000", "111", "AAAA", "AAAA"}},
		{"\xff", 1, {"ff", "74", "73", "5Q", "/w", "_w"}},
		{"\xfb\xef\xbe", 3, {"fbefbe", "7px34", "9tvwe", "2Td7s", "++++", "----"}},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		for (enum base base = BASE16; base <= BASE64URL; base++) {
			struct bytes text = {0}, back = {0};

			base_encode(&text, base, span_of(rows[i].bytes, rows[i].len));
			if (rows[i].text[base])
				CHECK_TEXT(bytes_text(&text), rows[i].text[base], "the text is the standard one");
			CHECK_EQUAL(base_decode(&back, base, bytes_span(&text)), STATUS_OK, "what is written is read");
			CHECK(span_equal(bytes_span(&back), span_of(rows[i].bytes, rows[i].len)), "as the same bytes");
			bytes_release(&text);
			bytes_release(&back);
		}
	}
}

static void test_round_trip(void)
{
	uint8_t data[80];

	srandom(1);
	for (size_t len = 0; len <= sizeof(data); len++) {
		for (enum base base = BASE16; base <= BASE64URL; base++) {
			struct bytes text = {0}, back = {0};

			for (size_t i = 0; i < len; i++)
				data[i] = (uint8_t)(random() >> 8);
			base_encode(&text, base, span_of(data, len));
			CHECK_EQUAL(base_decode(&back, base, bytes_span(&text)), STATUS_OK, "every length is read");
			CHECK(span_equal(bytes_span(&back), span_of(data, len)), "as it was written");
			bytes_release(&text);
			bytes_release(&back);
		}
	}
}

static void test_bad(void)
{
	static const struct {
		enum base base;
		const char *text;
		const char *why;
	} rows[] = {
		{BASE16, "abc", "half a byte"},
		{BASE16, "AB", "upper case"},
		{BASE16, "0x", "a prefix of another kind"},
		{BASE16, "00 ", "a space"},
		{BASE32, "a", "one letter is no byte"},
		{BASE32, "aaa", "three letters are none"},
		{BASE32, "aaaaaa", "six letters are none"},
		{BASE32, "ab", "stray bits"},
		{BASE32, "aB", "upper case"},
		{BASE32, "a1", "1 is no letter of it"},
		{BASE32, "aa======", "padding"},
		{BASE36, "2lcpzo5yikidynfL", "upper case"},
		{BASE36, "a-", "a hyphen"},
		{BASE58, "0", "zero is no letter of it"},
		{BASE58, "O", "nor O"},
		{BASE58, "I", "nor I"},
		{BASE58, "l", "nor l"},
		{BASE58, "7paNL19xttacUY\n", "a newline"},
		{BASE64, "A", "one letter is no byte"},
		{BASE64, "AB", "stray bits"},
		{BASE64, "AA==", "padding"},
		{BASE64, "_w", "a letter of the URL alphabet"},
		{BASE64URL, "/w", "a letter of the common alphabet"},
		{BASE64URL, "\x80w", "a byte that is no ASCII"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes out = {0};

		bytes_append_text(&out, "kept");
		CHECK_EQUAL(base_decode(&out, rows[i].base, span_text(rows[i].text)), STATUS_BAD_TEXT, rows[i].why);
		CHECK_TEXT(bytes_text(&out), "kept", "a refused text appends nothing");
		bytes_release(&out);
	}
}

static void test_prefixes(void)
{
	static const struct {
		const char *text;
		enum status want;
		const char *why;
	} rows[] = {
		{"f796573206d616e692021", STATUS_OK, "base 16"},
		{"F796573206D616E692021", STATUS_OK, "base 16, upper case"},
		{"bpfsxgidnmfxgsibb", STATUS_OK, "base 32"},
		{"BPFSXGIDNMFXGSIBB", STATUS_OK, "base 32, upper case"},
		{"k2lcpzo5yikidynfl", STATUS_OK, "base 36"},
		{"K2LCPZO5YIKIDYNFL", STATUS_OK, "base 36, upper case"},
		{"z7paNL19xttacUY", STATUS_OK, "base 58"},
		{"meWVzIG1hbmkgIQ", STATUS_OK, "base 64"},
		{"ueWVzIG1hbmkgIQ", STATUS_OK, "base 64 for URLs"},
		{"", STATUS_BAD_TEXT, "nothing"},
		{"F796573206d616e692021", STATUS_BAD_TEXT, "an upper prefix and lower case"},
		{"f796573206D616E692021", STATUS_BAD_TEXT, "a lower prefix and upper case"},
		{"Z7paNL19xttacUY", STATUS_BAD_TEXT, "Z is base 58 of other people"},
		{"UeWVzIG1hbmkgIQ", STATUS_BAD_TEXT, "padded base 64 is not ours"},
		{"7paNL19xttacUY", STATUS_BAD_TEXT, "7 (octal) is not ours"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes out = {0};

		CHECK_EQUAL(multibase_decode(&out, span_text(rows[i].text)), rows[i].want, rows[i].why);
		CHECK_TEXT(bytes_text(&out), rows[i].want == STATUS_OK ? "yes mani !" : "", rows[i].why);
		bytes_release(&out);
	}
}

static void test_length(void)
{
	static uint8_t letters[4097];
	struct bytes out = {0};

	memset(letters, 'z', sizeof(letters));
	CHECK_EQUAL(base_decode(&out, BASE58, span_of(letters, 4096)), STATUS_OK, "4096 letters are read");
	CHECK_EQUAL(base_decode(&out, BASE58, span_of(letters, 4097)), STATUS_TOO_LARGE, "4097 in base 58 are not");
	CHECK_EQUAL(base_decode(&out, BASE36, span_of(letters, 4097)), STATUS_TOO_LARGE, "nor in base 36");
	CHECK_EQUAL(base_decode(&out, BASE32, span_of(letters, 4096)), STATUS_OK, "base 32 has no limit");
	bytes_release(&out);
}

int main(void)
{
	test_vectors();
	test_round_trip();
	test_bad();
	test_prefixes();
	test_length();
	return test_end();
}
