/* pay.c - the only code that signs vouchers.
 *
 * MONEY 10: a voucher is in the store, with its lane, its deal and its event,
 * before a byte of the voucher leaves; the same call again gives the same
 * bytes.
 */
#include "buyer/pay.h"

#include <inttypes.h>

#include "binding/binding.h"
#include "buyer/requests.h"
#include "funds/channels.h"
#include "party/party.h"
#include "store/channels.h"
#include "store/events.h"

/** struct paying - one deal while its next voucher is signed. */
struct paying {
	struct party *p;
	struct kv_txn *txn;
	struct client_deal deal;
	struct paych head; /* the deal's channel, as read from the ledger before the transaction */
	bool doubted;      /* that balance did not cover the amount due, and was read again since */
	bool short_once;   /* it did not cover the amount: read it again before saying so */
	struct lane_record lane;
	bool ended;                     /* the deal is over, and its received bytes are paid late */
	struct amount due;              /* cumulative, on the deal's lane */
	const struct amount *max_total; /* see buyer_pay() */
};

/* A deal that ran out of funds checks its funds again. */
static enum status recheck_funds(struct paying *paying)
{
	struct client_deal *deal = &paying->deal;
	struct client_input in = {.amount = deal->payment_requested, .channel = deal->channel};
	enum status s;

	if (deal->state != DEAL_INSUFFICIENT_FUNDS)
		return STATUS_OK;
	s = party_client_event(paying->p, paying->txn, deal, CLIENT_RECHECK_FUNDS, NULL);
	return s == STATUS_OK ? party_client_event(paying->p, paying->txn, deal, CLIENT_CHANNEL_READY, &in) : s;
}

/* By our own count a payment is due, whether or not the provider has requested payment. */
static enum status note_payment_due(struct paying *paying)
{
	struct client_deal *deal = &paying->deal;
	struct client_input in = {.amount = deal->payment_requested, .channel = deal->channel};
	bool last = deal->all_blocks_received || deal->last_payment_requested;

	if (deal->state != DEAL_ONGOING && deal->state != DEAL_BLOCKS_COMPLETE)
		return STATUS_OK;
	return party_client_event(
		paying->p, paying->txn, deal, last ? CLIENT_LAST_PAYMENT_REQUESTED : CLIENT_PAYMENT_REQUESTED, &in);
}

/* Bring the deal into a state in which a voucher can be made. */
static enum status prepare_to_pay(struct paying *paying)
{
	struct client_deal *deal = &paying->deal;
	enum status s = recheck_funds(paying);

	if (s != STATUS_OK)
		return s;
	s = note_payment_due(paying);
	if (s != STATUS_OK)
		return s;
	if (deal->state == DEAL_FUNDS_NEEDED || deal->state == DEAL_FUNDS_NEEDED_LAST_PAYMENT)
		s = party_client_event(paying->p, paying->txn, deal, CLIENT_SEND_FUNDS, NULL);
	if (s != STATUS_OK)
		return s;
	if (deal->state != DEAL_SEND_FUNDS && deal->state != DEAL_SEND_FUNDS_LAST_PAYMENT)
		return party_fail(paying->p, STATUS_BAD_STATE, "deal %" PRIu64 " is %s: it can't be paid now", deal->id,
			deal_state_name(deal->state));
	return STATUS_OK;
}

static bool find_due(struct paying *paying)
{
	paying->ended = client_ended_early(&paying->deal);
	return client_due_to_sign(&paying->due, &paying->deal);
}

/* Put the deal into the state that waits for funds. */
static enum status wait_for_funds(struct paying *paying, const struct client_input *in)
{
	enum status s = party_client_event(paying->p, paying->txn, &paying->deal, CLIENT_VOUCHER_SHORTFALL, in);

	if (s != STATUS_OK)
		return s;
	s = party_client_event(paying->p, paying->txn, &paying->deal, CLIENT_FUNDS_EXPENDED, in);
	return s == STATUS_OK ? kv_commit(&paying->txn) : s;
}

