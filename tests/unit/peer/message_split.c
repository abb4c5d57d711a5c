/* parts - a message for several deals comes apart into one for each, with its blocks, or is refused as a whole. */
#include "peer/message_split.h"

#include <string.h>

#include "../../support/test.h"
#include "peer/received_frame.h"

/** struct sent - a message being put together: block number i is the letter 'a' + i, repeated. */
struct sent {
	struct bytes responses, blocks, body;
	struct graphsync_message m;
};

static struct cid cid_of_block(size_t i)
{
	uint8_t data[5];
	struct cid c = {0};

	memset(data, 'a' + (int)i, sizeof(data));
	CHECK(cid_of(&c, 1, CODEC_RAW, HASH_SHA2_256, span_of(data, sizeof(data))) == STATUS_OK, "a CID is made");
	return c;
}

static void put_block(struct sent *x, size_t i)
{
	struct cid c = cid_of_block(i);
	uint8_t data[5];

	memset(data, 'a' + (int)i, sizeof(data));
	graphsync_put_block_head(&x->blocks, &c, sizeof(data));
	bytes_append(&x->blocks, data, sizeof(data));
	x->m.block_count++;
}

/* A response of the deal @id with links to the blocks whose digits are in @links. */
static void put_response(struct sent *x, uint8_t id, const char *links)
{
	struct graphsync_response r = {.id = {id}, .status = GRAPHSYNC_PARTIAL, .has_links = true};
	struct bytes items = {0};

	for (; *links != '\0'; links++, r.link_count++) {
		struct cid c = cid_of_block((size_t)(*links - '0'));

		graphsync_put_link(&items, &c, LINK_PRESENT);
	}
	r.links = bytes_span(&items);
	graphsync_put_response(&x->responses, &r);
	x->m.response_count++;
	bytes_release(&items);
}

static void open_delivery(struct sent *x, struct received_frame *d)
{
	struct frame frame;

	x->m.has_responses = x->m.has_blocks = true;
	x->m.responses = bytes_span(&x->responses);
	x->m.blocks = bytes_span(&x->blocks);
	graphsync_encode(&x->body, &x->m);
	CHECK_EQUAL(frame_decode(&frame, bytes_span(&x->body)), STATUS_OK, "the message decodes");
	CHECK_EQUAL(received_frame_open(d, &frame), STATUS_OK, "the message is well-formed");
}

static void release(struct sent *x, struct received_frame *d)
{
	received_frame_release(d);
	bytes_release(&x->responses);
	bytes_release(&x->blocks);
	bytes_release(&x->body);
}

/* Is the next part the response of deal @id, with the blocks whose digits are in @blocks? */
static void expect_part(struct message_split *parts, uint8_t id, const char *blocks)
{
	const struct received_frame *d = NULL;
	struct graphsync_response r;
	struct span responses;

	CHECK(message_split_left(parts) && message_split_next(parts, &d) == STATUS_OK, "there is a part");
	if (d == NULL)
		return;
	responses = d->frame.message.responses;
	CHECK(d->frame.message.response_count == 1 && graphsync_next_response(&r, &responses) && responses.len == 0 &&
			r.id[0] == id,
		"it has one response, the next");
	CHECK_EQUAL(d->frame.message.block_count, strlen(blocks), "it has so many blocks");
	for (size_t i = 0; i < d->frame.message.block_count && i < strlen(blocks); i++) {
		struct cid c = cid_of_block((size_t)(blocks[i] - '0'));

		CHECK(cid_equal(&d->cids[i], &c) && d->blocks[i].data.len == 5 &&
				d->blocks[i].data.data[0] == 'a' + blocks[i] - '0',
			"a block is the right one");
	}
}

static void test_apart(void)
{
	struct stray_block stray = {0};
	struct sent x = {{0}};
	struct message_split parts;
	const struct received_frame *none;
	struct received_frame d;

	for (size_t i = 0; i < 4; i++)
		put_block(&x, i);
	put_response(&x, 7, "02");
	put_response(&x, 8, "");
	put_response(&x, 9, "123");
	put_response(&x, 7, "0");
	open_delivery(&x, &d);
	CHECK_EQUAL(message_split_open(&parts, &stray, &d), STATUS_OK, "all blocks belong to a response");
	expect_part(&parts, 7, "02");
	expect_part(&parts, 8, "");
	expect_part(&parts, 9, "123");
	expect_part(&parts, 7, "0");
	CHECK(!message_split_left(&parts) && message_split_next(&parts, &none) == STATUS_END, "and nothing more");
	message_split_release(&parts);
	release(&x, &d);
}

/* Block 5 is sent with two responses, the second of which has links to @links: none to that block. */
static void refuse(const char *links, enum status wanted)
{
	struct stray_block stray = {0};
	struct sent x = {{0}};
	struct message_split parts;
	struct received_frame d;

	put_block(&x, 0);
	put_block(&x, 5);
	put_response(&x, 7, "0");
	put_response(&x, 8, links);
	open_delivery(&x, &d);
	CHECK_EQUAL(message_split_open(&parts, &stray, &d), wanted, "the message is refused");
	CHECK(cid_equal(&stray.given, &d.cids[1]), "the block is named");
	CHECK(cid_is_none(&stray.announced) == (wanted != STATUS_BAD_HASH), "and the link in whose place it was sent");
	message_split_release(&parts);
	release(&x, &d);
}

static void test_stray_block(void)
{
	refuse("", STATUS_BAD_MESSAGE);
	refuse("0", STATUS_BAD_MESSAGE);
	refuse("01", STATUS_BAD_HASH);
}

int main(void)
{
	test_apart();
	test_stray_block();
	return test_end();
}
