/* frame_queue.c - what comes out of an inlet is what a plain reader gives, with the right hashes, whatever the stream. */
#include "peer/frame_queue.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "wire/frame.h"

#include "../../support/test.h"

/* A message with @count blocks of @size bytes, each filled with a number of its own. */
static void put_message(struct bytes *out, size_t count, size_t size, unsigned seed)
{
	struct graphsync_response response = {.status = GRAPHSYNC_PARTIAL};
	struct graphsync_message m = {
		.response_count = 1, .has_responses = true, .block_count = count, .has_blocks = count != 0};
	struct bytes item = {0}, blocks = {0}, body = {0};
	uint8_t *data = malloc(size + 1);
	bool made = data != NULL;

	graphsync_put_response(&item, &response);
	for (size_t i = 0; i < count; i++) {
		struct cid c;

		for (size_t j = 0; j < size; j++)
			data[j] = (uint8_t)(seed + i * 7 + j);
		made = made && cid_of(&c, 1, CODEC_RAW, HASH_SHA2_256, span_of(data, size)) == STATUS_OK;
		graphsync_put_block_head(&blocks, &c, size);
		bytes_append(&blocks, data, size);
	}
	CHECK(made, "blocks");
	m.responses = bytes_span(&item);
	m.blocks = bytes_span(&blocks);
	graphsync_encode(&body, &m);
	frame_put(out, bytes_span(&body));
	bytes_release(&item);
	bytes_release(&blocks);
	bytes_release(&body);
	free(data);
}

/** struct feed - bytes that a thread of its own writes, as slowly as a pipe takes them. */
struct feed {
	int fd;
	struct span bytes;
};

static void *feed(void *arg)
{
	struct feed *f = arg;

	for (size_t at = 0; at < f->bytes.len;) {
		ssize_t n = write(f->fd, f->bytes.data + at, f->bytes.len - at < 7777 ? f->bytes.len - at : 7777);

		if (n <= 0)
			break;
		at += (size_t)n;
	}
	close(f->fd);
	return NULL;
}

/* Count the frames and blocks of @stream; @end: the status at its end. */
static void check_stream(struct span stream, size_t frames, size_t blocks, enum status end, const char *what)
{
	struct feed f = {.bytes = stream};
	struct frame_queue *in = NULL;
	struct received_frame d;
	pthread_t thread;
	size_t count = 0, hashed = 0, wrong = 0;
	int ends[2];
	enum status s;

	CHECK_EQUAL(pipe(ends), 0, "a pipe");
	f.fd = ends[1];
	CHECK_EQUAL(pthread_create(&thread, NULL, feed, &f), 0, "a thread");
	CHECK_EQUAL(frame_queue_open(&in, ends[0], -1), STATUS_OK, "open");
	while ((s = frame_queue_next(in, &d)) == STATUS_OK) {
		wrong += d.number != count++;
		for (size_t i = 0; d.frame.decoded == STATUS_OK && i < d.frame.message.block_count; i++) {
			wrong += cid_verify(&d.cids[i], d.blocks[i].data) != STATUS_OK;
			hashed++;
		}
	}
	CHECK_EQUAL(s, end, what);
	CHECK_EQUAL(frame_queue_next(in, &d), end, "the end stays the end");
	CHECK_EQUAL(count, frames, what);
	CHECK_EQUAL(hashed, blocks, what);
	CHECK_EQUAL(wrong, 0, "every hash is right, every number the next");
	frame_queue_close(in);
	pthread_join(thread, NULL);
	close(ends[0]);
}

static void test_streams(void)
{
	struct bytes s = {0};
	size_t blocks = 0;

	check_stream((struct span){0}, 0, 0, STATUS_END, "an empty stream");
	for (unsigned i = 0; i < 60; i++) {
		size_t count = i % 5 == 0 ? 0 : i % 7 == 0 ? 900 : i % 4, size = i % 7 == 0 ? 100 : 100000;

		put_message(&s, count, size, i);
		blocks += count;
	}
	check_stream(bytes_span(&s), 60, blocks, STATUS_END, "many messages");
	check_stream(span_of(s.data, s.len - 1), 59, blocks - 3, STATUS_CUT, "a stream that is cut");
	bytes_clear(&s);
	for (unsigned i = 0; i < 5; i++)
		put_message(&s, 4, 1000000, i);
	check_stream(bytes_span(&s), 5, 20, STATUS_END, "large messages");
	bytes_release(&s);
}

/* More blocks than a message may have, and a body that is none, are wrong in themselves; the stream goes on. */
static void test_wrong_frames(void)
{
	struct received_frame d;
	struct frame frame;
	struct bytes s = {0};

	put_message(&s, FRAME_BLOCKS_MAX + 1, 1, 0);
	frame_put(&s, span_text("\xa1\x63gs2 and then nothing"));
	frame_put(&s, span_text("what is this?"));
	put_message(&s, FRAME_BLOCKS_MAX, 1, 0);
	check_stream(bytes_span(&s), 4, FRAME_BLOCKS_MAX, STATUS_END, "wrong frames among right ones");
	bytes_release(&s);
	CHECK_EQUAL(frame_decode(&frame, span_text("what is this?")), STATUS_BAD_MESSAGE, "no frame");
	CHECK_EQUAL(received_frame_open(&d, &frame), STATUS_BAD_MESSAGE, "the same without threads");
	received_frame_release(&d);
}

/* Closing, or a word from outside, ends an inlet that waits for a peer who says nothing. */
static void test_waiting(void)
{
	struct frame_queue *in = NULL;
	struct received_frame d;
	uint64_t one = 1;
	int ends[2], wake = eventfd(0, EFD_NONBLOCK);

	CHECK_EQUAL(pipe(ends), 0, "a pipe");
	CHECK_EQUAL(frame_queue_open(&in, ends[0], -1), STATUS_OK, "open");
	CHECK(!frame_queue_is_ready(in), "nothing is there");
	frame_queue_close(in);
	CHECK_EQUAL(frame_queue_open(&in, ends[0], wake), STATUS_OK, "open");
	CHECK_EQUAL(write(wake, &one, sizeof(one)), (int)sizeof(one), "a word");
	CHECK_EQUAL(frame_queue_next(in, &d), STATUS_END, "a word from outside is an end");
	frame_queue_close(in);
	frame_queue_close(NULL);
	close(ends[0]);
	close(ends[1]);
	close(wake);
}

int main(void)
{
	test_streams();
	test_wrong_frames();
	test_waiting();
	return test_end();
}