/* The channel does not cover the amount due: report the exact shortfall, and leave the deal waiting for funds. */
static enum status run_dry(struct paying *paying, const struct amount *available)
{
	char channel[ADDRESS_TEXT_MAX], owed[AMOUNT_TEXT_MAX], have[AMOUNT_TEXT_MAX], lack[AMOUNT_TEXT_MAX];
	struct client_input in = {0};
	struct party *p = paying->p;
	enum status s = STATUS_OK;

	if (!amount_sub(&in.amount, &paying->due, available))
		return STATUS_BAD_AMOUNT;
	address_text(channel, &paying->deal.channel, p->network);
	amount_decimal(lack, &in.amount);
	party_fail(p, STATUS_NO_FUNDS, "not enough in channel %s: owed %s afil, available %s afil, short %s afil",
		channel, amount_decimal(owed, &paying->due), amount_decimal(have, available), lack);
	in.reason = p->error.why;
	if (!paying->ended)
		s = wait_for_funds(paying, &in);
	party_hint(p, "channel add-funds %s %safil", channel, lack);
	return s == STATUS_OK ? STATUS_NO_FUNDS : s;
}

/* The deal keeps its final state; only the paid amount changes. */
static enum status put_late_payment(struct paying *paying, const struct client_input *in)
{
	struct client_deal *deal = &paying->deal;
	struct event event = {.time = paying->p->now,
		.side = SIDE_CLIENT,
		.deal = deal->id,
		.event = CLIENT_PAYMENT_SENT,
		.state = deal->state,
		.bytes = deal->total_received,
		.message = span_text("paid after the deal's end")};
	enum status s = client_take_back(deal, &in->amount, in->number);

	if (s != STATUS_OK)
		return s;
	event.interval = deal->current_interval;
	event.funds = deal->funds_spent;
	s = store_put_event(paying->txn, &event);
	return s == STATUS_OK ? store_put_client(paying->txn, deal) : s;
}

/* Sign a voucher for the amount due, and write voucher, lane, deal and event. */
static enum status sign(struct paying *paying)
{
	CLEAN_BYTES struct bytes encoded = {0};
	struct client_deal *deal = &paying->deal;
	struct voucher voucher = {
		.channel = deal->channel, .lane = deal->lane, .nonce = paying->lane.nonce + 1, .amount = paying->due};
	struct lane_record next = {.lane = deal->lane, .nonce = voucher.nonce, .amount = paying->due, .deal = deal->id};
	struct client_input in = {.amount = paying->due, .number = voucher.nonce};
	enum status s = voucher_sign(&voucher, &paying->p->key);

	if (s != STATUS_OK)
		return s;
	voucher_write(&encoded, &voucher);
	s = bytes_status(&encoded);
	if (s != STATUS_OK)
		return s;
	s = store_put_voucher(paying->txn, &deal->channel, deal->lane, voucher.nonce, bytes_span(&encoded));
	if (s != STATUS_OK)
		return s;
	s = store_put_lane(paying->txn, &deal->channel, &next);
	if (s != STATUS_OK)
		return s;
	s = paying->ended ? put_late_payment(paying, &in)
			  : party_client_event(paying->p, paying->txn, deal, CLIENT_PAYMENT_SENT, &in);
	return s == STATUS_OK ? kv_commit(&paying->txn) : s;
}

/* MONEY 8: check the deal's own ceiling and the ceiling of this run. */
static enum status check_ceiling(struct paying *paying)
{
	const struct amount *limit = &paying->deal.max_total;
	char owed[AMOUNT_TEXT_MAX], most[AMOUNT_TEXT_MAX];

	if (!amount_is_negative(paying->max_total) && amount_cmp(paying->max_total, limit) < 0)
		limit = paying->max_total;
	if (amount_cmp(&paying->due, limit) > 0)
		return party_fail(paying->p, STATUS_TOO_DEAR, "owed %s afil is above the ceiling of %s afil",
			amount_decimal(owed, &paying->due), amount_decimal(most, limit));
	return STATUS_OK;
}

static enum status check_payer(struct paying *paying)
{
	struct address us;
	enum status s = party_address(paying->p, &us);

	if (s == STATUS_OK && !address_equal(&us, &paying->head.from))
		return party_fail(paying->p, STATUS_WRONG_CHANNEL, "our key is not the payer of this deal's channel");
	return s;
}

