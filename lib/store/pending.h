/* pending.h - chain messages in flight: a message is kept before the tool sends the message, so that a killed tool sends the same bytes again.
 *
 * @about names the purpose of a message; each purpose has at most one message at a time.
 */
#ifndef STORE_PENDING_H
#define STORE_PENDING_H

#include "store/store.h"

/** store_get_pending - append the message to @message; NOT_FOUND. */
MUST_CHECK enum status store_get_pending(struct kv_txn *t, struct bytes *message, struct span about);
MUST_CHECK enum status store_put_pending(struct kv_txn *t, struct span about, struct span message);
/** store_delete_pending - delete a message that has arrived; OK too if there is none. */
MUST_CHECK enum status store_delete_pending(struct kv_txn *t, struct span about);

#endif
