/* deal_texts.h - the cursors and texts of a deal. NOT_FOUND if a cursor or text was never put. */
#ifndef STORE_DEAL_TEXTS_H
#define STORE_DEAL_TEXTS_H

#include "store/deals.h"

#define CURSOR_NEXT 'n' /* the position of the walk */
#define CURSOR_PAID 'p' /* the position of the walk at the last point that is paid for */
/** store_get_cursor - append the cursor called @which to @out. */
MUST_CHECK enum status store_get_cursor(
	struct kv_txn *t, struct bytes *out, enum deal_side side, uint64_t id, char which);
MUST_CHECK enum status store_put_cursor(
	struct kv_txn *t, enum deal_side side, uint64_t id, char which, struct span cursor);

#define TEXT_OUTPUT 'o' /* the path to which receive-blocks writes the finished CAR */
#define TEXT_CLIENT 'c' /* provider: the name of the deal's client; see store_count_deal() */
#define TEXT_OFFER  's' /* client: the signed offer that the deal was proposed for, as in an offer file */
#define TEXT_SOLD   'q' /* client: the seller's signed receipt */
/* Provider: blocks that the client has, by its request, as CBOR links in a row; see seller/claims.h. */
#define TEXT_OWN      'b' /* blocks that the deal has not sent, and never sends */
#define TEXT_RECEIVED 'r' /* blocks that the deal has sent */
/** store_get_text - append the text called @which to @out, without a final zero. */
MUST_CHECK enum status store_get_text(struct kv_txn *t, struct bytes *out, uint64_t id, char which);
MUST_CHECK enum status store_put_text(struct kv_txn *t, uint64_t id, char which, struct span text);

#endif
