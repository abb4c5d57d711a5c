/* message_split.h - a message for several deals, split into one message for each.
 *
 * Source: go-graphsync gathers messages for one peer while it sends
 * (messagequeue): requests and responses of different deals then share a
 * message, and so do their blocks.
 */
#ifndef PEER_MESSAGE_SPLIT_H
#define PEER_MESSAGE_SPLIT_H

#include "peer/received_frame.h"
#include "store/block_set.h"

/**
 * struct message_split - the responses of one frame, which is borrowed; released by message_split_release(); all zero
 * is an empty one.
 */
struct message_split {
	const struct received_frame *whole;
	struct span left;           /* the responses that are not taken yet */
	struct received_frame part; /* the response that was taken last */
	uint32_t number;            /* number of @part, from 1 on */
	struct block_set index;     /* from a block's CID to the block's place in the message */
	uint32_t *taken_by;         /* for each block: the last part that contains the block */
};

/** struct stray_block - a block of a message to which no response of the message has a link. */
struct stray_block {
	struct cid given;     /* computed from the block's bytes */
	struct cid announced; /* BAD_HASH: the link that the block seems to replace */
};
/**
 * message_split_open - begin to split @whole, which is borrowed until message_split_release().
 * BAD_MESSAGE if a block is in no response's links; BAD_HASH if the block seems to replace one that is. In both cases
 * no part of the message is good, and @stray names the block.
 */
MUST_CHECK enum status message_split_open(
	struct message_split *parts, struct stray_block *stray, const struct received_frame *whole);
/** message_split_left - are there responses that are not taken yet? */
bool message_split_left(const struct message_split *parts);
/**
 * message_split_next - the next response, with the blocks that the response links to, in @d until the next call; END.
 */
MUST_CHECK enum status message_split_next(struct message_split *parts, const struct received_frame **d);
void message_split_release(struct message_split *parts);

#endif
