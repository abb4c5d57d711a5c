/* fuzz.h - what the fuzz targets share.
 *
 * A target is one function that takes any bytes.  It must not crash, leak or
 * run for ever, and what it decodes must encode back to the same bytes
 * (INVARIANT 18).
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* MUST(condition, "sentence") - abort, saying what does not hold. */
#define MUST(condition, what)                                                                                          \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, what);                       \
			abort();                                                                                       \
		}                                                                                                      \
	} while (0)

/* The bytes as a C string, for parsers of text; the caller frees it. */
static inline char *fuzz_text(struct span in)
{
	char *text = malloc(in.len + 1);

	MUST(text != NULL, "there is memory");
	for (size_t i = 0; i < in.len; i++)
		text[i] = (char)in.data[i];
	text[in.len] = '\0';
	return text;
}

/* A descriptor to read the bytes from; the caller closes it. */
static inline int fuzz_file(struct span in)
{
	int fd = memfd_create("fuzz", 0);

	MUST(fd >= 0 && write(fd, in.data, in.len) == (ssize_t)in.len && lseek(fd, 0, SEEK_SET) == 0,
		"a file in memory");
	return fd;
}

/* Forget @b, after proving that it holds exactly @want. */
static inline void fuzz_same(struct bytes *b, struct span want, const char *what)
{
	MUST(bytes_status(b) == STATUS_OK && span_equal(bytes_span(b), want), what);
	bytes_release(b);
}

#endif
