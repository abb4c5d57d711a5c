/* recovery.c - a deal goes on although the store has lost vouchers that were signed.
 *
 * A lane carries one deal: a deal whose lane turns out to belong to another
 * deal moves to a new lane. The provider has accepted nothing that the deal
 * signed on the old lane.
 */
#include "buyer/recovery.h"

#include <inttypes.h>
#include <stdio.h>

#include "binding/lanes.h"
#include "funds/channels.h"
#include "funds/funding.h"
#include "funds/recover.h"
#include "messages/chain_message.h"
#include "store/channels.h"
#include "store/deals.h"
#include "store/events.h"
#include "store/pending.h"

/** struct given_back - the vouchers that are given back: a list of a provider's, or one voucher. A copy begins anew. */
struct given_back {
	struct extension_list list;
	const struct best_voucher *one; /* the one voucher; NULL for the list, or at the end */
	bool is_list;
};

static enum status next_given(struct best_voucher *best, struct given_back *given)
{
	if (given->is_list)
		return best_vouchers_next(best, &given->list);
	if (given->one == NULL)
		return STATUS_END;
	*best = *given->one;
	given->one = NULL;
	return STATUS_OK;
}

/** struct recovering - the vouchers that are given back, while they are processed. */
struct recovering {
	struct party *p;
	struct kv_txn *txn;
	struct redeemed_lanes lanes; /* both as the ledger has them, read before the transaction */
	struct lane_history history;
	struct client_deal deal;
	bool taken;          /* a voucher was taken back */
	bool moves;          /* the deal's lane belongs to another deal */
	uint64_t held_nonce; /* nonce of the deal's own voucher that the provider holds; 0 if none */
};

/* Record an event for observers of the deal: a payment was in vain, or a forgotten payment was sent. */
static enum status put_event(struct recovering *recovering, const struct client_deal *deal, enum client_event what)
{
	struct event event = {.time = recovering->p->now,
		.side = SIDE_CLIENT,
		.deal = deal->id,
		.event = what,
		.state = deal->state,
		.bytes = deal->total_received,
		.interval = deal->current_interval,
		.funds = deal->funds_spent,
		.message = span_text("the provider gave back our vouchers")};

	return store_put_event(recovering->txn, &event);
}

/* Write the deal; the channel's reserved sum follows the deal's share, which was @before. */
static enum status put_deal(struct recovering *recovering, const struct client_deal *deal, enum client_event what,
	const struct amount *before)
{
	struct amount now = client_reserve(deal);
	struct channel channel;
	enum status s = store_get_channel(recovering->txn, &channel, &deal->channel);

	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_CORRUPT : s;
	if (!amount_sub(&channel.reserved, &channel.reserved, before) ||
		!amount_add(&channel.reserved, &channel.reserved, &now))
		return STATUS_BAD_AMOUNT;
	s = store_put_channel(recovering->txn, &channel);
	if (s != STATUS_OK)
		return s;
	s = put_event(recovering, deal, what);
	return s == STATUS_OK ? store_put_client(recovering->txn, deal) : s;
}

/* The voucher belongs to another deal than the current one: if the store has that deal, correct its spent amount. */
static enum status take_back_other(struct recovering *recovering, const struct best_voucher *best)
{
	const struct voucher *voucher = &best->voucher;
	struct client_deal other;
	struct amount before;
	enum status s = store_get_client(recovering->txn, &other, best->deal);

	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	if (!other.has_lane || other.lane != voucher->lane || !address_equal(&other.channel, &voucher->channel))
		return STATUS_OK;
	before = client_reserve(&other);
	s = client_take_back(&other, &voucher->amount, voucher->nonce);
	return s == STATUS_OK ? put_deal(recovering, &other, CLIENT_PAYMENT_SENT, &before) : s;
}

/*
 * Is the voucher's lane the forgotten first lane of the current deal, which has signed nothing yet on its newer lane?
 */
static enum status is_first_lane(struct recovering *recovering, bool *first, const struct best_voucher *best)
{
	const struct client_deal *deal = &recovering->deal;
	struct lane_record lane;
	enum status s;

