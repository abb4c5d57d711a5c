/* settle.c - the next right step for a channel: submit, settle, wait, collect.
 *
 * SETTLE 2: each step reads the ledger first, so a killed run goes on, and
 * nothing is submitted, settled or collected twice.
 */
#include "settle/settling_private.h"

void settling_report(struct settling *settling, struct settle_report line)
{
	line.channel = settling->channel.address;
	line.outbound = settling->channel.outbound;
	line.epoch = settling->epoch;
	line.epoch_seconds = settling->epoch_seconds;
	if (line.until != 0 && settling->has_clock)
		line.until_time = settling->p->now + (line.until - line.epoch) * line.epoch_seconds;
	settling->report(settling->ctx, &line);
}

/* The amount that we have signed and the payee still has time to submit: the amount is no longer ours. */
static struct amount promised(const struct settling *settling, struct amount earned)
{
	bool over = settling->head.settling_at != 0 && settling->epoch >= settling->head.settling_at;

	return !over && amount_cmp(&settling->channel.committed, &earned) > 0 ? settling->channel.committed : earned;
}

bool settling_earned(const struct settling *settling, struct amount *earned)
{
	return amount_add(earned, &settling->head.to_send, &settling->gain);
}

bool settling_due(const struct settling *settling, struct amount *amount)
{
	struct amount earned;

	if (!settling_earned(settling, &earned))
		return false;
	if (settling->channel.outbound) {
		earned = promised(settling, earned);
		return amount_sub(amount, &settling->head.balance, &earned);
	}
	*amount = earned;
	return true;
}

bool settling_unspent(const struct settling *settling, struct amount *left)
{
	struct amount earned;

	if (settling->channel.outbound)
		return settling_due(settling, left);
	return settling_earned(settling, &earned) && amount_sub(left, &settling->head.balance, &earned);
}

enum status lane_deal_goes_on(struct kv_txn *txn, bool *yes, enum deal_side side, uint64_t deal)
{
	struct provider_deal sold;
	struct client_deal bought;
	enum status s;

	if (side == SIDE_CLIENT) {
		s = store_get_client(txn, &bought, deal);
		*yes = s == STATUS_OK && !deal_is_final(side, bought.state);
	} else {
		s = store_get_provider(txn, &sold, deal);
		*yes = s == STATUS_OK && !deal_is_final(side, sold.state);
	}
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

/** struct open_deals - the deals on a channel's lanes that are not over: settling would end these deals. */
struct open_deals {
	struct kv_txn *txn;
	enum deal_side side;
	uint64_t count;
};

static enum status count_open(void *ctx, const struct lane_record *lane)
{
	struct open_deals *open = ctx;
	bool goes_on = false;
	enum status s = lane_deal_goes_on(open->txn, &goes_on, open->side, lane->deal);

	open->count += goes_on;
	return s;
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

/* No step is possible yet; in a plan that is no failure. */
static enum status wait(struct settling *settling, struct settle_report line)
{
	line.status = STATUS_TOO_EARLY;
	settling_report(settling, line);
	return settling->policy->plan ? STATUS_OK : STATUS_TOO_EARLY;
}

/* Keep the redeemed amount: once the channel is gone, not every ledger can tell what was paid. */
static enum status note_redeemed(struct settling *settling)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	const struct amount *redeemed = &settling->head.to_send;
	enum status s;

	if (amount_cmp(&settling->channel.redeemed, redeemed) == 0 || settling->policy->plan)
		return STATUS_OK;
	s = kv_begin_write(store_kv(settling->p->store), &txn);
	if (s != STATUS_OK)
		return s;
	s = store_get_channel(txn, &settling->channel, &settling->channel.address);
	if (s != STATUS_OK)
		return s;
	settling->channel.redeemed = *redeemed;
	s = store_put_channel(txn, &settling->channel);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/* Read the channel again after messages have changed the channel. */
static enum status reload(struct settling *settling)
{
	enum status s;

	paych_release(&settling->head);
	s = ledger_channel(settling->p->ledger, &settling->head, &settling->channel.address);
	return s == STATUS_OK ? note_redeemed(settling) : s;
}

static enum status settle(struct settling *settling)
{
	struct settle_message message = {
		.step = SETTLE_START, .method = METHOD_PAYCH_SETTLE, .params = span_of("", 0), .brings = amount_zero()};
	struct receipt receipt = {0};
	enum status s = settling_send(settling, &receipt, &message);

