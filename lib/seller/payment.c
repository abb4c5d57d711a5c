/* payment.c - a provider takes payments, and credits deals with the payments.
 *
 * MONEY 11: credit, voucher, lane, state and event of a payment are one
 * transaction. The same voucher again adds nothing, and gets the same answer.
 */
#include "seller/payment.h"

#include <inttypes.h>

#include "deal/price.h"
#include "funds/take_voucher.h"
#include "party/receipt.h"
#include "seller/answers.h"
#include "seller/best_vouchers.h"
#include "seller/credit.h"
#include "store/deals.h"

/* Append the answer to a payment, which depends on the deal's state after the payment. */
static enum status answer_payment(struct bytes *frames, const struct provider_deal *deal, const char *reason)
{
	struct response_head head = deal_head(deal);
	struct deal_answer answer = {.type = TRANSFER_VOUCHER_RESULT,
		.accepted = true,
		.paused = true,
		.has_result = true,
		.status = deal->state,
		.message = reason};

	if (deal->state == DEAL_ONGOING) {
		answer = (struct deal_answer){.type = TRANSFER_VOUCHER_RESULT, .accepted = true};
		frames_response(frames, &head, GRAPHSYNC_PARTIAL, &answer, NULL);
		return bytes_status(frames);
	}
	if (deal->state == DEAL_COMPLETED || deal->state == DEAL_FUNDS_NEEDED_LAST_PAYMENT)
		answer.type = TRANSFER_COMPLETE;
	answer.paused = deal->state != DEAL_COMPLETED;
	if (deal->state == DEAL_CANCELLED || deal->state == DEAL_ERRORED) {
		answer.status = DEAL_ERRORED;
		answer.accepted = false;
		answer.message = reason != NULL ? reason : deal->message;
	}
	if ((deal->state == DEAL_FUNDS_NEEDED || deal->state == DEAL_FUNDS_NEEDED_LAST_PAYMENT) &&
		!provider_short(&answer.owed, deal, &deal->funds_received))
		return STATUS_BAD_AMOUNT;
	frames_answer(frames, &head, &answer);
	return bytes_status(frames);
}

/* A paid deal has stored vouchers: a deal whose lane record is gone is not a deal that was never paid. */
static enum status check_lane(struct party *party, struct kv_txn *txn, const struct provider_deal *deal)
{
	struct lane_record lane;
	enum status s;

	if (address_is_none(&deal->channel))
		return STATUS_OK;
	s = store_get_lane(txn, &lane, &deal->channel, deal->lane);
	if (s == STATUS_NOT_FOUND)
		return party_fail(party, STATUS_CORRUPT,
			"the store has lost lane %" PRIu64 " of the channel that pays for deal %" PRIu64, deal->lane,
			deal->id);
	return s;
}

/** struct judged - the outcome of a payment: whether the money was taken, and whether the deal may go on. */
struct judged {
	const struct payment *payment;
	const struct voucher_facts *facts;
	struct taken_voucher taken;
	struct refusal refused; /* why the voucher was refused, or the deal does not go on; status OK if neither */
	bool kept;              /* the voucher is held now */
};

/*
 * Take the money first, then find its deal. A lane without a deal gets this deal, unless the payment is for another
 * deal.
 */
static enum status take_and_credit(
	struct party *party, struct kv_txn *txn, struct provider_deal *deal, struct judged *judged)
{
	const struct payment *payment = judged->payment;
	struct incoming_voucher in = {
		.voucher = &payment->voucher, .facts = judged->facts, .payee = &deal->payee, .deal = deal->id};
	const struct lane_record *lane;
	struct refusal misplaced = {0};
	enum status s = check_lane(party, txn, deal);

	if (s == STATUS_OK && !provider_risk(&in.risk, deal, &party->risk))
		s = STATUS_BAD_AMOUNT;
	if (s != STATUS_OK)
		return s;
	if (provider_judge_place(&misplaced, deal, payment, NULL) != STATUS_OK)
		in.deal = 0;
	s = funds_take_voucher(txn, &judged->refused, &judged->taken, &in);
	if (s != STATUS_OK)
		return s;
	judged->kept = true;
	if (judged->taken.unsure) {
		judged->refused.status = STATUS_NOT_FINAL;
		return STATUS_OK;
	}
	lane = judged->taken.had_lane ? &judged->taken.lane : NULL;
	if (provider_judge_place(&judged->refused, deal, payment, lane) != STATUS_OK)
		return credit_lane(party, txn, &payment->voucher, &judged->taken);
	if (judged->taken.settling)
		judged->refused = (struct refusal){STATUS_CHANNEL_SETTLING,
			"the voucher is taken, but the channel is settling: nothing more is sent for it"};
	else if (judged->taken.dear)
		funds_refuse_dear(&judged->refused, judged->facts, &payment->voucher);
	s = credit_deal(party, txn, deal, &payment->voucher, &judged->taken);
	if (s == STATUS_OK && deal_is_final(SIDE_PROVIDER, deal->state))
		judged->refused.status = STATUS_OK;
	return s;
}

/* Judge the payment by facts of the ledger that may have been read a moment ago. */
static enum status apply_once(struct party *party, struct provider_deal *deal, struct judged *judged)
{
	CLEAN_FACTS struct voucher_facts facts = {.redeemed = amount_zero()};
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct provider_deal now;
	enum status s = funds_ask_ledger(party, &judged->refused, &facts, &judged->payment->voucher);

