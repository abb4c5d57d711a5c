/* frame.c - tests of wire/frame.h: streams through pipes, whole, drop by drop, cut and wrong. */
#include "../../support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/multibase.h"
#include "wire/frame.h"

#define ROW(text) text, sizeof(text) - 1
#define MESSAGE   "\xa1\x63gs2\xa0" /* the shortest message; 6 bytes */

/* A pipe whose other end is fed by a thread, @step bytes at a time. */
struct feed {
	struct span data;
	size_t step;
	int fds[2];
	pthread_t thread;
};

static void *feed_run(void *arg)
{
	struct feed *f = arg;

	for (size_t at = 0; at < f->data.len; at += f->step) {
		size_t len = f->data.len - at < f->step ? f->data.len - at : f->step;

		if (file_write_full(f->fds[1], f->data.data + at, len) != STATUS_OK)
			break;
	}
	close(f->fds[1]);
	return NULL;
}

static void feed_start(struct feed *f, struct span data, size_t step)
{
	f->data = data;
	f->step = step;
	if (pipe2(f->fds, O_CLOEXEC) != 0 || pthread_create(&f->thread, NULL, feed_run, f) != 0)
		abort();
}

static void feed_end(struct feed *f)
{
	pthread_join(f->thread, NULL);
	close(f->fds[0]);
}

/* Reads a whole stream; @bodies gets all bodies, one after the other. */
static enum status read_stream(struct bytes *bodies, size_t *count, struct span stream, size_t step)
{
	struct frame_reader r;
	struct feed f;
	struct span body;
	enum status s;

	feed_start(&f, stream, step);
	frame_reader_init(&r, f.fds[0]);
	bytes_clear(bodies);
	while ((s = frame_next(&r, &body)) == STATUS_OK)
		bytes_append(bodies, body.data, body.len);
	CHECK_EQUAL(frame_next(&r, &body), s, "an end or an error stays");
	*count = (size_t)r.count;
	while (read(f.fds[0], (char[4096]){0}, 4096) > 0) /* or the feed would never end */
		;
	frame_reader_release(&r);
	feed_end(&f);
	return s;
}

