/* report.c - what is said of steps, losses and failures. */
#include <inttypes.h>

#include "settle.h"
#include "show/show_settle.h"

void report_total(struct work *w)
{
	char text[SETTLE_TEXT_MAX];

	if (w->total.channels != 0)
		tool_report(w->t, show_settle_total(&w->total), "%s\n", show_settle_total_text(text, &w->total));
}

void report_step(void *ctx, const struct settle_report *r)
{
	char channel[ADDRESS_TEXT_MAX], text[SETTLE_TEXT_MAX], amount[AMOUNT_TEXT_MAX];
	struct work *w = ctx;
	struct tool *t = w->t;
	bool plan = w->policy.plan;

	address_text(channel, &r->channel, t->party.network);
	tool_report(t, show_settle(r, t->party.network, plan), "%s %s\n", channel, show_settle_text(text, r, plan));
	if (r->step == SETTLE_SUMMARY && settle_total_add(&w->total, r) != STATUS_OK)
		w->total.cost.known = false;
	if (r->step == SETTLE_LATER) {
		party_hint(&t->party, "settle %s", channel);
		party_fail(&t->party, r->status, "channel %s is not settled while deals on it go on", channel);
	} else if (r->status == STATUS_PENDING) {
		party_hint(&t->party, "settle --wait 15m %s", channel);
		party_fail(&t->party, r->status, "channel %s: messages are sent, and not on the ledger yet", channel);
	} else if (r->status == STATUS_TOO_EARLY)
		party_fail(&t->party, r->status, "channel %s settles until epoch %" PRId64 ", it is %" PRId64 " now",
			channel, r->until, r->epoch);
	else if (r->status == STATUS_TOO_LATE) {
		party_hint(&t->party, "settle --write-off %s", channel);
		party_fail(&t->party, r->status,
			"channel %s: %s afil are lost, their vouchers were not submitted in time", channel,
			amount_decimal(amount, &r->amount));
	} else if (r->status == STATUS_NOT_SPENDABLE)
		party_fail(&t->party, r->status,
			"the ledger refused the voucher of lane %" PRIu64 ", nonce %" PRIu64 ": %s", r->lane, r->nonce,
			r->text);
	else if (r->step == SETTLE_SUBMIT && r->text[0] != '\0')
		party_fail(&t->party, r->status, "channel %s, lane %" PRIu64 ": %s", channel, r->lane, r->text);
}

void report_write_off(struct work *w, const struct address *channel, const struct amount *lost)
{
	char text[ADDRESS_TEXT_MAX], digits[TOOL_AMOUNT_MAX];
	bool plan = w->policy.plan;

	address_text(text, channel, w->t->party.network);
	tool_amount_text(digits, lost);
	tool_report(w->t,
		json_pack("{s:s, s:s, s:b, s:o}", "channel", text, "step", "write-off", "plan", plan, "amount",
			tool_json_amount(lost)),
		"%s %s %s\n", text, plan ? "would write off" : "wrote off", digits);
}

#define WEIGHT_FAILURE 3

/* Which of two statuses is the one for the end? */
static int weight(enum status s)
{
	if (s == STATUS_OK)
		return 0;
	if (s == STATUS_PENDING)
		return 1;
	return s == STATUS_TOO_EARLY ? 2 : WEIGHT_FAILURE;
}

void report_failure(struct work *w, enum status s)
{
	struct party *p = &w->t->party;

	if (weight(s) > weight(w->status)) {
		w->status = s;
		w->error = p->error;
	} else if (weight(s) == WEIGHT_FAILURE) {
		tool_complain(w->t, s);
	}
}
