/* deal_texts.h - what goes with a deal and is no record: where its walk stands, and texts. NOT_FOUND if never put. */
#ifndef STORE_DEAL_TEXTS_H
#define STORE_DEAL_TEXTS_H

#include "store/deals.h"

#define CURSOR_NEXT 'n' /* where the walk stands */
#define CURSOR_PAID 'p' /* where it stood at the last point that was paid for */
/** store_get_cursor - append the cursor called @which to @out. */
MUST_CHECK enum status store_get_cursor(
	struct kv_txn *t, struct bytes *out, enum deal_side side, uint64_t id, char which);
MUST_CHECK enum status store_put_cursor(
	struct kv_txn *t, enum deal_side side, uint64_t id, char which, struct span cursor);

#define TEXT_OUTPUT 'o' /* where receive-blocks puts the finished CAR */
#define TEXT_CLIENT 'c' /* provider: whose deal it is; see store_count_deal() */
/** store_get_text - append the text called @which to @out, without a final zero. */
MUST_CHECK enum status store_get_text(struct kv_txn *t, struct bytes *out, uint64_t id, char which);
MUST_CHECK enum status store_put_text(struct kv_txn *t, uint64_t id, char which, const char *text);

#endif
