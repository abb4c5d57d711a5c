/* old_contents.h - contents that no offer has: still being taken in, or replaced by another one.
 *
 * A content gets its mark with its number, and loses it in the transaction that
 * offers it; so whatever becomes of who takes a content in, its blocks are found
 * and removed later.
 */
#ifndef STORE_OLD_CONTENTS_H
#define STORE_OLD_CONTENTS_H

#include "store/store.h"

/** store_mark_content - content @number is offered by nobody; store_unmark_content - it is. */
MUST_CHECK enum status store_mark_content(struct kv_txn *txn, uint64_t number);
MUST_CHECK enum status store_unmark_content(struct kv_txn *txn, uint64_t number);
/** store_next_marked - the first marked content whose number is above @after; NOT_FOUND. */
MUST_CHECK enum status store_next_marked(struct kv_txn *txn, uint64_t *number, uint64_t after);
/** store_delete_blocks - delete at most @max places of blocks of content @number; @left is set to whether there may be more. */
MUST_CHECK enum status store_delete_blocks(struct kv_txn *txn, bool *left, uint64_t number, size_t max);
/** store_delete_content - delete the record of content @number, if there is one, and its mark. */
MUST_CHECK enum status store_delete_content(struct kv_txn *txn, uint64_t number);

#endif
