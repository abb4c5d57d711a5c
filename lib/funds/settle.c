/* settle.c - being paid, or refunded: submit, settle, wait, collect.
 *
 * SETTLE 1: every lane's best voucher is submitted before settling begins;
 * each one stands on its own, and one that fails hides no other.
 * SETTLE 2: each step looks at the ledger first, so a killed run goes on, and
 * nothing is submitted, settled or collected twice.
 */
#include "funds/settle.h"

#include <stdio.h>

#include "funds/chain_message.h"
#include "store/channel_lists.h"

/** struct settling - one channel, while its next steps are taken. */
struct settling {
	struct party *p;
	struct channel channel;
	struct paych head;
	int64_t epoch;
	bool plan, spare;
	struct amount gain; /* plan: what the vouchers that are still to be submitted add */
	void (*report)(void *ctx, const struct settle_report *report);
	void *ctx;
	enum status failed; /* the first failure of a voucher; the others go on */
};

static void report(struct settling *settling, struct settle_report line)
{
	line.channel = settling->channel.address;
	line.epoch = settling->epoch;
	settling->report(settling->ctx, &line);
}

/* A message to the channel, submitted at once: what it changes on the ledger says whether it was done before. */
static enum status send(struct settling *settling, struct receipt *receipt, uint64_t method, struct span params)
{
	struct chain_message message = {
		.to = settling->channel.address, .method = method, .value = amount_zero(), .params = params};
	struct signed_message out;
	enum status s = chain_message_sign(settling->p, &out, &message);

	return s == STATUS_OK ? ledger_submit(settling->p->ledger, receipt, &out) : s;
}

static enum status get_voucher(struct settling *settling, struct bytes *voucher, const struct lane_record *lane)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(settling->p->store), &txn);

	if (s != STATUS_OK)
		return s;
	return store_get_voucher(txn, voucher, &settling->channel.address, lane->lane, lane->nonce);
}

/* Submit the best voucher of a lane. NOT_SPENDABLE, with the ledger's words in @line, if the ledger refuses it. */
static enum status submit_voucher(struct settling *settling, struct settle_report *line, const struct lane_record *lane)
{
	CLEAN_BYTES struct bytes encoded = {0}, params = {0};
	struct receipt receipt = {0};
	struct voucher voucher;
	enum status s = get_voucher(settling, &encoded, lane);

	if (s != STATUS_OK)
		return s;
	s = voucher_decode(&voucher, bytes_span(&encoded));
	if (s != STATUS_OK)
		return s;
	update_params(&params, &voucher, span_of("", 0));
	s = bytes_status(&params);
	if (s != STATUS_OK)
		return s;
	s = send(settling, &receipt, METHOD_PAYCH_UPDATE, bytes_span(&params));
	if (s != STATUS_OK || receipt.exit_code == 0)
		return s;
	snprintf(line->text, sizeof(line->text), "%s", receipt.text);
	return STATUS_NOT_SPENDABLE;
}

/* One lane: is our best voucher better than what the ledger has? */
static enum status submit_lane(struct settling *settling, const struct lane_record *lane)
{
	struct settle_report line = {
		.step = SETTLE_SUBMIT, .lane = lane->lane, .nonce = lane->nonce, .amount = lane->amount};
	struct paych_lane on_ledger = {0};
	enum status s;

	if (amount_is_zero(&lane->amount)) /* a lane that was given out, and paid nothing yet */
		return STATUS_OK;
	s = ledger_lane(settling->p->ledger, &on_ledger, &settling->channel.address, lane->lane);
	if (s == STATUS_OK && on_ledger.nonce >= lane->nonce)
		return STATUS_OK;
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	if (!amount_sub(&line.amount, &lane->amount, &on_ledger.redeemed))
		return STATUS_BAD_AMOUNT;
	if (settling->plan) {
		if (!amount_add(&settling->gain, &settling->gain, &line.amount))
			return STATUS_BAD_AMOUNT;
		report(settling, line);
		return STATUS_OK;
	}
	line.status = submit_voucher(settling, &line, lane);
	report(settling, line);
	if (line.status != STATUS_NOT_SPENDABLE)
		return line.status;
	if (settling->failed == STATUS_OK)
		settling->failed = line.status;
	return STATUS_OK;
}

static enum status submit_lanes(struct settling *settling)
{
	CLEAN_LANES struct lane_list list = {0};
	enum status s = store_list_lanes(settling->p->store, &list, &settling->channel.address);

	for (size_t i = 0; s == STATUS_OK && i < list.count; i++)
		s = submit_lane(settling, &list.at[i]);
	return s;
}

/* The payee still has time to submit what we have signed: it is not ours any more. */
static struct amount promised(const struct settling *settling, struct amount earned)
{
	bool over = settling->head.settling_at != 0 && settling->epoch >= settling->head.settling_at;

	return !over && amount_cmp(&settling->channel.committed, &earned) > 0 ? settling->channel.committed : earned;
}

/* What collecting will bring us: the payee what vouchers have earned, the payer the rest. */
static bool due(const struct settling *settling, struct amount *amount)
{
	struct amount earned;

	if (!amount_add(&earned, &settling->head.to_send, &settling->gain))
		return false;
	if (settling->channel.outbound) {
		earned = promised(settling, earned);
		return amount_sub(amount, &settling->head.balance, &earned);
	}
	*amount = earned;
	return true;
}

/** struct open_deals - the deals of a channel's lanes that are not over: settling would end them. */
struct open_deals {
	struct kv_txn *txn;
	enum deal_side side;
	uint64_t count;
};

static enum status count_open(void *ctx, const struct lane_record *lane)
{
	struct open_deals *open = ctx;
	struct provider_deal sold;
	struct client_deal bought;
	enum status s;

