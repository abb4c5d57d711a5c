/* funding_private.h - one order of money on its way, and the batch that carries it: shared by the files of funding. */
#ifndef FUNDS_FUNDING_PRIVATE_H
#define FUNDS_FUNDING_PRIVATE_H

#include "funds/funding.h"

/** struct batch - the orders that share a message. */
struct batch {
	uint64_t number; /* 0: none */
	bool has_own;
	bool had_message; /* its message was stored before batch_send() */
	size_t others;
	struct address channel; /* none: a new one */
	struct amount adds, needs;
};

/** struct fulfilling - one order on its way. */
struct fulfilling {
	struct party *p;
	const struct funding_order *order;
	struct address from;
	struct funding own;
	bool alone;      /* the next batch has no other order: together they were too much */
	uint64_t newest; /* the number of the newest batch of the store, as batch_look() has found it */
	struct batch batch;
};

/** struct target - the channel for the next batch. */
struct target {
	struct address channel; /* none: a new one */
	bool is_open;           /* that of the pair: orders that name no channel go there */
};

#define BATCH_NAME_MAX 40 /* bytes of a name of a batch's records */

/* funding.c */
/** funding_is_wanted - is the order for no deal, or for one that still waits for its channel? */
MUST_CHECK enum status funding_is_wanted(struct kv_txn *txn, bool *wanted, const struct funding *order);

/* funding_batch.c */
/** batch_carrier - the name of the message of a batch. */
struct span batch_carrier(char text[BATCH_NAME_MAX], uint64_t batch);
/** batch_look - set @f->batch to the batch of the pair that is on its way; its number is 0 if there is none. */
MUST_CHECK enum status batch_look(struct fulfilling *f);
/**
 * batch_form - the same; form one of the orders that are due, if there is none. Its number stays 0 if none is due. BUSY if
 * there was another batch since batch_look(): it may have made the channel that @target does not know.
 */
MUST_CHECK enum status batch_form(struct fulfilling *f, const struct target *target);
/** batch_finish - the message is final: the orders are done, with the money in @channel. */
MUST_CHECK enum status batch_finish(struct fulfilling *f, const struct address *channel);
/**
 * batch_give_up - the batch has no message, and gets none: its orders take @state, QUEUED or LOST; our own is deleted
 * instead of lost. BUSY if another process has stored its message, or ended the batch.
 */
MUST_CHECK enum status batch_give_up(struct fulfilling *f, enum funding_state state);
/**
 * batch_send - send the message of the batch, or go on with it. @channel: out; the one that has the money. As
 * chain_message_send(). NOT_FOUND if no message was made, and the channel settles or is gone by now.
 */
MUST_CHECK enum status batch_send(struct fulfilling *f, struct address *channel);

#endif
