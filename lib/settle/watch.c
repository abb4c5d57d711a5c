/* watch.c - settling that goes on by itself.
 *
 * SETTLE 5: all that settle_channel() does is done when it is due, and nothing
 * has to be typed.
 *
 * Knows when a channel has to be looked at, and what was told of it.  Refuses to
 * know which step is right: settle_channel() does.
 */
#include "settle/watch_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define LOOK_SECONDS   600 /* between two looks at a channel that nothing has changed here */
#define STUCK_SECONDS  600 /* for which a message may wait before it gets a higher fee */
#define MANUAL_SECONDS 0.2 /* between two looks where epochs are moved by hand */

static bool is_stopped(const struct watch *watch)
{
	return watch->p->stop != NULL && *watch->p->stop != 0;
}

void watch_tell(const struct watch *watch, const struct watch_event *event)
{
	watch->caller->tell(watch->caller->ctx, event);
}

/* Seconds between two looks. */
static double pause_seconds(const struct watch *watch)
{
	if (watch->options->poll > 0)
		return watch->options->poll;
	return watch->epoch_seconds == 0 ? MANUAL_SECONDS : (double)watch->epoch_seconds / 3;
}

static double look_seconds(const struct watch *watch)
{
	return watch->options->poll > 0 ? watch->options->poll : LOOK_SECONDS;
}

/* One channel. */

/** struct look - a look at one channel. */
struct look {
	struct watch *watch;
	struct watched *watched;
	struct bytes said;  /* digests of what there was to tell */
	enum status failed; /* the last failure that a step has told */
	bool pending;       /* a message is on its way */
};

/* Was this told in the last look, too? */
static bool is_news(struct look *look, const struct settle_report *r, enum settle_step step)
{
	CLEAN_BYTES struct bytes line = {0};
	const struct bytes *before = &look->watched->said;
	char amount[AMOUNT_TEXT_MAX];
	uint8_t digest[WATCH_DIGEST_SIZE];

	bytes_append_number(&line, step);
	bytes_append_number(&line, r->lane);
	bytes_append_number(&line, r->nonce);
	bytes_append_number(&line, r->status);
	bytes_append_number(&line, r->held);
	bytes_append_number(&line, (uint64_t)r->until);
	bytes_append_text(&line, amount_decimal(amount, &r->amount));
	if (bytes_status(&line) != STATUS_OK)
		return true;
	blake2b(digest, sizeof(digest), bytes_span(&line));
	bytes_append(&look->said, digest, sizeof(digest));
	for (size_t at = 0; at < before->len; at += sizeof(digest))
		if (memcmp(before->data + at, digest, sizeof(digest)) == 0)
			return false;
	return true;
}

/* Is the line an event, or only the state of a channel with which nothing happens? */
static bool is_event(const struct settle_report *r)
{
	return r->step != SETTLE_OPEN && r->step != SETTLE_LATER && r->step != SETTLE_CHOICE;
}

/*
 * A channel is looked at when its delay is over, and when only the margin of the policy is left. The ledger's clock may
 * jump, so the channel is also looked at before.
 */
static void note_end(struct look *look, const struct settle_report *r)
{
	int64_t seconds = look->watch->epoch_seconds, unit = seconds != 0 ? seconds : WATCH_EPOCH;
	int64_t margin = (look->watch->options->policy.when.margin + unit - 1) / unit;
	int64_t left = r->until - r->epoch;
	double at;

	if (left > margin)
		left -= margin;
	look->watched->settling = true;
	look->watched->end = r->epoch + left;
	at = clock_seconds_since_boot() + (double)(left * seconds);
	if (seconds != 0 && at < look->watched->look_at)
		look->watched->look_at = at;
}

static void on_step(void *ctx, const struct settle_report *r)
{
	struct look *look = ctx;
	struct watch_event event = {.kind = WATCH_STEP, .step = r, .channel = &look->watched->address};
	struct settle_report wait = *r;
	bool news, done = r->status == STATUS_OK && r->held == HELD_NOT;

	if ((r->step == SETTLE_START && done) || r->step == SETTLE_WAIT)
		note_end(look, r);
	look->pending = look->pending || r->status == STATUS_PENDING;
	if (!is_event(r))
		return;
	if (r->status != STATUS_OK)
		look->failed = r->status;
	news = is_news(look, r, r->step);
	if (r->step == SETTLE_START && done) { /* the wait that follows is no news */
		wait.status = STATUS_TOO_EARLY;
		is_news(look, &wait, SETTLE_WAIT);
	}
	if (done || news)
		watch_tell(look->watch, &event);
}

/* The failure of a channel, unless the line of a step says all. */
static void tell_failure(struct look *look, enum status s)
{
	struct watch_event event = {.kind = WATCH_FAILED, .channel = &look->watched->address, .status = s};
	struct settle_report line = {.step = SETTLE_CHOICE, .status = s, .amount = amount_zero()};

	if (look->failed == s && look->watch->p->error.status != s)
		return;
	if (is_news(look, &line, line.step))
		watch_tell(look->watch, &event);
}

/* A failure that ends by itself: the disk, the node, another process. */
static bool passes(enum status s)
{
	return status_class(s) == CLASS_IO || status_class(s) == CLASS_BUSY;
}

