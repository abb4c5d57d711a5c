/* serve - the provider's end of whole deals, on standard input and output, inetd style.
 *
 * serve [-q] [--idle DURATION] [--max-deals N]
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "tool/deal_view.h"
#include "tool/line.h"

static const struct tool_option options[] = {
	{"max-deals", 0, "N", "take at most N deals on this connection (default: any number)"},
	{"idle", 0, "DURATION", IDLE_HELP},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"serve",
	"[-q] [--idle DURATION] [--max-deals N]",
	"Serve deals to the client on standard input and output, until it hangs up: socat TCP-LISTEN:...,fork "
	"EXEC:serve,\n"
	"ssh host serve, or a systemd socket. Any number of processes may serve from one store.",
	options,
};

static void log_deal(void *ctx, const struct provider_deal *d)
{
	char cid[CID_TEXT_MAX], funds[AMOUNT_TEXT_MAX];
	struct tool *t = ctx;

	if (!t->quiet)
		fprintf(stderr, "serve: deal %" PRIu64 " %s %s %" PRIu64 " bytes, %s afil\n", d->id,
			deal_short_state(d->state), cid_text(cid, &d->payload), d->total_sent,
			amount_decimal(funds, &d->funds_received));
}

int main(int argc, char **argv)
{
	struct line line;
	struct shop shop = {.log = log_deal};
	struct party *p;
	struct tool t;
	enum status s;

	tool_begin(&t, &spec, argc, argv);
	tool_expect_arguments(&t, 0, 0);
	shop.max_deals = (unsigned)tool_number(&t, "max-deals", 0);
	shop.ctx = &t;
	tool_line_idle(&t); /* refused before anything is opened */
	if (isatty(STDIN_FILENO) || isatty(STDOUT_FILENO))
		tool_fail(&t, STATUS_USAGE,
			"a client is expected on standard input and output, not a terminal: see man serve");
	p = tool_open_party(&t, NEED_STORE | NEED_LEDGER);
	s = tool_line_open(&t, &line, STDIN_FILENO, STDOUT_FILENO);
	if (s == STATUS_OK)
		s = seller_run(p, &line, &shop);
	p->done[0] = '\0'; /* each deal has its own lines */
	return tool_end(&t, s);
}