	*first = false;
	if (best->deal != deal->id || deal->voucher_nonce != 0 || !deal->has_lane || deal->lane == best->voucher.lane ||
		!address_equal(&best->voucher.channel, &deal->channel))
		return STATUS_OK;
	s = store_get_lane(recovering->txn, &lane, &best->voucher.channel, best->voucher.lane);
	*first = s == STATUS_NOT_FOUND; /* a known lane belongs to another deal, whatever the provider says */
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static enum status take_back(struct recovering *recovering, const struct best_voucher *best)
{
	struct client_deal *deal = &recovering->deal;
	bool of_lane = deal->has_lane && address_equal(&best->voucher.channel, &deal->channel) &&
		       best->voucher.lane == deal->lane;
	bool taken, first;
	enum status s = is_first_lane(recovering, &first, best);

	if (s != STATUS_OK)
		return s;
	s = funds_recover_voucher(recovering->p, recovering->txn, best, &recovering->lanes, &taken);
	if (s != STATUS_OK)
		return s;
	recovering->taken |= taken;
	if (first && taken)
		client_move_lane(deal, best->voucher.lane);
	if (of_lane && best->deal == deal->id)
		recovering->held_nonce = best->voucher.nonce;
	if (of_lane && best->deal != deal->id)
		recovering->moves = true;
	else if ((of_lane || first) && taken)
		return client_take_back(deal, &best->voucher.amount, best->voucher.nonce);
	return taken && !of_lane ? take_back_other(recovering, best) : STATUS_OK;
}

static enum status take_all_back(struct recovering *recovering, struct given_back given)
{
	struct best_voucher best;
	enum status s;

	while ((s = next_given(&best, &given)) == STATUS_OK) {
		s = take_back(recovering, &best);
		if (s != STATUS_OK)
			return s;
	}
	return s == STATUS_END ? STATUS_OK : s;
}

static enum status move(struct recovering *recovering)
{
	struct client_deal *deal = &recovering->deal;
	struct lane_record lane = {.deal = deal->id};
	struct channel channel;
	enum status s = store_get_channel(recovering->txn, &channel, &deal->channel);

	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_CORRUPT : s;
	s = lanes_check_next(recovering->p, recovering->txn, &channel, &recovering->history);
	if (s != STATUS_OK)
		return s;
	lane.lane = channel.next_lane++;
	s = store_put_channel(recovering->txn, &channel);
	if (s != STATUS_OK)
		return s;
	client_move_lane(deal, lane.lane);
	return store_put_lane(recovering->txn, &deal->channel, &lane);
}

static enum status ask_history(struct recovering *recovering)
{
	CLEAN_PAYCH struct paych head = {0};
	struct party *p = recovering->p;
	enum status s = ledger_channel(p->ledger, &head, &recovering->deal.channel);

	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	return lanes_ask(p, &recovering->history, &recovering->deal.channel, &head);
}

/*
 * Ask the ledger about the lanes of vouchers that the store does not have, and about all lanes if the deal will have to
 * move to another one. No transaction is open: a node may take its time.
 */
static enum status ask_ledger(struct recovering *recovering, struct given_back given)
{
	const struct client_deal *deal = &recovering->deal;
	struct best_voucher best;
	bool moves = false;
	size_t count = 0;
	enum status s;

	recovering->lanes.channel = deal->channel;
	for (; (s = next_given(&best, &given)) == STATUS_OK; count++) {
		moves |= best.deal != deal->id && best.voucher.lane == deal->lane &&
			 address_equal(&best.voucher.channel, &deal->channel);
		s = funds_ask_redeemed(recovering->p, &recovering->lanes, &best.voucher);
		if (s != STATUS_OK)
			return s;
	}
	if (s != STATUS_END)
		return s;
	recovering->history.named = given.is_list && count < BEST_VOUCHERS_MAX;
	return moves && recovering->p->ledger != NULL ? ask_history(recovering) : STATUS_OK;
}

static bool may_recover(const struct client_deal *deal)
{
	return deal->has_lane && !deal_is_final(SIDE_CLIENT, deal->state);
}

/* Take the vouchers back in one transaction, with all that follows from them. */
static enum status apply(struct recovering *recovering, struct given_back given, struct recovered *recovered)
{
	struct client_deal *deal = &recovering->deal;
	struct amount before;
	enum status s = store_get_client(recovering->txn, deal, deal->id);

