/* serve - serve deals to the client on standard input and output, until the client hangs up.
 *
 * serve [-q] [--settle] [--client NAME] [--idle DURATION] [--max-deals N] [--max-open N] [--max-unpaid N] [--max-cancelled N]
 *       [--max-owed AMOUNT] [--risk AMOUNT] [--max-time DURATION] [--max-memory SIZE]
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "peer/connection.h"
#include "seller/serving.h"
#include "serve/serve.h"
#include "show/deal_view.h"
#include "show/result.h"
#include "tool/connection.h"
#include "tool/limits.h"

#define TIME_DEFAULT 86400 /* seconds */

static const struct tool_option options[] = {
	{"settle", 0, NULL, "when a deal is over, submit its vouchers, and settle its channel once all of it is spent"},
	{"client", 0, "NAME", "the name of the client (default: the address that socat, ssh or inetd gives)"},
	{"idle", 0, "DURATION", IDLE_HELP},
	{"max-deals", 0, "N", "accept at most N new deals on this connection (default: any number)"},
	LIMIT_OPTIONS,
	{"max-time", 0, "DURATION", "end the connection after DURATION (default: 1d; 0s: never)"},
	{"max-memory", 0, "SIZE", "allocate at most SIZE of memory (default: 256MiB; 0: any amount)"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"serve",
	"[-q] [--settle] [--client NAME] [--idle DURATION] [--max-deals N] [--max-open N] [--max-unpaid N] "
	"[--max-cancelled N] "
	"[--max-owed AMOUNT] [--risk AMOUNT] [--max-time DURATION] [--max-memory SIZE]",
	"Serve deals to the client on standard input and output, until the client hangs up.\n"
	"Run it with socat TCP-LISTEN:...,fork EXEC:serve, with ssh host serve, or from a systemd socket.\n"
	"Any number of processes may serve from one store.",
	options,
};

/** struct counter - what the events of a connection are for: the log, and settling. */
struct counter {
	struct tool *t;
	struct settler settler;
};

static void log_deal(struct tool *t, const struct provider_deal *d)
{
	char cid[CID_TEXT_MAX], funds[AMOUNT_TEXT_MAX];

	if (t->quiet)
		return;
	if (t->json)
		tool_say_object(t, result_sold(d));
	else
		tool_say(t, "deal %" PRIu64 " %s %s %" PRIu64 " bytes, %s afil", d->id, deal_short_state(d->state),
			cid_text(cid, &d->payload), d->total_sent, amount_decimal(funds, &d->funds_received));
}

/* The deal is stored, and the client has the answer. */
static void note_deal(void *ctx, const struct provider_deal *d)
{
	struct counter *counter = ctx;

	log_deal(counter->t, d);
	settler_note(&counter->settler, d);
}

static void log_refusal(void *ctx, enum status s)
{
	const struct counter *counter = ctx;

	if (!counter->t->quiet)
		tool_complain(counter->t, s);
}

static uint64_t time_limit(struct tool *t)
{
	const char *given = tool_setting(t, "max-time", "RETRIEVAL_MAX_TIME");

	return given != NULL ? tool_parse_seconds(t, given) : TIME_DEFAULT;
}

/* The reason for the end of the connection, if a limit ended it. */
static enum status explain(struct party *p, enum status s, const char *memory)
{
	if (s == STATUS_NO_MEMORY)
		return party_fail(p, s, "out of memory: no more than %s may be used (--max-memory)", memory);
	if (tool_connection_signal() != LINE_TIME)
		return s;
	if (s == STATUS_OK)
		party_done(p, "the time limit of this connection is reached");
	if (s != STATUS_END)
		return s;
	return party_fail(p, s, "the time limit of this connection is reached: %.600s", party_words(p, s));
}

int main(int argc, char **argv)
{
	struct connection line;
	struct counter counter;
	struct serving_log shop = {.log = note_deal, .refused = log_refusal, .ctx = &counter};
	char memory[32];
	uint64_t seconds;
	struct party *p;
	struct tool t;
	enum status s;

	tool_begin(&t, &spec, argc, argv);
	tool_expect_arguments(&t, 0, 0);
	tool_limits(&t, true);
	t.peer = t.limits.client;
	seconds = time_limit(&t);
	counter.t = &t;
	tool_connection_idle(&t); /* a bad option is refused before a file is opened */
	if (fcntl(STDIN_FILENO, F_GETFD) < 0 || file_out_check("-") != STATUS_OK)
		tool_fail(&t, STATUS_IO, "a client is expected on standard input and output: %s", strerror(errno));
	if (isatty(STDIN_FILENO) || isatty(STDOUT_FILENO))
		tool_fail(&t, STATUS_USAGE,
			"a client is expected on standard input and output, not a terminal: see man serve");
	settler_open(&counter.settler, &t);
	tool_limit_memory(&t, memory);
	p = tool_open_party(&t, NEED_NEW_STORE | NEED_LEDGER | MAY_SIGN);
	s = tool_connection_open(&t, &line, STDIN_FILENO, STDOUT_FILENO);
	if (s != STATUS_OK)
		goto out;
	s = tool_connection_limit(&t, seconds);
	if (s != STATUS_OK)
		goto out;
	s = seller_run(p, &line, &t.limits, &shop);
out:
	tool_connection_close();
	settler_close(&counter.settler);
	p->done[0] = '\0'; /* each deal has its own output lines */
	return tool_end(&t, explain(p, s, memory));
}
