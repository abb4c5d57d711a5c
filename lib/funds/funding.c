/* funding.c - orders of money for channels, one after the other.
 *
 * MONEY 26: of one payer and one payee at most one message that creates a
 * channel or adds money is on its way; the orders that come meanwhile share the
 * next one.
 *
 * Knows no deal but the question whether one still waits for its channel.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "funds/funding_private.h"
#include "funds/pair.h"
#include "messages/chain_message.h"
#include "messages/in_flight.h"
#include "store/pending.h"

#define TRIES 64 /* other processes may form batches at the same time */

enum status funding_is_wanted(struct kv_txn *txn, bool *wanted, const struct funding *order)
{
	struct client_deal deal;
	enum status s = order->deal != 0 ? store_get_client(txn, &deal, order->deal) : STATUS_OK;

	*wanted = s == STATUS_OK && (order->deal == 0 || client_wants_channel(&deal));
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

/* Placing an order. */

/* Is a new order wanted still? Another process may have done the same one. */
static enum status check_wanted(struct fulfilling *f, struct kv_txn *txn)
{
	CLEAN_BYTES struct bytes record = {0};
	const struct funding_order *order = f->order;
	struct client_deal deal;
	enum status s;

	if (order->deal != 0) {
		s = store_get_client(txn, &deal, order->deal);
		if (s != STATUS_OK)
			return s;
		if (!client_wants_channel(&deal))
			return party_fail(f->p, STATUS_BUSY, "another process has opened the channel of deal %" PRIu64,
				order->deal);
	}
	s = order->done.len != 0 ? store_get_pending(txn, &record, order->done) : STATUS_NOT_FOUND;
	if (s == STATUS_NOT_FOUND)
		return STATUS_OK;
	return s == STATUS_OK ? STATUS_EXISTS : s;
}

/* The state of an order that stands already; a later amount counts, unless the former one is on its way. */
static enum status go_on(struct fulfilling *f, struct kv_txn *txn)
{
	struct funding *own = &f->own;
	bool same = own->need == f->order->need && amount_cmp(&own->amount, &f->order->amount) == 0;
	enum status s;

