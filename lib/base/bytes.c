/* bytes.c - growing and borrowed runs of bytes.
 *
 * Every allocation has room for one byte more than the content, so that
 * bytes_text() needs no memory of its own.
 */
#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST 64                /* bytes of the first allocation */
#define LARGEST  (PTRDIFF_MAX / 2) /* no content is longer; keeps every sum below in range */

/* Set when an append fails. A program checks at its end, because text in the middle of a message has no status to return. */
static _Atomic bool ran_out;

static bool fail(struct bytes *b)
{
	ran_out = true;
	b->failed = true;
	return false;
}

static bool reserve(struct bytes *b, size_t more)
{
	size_t cap = b->cap < SMALLEST ? SMALLEST : b->cap;
	uint8_t *data;

	if (b->failed)
		return false;
	if (b->len + 1 <= b->cap && more <= b->cap - b->len - 1)
		return true;
	if (more > LARGEST - b->len)
		return fail(b);
	while (cap < b->len + more + 1)
		cap *= 2;
	data = realloc(b->data, cap);
	if (!data)
		return fail(b);
	b->data = data;
	b->cap = cap;
	return true;
}

uint8_t *bytes_grow(struct bytes *b, size_t len)
{
	uint8_t *tail;

	if (!reserve(b, len))
		return NULL;
	tail = b->data + b->len;
	b->len += len;
	return tail;
}

void bytes_append(struct bytes *b, const void *data, size_t len)
{
	uint8_t *tail = bytes_grow(b, len);

	if (tail && len > 0)
		memcpy(tail, data, len);
}

void bytes_append_byte(struct bytes *b, uint8_t byte)
{
	bytes_append(b, &byte, 1);
}

void bytes_append_text(struct bytes *b, const char *text)
{
	bytes_append(b, text, strlen(text));
}

void bytes_append_format(struct bytes *b, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0) {
		b->failed = true;
		return;
	}
	if (!reserve(b, (size_t)len))
		return;
	va_start(args, format);
	vsnprintf((char *)b->data + b->len, (size_t)len + 1, format, args);
	va_end(args);
	b->len += (size_t)len;
}

void bytes_clear(struct bytes *b)
{
	b->len = 0;
	b->failed = false;
}

bool bytes_ran_out(void)
{
	return ran_out;
}

enum status bytes_status(const struct bytes *b)
{
	return b->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

void bytes_release(struct bytes *b)
{
	free(b->data);
	*b = (struct bytes){0};
}

const char *bytes_text(struct bytes *b)
{
	if (!reserve(b, 0))
		return "";
	b->data[b->len] = 0;
	return (const char *)b->data;
}

struct span span_text(const char *text)
{
	return span_of(text, strlen(text));
}

bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool span_is(struct span a, const char *text)
{
	return span_equal(a, span_text(text));
}

char *span_clean(char *out, size_t size, struct span text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len && n + 1 < size; i++)
		out[n++] = text.data[i] >= 0x20 && text.data[i] < 0x7f ? (char)text.data[i] : '?';
	out[n] = '\0';
	return out;
}

void bytes_append_number(struct bytes *b, uint64_t number)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		bytes_append_byte(b, (uint8_t)(number >> shift));
}

uint64_t span_number(struct span s, size_t offset)
{
	uint64_t number = 0;

	for (size_t i = 0; i < 8 && offset + i < s.len; i++)
		number = number << 8 | s.data[offset + i];
	return number;
}
