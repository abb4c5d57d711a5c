/* message_split.c - splits a message for several deals, without copying blocks, in time linear in the message's length.
 */
#include "peer/message_split.h"

#include <stdlib.h>

#include "peer/received_frame.h"
#include "store/block_set.h"

#define ASKED_FOR UINT32_MAX

/* A block that was not requested: was the block sent in the place of one that is announced and missing? */
static enum status explain_stray(const struct message_split *parts, struct stray_block *stray, const struct cid *given)
{
	struct graphsync_response response;
	struct span responses = parts->left;
	enum graphsync_link kind;
	struct cid link;

	stray->given = *given;
	while (graphsync_next_response(&response, &responses))
		while (graphsync_next_link(&link, &kind, &response.links))
			if (kind == LINK_PRESENT && link.codec == given->codec && link.hash == given->hash &&
				received_frame_find(&parts->index, &link) == NO_BLOCK) {
				stray->announced = link;
				return STATUS_BAD_HASH;
			}
	return STATUS_BAD_MESSAGE;
}

/* DATA 3: every block is checked for a link before any block is taken. */
static enum status check_blocks(struct message_split *parts, struct stray_block *stray)
{
	const struct received_frame *whole = parts->whole;
	struct graphsync_response response;
	struct span responses = parts->left;
	enum graphsync_link kind;
	struct cid link;
	size_t block;

	while (graphsync_next_response(&response, &responses))
		while (graphsync_next_link(&link, &kind, &response.links))
			if ((block = received_frame_find(&parts->index, &link)) != NO_BLOCK)
				parts->taken_by[block] = ASKED_FOR;
	for (size_t i = 0; i < whole->frame.message.block_count; i++)
		if (parts->taken_by[received_frame_find(&parts->index, &whole->cids[i])] != ASKED_FOR)
			return explain_stray(parts, stray, &whole->cids[i]);
	return STATUS_OK;
}

enum status message_split_open(
	struct message_split *parts, struct stray_block *stray, const struct received_frame *whole)
{
	size_t room = whole->frame.message.block_count;
	enum status s;

	*parts = (struct message_split){.whole = whole, .left = whole->frame.message.responses, .part = *whole};
	parts->part.blocks = NULL;
	parts->part.cids = NULL;
	if (room == 0)
		return STATUS_OK;
	parts->part.blocks = calloc(room, sizeof(*whole->blocks));
	parts->part.cids = calloc(room, sizeof(*whole->cids));
	parts->taken_by = calloc(room, sizeof(*parts->taken_by));
	if (parts->part.blocks == NULL || parts->part.cids == NULL || parts->taken_by == NULL)
		return STATUS_NO_MEMORY;
	s = received_frame_index(&parts->index, whole);
	return s == STATUS_OK ? check_blocks(parts, stray) : s;
}

bool message_split_left(const struct message_split *parts)
{
	return parts->left.len != 0;
}

enum status message_split_next(struct message_split *parts, const struct received_frame **d)
{
	struct graphsync_message *m = &parts->part.frame.message;
	struct graphsync_response response;
	struct span from = parts->left;
	enum graphsync_link kind;
	struct cid link;
	size_t block;

	if (!graphsync_next_response(&response, &parts->left))
		return STATUS_END;
	parts->number++;
	m->responses = span_of(from.data, from.len - parts->left.len);
	m->response_count = 1;
	m->block_count = 0;
	while (graphsync_next_link(&link, &kind, &response.links))
		if ((block = received_frame_find(&parts->index, &link)) != NO_BLOCK &&
			parts->taken_by[block] != parts->number) {
			parts->taken_by[block] = parts->number;
			parts->part.blocks[m->block_count] = parts->whole->blocks[block];
			parts->part.cids[m->block_count++] = parts->whole->cids[block];
		}
	*d = &parts->part;
	return STATUS_OK;
}

void message_split_release(struct message_split *parts)
{
	free(parts->part.blocks);
	free(parts->part.cids);
	free(parts->taken_by);
	block_set_release(&parts->index);
	*parts = (struct message_split){0};
}