	if (s == STATUS_REJECTED)
		return party_fail(settling->p, STATUS_BAD_STATE, "the ledger refused to settle: %s", receipt.text);
	return s == STATUS_OK ? reload(settling) : s;
}

/* Has an earlier run sent the message that begins settling? */
static enum status is_starting(struct settling *settling, bool *starting)
{
	struct settle_sent sent;
	enum status s = settling_sent(settling, &sent, SETTLE_START, 0);

	*starting = s == STATUS_OK && sent.pending;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static enum status stay_open(struct settling *settling, struct settle_report line)
{
	line.step = SETTLE_OPEN;
	line.unsubmitted = settling->unsubmitted;
	if (!settling_due(settling, &line.amount) || !settling_unspent(settling, &line.unspent))
		return STATUS_BAD_AMOUNT;
	settling_report(settling, line);
	return STATUS_OK;
}

static enum status start(struct settling *settling, bool starting)
{
	struct settle_report line = {.step = SETTLE_START};
	enum status s = count_all_open(settling, &line.deals);

	if (s != STATUS_OK)
		return s;
	if (!settling_due(settling, &line.amount))
		return STATUS_BAD_AMOUNT;
	if (settling->policy->spare && line.deals != 0 && !starting) {
		line.step = SETTLE_LATER;
		return wait(settling, line);
	}
	s = starting ? STATUS_OK : settling_cost_of_closing(settling, &line.cost);
	if (s != STATUS_OK)
		return s;
	line.has_cost = !starting && settling->policy->plan;
	if (!starting && !settling_pays(settling, &line.cost, &line.amount))
		return stay_open(
			settling, (struct settle_report){.held = HELD_FEE, .cost = line.cost, .has_cost = true});
	if (starting && settling->policy->plan) {
		settling->pending = settling->starting = true;
		line.status = STATUS_PENDING;
	} else if (!settling->policy->plan) {
		line.status = settle(settling);
		line.until = settling->head.settling_at;
	} else {
		line.until = settling->epoch + PAYCH_SETTLE_DELAY;
		if (line.until < settling->head.min_settle_height)
			line.until = settling->head.min_settle_height;
	}
	settling_report(settling, line);
	return settling->policy->plan ? STATUS_OK : line.status;
}

/* A step failed with @failure: is the channel gone? */
static enum status look_again(struct settling *settling, enum status failure)
{
	enum status s = reload(settling);

	if (s == STATUS_NOT_FOUND)
		return settling_gone(settling);
	return s == STATUS_OK ? failure : s;
}

/* Nothing is left in the channel to be earned; only new funds from the payer would change that. */
static bool all_spent(const struct settling *settling)
{
	struct amount earned = settling->head.to_send;

	if (settling->channel.outbound || (settling->due && !settling_earned(settling, &earned)))
		return false;
	return !amount_is_zero(&earned) && amount_cmp(&earned, &settling->head.balance) >= 0;
}

/*
 * An open channel is kept open, or settling begins. A voucher that could not be read may be repaired before settling.
 */
static enum status close_or_keep(struct settling *settling)
{
	bool starting;
	const struct settle_report plain = {.step = SETTLE_OPEN};
	struct settle_report waiting = {.step = SETTLE_OPEN, .held = HELD_TIME};
	enum status s = is_starting(settling, &starting);

	if (s != STATUS_OK || starting)
		return s == STATUS_OK ? start(settling, true) : s;
	if (settling->policy->keep_open && !all_spent(settling))
		return stay_open(settling, plain);
	if (settling->failed == STATUS_CORRUPT && settling->policy->spare)
		return stay_open(settling, plain);
	if (settling->policy->close)
		return start(settling, false);
	s = settling_waits_beyond(settling, &waiting.until);
	if (s != STATUS_OK || waiting.until != 0)
		return s == STATUS_OK ? stay_open(settling, waiting) : s;
	return start(settling, false);
}

static enum status wait_for_delay(struct settling *settling)
{
	struct settle_report line = {
		.step = SETTLE_WAIT, .until = settling->head.settling_at, .unsubmitted = settling->unsubmitted};
	enum status s = settling->policy->plan ? STATUS_OK : settling_tidy(settling);

