/* blocks.h - the places of the blocks of contents and of deals. */
#ifndef STORE_BLOCKS_H
#define STORE_BLOCKS_H

#include "store/deals.h"

/** struct block_place - the place of a block in a file; both members in bytes. */
struct block_place {
	uint64_t offset;
	uint64_t len;
	unsigned
		twin; /* 0: found under its own CID; else found under a twin (cid_twin()): the number of its own name; not stored */
};

/* Blocks of a content: their places in its CAR. A block is found under any CID of its hash. */
MUST_CHECK enum status store_get_block(struct kv_txn *t, struct block_place *p, uint64_t content, const struct cid *c);
MUST_CHECK enum status store_put_block(
	struct kv_txn *t, uint64_t content, const struct cid *c, const struct block_place *p);

/* Blocks of a deal: the blocks that a client keeps, or that a provider has sent. */
MUST_CHECK enum status store_get_kept(
	struct kv_txn *t, struct block_place *p, enum deal_side side, uint64_t deal, const struct cid *c);
MUST_CHECK enum status store_put_kept(
	struct kv_txn *t, enum deal_side side, uint64_t deal, const struct cid *c, const struct block_place *p);
/** store_each_kept - call @each for all blocks of a deal, in the order of the bytes of their CIDs. */
MUST_CHECK enum status store_each_kept(struct kv_txn *t, enum deal_side side, uint64_t deal,
	enum status (*each)(void *ctx, const struct cid *c, const struct block_place *p), void *ctx);

#endif
