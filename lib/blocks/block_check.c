/* block_check.c - does each block match its CID, and is the block the next one of the walk?
 *
 * Knows the order of the walk and the form of a message; nothing of deals.
 */
#include "blocks/block_check.h"

#include <inttypes.h>
#include <stdlib.h>

#include "blocks/deal_blocks.h"
#include "peer/received_frame.h"
#include "store/block_set.h"
#include "store/blocks.h"

/** struct block_check - the blocks of one message while they are checked. */
struct block_check {
	struct deal_blocks *blocks;
	struct block_count *count;
	const struct received_frame *frame;
	bool *used;             /* for each block of the message: a link announces the block */
	struct block_set index; /* from a CID to the block's place in the message */
	uint64_t good;
};

static enum status index_blocks(struct block_check *check)
{
	if (check->frame->frame.message.block_count == 0)
		return STATUS_OK;
	check->used = calloc(check->frame->frame.message.block_count, sizeof(*check->used));
	return check->used != NULL ? received_frame_index(&check->index, check->frame) : STATUS_NO_MEMORY;
}

/* The next block is announced, but its bytes are missing: were other bytes sent in its place? */
static enum status explain_absence(struct block_check *check, const struct cid *next)
{
	char wanted[CID_TEXT_MAX], given[CID_TEXT_MAX];

	for (size_t i = 0; i < check->frame->frame.message.block_count; i++) {
		const struct cid *other = &check->frame->cids[i];

		if (!check->used[i] && other->codec == next->codec && other->hash == next->hash)
			return party_fail(check->blocks->p, STATUS_BAD_HASH,
				"a block does not match its CID: said %s, is %s; deal stopped, %" PRIu64
				" bytes were good",
				cid_text(wanted, next), cid_text(given, other), check->good);
	}
	return party_fail(check->blocks->p, STATUS_BAD_MESSAGE,
		"block %s is announced but was not sent; %" PRIu64 " bytes were good", cid_text(wanted, next),
		check->good);
}

/* DATA 1: the announced link must be the one that the walk needs next. */
static enum status check_next(struct block_check *check, const struct cid *link)
{
	char said[CID_TEXT_MAX], wanted[CID_TEXT_MAX];
	struct party *p = check->blocks->p;
	struct cid next;
	enum status s = deal_blocks_next(check->blocks, &next);

	if (s == STATUS_END)
		return party_fail(
			p, STATUS_BAD_MESSAGE, "block %s comes after the end of the walk", cid_text(said, link));
	if (s == STATUS_OK && !cid_equal(&next, link))
		return party_fail(p, STATUS_BAD_MESSAGE,
			"block %s came where block %s is next; %" PRIu64 " bytes were good", cid_text(said, link),
			cid_text(wanted, &next), check->good);
	return s;
}

/* DATA 1, second half: the provider announces this link, whose block we lack, as block @arrival of the message. */
static enum status take_new(struct block_check *check, size_t arrival, const struct cid *link, enum graphsync_link kind)
{
	enum status s = check_next(check, link);

	if (s != STATUS_OK)
		return s;
	if (kind == LINK_MISSING) {
		check->count->missing = *link;
		return STATUS_OK;
	}
	if (kind != LINK_PRESENT || arrival == NO_BLOCK)
		return explain_absence(check, link);
	check->used[arrival] = true;
	s = deal_blocks_add(check->blocks, link, check->frame->blocks[arrival].data);
	if (s != STATUS_OK)
		return s;
	check->count->blocks++;
	check->count->bytes += check->frame->blocks[arrival].data.len;
	return STATUS_OK;
}

static enum status take_link(struct block_check *check, const struct cid *link, enum graphsync_link kind)
{
	size_t arrival = received_frame_find(&check->index, link);
	struct block_place place;
	enum status s;

	if (link->hash == HASH_IDENTITY) /* the CID carries the bytes: nothing to send or pay */
		return STATUS_OK;
	s = deal_blocks_find(check->blocks, &place, link);
	if (s == STATUS_NOT_FOUND)
		return take_new(check, arrival, link, kind);
	if (s == STATUS_OK && arrival != NO_BLOCK)
		check->used[arrival] = true;
	return s;
}

static enum status take_links(struct block_check *check, const struct graphsync_response *response)
{
	struct span links = response->links;
	enum graphsync_link kind;
	enum status s = STATUS_OK;
	struct cid link;

	while (s == STATUS_OK && graphsync_next_link(&link, &kind, &links))
		s = take_link(check, &link, kind);
	return s;
}

static enum status check_all_asked(struct block_check *check)
{
	const struct received_frame *frame = check->frame;
	char text[CID_TEXT_MAX];
	struct block_place place;

	for (size_t i = 0; i < frame->frame.message.block_count; i++) {
		if (!check->used[i] && deal_blocks_find(check->blocks, &place, &frame->cids[i]) == STATUS_NOT_FOUND)
			return party_fail(check->blocks->p, STATUS_BAD_MESSAGE, "block %s was not requested",
				cid_text(text, &frame->cids[i]));
	}
	return STATUS_OK;
}

enum status block_check_take(struct deal_blocks *blocks, struct block_count *count, const struct received_frame *frame,
	const struct graphsync_response *response, uint64_t good)
{
	struct block_check check = {.blocks = blocks, .count = count, .frame = frame, .good = good};
	enum status s;

	*count = (struct block_count){0};
	s = index_blocks(&check);
	if (s != STATUS_OK)
		goto out;
	s = take_links(&check, response);
	if (s != STATUS_OK)
		goto out;
	s = check_all_asked(&check);
out:
	block_set_release(&check.index);
	free(check.used);
	return s;
}