	if (open->side == SIDE_CLIENT) {
		s = store_get_client(open->txn, &bought, lane->deal);
		open->count += s == STATUS_OK && !deal_is_final(SIDE_CLIENT, bought.state);
	} else {
		s = store_get_provider(open->txn, &sold, lane->deal);
		open->count += s == STATUS_OK && !deal_is_final(SIDE_PROVIDER, sold.state);
	}
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static enum status count_all_open(struct settling *settling, uint64_t *count)
{
	struct open_deals open = {.side = settling->channel.outbound ? SIDE_CLIENT : SIDE_PROVIDER};
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(settling->p->store), &txn);

	if (s != STATUS_OK)
		return s;
	open.txn = txn;
	s = store_each_lane(txn, &settling->channel.address, count_open, &open);
	*count = open.count;
	return s;
}

/* Nothing can be done yet; for a plan that is no failure. */
static enum status wait(struct settling *settling, struct settle_report line)
{
	line.status = STATUS_TOO_EARLY;
	report(settling, line);
	return settling->plan ? STATUS_OK : STATUS_TOO_EARLY;
}

/* The channel as it is now: messages have changed it. */
static enum status reload(struct settling *settling)
{
	paych_release(&settling->head);
	return ledger_channel(settling->p->ledger, &settling->head, &settling->channel.address);
}

static enum status settle(struct settling *settling)
{
	struct receipt receipt = {0};
	enum status s = send(settling, &receipt, METHOD_PAYCH_SETTLE, span_of("", 0));

	if (s == STATUS_OK && receipt.exit_code != 0)
		return party_fail(settling->p, STATUS_BAD_STATE, "the ledger refused to settle: %s", receipt.text);
	return s == STATUS_OK ? reload(settling) : s;
}

static enum status start(struct settling *settling)
{
	struct settle_report line = {.step = SETTLE_START};
	enum status s = count_all_open(settling, &line.deals);

	if (s != STATUS_OK)
		return s;
	if (!due(settling, &line.amount))
		return STATUS_BAD_AMOUNT;
	if (settling->spare && line.deals != 0) {
		line.step = SETTLE_LATER;
		return wait(settling, line);
	}
	if (!settling->plan) {
		line.status = settle(settling);
		line.until = settling->head.settling_at;
	} else {
		line.until = settling->epoch + PAYCH_SETTLE_DELAY;
		if (line.until < settling->head.min_settle_height)
			line.until = settling->head.min_settle_height;
	}
	report(settling, line);
	return line.status;
}

static enum status mark_collected(struct settling *settling)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_write(store_kv(settling->p->store), &txn);

	if (s != STATUS_OK)
		return s;
	settling->channel.collected = 1;
	s = store_put_channel(txn, &settling->channel);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

static enum status send_collect(struct settling *settling, struct amount *collected)
{
	struct receipt receipt = {0};
	enum status s = send(settling, &receipt, METHOD_PAYCH_COLLECT, span_of("", 0));

	if (s != STATUS_OK)
		return s;
	if (receipt.exit_code != 0)
		return party_fail(settling->p, STATUS_BAD_STATE, "the ledger refused to collect: %s", receipt.text);
	*collected = settling->channel.outbound ? receipt.returned : receipt.paid;
	return mark_collected(settling);
}

static enum status collect(struct settling *settling)
{
	struct settle_report line = {.step = SETTLE_COLLECT};

	if (!due(settling, &line.amount))
		return STATUS_BAD_AMOUNT;
	if (!settling->plan)
		line.status = send_collect(settling, &line.amount);
	report(settling, line);
	return line.status;
}

static enum status next_steps(struct settling *settling)
{
	struct settle_report line = {.step = SETTLE_WAIT};
	enum status s = STATUS_OK;

	if (settling->head.settling_at != 0 && settling->epoch >= settling->head.settling_at)
		return collect(settling);
	if (!settling->channel.outbound)
		s = submit_lanes(settling);
	if (s != STATUS_OK)
		return s;
	if (!settling->plan)
		s = reload(settling);
	if (s != STATUS_OK)
		return s;
	if (settling->head.settling_at == 0)
		return start(settling);
	line.until = settling->head.settling_at;
	return due(settling, &line.amount) ? wait(settling, line) : STATUS_BAD_AMOUNT;
}

/* The channel as the store knows it, and the epoch. */
static enum status load(struct settling *settling, const struct address *channel)
{
	char text[ADDRESS_TEXT_MAX];
	struct party *p = settling->p;
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_channel(txn, &settling->channel, channel);
	if (s == STATUS_NOT_FOUND)
		return party_fail(p, s, "no channel %s here", address_text(text, channel, p->network));
	return s == STATUS_OK ? ledger_epoch(p->ledger, &settling->epoch) : s;
}

enum status settle_channel(struct party *p, const struct address *channel, unsigned how,
	void (*report_to)(void *ctx, const struct settle_report *r), void *ctx)
{
	struct settling settling = {.p = p,
		.plan = how & SETTLE_PLAN,
		.spare = how & SETTLE_SPARE,
		.gain = amount_zero(),
		.report = report_to,
		.ctx = ctx};
	enum status s = load(&settling, channel);

	if (s != STATUS_OK)
		return s;
	s = ledger_channel(p->ledger, &settling.head, channel);
	if (s == STATUS_NOT_FOUND) { /* collected, by us or by the other party: nothing is left to do */
		report(&settling, (struct settle_report){.step = SETTLE_NOTHING});
		return settling.plan || settling.channel.collected ? STATUS_OK : mark_collected(&settling);
	}
	if (s == STATUS_OK)
		s = next_steps(&settling);
	paych_release(&settling.head);
	return s == STATUS_OK ? settling.failed : s;
}
