/* pending.h - chain messages in flight: kept before they are sent, so that a killed tool sends the same one again.
 *
 * @about says what a message is for; there is one at a time.
 */
#ifndef STORE_PENDING_H
#define STORE_PENDING_H

#include "store/store.h"

/** store_get_pending - append the message to @message; NOT_FOUND. */
MUST_CHECK enum status store_get_pending(struct kv_txn *t, struct bytes *message, struct span about);
MUST_CHECK enum status store_put_pending(struct kv_txn *t, struct span about, struct span message);
/** store_delete_pending - it has arrived; OK too if there is none. */
MUST_CHECK enum status store_delete_pending(struct kv_txn *t, struct span about);

#endif
