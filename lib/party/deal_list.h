/* deal_list.h - the deals of a party, and the events of the deals, in order.
 *
 * No transaction is open while a callback runs, so a callback may print.
 */
#ifndef PARTY_DEAL_LIST_H
#define PARTY_DEAL_LIST_H

#include "party/party.h"
#include "store/events.h"

/**
 * party_each_deal - call @each for deals of both sides, the newest first. Ends early with the status of @each, if that is
 * not OK. Its @name (store/deals.h) has the side and the id: party_get_client() or party_get_provider() loads the deal.
 * @before: only deals made before the deal with this number; 0 for all. @limit: the most deals to list; 0 for all.
 */
MUST_CHECK enum status party_each_deal(struct party *p, uint64_t before, uint64_t limit,
	enum status (*each)(void *ctx, const struct deal_name *name), void *ctx);

/** struct deal_event - an event that owns its message. */
struct deal_event {
	struct event event;             /* without the message */
	char message[DEAL_MESSAGE_MAX]; /* cleaned for printing */
};
/**
 * party_each_event - call @each for events, the oldest first. Ends early with the status of @each, if that is not OK.
 * @from: in: the number of the first event to read; out: one more than the number of the last event given to @each.
 * @name: only events of this deal; NULL for all.
 */
MUST_CHECK enum status party_each_event(struct party *p, uint64_t *from, const struct deal_name *name,
	enum status (*each)(void *ctx, const struct deal_event *event), void *ctx);

#endif
