/* frame_reader.c - reads frames from a stream, and appends frames to a stream.
 *
 * Knows lengths and the text form; never decodes a body.
 *
 * Each read() asks for as many bytes as the buffer has room for. No read()
 * follows once the frame is complete, because a live peer may send no more
 * bytes for a while. The rest of the buffer is moved only if the next frame
 * does not fit behind the rest, so bytes are seldom copied twice.
 */
#include "wire/frame_reader.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/multibase.h"

#define BUFFER_MIN (256u << 10) /* bytes of the smallest read buffer */
#define PIECE      (64u << 10)  /* bytes read beyond a large frame; letters of text decoded at once */
#define GROUP      4            /* letters that stand for whole bytes */

void frame_reader_init(struct frame_reader *r, int fd)
{
	*r = (struct frame_reader){.fd = fd, .wake = -1};
}

void frame_reader_release(struct frame_reader *r)
{
	bytes_release(&r->buffer);
	bytes_release(&r->raw);
}

/* Reserve exactly @cap bytes; bytes_grow() would double the buffer. */
static enum status reserve(struct bytes *b, size_t cap)
{
	uint8_t *data;

	if (b->cap >= cap)
		return STATUS_OK;
	data = realloc(b->data, cap);
	if (!data)
		return STATUS_NO_MEMORY;
	b->data = data;
	b->cap = cap;
	return STATUS_OK;
}

/* Drop the first *@head bytes. */
static void compact(struct bytes *b, size_t *head)
{
	if (*head > 0 && *head < b->len)
		memmove(b->data, b->data + *head, b->len - *head);
	b->len -= *head;
	*head = 0;
}

/* Wait until the input is readable; false if the wake descriptor ends the wait. */
static bool wait_for_input(const struct frame_reader *r)
{
	struct pollfd ready[2] = {{.fd = r->fd, .events = POLLIN}, {.fd = r->wake, .events = POLLIN}};

	while (poll(ready, 2, -1) < 0 && errno == EINTR)
		;
	return ready[1].revents == 0;
}

/* One read() to the end of @b, which has room. */
static enum status read_some(struct frame_reader *r, struct bytes *b)
{
	ssize_t n = 0;

	for (;;) {
		if (r->wake >= 0 && !wait_for_input(r))
			break;
		n = read(r->fd, b->data + b->len, b->cap - b->len);
		if (n >= 0)
			break;
		if (errno == EAGAIN)
			wait_for_input(r);
		else if (errno != EINTR)
			return STATUS_IO;
	}
	b->len += (size_t)n;
	r->at_end = n == 0;
	return STATUS_OK;
}

static struct span unread(const struct frame_reader *r)
{
	return r->buffer.len == r->head ? (struct span){0} : span_of(r->buffer.data + r->head, r->buffer.len - r->head);
}

/* Make room for the next frame, which takes @need bytes from the head on. */
static enum status make_room(struct frame_reader *r, size_t need)
{
	size_t cap = need + PIECE > BUFFER_MIN ? need + PIECE : BUFFER_MIN;

	if (r->head == r->buffer.len || r->head + need > r->buffer.cap)
		compact(&r->buffer, &r->head);
	return r->head + need <= r->buffer.cap ? STATUS_OK : reserve(&r->buffer, cap);
}

static enum status fill_binary(struct frame_reader *r, size_t need)
{
	enum status s = make_room(r, need);

	return s == STATUS_OK ? read_some(r, &r->buffer) : s;
}

/* The bytes of the whole groups in @start; without one that ends with a carriage return, which may end the line. */
static size_t whole_groups(const uint8_t *start, size_t len)
{
	len -= len % GROUP;
	return len != 0 && start[len - 1] == '\r' ? len - GROUP : len;
}

/* The next piece to decode: up to the end of its line, else all whole groups that are buffered. */
static enum status next_piece(struct frame_reader *r, struct span *piece, bool *newline)
{
	for (;;) {
		size_t len = r->raw.len - r->raw_head;
		const uint8_t *start = r->raw.data + r->raw_head, *end;
		enum status s;

		len = len < PIECE ? len : PIECE;
		end = memchr(start, '\n', len);
		*newline = end != NULL;
		*piece = span_of(start, end ? (size_t)(end - start) : r->at_end ? len : whole_groups(start, len));
		if (end || r->at_end || piece->len > 0)
			return STATUS_OK;
		compact(&r->raw, &r->raw_head);
		s = read_some(r, &r->raw);
		if (s != STATUS_OK)
			return s;
	}
}

/* Mail ends each line with a carriage return too. */
static struct span without_return(struct span piece, bool newline)
{
	bool returns = newline && piece.len > 0 && piece.data[piece.len - 1] == '\r';

