/* gather.c - a filter for one direction of a connection: all graphsync messages that are there at the same time become one.
 *
 * go-graphsync sends like this when several requests of one peer are on their
 * way. What is about the order of frames stays as it was; a block that is in
 * several messages is in the new one once.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "store/block_set.h"
#include "store/blocks.h"
#include "wire/frame.h"
#include "wire/graphsync.h"

#define PATIENCE   20 /* milliseconds to wait for a next frame */
#define MOST_BYTES (FRAME_MAX / 2)

static struct graphsync_message all;
static struct bytes requests, responses, blocks;
static struct block_set known;
static size_t gathered, most; /* messages in @all; the most that there were */

static void die(const char *what, enum status s)
{
	fprintf(stderr, "gather: %s: %s\n", what, status_text(s));
	exit(1);
}

static void put(struct span body)
{
	struct bytes frame = {0};

	frame_put(&frame, body);
	if (bytes_status(&frame) != STATUS_OK || file_write_full(STDOUT_FILENO, frame.data, frame.len) != STATUS_OK)
		exit(0); /* nobody listens any more */
	bytes_release(&frame);
}

static void flush(void)
{
	struct bytes body = {0};

	if (gathered == 0)
		return;
	all.requests = bytes_span(&requests);
	all.responses = bytes_span(&responses);
	all.blocks = bytes_span(&blocks);
	all.has_requests = all.request_count != 0;
	all.has_responses = all.response_count != 0;
	all.has_blocks = all.block_count != 0;
	graphsync_encode(&body, &all);
	put(bytes_span(&body));
	if (gathered > most)
		most = gathered;
	all = (struct graphsync_message){0};
	bytes_clear(&requests);
	bytes_clear(&responses);
	bytes_clear(&blocks);
	block_set_truncate(&known, 0);
	gathered = 0;
	bytes_release(&body);
}

static void add(const struct graphsync_message *m)
{
	struct graphsync_block block;
	struct span left = m->blocks;
	struct cid c;

	bytes_append(&requests, m->requests.data, m->requests.len);
	bytes_append(&responses, m->responses.data, m->responses.len);
	all.request_count += m->request_count;
	all.response_count += m->response_count;
	while (graphsync_next_block(&block, &left)) {
		struct block_place nowhere = {0};

		if (cid_from_prefix(&c, block.prefix, block.data) != STATUS_OK)
			die("a block", STATUS_BAD_CID);
		if (block_set_find(&known, &c) != NULL)
			continue;
		if (block_set_add(&known, &c, &nowhere) != STATUS_OK)
			die("a block", STATUS_NO_MEMORY);
		graphsync_put_block_head(&blocks, &c, block.data.len);
		bytes_append(&blocks, block.data.data, block.data.len);
		all.block_count++;
	}
	gathered++;
}

int main(int argc, char **argv)
{
	struct graphsync_message m;
	struct frame_reader reader;
	enum frame_kind kind;
	struct span body;
	enum status s;

	frame_reader_init(&reader, STDIN_FILENO);
	for (;;) {
		struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

		if (!frame_is_here(&reader) && poll(&in, 1, PATIENCE) == 0)
			flush();
		s = frame_next(&reader, &body);
		if (s != STATUS_OK)
			break;
		if (frame_kind(&kind, body) != STATUS_OK || kind != FRAME_GRAPHSYNC ||
			graphsync_decode(&m, body) != STATUS_OK) {
			flush();
			put(body);
			continue;
		}
		if (requests.len + responses.len + blocks.len + body.len > MOST_BYTES)
			flush();
		add(&m);
	}
	flush();
	if (s != STATUS_END && s != STATUS_CUT)
		die("reading", s);
	if (argc > 1 && freopen(argv[1], "w", stderr) != NULL)
		fprintf(stderr, "%zu\n", most);
	frame_reader_release(&reader);
	bytes_release(&requests);
	bytes_release(&responses);
	bytes_release(&blocks);
	block_set_release(&known);
	return 0;
}
