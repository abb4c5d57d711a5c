/* settle.c - being paid, or refunded: submit, settle, wait, collect.
 *
 * SETTLE 1: every lane's best voucher is submitted before settling begins;
 * each one stands on its own, and one that fails hides no other.
 * SETTLE 2: each step looks at the ledger first, so a killed run goes on, and
 * nothing is submitted, settled or collected twice.
 */
#include "funds/settle.h"

#include <stdio.h>
#include <string.h>

#include "funds/chain_message.h"
#include "store/channel_lists.h"

struct settling {
	struct party *p;
	struct channel channel;
	struct paych head;
	int64_t epoch;
	bool plan, spare;
	struct amount gain; /* plan: what the vouchers that are still to be submitted add */
	void (*report)(void *ctx, const struct settle_report *r);
	void *ctx;
	enum status failed; /* the first failure of a voucher; the others go on */
};

static void tell(struct settling *s, struct settle_report r)
{
	r.channel = s->channel.address;
	r.epoch = s->epoch;
	s->report(s->ctx, &r);
}

/* A message to the channel, submitted at once: what it changes on the ledger says whether it was done before. */
static enum status send(struct settling *s, struct receipt *receipt, uint64_t method, struct span params)
{
	struct signed_message m;
	struct amount nothing = amount_zero();
	enum status status = chain_message_sign(s->p, &m, &s->channel.address, method, &nothing, params);

	return status == STATUS_OK ? ledger_submit(s->p->ledger, receipt, &m) : status;
}

/* One lane: is our best voucher better than what the ledger has? */
static enum status submit_lane(void *ctx, const struct lane_record *l)
{
	struct settling *s = ctx;
	struct settle_report r = {.step = SETTLE_SUBMIT, .lane = l->lane, .nonce = l->nonce, .amount = l->amount};
	struct bytes bytes = {0}, params = {0};
	struct receipt receipt = {0};
	struct paych_lane on_ledger = {0};
	struct voucher v;
	struct kv_txn *t;
	enum status status;

	if (amount_is_zero(&l->amount)) /* a lane that was given out, and paid nothing yet */
		return STATUS_OK;
	status = ledger_lane(s->p->ledger, &on_ledger, &s->channel.address, l->lane);
	if (status == STATUS_OK && on_ledger.nonce >= l->nonce)
		return STATUS_OK;
	if (status != STATUS_OK && status != STATUS_NOT_FOUND)
		return status;
	if (!amount_sub(&r.amount, &l->amount, &on_ledger.redeemed))
		return STATUS_BAD_AMOUNT;
	if (s->plan) {
		if (!amount_add(&s->gain, &s->gain, &r.amount))
			return STATUS_BAD_AMOUNT;
		tell(s, r);
		return STATUS_OK;
	}
	status = kv_begin_read(store_kv(s->p->store), &t);
	if (status != STATUS_OK)
		return status;
	status = store_get_voucher(t, &bytes, &s->channel.address, l->lane, l->nonce);
	kv_abort(&t);
	if (status == STATUS_OK)
		status = voucher_decode(&v, bytes_span(&bytes));
	if (status == STATUS_OK) {
		update_params(&params, &v, span_of("", 0));
		status = bytes_status(&params);
	}
	if (status == STATUS_OK)
		status = send(s, &receipt, METHOD_PAYCH_UPDATE, bytes_span(&params));
	if (status == STATUS_OK && receipt.exit_code != 0) {
		status = STATUS_NOT_SPENDABLE;
		snprintf(r.text, sizeof(r.text), "%s", receipt.text);
	}
	bytes_release(&bytes);
	bytes_release(&params);
	r.status = status;
	tell(s, r);
	if (status == STATUS_NOT_SPENDABLE && s->failed == STATUS_OK)
		s->failed = status;
	return status == STATUS_NOT_SPENDABLE ? STATUS_OK : status;
}

static enum status submit_lanes(struct settling *s)
{
	CLEAN_LANES struct lane_list list = {0};
	enum status status = store_list_lanes(s->p->store, &list, &s->channel.address);

	for (size_t i = 0; status == STATUS_OK && i < list.count; i++)
		status = submit_lane(s, &list.at[i]);
	return status;
}

/* The payee still has time to submit what we have signed: it is not ours any more. */
static struct amount promised(const struct settling *s, struct amount earned)
{
	bool over = s->head.settling_at != 0 && s->epoch >= s->head.settling_at;

	return !over && amount_cmp(&s->channel.committed, &earned) > 0 ? s->channel.committed : earned;
}

/* What collecting will bring us: the payee what vouchers have earned, the payer the rest. */
static bool due(const struct settling *s, struct amount *amount)
{
	struct amount earned;

	if (!amount_add(&earned, &s->head.to_send, &s->gain))
		return false;
	if (s->channel.outbound) {
		earned = promised(s, earned);
		return amount_sub(amount, &s->head.balance, &earned);
	}
	*amount = earned;
	return true;
}

/** struct open_deals - the deals of a channel's lanes that are not over: settling would end them. */
struct open_deals {
	struct kv_txn *t;
	enum deal_side side;
	uint64_t count;
};

static enum status count_open(void *ctx, const struct lane_record *l)
{
	struct open_deals *open = ctx;
	struct provider_deal sold;
	struct client_deal bought;
	enum status s;

