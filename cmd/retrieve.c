/* retrieve - buy content over any command that reaches a provider: propose, open a channel, receive, verify and
 * pay.
 *
 * retrieve [-q] [--max-total AMOUNT] [--max-price AMOUNT] [TERMS] [--again] [--at-once N] [--idle DURATION]
 *          [--max-fee AMOUNT] [--wait DURATION] --via COMMAND ... [-o FILE] [-x DIR] OFFER|CID ...
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "messages/in_flight.h"
#include "retrieve/retrieve.h"
#include "tool/basket_run.h"
#include "tool/connection.h"

#define WAIT_MINUTES 15

static const struct tool_option options[] = {
	{"via", 0, "COMMAND",
		"the command that reaches a provider ('ssh host serve'); if it fails, the COMMAND of the next --via is "
		"used"},
	{"output", 'o', "FILE", "where the CAR goes; in a folder, or DIR/, each CAR is named by its CID"},
	{"extract", 'x', "DIR", "where the file or folder goes, named by its CID ('-': standard output)"},
	{"again", 0, NULL, "buy even if an equal deal has completed"},
	{"at-once", 0, "N", "how many deals may be open at the same time (default: 64)"},
	{"progress", 0, "FORM", "json or none (default: a line, if standard error is a terminal)"},
	TERMS_OPTIONS,
	{"idle", 0, "DURATION", IDLE_HELP},
	{"max-fee", 0, "AMOUNT", "the most that one message to the ledger may take as its fee (default: 0.07fil)"},
	{"wait", 0, "DURATION",
		"how long to wait until a channel is on the ledger, and then go on (default: 15m, or not at all if the "
		"ledger has no clock)"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"retrieve",
	"[-q] [--max-total AMOUNT] [--max-price AMOUNT] [TERMS] [--again] [--at-once N] [--idle DURATION] "
	"[--max-fee AMOUNT] [--wait DURATION] --via COMMAND ... [-o FILE] [-x DIR] OFFER|CID ...",
	"Buy content over any command that reaches a provider: propose, open a channel, receive, verify and pay.\n"
	"COMMAND's standard input and output are the connection. A deal that was interrupted, killed or out of\n"
	"funds goes on where it was when retrieve is run again.",
	options,
};

/* The reason to ask the next provider: the failure of the first content that this provider did not deliver. */
static void say_next(struct tool *t, const struct basket *w, const char *command)
{
	for (size_t i = 0; i < w->count && !t->quiet; i++)
		if (!w->list[i].whole && w->list[i].error != NULL) {
			tool_say(t, "'%.200s': %s; the next provider is tried", command, w->list[i].error->why);
			return;
		}
}

/* Is there room for the contents, as far as the sizes are known, and is the name of each free? */
static enum status check_room(const struct basket *w, const struct places *places)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < w->count; i++) {
		const struct proposal_request *request = &w->list[i].request;
		enum status s;

		if (w->list[i].whole || w->list[i].tried)
			continue;
		s = places_check_name(places, &request->payload);
		if (s != STATUS_OK)
			return s;
		if (request->size <= UINT64_MAX - bytes)
			bytes += request->size;
	}
	return places_check_room(places, bytes);
}

/* No connection is held while a message is on its way to the ledger. False if nothing is to be waited for any more. */
static bool wait_for_channels(struct basket_run *run)
{
	struct party *p = &run->t->party;
	enum status s;

	if (!basket_is_pending(&run->basket) || tool_connection_signal() != 0)
		return false;
	p->wait_until = run->wait_until;
	s = in_flight_wait(p, false);
	p->wait_until = 0;
	if (s == STATUS_OK)
		basket_reopen_pending(&run->basket);
	return s == STATUS_OK;
}

static enum status buy_all(struct tool *t, struct basket_run *run, const struct places *places)
{
	struct basket *w = &run->basket;
	const char *command;
	enum status s = basket_look(w);

	if (s != STATUS_OK)
		return s;
	s = check_room(w, places);
	if (s != STATUS_OK)
		return s;
	for (size_t i = 0; basket_is_open(w) && (command = tool_value_at(t, "via", i)) != NULL; i++) {
		do
			s = basket_run_buy(run, command, i == 0);
		while (wait_for_channels(run));
		if (tool_connection_signal() != 0 && tool_connection_signal() != SIGALRM)
			break;
		s = STATUS_OK; /* each content has its own result */
		if (basket_is_open(w) && tool_value_at(t, "via", i + 1) != NULL)
			say_next(t, w, command);
	}
	return s != STATUS_OK && !w->list[0].tried ? s : retrieve_deliver(t, w, places);
}

int main(int argc, char **argv)
{
	char **given = calloc((size_t)argc + 1, sizeof(*given));
	struct places places;
	struct basket_run wants;
	struct tool t;
	enum status s;

	if (given != NULL)
		memcpy(given, argv, (size_t)argc * sizeof(*given));
	tool_begin(&t, &spec, argc, argv);
	tool_expect_arguments(&t, 1, -1);
	if (tool_value(&t, "via") == NULL)
		tool_fail(&t, STATUS_USAGE,
			"--via COMMAND is needed, which reaches the provider: 'ssh host serve', for example");
	places_read(&places, &t);
	t.stdout_is_data = places_use_standard_output(&places);
	basket_run_read(&wants, &t);
	tool_connection_idle(&t); /* a bad option is refused before a file is opened */
	places_look(&places);
	tool_open_party(&t, NEED_NEW_STORE | WANT_KEY | NEED_LEDGER);
	tool_set_wait(&t, WAIT_MINUTES);
	wants.wait_until = t.party.wait_until;
	t.party.wait_until = 0;
	s = buy_all(&t, &wants, &places);
	basket_release(&wants.basket);
	if (tool_connection_signal() != 0 && tool_connection_signal() != SIGALRM && s != STATUS_OK && given != NULL)
		retrieve_stop(&t, s, argc, given);
	free(given);
	return tool_end(&t, s);
}