	if (s != STATUS_OK || !may_recover(deal))
		return s;
	before = client_reserve(deal);
	s = take_all_back(recovering, given);
	recovered->held_nonce = recovering->held_nonce;
	if (s != STATUS_OK || (!recovering->taken && !recovering->moves))
		return s;
	if (recovering->moves)
		s = move(recovering);
	if (s != STATUS_OK)
		return s;
	s = put_deal(recovering, deal, recovering->moves ? CLIENT_PAYMENT_NOT_SENT : CLIENT_PAYMENT_SENT, &before);
	if (s != STATUS_OK)
		return s;
	s = kv_commit(&recovering->txn);
	recovered->changed = s == STATUS_OK;
	return s;
}

static enum status recover(struct party *p, uint64_t id, const struct given_back *given, struct recovered *recovered)
{
	struct recovering recovering = {.p = p};
	enum status s = party_get_client(p, &recovering.deal, id);

	*recovered = (struct recovered){0};
	if (s != STATUS_OK || !may_recover(&recovering.deal))
		return s;
	s = ask_ledger(&recovering, *given);
	if (s == STATUS_OK)
		s = kv_begin_write(store_kv(p->store), &recovering.txn);
	if (s == STATUS_OK)
		s = apply(&recovering, *given, recovered);
	kv_abort(&recovering.txn);
	redeemed_lanes_release(&recovering.lanes);
	return s;
}

enum status buyer_recover(struct party *p, uint64_t id, const struct extension_list *list, struct recovered *recovered)
{
	const struct given_back given = {.list = *list, .is_list = true};

	return recover(p, id, &given, recovered);
}

enum status buyer_is_payer(struct party *p, bool *yes, uint64_t id, const struct extension_list *list)
{
	struct extension_list rest = *list;
	struct best_voucher best;
	struct address us, signer;
	enum status s;

	*yes = true;
	if (!p->has_key)
		return STATUS_OK;
	us = address_of_key(p->key.public);
	while ((s = best_vouchers_next(&best, &rest)) == STATUS_OK)
		if (best.deal == id &&
			(voucher_signer(&signer, &best.voucher) != STATUS_OK || !address_equal(&signer, &us)))
			*yes = false;
	return s == STATUS_END ? STATUS_OK : s;
}

/* The deal that the voucher's lane pays for, by the store's records; 0 if none. */
static enum status deal_of_lane(struct party *p, const struct voucher *voucher, uint64_t *deal, bool *known)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct lane_record lane;
	struct channel channel;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	*deal = 0;
	if (s != STATUS_OK)
		return s;
	s = store_get_channel(txn, &channel, &voucher->channel);
	*known = s == STATUS_OK;
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	s = store_get_lane(txn, &lane, &voucher->channel, voucher->lane);
	if (s == STATUS_OK)
		*deal = lane.deal;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

/* Add a voucher of a lane that no deal of the store pays through. */
static enum status add_alone(struct party *p, const struct best_voucher *best, bool *taken)
{
	CLEAN_REDEEMED struct redeemed_lanes lanes = {.channel = best->voucher.channel};
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = funds_ask_redeemed(p, &lanes, &best->voucher);

	if (s != STATUS_OK)
		return s;
	s = kv_begin_write(store_kv(p->store), &txn);
	if (s != STATUS_OK)
		return s;
	s = funds_recover_voucher(p, txn, best, &lanes, taken);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/* Add a voucher of a deal's lane: the deal is corrected as if its provider had returned the voucher. */
static enum status add_to_deal(struct party *p, const struct best_voucher *best, bool *taken)
{
	const struct given_back given = {.one = best};
	struct recovered recovered;
	enum status s = recover(p, best->deal, &given, &recovered);

	*taken = recovered.changed;
	return s;
}

enum status buyer_add_voucher(struct party *p, const struct voucher *voucher, bool *taken)
{
	struct best_voucher best = {.voucher = *voucher};
	struct client_deal deal;
	bool known;
	enum status s = deal_of_lane(p, voucher, &best.deal, &known);

