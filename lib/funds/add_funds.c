/* add_funds.c - adding money to a channel, once for each order.
 *
 * An order that was done and reported leaves a record of the channel's state: as
 * long as nothing has changed, the same order again is the same order.
 */
#include "funds/add_funds.h"

#include <stdio.h>
#include <string.h>

#include "funds/channels.h"
#include "funds/funding.h"
#include "messages/chain_message.h"
#include "messages/in_flight.h"
#include "store/pending.h"

/* The record's name is "add", the channel and the amount: a repeated order, before its report, is the same funding. */
static enum status about_funds(struct bytes *about, const struct address *channel, const struct amount *amount)
{
	char digits[AMOUNT_TEXT_MAX];

	bytes_append_text(about, "add ");
	bytes_append(about, channel->bytes, channel->len);
	bytes_append_text(about, strlen(amount_decimal(digits, amount)) > 64 ? "" : digits);
	return bytes_status(about);
}

/*
 * The state of a channel: its balance on the ledger, and the amounts signed or reserved. While the state is the same as
 * when an order was done, a repeated order can't be told from a run whose end nobody saw. @head was read a moment ago:
 * a change since then is one that the order's report did not see either.
 */
static enum status channel_stand(
	struct bytes *stand, struct kv_txn *txn, const struct address *address, const struct paych *head)
{
	struct channel channel = {.committed = amount_zero(), .reserved = amount_zero()};
	enum status s = store_get_channel(txn, &channel, address);

	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	bytes_append_text(stand, "stand ");
	cbor_put_amount(stand, &head->balance);
	cbor_put_amount(stand, &head->to_send);
	cbor_put_amount(stand, &channel.committed);
	cbor_put_amount(stand, &channel.reserved);
	return bytes_status(stand);
}

/* The order in the queue of those for the channel's payee. */
static void name_order(char name[FUNDING_NAME_MAX], struct funding_order *order, struct party *p,
	const struct address *channel, const struct amount *amount)
{
	char text[ADDRESS_TEXT_MAX], digits[AMOUNT_TEXT_MAX];

	snprintf(name, FUNDING_NAME_MAX, "add %s %s", address_text(text, channel, p->network),
		amount_decimal(digits, amount));
	*order = (struct funding_order){.name = name, .amount = *amount, .channel = *channel};
}

/* The name under which the channel's state after the order @about is stored. */
static enum status about_done(struct bytes *about, struct span order)
{
	bytes_append_text(about, "done ");
	bytes_append(about, order.data, order.len);
	return bytes_status(about);
}

static enum status drop_order(struct kv_txn *txn, struct span order, struct span done)
{
	enum status s = store_delete_pending(txn, order);

	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	s = store_delete_pending(txn, done);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

/* Is the order done, with the channel still in that state? A done order whose channel has changed since is deleted. */
static enum status look_at_order(
	struct party *p, bool *is_done, const struct funding_order *order, struct span about, const struct paych *head)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	CLEAN_BYTES struct bytes then = {0}, now = {0};
	enum status s = kv_begin_write(store_kv(p->store), &txn);

	*is_done = false;
	if (s != STATUS_OK)
		return s;
	s = store_get_pending(txn, &then, order->done);
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	s = channel_stand(&now, txn, &order->channel, head);
	if (s != STATUS_OK)
		return s;
	*is_done = span_equal(bytes_span(&then), bytes_span(&now));
	if (*is_done)
		return STATUS_OK;
	s = drop_order(txn, about, order->done);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/* An order of an older version has a message of its own: NOT_FOUND if there is none. */
static enum status finish_old_message(struct party *p, struct span about)
{
	struct receipt receipt;

	return chain_message_submit(p, &receipt, about);
}

/* Two equal orders at the same time are one: the later one finds the first, or that it is done. */
static enum status order_funds(struct party *p, bool *is_done, struct funding_order *order, const struct paych *head)
{
	CLEAN_BYTES struct bytes about = {0}, done = {0};
	struct address channel;
	enum status s = about_funds(&about, &order->channel, &order->amount);

	if (s == STATUS_OK)
		s = about_done(&done, bytes_span(&about));
	if (s != STATUS_OK)
		return s;
	order->to = head->to;
	order->done = bytes_span(&done);
	s = look_at_order(p, is_done, order, bytes_span(&about), head);
	if (s != STATUS_OK || *is_done)
		return s;
	s = finish_old_message(p, bytes_span(&about));
	if (s == STATUS_NOT_FOUND)
		s = funding_fulfil(p, &channel, order);
	*is_done = s == STATUS_EXISTS;
	return *is_done ? STATUS_OK : s;
}

/* The channel, which may be on its way to the ledger: then @head has its parties only. */
static enum status find_channel(struct party *p, struct paych *head, const struct address *channel)
{
	enum status s = channel_on_ledger(p, head, channel), made;