/* The look has ended with @s. Was it the channel that failed, or the ledger? */
static enum status judge(struct look *look, enum status s)
{
	struct watched *watched = look->watched;
	int64_t epoch;
	enum status asked;

	if (s == STATUS_STOPPED)
		return s;
	if (look->pending || passes(s))
		watched->look_at = 0;
	if (s == STATUS_OK || status_class(s) == CLASS_EARLY || s == STATUS_TOO_LATE)
		return STATUS_OK;
	if (passes(s)) {
		struct error cause = look->watch->p->error;

		asked = ledger_epoch(look->watch->p->ledger, &epoch);
		if (asked != STATUS_OK)
			return asked;
		look->watch->p->error = cause;
	}
	tell_failure(look, s);
	return STATUS_OK;
}

static void tell_raised(void *ctx, const struct bump_report *r)
{
	const struct look *look = ctx;
	struct watch_event event = {.kind = WATCH_RAISED, .raised = r, .channel = &r->channel, .status = r->status};

	look->watch->free = r->status == STATUS_BAD_STATE;
	if (!look->watch->free)
		watch_tell(look->watch, &event);
}

/*
 * The price of gas may have risen above what the messages offer: they would wait for ever. Where gas is free, and where
 * the ceiling is reached, nothing is to be done.
 */
static void raise_if_stuck(struct look *look)
{
	struct watched *watched = look->watched;
	struct bump bump = {.channels = &watched->address, .count = 1, .report = tell_raised, .ctx = look};
	double now = clock_seconds_since_boot(), stuck = look->watch->options->stuck;
	enum status s;

	if (!look->pending)
		watched->pending_since = 0;
	else if (watched->pending_since == 0)
		watched->pending_since = now;
	if (!look->pending || look->watch->free || now - watched->pending_since < (stuck > 0 ? stuck : STUCK_SECONDS))
		return;
	watched->pending_since = now;
	s = bump_messages(look->watch->p, &bump);
	(void)s; /* each failure was told with its message */
}

static enum status look_at_channel(struct watch *watch, struct watched *watched)
{
	struct look look = {.watch = watch, .watched = watched};
	enum status s;

	error_clear(&watch->p->error);
	watched->look_at = clock_seconds_since_boot() + look_seconds(watch);
	s = judge(&look, settle_channel(watch->p, &watched->address, &watch->options->policy, on_step, &look));
	if (s == STATUS_OK)
		raise_if_stuck(&look);
	bytes_release(&watched->said);
	watched->said = look.said;
	watched->due = s != STATUS_OK;
	return s;
}

/* Store and ledger are open. */
static enum status look_at_channels(struct watch *watch)
{
	enum status s = ledger_epoch_seconds(watch->p->ledger, &watch->epoch_seconds);

	if (s == STATUS_OK)
		s = watch_ask_local(watch);
	if (s == STATUS_OK)
		s = watch_learn(watch);
	watch_any_due(watch);
	for (size_t i = 0; s == STATUS_OK && i < watch->count && !is_stopped(watch); i++)
		if (watch->channels[i].due)
			s = look_at_channel(watch, &watch->channels[i]);
	return s;
}

/* A ledger on a node is asked only if something is due. */
static enum status is_anything_due(struct watch *watch, bool *due)
{
	enum status s;

	*due = true;
	if (!watch->started || watch->local || watch->away)
		return STATUS_OK;
	s = watch->caller->open(watch->caller->ctx, false);
	if (s != STATUS_OK)
		return s;
	s = watch_learn(watch);
	*due = watch_any_due(watch);
	watch->caller->close(watch->caller->ctx);
	return s;
}

static enum status look(struct watch *watch)
{
	bool due;
	enum status s = is_anything_due(watch, &due);

	if (s != STATUS_OK || !due)
		return s;
	s = watch->caller->open(watch->caller->ctx, true);
	if (s != STATUS_OK)
		return s;
	s = look_at_channels(watch);
	party_explain(watch->p, s, "%s", party_words(watch->p, s)); /* the ledger takes its words with it */
	watch->caller->close(watch->caller->ctx);
	return s;
}

/* Tell once that store or ledger are away, and once that both are back. */
static void note_presence(struct watch *watch, enum status s)
{
	double now = clock_seconds_since_boot();
	struct watch_event event = {.kind = s != STATUS_OK ? WATCH_AWAY : WATCH_BACK, .status = s};

	watch->started = watch->started || s == STATUS_OK;
	if (watch->away == (s != STATUS_OK))
		return;
	watch->away = s != STATUS_OK;
	event.seconds = now - watch->away_since;
	if (watch->away)
		watch->away_since = now;
	watch_tell(watch, &event);
}

enum status settle_watch(struct party *p, const struct watch_options *options, const struct watch_caller *caller)
{
	struct watch watch = {.p = p, .options = options, .caller = caller, .epoch_seconds = WATCH_EPOCH};
	enum status s = STATUS_OK;

	while (!is_stopped(&watch)) {
		s = look(&watch);
		if (is_stopped(&watch) || (!watch.started && s != STATUS_OK && status_class(s) != CLASS_IO))
			break;
		note_presence(&watch, s);
		caller->pause(caller->ctx, pause_seconds(&watch));
	}
	for (size_t i = 0; i < watch.count; i++)
		bytes_release(&watch.channels[i].said);
	free(watch.channels);
	return is_stopped(&watch) ? STATUS_OK : s;
}
