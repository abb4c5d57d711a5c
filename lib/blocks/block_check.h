/* block_check.h - the blocks of one graphsync message, checked and put where they belong.
 *
 * DATA 1: a block is kept only if its bytes match its CID and it is the next
 * one that a local walk of (root, selector) asks for; so the CAR that grows
 * in the store is in walk order by construction.
 * DATA 2: a block that we have already is announced, not sent, and not paid
 * for; the walk goes through it without waiting for the provider. So what a
 * provider sends twice is ignored, wherever it begins again.
 */
#ifndef BLOCKS_BLOCK_CHECK_H
#define BLOCKS_BLOCK_CHECK_H

#include "blocks/deal_blocks.h"
#include "peer/received_frame.h"
#include "store/block_set.h"

/** struct block_count - what a message added. */
struct block_count {
	uint64_t blocks;
	uint64_t bytes;
	struct cid missing; /* the next block, if the provider says that it does not have that; else none */
};

/**
 * block_check_take - take the blocks of @frame that @response announces into @blocks.
 * @good: verified bytes before this message, for the explanation of a failure.
 * On failure @blocks may hold part of the message: go back to a mark.
 */
MUST_CHECK enum status block_check_take(struct deal_blocks *blocks, struct block_count *count,
	const struct received_frame *frame, const struct graphsync_response *response, uint64_t good);

#endif
