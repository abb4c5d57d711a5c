/* pending.h - chain messages in flight: a message is kept before the tool sends the message, so that a killed tool sends the same bytes again.
 *
 * @about names the purpose of a message; each purpose has at most one message at a time.
 */
#ifndef STORE_PENDING_H
#define STORE_PENDING_H

#include "store/store.h"

/** store_get_pending - append the message to @message; NOT_FOUND. */
MUST_CHECK enum status store_get_pending(struct kv_txn *t, struct bytes *message, struct span about);
/** store_put_pending - keep a note that is not a message, under a name of its own. */
MUST_CHECK enum status store_put_pending(struct kv_txn *t, struct span about, struct span note);
/** store_delete_pending - delete a message that has arrived, or a note; OK too if there is none. */
MUST_CHECK enum status store_delete_pending(struct kv_txn *t, struct span about);

/** store_put_message - keep a signed message. @brings: the amount to report once the message is final. */
MUST_CHECK enum status store_put_message(
	struct kv_txn *t, struct span about, struct span message, const struct amount *brings);
/** store_get_brings - the amount that was kept with a message; 0 if there is none. */
MUST_CHECK enum status store_get_brings(struct kv_txn *t, struct amount *brings, struct span about);

/** store_get_next_nonce - the nonce of the next message of @who by the store's own book; 0 if the store has sent none. */
MUST_CHECK enum status store_get_next_nonce(struct kv_txn *t, uint64_t *nonce, const struct address *who);
MUST_CHECK enum status store_put_next_nonce(struct kv_txn *t, uint64_t nonce, const struct address *who);

/** struct kept_message - a signed message in flight. */
struct kept_message {
	struct span about, message; /* borrowed from the list */
};
struct message_list {
	struct kept_message *at; /* @count of them */
	size_t count, room;
	struct bytes bytes;
};
/**
 * store_list_messages - fill the empty @list with the messages of store_put_message(), by name; no transaction is open
 * afterwards.
 */
MUST_CHECK enum status store_list_messages(struct store *store, struct message_list *list);
/** message_list_release - free the list; harmless on an empty list. */
void message_list_release(struct message_list *list);
#define CLEAN_MESSAGES __attribute__((cleanup(message_list_release)))

#endif
