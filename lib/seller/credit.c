/* credit.c - crediting deals with vouchers that pay us. */
#include "seller/credit.h"

#include <inttypes.h>
#include <stdio.h>

#include "funds/conditions.h"
#include "funds/our_payee.h"
#include "store/clients.h"
#include "store/deal_texts.h"
#include "store/deals.h"
#include "store/events.h"

/* The last payment has arrived: only the final answer is left to send. */
static enum status complete(struct party *party, struct kv_txn *txn, struct provider_deal *deal)
{
	enum status s = party_provider_event(party, txn, deal, PROVIDER_COMPLETE, NULL);

	return s == STATUS_OK ? party_provider_event(party, txn, deal, PROVIDER_CLEANUP_COMPLETE, NULL) : s;
}

/* The deal's state allows no payment event, but the voucher reduces the debt. */
static enum status count_only(struct party *party, struct kv_txn *txn, struct provider_deal *deal,
	const struct voucher *voucher, const struct amount *delta)
{
	struct tally before = provider_tally(deal);
	struct event event = {.time = party->now,
		.side = SIDE_PROVIDER,
		.deal = deal->id,
		.event = PROVIDER_PARTIAL_PAYMENT_RECEIVED,
		.state = deal->state,
		.bytes = deal->total_sent,
		.interval = deal->current_interval,
		.message = span_text("paid late")};
	enum status s;

	if (!amount_add(&deal->funds_received, &deal->funds_received, delta))
		return STATUS_BAD_AMOUNT;
	deal->channel = voucher->channel;
	deal->lane = voucher->lane;
	event.funds = deal->funds_received;
	s = store_put_event(txn, &event);
	if (s != STATUS_OK)
		return s;
	s = store_count_deal(txn, deal, &before);
	return s == STATUS_OK ? store_put_provider(txn, deal) : s;
}

/* All bytes up to this pause, or the end, are paid for: sending begins here again if bytes get lost. */
static enum status move_cursor(struct kv_txn *txn, uint64_t deal)
{
	CLEAN_BYTES struct bytes cursor = {0};
	enum status s = store_get_cursor(txn, &cursor, SIDE_PROVIDER, deal, CURSOR_NEXT);

	return s == STATUS_OK ? store_put_cursor(txn, SIDE_PROVIDER, deal, CURSOR_PAID, bytes_span(&cursor)) : s;
}

/* Payment events apply only in states that wait for a payment; see taken_opens_nothing(). */
static bool can_happen(const struct provider_deal *deal, const struct taken_voucher *taken)
{
	if (deal->state == DEAL_ONGOING)
		return !taken_opens_nothing(taken);
	return deal->state == DEAL_FUNDS_NEEDED || deal->state == DEAL_FUNDS_NEEDED_LAST_PAYMENT;
}

/* Does the payment open the next interval, or end the deal? */
static enum status is_enough(bool *enough, const struct provider_deal *deal, const struct taken_voucher *taken)
{
	struct amount received, missing;

	if (!amount_add(&received, &deal->funds_received, &taken->delta) || !provider_short(&missing, deal, &received))
		return STATUS_BAD_AMOUNT;
	*enough = amount_is_zero(&missing) || deal->state == DEAL_ONGOING;
	if (taken_opens_nothing(taken) && !deal->all_blocks_sent)
		*enough = false;
	return STATUS_OK;
}

enum status credit_deal(struct party *party, struct kv_txn *txn, struct provider_deal *deal,
	const struct voucher *voucher, const struct taken_voucher *taken)
{
	struct provider_input in = {.amount = taken->delta, .channel = voucher->channel, .lane = voucher->lane};
	bool paused = deal->state == DEAL_FUNDS_NEEDED || deal->state == DEAL_FUNDS_NEEDED_LAST_PAYMENT, enough = false;
	enum status s;

	if (amount_is_zero(&taken->delta))
		return STATUS_OK;
	if (!can_happen(deal, taken))
		return count_only(party, txn, deal, voucher, &taken->delta);
	s = is_enough(&enough, deal, taken);
	if (s != STATUS_OK)
		return s;
	if (!enough)
		return party_provider_event(party, txn, deal, PROVIDER_PARTIAL_PAYMENT_RECEIVED, &in);
	s = party_provider_event(party, txn, deal, PROVIDER_PAYMENT_RECEIVED, &in);
	if (s == STATUS_OK && paused)
		s = move_cursor(txn, deal->id);
	return s == STATUS_OK && deal->state == DEAL_FINALIZING ? complete(party, txn, deal) : s;
}

