/* settle.c - collecting payments or refunds: submit, settle, wait, collect.
 *
 * SETTLE 2: each step reads the ledger first, so a killed run goes on, and
 * nothing is submitted, settled or collected twice.
 * SETTLE 4: a loss is stored with the channel, and reported on each run.
 */
#include "funds/binding.h"
#include "funds/chain_message.h"
#include "funds/settling_private.h"

void settling_report(struct settling *settling, struct settle_report line)
{
	line.channel = settling->channel.address;
	line.outbound = settling->channel.outbound;
	line.epoch = settling->epoch;
	settling->report(settling->ctx, &line);
}

enum status settling_send(struct settling *settling, struct receipt *receipt, uint64_t method, struct span params)
{
	struct chain_message message = {
		.to = settling->channel.address, .method = method, .value = amount_zero(), .params = params};
	struct outcome outcome = {.state = MESSAGE_UNKNOWN};
	struct signed_message out;
	enum status s = chain_message_sign(settling->p, &out, &message);

	if (s != STATUS_OK)
		return s;
	s = ledger_submit(settling->p->ledger, &outcome, &out);
	if (s != STATUS_OK)
		return s;
	if (outcome.state != MESSAGE_FINAL)
		return outcome.state == MESSAGE_REPLACED ? STATUS_REPLACED : STATUS_PENDING;
	binding_note(settling->p);
	*receipt = outcome.receipt;
	return STATUS_OK;
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

/** struct open_deals - the deals on a channel's lanes that are not over: settling would end these deals. */
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

/* No step is possible yet; in a plan that is no failure. */
static enum status wait(struct settling *settling, struct settle_report line)
{
	line.status = STATUS_TOO_EARLY;
	settling_report(settling, line);
	return (settling->how & SETTLE_PLAN) ? STATUS_OK : STATUS_TOO_EARLY;
}

/* Read the channel again after messages have changed the channel. */
static enum status reload(struct settling *settling)
{
	paych_release(&settling->head);
	return ledger_channel(settling->p->ledger, &settling->head, &settling->channel.address);
}

static enum status settle(struct settling *settling)
{
	struct receipt receipt = {0};
	enum status s = settling_send(settling, &receipt, METHOD_PAYCH_SETTLE, span_of("", 0));

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
	if (!settling_due(settling, &line.amount))
		return STATUS_BAD_AMOUNT;
	if ((settling->how & SETTLE_SPARE) && line.deals != 0) {
		line.step = SETTLE_LATER;
		return wait(settling, line);
	}
	if (!(settling->how & SETTLE_PLAN)) {
		line.status = settle(settling);
		line.until = settling->head.settling_at;
	} else {
		line.until = settling->epoch + PAYCH_SETTLE_DELAY;
		if (line.until < settling->head.min_settle_height)
			line.until = settling->head.min_settle_height;
	}
	settling_report(settling, line);
	return line.status;
}

/* The amount that our vouchers promised beyond the collected payment; a payer loses nothing. */
static enum status count_loss(struct channel *channel, const struct amount *paid)
{
	channel->lost = amount_zero();
	if (channel->outbound)
		return STATUS_OK;
	if (!amount_sub(&channel->lost, &channel->committed, paid))
		return STATUS_BAD_AMOUNT;
	if (amount_is_negative(&channel->lost))
		channel->lost = amount_zero();
	return STATUS_OK;
}

/*
 * The channel was collected, with @paid to the payee. The channel is read again, because other processes change the
 * record too.
 */
static enum status mark_collected(struct settling *settling, const struct amount *paid)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_write(store_kv(settling->p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_channel(txn, &settling->channel, &settling->channel.address);
	if (s != STATUS_OK)
		return s;
	s = count_loss(&settling->channel, paid);
	if (s != STATUS_OK)
		return s;
	settling->channel.collected = 1;
	s = store_put_channel(txn, &settling->channel);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/* Report a loss, on this run and on all later ones, until the loss is written off. */
static enum status report_loss(struct settling *settling)
{
	struct settle_report line = {.step = SETTLE_LOST, .amount = settling->channel.lost, .status = STATUS_TOO_LATE};

	if (amount_is_zero(&line.amount) || settling->channel.written_off)
		return STATUS_OK;
	settling_report(settling, line);
	return STATUS_TOO_LATE;
}

static enum status send_collect(struct settling *settling, struct amount *collected)
{
	struct receipt receipt = {0};
	enum status s = settling_send(settling, &receipt, METHOD_PAYCH_COLLECT, span_of("", 0));

	if (s != STATUS_OK)
		return s;
	if (receipt.exit_code != 0)
		return party_fail(settling->p, STATUS_BAD_STATE, "the ledger refused to collect: %s", receipt.text);
	if (!receipt.has_payout) /* the channel's last state tells what was paid */
		return mark_collected(settling, &settling->head.to_send);
	*collected = settling->channel.outbound ? receipt.returned : receipt.paid;
	return mark_collected(settling, &receipt.paid);
}

static enum status collect(struct settling *settling)
{
	struct settle_report line = {.step = SETTLE_COLLECT};

	if (!settling_due(settling, &line.amount))
		return STATUS_BAD_AMOUNT;
	if (settling->how & SETTLE_PLAN)
		line.status = count_loss(&settling->channel, &settling->head.to_send);
	else
		line.status = send_collect(settling, &line.amount);
	settling_report(settling, line);
	return line.status == STATUS_OK ? report_loss(settling) : line.status;
}

/* The channel is not on the ledger: we or the other party collected the channel, or another ledger had the channel. */
static enum status gone(struct settling *settling)
{
	const struct address *channel = &settling->channel.address;
	struct receipt receipt = {0};
	enum status s = STATUS_OK;

	if (!settling->channel.collected) {
		s = ledger_collected(settling->p->ledger, &receipt, channel);
		if (s == STATUS_NOT_FOUND)
			return binding_explain_unknown(settling->p, channel);
		if (s != STATUS_OK)
			return s;
		s = settling->how & SETTLE_PLAN ? count_loss(&settling->channel, &receipt.paid)
						: mark_collected(settling, &receipt.paid);
	}
	if (s != STATUS_OK)
		return s;
	settling_report(settling, (struct settle_report){.step = SETTLE_NOTHING});
	return report_loss(settling);
}

/* A step failed with @failure: is the channel gone? */
static enum status look_again(struct settling *settling, enum status failure)
{
	enum status s = reload(settling);

	if (s == STATUS_NOT_FOUND)
		return gone(settling);
	return s == STATUS_OK ? failure : s;
}

/* Nothing is left in the channel to be earned; only new funds from the payer would change that. */
static bool all_spent(const struct settling *settling)
{
	struct amount earned;

	return !settling->channel.outbound && settling_earned(settling, &earned) && !amount_is_zero(&earned) &&
	       amount_cmp(&earned, &settling->head.balance) >= 0;
}

static enum status stay_open(struct settling *settling)
{
	struct settle_report line = {.step = SETTLE_OPEN};

	if (!settling_due(settling, &line.amount) || !settling_unspent(settling, &line.unspent))
		return STATUS_BAD_AMOUNT;
	settling_report(settling, line);
	return STATUS_OK;
}

/*
 * An open channel is kept open, or settling begins. A voucher that could not be read may be repaired before settling.
 */
static enum status close_or_keep(struct settling *settling)
{
	if ((settling->how & SETTLE_KEEP) && !all_spent(settling))
		return stay_open(settling);
	if (settling->failed == STATUS_CORRUPT && (settling->how & SETTLE_SPARE))
		return stay_open(settling);
	return start(settling);
}

static enum status wait_for_delay(struct settling *settling)
{
	struct settle_report line = {.step = SETTLE_WAIT, .until = settling->head.settling_at};

	return settling_due(settling, &line.amount) ? wait(settling, line) : STATUS_BAD_AMOUNT;
}

static enum status next_steps(struct settling *settling)
{
	enum status s = STATUS_OK;

	if (settling->head.settling_at != 0 && settling->epoch >= settling->head.settling_at)
		return collect(settling);
	if (!settling->channel.outbound)
		s = settling_submit(settling);
	if (s != STATUS_OK)
		return s;
	if (!(settling->how & SETTLE_PLAN))
		s = reload(settling);
	if (s != STATUS_OK)
		return s;
	s = settling->head.settling_at == 0 ? close_or_keep(settling) : wait_for_delay(settling);
	return s == STATUS_OK && (settling->how & SETTLE_PLAN) ? settling_choices(settling) : s;
}

/* Read the channel from the store, and the epoch. */
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
	void (*report)(void *ctx, const struct settle_report *r), void *ctx)
{
	struct settling settling = {.p = p, .how = how, .gain = amount_zero(), .report = report, .ctx = ctx};
	enum status s = load(&settling, channel);

	if (s != STATUS_OK)
		return s;
	s = ledger_channel(p->ledger, &settling.head, channel);
	if (s == STATUS_NOT_FOUND)
		return gone(&settling);
	if (s != STATUS_OK)
		return s;
	s = next_steps(&settling);
	if (s == STATUS_NOT_FOUND || s == STATUS_BAD_STATE ||
		s == STATUS_REPLACED) /* the other party may have collected meanwhile */
		s = look_again(&settling, s);
	paych_release(&settling.head);
	if (settling.failed != STATUS_OK && (s == STATUS_OK || s == STATUS_TOO_EARLY))
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
