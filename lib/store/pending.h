/* pending.h - chain messages in flight: a message is kept before the tool sends the message, so that a killed tool sends the same bytes again.
 *
 * @about names the purpose of a message; each purpose has at most one message at a time. A message may have
 * several signed forms, which differ in their gas only.
 */
#ifndef STORE_PENDING_H
#define STORE_PENDING_H

#include "store/store.h"

/** store_get_pending - append the message to @message; NOT_FOUND. */
MUST_CHECK enum status store_get_pending(struct kv_txn *t, struct bytes *message, struct span about);
/** store_put_pending - keep a note that is not a message, under a name of its own. */
MUST_CHECK enum status store_put_pending(struct kv_txn *t, struct span about, struct span note);
/** store_delete_pending - delete a message that has arrived, with all its forms, or a note; OK too if there is none. */
MUST_CHECK enum status store_delete_pending(struct kv_txn *t, struct span about);

/** struct about_message - what is kept with a message. */
struct about_message {
	struct amount brings; /* the amount to report once the message is final */
	int64_t since;        /* unix time at which the message was kept first; 0: not known */
};
MUST_CHECK enum status store_put_message(
	struct kv_txn *t, struct span about, struct span message, const struct about_message *record);
/** store_get_about - what was kept with a message; zeros if there is no message. */
MUST_CHECK enum status store_get_about(struct kv_txn *t, struct about_message *out, struct span about);
/**
 * store_put_try - keep a further signed form of the message @about, which is the one that store_get_pending() gives from
 * now on. The older forms stay, for the ledger may still execute one of them. NOT_FOUND if there is no message.
 */
MUST_CHECK enum status store_put_try(struct kv_txn *t, struct span about, struct span message);
/** store_get_tries - append the older forms of a message to @older, for tries_next(); nothing if there are none. */
MUST_CHECK enum status store_get_tries(struct kv_txn *t, struct bytes *older, struct span about);
/** tries_next - take the next form, oldest first, from @rest, which must be empty at the end; @one borrows. */
bool tries_next(struct span *rest, struct span *one);

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
 * afterwards. CORRUPT if a record is damaged: the others are in the list.
 */
MUST_CHECK enum status store_list_messages(struct store *store, struct message_list *list);
/** store_list_messages_in - the same inside @t. */
MUST_CHECK enum status store_list_messages_in(struct kv_txn *t, struct message_list *list);
/** message_list_release - free the list; harmless on an empty list. */
void message_list_release(struct message_list *list);
#define CLEAN_MESSAGES __attribute__((cleanup(message_list_release)))

#endif
