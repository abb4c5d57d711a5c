/* number.c - what is a number, and what only begins as one. */
#include "base/number.h"

#include "../../support/test.h"

int main(void)
{
	static const struct {
		const char *in;
		uint64_t want;
		enum status status;
		const char *why;
	} rows[] = {
		{"0", 0, STATUS_OK, "nothing"},
		{"12", 12, STATUS_OK, "a number"},
		{"0012", 12, STATUS_OK, "with zeros in front"},
		{"18446744073709551615", UINT64_MAX, STATUS_OK, "the largest"},
		{"18446744073709551616", 7, STATUS_BAD_NUMBER, "one more"},
		{"99999999999999999999", 7, STATUS_BAD_NUMBER, "far more"},
		{"", 7, STATUS_BAD_NUMBER, "no digit"},
		{"12abc", 7, STATUS_BAD_NUMBER, "letters behind it"},
		{" 12", 7, STATUS_BAD_NUMBER, "a space before it"},
		{"12 ", 7, STATUS_BAD_NUMBER, "a space behind it"},
		{"-1", 7, STATUS_BAD_NUMBER, "a sign"},
		{"+1", 7, STATUS_BAD_NUMBER, "the other sign"},
		{"0x10", 7, STATUS_BAD_NUMBER, "another base"},
		{"1e3", 7, STATUS_BAD_NUMBER, "an exponent"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t number = 7;

		CHECK_EQUAL(number_parse(&number, span_text(rows[i].in)), rows[i].status, rows[i].why);
		CHECK(number == rows[i].want, rows[i].why);
	}
	return test_end();
}
