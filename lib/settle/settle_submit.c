/* settle_submit.c - submitting the vouchers of a channel to the ledger.
 *
 * SETTLE 1: every lane's best voucher is submitted before settling begins; each
 * voucher stands alone, and one that fails hides no other.
 * SETTLE 9: a voucher that has expired gives way to the best one below it, and
 * one that can expire is not held back.
 */
#include <inttypes.h>
#include <stdio.h>

#include "funds/conditions.h"
#include "settle/settling_private.h"
#include "store/channel_lists.h"

#define VOUCHERS_BACK 256 /* how many nonces below the best are searched for a readable voucher */

static enum status get_voucher(
	struct settling *settling, struct bytes *bytes, struct voucher *voucher, uint64_t lane, uint64_t nonce)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(settling->p->store), &txn);

	if (s != STATUS_OK)
		return s;
	bytes_clear(bytes);
	s = store_get_voucher(txn, bytes, &settling->channel.address, lane, nonce);
	if (s != STATUS_OK)
		return s;
	s = voucher_decode(voucher, bytes_span(bytes));
	if (s == STATUS_OK && !conditions_redeemable(voucher, settling->epoch))
		return STATUS_TOO_LATE;
	return s == STATUS_OK || s == STATUS_NO_MEMORY ? s : STATUS_CORRUPT;
}

/* A voucher is damaged or missing, or has expired: the failure concerns only this voucher. */
static bool is_unusable(enum status s)
{
	return s == STATUS_CORRUPT || s == STATUS_NOT_FOUND || s == STATUS_TOO_LATE;
}

/* Note in @line why the voucher of @nonce can't be used. */
static enum status note_unusable(struct settle_report *line, enum status s, uint64_t nonce)
{
	line->status = s == STATUS_TOO_LATE ? s : STATUS_CORRUPT;
	snprintf(line->text, sizeof(line->text), "the voucher of nonce %" PRIu64 " %s", nonce,
		s == STATUS_TOO_LATE ? "has expired" : "is damaged");
	return line->status;
}

/*
 * The best voucher of a lane that can be used, above nonce @redeemed. The reason is in @line if a better voucher can't be
 * used: a smaller amount is better than nothing, and a better voucher can still be submitted later.
 */
static enum status best_voucher(struct settling *settling, struct settle_report *line, struct bytes *bytes,
	struct voucher *voucher, uint64_t redeemed)
{
	uint64_t nonce = line->nonce;
	enum status s = get_voucher(settling, bytes, voucher, line->lane, nonce);

	for (unsigned back = 0; is_unusable(s) && nonce > redeemed + 1 && back < VOUCHERS_BACK; back++) {
		if (back == 0)
			note_unusable(line, s, nonce);
		s = get_voucher(settling, bytes, voucher, line->lane, --nonce);
	}
	if (is_unusable(s))
		return line->status != STATUS_OK ? line->status : note_unusable(line, s, nonce);
	line->nonce = nonce;
	return s;
}

/* Submit a voucher. NOT_SPENDABLE, with the ledger's words in @line, if the ledger refuses the voucher. */
static enum status submit_voucher(struct settling *settling, struct settle_report *line, struct span params)
{
	struct settle_message message = {.step = SETTLE_SUBMIT,
		.lane = line->lane,
		.method = METHOD_PAYCH_UPDATE,
		.params = params,
		.brings = line->amount};
	struct receipt receipt = {0};
	enum status s = settling_send(settling, &receipt, &message);

	if (s != STATUS_REJECTED)
		return s;
	snprintf(line->text, sizeof(line->text), "%s", receipt.text);
	return STATUS_NOT_SPENDABLE;
}

static enum status count(struct settling *settling, const struct settle_report *line)
{
	settling->messages++;
	if (!amount_add(&settling->gain, &settling->gain, &line->amount) ||
		!settle_cost_add(&settling->cost, &line->cost))
		return STATUS_BAD_AMOUNT;
	return STATUS_OK;
}

/* The voucher waits for a better time. */
static enum status keep_voucher(struct settling *settling, const struct amount *adds)
{
	return amount_add(&settling->unsubmitted, &settling->unsubmitted, adds) ? STATUS_OK : STATUS_BAD_AMOUNT;
}

/*
 * SETTLE 7: is the voucher worth its fee? If not, @line gets the reason. A ledger that would refuse the voucher says so
 * when the voucher is submitted; a plan ends here.
 */
static enum status judge(struct settling *settling, struct settle_report *line, struct span params)
{
	struct receipt refusal = {0};
	enum status s = settling_cost(settling, &line->cost, &refusal, METHOD_PAYCH_UPDATE, params);

