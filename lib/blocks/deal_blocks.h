/* deal_blocks.h - the blocks that a buyer has of one deal, and how far the walk has come.
 *
 * The blocks lie in a CAR in the store's folder, in walk order; their index
 * and the walk's cursor lie in the store. What was added since the last
 * commit is in memory, and can be taken back to a mark.
 */
#ifndef BLOCKS_DEAL_BLOCKS_H
#define BLOCKS_DEAL_BLOCKS_H

#include "ipld/walk.h"
#include "party/party.h"
#include "store/block_set.h"
#include "store/blocks.h"

/** struct deal_blocks - open from deal_blocks_open() to deal_blocks_close(); before that all zero but fd -1. */
struct deal_blocks {
	struct party *p;
	uint64_t deal;
	struct cid root;
	struct walk *walk;
	int fd;                        /* the CAR */
	uint64_t size, committed_size; /* of the CAR: with what is not committed, and without */
	struct bytes tail;             /* the end of it, that is not in the file yet */
	uint64_t writing;              /* up to here the disk was told to write */
	struct block_set fresh;        /* not committed yet */
	struct bytes scratch;
};

/** struct deal_blocks_mark - a point to go back to. */
struct deal_blocks_mark {
	uint64_t size;
	size_t fresh;
	struct bytes cursor; /* owned; released by the caller */
};

/** deal_blocks_committed_size - how long the CAR of a deal is, as far as it is committed; 0 if it has no blocks. */
MUST_CHECK enum status deal_blocks_committed_size(struct party *p, uint64_t deal, uint64_t *size);
/**
 * deal_blocks_open - open the blocks of a deal as they were last committed; what a killed run left behind that is cut off.
 *
 * BUSY while another process has them open. Of a deal that is @over nothing is locked or cut off: it gets no more blocks.
 */
MUST_CHECK enum status deal_blocks_open(
	struct deal_blocks *blocks, struct party *p, uint64_t deal, const struct cid *root, bool over);
void deal_blocks_close(struct deal_blocks *blocks);
/** deal_blocks_find - where a block lies; NOT_FOUND if we do not have it. */
MUST_CHECK enum status deal_blocks_find(struct deal_blocks *blocks, struct block_place *place, const struct cid *c);
/** deal_blocks_next - the block that comes next, which is one that we lack; END once we have all. */
MUST_CHECK enum status deal_blocks_next(struct deal_blocks *blocks, struct cid *next);
/** deal_blocks_add - append the next block, and walk on through everything that we have already. Its hash must have been checked. */
MUST_CHECK enum status deal_blocks_add(struct deal_blocks *blocks, const struct cid *c, struct span block);
/** deal_blocks_mark, deal_blocks_go_back - remember where we are; forget what was added since. */
MUST_CHECK enum status deal_blocks_mark(struct deal_blocks *blocks, struct deal_blocks_mark *mark);
MUST_CHECK enum status deal_blocks_go_back(struct deal_blocks *blocks, const struct deal_blocks_mark *mark);
/** deal_blocks_position - links of the walk that are behind us. */
uint64_t deal_blocks_position(const struct deal_blocks *blocks);
/** deal_blocks_is_dirty - something is not committed. */
bool deal_blocks_is_dirty(const struct deal_blocks *blocks);
/** deal_blocks_sync - make the CAR durable; then deal_blocks_put() in a transaction; then deal_blocks_committed() once that is committed. */
MUST_CHECK enum status deal_blocks_sync(struct deal_blocks *blocks);
MUST_CHECK enum status deal_blocks_put(struct deal_blocks *blocks, struct kv_txn *t);
void deal_blocks_committed(struct deal_blocks *blocks);

/** buyer_blocks_path - append the path of a deal's CAR in the store. */
void buyer_blocks_path(const struct party *p, struct bytes *path, uint64_t deal);

#endif
