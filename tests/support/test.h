/* test.h - the few words that a unit test needs.
 *
 * A test program calls CHECK() and its kin, each with a sentence that says
 * what must be true, and ends with `return test_end();`.  Every failed check
 * prints where and what; the last line is "N passed, M failed".
 */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <stdio.h>
#include <string.h>

/* One of each in a program, however many of its files include this header. */
__attribute__((weak)) unsigned test_passed, test_failed;

static inline int test_check(int ok, const char *file, int line, const char *what)
{
	if (ok) {
		test_passed++;
	} else {
		test_failed++;
		fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
	}
	return ok;
}

static inline int test_equal(long long got, long long want, const char *file, int line, const char *what)
{
	if (got != want)
		fprintf(stderr, "%s:%d: got %lld, want %lld\n", file, line, got, want);
	return test_check(got == want, file, line, what);
}

static inline int test_same_text(const char *got, const char *want, const char *file, int line, const char *what)
{
	int same = strcmp(got, want) == 0;

	if (!same)
		fprintf(stderr, "%s:%d: got \"%s\", want \"%s\"\n", file, line, got, want);
	return test_check(same, file, line, what);
}

static inline int test_end(void)
{
	printf("%u passed, %u failed\n", test_passed, test_failed);
	return test_failed != 0;
}

/* CHECK(condition, "sentence"), and two that show both sides when they differ. */
#define CHECK(condition, what)       test_check((condition) != 0, __FILE__, __LINE__, what)
#define CHECK_EQUAL(got, want, what) test_equal((long long)(got), (long long)(want), __FILE__, __LINE__, what)
#define CHECK_TEXT(got, want, what)  test_same_text(got, want, __FILE__, __LINE__, what)

#endif