	if (s == STATUS_REJECTED && settling->policy->plan) {
		snprintf(line->text, sizeof(line->text), "%s", refusal.text);
		return STATUS_NOT_SPENDABLE;
	}
	if (s != STATUS_OK)
		return s == STATUS_REJECTED ? STATUS_OK : s;
	line->has_cost = settling->policy->plan;
	if (settling_pays(settling, &line->cost, &line->amount))
		return STATUS_OK;
	line->held = HELD_FEE;
	line->has_cost = true;
	settling->left_messages++;
	if (!amount_add(&settling->given_up, &settling->given_up, &line->amount) ||
		!settle_cost_add(&settling->left_cost, &line->cost))
		return STATUS_BAD_AMOUNT;
	return settling->due ? keep_voucher(settling, &line->amount) : STATUS_OK;
}

/* Submit a voucher that is worth its fee, or count it, for a plan. */
static enum status judge_and_submit(
	struct settling *settling, struct settle_report *line, const struct voucher *voucher)
{
	CLEAN_BYTES struct bytes params = {0}, secret = {0};
	enum status s = settling_secret(settling, &secret, voucher);

	if (s != STATUS_OK)
		return s;
	update_params(&params, voucher, bytes_span(&secret));
	s = bytes_status(&params);
	if (s == STATUS_OK)
		s = judge(settling, line, bytes_span(&params));
	if (s != STATUS_OK || line->held != HELD_NOT)
		return s;
	return settling->policy->plan ? count(settling, line) : submit_voucher(settling, line, bytes_span(&params));
}

/*
 * Does this failure concern one voucher alone? Then keep the failure for the end, and go on with the other vouchers. One
 * whose fee is above the ceiling can still be submitted with a higher one: settling does not begin before.
 */
static enum status keep_failure(struct settling *settling, enum status s)
{
	if (s == STATUS_TOO_DEAR) {
		settling->too_dear = true;
		return STATUS_OK;
	}
	if (s != STATUS_NOT_SPENDABLE && s != STATUS_CORRUPT && s != STATUS_BAD_AMOUNT)
		return s;
	if (settling->failed == STATUS_OK)
		settling->failed = s;
	return STATUS_OK;
}

/* The voucher is on its way: the other lanes go on, and the next step waits. A plan counts what it adds, and no message. */
static enum status note_pending(struct settling *settling, struct settle_report *line)
{
	settling->pending = true;
	if (settling->policy->plan && !amount_add(&settling->gain, &settling->gain, &line->amount))
		return STATUS_BAD_AMOUNT;
	line->status = STATUS_PENDING;
	settling_report(settling, *line);
	return STATUS_OK;
}

/* Submit the best voucher of a lane if the voucher adds to the redeemed amount. */
static enum status submit_best(
	struct settling *settling, struct settle_report *line, const struct paych_lane *on_ledger)
{
	CLEAN_BYTES struct bytes bytes = {0};
	struct voucher voucher;
	enum status s = best_voucher(settling, line, &bytes, &voucher, on_ledger->nonce), unreadable = line->status;

	if (s != STATUS_OK)
		return s;
	line->status = STATUS_OK;
	if (!amount_sub(&line->amount, &voucher.amount, &on_ledger->redeemed))
		return STATUS_BAD_AMOUNT;
	s = judge_and_submit(settling, line, &voucher);
	if (s == STATUS_PENDING)
		return note_pending(settling, line);
	if (s != STATUS_OK)
		return s;
	if (settling->due) /* a plan counts vouchers that would be submitted later */
		settling_report(settling, *line);
	return unreadable;
}

/*
 * Go on with the voucher that an earlier run has sent for this lane. @line gets its nonce and amount. NOT_FOUND if no
 * voucher was sent, or the voucher is no longer on its way, so that the next one may be.
 */
static enum status resume_voucher(struct settling *settling, struct settle_report *line)
{
	struct settle_sent sent;
	struct receipt receipt = {0};
	enum status s = settling_sent(settling, &sent, SETTLE_SUBMIT, line->lane);

	if (s != STATUS_OK)
		return s;
	line->nonce = sent.nonce;
	line->amount = sent.brings;
	if (settling->policy->plan)
		return sent.pending ? note_pending(settling, line) : STATUS_NOT_FOUND;
	s = settling_resume(settling, &receipt, SETTLE_SUBMIT, line->lane);
	if (s == STATUS_PENDING)
		return note_pending(settling, line);
	if (s == STATUS_REJECTED) {
		snprintf(line->text, sizeof(line->text), "%s", receipt.text);
		return STATUS_NOT_SPENDABLE;
	}
	if (s == STATUS_OK)
		settling_report(settling, *line);
	return s == STATUS_OK || s == STATUS_REPLACED ? STATUS_NOT_FOUND : s;
}