enum status credit_lane(
	struct party *party, struct kv_txn *txn, const struct voucher *voucher, const struct taken_voucher *taken)
{
	struct provider_deal deal;
	enum status s;

	if (!taken->had_lane || taken->lane.deal == 0)
		return STATUS_OK;
	s = store_get_provider(txn, &deal, taken->lane.deal);
	if (s == STATUS_NOT_FOUND)
		return STATUS_OK;
	return s == STATUS_OK ? credit_deal(party, txn, &deal, voucher, taken) : s;
}

static enum status explain_taken(struct party *party, const struct voucher *voucher, const struct taken_voucher *taken)
{
	char text[ADDRESS_TEXT_MAX], digits[AMOUNT_TEXT_MAX], later[120] = "";

	if (amount_is_zero(&taken->delta))
		return STATUS_OK;
	if (voucher->min_settle_height != 0) /* of the money of all lanes */
		snprintf(later, sizeof(later),
			"; once it is submitted, nothing of the channel can be collected before epoch %" PRId64,
			voucher->min_settle_height);
	address_text(text, &voucher->channel, party->network);
	amount_decimal(digits, &taken->delta);
	if (taken->waits)
		party_done(party,
			"a voucher of channel %s is kept until epoch %" PRId64 ": %s afil more from then on%s", text,
			voucher->time_lock_min, digits, later);
	else
		party_done(party, "a voucher of channel %s is taken: %s afil more%s", text, digits, later);
	return STATUS_OK;
}

/** struct given_voucher - a voucher, and how it may be taken. */
struct given_voucher {
	const struct voucher *voucher;
	bool conditions; /* it may have conditions */
	struct span secret;
};

/* The facts about a voucher, by a ledger that is asked with no transaction open. */
static enum status ask_ledger(
	struct party *party, struct refusal *why, struct voucher_facts *facts, const struct given_voucher *given)
{
	const struct voucher *voucher = given->voucher;
	char text[ADDRESS_TEXT_MAX];
	enum status s = funds_ask_ledger(party, why, facts, voucher);

	if (s == STATUS_NOT_SPENDABLE && s == why->status)
		return party_fail(party, s, "the ledger has no channel %s",
			address_text(text, &voucher->channel, party->network));
	if (s != STATUS_OK || !given->conditions)
		return s;
	return conditions_judge(party, why, facts, voucher, given->secret);
}

/* Take a voucher by facts of the ledger that may have been read a moment ago. */
static enum status add_once(
	struct party *party, struct refusal *why, struct taken_voucher *taken, const struct given_voucher *given)
{
	CLEAN_FACTS struct voucher_facts facts = {.redeemed = amount_zero()};
	CLEAN_TXN struct kv_txn *txn = NULL;
	const struct voucher *voucher = given->voucher;
	struct incoming_voucher in = {voucher, &facts, &facts.head.to, 0, given->secret, party->risk};
	enum status s = ask_ledger(party, why, &facts, given);

	if (amount_is_negative(&in.risk))
		in.risk = amount_zero();
	if (s != STATUS_OK)
		return s;
	s = kv_begin_write(store_kv(party->store), &txn);
	if (s != STATUS_OK)
		return s;
	s = funds_check_payee(party, txn, &facts.head, &voucher->channel);
	if (s != STATUS_OK)
		return s;
	s = funds_take_voucher(txn, why, taken, &in);
	if (s != STATUS_OK)
		return s;
	if (taken->unsure)
		return provider_refuse(why, STATUS_NOT_FINAL, "at finality its channel does not cover it yet");
	s = facts.waits ? STATUS_OK : credit_lane(party, txn, voucher, taken);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

static enum status add(struct party *party, const struct given_voucher *given)
{
	struct taken_voucher taken;
	struct refusal why = {0};
	enum status s = add_once(party, &why, &taken, given);

	if (s == STATUS_NOT_SPENDABLE && why.status == s) {
		ledger_refresh(party->ledger);
		why = (struct refusal){0};
		error_clear(&party->error);
		s = add_once(party, &why, &taken, given);
	}
	if (s != STATUS_OK)
		return s == why.status ? party_explain(party, s, "voucher refused: %s", why.reason) : s;
	return explain_taken(party, given->voucher, &taken);
}

enum status seller_add_voucher(struct party *party, const struct voucher *voucher)
{
	const struct given_voucher given = {.voucher = voucher};

	return add(party, &given);
}

enum status seller_import_voucher(struct party *party, const struct voucher *voucher, struct span secret)
{
	const struct given_voucher given = {voucher, true, secret};

	return add(party, &given);
}
