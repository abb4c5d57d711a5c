/* block_check.c - is each block what it says, and is it the one that comes next?
 *
 * Knows the order of the walk and the form of a message; nothing of deals.
 */
#include "buyer/block_check.h"
#include "buyer/deal_blocks.h"
#include "peer/received_frame.h"
#include "store/block_set.h"
#include "store/blocks.h"

#include <stdlib.h>

struct block_check {
	struct deal_blocks *k;
	struct block_count *count;
	const struct received_frame *d;
	bool *used;             /* for each block of the message: it was asked for */
	struct block_set index; /* CID to place in the message */
	uint64_t good;
};

static enum status index_blocks(struct block_check *a)
{
	if (a->d->frame.message.block_count == 0)
		return STATUS_OK;
	a->used = calloc(a->d->frame.message.block_count, sizeof(*a->used));
	return a->used != NULL ? received_frame_index(&a->index, a->d) : STATUS_NO_MEMORY;
}

/* The next block is announced, but its bytes are not there: were other bytes sent in its place? */
static enum status explain_absence(struct block_check *a, const struct cid *next)
{
	char wanted[CID_TEXT_MAX], given[CID_TEXT_MAX];

	for (size_t i = 0; i < a->d->frame.message.block_count; i++) {
		const struct cid *other = &a->d->cids[i];

		if (!a->used[i] && other->codec == next->codec && other->hash == next->hash)
			return party_fail(a->k->p, STATUS_BAD_HASH,
				"a block does not match its CID: said %s, is %s; deal stopped, %llu bytes were good",
				cid_text(wanted, next), cid_text(given, other), (unsigned long long)a->good);
	}
	return party_fail(a->k->p, STATUS_BAD_MESSAGE, "block %s is announced but was not sent; %llu bytes were good",
		cid_text(wanted, next), (unsigned long long)a->good);
}

/* DATA 1, second half: the provider says that this link, whose block we lack, comes now. */
static enum status take_new(struct block_check *a, size_t arrival, const struct cid *link, enum graphsync_link kind)
{
	char said[CID_TEXT_MAX], wanted[CID_TEXT_MAX];
	struct cid next;
	enum status s;

	if (kind == LINK_MISSING)
		return party_fail(
			a->k->p, STATUS_BAD_MESSAGE, "the provider does not have block %s", cid_text(said, link));
	s = deal_blocks_next(a->k, &next);
	if (s == STATUS_END)
		return party_fail(a->k->p, STATUS_BAD_MESSAGE, "block %s comes after the end", cid_text(said, link));
	if (s != STATUS_OK)
		return s;
	if (!cid_equal(&next, link))
		return party_fail(a->k->p, STATUS_BAD_MESSAGE,
			"block %s is not the next one, %s is; %llu bytes were good", cid_text(said, link),
			cid_text(wanted, &next), (unsigned long long)a->good);
	if (kind != LINK_PRESENT || arrival == NO_BLOCK)
		return explain_absence(a, &next);
	a->used[arrival] = true;
	s = deal_blocks_add(a->k, link, a->d->blocks[arrival].data);
	if (s == STATUS_OK) {
		a->count->blocks++;
		a->count->bytes += a->d->blocks[arrival].data.len;
	}
	return s;
}

static enum status take_links(struct block_check *a, const struct graphsync_response *response)
{
	struct span links = response->links;
	struct block_place place;
	enum graphsync_link kind;
	struct cid link;
	enum status s = STATUS_OK;

	while (s == STATUS_OK && graphsync_next_link(&link, &kind, &links)) {
		size_t arrival = received_frame_find(&a->index, &link);

		if (link.hash == HASH_IDENTITY) /* carries its own bytes: nothing to send, nothing to pay */
			continue;
		s = deal_blocks_find(a->k, &place, &link);
		if (s == STATUS_NOT_FOUND)
			s = take_new(a, arrival, &link, kind);
		else if (s == STATUS_OK && arrival != NO_BLOCK)
			a->used[arrival] = true;
	}
	return s;
}

static enum status check_all_asked(struct block_check *a)
{
	char text[CID_TEXT_MAX];
	struct block_place place;

	for (size_t i = 0; i < a->d->frame.message.block_count; i++) {
		if (!a->used[i] && deal_blocks_find(a->k, &place, &a->d->cids[i]) == STATUS_NOT_FOUND)
			return party_fail(a->k->p, STATUS_BAD_MESSAGE, "block %s was not asked for",
				cid_text(text, &a->d->cids[i]));
	}
	return STATUS_OK;
}

enum status block_check_take(struct deal_blocks *k, struct block_count *count, const struct received_frame *d,
	const struct graphsync_response *response, uint64_t good)
{
	struct block_check a = {.k = k, .count = count, .d = d, .good = good};
	enum status s;

	*count = (struct block_count){0};
	s = index_blocks(&a);
	if (s == STATUS_OK)
		s = take_links(&a, response);
	if (s == STATUS_OK)
		s = check_all_asked(&a);
	block_set_release(&a.index);
	free(a.used);
	return s;
}
