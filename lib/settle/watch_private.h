/* watch_private.h - a watcher between two looks: shared by the files that watch. */
#ifndef SETTLE_WATCH_PRIVATE_H
#define SETTLE_WATCH_PRIVATE_H

#include "base/hash.h"
#include "settle/watch.h"

#define WATCH_DIGEST_SIZE BLAKE2B_160_SIZE
#define WATCH_EPOCH       30 /* seconds, until the ledger has told */

/** struct watched - a channel that is not collected. */
struct watched {
	struct address address;
	uint8_t records[WATCH_DIGEST_SIZE]; /* of what the store has of the channel */
	bool due;                           /* the channel has to be looked at now */
	double look_at;                     /* clock_seconds_since_boot() */
	int64_t end;          /* epoch of a local ledger from which the channel has to be looked at; 0: none */
	double pending_since; /* the same clock; 0: no message is on its way */
	struct bytes said;    /* digests of what the last look has told */
	bool listed;          /* the store still has the channel as one to be settled */
	bool settling;        /* each voucher counts */
};

/** struct watch - the watcher between two looks. */
struct watch {
	struct party *p;
	const struct watch_options *options;
	const struct watch_caller *caller;
	struct watched *channels;
	size_t count, room;
	bool started;          /* a look has succeeded once */
	bool free;             /* messages to the ledger take no fee */
	bool local;            /* the ledger is in a folder: asking is free */
	bool damaged;          /* a damaged record was told */
	bool away;             /* since @away_since */
	double away_since;     /* clock_seconds_since_boot() */
	uint64_t number;       /* kv_number() of the last look */
	uint64_t height;       /* of a local ledger */
	int64_t epoch;         /* of a local ledger */
	int64_t epoch_seconds; /* 0: moved by hand */
};

/** watch_tell - tell an event. */
void watch_tell(const struct watch *watch, const struct watch_event *event);

/* watch_due.c: which channels have to be looked at. */
/** watch_learn - read from the store which channels are there, and which of them have changed; if the store has changed. */
MUST_CHECK enum status watch_learn(struct watch *watch);
/** watch_ask_local - is the ledger in a folder? Then see whether it has changed, or the end of a channel has come. */
MUST_CHECK enum status watch_ask_local(struct watch *watch);
/** watch_any_due - mark the channels whose time has come; is any channel due? */
bool watch_any_due(struct watch *watch);

#endif
