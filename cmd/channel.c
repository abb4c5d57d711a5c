/* channel - open payment channels, put money into them, and see what was paid through them.
 *
 * channel open [-nq] [--max-fee AMOUNT] [--wait DURATION] --deal DEAL [--amount AMOUNT]
 * channel open [-nq] [--max-fee AMOUNT] [--wait DURATION] --to ADDRESS --amount AMOUNT
 * channel add-funds [-nq] [--max-fee AMOUNT] [--wait DURATION] [--again] CHANNEL AMOUNT
 * channel list
 * channel show CHANNEL
 * channel lanes CHANNEL
 * channel vouchers [-b] CHANNEL
 * channel export CHANNEL
 * channel import [-q] [--secret FILE] CHANNEL|VOUCHER|FILE ...
 * channel accept-ledger [-nq]
 */
#include "channel/channel.h"

static const struct tool_option options[] = {
	{"dry-run", 'n', NULL, "change nothing, only say what would be done"},
	{"deal", 'd', "DEAL", "open: for this deal (its id, a prefix of it, or @ for the newest)"},
	{"to", 0, "ADDRESS", "open: a channel to this payee, for payments without a deal; needs --amount"},
	{"amount", 0, "AMOUNT",
		"open: the amount for the deal in the channel (default: the whole price of the deal); --to: the amount "
		"that is to be available"},
	{"again", 0, NULL, "add-funds: add AMOUNT again, although it was added and nothing has changed since"},
	{"max-fee", 0, "AMOUNT",
		"open, add-funds: the most that one message to the ledger may take as its fee (default: 0.07fil)"},
	{"wait", 0, "DURATION",
		"open, add-funds: how long to wait until the message is on the ledger (default: 15m, or not at all if "
		"the ledger has no clock)"},
	{"best", 'b', NULL, "vouchers: only the best of each lane"},
	{"secret", 0, "FILE", "import: FILE holds the secret of a voucher that can be redeemed with a secret only"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"channel",
	"open [-nq] [--max-fee AMOUNT] [--wait DURATION] --deal DEAL [--amount AMOUNT]\n"
	"       channel open [-nq] [--max-fee AMOUNT] [--wait DURATION] --to ADDRESS --amount AMOUNT\n"
	"       channel add-funds [-nq] [--max-fee AMOUNT] [--wait DURATION] [--again] CHANNEL AMOUNT\n"
	"       channel list\n"
	"       channel show CHANNEL\n"
	"       channel lanes CHANNEL\n"
	"       channel vouchers [-b] CHANNEL\n"
	"       channel export CHANNEL\n"
	"       channel import [-q] [--secret FILE] CHANNEL|VOUCHER|FILE ...\n"
	"       channel accept-ledger [-nq]",
	"Open payment channels, put money into them, and see what was paid through them.\n"
	"CHANNEL is an address, the beginning of one known here, or a deal: its id, or @ for the newest.",
	options,
};

static const struct tool_verb verbs[] = {
	{"open", channel_open, 0, 0,
		"[--max-fee AMOUNT] [--wait DURATION] --deal DEAL [--amount AMOUNT], or --to ADDRESS --amount AMOUNT",
		"dry-run max-fee wait deal to amount "},
	{"add-funds", channel_add_funds, 2, 2, "[--max-fee AMOUNT] [--wait DURATION] [--again] CHANNEL AMOUNT",
		"dry-run max-fee wait again "},
	{"list", channel_list_all, 0, 0, "", ""},
	{"show", channel_show, 1, 1, "CHANNEL", ""},
	{"lanes", channel_lanes, 1, 1, "CHANNEL", ""},
	{"vouchers", channel_vouchers, 1, 1, "[-b] CHANNEL", "best "},
	{"export", channel_export, 1, 1, "CHANNEL", ""},
	{"import", channel_import, 1, -1, "[--secret FILE] CHANNEL|VOUCHER|FILE ...", "secret "},
	{"accept-ledger", channel_accept_ledger, 0, 0, "", "dry-run "},
	{NULL, NULL, 0, 0, NULL, NULL},
};

int main(int argc, char **argv)
{
	struct tool t;

	tool_begin(&t, &spec, argc, argv);
	return tool_end(&t, tool_run_verb(&t, verbs));
}
