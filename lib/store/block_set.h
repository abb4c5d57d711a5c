/* block_set.h - blocks of one deal by CID: those written down in the store, and those of this run on top.
 *
 * A run looks a block up here first, then in the store; what it adds is
 * written in one go with the rest of a transaction.
 */
#ifndef STORE_BLOCK_SET_H
#define STORE_BLOCK_SET_H

#include "store/blocks.h"

/** struct block_set - all zero is an empty one; released by block_set_release(). */
struct block_set {
	struct block_set_entry *entries; /* open addressing; a power of two of them */
	size_t size;
	struct block_set_item *items; /* in the order of adding */
	size_t item_count, item_room;
};
struct block_set_item {
	struct cid cid;
	struct block_place place;
};

/** block_set_find - the place of @c; NULL if it was not added. Borrowed until the next change. */
const struct block_place *block_set_find(const struct block_set *b, const struct cid *c);
/** block_set_add - add @c, which must not be there. */
MUST_CHECK enum status block_set_add(struct block_set *b, const struct cid *c, const struct block_place *place);
/** block_set_truncate - forget all but the first @count items. */
void block_set_truncate(struct block_set *b, size_t count);
/** block_set_write - put all items into the store for a deal; truncate once the transaction is committed. */
MUST_CHECK enum status block_set_write(struct block_set *b, struct kv_txn *t, enum deal_side side, uint64_t deal);
void block_set_release(struct block_set *b);

#endif