static const struct {
	const char *in;
	size_t len;
	size_t frames;
	enum status want;
	const char *why;
} rows[] = {
	{ROW(""), 0, STATUS_END, "an empty stream"},
	{ROW("\x06" MESSAGE), 1, STATUS_END, "one frame"},
	{ROW("\x06" MESSAGE "\x06" MESSAGE), 2, STATUS_END, "two frames: a concatenation is a stream"},
	{ROW("\x00"), 0, STATUS_BAD_FRAME, "length 0"},
	{ROW("\x06" MESSAGE "\x00"), 1, STATUS_BAD_FRAME, "length 0 behind a frame"},
	{ROW("\x86\x00" MESSAGE), 0, STATUS_BAD_FRAME, "a length that is not minimal"},
	{ROW("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), 0, STATUS_BAD_FRAME, "a length of 10 bytes"},
	{ROW("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), 0, STATUS_BAD_FRAME, "a length without an end"},
	{ROW("\x80"), 0, STATUS_CUT, "a length cut short"},
	{ROW("\x06"), 0, STATUS_CUT, "a length and no body"},
	{ROW("\x41"), 0, STATUS_CUT, "a length that is a letter, and no body"},
	{ROW("\x06\xa1\x63gs2"), 0, STATUS_CUT, "a short body"},
	{ROW("\x81\x80\x80\x02"), 0, STATUS_TOO_LARGE, "4 MiB and one byte"},
	{ROW("\x80\x80\x80\x02"), 0, STATUS_CUT, "4 MiB, which never come"},
	{ROW("\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), 0, STATUS_TOO_LARGE, "2^63-1 bytes"},
	/* the text form */
	{ROW("BqFjZ3MyoA\n"), 1, STATUS_END, "a line"},
	{ROW("BqFjZ3MyoA"), 1, STATUS_END, "a line without its newline"},
	{ROW("BqFjZ3MyoA\nBqFjZ3MyoA\n"), 2, STATUS_END, "two lines"},
	{ROW("BqFjZ3MyoAahY2dzMqA\n"), 2, STATUS_END, "two frames in a line"},
	{ROW("BqFjZ3MyoA\n\n\nBqFjZ3MyoA\n"), 2, STATUS_END, "empty lines"},
	{ROW("BqFj\nZ3MyoA\n"), 0, STATUS_BAD_FRAME, "a frame over two lines"},
	{ROW("BqFjZ3My\n"), 0, STATUS_BAD_FRAME, "a line that ends inside a frame"},
	{ROW("BqFjZ3My"), 0, STATUS_CUT, "text that ends inside a frame"},
	{ROW("BqFjZ3MyoB\n"), 0, STATUS_BAD_TEXT, "stray bits"},
	{ROW("BqFjZ3MyoA==\n"), 0, STATUS_BAD_TEXT, "padding"},
	{ROW("BqFjZ3MyoA\nBqF Z3MyoA\n"), 1, STATUS_BAD_TEXT, "a space in the second line"},
	{ROW("BqFjZ3MyoA\r\n"), 1, STATUS_END, "a line as mail ends it"},
	{ROW("BqFjZ3MyoA\r\nBqFjZ3MyoA\n"), 2, STATUS_END, "lines of both sorts"},
	{ROW("BqFjZ3MyoA\r\r\n"), 0, STATUS_BAD_TEXT, "two carriage returns"},
	{ROW("BqFjZ3M\ryoA\n"), 0, STATUS_BAD_TEXT, "a carriage return inside a line"},
	{ROW("BqFjZ3MyoA\n\x06" MESSAGE), 1, STATUS_BAD_TEXT, "binary behind text"},
	{ROW("gYCAAg\n"), 0, STATUS_TOO_LARGE, "4 MiB and one byte, in text"},
	{ROW("AAAA\n"), 0, STATUS_BAD_FRAME, "length 0, in text"},
};

static void check_rows(void)
{
	static const size_t steps[] = {1, 2, 3, 5, 4096};
	struct bytes bodies = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t j = 0; j < sizeof(steps) / sizeof(steps[0]); j++) {
			size_t count;

			CHECK_EQUAL(read_stream(&bodies, &count, span_of(rows[i].in, rows[i].len), steps[j]),
				rows[i].want, rows[i].why);
			CHECK_EQUAL(count, rows[i].frames, rows[i].why);
		}
	}
	bytes_release(&bodies);
}

/* A stream of frames of every length that is near a change of something, and their bodies. */
static void make_stream(struct bytes *stream, struct bytes *bodies, struct bytes *text, const size_t *lengths, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct bytes frame = {0};
		uint8_t *body;
		size_t at = bodies->len;

		body = bytes_grow(bodies, lengths[i]);
		body[0] = i % 2 ? 0xa1 : 0xa3;
		for (size_t j = 1; j < lengths[i]; j++)
			body[j] = (uint8_t)(i * 31 + j * 7 + j / 251);
		frame_put(&frame, span_of(bodies->data + at, lengths[i]));
		bytes_append(stream, frame.data, frame.len);
		base_encode(text, BASE64URL, bytes_span(&frame));
		bytes_append_byte(text, '\n');
		bytes_release(&frame);
	}
}

/* Binary and text of the same frames, in steps from a byte to a buffer, and cut at every byte. */
static void check_small(void)
{
	size_t lengths[80], count;
	struct bytes stream = {0}, bodies = {0}, text = {0}, got = {0};

	for (size_t i = 0; i < 80; i++) /* past 127, where a length takes two bytes; and every letter's code */
		lengths[i] = 60 + i;
	make_stream(&stream, &bodies, &text, lengths, 80);
	for (size_t step = 1; step < 300; step = step * 2 + 1) {
		CHECK_EQUAL(
			read_stream(&got, &count, bytes_span(&stream), step), STATUS_END, "a binary stream is read");
		CHECK(count == 80 && span_equal(bytes_span(&got), bytes_span(&bodies)), "and is the same");
		CHECK_EQUAL(read_stream(&got, &count, bytes_span(&text), step), STATUS_END, "a text stream is read");
		CHECK(count == 80 && span_equal(bytes_span(&got), bytes_span(&bodies)), "and is the same");
	}
	for (size_t len = 0, frames = 0, end = 0; len < 1000; len++) {
		if (len == end + 1 + lengths[frames] + (lengths[frames] > 127))
			end = len, frames++;
		CHECK_EQUAL(read_stream(&got, &count, span_of(stream.data, len), 4096),
			len == end ? STATUS_END : STATUS_CUT, "a cut stream ends or is cut");
		CHECK_EQUAL(count, frames, "after the frames that are whole");
	}
	for (size_t len = 0; len < 1000; len++)
		CHECK(read_stream(&got, &count, span_of(text.data, len), 4096) != STATUS_OK, "a cut text ends");
	bytes_release(&got);
	bytes_release(&text);
	bytes_release(&bodies);
	bytes_release(&stream);
}

/* The reader decodes up to 64 KiB of a line at once: a carriage return in any place around the end of these. */
static void check_mail(void)
{
	struct bytes stream = {0}, bodies = {0}, text = {0}, got = {0};

	for (size_t length = 49140; length < 49160; length++) {
		size_t count;

		bytes_clear(&stream), bytes_clear(&bodies), bytes_clear(&text);
		make_stream(&stream, &bodies, &text, &length, 1);
		text.data[text.len - 1] = '\r';
		bytes_append_byte(&text, '\n');
		CHECK_EQUAL(
			read_stream(&got, &count, bytes_span(&text), 1 << 20), STATUS_END, "a line of mail is read");
		CHECK(count == 1 && span_equal(bytes_span(&got), bytes_span(&bodies)), "and is the same");
	}
	bytes_release(&got);
	bytes_release(&text);
	bytes_release(&bodies);
	bytes_release(&stream);
}

/* Frames up to the largest, mixed with small ones. */
static void check_large(void)
{
	static const size_t lengths[] = {
		6, FRAME_MAX, 7, 262144 - 4, 262144, 1, 1 << 20, 65536, FRAME_MAX, FRAME_MAX - 1, 9};
	struct bytes stream = {0}, bodies = {0}, text = {0}, got = {0};
	size_t n = sizeof(lengths) / sizeof(lengths[0]), count;

	make_stream(&stream, &bodies, &text, lengths, n);
	CHECK_EQUAL(read_stream(&got, &count, bytes_span(&stream), 1 << 20), STATUS_END, "a binary stream is read");
	CHECK(count == n && span_equal(bytes_span(&got), bytes_span(&bodies)), "and is the same");
	CHECK_EQUAL(read_stream(&got, &count, bytes_span(&text), 1 << 20), STATUS_END, "a text stream is read");
	CHECK(count == n && span_equal(bytes_span(&got), bytes_span(&bodies)), "and is the same");
	bytes_release(&got);
	bytes_release(&text);
	bytes_release(&bodies);
	bytes_release(&stream);
}

/* Memory stays about one frame and a piece, and a length above the largest allocates nothing for it. */
static void check_memory(void)
{
	static const struct {
		const char *in;
		size_t len;
		size_t most;
	} streams[] = {
		{ROW("\x81\x80\x80\x02"), 300u << 10},
		{ROW("\x80\x80\x80\x02"), FRAME_MAX + (65u << 10)},
		{ROW("gICAAg\n"), FRAME_MAX + (65u << 10)},
	};

	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		struct frame_reader r;
		struct feed f;
		struct span body;

		feed_start(&f, span_of(streams[i].in, streams[i].len), 64);
		frame_reader_init(&r, f.fds[0]);
		CHECK(frame_next(&r, &body) != STATUS_OK, "there is no frame");
		CHECK(r.buffer.cap <= streams[i].most, "memory is bounded");
		frame_reader_release(&r);
		feed_end(&f);
	}
}

/* A frame is returned as soon as it is there, though the pipe stays open and silent. */
static void check_prompt(void)
{
	static const struct {
		const char *in;
		size_t len;
	} frames[] = {{ROW("\x06" MESSAGE)}, {ROW("BqFjZ3MyoA\n")}};

	for (size_t i = 0; i < 2; i++) {
		struct frame_reader r;
		struct span body;
		int fds[2];

		if (pipe2(fds, O_CLOEXEC) != 0)
			abort();
		frame_reader_init(&r, fds[0]);
		for (int n = 0; n < 3; n++) {
			CHECK_EQUAL(
				file_write_full(fds[1], frames[i].in, frames[i].len), STATUS_OK, "a frame is written");
			alarm(10); /* waiting for more would wait for ever */
			CHECK_EQUAL(frame_next(&r, &body), STATUS_OK, "and read at once");
			alarm(0);
			CHECK(span_equal(body, span_of(MESSAGE, 6)), "whole");
			CHECK_EQUAL(r.offset, 7 * n, "its offset is in the binary form");
		}
		CHECK_EQUAL(r.text, i == 1, "the form is known");
		frame_reader_release(&r);
		close(fds[0]);
		close(fds[1]);
	}
}

/* A descriptor that does not block is waited for; one that is closed is IO. */
static void check_descriptors(void)
{
	struct frame_reader r;
	struct feed f;
	struct span body;

	feed_start(&f, span_of(ROW("\x06" MESSAGE)), 1);
	fcntl(f.fds[0], F_SETFL, O_NONBLOCK);
	frame_reader_init(&r, f.fds[0]);
	CHECK_EQUAL(frame_next(&r, &body), STATUS_OK, "a descriptor that does not block");
	CHECK_EQUAL(frame_next(&r, &body), STATUS_END, "and its end");
	frame_reader_release(&r);
	feed_end(&f);
	frame_reader_init(&r, -1);
	CHECK_EQUAL(frame_next(&r, &body), STATUS_IO, "a closed descriptor");
	CHECK_EQUAL(errno, EBADF, "says why");
	frame_reader_release(&r);
}

/* What tells text from binary: no first byte of any kind of body is a letter of base64url. */
static void check_first_bytes(void)
{
	static const char *const starts[] = {"\xa1\x63gs2", "\xa3\x64IsRq", "\xa2\x6aPayloadCID", "\xa9\x66Status"};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		struct bytes stream = {0}, body = {0}, got = {0};
		size_t count;

		bytes_append_text(&body, starts[i]);
		while (body.len < 'A')
			bytes_append_byte(&body, 0);
		frame_put(&stream, bytes_span(&body));
		CHECK_EQUAL(stream.data[0], 'A', "a length that is a letter");
		CHECK_EQUAL(read_stream(&got, &count, bytes_span(&stream), 1), STATUS_END, "is read as binary");
		CHECK(count == 1 && span_equal(bytes_span(&got), bytes_span(&body)), "whole");
		bytes_release(&got);
		bytes_release(&body);
		bytes_release(&stream);
	}
}

static void check_kinds(void)
{
	static const struct {
		const char *in;
		size_t len;
		enum status want;
		enum frame_kind kind;
	} kinds[] = {
		{ROW("\xa1\x63gs2\xa0"), STATUS_OK, FRAME_GRAPHSYNC},
		{ROW("\xa3\x64IsRq\xf5"), STATUS_OK, FRAME_TRANSFER},
		{ROW("\xa1\x63gs2"), STATUS_OK, FRAME_GRAPHSYNC},
		{ROW("\xa2\x6aPayloadCID\xd8"), STATUS_OK, FRAME_QUERY},
		{ROW("\xa9\x66Status\x00"), STATUS_OK, FRAME_QUERY_RESPONSE},
		{ROW("\xa3\x6aPayloadCID\xd8"), STATUS_BAD_MESSAGE, 0}, /* a proposal, which is never alone */
		{ROW("\xa4\x66Status\x00"), STATUS_BAD_MESSAGE, 0},     /* the same of a deal's response */
		{ROW("\xa9\x62ID"), STATUS_BAD_MESSAGE, 0},             /* an offer is no frame */
		{ROW("\xa2\x6aPayloadCI"), STATUS_BAD_MESSAGE, 0},
		{ROW("\xa1\x63gs"), STATUS_BAD_MESSAGE, 0},
		{ROW("\xa1\x63gs3\xa0"), STATUS_BAD_MESSAGE, 0},
		{ROW("\xa2\x64IsRq"), STATUS_BAD_MESSAGE, 0},
		{ROW(""), STATUS_BAD_MESSAGE, 0},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		enum frame_kind kind = 0;

		CHECK_EQUAL(frame_kind(&kind, span_of(kinds[i].in, kinds[i].len)), kinds[i].want, "what a body is");
		CHECK_EQUAL(kind, kinds[i].kind, "or untouched");
	}
}

int main(void)
{
	check_rows();
	check_small();
	check_mail();
	check_large();
	check_memory();
	check_prompt();
	check_descriptors();
	check_first_bytes();
	check_kinds();
	return test_end();
}
