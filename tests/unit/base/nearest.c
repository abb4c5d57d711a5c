/* nearest.c - which words are taken for each other's slips. */
#include "base/nearest.h"

#include <stdint.h>

#include "../../support/test.h"

int main(void)
{
	static const struct {
		const char *a, *b;
		size_t distance;
		bool near;
		const char *why;
	} rows[] = {
		{"list", "list", 0, true, "the same"},
		{"lst", "list", 1, true, "a letter is missing"},
		{"liist", "list", 1, true, "a letter is too many"},
		{"lisp", "list", 1, true, "another letter"},
		{"lits", "list", 1, true, "two letters swapped"},
		{"hlep", "help", 1, true, "two letters swapped at the begin"},
		{"max-totl", "max-total", 1, true, "a longer word"},
		{"max-ttl", "max-total", 2, true, "two slips in a longer word"},
		{"lt", "list", 2, false, "two slips in a short word"},
		{"", "list", 4, false, "nothing"},
		{"list", "", 4, false, "nothing the other way"},
		{"abc", "xyz", 3, false, "another word"},
		{"0123456789012345678901234567890", "012345678901234567890123456789", 1, true, "as long as it may be"},
		{"01234567890123456789012345678901", "0", SIZE_MAX, false, "too long"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(word_distance(rows[i].a, rows[i].b) == rows[i].distance, rows[i].why);
		CHECK(word_is_near(rows[i].a, rows[i].b) == rows[i].near, rows[i].why);
	}
	return test_end();
}