	*taken = false;
	if (s == STATUS_OK && !known)
		s = buyer_import_channel(p, &voucher->channel);
	if (s != STATUS_OK)
		return s;
	if (best.deal == 0)
		return add_alone(p, &best, taken);
	s = party_get_client(p, &deal, best.deal);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	if (s == STATUS_OK && !deal_is_final(SIDE_CLIENT, deal.state))
		return add_to_deal(p, &best, taken);
	return add_alone(p, &best, taken);
}

/* Add the debt of a deal that is over: no reserve contains the debt. */
static bool add_debt(struct amount *missing, const struct client_deal *deal)
{
	struct amount due;

	return client_due_at_end(&due, deal) && amount_sub(&due, &due, &deal->funds_spent) &&
	       amount_add(missing, missing, &due);
}

/* The deal and its channel, as the store has them. */
static enum status get_records(struct party *p, uint64_t id, struct client_deal *deal, struct channel *channel)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_client(txn, deal, id);
	if (s != STATUS_OK)
		return s;
	s = store_get_channel(txn, channel, &deal->channel);
	return s == STATUS_NOT_FOUND ? STATUS_CORRUPT : s;
}

/*
 * The amount that the channel lacks for all committed and reserved sums; negative or zero if nothing. The ledger is read
 * after the store: what the store counts on is there by then, so no money is added that another process has added.
 */
static enum status missing_in(struct party *p, uint64_t id, struct address *address, struct amount *missing)
{
	CLEAN_PAYCH struct paych head = {0};
	struct client_deal deal;
	struct channel channel;
	struct amount zero = amount_zero(), left;
	enum status s = get_records(p, id, &deal, &channel);

	if (s != STATUS_OK)
		return s;
	ledger_refresh(p->ledger);
	s = ledger_channel(p->ledger, &head, &channel.address);
	if (s != STATUS_OK)
		return s;
	*address = channel.address;
	return channel_uncommitted(&left, &head, &channel) && amount_sub(missing, &zero, &left) &&
			       add_debt(missing, &deal)
		       ? STATUS_OK
		       : STATUS_BAD_AMOUNT;
}

/* The message that an older version has sent: once it is on the ledger, the amount that is missing is less. */
static enum status finish_old_message(struct party *p, struct span about)
{
	struct receipt receipt;
	enum status s = chain_message_submit(p, &receipt, about);

	if (s == STATUS_NOT_FOUND)
		return STATUS_OK;
	return s == STATUS_OK ? chain_message_forget(p, about) : s;
}

static enum status order_funds(struct party *p, const struct funding_order *order)
{
	struct address channel;
	enum status s = funding_fulfil(p, &channel, order);

	return s == STATUS_OK ? funding_forget(p, order) : s;
}

/* The order of a run before ours, whatever is missing now. */
static enum status finish_order(struct party *p, const struct funding_order *order)
{
	struct funding_order earlier = *order;
	struct funding found;
	enum status s = funding_find(p, &found, order);

	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	earlier.amount = found.amount;
	earlier.channel = found.state == FUNDING_DONE ? order->channel : found.channel;
	return order_funds(p, &earlier);
}

enum status buyer_top_up(struct party *p, uint64_t id)
{
	char about[FUNDING_NAME_MAX];
	struct funding_order order = {.name = about};
	struct client_deal deal;
	struct channel channel;
	enum status s;

	snprintf(about, sizeof(about), "top up %" PRIu64, id);
	s = finish_old_message(p, span_text(about));
	if (s != STATUS_OK)
		return s;
	s = get_records(p, id, &deal, &channel);
	if (s != STATUS_OK)
		return s;
	order.to = channel.to;
	order.channel = channel.address;
	s = finish_order(p, &order);
	if (s != STATUS_OK)
		return s;
	s = missing_in(p, id, &order.channel, &order.amount);
	if (s != STATUS_OK || amount_is_negative(&order.amount) || amount_is_zero(&order.amount))
		return s;
	return order_funds(p, &order);
}
