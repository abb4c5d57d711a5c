/* bump.c - settle --bump: higher fees for messages that are on their way. */
#include <inttypes.h>

#include "base/text.h"
#include "messages/bump.h"
#include "settle.h"

/* The most that a message pays for gas; messages in flight have passed message_fee(). */
static struct amount fee_of(const struct message *m)
{
	struct amount fee = amount_zero();

	return message_fee(&fee, m) ? fee : amount_zero();
}

static json_t *report_json(struct work *w, const struct bump_report *r)
{
	static const char *const steps[] = {"raise", "send", "raise"};
	char channel[ADDRESS_TEXT_MAX];
	struct amount before = fee_of(&r->raised.before), after = fee_of(&r->raised.after);
	json_t *o =
		json_pack("{s:s, s:s, s:s, s:b}", "channel", address_text(channel, &r->channel, w->t->party.network),
			"step", steps[r->step], "message", r->name, "plan", w->policy.plan);

	if (r->step == BUMP_FAILED) {
		json_object_set_new(o, "done", json_false());
		json_object_set_new(o, "error", json_string(party_words(&w->t->party, r->status)));
		return o;
	}
	json_object_set_new(o, "nonce", tool_json_id(r->raised.after.nonce));
	json_object_set_new(o, "fee_before", tool_json_amount(&before));
	json_object_set_new(o, "fee", tool_json_amount(&after));
	json_object_set_new(o, "premium_before", tool_json_amount(&r->raised.before.gas_premium));
	json_object_set_new(o, "premium", tool_json_amount(&r->raised.after.gas_premium));
	json_object_set_new(o, "tries", tool_json_id(r->raised.tries));
	json_object_set_new(o, "done", json_boolean(!w->policy.plan));
	return o;
}

void report_bump(void *ctx, const struct bump_report *r)
{
	char channel[ADDRESS_TEXT_MAX], before[TOOL_AMOUNT_MAX], after[TOOL_AMOUNT_MAX];
	struct amount old = fee_of(&r->raised.before), new = fee_of(&r->raised.after);
	struct work *w = ctx;
	struct tool *t = w->t;
	const char *would = w->policy.plan ? "would be " : "";
	uint64_t nonce = r->raised.after.nonce;

	address_text(channel, &r->channel, t->party.network);
	switch (r->step) {
	case BUMP_RAISED:
		tool_report(t, report_json(w, r),
			"%s %s, nonce %" PRIu64 ": try %" PRIu64 " %ssent, fee up to %s instead of up to %s\n", channel,
			r->name, nonce, r->raised.tries, would, tool_amount_text(after, &new),
			tool_amount_text(before, &old));
		return;
	case BUMP_SENT:
		tool_report(t, report_json(w, r),
			"%s %s, nonce %" PRIu64 ": try %" PRIu64 " %ssent again, fee up to %s\n", channel, r->name,
			nonce, r->raised.tries, would, tool_amount_text(after, &new));
		return;
	case BUMP_FAILED:
		tool_report(t, report_json(w, r), "%s %s: cannot raise the fee: %s\n", channel, r->name,
			party_words(&t->party, r->status));
		return;
	}
}

/* Each channel was named, or all are meant. */
enum status work_bump(struct work *w)
{
	struct address *channels = NULL;
	struct bump bump = {.plan = w->policy.plan, .report = report_bump, .ctx = w};
	enum status s = STATUS_OK;

	if (w->t->argument_count != 0)
		s = work_choose(w);
	if (s != STATUS_OK)
		return s;
	channels = (struct address *)(void *)w->channels.data;
	bump.channels = channels;
	bump.count = w->channels.len / sizeof(*channels);
	return bump_messages(&w->t->party, &bump);
}
