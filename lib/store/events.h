/* events.h - the log of the state changes of deals. */
#ifndef STORE_EVENTS_H
#define STORE_EVENTS_H

#include "base/amount.h"
#include "store/deals.h"

/** struct event - one state change. */
struct event {
	uint64_t sequence; /* the store counts from 1 */
	int64_t time;      /* unix seconds, by the caller's clock; nothing depends on it */
	uint64_t side;     /* enum deal_side */
	uint64_t deal;
	uint64_t event;      /* enum client_event or provider_event */
	uint64_t state;      /* enum deal_state afterwards */
	uint64_t bytes;      /* received or sent so far */
	uint64_t interval;   /* current limit, bytes */
	struct amount funds; /* spent or received so far */
	struct span message; /* borrowed */
};

/** store_put_event - add @e; sets the sequence of @e. */
MUST_CHECK enum status store_put_event(struct kv_txn *t, struct event *e);
/** struct event_range - selects at most @limit events from sequence @from on, of all deals or, if @name is not NULL, of one deal. */
struct event_range {
	uint64_t from;
	const struct deal_name *name;
	size_t limit;
};
/** store_each_event - call @each for the events of @range in order. A status other than OK from @each stops the walk and is returned. */
MUST_CHECK enum status store_each_event(struct kv_txn *t, const struct event_range *range,
	enum status (*each)(void *ctx, const struct event *e), void *ctx);

#endif
