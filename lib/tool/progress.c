/* progress.c - a line of progress: rate, paid, owed, next payment. */
#include "tool/progress.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number.h"

enum progress_form progress_form(struct tool *t)
{
	const char *asked = tool_value(t, "progress"), *term = getenv("TERM");

	if (asked != NULL && strcmp(asked, "json") == 0)
		return PROGRESS_JSON;
	if (asked != NULL && strcmp(asked, "none") != 0)
		tool_fail(t, STATUS_USAGE, "'%.40s' is not a form of progress: json or none", asked);
	if (asked != NULL || t->quiet || !isatty(STDERR_FILENO) || term == NULL || strcmp(term, "dumb") == 0)
		return PROGRESS_NONE;
	return PROGRESS_TERMINAL;
}

static int columns(void)
{
	const char *given = getenv("COLUMNS");
	struct winsize size;
	uint64_t number;

	if (given != NULL && number_parse(&number, span_text(given)) == STATUS_OK && number > 0 && number <= INT_MAX)
		return (int)number;
	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static void show_line(struct progress *p, const struct client_deal *d, double rate, const struct amount *due)
{
	char line[512], have[TOOL_SIZE_MAX], all[TOOL_SIZE_MAX], speed[TOOL_SIZE_MAX], next[TOOL_SIZE_MAX],
		paid[TOOL_AMOUNT_MAX], owed[TOOL_AMOUNT_MAX];

	tool_size_text(have, d->inherited + d->total_received);
	tool_size_text(all, d->size);
	tool_size_text(speed, (uint64_t)rate);
	tool_size_text(next, d->inherited + d->current_interval);
	snprintf(line, sizeof(line), "%s of %s, %s/s, paid %.60s, owed %.60s, next payment at %s", have,
		d->size != 0 ? all : "?", speed, tool_amount_text(paid, &d->funds_spent), tool_amount_text(owed, due),
		next);
	fprintf(stderr, "\r\033[K%.*s", columns() - 1, line);
	fflush(stderr);
	p->visible = true;
}

static void show_json(const struct client_deal *d, double rate, const struct amount *due)
{
	json_t *o = json_pack("{s:o, s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:I}", "deal", tool_json_id(d->id), "state",
		deal_state_name(d->state), "bytes", (json_int_t)d->total_received, "inherited",
		(json_int_t)d->inherited, "size", (json_int_t)d->size, "bytes_per_second", (json_int_t)rate, "paid",
		tool_json_amount(&d->funds_spent), "owed", tool_json_amount(due), "next_payment_at",
		(json_int_t)d->current_interval);

	json_dumpf(o, stderr, JSON_COMPACT);
	fputc('\n', stderr);
	json_decref(o);
}

void progress_update(void *ctx, const struct client_deal *d)
{
	struct progress *p = ctx;
	struct amount due, owed = amount_zero();
	double now, rate;

	if (p->form == PROGRESS_NONE)
		return;
	now = clock_seconds();
	if (p->started == 0) {
		p->started = now;
		p->before = d->total_received;
	}
	if (now - p->started < 1 || now - p->shown < 0.2)
		return;
	p->shown = now;
	rate = (double)(d->total_received - p->before) / (now - p->started);
	if (client_due(&due, d) && !amount_sub(&owed, &due, &d->funds_spent))
		owed = amount_zero();
	if (p->form == PROGRESS_JSON)
		show_json(d, rate, &owed);
	else
		show_line(p, d, rate, &owed);
}

void progress_end(struct progress *p)
{
	if (p->visible)
		fputs("\r\033[K", stderr);
	p->visible = false;
}
