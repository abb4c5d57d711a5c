/* watch.h - settling that goes on by itself: each step of each channel of a store, when the step is due.
 *
 * The store and the ledger are open only while the watcher looks, so that it
 * holds no lock and no snapshot while it sleeps, and lives through both being
 * away or being replaced. The caller opens them, sleeps, and tells people.
 */
#ifndef SETTLE_WATCH_H
#define SETTLE_WATCH_H

#include "messages/bump.h"
#include "settle/settle.h"

/** enum watch_kind - the kinds of events. */
enum watch_kind {
	WATCH_STEP,   /* a step was taken, or failed: @step */
	WATCH_RAISED, /* a message that was not executed for long got a higher fee, or could not: @raised */
	WATCH_FAILED, /* the steps of @channel end with @status; without @channel: a damaged record hides a channel */
	WATCH_AWAY,   /* the store or the ledger can't be used, with @status */
	WATCH_BACK,   /* both can be used again, after @seconds */
};
/** struct watch_event - an event; each is told once. The words of a failure are in the party. */
struct watch_event {
	enum watch_kind kind;
	const struct settle_report *step;
	const struct bump_report *raised;
	const struct address *channel;
	enum status status;
	double seconds;
};

/** struct watch_caller - what the program does for the watcher. */
struct watch_caller {
	/* Open the party's store, and @with_ledger also its ledger; a failure is explained in the party. */
	enum status (*open)(void *ctx, bool with_ledger);
	void (*close)(void *ctx);
	void (*pause)(void *ctx, double seconds); /* until the time is over or the party is stopped */
	void (*tell)(void *ctx, const struct watch_event *event);
	void *ctx;
};

/** struct watch_options - when steps are taken. */
struct watch_options {
	struct settle_policy policy;
	double poll;  /* seconds between two looks at store and ledger; 0: see settle_watch() */
	double stuck; /* seconds for which a message may wait before it gets a higher fee; 0: 10 minutes */
};

/**
 * settle_watch - take the next steps of all channels of the store, until @p->stop.
 * SETTLE 5: the watcher looks at the store every third of an epoch, and at the ledger as soon as the store has a new
 * channel or voucher, a deal is over, a message is on its way, or a settle delay is over; and every 10 minutes for what
 * the other parties have done. A ledger in a folder is looked at each time, 5 times a second if its epochs are moved by
 * hand.
 * A message that waits for 10 minutes gets a higher fee, below @p->max_fee, and again every 10 minutes.
 * OK once the party is stopped. If store and ledger can't be opened for the first time, and waiting can't help, the
 * status of that failure, explained.
 */
MUST_CHECK enum status settle_watch(
	struct party *p, const struct watch_options *options, const struct watch_caller *caller);

#endif
