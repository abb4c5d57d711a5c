/* replay - run recorded deals again in a scratch store, and compare every frame, state and amount.
 *
 * replay [-kq] [--against] [--as SIDE] [--check] [--stats] [--step] [--until N] DIR ...
 * replay [-kq] [--against] [--expect-resume] --inject FAULT DIR ...
 */
#include <stdio.h>
#include <string.h>

#include "replay/replay.h"

static const struct tool_option options[] = {
	{"against", 0, NULL, "the recording is of another implementation: blocks may be in other frames"},
	{"as", 0, "SIDE", "the side to run: client, provider, or both (default)"},
	{"check", 0, NULL, "print only differences"},
	{"inject", 0, "FAULT",
		"run a whole deal with a fault at frame N: drop@N, dup@N, flip@N, cut@N, delay@N, swap@N, or all"},
	{"expect-resume", 0, NULL, "with --inject: the deal must complete after the fault"},
	{"stats", 0, NULL, "print a table of the frames, with tabs between columns"},
	{"step", 0, NULL, "show each frame; on a terminal, wait for Enter after each"},
	{"until", 0, "N", "stop after N frames"},
	{"keep", 'k', NULL, "keep the scratch store, and say where it is"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"replay",
	"[-kq] [--against] [--as SIDE] [--check] [--stats] [--step] [--until N] DIR ...\n"
	"       replay [-kq] [--against] [--expect-resume] --inject FAULT DIR ...",
	"Run recorded deals again in a scratch store, and compare every frame, state and amount.\n"
	"The recording's clock and ids are used. Exit 0: all agree; 1: something differs; 6: DIR is no recording.",
	options,
};

static void read_options(struct tool *t, struct replay_options *o)
{
	const char *side = tool_value(t, "as"), *fault = tool_value(t, "inject");

	o->client = side == NULL || strcmp(side, "provider") != 0;
	o->provider = side == NULL || strcmp(side, "client") != 0;
	if (side != NULL && strcmp(side, "client") != 0 && strcmp(side, "provider") != 0 && strcmp(side, "both") != 0)
		tool_fail(t, STATUS_USAGE, "'%.40s' is not a side: client, provider or both", side);
	o->foreign = tool_flag(t, "against");
	o->check = tool_flag(t, "check");
	o->step = tool_flag(t, "step");
	o->stats = tool_flag(t, "stats");
	o->keep = tool_flag(t, "keep");
	o->expect_resume = tool_flag(t, "expect-resume");
	o->limited = tool_flag(t, "until");
	o->until = o->limited ? tool_number(t, "until", 0) : 0;
	if (fault != NULL && fault_parse(&o->fault, fault) != STATUS_OK)
		tool_fail(t, STATUS_USAGE, "'%.40s' is not a fault: drop@N, dup@N, flip@N, cut@N, delay@N or swap@N",
			fault);
	if (o->expect_resume && fault == NULL)
		tool_fail(t, STATUS_USAGE, "--expect-resume needs --inject");
}

/* Every recording is replayed; the first failure gives the exit code. */
int main(int argc, char **argv)
{
	struct replay_options o = {0};
	enum status worst = STATUS_OK;
	unsigned failed = 0;
	struct tool t;

	tool_begin(&t, &spec, argc, argv);
	tool_expect_arguments(&t, 1, -1);
	read_options(&t, &o);
	if (tool_value(&t, "key") != NULL)
		o.key = &tool_open_party(&t, NEED_KEY)->key;
	if (o.stats)
		tool_print("recording\tframe\tfrom\tkind\toffset\tbytes\tblocks\tblock_"
			   "bytes\tspent\treceived\tclient\tprovider\n");
	for (int i = 0; i < t.argument_count; i++) {
		enum status s;

		error_clear(&t.party.error);
		s = replay_run(&t, t.arguments[i], &o);
		if (s == STATUS_OK)
			continue;
		failed++;
		if (worst == STATUS_OK)
			worst = s;
		if (i + 1 < t.argument_count)
			tool_complain(&t, s);
	}
	return tool_end(&t, party_explain(&t.party, worst, "%u of %d recordings differ", failed, t.argument_count));
}
