/* bytes.h - growing and borrowed runs of bytes. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/** struct span - borrowed bytes; {NULL, 0} is empty. */
struct span {
	const uint8_t *data;
	size_t len;
};

/**
 * struct bytes - owned bytes that grow; all zero is valid and empty.
 * @failed: memory ran out; every later append does nothing.  So an encoder
 *          appends without checking, and its caller checks once.
 */
struct bytes {
	uint8_t *data;
	size_t len;
	size_t cap;
	bool failed;
};

/** bytes_append - add @len bytes of @data, which must not point into @b. */
void bytes_append(struct bytes *b, const void *data, size_t len);
/** bytes_append_byte - add one byte. */
void bytes_append_byte(struct bytes *b, uint8_t byte);
/** bytes_append_text - add a C string without its final zero. */
void bytes_append_text(struct bytes *b, const char *text);
/** bytes_append_format - add text as printf would make it. */
void bytes_append_format(struct bytes *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** bytes_append_number - add eight bytes, the most significant first. */
void bytes_append_number(struct bytes *b, uint64_t number);
/** bytes_grow - add @len bytes to be filled in by the caller, before any other call; NULL if @failed. */
uint8_t *bytes_grow(struct bytes *b, size_t len);
/** bytes_clear - forget the content and a failure, keep the memory. */
void bytes_clear(struct bytes *b);
/** bytes_status - STATUS_NO_MEMORY if an append failed, else STATUS_OK. */
enum status bytes_status(const struct bytes *b);
/** bytes_ran_out - true if any append of this process failed. Checked at the end of a program, because output text may then be incomplete. */
bool bytes_ran_out(void);
/** bytes_release - free the content, unwiped; @b is empty and usable afterwards. */
void bytes_release(struct bytes *b);
/** CLEAN_BYTES - `CLEAN_BYTES struct bytes b = {0};`: the content is freed, unwiped, at the end of the scope. */
#define CLEAN_BYTES __attribute__((cleanup(bytes_release)))
/** bytes_text - the content as a C string, valid until @b changes; "" if failed.  Does not look for zeros inside. */
const char *bytes_text(struct bytes *b);

static inline struct span bytes_span(const struct bytes *b)
{
	return (struct span){b->data, b->len};
}

static inline struct span span_of(const void *data, size_t len)
{
	return (struct span){data, len};
}

/** span_text - a C string as a span, without its final zero. */
struct span span_text(const char *text);
/** span_number - the number in the eight bytes from @offset on, the most significant first; of the remaining bytes, if fewer. */
uint64_t span_number(struct span s, size_t offset);
/** span_clean - text from a stranger as a C string of at most @size bytes, fit for a terminal and a record: all but printable ASCII is '?'; returns @out. */
char *span_clean(char *out, size_t size, struct span text);
/** span_equal - same length and same bytes. */
bool span_equal(struct span a, struct span b);
/** span_is - the span holds exactly the characters of @text. */
bool span_is(struct span a, const char *text);

#endif
