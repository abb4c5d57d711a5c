/* open_channel.c - a funded channel and a lane for a deal. */
#include "opening/open_channel.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "binding/lanes.h"
#include "binding/older_home.h"
#include "funds/channels.h"
#include "funds/funding.h"
#include "messages/chain_message.h"
#include "messages/in_flight.h"
#include "opening/opening_private.h"
#include "store/pending.h"

#define OPEN_TRIES 64 /* other deals may open the same channel at the same time */

static void opening_init(struct opening *opening, struct party *p, uint64_t deal)
{
	*opening = (struct opening){.p = p, .deal = deal};
	snprintf(opening->name, sizeof(opening->name), "deal %" PRIu64, deal);
	opening->about = span_text(opening->name);
}

/* While the channel was being opened, the provider requested payment, or all blocks arrived: apply that now. */
static enum status catch_up(
	struct party *p, struct kv_txn *txn, struct client_deal *deal, const struct client_input *in)
{
	enum status s = STATUS_OK;

	if (deal->all_blocks_received)
		s = party_client_event(p, txn, deal, CLIENT_ALL_BLOCKS_RECEIVED, NULL);
	if (s != STATUS_OK)
		return s;
	if (deal->last_payment_requested)
		return party_client_event(p, txn, deal, CLIENT_LAST_PAYMENT_REQUESTED, in);
	if (!amount_is_zero(&deal->payment_requested))
		return party_client_event(p, txn, deal, CLIENT_PAYMENT_REQUESTED, in);
	return STATUS_OK;
}

/* The channel exists and is funded: give the deal a lane, and continue with what was requested meanwhile. */
static enum status allocate_lane(struct party *p, struct kv_txn *txn, struct client_deal *deal, struct channel *channel)
{
	struct client_input in = {.channel = channel->address, .amount = deal->payment_requested};
	struct lane_record lane = {.lane = channel->next_lane, .deal = deal->id};
	enum status s = STATUS_OK;

	if (deal->state != DEAL_CHANNEL_ALLOCATING_LANE)
		s = party_client_event(p, txn, deal, CLIENT_CHANNEL_READY, &in);
	if (s != STATUS_OK)
		return s;
	in.number = channel->next_lane++;
	s = store_put_channel(txn, channel);
	if (s != STATUS_OK)
		return s;
	s = store_put_lane(txn, &channel->address, &lane);
	if (s != STATUS_OK)
		return s;
	s = party_client_event(p, txn, deal, CLIENT_LANE_ALLOCATED, &in);
	return s == STATUS_OK ? catch_up(p, txn, deal, &in) : s;
}

/*
 * Record that a message for this deal is on its way. The deal gets a state of its own, which a killed run leaves
 * behind.
 */
static enum status note_waiting(struct opening *opening, enum client_event event, const struct address *channel)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct client_input in = {.channel = *channel};
	struct client_deal deal;
	enum status s = party_begin_client(opening->p, &txn, &deal, opening->deal);

	if (s == STATUS_OK && deal.state == DEAL_ACCEPTED)
		s = party_client_event(opening->p, txn, &deal, event, &in);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/*
 * Does a channel that other deals share still cover this deal's amount? BUSY if not: the opening begins again, and adds
 * funds. The balance was read before the transaction, and may have grown since: then it is read again for nothing.
 */
static enum status check_funds(struct opening *opening, const struct channel *channel, const struct client_deal *deal)
{
	struct amount left;

	if (!channel_uncommitted(&left, &opening->head, channel))
		return STATUS_BAD_AMOUNT;
	return amount_cmp(&left, &deal->total_funds) < 0 ? STATUS_BUSY : STATUS_OK;
}

/* Read the channel from the store, if the store has it. A shared channel must cover the deal's amount. */
static enum status look_up_channel(
	struct opening *opening, struct kv_txn *txn, struct channel *channel, const struct client_deal *deal)
{
	struct channel known;
	enum status s = store_get_channel(txn, &known, &channel->address);

	if (s == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (s != STATUS_OK)
		return s;
	*channel = known;
	return deal->has_lane ? STATUS_OK : check_funds(opening, channel, deal);
}

/*
 * Write the channel if the store lacks it, and the deal's lane; the chain message is then finished. BUSY if another deal
 * has taken the funds.
 */
static enum status record_opening(
	struct opening *opening, struct channel *channel, struct client_deal *deal, const struct lane_history *history)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	const struct funding_order order = {.name = opening->name, .to = opening->to};
	enum status s = party_begin_client(opening->p, &txn, deal, opening->deal), looked_up;