	if (open->side == SIDE_CLIENT) {
		s = store_get_client(open->t, &bought, l->deal);
		open->count += s == STATUS_OK && !deal_is_final(SIDE_CLIENT, bought.state);
	} else {
		s = store_get_provider(open->t, &sold, l->deal);
		open->count += s == STATUS_OK && !deal_is_final(SIDE_PROVIDER, sold.state);
	}
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static enum status count_all_open(struct settling *s, uint64_t *count)
{
	struct open_deals open = {.side = s->channel.outbound ? SIDE_CLIENT : SIDE_PROVIDER};
	enum status status = kv_begin_read(store_kv(s->p->store), &open.t);

	if (status != STATUS_OK)
		return status;
	status = store_each_lane(open.t, &s->channel.address, count_open, &open);
	kv_abort(&open.t);
	*count = open.count;
	return status;
}

/* Nothing can be done yet; for a plan that is no failure. */
static enum status wait_for_it(struct settling *s, struct settle_report r)
{
	r.status = STATUS_TOO_EARLY;
	tell(s, r);
	return s->plan ? STATUS_OK : STATUS_TOO_EARLY;
}

static enum status start(struct settling *s)
{
	struct settle_report r = {.step = SETTLE_START};
	struct receipt receipt = {0};
	enum status status = count_all_open(s, &r.deals);

	if (status != STATUS_OK)
		return status;
	if (!due(s, &r.amount))
		return STATUS_BAD_AMOUNT;
	if (s->spare && r.deals != 0) {
		r.step = SETTLE_LATER;
		return wait_for_it(s, r);
	}
	if (!s->plan) {
		status = send(s, &receipt, METHOD_PAYCH_SETTLE, span_of("", 0));
		paych_release(&s->head);
		if (status == STATUS_OK && receipt.exit_code != 0)
			status = party_fail(s->p, STATUS_BAD_STATE, "the ledger refused to settle: %s", receipt.text);
		if (status == STATUS_OK)
			status = ledger_channel(s->p->ledger, &s->head, &s->channel.address);
		r.until = s->head.settling_at;
	} else {
		r.until = s->epoch + PAYCH_SETTLE_DELAY;
		if (r.until < s->head.min_settle_height)
			r.until = s->head.min_settle_height;
	}
	r.status = status;
	tell(s, r);
	return status;
}

static enum status mark_collected(struct settling *s)
{
	struct kv_txn *t;
	enum status status = kv_begin_write(store_kv(s->p->store), &t);

	if (status != STATUS_OK)
		return status;
	s->channel.collected = 1;
	status = store_put_channel(t, &s->channel);
	return party_end(t, status);
}

static enum status collect(struct settling *s)
{
	struct settle_report r = {.step = SETTLE_COLLECT};
	struct receipt receipt = {0};
	enum status status = STATUS_OK;

	if (!due(s, &r.amount))
		return STATUS_BAD_AMOUNT;
	if (!s->plan) {
		status = send(s, &receipt, METHOD_PAYCH_COLLECT, span_of("", 0));
		if (status == STATUS_OK && receipt.exit_code != 0)
			status = party_fail(s->p, STATUS_BAD_STATE, "the ledger refused to collect: %s", receipt.text);
		if (status == STATUS_OK) {
			r.amount = s->channel.outbound ? receipt.returned : receipt.paid;
			status = mark_collected(s);
		}
	}
	r.status = status;
	tell(s, r);
	return status;
}

static enum status next_steps(struct settling *s)
{
	struct settle_report r = {0};
	enum status status = STATUS_OK;

	if (s->head.settling_at != 0 && s->epoch >= s->head.settling_at)
		return collect(s);
	if (!s->channel.outbound)
		status = submit_lanes(s);
	if (status != STATUS_OK)
		return status;
	if (!s->plan) { /* the vouchers have changed it */
		paych_release(&s->head);
		status = ledger_channel(s->p->ledger, &s->head, &s->channel.address);
		if (status != STATUS_OK)
			return status;
	}
	if (s->head.settling_at == 0)
		return start(s);
	r = (struct settle_report){.step = SETTLE_WAIT, .until = s->head.settling_at};
	return due(s, &r.amount) ? wait_for_it(s, r) : STATUS_BAD_AMOUNT;
}

enum status settle_channel(struct party *p, const struct address *channel, unsigned how,
	void (*report)(void *ctx, const struct settle_report *r), void *ctx)
{
	struct settling s = {.p = p,
		.plan = how & SETTLE_PLAN,
		.spare = how & SETTLE_SPARE,
		.gain = amount_zero(),
		.report = report,
		.ctx = ctx};
	char text[ADDRESS_TEXT_MAX];
	struct kv_txn *t;
	enum status status = kv_begin_read(store_kv(p->store), &t);

	if (status != STATUS_OK)
		return status;
	status = store_get_channel(t, &s.channel, channel);
	kv_abort(&t);
	if (status == STATUS_NOT_FOUND)
		return party_fail(p, status, "no channel %s here", address_text(text, channel, p->network));
	if (status == STATUS_OK)
		status = ledger_epoch(p->ledger, &s.epoch);
	if (status != STATUS_OK)
		return status;
	status = ledger_channel(p->ledger, &s.head, channel);
	if (status == STATUS_NOT_FOUND) { /* collected, by us or by the other party: nothing is left to do */
		tell(&s, (struct settle_report){.step = SETTLE_NOTHING});
		return s.plan || s.channel.collected ? STATUS_OK : mark_collected(&s);
	}
	if (status == STATUS_OK)
		status = next_steps(&s);
	paych_release(&s.head);
	return status == STATUS_OK ? s.failed : status;
}
