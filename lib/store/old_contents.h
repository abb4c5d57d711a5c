/* old_contents.h - contents that no offer names, because they are being imported or were replaced.
 *
 * A content is marked when the content gets its number, and unmarked in the
 * transaction that puts the offer. So the blocks of an import that was killed
 * are found and removed later.
 */
#ifndef STORE_OLD_CONTENTS_H
#define STORE_OLD_CONTENTS_H

#include "store/store.h"

/** store_mark_content - mark content @number as not offered; store_unmark_content - remove the mark. */
MUST_CHECK enum status store_mark_content(struct kv_txn *txn, uint64_t number);
MUST_CHECK enum status store_unmark_content(struct kv_txn *txn, uint64_t number);
/** store_next_marked - the first marked content whose number is above @after; NOT_FOUND. */
MUST_CHECK enum status store_next_marked(struct kv_txn *txn, uint64_t *number, uint64_t after);
/** store_delete_blocks - delete at most @max block places of content @number. @left: out; true if more places may be left. */
MUST_CHECK enum status store_delete_blocks(struct kv_txn *txn, bool *left, uint64_t number, size_t max);
/** store_delete_content - delete the record (if there is one) and the mark of content @number. */
MUST_CHECK enum status store_delete_content(struct kv_txn *txn, uint64_t number);

#endif