/* A record that the deal names and the store lacks was damaged: even a new lane has a record. */
static enum status get_records(struct paying *paying, struct channel *channel)
{
	const struct client_deal *deal = &paying->deal;
	enum status s = store_get_channel(paying->txn, channel, &deal->channel);

	if (s == STATUS_OK)
		s = store_get_lane(paying->txn, &paying->lane, &deal->channel, deal->lane);
	if (s == STATUS_NOT_FOUND)
		return party_fail(paying->p, STATUS_CORRUPT,
			"the store has lost lane %" PRIu64 " of the channel that pays for deal %" PRIu64, deal->lane,
			deal->id);
	return s;
}

/* The amount that the channel leaves for this deal's lane: the balance less the amounts of the other lanes. */
static enum status available_on_lane(struct paying *paying, struct amount *available)
{
	struct amount own = client_reserve(&paying->deal);
	struct channel channel;
	enum status s = get_records(paying, &channel);

	if (s != STATUS_OK)
		return s;
	if (!channel_uncommitted(available, &paying->head, &channel) ||
		!amount_add(available, available, &paying->lane.amount) || !amount_add(available, available, &own))
		return STATUS_BAD_AMOUNT;
	return STATUS_OK;
}

/* The channel can't be drawn from any more: this deal can't be paid, but a new deal can. */
static void hint_at_cancel(struct paying *paying)
{
	if (!paying->ended)
		party_hint(paying->p, "deals cancel %" PRIu64 " -o cancel.frames", paying->deal.id);
}

/*
 * The ledger is read before the transaction, because a node may take half a minute; the other lanes are read inside it.
 * INVARIANT 4 holds by an old balance too: only collecting takes from a balance, and the vouchers of a collected channel
 * are worth nothing to anybody. An old balance that is too low only looks like a lack of funds: see lack_funds().
 */
static enum status ask_ledger(struct paying *paying)
{
	char channel[ADDRESS_TEXT_MAX];
	enum status s = ledger_channel(paying->p->ledger, &paying->head, &paying->deal.channel);

	if (s != STATUS_NOT_FOUND)
		return s;
	s = binding_was_collected(paying->p, &paying->deal.channel);
	if (s != STATUS_OK)
		return s;
	hint_at_cancel(paying);
	return party_fail(paying->p, STATUS_BAD_STATE, "the channel %s of deal %" PRIu64 " was collected",
		address_text(channel, &paying->deal.channel, paying->p->network), paying->deal.id);
}

/* A channel that is settling accepts no more vouchers. */
static enum status check_not_settling(struct paying *paying)
{
	if (paying->head.settling_at == 0)
		return STATUS_OK;
	hint_at_cancel(paying);
	return party_fail(
		paying->p, STATUS_CHANNEL_SETTLING, "the channel of deal %" PRIu64 " is settling", paying->deal.id);
}

/* Funds may have been added since the ledger was read: the lack of funds is stated from a balance that is read again. */
static enum status lack_funds(struct paying *paying, const struct amount *available)
{
	if (paying->doubted)
		return run_dry(paying, available);
	paying->short_once = true;
	return STATUS_OK;
}

static enum status sign_in(struct paying *paying, const struct address *channel)
{
	struct amount available;
	enum status s;

	if (!address_equal(channel, &paying->deal.channel)) /* the ledger was asked for another one */
		return STATUS_BUSY;
	if (!find_due(paying))
		return STATUS_BAD_AMOUNT;
	s = check_ceiling(paying);
	if (s != STATUS_OK)
		return s;
	if (amount_cmp(&paying->due, &paying->deal.funds_spent) <= 0) /* another process has just paid */
		return STATUS_OK;
	s = check_payer(paying);
	if (s != STATUS_OK)
		return s;
	s = check_not_settling(paying);
	if (s != STATUS_OK)
		return s;
	s = available_on_lane(paying, &available);
	if (s != STATUS_OK)
		return s;
	s = paying->ended ? STATUS_OK : prepare_to_pay(paying);
	if (s != STATUS_OK)
		return s;
	return amount_cmp(&paying->due, &available) > 0 ? lack_funds(paying, &available) : sign(paying);
}

