/* basket_run.c - reads the contents to buy, runs a command for each provider, and reports the results. Decides nothing about money. */
#include "tool/basket_run.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

#include "tool/child.h"
#include "tool/connection.h"

#define AT_ONCE 64 /* deals: their requests and vouchers together fit a pipe, whoever reads first */

static void offered(void *ctx, struct basket_item *x, const struct offer *offer)
{
	struct basket_run *run = ctx;

	tool_request_offer(run->t, &x->request, offer);
}

/* The id of the deal, and the bytes that it has at its start. */
static void begun(void *ctx, const struct basket_item *x, const struct client_deal *deal)
{
	const struct basket_run *run = ctx;
	char size[TOOL_SIZE_MAX];

	if (run->t->quiet || run->progress.form == PROGRESS_JSON) /* each output line names the deal */
		return;
	if (x->from != 0 && x->from != deal->id)
		tool_say(run->t, "deal %" PRIu64 ", with %s from deal %" PRIu64, deal->id,
			tool_size_text(size, x->request.seeded_bytes), x->from);
	else
		tool_say(run->t, "deal %" PRIu64, deal->id);
}

/* Money was paid for another content than the wanted one. */
static void left_ended(void *ctx, const struct client_deal *deal, const struct amount *paid)
{
	const struct basket_run *run = ctx;
	char cid[CID_TEXT_MAX], digits[AMOUNT_TEXT_MAX];

	if (run->t->quiet || run->t->json)
		return;
	tool_say(run->t, "deal %" PRIu64 ", which was left unpaid before: %s afil paid for %" PRIu64 " bytes of %s",
		deal->id, amount_decimal(digits, paid), deal->total_received, cid_text(cid, &deal->payload));
}

static void progress(void *ctx, const struct client_deal *deal)
{
	struct basket_run *run = ctx;

	progress_update(&run->progress, deal);
}

static void read_item(struct basket_run *run, const char *name)
{
	struct basket_item x = {.name = name};
	enum status s;

	x.given_terms = tool_read_request(run->t, name, &x.request, &x.owned);
	s = basket_add(&run->basket, &x);
	if (s == STATUS_EXISTS)
		bytes_release(&x.owned);
	else if (s != STATUS_OK)
		tool_fail(run->t, s, "out of memory");
}

void basket_run_read(struct basket_run *run, struct tool *t)
{
	uint64_t at_once = tool_number(t, "at-once", AT_ONCE);
	struct basket *w = &run->basket;

	*run = (struct basket_run){.t = t, .progress = {.tool = t, .form = progress_form(t)}};
	if (at_once < 1 || at_once > AT_ONCE)
		tool_fail(t, STATUS_USAGE, "--at-once is a number from 1 to %d", AT_ONCE);
	if (basket_init(w, &t->party, (size_t)t->argument_count) != STATUS_OK)
		tool_fail(t, STATUS_NO_MEMORY, "out of memory");
	w->at_once = (size_t)at_once;
	w->max_total = tool_ceiling(t, "max-total", "RETRIEVAL_MAX_TOTAL");
	w->again = tool_flag(t, "again");
	w->offered = offered;
	w->begun = begun;
	w->left_ended = left_ended;
	w->progress = progress;
	w->ctx = run;
	for (int i = 0; i < t->argument_count; i++)
		read_item(run, t->arguments[i]);
}

/* The connection ended with @s, perhaps because of silence. */
static void note_end(struct basket_run *run, enum status s)
{
	bool silence = tool_connection_signal() == SIGALRM && s == STATUS_END;

	if (silence)
		party_fail(&run->t->party, s,
			"nothing came from the provider for %u seconds; everything received is kept",
			tool_connection_idle(run->t));
	basket_note_end(&run->basket, s, silence);
}

/* Exit codes of shells, passed on by ssh, for a command that does not exist or can't be run. */
static void note_command(struct basket_run *run, const char *command, int code)
{
	if (code != 126 && code != 127)
		return;
	party_fail(&run->t->party, STATUS_END, "'%.200s' cannot be run: it ended with exit code %d", command, code);
	basket_note_end(&run->basket, STATUS_END, true);
	error_clear(&run->t->party.error);
}

enum status basket_run_buy(struct basket_run *run, const char *command, bool first)
{
	struct connection connection;
	struct child child;
	enum status s =
		tool_connection_catch(run->t); /* before the command runs: a signal may follow its first output */
	int code;

	if (s != STATUS_OK)
		return s;
	child = tool_run_child(run->t, command);
	s = tool_connection_open(run->t, &connection, child.in, child.out);
	basket_begin(&run->basket);
	if (s == STATUS_OK)
		s = basket_buy(&run->basket, &connection, first);
	tool_connection_close();
	code = tool_end_child(&child);
	progress_end(&run->progress);
	if (s != STATUS_OK)
		note_end(run, s);
	note_command(run, command, code);
	return basket_take_stock(&run->basket, s);
}