	if (s != STATUS_NOT_FOUND)
		return s;
	made = in_flight_parties(p, &head->from, &head->to, channel);
	if (made == STATUS_NOT_FOUND)
		return s;
	error_clear(&p->error);
	return made;
}

enum status buyer_add_funds(struct party *p, const struct address *channel, const struct amount *amount)
{
	char text[ADDRESS_TEXT_MAX], digits[AMOUNT_TEXT_MAX], balance[AMOUNT_TEXT_MAX], name[FUNDING_NAME_MAX];
	CLEAN_PAYCH struct paych head = {0};
	struct funding_order order;
	bool is_done;
	enum status s = find_channel(p, &head, channel);

	if (s != STATUS_OK)
		return s;
	name_order(name, &order, p, channel, amount);
	s = order_funds(p, &is_done, &order, &head);
	if (s != STATUS_OK)
		return s;
	paych_release(&head);
	s = channel_on_ledger(p, &head, channel);
	if (s != STATUS_OK)
		return s;
	party_done(p,
		is_done ? "%s afil were added to channel %s already: it holds %s afil; --again adds once more"
			: "added %s afil to channel %s: it holds %s afil",
		amount_decimal(digits, amount), address_text(text, channel, p->network),
		amount_decimal(balance, &head.balance));
	return STATUS_OK;
}

enum status buyer_plan_funds(struct party *p, const struct address *channel, const struct amount *amount)
{
	char text[ADDRESS_TEXT_MAX], digits[AMOUNT_TEXT_MAX], lack[AMOUNT_TEXT_MAX];
	CLEAN_PAYCH struct paych head = {0};
	struct amount balance, missing;
	struct address us;
	enum status s = channel_on_ledger(p, &head, channel);

	if (s != STATUS_OK)
		return s;
	s = party_address(p, &us);
	if (s != STATUS_OK)
		return s;
	s = in_flight_spendable(p, &balance, &us, amount);
	if (s != STATUS_OK)
		return s;
	if (!amount_sub(&missing, amount, &balance))
		return STATUS_BAD_AMOUNT;
	if (amount_cmp(amount, &balance) > 0)
		return party_fail(p, STATUS_NO_FUNDS, "not enough in our account: available %s afil, short %s afil",
			amount_decimal(digits, &balance), amount_decimal(lack, &missing));
	party_done(p, "would add %s afil to channel %s", amount_decimal(digits, amount),
		address_text(text, channel, p->network));
	return STATUS_OK;
}

enum status buyer_funds_reported(struct party *p, const struct address *channel, const struct amount *amount)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	CLEAN_BYTES struct bytes order = {0}, about = {0}, stand = {0};
	CLEAN_PAYCH struct paych head = {0};
	char name[FUNDING_NAME_MAX];
	struct funding_order queued;
	enum status s = about_funds(&order, channel, amount);

	if (s != STATUS_OK)
		return s;
	s = about_done(&about, bytes_span(&order));
	if (s != STATUS_OK)
		return s;
	s = channel_on_ledger(p, &head, channel);
	if (s != STATUS_OK)
		return s;
	name_order(name, &queued, p, channel, amount);
	queued.to = head.to;
	s = kv_begin_write(store_kv(p->store), &txn);
	if (s != STATUS_OK)
		return s;
	s = funding_drop(p, txn, &queued);
	if (s != STATUS_OK)
		return s;
	s = channel_stand(&stand, txn, channel, &head);
	if (s != STATUS_OK)
		return s;
	s = drop_order(txn, bytes_span(&order), bytes_span(&about));
	if (s != STATUS_OK)
		return s;
	s = store_put_pending(txn, bytes_span(&about), bytes_span(&stand));
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

enum status buyer_forget_funds(struct party *p, const struct address *channel, const struct amount *amount)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	CLEAN_BYTES struct bytes order = {0}, about = {0}, done = {0};
	enum status s = about_funds(&order, channel, amount);

	if (s != STATUS_OK)
		return s;
	s = about_done(&about, bytes_span(&order));
	if (s != STATUS_OK)
		return s;
	s = kv_begin_write(store_kv(p->store), &txn);
	if (s != STATUS_OK)
		return s;
	s = store_get_pending(txn, &done, bytes_span(&about)); /* an unfinished order is finished first */
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	s = drop_order(txn, bytes_span(&order), bytes_span(&about));
	return s == STATUS_OK ? kv_commit(&txn) : s;
}