	if (s != STATUS_OK)
		return s;
	judged->facts = &facts;
	s = kv_begin_write(store_kv(party->store), &txn);
	if (s != STATUS_OK)
		return s;
	s = store_get_provider(txn, &now, deal->id);
	if (s != STATUS_OK)
		return s;
	*deal = now;
	s = take_and_credit(party, txn, &now, judged);
	if (s != STATUS_OK)
		return s;
	s = kv_commit(&txn);
	if (s != STATUS_OK)
		return s;
	*deal = now;
	return STATUS_OK;
}

/* What the ledger would not redeem by facts that are not new is judged again by new ones. */
static enum status apply(struct party *party, struct provider_deal *deal, struct judged *judged)
{
	enum status s = apply_once(party, deal, judged);

	if (s != STATUS_NOT_SPENDABLE || judged->refused.status != s)
		return s;
	ledger_refresh(party->ledger);
	*judged = (struct judged){.payment = judged->payment};
	return apply_once(party, deal, judged);
}

/* MONEY 25: the deal goes on, and the client comes again with its payment. */
static enum status ask_again(struct party *party, struct bytes *frames, const struct provider_deal *deal)
{
	const struct graphsync_extension_item not_final = graphsync_not_final();
	struct response_head head = deal_head(deal);

	frames_extension(frames, &head, GRAPHSYNC_BUSY, &not_final);
	return party_fail(party, STATUS_NOT_FINAL,
		"deal %" PRIu64 ": at finality the channel does not cover the payment yet, which has to come again",
		deal->id);
}

/* A client whose store has lost vouchers gets them back, so that the client can go on: see wire/recovery.h. */
static enum status answer_refusal(
	struct party *party, struct bytes *frames, const struct provider_deal *deal, const struct judged *judged)
{
	enum status s = STATUS_OK;

	if (judged->refused.status == STATUS_NOT_FINAL)
		return ask_again(party, frames, deal);
	if (!judged->kept || !taken_opens_nothing(&judged->taken)) /* else nothing is missing there */
		s = best_vouchers_answer(party, frames, deal, &judged->payment->voucher);
	if (s != STATUS_OK)
		return s;
	s = answer_payment(frames, deal, judged->refused.reason);
	if (s != STATUS_OK)
		return s;
	return party_fail(
		party, judged->refused.status, judged->kept ? "%s" : "payment refused: %s", judged->refused.reason);
}

/*
 * Has this payment already continued the deal? Another process may have taken the payment from a connection that is
 * dead now, and sent the next interval there: the payer still waits for that interval, and owes nothing yet.
 */
static bool has_gone_on(const struct provider_deal *deal, const struct judged *judged)
{
	uint64_t limit = interval_lower_bound(&deal->params, deal->current_interval);
	struct amount price;

	return amount_is_zero(&judged->taken.delta) && limit != 0 &&
	       (deal->state == DEAL_FUNDS_NEEDED || deal->state == DEAL_FUNDS_NEEDED_LAST_PAYMENT) &&
	       price_of(&price, &deal->params, limit) && amount_cmp(&price, &deal->funds_received) == 0;
}

/* Append the answer that the payment got the first time. */
static enum status answer_again(struct party *party, struct bytes *frames, const struct provider_deal *deal)
{
	struct provider_deal then = *deal;
	enum status s;

	then.state = DEAL_ONGOING;
	s = answer_payment(frames, &then, NULL);
	if (s != STATUS_OK)
		return s;
	party_done(party, "deal %" PRIu64 ": this payment came before", deal->id);
	return STATUS_OK;
}

static enum status explain_short(struct party *party, const struct provider_deal *deal)
{
	char digits[AMOUNT_TEXT_MAX];
	struct amount missing;

	if (deal->state != DEAL_FUNDS_NEEDED && deal->state != DEAL_FUNDS_NEEDED_LAST_PAYMENT)
		return STATUS_OK;
	if (!provider_short(&missing, deal, &deal->funds_received))
		return STATUS_BAD_AMOUNT;
	return party_fail(party, STATUS_PAYMENT_NEEDED, "the payment is short: %s afil are still owed",
		amount_decimal(digits, &missing));
}

enum status seller_take_payment(
	struct party *party, struct bytes *frames, struct provider_deal *deal, const struct payment *payment)
{
	char digits[AMOUNT_TEXT_MAX];
	CLEAN_BYTES struct bytes receipt = {0};
	struct judged judged = {.payment = payment};
	enum status s = apply(party, deal, &judged);

	if (s != STATUS_OK && s != judged.refused.status)
		return s;
	if (judged.refused.status != STATUS_OK)
		return answer_refusal(party, frames, deal, &judged);
	if (has_gone_on(deal, &judged))
		return answer_again(party, frames, deal);
	if (deal->state == DEAL_COMPLETED)
		s = party_receipt_message(party, &receipt, deal->id);
	if (s != STATUS_OK)
		return s;
	s = answer_payment(frames, deal, receipt.len != 0 ? bytes_text(&receipt) : NULL);
	if (s != STATUS_OK)
		return s;
	party_done(party, "deal %" PRIu64 ": %s afil received, %s", deal->id,
		amount_decimal(digits, &deal->funds_received), deal_state_name(deal->state));
	return explain_short(party, deal);
}
