/* deal_blocks.h - a buyer's blocks of one deal, and the position of the walk.
 *
 * The blocks lie in a CAR in the store's folder, in walk order; their index and
 * the walk's cursor lie in the store. Blocks added since the last commit are in
 * memory, and can be taken back to a mark.
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
	uint64_t size, committed_size; /* of the CAR: with and without uncommitted bytes */
	struct bytes tail;             /* the end of the CAR, which is not in the file yet */
	uint64_t writing;              /* end of the bytes that the disk was set to write */
	struct block_set fresh;        /* the blocks that are not committed yet */
	struct bytes scratch;
};

/** struct deal_blocks_mark - a position to go back to. */
struct deal_blocks_mark {
	uint64_t size;
	size_t fresh;
	struct bytes cursor; /* owned; released by the caller */
};

/** deal_blocks_committed_size - the committed size of a deal's CAR, in bytes; 0 if the deal has no blocks. */
MUST_CHECK enum status deal_blocks_committed_size(struct party *p, uint64_t deal, uint64_t *size);
/** deal_blocks_are_lost - does the CAR of a deal have fewer bytes than were committed, or is it no file any more? */
MUST_CHECK enum status deal_blocks_are_lost(struct party *p, bool *lost, uint64_t deal);
/**
 * deal_blocks_open - open the blocks of a deal as last committed; bytes that a killed run left after the committed ones
 * are cut off.
 * BUSY while another process has the blocks open. For a deal that is @over nothing is locked or cut off: the deal gets
 * no more blocks.
 */
MUST_CHECK enum status deal_blocks_open(
	struct deal_blocks *blocks, struct party *p, uint64_t deal, const struct cid *root, bool over);
void deal_blocks_close(struct deal_blocks *blocks);
/** deal_blocks_find - the place of a block; NOT_FOUND if we lack the block. */
MUST_CHECK enum status deal_blocks_find(struct deal_blocks *blocks, struct block_place *place, const struct cid *c);
/** deal_blocks_next - the next block of the walk, which is one that we lack; END once we have all blocks. */
MUST_CHECK enum status deal_blocks_next(struct deal_blocks *blocks, struct cid *next);
/**
 * deal_blocks_add - append the next block, and pass all links that need nothing more. The caller has checked the
 * block's hash.
 */
MUST_CHECK enum status deal_blocks_add(struct deal_blocks *blocks, const struct cid *c, struct span block);
/** deal_blocks_mark, deal_blocks_go_back - mark the current position; drop all blocks added since the mark. */
MUST_CHECK enum status deal_blocks_mark(struct deal_blocks *blocks, struct deal_blocks_mark *mark);
MUST_CHECK enum status deal_blocks_go_back(struct deal_blocks *blocks, const struct deal_blocks_mark *mark);
/** deal_blocks_position - the number of links that the walk has passed. */
uint64_t deal_blocks_position(const struct deal_blocks *blocks);
/** deal_blocks_is_dirty - are there uncommitted changes? */
bool deal_blocks_is_dirty(const struct deal_blocks *blocks);
/**
 * deal_blocks_sync - make the CAR durable. Then call deal_blocks_put() in a transaction, then deal_blocks_committed()
 * once the transaction is committed.
 */
MUST_CHECK enum status deal_blocks_sync(struct deal_blocks *blocks);
MUST_CHECK enum status deal_blocks_put(struct deal_blocks *blocks, struct kv_txn *t);
void deal_blocks_committed(struct deal_blocks *blocks);

/** buyer_blocks_path - append the path of a deal's CAR in the store. */
void buyer_blocks_path(const struct party *p, struct bytes *path, uint64_t deal);

#endif
