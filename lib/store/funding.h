/* funding.h - orders of money for channels, kept from the order until its end is recorded.
 *
 * The orders of one payer and one payee are a queue: those that are due
 * together share one message, and are a batch.
 */
#ifndef STORE_FUNDING_H
#define STORE_FUNDING_H

#include "store/store.h"
#include "wire/address.h"

#define FUNDING_NAME_MAX 200 /* bytes, with the final zero */

/** enum funding_state - where an order stands. */
enum funding_state {
	FUNDING_QUEUED, /* no message for it yet */
	FUNDING_SENT,   /* in the batch whose message is made, or on its way */
	FUNDING_DONE,   /* the money is in the channel */
	FUNDING_LOST,   /* the message of its batch was never executed, or was refused: no money has moved */
};

/** struct funding - one order. */
struct funding {
	struct address from, to;     /* payer, payee */
	char name[FUNDING_NAME_MAX]; /* the purpose: one order for each */
	struct amount amount;
	bool need;              /* so much has to be available; else so much is added */
	struct address channel; /* that is meant, or was chosen; none: the open channel of the pair, or a new one */
	uint64_t state;         /* enum funding_state */
	uint64_t batch;         /* its number; 0 if QUEUED */
	uint64_t deal;          /* the deal that waits for the amount; 0 for none */
};

/** store_get_funding - the order @name of the pair; NOT_FOUND. */
MUST_CHECK enum status store_get_funding(
	struct kv_txn *t, struct funding *f, const struct address *from, const struct address *to, const char *name);
MUST_CHECK enum status store_put_funding(struct kv_txn *t, const struct funding *f);
/** store_drop_funding - delete an order; OK too if there is none. */
MUST_CHECK enum status store_drop_funding(struct kv_txn *t, const struct funding *f);
/** store_get_batches - the number of the newest batch; 0 if there was none. */
MUST_CHECK enum status store_get_batches(struct kv_txn *t, uint64_t *number);
/** store_next_batch - the number of a new batch. */
MUST_CHECK enum status store_next_batch(struct kv_txn *t, uint64_t *number);

struct funding_list {
	struct funding *at; /* @count of them */
	size_t count, room;
};
/** store_add_fundings - append the orders of a pair to @list, or those of all pairs if @to is NULL. */
MUST_CHECK enum status store_add_fundings(
	struct kv_txn *t, struct funding_list *list, const struct address *from, const struct address *to);
void funding_list_release(struct funding_list *list);
#define CLEAN_FUNDINGS __attribute__((cleanup(funding_list_release)))

#endif