	if (own->state == FUNDING_LOST) {
		s = store_drop_funding(txn, own);
		if (s == STATUS_OK)
			s = kv_commit(&txn);
		if (s != STATUS_OK)
			return s;
		return party_fail(f->p, STATUS_REPLACED,
			"the message with this order was refused, or lost its nonce to another one: none of its money "
			"has moved");
	}
	if (same || own->state == FUNDING_SENT)
		return STATUS_OK;
	own->state = FUNDING_QUEUED;
	own->batch = 0;
	own->amount = f->order->amount;
	own->need = f->order->need;
	own->channel = f->order->channel;
	own->deal = f->order->deal;
	s = store_put_funding(txn, own);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

static enum status place(struct fulfilling *f)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	const struct funding_order *order = f->order;
	enum status s = kv_begin_write(store_kv(f->p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_funding(txn, &f->own, &f->from, &order->to, order->name);
	if (s == STATUS_OK)
		return go_on(f, txn);
	if (s == STATUS_NOT_FOUND)
		s = check_wanted(f, txn);
	if (s != STATUS_OK)
		return s;
	f->own = (struct funding){.from = f->from,
		.to = order->to,
		.amount = order->amount,
		.need = order->need,
		.channel = order->channel,
		.state = FUNDING_QUEUED,
		.deal = order->deal};
	snprintf(f->own.name, sizeof(f->own.name), "%s", order->name);
	s = store_put_funding(txn, &f->own);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/* The channel of the next batch. */

/* A message that an older version has made may be about to create the channel. */
static enum status check_creating(struct fulfilling *f)
{
	char text[ADDRESS_TEXT_MAX];
	enum status s;

	for (;;) {
		s = in_flight_find_creating(f->p, &f->from, &f->order->to, span_text(""));
		if (s != STATUS_OK)
			return s == STATUS_NOT_FOUND ? STATUS_OK : s;
		s = batch_look(f);
		if (s != STATUS_OK || f->batch.number != 0) /* another process has formed a batch meanwhile */
			return s == STATUS_OK ? STATUS_BUSY : s;
		s = in_flight_pause(f->p);
		if (s == STATUS_PENDING)
			return party_fail(f->p, s, "a channel to %s is being created already",
				address_text(text, &f->order->to, f->p->network));
		if (s != STATUS_OK)
			return s;
	}
}

static enum status find_target(struct fulfilling *f, struct target *target)
{
	const struct funding_order *order = f->order;
	struct pair_channel open;
	enum status s = pair_find(f->p, &open, &f->from, &order->to);

	*target = (struct target){.channel = order->channel, .is_open = true};
	if (s != STATUS_OK)
		return s;
	if (!address_is_none(&order->channel)) {
		target->is_open = open.any && address_equal(&open.known.address, &order->channel);
		return STATUS_OK;
	}
	s = open.any ? STATUS_OK : check_creating(f);
	if (s == STATUS_OK && !open.any)
		s = pair_find_made(f->p, &open, &f->from, &order->to);
	if (s == STATUS_OK && open.any)
		target->channel = open.known.address;
	return s;
}

/*
 * The batch is more than the account or the ceiling has room for: each order is tried alone. A message that the ledger may
 * still execute, and that now needs a higher fee, stays, and so does its batch.
 */
static enum status give_way(struct fulfilling *f, enum status failure)
{
	bool only_own = f->batch.has_own && f->batch.others == 0;
	enum status s = batch_give_up(f, only_own ? FUNDING_LOST : FUNDING_QUEUED);

	if (s == STATUS_BUSY && f->batch.had_message)
		return failure;
	f->alone = true;
	if (s != STATUS_OK)
		return s;
	if (only_own)
		return failure;
	error_clear(&f->p->error);
	return STATUS_BUSY;
}

/* The channel of the batch settles, or is gone: each order looks for its channel anew. */
static enum status look_anew(struct fulfilling *f)
{
	enum status s = batch_give_up(f, FUNDING_QUEUED);

	return s == STATUS_OK ? STATUS_BUSY : s;
}

/* An order that no message carries is deleted, unless another process has given it one meanwhile. */
static enum status withdraw(struct fulfilling *f)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct funding own;
	enum status s = kv_begin_write(store_kv(f->p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_funding(txn, &own, &f->from, &f->order->to, f->order->name);
	if (s != STATUS_OK || own.state != FUNDING_QUEUED)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	s = store_drop_funding(txn, &own);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/* The order waits behind the batch: NO_FUNDS now if the account could not pay it. */
static enum status explain_queued(struct fulfilling *f, enum status pending)
{
	char digits[AMOUNT_TEXT_MAX], text[ADDRESS_TEXT_MAX];
	const struct amount *amount = &f->order->amount;
	struct amount spendable;
	enum status s;

	if (f->batch.has_own)
		return pending;
	s = f->order->need ? STATUS_OK : in_flight_spendable(f->p, &spendable, &f->from, amount);
	if (s != STATUS_OK)
		return s;
	if (!f->order->need && amount_cmp(amount, &spendable) > 0) {
		s = withdraw(f);
		return s == STATUS_OK ? chain_explain_no_funds(f->p, &f->from, amount) : s;
	}
	return party_fail(f->p, pending,
		"%s afil for the channel to %s are queued: they are sent once the message before them is on the ledger",
		amount_decimal(digits, amount), address_text(text, &f->order->to, f->p->network));
}

/* One batch, to its end. BUSY: look again. */
static enum status advance(struct fulfilling *f)
{
	struct address channel = {0};
	struct target target;
	enum status s = batch_look(f), given_up;

	if (s == STATUS_OK && f->batch.number == 0) {
		s = find_target(f, &target);
		if (s == STATUS_OK)
			s = batch_form(f, &target);
	}
	if (s != STATUS_OK || f->batch.number == 0)
		return s;
	s = batch_send(f, &channel);
	if (s == STATUS_OK)
		return batch_finish(f, &channel);
	if (s == STATUS_EXISTS)
		return STATUS_BUSY;
	if (s == STATUS_NOT_FOUND && !address_is_none(&f->batch.channel))
		return look_anew(f);
	if (s == STATUS_PENDING)
		return explain_queued(f, s);
	if (s == STATUS_NO_FUNDS || s == STATUS_TOO_DEAR)
		return give_way(f, s);
	if (s != STATUS_REPLACED && s != STATUS_REJECTED)
		return s;
	given_up = batch_give_up(f, FUNDING_LOST);
	if (given_up != STATUS_OK)
		return given_up;
	return f->batch.has_own ? s : STATUS_BUSY;
}

enum status funding_fulfil(struct party *p, struct address *channel, const struct funding_order *order)
{
	struct fulfilling f = {.p = p, .order = order};
	enum status s = party_address(p, &f.from);

	for (int i = 0; s == STATUS_OK && i < TRIES; i++) {
		s = place(&f);
		if (s != STATUS_OK)
			return s;
		if (f.own.state == FUNDING_DONE) {
			*channel = f.own.channel;
			return STATUS_OK;
		}
		s = advance(&f);
		if (s == STATUS_BUSY)
			s = STATUS_OK;
	}
	return s == STATUS_OK ? STATUS_BUSY : s;
}

enum status funding_find(struct party *p, struct funding *found, const struct funding_order *order)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct address from;
	enum status s = party_address(p, &from);

	if (s == STATUS_OK)
		s = kv_begin_read(store_kv(p->store), &txn);
	return s == STATUS_OK ? store_get_funding(txn, found, &from, &order->to, order->name) : s;
}

enum status funding_drop(struct party *p, struct kv_txn *txn, const struct funding_order *order)
{
	struct funding f = {.to = order->to};
	enum status s = party_address(p, &f.from);

	snprintf(f.name, sizeof(f.name), "%s", order->name);
	return s == STATUS_OK ? store_drop_funding(txn, &f) : s;
}

enum status funding_forget(struct party *p, const struct funding_order *order)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_write(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = funding_drop(p, txn, order);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

enum status funding_carried(struct party *p, struct funding *order, struct span about)
{
	CLEAN_FUNDINGS struct funding_list list = {0};
	CLEAN_TXN struct kv_txn *txn = NULL;
	char name[BATCH_NAME_MAX];
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	if (s == STATUS_OK)
		s = store_add_fundings(txn, &list, NULL, NULL);
	for (size_t i = 0; s == STATUS_OK && i < list.count; i++)
		if (list.at[i].state == FUNDING_SENT && span_equal(batch_carrier(name, list.at[i].batch), about)) {
			*order = list.at[i];
			return STATUS_OK;
		}
	return s == STATUS_OK ? STATUS_NOT_FOUND : s;
}

enum status funding_queued(struct party *p, struct amount *sum, const struct address *from, const struct address *to)
{
	CLEAN_FUNDINGS struct funding_list list = {0};
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	*sum = amount_zero();
	if (s == STATUS_OK)
		s = store_add_fundings(txn, &list, from, to);
	for (size_t i = 0; s == STATUS_OK && i < list.count; i++) {
		bool wanted;

		if (list.at[i].state != FUNDING_QUEUED)
			continue;
		s = funding_is_wanted(txn, &wanted, &list.at[i]);
		if (s == STATUS_OK && wanted && !amount_add(sum, sum, &list.at[i].amount))
			s = STATUS_BAD_AMOUNT;
	}
	return s;
}
