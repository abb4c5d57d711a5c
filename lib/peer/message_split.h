/* message_split.h - a message that speaks to several deals, taken apart into one for each.
 *
 * Source: go-graphsync gathers what it has for one peer while it sends
 * (messagequeue): requests and responses of different deals then share a
 * message, and so do their blocks.
 */
#ifndef PEER_MESSAGE_SPLIT_H
#define PEER_MESSAGE_SPLIT_H

#include "peer/received_frame.h"
#include "store/block_set.h"

/** struct message_split - the responses of one delivery, which it borrows; released by message_split_release(), all zero is an empty one. */
struct message_split {
	const struct received_frame *whole;
	struct span left;           /* the responses that were not taken yet */
	struct received_frame part; /* the one that was taken last */
	uint32_t number;            /* its, from 1 on */
	struct block_set index;     /* from the CID of a block to its place in the message */
	uint32_t *taken_by;         /* for each block: the last part that has it */
};

/** struct stray_block - a block of a message that none of its responses has a link to. */
struct stray_block {
	struct cid given;     /* as its bytes have it */
	struct cid announced; /* BAD_HASH: the link in whose place it seems to have been sent */
};
/**
 * message_split_open - begin to take @whole apart, which is borrowed until message_split_release().
 * BAD_MESSAGE if a block is not in any of the responses' links, BAD_HASH if such a block seems to be there for one that
 * is: then none of the message is good, and @stray says which block it is.
 */
MUST_CHECK enum status message_split_open(
	struct message_split *parts, struct stray_block *stray, const struct received_frame *whole);
/** message_split_left - not all responses were taken. */
bool message_split_left(const struct message_split *parts);
/** message_split_next - the next response, with those of the blocks that it has links to, in @d until the next call; END. */
MUST_CHECK enum status message_split_next(struct message_split *parts, const struct received_frame **d);
void message_split_release(struct message_split *parts);

#endif
