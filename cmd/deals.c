/* deals - list deals, show who must act next, follow what happens, cancel, resume or restart a deal.
 *
 * deals [list] [--limit N] [--before NUMBER]
 * deals show DEAL
 * deals events [-f] [--from N] [DEAL]
 * deals cancel [-aq] [-o FILE] DEAL
 * deals resume [-aq] [-o FILE] DEAL
 * deals restart [-q] DEAL
 * deals forgive [-q] DEAL
 * deals receipt [--sign | --bundle] [--with FILE] [-aq] [-o FILE] DEAL
 */
#include "deals/deals.h"

static const struct tool_option options[] = {
	{"output", 'o', "FILE", "cancel, resume, receipt: where the bytes go (default: standard output)"},
	{"text", 'a', NULL, "cancel, resume, receipt: write the bytes as lines of base64url"},
	{"limit", 0, "N", "list: at most N deals, 0 for all (default: 20)"},
	{"before", 0, "NUMBER", "list: only deals made before the deal with this number"},
	{"follow", 'f', NULL, "events: go on, and print each event as it happens"},
	{"from", 0, "N", "events: begin with event N"},
	{"sign", 0, NULL, "receipt: write the receipt of this side, signed with the key"},
	{"bundle", 0, NULL, "receipt: write all that proves the deal as one signed file: see inspect --verify"},
	{"with", 0, "FILE", "receipt: put the signed receipt of the other side into the bundle"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"deals",
	"[list] [--limit N] [--before NUMBER]\n"
	"       deals show DEAL\n"
	"       deals events [-f] [--from N] [DEAL]\n"
	"       deals cancel [-aq] [-o FILE] DEAL\n"
	"       deals resume [-aq] [-o FILE] DEAL\n"
	"       deals restart [-q] DEAL\n"
	"       deals forgive [-q] DEAL\n"
	"       deals receipt [--sign | --bundle] [--with FILE] [-aq] [-o FILE] DEAL",
	"List deals, show who must act next, follow what happens, cancel, resume or restart a deal.\n"
	"DEAL is an id, the first digits of one, or @ for the newest.",
	options,
};

static const struct tool_verb verbs[] = {
	{"list", deals_list, 0, 0, "", "limit before "},
	{"show", deals_show, 1, 1, "DEAL", ""},
	{"events", deals_events, 0, 1, "[DEAL]", "follow from "},
	{"cancel", deals_cancel, 1, 1, "DEAL", "output text "},
	{"resume", deals_resume, 1, 1, "DEAL", "output text "},
	{"restart", deals_restart, 1, 1, "DEAL", ""},
	{"forgive", deals_forgive, 1, 1, "DEAL", ""},
	{"receipt", deals_receipt, 1, 1, "DEAL", "output text sign bundle with "},
	{NULL, NULL, 0, 0, NULL, NULL},
};

int main(int argc, char **argv)
{
	static char list_verb[] = "list", events_verb[] = "events";
	static char *fallback[2];
	struct tool t;

	tool_begin(&t, &spec, argc, argv);
	if (t.argument_count == 0) {
		fallback[0] = tool_flag(&t, "follow") ? events_verb : list_verb;
		t.arguments = fallback;
		t.argument_count = 1;
	}
	return tool_end(&t, tool_run_verb(&t, verbs));
}
