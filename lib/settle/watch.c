/* watch.c - settling that goes on by itself.
 *
 * SETTLE 5: all that settle_channel() does is done when it is due, and nothing
 * has to be typed.
 *
 * Knows when a channel has to be looked at, and what was told of it.  Refuses to
 * know which step is right: settle_channel() does.
 */
#include "settle/watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/hash.h"
#include "funds/channel_view.h"
#include "store/channels.h"

#define LOOK_SECONDS   600 /* between two looks at a channel that nothing has changed here */
#define EPOCH_DEFAULT  30  /* seconds, until the ledger has told */
#define MANUAL_SECONDS 0.2 /* between two looks where epochs are moved by hand */
#define DIGEST_SIZE    BLAKE2B_160_SIZE

/** struct watched - a channel that is not collected. */
struct watched {
	struct address address;
	uint8_t records[DIGEST_SIZE]; /* of what the store has of the channel */
	bool due;                     /* the channel has to be looked at now */
	double look_at;               /* clock_seconds_since_boot() */
	int64_t end;                  /* epoch of a local ledger from which the channel has to be looked at; 0: none */
	struct bytes said;            /* digests of what the last look has told */
	bool listed;                  /* the store still has the channel as one to be settled */
	bool settling;                /* each voucher counts */
};

/** struct watch - the watcher between two looks. */
struct watch {
	struct party *p;
	const struct watch_options *options;
	const struct watch_caller *caller;
	struct watched *channels;
	size_t count, room;
	bool started;          /* a look has succeeded once */
	bool local;            /* the ledger is in a folder: asking is free */
	bool damaged;          /* a damaged record was told */
	bool away;             /* since @away_since */
	double away_since;     /* clock_seconds_since_boot() */
	uint64_t number;       /* kv_number() of the last look */
	uint64_t height;       /* of a local ledger */
	int64_t epoch;         /* of a local ledger */
	int64_t epoch_seconds; /* 0: moved by hand */
};

static bool is_stopped(const struct watch *watch)
{
	return watch->p->stop != NULL && *watch->p->stop != 0;
}

static void tell(const struct watch *watch, const struct watch_event *event)
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

/* The records of a channel. */

static enum status is_over(bool *over, struct kv_txn *txn, enum deal_side side, uint64_t deal)
{
	struct provider_deal sold;
	struct client_deal bought;
	enum status s;

	if (side == SIDE_CLIENT) {
		s = store_get_client(txn, &bought, deal);
		*over = s != STATUS_OK || deal_is_final(side, bought.state);
	} else {
		s = store_get_provider(txn, &sold, deal);
		*over = s != STATUS_OK || deal_is_final(side, sold.state);
	}
	return s == STATUS_NOT_FOUND || s == STATUS_CORRUPT ? STATUS_OK : s;
}

/** struct lanes - the lanes of a channel while their digest is made. */
struct lanes {
	struct kv_txn *txn;
	enum deal_side side;
	bool settling;
	struct bytes records;
};

static enum status add_lane(void *ctx, const struct lane_record *lane)
{
	struct lanes *lanes = ctx;
	bool over = true;
	enum status s = lanes->settling ? STATUS_OK : is_over(&over, lanes->txn, lanes->side, lane->deal);

	bytes_append_number(&lanes->records, lane->lane);
	bytes_append_number(&lanes->records, over ? lane->nonce : UINT64_MAX);
	return s;
}

/*
 * The digest of what may make another step right. Of a deal that goes on the payments do not count: they come many times
 * a minute, and the deal's end comes soon. While the channel settles, each payment counts.
 */