	return span_of(piece.data, piece.len - returns);
}

static enum status fill_text(struct frame_reader *r, size_t need)
{
	struct span piece;
	bool newline;
	enum status s = next_piece(r, &piece, &newline);

	if (s != STATUS_OK)
		return s;
	compact(&r->buffer, &r->head);
	s = reserve(&r->buffer, need + PIECE + 1);
	if (s != STATUS_OK)
		return s;
	s = base_decode(&r->buffer, BASE64URL, without_return(piece, newline));
	if (s != STATUS_OK)
		return s;
	r->raw_head += piece.len + newline;
	r->line_end = newline;
	return STATUS_OK;
}

static bool is_letter(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* Reads until the form of the stream is known: see the head of frame_reader.h. */
static enum status start(struct frame_reader *r)
{
	while (!r->started) {
		struct span in = unread(r);
		bool letters = in.len > 0 && is_letter(in.data[0]) && (in.len < 2 || is_letter(in.data[1]));
		enum status s;

		if (in.len < 2 && !r->at_end && (in.len == 0 || letters)) {
			s = fill_binary(r, in.len + 1);
			if (s != STATUS_OK)
				return s;
			continue;
		}
		r->started = true;
		r->text = letters && in.len >= 2;
		if (r->text) {
			r->raw = r->buffer;
			r->buffer = (struct bytes){0};
		}
	}
	return STATUS_OK;
}

/*
 * @need: the size of the frame at the start of @in, in bytes; while the size is unknown, one byte more than @in has.
 * @used: the bytes of the frame's length.
 */
static enum status measure(size_t *need, size_t *used, struct span in)
{
	uint64_t len;
	enum status s = varint_decode(&len, used, in.data, in.len);

	if (s == STATUS_TRUNCATED) {
		*need = in.len + 1;
		return STATUS_OK;
	}
	if (s != STATUS_OK || len == 0)
		return STATUS_BAD_FRAME;
	if (len > FRAME_MAX)
		return STATUS_TOO_LARGE;
	*need = *used + (size_t)len;
	return STATUS_OK;
}

enum status frame_next(struct frame_reader *r, struct span *body)
{
	enum status s = start(r);

	while (s == STATUS_OK) {
		struct span in = unread(r);
		size_t need, used;

		s = measure(&need, &used, in);
		if (s != STATUS_OK)
			return s;
		if (need <= in.len) {
			*body = span_of(in.data + used, need - used);
			r->head += need;
			r->offset = r->position;
			r->position += need;
			r->count++;
			return STATUS_OK;
		}
		if (r->line_end && in.len > 0)
			return STATUS_BAD_FRAME;
		if (r->at_end && r->raw_head == r->raw.len)
			return in.len == 0 ? STATUS_END : STATUS_CUT;
		s = r->text ? fill_text(r, need) : fill_binary(r, need);
	}
	return s;
}

enum status frame_keep(struct frame_reader *r, struct bytes *owner, struct span *body)
{
	struct span rest = unread(r);
	struct bytes used = r->buffer;
	enum status s;

	bytes_clear(owner);
	if (body->len <= rest.len || body->len < PIECE) { /* copy the shorter part: the frame, or the bytes behind */
		bytes_append(owner, body->data, body->len);
		*body = bytes_span(owner);
		return bytes_status(owner);
	}
	s = reserve(owner, BUFFER_MIN);
	if (s != STATUS_OK)
		return s;
	bytes_append(owner, rest.data, rest.len);
	if (owner->failed)
		return STATUS_NO_MEMORY;
	r->buffer = *owner;
	r->head = 0;
	*owner = used;
	return STATUS_OK;
}

bool frame_is_here(const struct frame_reader *r)
{
	struct span in = unread(r);
	size_t need, used;

	return r->started && in.len != 0 && measure(&need, &used, in) == STATUS_OK && need <= in.len;
}

enum status frame_take(struct span *body, struct span *stream)
{
	size_t need, used;
	enum status s;

	if (stream->len == 0)
		return STATUS_END;
	s = measure(&need, &used, *stream);
	if (s != STATUS_OK)
		return s;
	if (need > stream->len)
		return STATUS_CUT;
	*body = span_of(stream->data + used, need - used);
	*stream = span_of(stream->data + need, stream->len - need);
	return STATUS_OK;
}

void frame_put_head(struct bytes *out, size_t len)
{
	assert(len > 0 && len <= FRAME_MAX);
	varint_append(out, len);
}

void frame_put(struct bytes *out, struct span body)
{
	frame_put_head(out, body.len);
	bytes_append(out, body.data, body.len);
}
