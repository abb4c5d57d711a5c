/* watch.c - settle --watch: the next steps of all channels, until a signal comes. */
#include "settle/watch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "settle.h"
#include "settle/watch_lock.h"
#include "show/show_settle.h"
#include "tool/stop.h"

#define MILLISECONDS 1000

/** struct watching - one run of settle --watch. */
struct watching {
	struct work *work;
	struct tool *t;
	struct watch_lock lock;
	unsigned
		store; /* NEED_NEW_STORE until there is one: no new one is made in the place of a store that was moved */
};

static volatile int stop;
static int wake = -1;

/* The counter stays set, so that a pause that begins after the signal ends at once. */
static void on_stop(int signal_number)
{
	const uint64_t one = 1;
	int before = errno;
	ssize_t ignored;

	stop = signal_number;
	ignored = write(wake, &one, sizeof(one));
	(void)ignored;
	errno = before;
}

static void handle_signals(struct tool *t)
{
	wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wake < 0)
		tool_fail(t, STATUS_IO, "cannot wait for signals: %s", strerror(errno));
	stop_catch(on_stop);
	t->party.stop = &stop;
}

/* The first look makes the store of a party that has none yet: its first deal comes later. */
static enum status open_party(void *ctx, bool with_ledger)
{
	struct watching *watching = ctx;
	struct tool *t = watching->t;
	enum status s = tool_try_party(t, watching->store | (with_ledger ? NEED_LEDGER | NEED_KEY : 0));

	if (s != STATUS_OK)
		return s;
	watching->store = NEED_STORE;
	s = watch_lock_take(&watching->lock, t->party.store);
	if (s == STATUS_BUSY)
		party_fail(&t->party, s, "another settle --watch runs with the store in '%s'", tool_home(t));
	else if (s != STATUS_OK)
		party_fail(&t->party, s, "cannot lock 'watching' in '%s': %s", tool_home(t), strerror(errno));
	if (s != STATUS_OK)
		tool_close_party(t);
	return s;
}

static void close_party(void *ctx)
{
	struct watching *watching = ctx;

	tool_close_party(watching->t);
}

static void pause_party(void *ctx, double seconds)
{
	struct pollfd signals = {.fd = wake, .events = POLLIN};

	(void)ctx;
	poll(&signals, 1, (int)(seconds * MILLISECONDS));
}

/* A time in the largest unit that has two of it. */
static const char *time_text(char text[32], double seconds)
{
	if (seconds < 120)
		snprintf(text, 32, "%.0fs", seconds);
	else if (seconds < 7200)
		snprintf(text, 32, "%.0fm", seconds / 60);
	else
		snprintf(text, 32, "%.0fh", seconds / 3600);
	return text;
}

static void tell_step(struct tool *t, const struct settle_report *r)
{
	char channel[ADDRESS_TEXT_MAX], text[SETTLE_TEXT_MAX];

	address_text(channel, &r->channel, t->party.network);
	tool_report(t, show_settle(r, t->party.network, false), "%s %s\n", channel, show_settle_text(text, r, false));
}

static void tell_failure(struct tool *t, const struct watch_event *event)
{
	char channel[ADDRESS_TEXT_MAX];
	struct error cause = t->party.error;

	if (event->channel != NULL) {
		party_explain(&t->party, event->status, "%s", status_text(event->status));
		cause = t->party.error;
		party_fail(&t->party, event->status, "channel %s: %s",
			address_text(channel, event->channel, t->party.network), error_text(&cause, event->status));
	}
	tool_complain(t, event->status);
}

static void tell(void *ctx, const struct watch_event *event)
{
	const struct watching *watching = ctx;
	struct tool *t = watching->t;
	char since[32];
	enum status flushed;

	switch (event->kind) {
	case WATCH_STEP:
		tell_step(t, event->step);
		break;
	case WATCH_RAISED:
		report_bump(watching->work, event->raised);
		break;
	case WATCH_FAILED:
		tell_failure(t, event);
		break;
	case WATCH_AWAY:
		tool_warn(t, "%s; trying again until it works", party_words(&t->party, event->status));
		break;
	case WATCH_BACK:
		if (!t->quiet)
			tool_say(t, "the store and the ledger are back, after %s", time_text(since, event->seconds));
		break;
	}
	flushed = tool_flush(); /* money comes first: output that can't be written is told at the end */
	(void)flushed;
}

enum status work_watch(struct work *w)
{
	struct tool *t = w->t;
	struct watching watching = {.work = w, .t = t, .lock = {.fd = -1}, .store = NEED_NEW_STORE};
	struct watch_caller caller = {open_party, close_party, pause_party, tell, &watching};
	struct watch_options options = {.policy = w->policy};
	const char *poll = tool_value(t, "poll");
	enum status s;

	if (poll != NULL)
		options.poll = (double)tool_parse_seconds(t, poll);
	if (poll != NULL && options.poll < 1)
		tool_fail(t, STATUS_BAD_NUMBER, "--poll is at least 1s");
	handle_signals(t);
	s = settle_watch(&t->party, &options, &caller);
	watch_lock_drop(&watching.lock);
	close(wake);
	return s;
}
