/* accept.c - channel accept-ledger: the ledger was put back to an older state, and that is how it stays. */
#include "binding/accept_older.h"
#include "channel.h"

static void print_change(void *ctx, const struct accepted_channel *c)
{
	char address[ADDRESS_TEXT_MAX], lost[TOOL_AMOUNT_MAX];
	struct tool *t = ctx;
	const char *what = c->is_back ? "is on the ledger again: it is open" : "is not on the ledger any more";
	bool loses = !c->is_back && !amount_is_zero(&c->channel.lost);

	address_text(address, &c->channel.address, t->party.network);
	tool_amount_text(lost, &c->channel.lost);
	tool_report(t,
		json_pack("{s:s, s:b, s:o}", "channel", address, "is_back", c->is_back, "lost",
			tool_json_amount(&c->channel.lost)),
		"%s %s%s%s%s\n", address, what, loses ? ": " : "", loses ? lost : "",
		loses ? " of vouchers are lost" : "");
}

enum status channel_accept_ledger(struct tool *t)
{
	struct party *p = tool_open_party(t, NEED_STORE | NEED_LEDGER | LEDGER_AS_IS);

	return accept_older_ledger(p, tool_ledger_name(t), t->dry_run, print_change, t);
}
