/* blockset.h - blocks of one deal by CID: those written down in the store, and those of this run on top.
 *
 * A run looks a block up here first, then in the store; what it adds is
 * written in one go with the rest of a transaction.
 */
#ifndef PARTY_BLOCKSET_H
#define PARTY_BLOCKSET_H

#include "store/store.h"

/** struct blockset - all zero is an empty one; released by blockset_release(). */
struct blockset {
	struct blockset_entry *entries; /* open addressing; a power of two of them */
	size_t size;
	struct blockset_item *items; /* in the order of adding */
	size_t item_count, item_room;
};
struct blockset_item {
	struct cid cid;
	struct block_place place;
};

/** blockset_find - the place of @c; NULL if it was not added. Borrowed until the next change. */
const struct block_place *blockset_find(const struct blockset *b, const struct cid *c);
/** blockset_add - add @c, which must not be there. */
MUST_CHECK enum status blockset_add(struct blockset *b, const struct cid *c, const struct block_place *place);
/** blockset_truncate - forget all but the first @count items. */
void blockset_truncate(struct blockset *b, size_t count);
/** blockset_write - put all items into the store for a deal; truncate once the transaction is committed. */
MUST_CHECK enum status blockset_write(struct blockset *b, struct kv_txn *t, enum deal_side side, uint64_t deal);
void blockset_release(struct blockset *b);

#endif
