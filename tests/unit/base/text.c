/* text.c - what is done to text before a terminal or JSON gets it. */
#include "base/text.h"

#include "../../support/test.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void test_clean(void)
{
	static const struct {
		const char *in, *keep, *want, *why;
	} rows[] = {
		{"plain 'text' ~", "", "plain 'text' ~", "ASCII stays"},
		{"", "", "", "nothing stays nothing"},
		{"gr\xc3\xb6\xc3\x9f"
		 "e \xe2\x82\xac \xf0\x9f\x98\x80",
			"",
			"gr\xc3\xb6\xc3\x9f"
			"e \xe2\x82\xac \xf0\x9f\x98\x80",
			"and so do letters of all lengths"},
		{"a\033[31mb\007", "", "a?[31mb?", "an escape sequence speaks no more"},
		{"a\nb\tc\r", "", "a?b?c?", "lines do not break"},
		{"a\nb\tc\r", "\n\t", "a\nb\tc?", "unless they may"},
		{"\x7f", "\x7f", "?", "DEL never stays"},
		{"\xc2\x9b"
		 "31m",
			"", "?31m", "nor the other half of controls"},
		{"\x9b"
		 "31m",
			"", "?31m", "as a byte neither"},
		{"\xe2\x80\xae"
		 "abc",
			"", "?abc", "text does not turn around"},
		{"\xc0\x9b", "", "??", "an overlong control"},
		{"\xe0\x80\x9b", "", "???", "and a longer one"},
		{"\xed\xa0\x80", "", "???", "half of a pair is no character"},
		{"\xf4\x90\x80\x80", "", "????", "above the last character"},
		{"\xe2\x82", "", "??", "a cut character"},
		{"\xff", "", "?", "a byte that UTF-8 does not have"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[64];

		snprintf(text, sizeof(text), "%s", rows[i].in);
		CHECK_TEXT(text_clean(text, rows[i].keep), rows[i].want, rows[i].why);
	}
}

static void test_utf8(void)
{
	static const struct {
		struct span in;
		const char *want, *why;
	} rows[] = {
		{{(const uint8_t *)"a\n\033\xc3\xb6", 5}, "a\n\033\xc3\xb6", "what is UTF-8 is kept, controls too"},
		{{(const uint8_t *)"a\xff"
				   "b",
			 3},
			"a\xef\xbf\xbd"
			"b",
			"another byte is replaced"},
		{{(const uint8_t *)"\xe2\x82", 2}, "\xef\xbf\xbd\xef\xbf\xbd", "each of them"},
		{{(const uint8_t *)"a\0b", 3},
			"a\xef\xbf\xbd"
			"b",
			"and 0"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes out = {0};

		text_append_utf8(&out, rows[i].in);
		CHECK_TEXT(bytes_text(&out), rows[i].want, rows[i].why);
		bytes_release(&out);
	}
}

/* A hint is pasted into a shell: each argument comes back as it was given. */
static void test_word(void)
{
	static const struct {
		const char *in, *want, *why;
	} rows[] = {
		{"content.offer", "content.offer", "a plain word"},
		{"--via=/a/b:1,2@3%+", "--via=/a/b:1,2@3%+", "and all other plain characters"},
		{"", "''", "nothing is a word too"},
		{"ssh host serve", "'ssh host serve'", "spaces are quoted"},
		{"$(rm -r ~)", "'$(rm -r ~)'", "nothing is run"},
		{"it's", "'it'\\''s'", "a quote leaves the quotes"},
		{"a\nb", "$'a\\012b'", "a line end is a number"},
		{"\xc3\xb6", "$'\\303\\266'", "and so is each byte that is not ASCII"},
		{"\033'\\", "$'\\033\\047\\134'", "with quotes and backslashes among them"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes out = {0};

		text_append_word(&out, rows[i].in);
		CHECK_TEXT(bytes_text(&out), rows[i].want, rows[i].why);
		bytes_release(&out);
	}
}

static void test_plural(void)
{
	CHECK_TEXT(text_plural(0), "s", "0 blocks");
	CHECK_TEXT(text_plural(1), "", "1 block");
	CHECK_TEXT(text_plural(UINT64_MAX), "s", "many blocks");
}

int main(void)
{
	test_clean();
	test_utf8();
	test_word();
	test_plural();
	return test_end();
}
