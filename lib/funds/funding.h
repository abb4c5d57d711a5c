/* funding.h - getting money into the channel to a payee, one message at a time.
 *
 * MONEY 26: an order is in the store until its end is recorded. Orders for one
 * payee that come while a message of ours creates a channel to the payee, or
 * adds to it, wait for the end of that message, and then share one.
 */
#ifndef FUNDS_FUNDING_H
#define FUNDS_FUNDING_H

#include "party/party.h"
#include "store/funding.h"

/** struct funding_order - an order; borrows. */
struct funding_order {
	const char *name;  /* of the purpose: equal orders of one name are one order */
	struct address to; /* payee */
	struct amount amount;
	bool need;              /* so much has to be available in the channel; else so much is added to it */
	struct address channel; /* the channel to add to; none: the open channel to the payee, or else a new one */
	uint64_t deal;          /* the deal that needs the amount; 0 for none */
	struct span
		done; /* the name of the record that another process makes when this order is done; empty for none */
};

/**
 * funding_fulfil - place the order, or go on with it, and with those before it, until the money is in the channel.
 * @channel: out. The order stays in the store, done, until funding_drop().
 * PENDING, explained, while a message is not final, for as long as @p->wait_until lets wait. BUSY if another process has
 * opened the channel of the deal. EXISTS if another process has done the order. REPLACED or REJECTED if the message with
 * the order's money was never executed, or was refused: the order is deleted, and no money has moved. NO_FUNDS and
 * TOO_DEAR as chain_message_send(), for this order alone: it is deleted, and others are not kept from their money; but if
 * the message before it, or its own, stays and now needs a higher fee, the order stays too.
 */
MUST_CHECK enum status funding_fulfil(struct party *p, struct address *channel, const struct funding_order *order);
/** funding_drop - delete the order, whose end is recorded, inside @txn; OK too if there is none. */
MUST_CHECK enum status funding_drop(struct party *p, struct kv_txn *txn, const struct funding_order *order);
/** funding_forget - the same in a transaction of its own. */
MUST_CHECK enum status funding_forget(struct party *p, const struct funding_order *order);
/** funding_find - the order of an earlier run; NOT_FOUND. */
MUST_CHECK enum status funding_find(struct party *p, struct funding *found, const struct funding_order *order);
/** funding_carried - an order that the message kept under @about carries; NOT_FOUND if the message carries none. */
MUST_CHECK enum status funding_carried(struct party *p, struct funding *order, struct span about);
/** funding_queued - the sum of the orders for the channel of the pair that no message carries yet. */
MUST_CHECK enum status funding_queued(
	struct party *p, struct amount *sum, const struct address *from, const struct address *to);

#endif