	if (s != STATUS_OK)
		return s;
	looked_up = look_up_channel(opening, txn, channel, deal);
	if (looked_up != STATUS_OK && looked_up != STATUS_BUSY)
		return looked_up;
	deal->client = channel->from;
	if (looked_up == STATUS_OK && !deal->has_lane) { /* otherwise another process was faster */
		s = lanes_check_next(opening->p, txn, channel, history);
		if (s == STATUS_OK)
			s = allocate_lane(opening->p, txn, deal, channel);
	}
	if (s != STATUS_OK)
		return s;
	s = store_delete_pending(txn, opening->about); /* of an older version */
	if (s == STATUS_OK)
		s = funding_drop(opening->p, txn, &order);
	if (s == STATUS_OK)
		s = kv_commit(&txn);
	return s == STATUS_OK ? looked_up : s;
}

/* The channel is on the ledger: read what the deal needs to know of it, then give the deal its lane. */
static enum status finish_opening(struct opening *opening, struct channel *channel)
{
	char text[ADDRESS_TEXT_MAX], amount[AMOUNT_TEXT_MAX];
	struct party *p = opening->p;
	struct lane_history history;
	struct client_deal deal;
	enum status s = opening_read_head(opening, &opening->head, &channel->address);

	if (s != STATUS_OK)
		return s;
	s = lanes_ask(p, &history, &channel->address, &opening->head);
	if (s != STATUS_OK)
		return s;
	s = record_opening(opening, channel, &deal, &history);
	if (s != STATUS_OK)
		return s;
	party_done(p, "channel %s, lane %" PRIu64 ", for deal %" PRIu64 " (%s afil)",
		address_text(text, &channel->address, p->network), deal.lane, deal.id,
		amount_decimal(amount, &deal.total_funds));
	return STATUS_OK;
}

/* Add the amount wanted ahead to @needed, if the account has enough for that and the missing amount. */
static enum status add_ahead(struct opening *opening, struct amount *needed, const struct amount *missing)
{
	struct amount spendable, all;
	enum status s;

	if (opening->ahead == NULL || !amount_add(&all, missing, opening->ahead))
		return STATUS_OK;
	s = in_flight_spendable(opening->p, &spendable, &opening->from, &all);
	if (s != STATUS_OK || amount_cmp(&all, &spendable) > 0)
		return s;
	return amount_add(needed, needed, opening->ahead) ? STATUS_OK : STATUS_BAD_AMOUNT;
}

static enum status finish_creating(struct opening *opening, const struct address *created)
{
	struct channel made = {.address = *created, .from = opening->from, .to = opening->to, .outbound = true};

	return finish_opening(opening, &made);
}

/* The deal's order in the queue of those for its provider. */
static struct funding_order order_of(const struct opening *opening, const struct amount *amount)
{
	return (struct funding_order){
		.name = opening->name, .to = opening->to, .amount = *amount, .need = true, .deal = opening->deal};
}

/* The channel that the money went into serves no deal any more: the opening begins again. */
static enum status begin_again(struct opening *opening, const struct funding_order *order)
{
	enum status s = funding_forget(opening->p, order);

	return s == STATUS_OK ? STATUS_BUSY : s;
}

/* Order the amount that the deal needs, and give the deal its lane in the channel that has it then. */
static enum status order_funds(struct opening *opening, const struct amount *needed)
{
	struct funding_order order = order_of(opening, needed);
	struct channel channel = {.from = opening->from, .to = opening->to, .outbound = true};
	enum status s = funding_fulfil(opening->p, &channel.address, &order);

	if (s != STATUS_OK)
		return s;
	s = opening_read_head(opening, &opening->head, &channel.address);
	if (s == STATUS_NOT_FOUND || (s == STATUS_OK && opening->head.settling_at != 0))
		return begin_again(opening, &order);
	return s == STATUS_OK ? finish_opening(opening, &channel) : s;
}

/*
 * Only a key can redeem vouchers: an Ethereum account (f4) can't, a contract can't either, and the chain takes a channel
 * to both all the same. An id or an actor's address (f0, f2) may stand for any of them.
 */