/* The voucher of @line failed: the other lanes go on. */
static enum status report_failure(struct settling *settling, struct settle_report *line, enum status s)
{
	if (s == STATUS_CORRUPT && line->text[0] == '\0')
		note_unusable(line, s, line->nonce);
	line->status = s;
	settling_report(settling, *line);
	return keep_failure(settling, s);
}

/* Another process may have a better voucher of the lane by now, of which nothing was reported. */
static enum status note_expired(struct settling *settling, uint64_t lane, uint64_t nonce)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct lane_record record;
	enum status s = kv_begin_write(store_kv(settling->p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_lane(txn, &record, &settling->channel.address, lane);
	if (s != STATUS_OK || record.nonce != nonce)
		return s;
	record.expired = nonce;
	s = store_put_lane(txn, &settling->channel.address, &record);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/* The best voucher of the lane has expired: nobody can change that, so it is a failure once. */
static enum status report_expired(struct settling *settling, struct settle_report *line, const struct lane_record *lane)
{
	enum status s;

	if (lane->expired == lane->nonce)
		return STATUS_OK;
	s = report_failure(settling, line, STATUS_NOT_SPENDABLE);
	return s == STATUS_OK && !settling->policy->plan ? note_expired(settling, lane->lane, lane->nonce) : s;
}

/* The policy has the vouchers of the lane submitted later. */
static enum status keep_lane(
	struct settling *settling, const struct lane_record *lane, const struct paych_lane *on_ledger)
{
	struct amount adds;

	return amount_sub(&adds, &lane->amount, &on_ledger->redeemed) ? keep_voucher(settling, &adds)
								      : STATUS_BAD_AMOUNT;
}

/* SETTLE 9: can the best voucher of the lane expire? Then no condition of the policy holds it back. */
static bool can_expire(struct settling *settling, const struct lane_record *lane)
{
	CLEAN_BYTES struct bytes bytes = {0};
	struct voucher voucher;

	return get_voucher(settling, &bytes, &voucher, lane->lane, lane->nonce) == STATUS_OK &&
	       voucher.time_lock_max != 0;
}

/* Submit for one lane, if our best voucher is better than the ledger's. */
static enum status submit_if_better(struct settling *settling, const struct lane_record *lane)
{
	struct settle_report line = {.step = SETTLE_SUBMIT, .lane = lane->lane}, sent = line;
	struct paych_lane on_ledger = {0};
	enum status s;

	if (amount_is_zero(&lane->amount)) /* a lane that was allocated and has paid nothing yet */
		return STATUS_OK;
	s = resume_voucher(settling, &sent);
	if (s != STATUS_NOT_FOUND)
		return s == STATUS_OK ? s : report_failure(settling, &sent, s);
	s = ledger_lane(settling->p->ledger, &on_ledger, &settling->channel.address, lane->lane);
	if (s == STATUS_OK && on_ledger.nonce >= lane->nonce)
		return STATUS_OK;
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	if (!settling->due) {
		s = keep_lane(settling, lane, &on_ledger);
		if (s != STATUS_OK || !settling->policy->plan)
			return s;
	}
	line.nonce = lane->nonce;
	line.amount = lane->amount;
	s = submit_best(settling, &line, &on_ledger);
	if (s == STATUS_OK)
		return s;
	line.nonce = lane->nonce;
	return s == STATUS_TOO_LATE ? report_expired(settling, &line, lane) : report_failure(settling, &line, s);
}

static enum status submit_lane(struct settling *settling, const struct lane_record *lane)
{
	bool due = settling->due;
	enum status s;

	settling->due = due || can_expire(settling, lane);
	s = submit_if_better(settling, lane);
	settling->due = due;
	return s;
}

/* A channel may have very many lanes. */
static bool is_stopped(const struct party *p)
{
	return p->stop != NULL && *p->stop != 0;
}

enum status settling_submit(struct settling *settling)
{
	CLEAN_LANES struct lane_list list = {0};
	enum status s = settling_decide(settling);

	if (s != STATUS_OK)
		return s;
	s = store_list_lanes(settling->p->store, &list, &settling->channel.address);
	if (s == STATUS_CORRUPT) /* the readable lanes are in the list */
		s = keep_failure(settling, s);
	for (size_t i = 0; s == STATUS_OK && i < list.count; i++)
		s = is_stopped(settling->p) ? STATUS_STOPPED : submit_lane(settling, &list.at[i]);
	return s == STATUS_OK && settling->too_dear ? STATUS_TOO_DEAR : s;
}
