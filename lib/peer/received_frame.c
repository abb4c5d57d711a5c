/* received_frame.c - one decoded frame: its messages, its blocks, and the CID of each block.
 *
 * Knows frames and hashes; nothing of deals.
 */
#include "peer/received_frame.h"
#include "store/block_set.h"
#include "store/blocks.h"

#include <stdlib.h>

static enum status grow(struct received_frame *d, size_t count)
{
	struct graphsync_block *blocks;
	struct cid *cids;

	if (count <= d->room)
		return STATUS_OK;
	if (count > FRAME_BLOCKS_MAX)
		return STATUS_TOO_LARGE;
	blocks = realloc(d->blocks, count * sizeof(*blocks));
	if (blocks != NULL)
		d->blocks = blocks;
	cids = realloc(d->cids, count * sizeof(*cids));
	if (cids != NULL)
		d->cids = cids;
	if (blocks == NULL || cids == NULL)
		return STATUS_NO_MEMORY;
	d->room = count;
	return STATUS_OK;
}

static void list_blocks(struct received_frame *d)
{
	struct graphsync_message *message = &d->frame.message;
	struct graphsync_block block;
	struct span blocks;
	size_t n = 0;

	d->frame.decoded = grow(d, message->block_count);
	if (d->frame.decoded != STATUS_OK) {
		message->block_count = 0;
		return;
	}
	for (blocks = message->blocks; graphsync_next_block(&block, &blocks);)
		d->blocks[n++] = block;
}

void received_frame_decode(struct received_frame *d, struct span body)
{
	if (frame_decode(&d->frame, body) == STATUS_OK)
		list_blocks(d);
}

enum status received_frame_hash(struct received_frame *d, size_t first, size_t count)
{
	enum status s = STATUS_OK;

	/* DATA 1, first half: a prefix can't lie about a hash, because the CID is computed from the bytes. */
	for (size_t i = first; i < first + count && s == STATUS_OK; i++)
		s = cid_from_prefix(&d->cids[i], d->blocks[i].prefix, d->blocks[i].data);
	return s;
}

enum status received_frame_open(struct received_frame *d, const struct frame *frame)
{
	*d = (struct received_frame){.frame = *frame};
	if (frame->decoded == STATUS_OK)
		list_blocks(d);
	if (d->frame.decoded == STATUS_OK)
		d->frame.decoded = received_frame_hash(d, 0, d->frame.message.block_count);
	return d->frame.decoded;
}

void received_frame_release(struct received_frame *d)
{
	free(d->blocks);
	free(d->cids);
	*d = (struct received_frame){0};
}

enum status received_frame_index(struct block_set *index, const struct received_frame *d)
{
	enum status s = STATUS_OK;

	for (size_t i = 0; i < d->frame.message.block_count && s == STATUS_OK; i++)
		if (block_set_find(index, &d->cids[i]) == NULL)
			s = block_set_add(index, &d->cids[i], &(struct block_place){.offset = i});
	return s;
}

size_t received_frame_find(const struct block_set *index, const struct cid *c)
{
	const struct block_place *place = block_set_find(index, c);

	return place != NULL ? (size_t)place->offset : NO_BLOCK;
}
