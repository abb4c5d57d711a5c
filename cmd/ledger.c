/* ledger - keep the payment ledger that stands for the chain: its clock, its accounts, its payment channels.
 *
 * ledger init [-nq] [--manual] [--network f|t] [--delay EPOCHS] [--lotus] [--gas-price AMOUNT] [--finality EPOCHS]
 * ledger head
 * ledger advance [-nq] DURATION|@EPOCH
 * ledger gas-price [-nq] [AMOUNT]
 * ledger fund [-nq] ADDRESS AMOUNT
 * ledger balance [ADDRESS ...]
 * ledger channels
 * ledger pending
 * ledger log [-f] [--from N]
 * ledger watch [--from N]
 * ledger place [-nq] CHANNEL FROM TO AMOUNT
 * ledger check
 * ledger serve [-q] [--listen HOST:PORT] [--token FILE]
 */
#include "ledger/ledger.h"

static const struct tool_option options[] = {
	{"dry-run", 'n', NULL, "change nothing, only say what would be done"},
	{"manual", 0, NULL, "init: epochs move by `ledger advance` only, not with the clock"},
	{"network", 0, "f|t", "init: the letter that addresses begin with (default: f)"},
	{"finality", 0, "EPOCHS", "init: a channel and its funds are final EPOCHS after they came (default: at once)"},
	{"delay", 0, "EPOCHS", "init: execute each message EPOCHS after its submission (default: at once)"},
	{"lotus", 0, NULL, "init: give channels the addresses that they would have on the chain"},
	{"gas-price", 0, "AMOUNT", "init: the price of a unit of gas (default: gas is free)"},
	{"follow", 'f', NULL, "log: go on, and print each new entry"},
	{"from", 0, "N", "log: begin with entry N"},
	{"listen", 0, "HOST:PORT", "serve: where to listen (default: 127.0.0.1:1234; port 0: a free one)"},
	{"token", 0, "FILE", "serve: take messages only from clients that send the token in FILE"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"ledger",
	"init [-nq] [--manual] [--network f|t] [--delay EPOCHS] [--lotus] [--gas-price AMOUNT] [--finality EPOCHS]\n"
	"       ledger head\n"
	"       ledger advance [-nq] DURATION|@EPOCH\n"
	"       ledger gas-price [-nq] [AMOUNT]\n"
	"       ledger fund [-nq] ADDRESS AMOUNT\n"
	"       ledger balance [ADDRESS ...]\n"
	"       ledger channels\n"
	"       ledger pending\n"
	"       ledger log [-f] [--from N]\n"
	"       ledger watch [--from N]\n"
	"       ledger place [-nq] CHANNEL FROM TO AMOUNT\n"
	"       ledger check\n"
	"       ledger serve [-q] [--listen HOST:PORT] [--token FILE]",
	"Keep the payment ledger that stands for the chain: its clock, its accounts, its payment channels.",
	options,
};

static const struct tool_verb verbs[] = {
	{"init", ledger_init, 0, 0,
		"[--manual] [--network f|t] [--delay EPOCHS] [--lotus] [--gas-price AMOUNT] [--finality EPOCHS]",
		"dry-run manual network delay lotus gas-price finality "},
	{"head", ledger_head, 0, 0, "", ""},
	{"advance", ledger_advance, 1, 1, "DURATION|@EPOCH", "dry-run "},
	{"gas-price", ledger_gas_price, 0, 1, "[AMOUNT]", "dry-run "},
	{"fund", ledger_fund, 2, 2, "ADDRESS AMOUNT", "dry-run "},
	{"balance", ledger_balance_of, 0, -1, "[ADDRESS ...]", ""},
	{"channels", ledger_channels, 0, 0, "", ""},
	{"pending", ledger_pending, 0, 0, "", ""},
	{"log", ledger_log, 0, 0, "[-f] [--from N]", "follow from "},
	{"watch", ledger_watch, 0, 0, "[--from N]", "from "},
	{"place", ledger_place, 4, 4, "CHANNEL FROM TO AMOUNT", "dry-run "},
	{"check", ledger_check, 0, 0, "", ""},
	{"serve", ledger_serve, 0, 0, "[--listen HOST:PORT] [--token FILE]", "listen token "},
	{NULL, NULL, 0, 0, NULL, NULL},
};

int main(int argc, char **argv)
{
	struct tool t;
	enum status s;

	tool_begin(&t, &spec, argc, argv);
	s = ledger_end_books(&t, tool_run_verb(&t, verbs));
	return tool_end(&t, s);
}
