/* settle - take the next right step to be paid or refunded: submit the best vouchers, settle, wait, collect.
 *
 * settle [-nq] [--plan] [--keep-open|--close] [--max-fee AMOUNT] [--wait DURATION] [DEAL|CHANNEL ...]
 * settle [-nq] --write-off DEAL|CHANNEL ...
 */
#include <inttypes.h>
#include <string.h>

#include "funds/channel_view.h"
#include "funds/in_flight.h"
#include "show/show_settle.h"
#include "tool/channels.h"

static const struct tool_option options[] = {
	{"plan", 0, NULL, "change nothing, only say what each step would bring, and when, and what the choices are"},
	{"keep-open", 0, NULL,
		"submit the best vouchers, and settle no channel in which there is still something to earn"},
	{"close", 0, NULL, "settle also channels on which deals go on"},
	{"write-off", 0, NULL, "what was lost on these channels was seen: say it no more"},
	{"max-fee", 0, "AMOUNT", "the most that one message to the ledger may take as its fee (default: 0.07fil)"},
	{"wait", 0, "DURATION",
		"how long to wait until messages are on the ledger, and then take the next step (default: not at all)"},
	{"dry-run", 'n', NULL, "the same as --plan"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"settle",
	"[-nq] [--plan] [--keep-open|--close] [--max-fee AMOUNT] [--wait DURATION] [DEAL|CHANNEL ...]\n"
	"       settle [-nq] --write-off DEAL|CHANNEL ...",
	"Take the next right step to be paid or refunded: submit the best vouchers, settle, wait, collect.\n"
	"Without arguments this is done for all channels that are not collected; a channel with open deals is not "
	"settled yet.\n"
	"Exit 11: wait, and run settle again. Exit 1: money is lost by coming too late.",
	options,
};

/** struct work - the channels to settle, and the results. */
struct work {
	struct tool *t;
	unsigned how; /* SETTLE_PLAN, SETTLE_SPARE, SETTLE_KEEP */
	bool write_off;
	struct bytes channels; /* a list of struct address */
	struct bytes pending;  /* those of them whose messages are on their way */
	double wait_until;     /* clock_seconds() */
	enum status status;    /* the first failure; any other failure replaces TOO_EARLY and PENDING */
	struct error error;
};

static void report(void *ctx, const struct settle_report *r)
{
	char channel[ADDRESS_TEXT_MAX], text[SETTLE_TEXT_MAX], amount[AMOUNT_TEXT_MAX];
	struct work *w = ctx;
	struct tool *t = w->t;
	bool plan = w->how & SETTLE_PLAN;

	address_text(channel, &r->channel, t->party.network);
	tool_report(t, show_settle(r, t->party.network, plan), "%s %s\n", channel, show_settle_text(text, r, plan));
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

/* Keep the first failure for the end, and report the others at once; it was reported before that a step is too early. */
static void note_failure(struct work *w, enum status s)
{
	struct party *p = &w->t->party;

	if (weight(s) > weight(w->status)) {
		w->status = s;
		w->error = p->error;
	} else if (weight(s) == WEIGHT_FAILURE) {
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

/* With a plan, only print the losses that would not be reported any more. */
static enum status write_off(struct work *w, const struct address *channel)
{
	char text[ADDRESS_TEXT_MAX], digits[TOOL_AMOUNT_MAX];
	struct party *p = &w->t->party;
	struct amount lost;
	enum status s = settle_write_off(p, &lost, channel, w->how & SETTLE_PLAN);

	if (s != STATUS_OK)
		return s;
	address_text(text, channel, p->network);
	tool_amount_text(digits, &lost);
	tool_report(w->t,
		json_pack("{s:s, s:s, s:b, s:o}", "channel", text, "step", "write-off", "plan",
			(w->how & SETTLE_PLAN) != 0, "amount", tool_json_amount(&lost)),
		"%s %s %s\n", text, w->how & SETTLE_PLAN ? "would write off" : "wrote off", digits);
	return STATUS_OK;
}

/* All arguments are read before the first step is taken. */
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

/* False if the time of --wait is over. */
static bool wait_for_messages(struct work *w)
{
	struct party *p = &w->t->party;
	enum status s;

	p->wait_until = w->wait_until;
	s = in_flight_wait(p, true);
	p->wait_until = 0;
	return s == STATUS_OK;
}

/* Take the next step of each channel in the list. */
static enum status settle_each(struct work *w)
{
	struct party *p = &w->t->party;
	struct address a;

	for (size_t at = 0; at < w->channels.len; at += sizeof(a)) {
		enum status s;

		memcpy(&a, w->channels.data + at, sizeof(a));
		error_clear(&p->error);
		s = w->write_off ? write_off(w, &a) : settle_channel(p, &a, w->how, report, w);
		if (s == STATUS_PENDING)
			bytes_append(&w->pending, &a, sizeof(a));
		if (s != STATUS_OK)
			note_failure(w, s);
	}
	return bytes_status(&w->pending);
}

/* The messages that were on their way are on the ledger: their channels come next. */
static void take_pending(struct work *w)
{
	struct bytes done = w->channels;

	w->channels = w->pending;
	w->pending = done;
	bytes_clear(&w->pending);
	if (w->status == STATUS_PENDING) {
		w->status = STATUS_OK;
		error_clear(&w->error);
	}
}

static enum status settle_all(struct work *w)
{
	struct party *p = &w->t->party;
	enum status s;

	if (w->channels.len == 0) {
		party_done(p, "there is no channel to settle");
		return STATUS_OK;
	}
	for (;;) {
		s = settle_each(w);
		if (s != STATUS_OK)
			return s;
		if (w->pending.len == 0 || (w->how & SETTLE_PLAN) || !wait_for_messages(w))
			break;
		take_pending(w);
	}
	p->error = w->error;
	return w->status;
}

static unsigned choose(struct tool *t)
{
	bool keep = tool_flag(t, "keep-open"), close = tool_flag(t, "close"), write_off = tool_flag(t, "write-off");

	if (keep + close + write_off > 1)
		tool_fail(t, STATUS_USAGE, "--keep-open, --close and --write-off are three choices: give one of them");
	if (write_off && t->argument_count == 0)
		tool_fail(t, STATUS_USAGE, "which loss was seen? Name the channel after --write-off");
	return (t->dry_run || tool_flag(t, "plan") ? SETTLE_PLAN : 0) |
	       (t->argument_count == 0 && !close ? SETTLE_SPARE : 0) | (keep ? SETTLE_KEEP | SETTLE_SPARE : 0);
}

int main(int argc, char **argv)
{
	struct tool t;
	struct work w = {.t = &t};
	enum status s;

	tool_begin(&t, &spec, argc, argv);
	w.how = choose(&t);
	w.write_off = tool_flag(&t, "write-off");
	tool_open_party(&t, (w.how & SETTLE_PLAN ? NEED_READ_STORE : NEED_STORE) | NEED_LEDGER | NEED_KEY);
	tool_set_wait(&t, 0);
	w.wait_until = t.party.wait_until;
	t.party.wait_until = 0; /* all messages are sent before the first is waited for */
	s = choose_channels(&w);
	if (s == STATUS_CORRUPT && w.channels.len != 0) { /* one damaged record: the other channels go on */
		note_failure(&w, s);
		s = STATUS_OK;
	}
	if (s == STATUS_OK)
		s = settle_all(&w);
	bytes_release(&w.channels);
	bytes_release(&w.pending);
	return tool_end(&t, s);
}