/* The deal is read again, because another process may have changed the deal. */
static enum status sign_once(struct paying *paying, uint64_t id)
{
	struct address channel = paying->deal.channel;
	enum status s = ask_ledger(paying);

	if (s == STATUS_OK)
		s = party_begin_client(paying->p, &paying->txn, &paying->deal, id);
	if (s == STATUS_OK)
		s = sign_in(paying, &channel);
	kv_abort(&paying->txn);
	paych_release(&paying->head);
	return s;
}

/* Sign the next voucher of deal @id. */
static enum status sign_next(struct paying *paying, uint64_t id)
{
	enum status s = sign_once(paying, id);

	if (s != STATUS_OK || !paying->short_once)
		return s;
	ledger_refresh(paying->p->ledger);
	paying->doubted = true;
	return sign_once(paying, id);
}

static enum status get_last_voucher(struct party *p, struct bytes *encoded, const struct client_deal *deal)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	return store_get_voucher(txn, encoded, &deal->channel, deal->lane, deal->voucher_nonce);
}

/* Put the last voucher of a deal, as signed, into @frames and @voucher. */
static enum status emit_voucher(
	struct party *p, struct bytes *frames, struct bytes *voucher, const struct client_deal *deal)
{
	CLEAN_BYTES struct bytes encoded = {0};
	struct voucher last;
	enum status s = get_last_voucher(p, &encoded, deal);

	if (s != STATUS_OK)
		return s;
	s = voucher_decode(&last, bytes_span(&encoded));
	if (s != STATUS_OK)
		return s;
	frames_payment(frames, deal, &last);
	if (voucher != NULL)
		bytes_append(voucher, encoded.data, encoded.len);
	return bytes_status(frames);
}

/* Nothing is due: give the last voucher again, if there is one. */
static enum status pay_again(struct paying *paying, struct bytes *frames, struct bytes *voucher)
{
	const struct client_deal *deal = &paying->deal;

	if (deal->voucher_nonce != 0)
		return emit_voucher(paying->p, frames, voucher, deal);
	if (paying->ended)
		return party_fail(paying->p, STATUS_BAD_STATE, "deal %" PRIu64 " is over: %s; nothing is owed for it",
			deal->id, deal_state_name(deal->state));
	return party_fail(paying->p, STATUS_NOT_FOUND,
		"nothing is due yet for deal %" PRIu64 ": %" PRIu64
		" bytes received, the first interval ends at %" PRIu64,
		deal->id, deal->total_received, deal->current_interval);
}

/* A voucher needs a lane: a channel can be opened for a deal that goes on, but not for a deal that is over. */
static enum status explain_no_lane(struct paying *paying)
{
	const struct client_deal *deal = &paying->deal;

	if (paying->ended)
		return party_fail(paying->p, STATUS_BAD_STATE,
			"deal %" PRIu64 " is over: %s; it has no payment channel that could pay for it", deal->id,
			deal_state_name(deal->state));
	party_hint(paying->p, "channel open --deal %" PRIu64, deal->id);
	return party_fail(paying->p, STATUS_BAD_STATE, "deal %" PRIu64 " has no payment channel", deal->id);
}

enum status buyer_pay(
	struct party *p, struct bytes *frames, struct bytes *voucher, uint64_t id, const struct amount *max_total)
{
	struct paying paying = {.p = p, .max_total = max_total};
	const struct client_deal *deal = &paying.deal;
	char digits[AMOUNT_TEXT_MAX];
	enum status s = party_get_client(p, &paying.deal, id);

	if (s != STATUS_OK)
		return s;
	if (!find_due(&paying))
		return STATUS_BAD_AMOUNT;
	if (amount_cmp(&paying.due, &deal->funds_spent) <= 0)
		return pay_again(&paying, frames, voucher);
	if (!deal->has_lane)
		return explain_no_lane(&paying);
	s = sign_next(&paying, id);
	if (s != STATUS_OK)
		return s;
	party_done(p, "deal %" PRIu64 ": paid %s afil so far (nonce %" PRIu64 ")", id,
		amount_decimal(digits, &deal->funds_spent), deal->voucher_nonce);
	return emit_voucher(p, frames, voucher, deal);
}
