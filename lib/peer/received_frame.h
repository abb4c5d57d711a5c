/* received_frame.h - one decoded frame: its messages, its blocks, and the CID of each block. */
#ifndef PEER_RECEIVED_FRAME_H
#define PEER_RECEIVED_FRAME_H

#include "store/block_set.h"
#include "wire/frame.h"

#define FRAME_BLOCKS_MAX                                                                                               \
	32768 /* blocks in one message; more are refused, because a block costs us more than its sender */

/** struct received_frame - a decoded frame with its blocks. Spans borrow from the frame queue until its next call. */
struct received_frame {
	struct frame frame;
	uint64_t offset, number;        /* of the frame in its stream, in bytes and frames, from 0 */
	struct graphsync_block *blocks; /* frame.message.block_count of them */
	struct cid *cids;               /* of each block, computed from its bytes */
	size_t room;                    /* capacity of the arrays, in blocks */
};

/**
 * received_frame_open - list and hash the blocks of a decoded frame in the calling thread; returns the status of the
 * contents. Release with received_frame_release().
 */
MUST_CHECK enum status received_frame_open(struct received_frame *d, const struct frame *frame);
void received_frame_release(struct received_frame *d);

/**
 * received_frame_decode, received_frame_hash - for a thread that reads ahead: decode a frame and list its blocks; the
 * CIDs of @count blocks from @first on.
 */
void received_frame_decode(struct received_frame *d, struct span body);
MUST_CHECK enum status received_frame_hash(struct received_frame *d, size_t first, size_t count);

#define NO_BLOCK SIZE_MAX
/**
 * received_frame_index - map the CID of each block of @d to the block's place in the message; to the first place if the
 * block occurs twice.
 */
MUST_CHECK enum status received_frame_index(struct block_set *index, const struct received_frame *d);
/** received_frame_find - the place of a block, or NO_BLOCK. */
size_t received_frame_find(const struct block_set *index, const struct cid *c);

#endif
