/* settle_collect.c - the end of a channel: collect, or see that the channel was collected.
 *
 * SETTLE 4: a loss is stored with the channel, and reported on each run.
 */
#include "binding/binding.h"
#include "settle/settling_private.h"

/*
 * The amount that our vouchers promised beyond the collected payment, and that was worth its fee; a payer loses nothing.
 */
static enum status count_loss(struct channel *channel, const struct amount *paid)
{
	channel->lost = amount_zero();
	if (channel->outbound)
		return STATUS_OK;
	if (!amount_sub(&channel->lost, &channel->committed, paid) ||
		!amount_sub(&channel->lost, &channel->lost, &channel->given_up))
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
	if (s != STATUS_OK)
		return s;
	s = settling_forget_collect(settling, txn);
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

/*
 * Our message has collected the channel. Where the ledger can't tell what was paid, the amount that was due when the
 * message was sent tells: after the settle delay no amount of the channel changes any more.
 */
static enum status take_payout(struct settling *settling, struct amount *collected, const struct receipt *receipt)
{
	bool outbound = settling->channel.outbound;

	if (receipt->has_payout)
		*collected = outbound ? receipt->returned : receipt->paid;
	return mark_collected(settling, collected); /* a payer's loss does not depend on what was paid */
}

static enum status send_collect(struct settling *settling, struct amount *collected)
{
	struct settle_message message = {
		.step = SETTLE_COLLECT, .method = METHOD_PAYCH_COLLECT, .params = span_of("", 0), .brings = *collected};
	struct receipt receipt = {0};
	enum status s = settling_send(settling, &receipt, &message);

	if (s == STATUS_REJECTED)
		return party_fail(settling->p, STATUS_BAD_STATE, "the ledger refused to collect: %s", receipt.text);
	return s == STATUS_OK ? take_payout(settling, collected, &receipt) : s;
}

/* PENDING if the message that collects is on its way. */
static enum status plan_collect(struct settling *settling)
{
	struct settle_sent sent;
	enum status s = settling_sent(settling, &sent, SETTLE_COLLECT, 0);

	if (s == STATUS_OK && sent.pending)
		return STATUS_PENDING;
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	return count_loss(&settling->channel, &settling->head.to_send);
}

/* The channel stays as it is, as collecting is not worth its fee: what came too late is lost all the same. */
static enum status leave_uncollected(struct settling *settling)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s;

	if (settling->policy->plan) {
		s = count_loss(&settling->channel, &settling->head.to_send);
		return s == STATUS_OK ? report_loss(settling) : s;
	}
	s = kv_begin_write(store_kv(settling->p->store), &txn);
	if (s != STATUS_OK)
		return s;
	s = store_get_channel(txn, &settling->channel, &settling->channel.address);
	if (s == STATUS_OK)
		s = count_loss(&settling->channel, &settling->head.to_send);
	if (s == STATUS_OK)
		s = store_put_channel(txn, &settling->channel);
	if (s == STATUS_OK)
		s = kv_commit(&txn);
	return s == STATUS_OK ? report_loss(settling) : s;
}

/* SETTLE 7: is collecting worth its fee? A message that is on its way goes on. */
static enum status judge_collecting(struct settling *settling, struct settle_report *line)
{
	struct settle_sent sent;
	enum status s = settling_sent(settling, &sent, SETTLE_COLLECT, 0);

	if (s != STATUS_NOT_FOUND)
		return s;
	s = settling_cost_of_collecting(settling, &line->cost);
	if (s != STATUS_OK)
		return s;
	line->held = settling_pays(settling, &line->cost, &line->amount) ? HELD_NOT : HELD_FEE;
	line->has_cost = settling->policy->plan || line->held != HELD_NOT;
	return STATUS_OK;
}

enum status settling_collect(struct settling *settling)
{
	struct settle_report line = {.step = SETTLE_COLLECT};
	enum status s;

	if (!settling_due(settling, &line.amount))
		return STATUS_BAD_AMOUNT;
	s = judge_collecting(settling, &line);
	if (s != STATUS_OK)
		return s;
	if (line.held != HELD_NOT) {
		settling_report(settling, line);
		return leave_uncollected(settling);
	}
	if (settling->policy->plan)
		line.status = plan_collect(settling);
	else
		line.status = send_collect(settling, &line.amount);
	settling_report(settling, line);
	settling->pending = line.status == STATUS_PENDING;
	if (settling->pending && settling->policy->plan)
		return STATUS_OK;
	return line.status == STATUS_OK ? report_loss(settling) : line.status;
}

/* Did the message that an earlier run has sent collect the channel? Then report that. NOT_FOUND if there is none. */
static enum status finish_collect(struct settling *settling)
{
	struct settle_report line = {.step = SETTLE_COLLECT};
	struct settle_sent sent;
	struct receipt receipt = {0};
	enum status s = settling_sent(settling, &sent, SETTLE_COLLECT, 0);

	if (s != STATUS_OK)
		return s;
	line.amount = sent.brings;
	s = settling_resume(settling, &receipt, SETTLE_COLLECT, 0);
	if (s == STATUS_REJECTED || s == STATUS_REPLACED) /* the other party was faster */
		return STATUS_NOT_FOUND;
	if (s == STATUS_OK)
		s = take_payout(settling, &line.amount, &receipt);
	line.status = s;
	settling_report(settling, line);
	return s == STATUS_OK ? report_loss(settling) : s;
}

/*
 * Another message than ours has collected the channel. Where the ledger can't tell what was paid, the last state that
 * we have seen tells: vouchers that were submitted later can only have paid more.
 */
static enum status note_collected(struct settling *settling)
{
	struct receipt receipt = {0};
	enum status s = ledger_payout(settling->p->ledger, &receipt, &settling->channel.address);

	if (s == STATUS_NOT_FOUND)
		return binding_explain_unknown(settling->p, &settling->channel.address);
	if (s != STATUS_OK)
		return s;
	if (!receipt.has_payout)
		receipt.paid = settling->channel.redeemed;
	return settling->policy->plan ? count_loss(&settling->channel, &receipt.paid)
				      : mark_collected(settling, &receipt.paid);
}

/* The channel is not on the ledger: we or the other party collected the channel, or another ledger had the channel. */
enum status settling_gone(struct settling *settling)
{
	bool plan = settling->policy->plan;
	enum status s = !settling->channel.collected && !plan ? finish_collect(settling) : STATUS_NOT_FOUND;

	if (s != STATUS_NOT_FOUND)
		return s;
	s = settling->channel.collected ? STATUS_OK : note_collected(settling);
	if (s != STATUS_OK)
		return s;
	s = plan ? STATUS_OK : settling_tidy(settling);
	if (s != STATUS_OK)
		return s;
	settling_report(settling, (struct settle_report){.step = SETTLE_NOTHING});
	return report_loss(settling);
}
