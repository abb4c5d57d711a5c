/* channels.c - adding funds to a channel, and taking up one that is on the ledger. */
#include "funds/channels.h"

#include <string.h>

#include "funds/chain_message.h"
#include "store/channels.h"
#include "store/pending.h"

#define IMPORT_LANES_AHEAD 256 /* how many unused lanes in a row end the search for used ones */

bool channel_uncommitted(struct amount *left, const struct paych *head, const struct channel *c)
{
	const struct amount *promised = amount_cmp(&c->committed, &head->to_send) > 0 ? &c->committed : &head->to_send;

	return amount_sub(left, &head->balance, promised) && amount_sub(left, left, &c->reserved);
}

/* "add" and the channel and amount: the same again, before it was reported, is the same funding. */
static enum status about_funds(struct bytes *about, const struct address *channel, const struct amount *amount)
{
	char digits[AMOUNT_TEXT_MAX];

	bytes_append_text(about, "add ");
	bytes_append(about, channel->bytes, channel->len);
	bytes_append_text(about, strlen(amount_decimal(digits, amount)) > 64 ? "" : digits);
	return bytes_status(about);
}

enum status buyer_add_funds(struct party *p, const struct address *channel, const struct amount *amount)
{
	char text[ADDRESS_TEXT_MAX], digits[AMOUNT_TEXT_MAX], balance[AMOUNT_TEXT_MAX];
	struct bytes about = {0};
	struct receipt receipt;
	struct paych head = {0};
	enum status s = about_funds(&about, channel, amount);

	if (s == STATUS_OK)
		s = ledger_channel(p->ledger, &head, channel);
	if (s == STATUS_NOT_FOUND)
		s = party_fail(p, s, "the ledger has no channel %s", address_text(text, channel, p->network));
	if (s == STATUS_OK)
		s = chain_message_send(
			p, &receipt, bytes_span(&about), 0, channel, METHOD_SEND, amount, span_of("", 0));
	paych_release(&head);
	if (s == STATUS_OK)
		s = ledger_channel(p->ledger, &head, channel);
	if (s == STATUS_OK)
		party_done(p, "added %s afil to channel %s: it holds %s afil", amount_decimal(digits, amount),
			address_text(text, channel, p->network), amount_decimal(balance, &head.balance));
	paych_release(&head);
	bytes_release(&about);
	return s;
}

enum status buyer_plan_funds(struct party *p, const struct address *channel, const struct amount *amount)
{
	char text[ADDRESS_TEXT_MAX], digits[AMOUNT_TEXT_MAX], lack[AMOUNT_TEXT_MAX];
	struct amount balance, missing;
	struct paych head = {0};
	struct address us;
	enum status s = ledger_channel(p->ledger, &head, channel);

	paych_release(&head);
	address_text(text, channel, p->network);
	if (s == STATUS_NOT_FOUND)
		return party_fail(p, s, "the ledger has no channel %s", text);
	if (s != STATUS_OK)
		return s;
	s = party_address(p, &us);
	if (s != STATUS_OK)
		return s;
	s = ledger_balance(p->ledger, &balance, &us);
	if (s != STATUS_OK)
		return s;
	if (!amount_sub(&missing, amount, &balance))
		return STATUS_BAD_AMOUNT;
	if (amount_cmp(amount, &balance) > 0)
		return party_fail(p, STATUS_NO_FUNDS, "not enough in our account: available %s afil, short %s afil",
			amount_decimal(digits, &balance), amount_decimal(lack, &missing));
	party_done(p, "would add %s afil to channel %s", amount_decimal(digits, amount), text);
	return STATUS_OK;
}

enum status buyer_funds_reported(struct party *p, const struct address *channel, const struct amount *amount)
{
	struct bytes about = {0};
	struct kv_txn *t = NULL;
	enum status s = about_funds(&about, channel, amount);

	if (s == STATUS_OK)
		s = kv_begin_write(store_kv(p->store), &t);
	if (s == STATUS_OK) {
		s = store_delete_pending(t, bytes_span(&about));
		s = party_end(t, s);
	}
	bytes_release(&about);
	return s;
}

/* Lanes of a channel that we pay through may be in use: new ones begin behind the last that the ledger knows nearby. */
static enum status skip_used_lanes(struct party *p, struct channel *c)
{
	struct paych_lane lane;
	enum status s = STATUS_OK;

	for (uint64_t id = 0; id < c->next_lane + IMPORT_LANES_AHEAD; id++) {
		s = ledger_lane(p->ledger, &lane, &c->address, id);
		if (s == STATUS_OK)
			c->next_lane = id + 1;
		else if (s != STATUS_NOT_FOUND)
			return s;
	}
	return STATUS_OK;
}

enum status buyer_import_channel(struct party *p, const struct address *channel)
{
	char text[ADDRESS_TEXT_MAX];
	struct channel c = {.address = *channel}, known;
	struct address us;
	struct paych head = {0};
	struct kv_txn *t = NULL;
	enum status s = party_address(p, &us);

	if (s == STATUS_OK)
		s = ledger_channel(p->ledger, &head, channel);
	if (s == STATUS_NOT_FOUND)
		s = party_fail(p, s, "the ledger has no channel %s", address_text(text, channel, p->network));
	c.from = head.from;
	c.to = head.to;
	c.outbound = address_equal(&us, &head.from);
	c.committed = head.to_send;
	if (s == STATUS_OK && c.outbound)
		s = skip_used_lanes(p, &c);
	if (s == STATUS_OK && !c.outbound && !address_equal(&us, &head.to))
		s = party_fail(p, STATUS_WRONG_CHANNEL, "our key is neither payer nor payee of channel %s",
			address_text(text, channel, p->network));
	if (s == STATUS_OK)
		s = kv_begin_write(store_kv(p->store), &t);
	if (s == STATUS_OK) {
		s = store_get_channel(t, &known, channel);
		if (s == STATUS_NOT_FOUND)
			s = store_put_channel(t, &c);
		s = party_end(t, s);
	}
	paych_release(&head);
	return s;
}
