/* payment.c - a provider judges payments, and credits those that count.
 *
 * Every judgement is made by the rules (deal/provider.h); this file finds what
 * they need in the ledger and the store, and makes the outcome durable before
 * it answers. The same voucher again adds nothing, and gets the same answer.
 */
#include <stdio.h>

#include "party/party.h"
#include "seller/answers.h"
#include "seller/seller_private.h"
#include "store/channels.h"
#include "store/deal_texts.h"

/* What a provider says to a payment, by where the deal stands afterwards. */
static enum status answer_payment(struct bytes *frames, const struct provider_deal *d, const char *reason)
{
	struct response_head head = seller_head(d);
	struct deal_answer answer = {.type = TRANSFER_VOUCHER_RESULT,
		.accepted = true,
		.paused = true,
		.has_result = true,
		.status = d->state,
		.message = reason};

	if (d->state == DEAL_COMPLETED) {
		answer.type = TRANSFER_COMPLETE;
		answer.paused = false;
	} else if (d->state == DEAL_ONGOING) {
		answer = (struct deal_answer){.type = TRANSFER_VOUCHER_RESULT, .accepted = true};
		frames_response(frames, &head, GRAPHSYNC_PARTIAL, &answer, EXT_TRANSFER, NULL);
		return bytes_status(frames);
	} else if (d->state == DEAL_FUNDS_NEEDED || d->state == DEAL_FUNDS_NEEDED_LAST_PAYMENT) {
		if (d->state == DEAL_FUNDS_NEEDED_LAST_PAYMENT)
			answer.type = TRANSFER_COMPLETE;
		if (!provider_short(&answer.owed, d, &d->funds_received))
			return STATUS_BAD_AMOUNT;
	} else if (d->state == DEAL_CANCELLED || d->state == DEAL_ERRORED) {
		answer.status = DEAL_ERRORED;
		answer.accepted = false;
		answer.message = reason != NULL ? reason : d->message;
	}
	frames_answer(frames, &head, &answer);
	return bytes_status(frames);
}

/* The last payment is in: there is nothing left to do for this deal but to say so. */
static enum status complete(struct party *p, struct kv_txn *t, struct provider_deal *d)
{
	enum status s = party_provider_event(p, t, d, PROVIDER_COMPLETE, NULL);

	return s == STATUS_OK ? party_provider_event(p, t, d, PROVIDER_CLEANUP_COMPLETE, NULL) : s;
}

/* MONEY 11: credit, voucher, lane, state and event of a payment are one transaction. */
static enum status credit(struct party *p, struct kv_txn *t, struct provider_deal *d, const struct payment *payment,
	const struct amount *delta, const struct paych *channel)
{
	const struct voucher *v = &payment->voucher;
	struct lane_record lane = {.lane = v->lane, .nonce = v->nonce, .amount = v->amount, .deal = d->id};
	/* What was redeemed before this home knew of the channel can't be promised again. */
	struct channel fresh = {
		.address = v->channel, .from = channel->from, .to = channel->to, .committed = channel->to_send};
	struct channel known;
	struct provider_input in = {.amount = *delta, .channel = v->channel, .lane = v->lane};
	bool paused = d->state == DEAL_FUNDS_NEEDED;
	struct bytes bytes = {0};
	struct amount received, missing;
	enum status s = store_get_channel(t, &known, &v->channel);

	if (s == STATUS_NOT_FOUND)
		s = store_put_channel(t, &fresh);
	voucher_write(&bytes, v);
	if (s == STATUS_OK)
		s = bytes_status(&bytes);
	if (s == STATUS_OK)
		s = store_put_voucher(t, &v->channel, v->lane, v->nonce, bytes_span(&bytes));
	if (s == STATUS_OK)
		s = store_put_lane(t, &v->channel, &lane);
	bytes_release(&bytes);
	if (s != STATUS_OK)
		return s;
	if (!amount_add(&received, &d->funds_received, delta) || !provider_short(&missing, d, &received))
		return STATUS_BAD_AMOUNT;
	if (!amount_is_zero(&missing) && d->state != DEAL_ONGOING)
		return party_provider_event(p, t, d, PROVIDER_PARTIAL_PAYMENT_RECEIVED, &in);
	s = party_provider_event(p, t, d, PROVIDER_PAYMENT_RECEIVED, &in);
	if (s == STATUS_OK && paused) {
		struct bytes cursor = {0};

		s = store_get_cursor(t, &cursor, SIDE_PROVIDER, d->id, CURSOR_NEXT);
		if (s == STATUS_OK)
			s = store_put_cursor(t, SIDE_PROVIDER, d->id, CURSOR_PAID, bytes_span(&cursor));
		bytes_release(&cursor);
	}
	return s == STATUS_OK && d->state == DEAL_FINALIZING ? complete(p, t, d) : s;
}

/* What the store and the ledger know about the channel and lane of a payment. */
struct payment_facts {
	struct paych channel;
	struct lane_record lane;
	bool has_lane;
	struct amount held_elsewhere;
	struct address signer;
	int64_t epoch;
};

