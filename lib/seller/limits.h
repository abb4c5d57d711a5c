/* limits.h - how much one client may have at once. */
#ifndef SELLER_LIMITS_H
#define SELLER_LIMITS_H

#include "party/party.h"

/**
 * struct limits - what a seller grants the client at hand; all zero: a client without a name, and no limit.
 * @client: its name, as the transport has it: printable ASCII.
 * @max_deals: new deals on this connection. @max_open: deals that are open. @max_unpaid: of these, deals that the
 * client has left (see seller_check_limits()). @max_cancelled: deals that were cancelled with unpaid bytes, beyond
 * those that were completed. A new deal that would be one more is rejected; 0 for any number.
 */
struct limits {
	char client[CLIENT_NAME_MAX];
	uint64_t max_deals, max_open, max_unpaid, max_cancelled;
	uint64_t deals;    /* new ones so far, on this connection */
	bool rechecked;    /* what it left unpaid was looked into, on this connection: see recheck.h */
	bool has_max_owed; /* else one interval and one block of the deal at hand; without a name, 64 times as much */
	struct amount max_owed; /* attoFIL that the client may owe, over all its deals; 0 for any amount: see debt.h */
};

/**
 * seller_check_limits - may this client have one more deal? REJECTED, with the reason in @why, if it would be above a limit.
 * A deal is left if it is open, has bytes sent beyond what is paid, and no process that lives is serving it. So what a
 * client can have for nothing is an interval and a block of each of its open deals, once; and deals in parallel, over
 * one connection or many, do not disturb each other.
 */
MUST_CHECK enum status seller_check_limits(
	struct party *party, struct kv_txn *txn, struct refusal *why, const struct limits *limits);

#endif