static enum status check_payee(const struct opening *opening)
{
	char text[ADDRESS_TEXT_MAX];

	if (address_is_key(&opening->to))
		return STATUS_OK;
	return party_fail(opening->p, STATUS_REJECTED,
		"no channel is opened to %s: only the address of a key, f1 or f3, surely redeems vouchers",
		address_text(text, &opening->to, opening->p->network));
}

static enum status create_channel(struct opening *opening)
{
	struct amount needed = opening->amount;
	struct address none = {0};
	enum status s = check_payee(opening);

	if (s == STATUS_OK)
		s = add_ahead(opening, &needed, &opening->amount);
	if (s == STATUS_OK)
		s = note_waiting(opening, CLIENT_CHANNEL_CREATE_INITIATED, &none);
	return s == STATUS_OK ? order_funds(opening, &needed) : s;
}

/* Add the missing amount to the channel that was found. */
static enum status add_missing(struct opening *opening, const struct amount *missing)
{
	struct amount needed = opening->amount;
	enum status s = add_ahead(opening, &needed, missing);

	if (s == STATUS_OK)
		s = note_waiting(opening, CLIENT_CHANNEL_ADDING_FUNDS, &opening->found.address);
	return s == STATUS_OK ? order_funds(opening, &needed) : s;
}

static enum status reuse_channel(struct opening *opening)
{
	struct amount missing;
	enum status s = opening_find_missing(opening, &missing);

	if (s != STATUS_OK)
		return s;
	if (!amount_is_negative(&missing) && !amount_is_zero(&missing))
		return add_missing(opening, &missing); /* which checks for an older home itself */
	s = older_home_check(opening->p);
	return s == STATUS_OK ? finish_opening(opening, &opening->found) : s;
}

/* An order of an earlier run goes on first, with its amount, whatever is asked now. NOT_FOUND if there is none. */
static enum status finish_order(struct opening *opening)
{
	struct funding_order order = order_of(opening, &opening->amount);
	struct funding found;
	enum status s = funding_find(opening->p, &found, &order);

	if (s == STATUS_OK && found.state == FUNDING_QUEUED) /* no message is made for it: the present amount counts */
		return STATUS_NOT_FOUND;
	if (s == STATUS_OK)
		s = older_home_check(opening->p);
	return s == STATUS_OK ? order_funds(opening, &found.amount) : s;
}

/* A message that an older version has sent for this deal: finish that message first, whatever is asked now. */
static enum status finish_old_message(struct opening *opening)
{
	struct receipt receipt = {0};
	enum status s = chain_message_submit(opening->p, &receipt, opening->about);

	if (s != STATUS_OK)
		return s;
	s = older_home_check(opening->p);
	if (s != STATUS_OK)
		return s;
	if (!address_is_none(&receipt.created))
		return finish_creating(opening, &receipt.created);
	if (opening->any)
		return finish_opening(opening, &opening->found);
	s = chain_message_forget(
		opening->p, opening->about); /* the channel that got the funds serves no deal any more */
	return s == STATUS_OK ? STATUS_NOT_FOUND : s;
}

/* The deal gets no channel now: the deal has a channel, needs none, or is not in a state to open one. */
static enum status no_channel_wanted(struct party *p, const struct client_deal *deal)
{
	if (!client_is_free(deal) && !deal->has_lane)
		return party_fail(p, STATUS_BAD_STATE, "deal %" PRIu64 " is %s: a channel comes after acceptance",
			deal->id, deal_state_name(deal->state));
	party_done(p,
		deal->has_lane ? "deal %" PRIu64 " has its channel already"
			       : "deal %" PRIu64 " is free: no channel is needed",
		deal->id);
	return STATUS_OK;
}

/* Record the @amount that the channel must hold for the deal, unless a message with the amount of before is in flight. */
static enum status record_amount(struct opening *opening, struct client_deal *deal, const struct amount *amount)
{
	CLEAN_BYTES struct bytes sent = {0};
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct funding ordered;
	enum status s = party_begin_client(opening->p, &txn, deal, opening->deal);

