/* settle_choices.c - a plan: what each choice for a channel costs, brings and risks, and by when; and the sum of it.
 */
#include "settle/settling_private.h"

static bool is_over(const struct settling *settling)
{
	return settling->head.settling_at != 0 && settling->epoch >= settling->head.settling_at;
}

static int64_t settled_at(const struct settling *settling)
{
	int64_t at = settling->epoch + PAYCH_SETTLE_DELAY;

	if (settling->head.settling_at != 0)
		return settling->head.settling_at;
	return at < settling->head.min_settle_height ? settling->head.min_settle_height : at;
}

/* The steps from now to the end of the channel: how many messages, their cost, and what they bring. */
static enum status to_the_end(struct settling *settling, struct settle_report *line, struct amount *brings)
{
	struct settle_cost rest = settle_cost_none();
	bool open = settling->head.settling_at == 0 && !settling->starting;
	bool collecting = is_over(settling) && settling->pending;
	enum status s = STATUS_OK;

	if (open)
		s = settling_cost_of_closing(settling, &rest);
	else if (!collecting)
		s = settling_cost_of_collecting(settling, &rest);
	if (s != STATUS_OK)
		return s;
	line->messages = settling->messages + (collecting ? 0 : open ? 2 : 1); /* settle, collect */
	line->cost = settling->cost;
	line->has_cost = true;
	if (!settle_cost_add(&line->cost, &rest) || !settling_due(settling, brings))
		return STATUS_BAD_AMOUNT;
	line->held = settling_pays(settling, &line->cost, brings) ? HELD_NOT : HELD_FEE;
	return STATUS_OK;
}

/* Closing at a loss submits also the vouchers that are not worth their fee. */
static bool add_left(const struct settling *settling, struct settle_report *line)
{
	line->messages += settling->left_messages;
	return settle_cost_add(&line->cost, &settling->left_cost) &&
	       amount_add(&line->amount, &line->amount, &settling->given_up);
}

static enum status choose_close(struct settling *settling)
{
	struct settle_report line = {.step = SETTLE_CHOICE, .choice = CHOOSE_CLOSE, .until = settled_at(settling)};
	enum status s = to_the_end(settling, &line, &line.amount);

	if (s != STATUS_OK)
		return s;
	if (line.held != HELD_NOT && !add_left(settling, &line))
		return STATUS_BAD_AMOUNT;
	settling_report(settling, line);
	return STATUS_OK;
}

/* What vouchers add that are not on the ledger, whether they are worth submitting or not. */
static bool at_risk(const struct settling *settling, struct amount *amount)
{
	return amount_add(amount, &settling->gain, &settling->given_up);
}

enum status settling_choices(struct settling *settling)
{
	bool open = settling->head.settling_at == 0;
	struct settle_report line = {.step = SETTLE_CHOICE,
		.choice = CHOOSE_SUBMIT,
		.messages = settling->messages,
		.amount = settling->gain,
		.cost = settling->cost,
		.has_cost = true,
		.until = open ? 0 : settling->head.settling_at};
	struct settle_report wait = {.step = SETTLE_CHOICE, .choice = CHOOSE_WAIT, .until = line.until};
	enum status s;

	if (!settling_unspent(settling, &line.unspent) || !at_risk(settling, &wait.amount))
		return STATUS_BAD_AMOUNT;
	if (!open && amount_is_zero(&wait.amount)) /* there is no choice */
		return STATUS_OK;
	if (settling->messages != 0)
		settling_report(settling, line);
	s = open ? choose_close(settling) : STATUS_OK;
	if (s != STATUS_OK)
		return s;
	wait.unspent = line.unspent;
	settling_report(settling, wait);
	return STATUS_OK;
}

enum status settling_summary(struct settling *settling)
{
	const struct amount *promised = &settling->channel.committed, *redeemed = &settling->head.to_send;
	struct settle_report line = {.step = SETTLE_SUMMARY, .until = settling->head.settling_at};
	enum status s = to_the_end(settling, &line, &line.pays);

	if (s != STATUS_OK)
		return s;
	line.amount = settling->channel.outbound ? line.pays : *redeemed;
	if (!settling->channel.outbound && !is_over(settling) && amount_cmp(promised, redeemed) > 0) {
		line.amount = *promised;
		if (!amount_sub(&line.unsubmitted, promised, redeemed))
			return STATUS_BAD_AMOUNT;
	}
	settling_report(settling, line);
	return STATUS_OK;
}
