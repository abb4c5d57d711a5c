/* deal_list.h - the deals of a party, and what happened to them, one after the other.
 *
 * No transaction is open while a callback runs, so a callback may print.
 */
#ifndef PARTY_DEAL_LIST_H
#define PARTY_DEAL_LIST_H

#include "party/party.h"
#include "store/events.h"

/**
 * party_each_deal - call @each for deals, the newest first. Ends early with what @each returns, if that is not OK.
 * @before: only deals made before the one with this number; 0 for all. @limit: at most so many; 0 for all.
 */
MUST_CHECK enum status party_each_deal(struct party *p, uint64_t before, uint64_t limit,
	enum status (*each)(void *ctx, const struct deal_name *name), void *ctx);

/** struct deal_event - an event, with a message of its own. */
struct deal_event {
	struct event event;             /* without its message */
	char message[DEAL_MESSAGE_MAX]; /* cleaned */
};
/**
 * party_each_event - call @each for events, the oldest first. Ends early with what @each returns, if that is not OK.
 * @from: in: the number of the first event to look at; out: one more than that of the last one given to @each.
 * @name: only of this deal; NULL for all.
 */
MUST_CHECK enum status party_each_event(struct party *p, uint64_t *from, const struct deal_name *name,
	enum status (*each)(void *ctx, const struct deal_event *event), void *ctx);

#endif
