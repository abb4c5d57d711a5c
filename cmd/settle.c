/* settle - take the next right step to be paid or refunded: submit the best vouchers, settle, wait, collect.
 *
 * settle [-nq] [--plan] [--when CONDITION,...] [--keep-open|--close] [--at-a-loss] [--max-fee AMOUNT] [--wait DURATION] [--all|-|DEAL|CHANNEL ...]
 * settle [-nq] --write-off DEAL|CHANNEL ...
 * settle [-q] --watch [--poll DURATION] [--when CONDITION,...] [--keep-open] [--at-a-loss] [--max-fee AMOUNT]
 * settle [-nq] --bump [--max-fee AMOUNT] [DEAL|CHANNEL ...]
 */
#include "settle/settle.h"

#include "tool/settle_when.h"

static const struct tool_option options[] = {
	{"plan", 0, NULL, "change nothing, only say what each step would bring, and when, and what the choices are"},
	{"all", 0, NULL, "all channels that are not collected; the same as no argument"},
	{"when", 0, "CONDITION,...", SETTLE_WHEN_HELP},
	{"at-a-loss", 0, NULL, "take also steps that cost more than they bring"},
	{"keep-open", 0, NULL,
		"submit the best vouchers, and settle no channel in which there is still something to earn"},
	{"close", 0, NULL, "settle also channels on which deals go on, or vouchers wait for their time"},
	{"write-off", 0, NULL, "what was lost on these channels was seen: say it no more"},
	{"bump", 0, NULL, "give the messages that are on their way a higher fee, and take no step"},
	{"max-fee", 0, "AMOUNT", "the most that one message to the ledger may take as its fee (default: 0.07fil)"},
	{"wait", 0, "DURATION",
		"how long to wait until messages are on the ledger, and then take the next step (default: not at all)"},
	{"watch", 0, NULL, "go on until a signal comes, and take each step of each channel when it is due"},
	{"poll", 0, "DURATION",
		"with --watch, look at store and ledger every DURATION (default: a third of an epoch, and the ledger "
		"when "
		"needed)"},
	{"dry-run", 'n', NULL, "the same as --plan"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"settle",
	"[-nq] [--plan] [--when CONDITION,...] [--keep-open|--close] [--at-a-loss] [--max-fee AMOUNT] [--wait "
	"DURATION] [--all|-|DEAL|CHANNEL ...]\n"
	"       settle [-nq] --write-off DEAL|CHANNEL ...\n"
	"       settle [-q] --watch [--poll DURATION] [--when CONDITION,...] [--keep-open] [--at-a-loss] [--max-fee "
	"AMOUNT]\n"
	"       settle [-nq] --bump [--max-fee AMOUNT] [DEAL|CHANNEL ...]",
	"Take the next right step to be paid or refunded: submit the best vouchers, settle, wait, collect.\n"
	"Without arguments this is done for all channels that are not collected; a channel with open deals is not "
	"settled yet. A step that costs more than it brings is not taken.\n"
	"Exit 11: wait, and run settle again. Exit 1: money is lost by coming too late.",
	options,
};

/* A watcher takes all channels, and changes them. */
static void check_watch(struct tool *t)
{
	static const char *const others[] = {"plan", "dry-run", "close", "write-off", "wait"};

	if (!tool_flag(t, "watch")) {
		if (tool_flag(t, "poll"))
			tool_fail(t, STATUS_USAGE, "--poll is for --watch");
		return;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (tool_flag(t, others[i]))
			tool_fail(t, STATUS_USAGE, "--watch and --%s exclude each other", others[i]);
	if (t->argument_count != 0)
		tool_fail(t, STATUS_USAGE, "--watch takes all channels of the store: name none");
}

/* A higher fee is no step, and has no policy. */
static void check_bump(struct tool *t)
{
	static const char *const others[] = {
		"keep-open", "close", "write-off", "when", "at-a-loss", "wait", "all", "watch", "poll"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (tool_flag(t, others[i]))
			tool_fail(t, STATUS_USAGE, "--bump takes no step, so there is nothing for --%s", others[i]);
	}
}

static struct settle_policy choose(struct tool *t)
{
	struct settle_policy policy;
	bool keep = tool_flag(t, "keep-open"), close = tool_flag(t, "close"), write_off = tool_flag(t, "write-off");
	bool named = t->argument_count != 0 && !work_is_stream(t);

	if (keep + close + write_off > 1)
		tool_fail(t, STATUS_USAGE, "--keep-open, --close and --write-off are three choices: give one of them");
	if (tool_flag(t, "all") && (write_off || t->argument_count != 0))
		tool_fail(t, STATUS_USAGE, "--all is for all channels: name none, and write no loss off");
	if (tool_flag(t, "when") && (close || write_off))
		tool_fail(t, STATUS_USAGE,
			"--when keeps channels open, --close and --write-off do not: give one of them");
	if (write_off && t->argument_count == 0)
		tool_fail(t, STATUS_USAGE, "which loss was seen? Name the channel after --write-off");
	policy = (struct settle_policy){.plan = t->dry_run || tool_flag(t, "plan"),
		.spare = keep || (!named && !close),
		.keep_open = keep,
		.close = close,
		.at_a_loss = tool_flag(t, "at-a-loss")};
	if (tool_flag(t, "when") || (!named && !close)) /* a named channel is settled now */
		tool_settle_when(t, &policy);
	return policy;
}

int main(int argc, char **argv)
{
	struct tool t;
	struct work w = {.t = &t};
	enum status s;

	tool_begin(&t, &spec, argc, argv);
	check_watch(&t);
	if (tool_flag(&t, "bump"))
		check_bump(&t);
	w.policy = choose(&t);
	w.write_off = tool_flag(&t, "write-off");
	if (tool_flag(&t, "watch"))
		return tool_end(&t, work_watch(&w));
	tool_open_party(&t, (w.policy.plan ? NEED_READ_STORE : NEED_STORE) | NEED_LEDGER | NEED_KEY);
	tool_set_wait(&t, 0);
	w.wait_until = t.party.wait_until;
	t.party.wait_until = 0; /* all messages are sent before the first is waited for */
	if (tool_flag(&t, "bump")) {
		s = work_bump(&w);
		bytes_release(&w.channels);
		return tool_end(&t, s);
	}
	s = work_is_stream(&t) ? work_stream(&w) : work_choose(&w);
	if (s == STATUS_CORRUPT && w.channels.len != 0) { /* one damaged record: the other channels go on */
		report_failure(&w, s);
		s = STATUS_OK;
	}
	if (s == STATUS_OK && !work_is_stream(&t))
		s = work_run(&w);
	if (w.policy.plan && t.argument_count == 0)
		report_total(&w);
	bytes_release(&w.channels);
	bytes_release(&w.pending);
	return tool_end(&t, s);
}
