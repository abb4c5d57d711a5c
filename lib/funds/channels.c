/* channels.c - the funds that a channel has left, and importing a channel from the ledger. */
#include "funds/channels.h"

#include "binding/accept_older.h"
#include "binding/lanes.h"
#include "store/channels.h"

bool channel_uncommitted(struct amount *left, const struct paych *head, const struct channel *channel)
{
	const struct amount *promised = &head->to_send;

	if (amount_cmp(&channel->committed, &head->to_send) > 0)
		promised = &channel->committed;
	return amount_sub(left, &head->balance, promised) && amount_sub(left, left, &channel->reserved);
}

enum status channel_on_ledger(struct party *p, struct paych *head, const struct address *channel)
{
	char text[ADDRESS_TEXT_MAX];
	enum status s = ledger_channel(p->ledger, head, channel);

	if (s == STATUS_NOT_FOUND)
		return party_fail(p, s, "the ledger has no channel %s", address_text(text, channel, p->network));
	return s;
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
	s = channel_on_ledger(p, &head, address);
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