	if (s != STATUS_OK || !client_wants_channel(deal))
		return s;
	s = store_get_pending(txn, &sent, opening->about);
	if (s != STATUS_NOT_FOUND)
		return s;
	s = store_get_funding(txn, &ordered, &opening->from, &opening->to, opening->name);
	if (s != STATUS_NOT_FOUND && (s != STATUS_OK || ordered.state != FUNDING_QUEUED))
		return s;
	opening->amount = deal->total_funds = *amount;
	s = store_put_client(txn, deal);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/* The same, and record the @amount that the channel must hold for the deal; NULL for the recorded amount. */
static enum status begin_opening(struct opening *opening, struct client_deal *deal, const struct amount *amount)
{
	enum status s = opening_search(opening, deal);

	return s == STATUS_OK && amount != NULL ? record_amount(opening, deal, amount) : s;
}

/* Does the store have room for the deal's remaining bytes? No money is moved for content that can't be stored. */
static enum status check_room(struct party *p, const struct client_deal *deal)
{
	CLEAN_BYTES struct bytes home = {0};
	uint64_t here = deal->inherited + deal->total_received;
	enum status s;

	if (deal->size <= here)
		return STATUS_OK;
	store_path(&home, p->store, "");
	s = bytes_status(&home);
	if (s != STATUS_OK)
		return s;
	s = file_room(bytes_text(&home), deal->size - here);
	if (s != STATUS_IO)
		return s;
	return party_fail(p, s, "no room in '%s' for the %" PRIu64 " bytes of deal %" PRIu64 ": %s", bytes_text(&home),
		deal->size - here, deal->id, strerror(errno));
}

static enum status open_once(struct opening *opening, const struct amount *amount)
{
	struct client_deal deal;
	enum status s = begin_opening(opening, &deal, amount);

	if (s != STATUS_OK)
		return s;
	if (!client_wants_channel(&deal))
		return no_channel_wanted(opening->p, &deal);
	if (address_is_none(&deal.provider))
		return party_fail(opening->p, STATUS_USAGE,
			"deal %" PRIu64 " has no payee: propose from an offer, or with --pay-to", deal.id);
	s = check_room(opening->p, &deal);
	if (s != STATUS_OK)
		return s;
	s = finish_old_message(opening);
	if (s == STATUS_NOT_FOUND)
		s = finish_order(opening);
	if (s != STATUS_NOT_FOUND)
		return s;
	s = opening->any ? STATUS_OK : opening_find_made(opening);
	if (s != STATUS_OK)
		return s;
	return opening->any ? reuse_channel(opening) : create_channel(opening);
}

enum status buyer_open_channel(struct party *p, uint64_t deal, const struct amount *amount, const struct amount *ahead)
{
	struct opening opening;
	enum status s = STATUS_BUSY;

	for (unsigned tries = 0; tries < OPEN_TRIES && s == STATUS_BUSY; tries++) {
		opening_init(&opening, p, deal);
		opening.ahead = ahead;
		s = open_once(&opening, amount);
	}
	return s;
}

enum status buyer_plan_channel(struct party *p, uint64_t id, const struct amount *amount)
{
	char to[ADDRESS_TEXT_MAX], digits[AMOUNT_TEXT_MAX];
	struct opening opening;
	struct amount balance, needed;
	struct client_deal deal;
	enum status s;

	opening_init(&opening, p, id);
	s = opening_search(&opening, &deal);
	if (s != STATUS_OK)
		return s;
	if (!client_wants_channel(&deal))
		return no_channel_wanted(p, &deal);
	needed = amount != NULL ? *amount : deal.total_funds;
	address_text(to, opening.any ? &opening.found.address : &deal.provider, p->network);
	if (opening.any && (!channel_uncommitted(&balance, &opening.head, &opening.found) ||
				   !amount_sub(&needed, &needed, &balance)))
		return STATUS_BAD_AMOUNT;
	if (amount_is_negative(&needed))
		needed = amount_zero();
	s = in_flight_spendable(p, &balance, &opening.from, &needed);
	if (s == STATUS_OK && amount_cmp(&needed, &balance) > 0)
		return chain_explain_no_funds(p, &opening.from, &needed);
	party_done(p,
		opening.any ? "would use channel %s for deal %" PRIu64 " and add %s afil to it"
			    : "would open a channel to %s for deal %" PRIu64 " with %s afil",
		to, id, amount_decimal(digits, &needed));
	return s;
}
