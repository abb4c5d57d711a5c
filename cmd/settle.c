/* settle - take the next right step to be paid or refunded: submit the best vouchers, settle, wait, collect.
 *
 * settle [-nq] [--plan] [DEAL|CHANNEL ...]
 */
#include <stdio.h>
#include <string.h>

#include "funds/channel_view.h"
#include "funds/settle.h"
#include "tool/channels.h"

static const struct tool_option options[] = {
	{"plan", 0, NULL, "change nothing, only say what each step would bring, and when"},
	{"dry-run", 'n', NULL, "the same as --plan"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"settle",
	"[-nq] [--plan] [DEAL|CHANNEL ...]",
	"Take the next right step to be paid or refunded: submit the best vouchers, settle, wait, collect.\n"
	"Without arguments this is done for all channels that are not collected; a channel with open deals is not "
	"settled yet.\n"
	"Exit 11: wait, and run settle again.",
	options,
};

/** struct work - the channels to settle, and how it went. */
struct work {
	struct tool *t;
	unsigned how;          /* SETTLE_PLAN, SETTLE_SPARE */
	struct bytes channels; /* struct address, one behind the other */
	enum status status;    /* the first failure; TOO_EARLY gives way to any other */
	struct error error;
};

static const char *const step_names[] = {
	[SETTLE_SUBMIT] = "submit",
	[SETTLE_START] = "settle",
	[SETTLE_WAIT] = "wait",
	[SETTLE_COLLECT] = "collect",
	[SETTLE_NOTHING] = "nothing",
	[SETTLE_LATER] = "later",
};

static json_t *report_json(const struct settle_report *r, const char *channel, bool plan)
{
	json_t *o = json_pack("{s:s, s:s, s:b, s:I}", "channel", channel, "step", step_names[r->step], "plan", plan,
		"epoch", (json_int_t)r->epoch);

	if (r->step == SETTLE_SUBMIT) {
		json_object_set_new(o, "lane", tool_json_id(r->lane));
		json_object_set_new(o, "nonce", tool_json_id(r->nonce));
	}
	if (r->step != SETTLE_NOTHING)
		json_object_set_new(o, "amount", tool_json_amount(&r->amount));
	if (r->step == SETTLE_START || r->step == SETTLE_WAIT) {
		json_object_set_new(o, "until", json_integer(r->until));
		json_object_set_new(o, "wait_seconds", json_integer((r->until - r->epoch) * EPOCH_SECONDS));
	}
	if (r->deals != 0)
		json_object_set_new(o, "deals", json_integer((json_int_t)r->deals));
	json_object_set_new(o, "done", json_boolean(!plan && r->status == STATUS_OK));
	if (r->status != STATUS_OK)
		json_object_set_new(o, "error", json_string(r->text[0] != '\0' ? r->text : status_text(r->status)));
	return o;
}

/* What was done, or would be, in words. */
static void describe(char *text, size_t size, const struct settle_report *r, bool plan)
{
	char amount[AMOUNT_TEXT_MAX + 8], left[64];
	long long until = r->until, epochs = r->until - r->epoch;

	tool_amount_text(amount, &r->amount);
	tool_epochs_text(left, epochs > 0 ? epochs : 0);
	switch (r->step) {
	case SETTLE_SUBMIT:
		snprintf(text, size, "%s the voucher of lane %llu, nonce %llu: %s more",
			plan ? "would submit" : "submitted", (unsigned long long)r->lane, (unsigned long long)r->nonce,
			amount);
		break;
	case SETTLE_START:
		snprintf(text, size, "%s: %s can be collected from epoch %lld on, in %s%s",
			plan ? "would settle" : "settling", amount, until, left,
			r->deals != 0 ? "; deals on it that go on get no further" : "");
		break;
	case SETTLE_LATER:
		snprintf(text, size, "open still, as %llu %s: settling now would bring %s",
			(unsigned long long)r->deals, r->deals == 1 ? "deal goes on" : "deals go on", amount);
		break;
	case SETTLE_WAIT:
		snprintf(text, size, "settling: %s can be collected from epoch %lld on, in %lld epochs (%s)", amount,
			until, epochs, left);
		break;
	case SETTLE_COLLECT:
		snprintf(text, size, "%s %s", plan ? "would collect" : "collected", amount);
		break;
	case SETTLE_NOTHING:
		snprintf(text, size, "collected: nothing is left to do");
		break;
	}
}

static void report(void *ctx, const struct settle_report *r)
{
	char channel[ADDRESS_TEXT_MAX], text[AMOUNT_TEXT_MAX + 256];
	struct work *w = ctx;
	struct tool *t = w->t;
	bool plan = w->how & SETTLE_PLAN;

	address_text(channel, &r->channel, t->party.network);
	if (r->status == STATUS_OK || r->status == STATUS_TOO_EARLY)
		describe(text, sizeof(text), r, plan);
	else
		snprintf(text, sizeof(text), "cannot %s: %s", step_names[r->step],
			r->text[0] != '\0' ? r->text : status_text(r->status));
	tool_report(t, report_json(r, channel, plan), "%s %s\n", channel, text);
	if (r->step == SETTLE_LATER) {
		party_hint(&t->party, "settle %s", channel);
		party_fail(&t->party, r->status, "channel %s is not settled while deals on it go on", channel);
	} else if (r->status == STATUS_TOO_EARLY)
		party_fail(&t->party, r->status, "channel %s settles until epoch %lld, it is %lld now", channel,
			(long long)r->until, (long long)r->epoch);
	else if (r->status == STATUS_NOT_SPENDABLE)
		party_fail(&t->party, r->status, "the ledger refused the voucher of lane %llu, nonce %llu: %s",
			(unsigned long long)r->lane, (unsigned long long)r->nonce, r->text);
}

/* Keep the first failure for the end, and say the others at once; that it is too early was reported. */
static void note_failure(struct work *w, enum status s)
{
	struct party *p = &w->t->party;

	if (w->status == STATUS_OK || (w->status == STATUS_TOO_EARLY && s != STATUS_TOO_EARLY)) {
		w->status = s;
		w->error = p->error;
	} else if (s != STATUS_TOO_EARLY) {
		tool_complain(w->t, s);
	}
}

static enum status add_channel(void *ctx, const struct address *a)
{
	struct work *w = ctx;

	for (size_t at = 0; at < w->channels.len; at += sizeof(*a))
		if (memcmp(w->channels.data + at, a, sizeof(*a)) == 0)
			return STATUS_OK;
	bytes_append(&w->channels, a, sizeof(*a));
	return bytes_status(&w->channels);
}

/* All arguments are understood before anything is done. */
static enum status choose_channels(struct work *w)
{
	enum status s = STATUS_OK;

	for (int i = 0; s == STATUS_OK && i < w->t->argument_count; i++) {
		struct address a = tool_find_channel(w->t, w->t->arguments[i]);

		s = add_channel(w, &a);
	}
	if (w->t->argument_count == 0)
		return channel_each(&w->t->party, true, add_channel, w);
	return s;
}

static enum status settle_all(struct work *w)
{
	struct party *p = &w->t->party;
	struct address a;

	for (size_t at = 0; at < w->channels.len; at += sizeof(a)) {
		enum status s;

		memcpy(&a, w->channels.data + at, sizeof(a));
		error_clear(&p->error);
		s = settle_channel(p, &a, w->how, report, w);
		if (s != STATUS_OK)
			note_failure(w, s);
	}
	p->error = w->error;
	if (w->channels.len == 0)
		party_done(p, "there is no channel to settle");
	return w->status;
}

int main(int argc, char **argv)
{
	struct tool t;
	struct work w = {.t = &t};
	enum status s;

	tool_begin(&t, &spec, argc, argv);
	w.how = (t.dry_run || tool_flag(&t, "plan") ? SETTLE_PLAN : 0) | (t.argument_count == 0 ? SETTLE_SPARE : 0);
	tool_open_party(&t, (w.how & SETTLE_PLAN ? NEED_READ_STORE : NEED_STORE) | NEED_LEDGER | NEED_KEY);
	s = choose_channels(&w);
	if (s == STATUS_OK)
		s = settle_all(&w);
	bytes_release(&w.channels);
	return tool_end(&t, s);
}
