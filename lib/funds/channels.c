/* channels.c - adding funds to a channel, and importing a channel from the ledger. */
#include "funds/channels.h"

#include <string.h>

#include "funds/accept_older.h"
#include "funds/chain_message.h"
#include "funds/in_flight.h"
#include "funds/lanes.h"
#include "store/channels.h"
#include "store/pending.h"

bool channel_uncommitted(struct amount *left, const struct paych *head, const struct channel *channel)
{
	const struct amount *promised = &head->to_send;

	if (amount_cmp(&channel->committed, &head->to_send) > 0)
		promised = &channel->committed;
	return amount_sub(left, &head->balance, promised) && amount_sub(left, left, &channel->reserved);
}

/* The record's name is "add", the channel and the amount: a repeated order, before its report, is the same funding. */
static enum status about_funds(struct bytes *about, const struct address *channel, const struct amount *amount)
{
	char digits[AMOUNT_TEXT_MAX];

	bytes_append_text(about, "add ");
	bytes_append(about, channel->bytes, channel->len);
	bytes_append_text(about, strlen(amount_decimal(digits, amount)) > 64 ? "" : digits);
	return bytes_status(about);
}

static enum status ledger_has_channel(struct party *p, struct paych *head, const struct address *channel)
{
	char text[ADDRESS_TEXT_MAX];
	enum status s = ledger_channel(p->ledger, head, channel);

	if (s == STATUS_NOT_FOUND)
		return party_fail(p, s, "the ledger has no channel %s", address_text(text, channel, p->network));
	return s;
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
	struct party *p, bool *is_done, const struct chain_message *order, const struct paych *head)
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
	s = channel_stand(&now, txn, &order->to, head);
	if (s != STATUS_OK)
		return s;
	*is_done = span_equal(bytes_span(&then), bytes_span(&now));
	if (*is_done)
		return STATUS_OK;
	s = drop_order(txn, order->about, order->done);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/* Two equal orders at the same time are one: the later one finds the message of the first, or that it is done. */
static enum status order_funds(
	struct party *p, bool *is_done, const struct chain_message *message, const struct paych *head)
{
	CLEAN_BYTES struct bytes done = {0};
	struct chain_message order = *message;
	struct receipt receipt;
	enum status s = about_done(&done, message->about);

	if (s != STATUS_OK)
		return s;
	order.done = bytes_span(&done);
	s = look_at_order(p, is_done, &order, head);
	if (s != STATUS_OK || *is_done)
		return s;
	s = chain_message_send(p, &receipt, &order);
	*is_done = s == STATUS_EXISTS;
	return *is_done ? STATUS_OK : s;
}

enum status buyer_add_funds(struct party *p, const struct address *channel, const struct amount *amount)
{
	char text[ADDRESS_TEXT_MAX], digits[AMOUNT_TEXT_MAX], balance[AMOUNT_TEXT_MAX];
	CLEAN_BYTES struct bytes about = {0};
	CLEAN_PAYCH struct paych head = {0};
	struct chain_message message = {
		.to = *channel, .method = METHOD_SEND, .value = *amount, .params = span_of("", 0)};
	bool is_done;
	enum status s = about_funds(&about, channel, amount);

	if (s != STATUS_OK)
		return s;
	s = ledger_has_channel(p, &head, channel);
	if (s != STATUS_OK)
		return s;
	message.about = bytes_span(&about);
	s = order_funds(p, &is_done, &message, &head);
	if (s != STATUS_OK)
		return s;
	paych_release(&head);
	s = ledger_has_channel(p, &head, channel);
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
	enum status s = ledger_has_channel(p, &head, channel);

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
	enum status s = about_funds(&order, channel, amount);

	if (s != STATUS_OK)
		return s;
	s = about_done(&about, bytes_span(&order));
	if (s != STATUS_OK)
		return s;
	s = ledger_has_channel(p, &head, channel);
	if (s != STATUS_OK)
		return s;
	s = kv_begin_write(store_kv(p->store), &txn);
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

/*
 * Write a channel that is on the ledger and that the store does not have; a channel that the store has stays unchanged,
 * unless it was collected: then the ledger was put back, and has a channel of this name again, on which the vouchers of
 * the first one count.
 */
static enum status put_new_channel(struct party *p, struct channel *channel, const struct lane_history *history)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct channel known;
	enum status s = kv_begin_write(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_channel(txn, &known, &channel->address);
	if (s != STATUS_NOT_FOUND && (s != STATUS_OK || !known.collected))
		return s;
	if (s == STATUS_OK) {
		accept_return(&known);
		*channel = known;
	}
	s = channel->outbound ? lanes_draw_first(p, txn, channel, history) : STATUS_OK;
	if (s != STATUS_OK)
		return s;
	s = store_put_channel(txn, channel);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

enum status buyer_import_channel(struct party *p, const struct address *address)
{
	char text[ADDRESS_TEXT_MAX];
	CLEAN_PAYCH struct paych head = {0};
	struct channel channel = {.address = *address};
	struct lane_history history;
	struct address us;
	enum status s = party_address(p, &us);

	if (s != STATUS_OK)
		return s;
	s = ledger_has_channel(p, &head, address);
	if (s != STATUS_OK)
		return s;
	channel.from = head.from;
	channel.to = head.to;
	channel.outbound = address_equal(&us, &head.from);
	channel.committed = head.to_send;
	if (!channel.outbound && !address_equal(&us, &head.to))
		return party_fail(p, STATUS_WRONG_CHANNEL, "our key is neither payer nor payee of channel %s",
			address_text(text, address, p->network));
	s = lanes_ask(p, &history, address, &head);
	return s == STATUS_OK ? put_new_channel(p, &channel, &history) : s;
}

/** struct channel_hunt - the search for the channels from us to a payee. */
struct channel_hunt {
	struct party *p;
	struct address from, to;
};

static enum status consider_found(void *ctx, const struct address *address, const struct paych *head)
{
	struct channel_hunt *hunt = ctx;
	struct channel channel = {
		.address = *address, .from = head->from, .to = head->to, .outbound = true, .committed = head->to_send};
	struct lane_history history;
	enum status s;

	if (!address_equal(&head->to, &hunt->to) || head->settling_at != 0)
		return STATUS_OK;
	s = lanes_ask(hunt->p, &history, address, head);
	return s == STATUS_OK ? put_new_channel(hunt->p, &channel, &history) : s;
}

enum status funds_find_channels(struct party *p, const struct address *payee)
{
	struct channel_hunt hunt = {.p = p, .to = *payee};
	struct channel_visit visit = {.each = consider_found, .ctx = &hunt};
	enum status s = party_address(p, &hunt.from);

	return s == STATUS_OK ? ledger_each_channel(p->ledger, &hunt.from, &visit) : s;
}
