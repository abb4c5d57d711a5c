/* block_check.h - checking the blocks of one graphsync message, and appending them to the deal's blocks.
 *
 * DATA 1: a block is kept only if its bytes match its CID and the block is the
 * next one that a local walk of (root, selector) needs; so the CAR that grows
 * in the store is in walk order by construction.
 * DATA 2: a block that we have already is announced, not sent, and not paid
 * for; the walk passes the block without waiting for the provider. So a block
 * that a provider sends twice is ignored, wherever the provider begins again.
 */
#ifndef BLOCKS_BLOCK_CHECK_H
#define BLOCKS_BLOCK_CHECK_H

#include "blocks/deal_blocks.h"
#include "peer/received_frame.h"
#include "store/block_set.h"

/** struct block_count - the blocks and bytes that a message added. */
struct block_count {
	uint64_t blocks;
	uint64_t bytes;
	struct cid missing; /* the next block, if the provider reports that it lacks the block; otherwise none */
};

/**
 * block_check_take - take the blocks of @frame that @response announces into @blocks.
 * @good: verified bytes before this message, for the explanation of a failure.
 * On failure @blocks may hold part of the message: the caller goes back to a mark.
 */
MUST_CHECK enum status block_check_take(struct deal_blocks *blocks, struct block_count *count,
	const struct received_frame *frame, const struct graphsync_response *response, uint64_t good);

#endif