static enum status ask_ledger(struct party *p, struct payment_facts *f, const struct voucher *v)
{
	struct paych_lane lane;
	enum status s = ledger_channel(p->ledger, &f->channel, &v->channel);

	if (s == STATUS_NOT_FOUND)
		return party_fail(p, STATUS_NOT_SPENDABLE, "the ledger has no such channel");
	if (s == STATUS_OK)
		s = ledger_lane(p->ledger, &lane, &v->channel, v->lane);
	if (s == STATUS_OK)
		s = paych_put_lane(&f->channel, &lane);
	else if (s == STATUS_NOT_FOUND)
		s = STATUS_OK;
	if (s == STATUS_OK)
		s = ledger_epoch(p->ledger, &f->epoch);
	if (s != STATUS_OK)
		return s;
	if (voucher_signer(&f->signer, v) != STATUS_OK)
		return party_fail(p, STATUS_BAD_SIGNATURE, "the voucher's signature does not verify");
	return STATUS_OK;
}

static enum status ask_store(struct kv_txn *t, struct payment_facts *f, const struct voucher *v)
{
	struct channel channel;
	enum status s = store_get_lane(t, &f->lane, &v->channel, v->lane);

	f->has_lane = s == STATUS_OK;
	if (s == STATUS_OK || s == STATUS_NOT_FOUND)
		s = store_get_channel(t, &channel, &v->channel);
	if (s == STATUS_NOT_FOUND) { /* what was redeemed before this home knew of the channel counts as held */
		f->held_elsewhere = f->channel.to_send;
		return STATUS_OK;
	}
	if (s != STATUS_OK)
		return s;
	f->held_elsewhere = channel.committed;
	if (f->has_lane && !amount_sub(&f->held_elsewhere, &f->held_elsewhere, &f->lane.amount))
		return STATUS_BAD_AMOUNT;
	return STATUS_OK;
}

static enum status judge_and_credit(struct party *p, struct kv_txn *t, struct refusal *why, struct provider_deal *d,
	const struct payment *payment, struct payment_facts *f)
{
	struct payment_context context = {
		.channel = &f->channel, .signer = &f->signer, .held_elsewhere = &f->held_elsewhere, .epoch = f->epoch};
	struct amount delta;
	enum status s = ask_store(t, f, &payment->voucher);

	context.lane = f->has_lane ? &f->lane : NULL;
	if (s == STATUS_OK)
		s = provider_judge_payment(why, &delta, d, payment, &context);
	if (s != STATUS_OK || amount_is_zero(&delta))
		return s;
	if (deal_is_final(SIDE_PROVIDER, d->state)) {
		*why = (struct refusal){STATUS_BAD_STATE, "the deal is over"};
		return STATUS_BAD_STATE;
	}
	return credit(p, t, d, payment, &delta, &f->channel);
}

enum status seller_take_payment(
	struct party *p, struct bytes *frames, struct provider_deal *d, const struct payment *payment)
{
	char digits[AMOUNT_TEXT_MAX];
	struct payment_facts facts = {.held_elsewhere = amount_zero()};
	struct provider_deal before = *d;
	struct refusal why = {0};
	struct kv_txn *t;
	enum status s = kv_begin_write(store_kv(p->store), &t), answered;

	if (s != STATUS_OK)
		return s;
	s = store_get_provider(t, d, d->id);
	before = *d;
	/* The ledger is asked inside the transaction: what other processes credit meanwhile may be covered by newer funds. */
	if (s == STATUS_OK)
		s = ask_ledger(p, &facts, &payment->voucher);
	if (s == STATUS_NOT_SPENDABLE || s == STATUS_BAD_SIGNATURE) {
		why.status = s;
		snprintf(why.reason, sizeof(why.reason), "%.200s", p->why);
	}
	if (s == STATUS_OK)
		s = judge_and_credit(p, t, &why, d, payment, &facts);
	s = party_end(t, s);
	paych_release(&facts.channel);
	if (s != STATUS_OK)
		*d = before;
	if (s != STATUS_OK && why.reason[0] == '\0')
		return s;
	answered = answer_payment(frames, d, s != STATUS_OK ? why.reason : NULL);
	if (answered != STATUS_OK)
		return answered;
	if (s != STATUS_OK)
		return party_fail(p, s, "payment refused: %s", why.reason);
	party_done(p, "deal %llu: %s afil received, %s", (unsigned long long)d->id,
		amount_decimal(digits, &d->funds_received), deal_state_name(d->state));
	if (d->state == DEAL_FUNDS_NEEDED || d->state == DEAL_FUNDS_NEEDED_LAST_PAYMENT) {
		struct amount missing;

		if (!provider_short(&missing, d, &d->funds_received))
			return STATUS_BAD_AMOUNT;
		return party_fail(p, STATUS_PAYMENT_NEEDED, "the payment is short: %s afil are still owed",
			amount_decimal(digits, &missing));
	}
	return STATUS_OK;
}
