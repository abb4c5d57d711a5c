/* serve - the provider's end of whole deals, on standard input and output, inetd style.
 *
 * serve [-q] [--idle DURATION] [--max-deals N]
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "tool/deal_view.h"
#include "tool/recording.h"

#define PIPE_SIZE (1 << 20)

static const struct tool_option options[] = {
	{"max-deals", 0, "N", "take at most N deals on this connection (default: any number)"},
	{"idle", 0, "DURATION", "give up when nothing comes for so long (default: 2m; 0s: never)"},
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

#define IDLE_SECONDS 120

static volatile int stop;
static unsigned idle = IDLE_SECONDS;

/* End after the frame at hand: what comes in from now on is an end of stream. All of these are safe in a handler. */
static void on_stop(int signal_number)
{
	int nothing = open("/dev/null", O_RDONLY);

	(void)signal_number;
	stop = 1;
	if (nothing >= 0)
		dup2(nothing, STDIN_FILENO);
}

/* Silence is an end too: a client that went away without hanging up is not waited for. */
static void waiting(void)
{
	alarm(idle);
}

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
	struct sigaction action = {.sa_handler = on_stop};
	struct line line = {.in = STDIN_FILENO, .out = STDOUT_FILENO, .stop = &stop, .waiting = waiting};
	struct shop shop = {.log = log_deal};
	struct party *p;
	struct tool t;
	enum status s;

	tool_begin(&t, &spec, argc, argv);
	tool_expect_arguments(&t, 0, 0);
	shop.max_deals = (unsigned)tool_number(&t, "max-deals", 0);
	shop.ctx = &t;
	if (tool_value(&t, "idle") != NULL)
		idle = (unsigned)tool_parse_seconds(&t, tool_value(&t, "idle"));
	if (isatty(STDIN_FILENO) || isatty(STDOUT_FILENO))
		tool_fail(&t, STATUS_USAGE,
			"a client is expected on standard input and output, not a terminal: see man serve");
	p = tool_open_party(&t, NEED_STORE | NEED_LEDGER);
	sigemptyset(&action.sa_mask);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	fcntl(STDIN_FILENO, F_SETPIPE_SZ, PIPE_SIZE);
	fcntl(STDOUT_FILENO, F_SETPIPE_SZ, PIPE_SIZE);
	s = recording_tap(&t, &line);
	if (s == STATUS_OK)
		s = seller_run(p, &line, &shop);
	p->done[0] = '\0'; /* each deal has its own lines */
	return tool_end(&t, s);
}