static enum status digest_records(struct watch *watch, uint8_t out[DIGEST_SIZE], const struct watched *watched)
{
	struct lanes lanes = {.settling = watched->settling};
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct channel channel;
	enum status s = kv_begin_read(store_kv(watch->p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_channel(txn, &channel, &watched->address);
	if (s != STATUS_OK)
		return s;
	lanes.txn = txn;
	lanes.side = channel.outbound ? SIDE_CLIENT : SIDE_PROVIDER;
	s = store_each_lane(txn, &watched->address, add_lane, &lanes);
	if (s == STATUS_OK || s == STATUS_CORRUPT) /* a damaged lane hides no other */
		s = bytes_status(&lanes.records);
	if (s == STATUS_OK)
		blake2b(out, DIGEST_SIZE, bytes_span(&lanes.records));
	bytes_release(&lanes.records);
	return s;
}

static struct watched *find(struct watch *watch, const struct address *address)
{
	for (size_t i = 0; i < watch->count; i++)
		if (address_equal(&watch->channels[i].address, address))
			return &watch->channels[i];
	return NULL;
}

static struct watched *add(struct watch *watch, const struct address *address)
{
	struct watched *grown = array_grow(watch->channels, watch->count, &watch->room, sizeof(*grown));

	if (grown == NULL)
		return NULL;
	watch->channels = grown;
	grown = &watch->channels[watch->count++];
	*grown = (struct watched){.address = *address, .due = true};
	return grown;
}

static enum status learn_channel(void *ctx, const struct address *address)
{
	struct watch *watch = ctx;
	struct watched *watched = find(watch, address);
	uint8_t records[DIGEST_SIZE];
	enum status s;

	if (watched == NULL)
		watched = add(watch, address);
	if (watched == NULL)
		return STATUS_NO_MEMORY;
	watched->listed = true;
	s = digest_records(watch, records, watched);
	if (s != STATUS_OK)
		return s;
	watched->due = watched->due || memcmp(records, watched->records, sizeof(records)) != 0;
	memcpy(watched->records, records, sizeof(records));
	return STATUS_OK;
}

static void drop_unlisted(struct watch *watch)
{
	size_t kept = 0;

	for (size_t i = 0; i < watch->count; i++) {
		if (watch->channels[i].listed)
			watch->channels[kept++] = watch->channels[i];
		else
			bytes_release(&watch->channels[i].said);
	}
	watch->count = kept;
}

/* A damaged record hides one channel, and no other. */
static void tell_damage(struct watch *watch, enum status listed)
{
	struct watch_event event = {.kind = WATCH_FAILED, .status = listed};
	bool news = listed != STATUS_OK && !watch->damaged;

	watch->damaged = listed != STATUS_OK;
	if (news)
		tell(watch, &event);
}

/* Read from the store which channels are there, and which of them have changed. */
static enum status learn(struct watch *watch)
{
	enum status s;

	for (size_t i = 0; i < watch->count; i++)
		watch->channels[i].listed = false;
	s = channel_each(watch->p, true, learn_channel, watch);
	if (s != STATUS_OK && s != STATUS_CORRUPT)
		return s;
	drop_unlisted(watch);
	tell_damage(watch, s);
	return STATUS_OK;
}

/* Has the store changed since the last look? Another number of commits comes from another copy of the store, too. */
static enum status learn_if_changed(struct watch *watch)
{
	uint64_t number = kv_number(store_kv(watch->p->store));
	enum status s = STATUS_OK;

	if (!watch->started || watch->number != number)
		s = learn(watch);
	if (s == STATUS_OK)
		watch->number = number;
	return s;
}

static bool any_due(struct watch *watch)
{
	double now = clock_seconds_since_boot();
	bool any = false;

	for (size_t i = 0; i < watch->count; i++) {
		watch->channels[i].due = watch->channels[i].due || now >= watch->channels[i].look_at;
		any = any || watch->channels[i].due;
	}
	return any;
}

/*
 * A local ledger that has changed is looked at for all channels, and a channel whose end has come is, also if a clock
 * has jumped there.
 */
static enum status ask_local(struct watch *watch)
{
	uint64_t height;
	int64_t epoch;
	bool changed;
	enum status s = ledger_height(watch->p->ledger, &height);

	watch->local = s == STATUS_OK;
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	s = ledger_epoch(watch->p->ledger, &epoch);
	if (s != STATUS_OK)
		return s;
	changed = height != watch->height || (watch->epoch_seconds == 0 && epoch != watch->epoch);
	for (size_t i = 0; i < watch->count; i++) {
		struct watched *watched = &watch->channels[i];

		watched->due = watched->due || changed || (watched->end != 0 && epoch >= watched->end);
	}
	watch->height = height;
	watch->epoch = epoch;
	return STATUS_OK;
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
	uint8_t digest[DIGEST_SIZE];

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
	int64_t seconds = look->watch->epoch_seconds, unit = seconds != 0 ? seconds : EPOCH_DEFAULT;
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
		tell(look->watch, &event);
}

/* The failure of a channel, unless the line of a step says all. */
static void tell_failure(struct look *look, enum status s)
{
	struct watch_event event = {.kind = WATCH_FAILED, .channel = &look->watched->address, .status = s};
	struct settle_report line = {.step = SETTLE_CHOICE, .status = s, .amount = amount_zero()};

	if (look->failed == s && look->watch->p->error.status != s)
		return;
	if (is_news(look, &line, line.step))
		tell(look->watch, &event);
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

static enum status look_at_channel(struct watch *watch, struct watched *watched)
{
	struct look look = {.watch = watch, .watched = watched};
	enum status s;

	error_clear(&watch->p->error);
	watched->look_at = clock_seconds_since_boot() + look_seconds(watch);
	s = judge(&look, settle_channel(watch->p, &watched->address, &watch->options->policy, on_step, &look));
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
		s = ask_local(watch);
	if (s == STATUS_OK)
		s = learn_if_changed(watch);
	any_due(watch);
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
	s = learn_if_changed(watch);
	*due = any_due(watch);
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
	tell(watch, &event);
}

enum status settle_watch(struct party *p, const struct watch_options *options, const struct watch_caller *caller)
{
	struct watch watch = {.p = p, .options = options, .caller = caller, .epoch_seconds = EPOCH_DEFAULT};
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
