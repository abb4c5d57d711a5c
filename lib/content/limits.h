/* limits.h - how much one client may have at once. */
#ifndef CONTENT_LIMITS_H
#define CONTENT_LIMITS_H

#include "party/party.h"

/**
 * struct limits - a seller's limits for the current client; all zero: a client without a name, and no limit.
 * @client: the client's name, as the transport gives the name: printable ASCII.
 * @max_deals: new deals on this connection. @max_open: open deals. @max_unpaid: open deals that the client has left
 * (see seller_check_limits()). @max_cancelled: deals cancelled with unpaid bytes, beyond the number of completed deals.
 * A new deal above a limit is rejected; 0 for no limit.
 */
struct limits {
	char client[CLIENT_NAME_MAX];
	uint64_t max_deals, max_open, max_unpaid, max_cancelled;
	uint64_t deals;    /* new deals so far, on this connection */
	bool exceeded;     /* the last proposal was refused because of these limits */
	bool rechecked;    /* the client's unpaid blocks were rechecked on this connection: see recheck.h */
	bool has_max_owed; /* if not: one interval and one block of the current deal; 64 times as much without a name */
	struct amount max_owed; /* attoFIL that the client may owe over all its deals; 0 for any amount: see debt.h */
};

/**
 * seller_check_limits - may this client have @deal too? REJECTED, with the reason in @why, if the deal would be above a
 * limit. A free deal adds to no debt: left deals do not stand in its way.
 * A deal is left if the deal is open, has sent more bytes than were paid for, and is served by no living process. So a
 * client can get for nothing one interval and one block of each of its open deals, once; and parallel deals, over one
 * connection or many, do not disturb each other.
 */
MUST_CHECK enum status seller_check_limits(struct party *party, struct kv_txn *txn, struct refusal *why,
	const struct limits *limits, const struct provider_deal *deal);

#endif