	if (s != STATUS_OK)
		return s;
	return settling_due(settling, &line.amount) ? wait(settling, line) : STATUS_BAD_AMOUNT;
}

/* Submit; then see what the ledger has. */
static enum status submit(struct settling *settling)
{
	enum status s = settling->channel.outbound ? STATUS_OK : settling_take_due(settling);

	if (s == STATUS_OK && !settling->channel.outbound)
		s = settling_submit(settling);
	if (s != STATUS_OK || settling->policy->plan)
		return s;
	s = reload(settling);
	return s == STATUS_OK ? settling_note_given_up(settling) : s;
}

static enum status collect(struct settling *settling)
{
	enum status s = settling_collect(settling), summary;

	if (!settling->policy->plan || (s != STATUS_OK && s != STATUS_TOO_LATE))
		return s;
	summary = settling_summary(settling);
	return summary == STATUS_OK ? s : summary;
}

static enum status next_steps(struct settling *settling)
{
	enum status s;

	if (settling->head.settling_at != 0 && settling->epoch >= settling->head.settling_at)
		return collect(settling);
	s = submit(settling);
	if (s != STATUS_OK)
		return s;
	if (settling->pending) /* settling begins only once all vouchers are on the ledger */
		return settling->policy->plan ? settling_summary(settling) : STATUS_PENDING;
	s = settling->head.settling_at == 0 ? close_or_keep(settling) : wait_for_delay(settling);
	if (s != STATUS_OK || !settling->policy->plan)
		return s;
	s = settling->pending ? STATUS_OK : settling_choices(settling);
	return s == STATUS_OK ? settling_summary(settling) : s;
}

/* Read the channel from the store. */
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
	return s;
}

/* What the ledger's clock says. */
static enum status read_clock(struct settling *settling)
{
	enum status s = ledger_epoch(settling->p->ledger, &settling->epoch);

	if (s == STATUS_OK)
		s = ledger_epoch_seconds(settling->p->ledger, &settling->epoch_seconds);
	settling->has_clock = settling->epoch_seconds != 0;
	if (!settling->has_clock)
		settling->epoch_seconds = EPOCH_SECONDS;
	return s;
}

enum status settle_channel(struct party *p, const struct address *channel, const struct settle_policy *policy,
	void (*report)(void *ctx, const struct settle_report *r), void *ctx)
{
	struct settling settling = {.p = p,
		.policy = policy,
		.cost = settle_cost_none(),
		.left_cost = settle_cost_none(),
		.report = report,
		.ctx = ctx};
	enum status s = load(&settling, channel);

	if (s == STATUS_OK)
		s = read_clock(&settling);
	if (s != STATUS_OK)
		return s;
	s = ledger_channel(p->ledger, &settling.head, channel);
	if (s == STATUS_NOT_FOUND)
		return settling_gone(&settling);
	if (s != STATUS_OK)
		return s;
	s = note_redeemed(&settling);
	if (s != STATUS_OK)
		return s;
	s = next_steps(&settling);
	if (s == STATUS_NOT_FOUND || s == STATUS_BAD_STATE ||
		s == STATUS_REPLACED) /* the other party may have collected meanwhile */
		s = look_again(&settling, s);
	paych_release(&settling.head);
	if (settling.failed != STATUS_OK && (s == STATUS_OK || status_class(s) == CLASS_EARLY))
		return settling.failed;
	return s;
}

/* Read the channel, which must have a loss. */
static enum status get_lost(struct party *p, struct kv_txn *txn, struct channel *channel, const struct address *address)
{
	char text[ADDRESS_TEXT_MAX];
	enum status s = store_get_channel(txn, channel, address);

	address_text(text, address, p->network);
	if (s == STATUS_NOT_FOUND)
		return party_fail(p, s, "no channel %s here", text);
	if (s == STATUS_OK && amount_is_zero(&channel->lost))
		return party_fail(p, STATUS_BAD_STATE, "nothing was lost on channel %s", text);
	return s;
}

enum status settle_write_off(struct party *p, struct amount *lost, const struct address *address, bool plan)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct channel channel;
	enum status s = plan ? kv_begin_read(store_kv(p->store), &txn) : kv_begin_write(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = get_lost(p, txn, &channel, address);
	if (s != STATUS_OK)
		return s;
	*lost = channel.lost;
	if (plan)
		return STATUS_OK;
	channel.written_off = true;
	s = store_put_channel(txn, &channel);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}
