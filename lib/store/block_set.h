/* block_set.h - the blocks that one run adds to a deal, by CID, before the store has them.
 *
 * A run looks a block up in this set first, then in the store. The blocks that
 * a run adds are written together, with the rest of a transaction.
 */
#ifndef STORE_BLOCK_SET_H
#define STORE_BLOCK_SET_H

#include "store/blocks.h"

/** struct block_set - all zero is an empty set; released by block_set_release(). */
struct block_set {
	struct block_set_entry *entries; /* open addressing; the size is a power of two */
	size_t size;
	struct block_set_item *items; /* in the order in which they were added */
	size_t item_count, item_room;
};
struct block_set_item {
	struct cid cid;
	struct block_place place;
};

/** block_set_find - the place of @c; NULL if @c was not added. Borrowed until the next change. */
const struct block_place *block_set_find(const struct block_set *b, const struct cid *c);
/** block_set_add - add @c, which must not be in the set. */
MUST_CHECK enum status block_set_add(struct block_set *b, const struct cid *c, const struct block_place *place);
/** block_set_truncate - forget all but the first @count items. */
void block_set_truncate(struct block_set *b, size_t count);
/** block_set_write - put all items into the store for a deal. The caller truncates the set once the transaction is committed. */
MUST_CHECK enum status block_set_write(struct block_set *b, struct kv_txn *t, enum deal_side side, uint64_t deal);
void block_set_release(struct block_set *b);

#endif
