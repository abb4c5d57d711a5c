/* retrieve - buy content over any command that reaches a provider: propose, open a channel, receive, verify and
 * pay.
 *
 * retrieve [-q] [--max-total AMOUNT] [--max-price AMOUNT] [TERMS] [--again] [--at-once N] [--idle DURATION] --via
 *          COMMAND ... [-o FILE] [-x DIR] OFFER|CID ...
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show/result.h"
#include "tool/basket_run.h"
#include "tool/connection.h"
#include "tool/places.h"

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
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"retrieve",
	"[-q] [--max-total AMOUNT] [--max-price AMOUNT] [TERMS] [--again] [--at-once N] [--idle DURATION] "
	"--via COMMAND ... [-o FILE] [-x DIR] OFFER|CID ...",
	"Buy content over any command that reaches a provider: propose, open a channel, receive, verify and pay.\n"
	"COMMAND's standard input and output are the connection. A deal that was interrupted, killed or out of\n"
	"funds goes on where it was when retrieve is run again.",
	options,
};

/* An argument, quoted as one word for a shell, and safe on a terminal. */
static void print_word(FILE *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=./:,@%";
	bool odd = false;

	if (*text != '\0' && text[strspn(text, plain)] == '\0') {
		fputs(text, out);
		return;
	}
	for (const char *c = text; *c != '\0'; c++)
		odd |= (unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f;
	fputs(odd ? "$'" : "'", out);
	for (; *text != '\0'; text++)
		if (odd &&
			((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f || *text == '\'' || *text == '\\'))
			fprintf(out, "\\%03o", (unsigned char)*text);
		else if (*text == '\'')
			fputs("'\\''", out);
		else
			fputc(*text, out);
	fputc('\'', out);
}

/* A signal stopped the tool: all state is on disk; print the command that resumes, and die of the same signal. */
static void die(struct tool *t, enum status s, int argc, char **argv)
{
	static const char why[] = "stopped; everything received is kept";
	char *command = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&command, &len);

	tool_give_results(t, s);
	if (out != NULL) {
		fputs("retrieve", out);
		for (int i = 1; i < argc; i++) {
			fputc(' ', out);
			print_word(out, argv[i]);
		}
		fclose(out);
	}
	if (t->json)
		tool_say_object(t, json_pack("{s:i, s:s, s:o*}", "signal", tool_connection_signal(), "error", why,
					   "hint", command != NULL ? tool_json_text(command) : NULL));
	else
		fprintf(stderr, "retrieve: %s\nretrieve: hint: %s\n", why, command != NULL ? command : "retrieve");
	free(command);
	signal(tool_connection_signal(), SIG_DFL);
	raise(tool_connection_signal());
}

/* Deliver all contents that are here; the first failure is the status of the tool. */
static enum status deliver_all(struct tool *t, struct basket *w, const struct places *places)
{
	struct party *p = &t->party;
	struct error first = {0};
	size_t here = 0;

	for (size_t i = 0; i < w->count; i++) {
		struct basket_item *x = &w->list[i];
		enum status s = x->status, delivered = STATUS_OK;

		error_clear(&p->error);
		if (x->whole)
			delivered = places_deliver(places, x->deal);
		here += x->whole && delivered == STATUS_OK;
		if (s == STATUS_OK)
			s = delivered;
		else if (x->error != NULL) /* the content may still be here, if only the last payment failed */
			p->error = *x->error;
		if (result_content(t, x, places, s) != STATUS_OK)
			return STATUS_NO_MEMORY;
		if (s != STATUS_OK && w->count > 1 && !t->json)
			tool_say(t, "%.200s: %s", x->name, party_words(p, s));
		party_explain(p, s, "%s", status_text(s));
		if (first.status == STATUS_OK && s != STATUS_OK)
			first = p->error;
	}
	p->error = first;
	if (w->count > 1 && first.status == STATUS_OK)
		party_done(p, "%zu contents are complete", here);
	else if (w->count > 1)
		party_fail(p, first.status, "%zu of %zu contents are complete", here, w->count);
	return first.status;
}

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
		s = basket_run_buy(run, command, i == 0);
		if (tool_connection_signal() != 0 && tool_connection_signal() != SIGALRM)
			break;
		s = STATUS_OK; /* each content has its own result */
		if (basket_is_open(w) && tool_value_at(t, "via", i + 1) != NULL)
			say_next(t, w, command);
	}
	return s != STATUS_OK && !w->list[0].tried ? s : deliver_all(t, w, places);
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
	s = buy_all(&t, &wants, &places);
	basket_release(&wants.basket);
	if (tool_connection_signal() != 0 && tool_connection_signal() != SIGALRM && s != STATUS_OK && given != NULL)
		die(&t, s, argc, given);
	free(given);
	return tool_end(&t, s);
}
