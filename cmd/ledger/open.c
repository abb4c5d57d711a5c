/* open.c - opening the ledger, and ledger init. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger.h"
#include "rpc/node_place.h"

static struct embedded *books; /* the ledger, while a verb needs it */

enum status ledger_end_books(struct tool *t, enum status s)
{
	const struct error *known = books != NULL ? embedded_error(books) : NULL;

	if (known != NULL && known->status == s)
		party_explain(&t->party, s, "%s", known->why);
	ledger_close_books();
	return s;
}

void ledger_close_books(void)
{
	embedded_close(books);
	books = NULL;
}

void ledger_fail(struct tool *t, enum status s, const char *verb)
{
	ledger_close_books();
	tool_fail(t, s, "cannot %s the ledger in '%s': %s", verb, tool_ledger_path(t),
		s == STATUS_IO ? strerror(errno) : status_text(s));
}

struct embedded *ledger_open_books(struct tool *t)
{
	const char *path = tool_ledger_path(t);
	struct embedded_options o;
	enum status s = node_place_is(path) ? STATUS_UNSUPPORTED : embedded_open(&books, path);

	if (s == STATUS_NOT_FOUND || (s == STATUS_IO && errno == ENOENT))
		tool_fail_no_ledger(t, path);
	if (s == STATUS_UNSUPPORTED)
		tool_fail(t, s, "'%s' is a node, not a ledger that this tool keeps: --ledger DIR names one",
			node_place_name(path));
	if (s == STATUS_INSECURE)
		tool_fail(t, s, "'%s' must be a folder of yours that is closed to others (chmod 700)", path);
	if (s == STATUS_OK)
		s = embedded_about(books, &o);
	if (s != STATUS_OK)
		ledger_fail(t, s, "open");
	t->party.network = o.network;
	if (tool_setting(t, "clock", "RETRIEVAL_CLOCK") != NULL)
		embedded_set_clock(books, t->party.now);
	return books;
}

enum status ledger_init(struct tool *t)
{
	const char *path = tool_ledger_path(t), *network = tool_value(t, "network");
	char wait[60] = "", gas[TOOL_AMOUNT_MAX + 40] = "", price[TOOL_AMOUNT_MAX];
	struct embedded_options o = {.network = NETWORK_MAIN,
		.manual = tool_flag(t, "manual"),
		.genesis = t->party.now,
		.chain_addresses = tool_flag(t, "lotus")};
	uint64_t delay = tool_number(t, "delay", 0), finality = tool_number(t, "finality", 0);
	enum status s = STATUS_OK;

	if (network != NULL && strcmp(network, "f") != 0 && strcmp(network, "t") != 0)
		tool_fail(t, STATUS_USAGE, "'%.40s' is not a network: f or t", network);
	if (node_place_is(path))
		tool_fail(t, STATUS_UNSUPPORTED, "'%s' is a node, not a folder for a ledger", path);
	if (delay > EMBEDDED_DELAY_MAX)
		tool_fail(t, STATUS_BAD_NUMBER, "--delay %s is more than %d epochs", tool_value(t, "delay"),
			EMBEDDED_DELAY_MAX);
	if (finality > EMBEDDED_DELAY_MAX)
		tool_fail(t, STATUS_BAD_NUMBER, "--finality %s is more than %d epochs", tool_value(t, "finality"),
			EMBEDDED_DELAY_MAX);
	o.delay = (int64_t)delay;
	o.finality = (int64_t)finality;
	o.gas_price = tool_amount(t, "gas-price", NULL, amount_zero());
	if (network != NULL)
		o.network = (enum network)network[0];
	tool_random(t, o.identity, "ledger");
	if (!t->dry_run)
		s = embedded_init(path, &o);
	else if (embedded_open(&books, path) == STATUS_OK)
		s = STATUS_EXISTS;
	if (s == STATUS_EXISTS)
		return party_fail(&t->party, s, "'%s' holds a ledger already: a ledger is never overwritten", path);
	if (s != STATUS_OK)
		ledger_fail(t, s, "make");
	tool_report_json(t, json_pack("{s:o, s:s, s:b, s:I, s:I, s:b, s:o, s:I}", "ledger", tool_json_text(path),
				    "network", network != NULL ? network : "f", "manual", o.manual, "genesis",
				    (json_int_t)o.genesis, "delay", (json_int_t)o.delay, "lotus", o.chain_addresses,
				    "gas_price", tool_json_amount(&o.gas_price), "finality", (json_int_t)o.finality));
	if (o.delay != 0)
		snprintf(wait, sizeof(wait), ", messages wait %" PRId64 " %s", o.delay,
			o.delay == 1 ? "epoch" : "epochs");
	if (!amount_is_zero(&o.gas_price))
		snprintf(gas, sizeof(gas), ", gas costs %s a unit", tool_amount_text(price, &o.gas_price));
	party_done(&t->party, "%s in %s: epochs %s%s%s", t->dry_run ? "would make a ledger" : "new ledger", path,
		o.manual ? "move by ledger advance only" : "follow the clock", wait, gas);
	return STATUS_OK;
}
