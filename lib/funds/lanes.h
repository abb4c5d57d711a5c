/* lanes.h - which lanes of a channel new deals get. */
#ifndef FUNDS_LANES_H
#define FUNDS_LANES_H

#include "party/party.h"
#include "store/channels.h"

/**
 * struct lane_history - what the ledger knows of the lanes of a channel, read before a transaction and judged inside.
 * Both values only grow: a history that is a moment old may miss that this home is an older copy, exactly as a ledger
 * misses it while the vouchers are not submitted, and the next deal finds it; it never takes a lane for free that the
 * ledger had.
 */
struct lane_history {
	struct amount redeemed;
	bool any;      /* the ledger has lanes: */
	uint64_t last; /* the highest one */
};

/** lanes_ask - read the history of @channel, whose state is @head; no transaction may be open. */
MUST_CHECK enum status lanes_ask(
	struct party *p, struct lane_history *history, const struct address *channel, const struct paych *head);
/** lanes_draw_first - MONEY 16: let the next lane of @channel be one that nobody has used; does not write the channel. */
MUST_CHECK enum status lanes_draw_first(struct party *p, struct kv_txn *txn, struct channel *channel);
/**
 * lanes_check_next - the same if the ledger has redeemed more on the channel than this home has signed, or knows lanes
 * beyond those that this home has given out: this home is an older copy, then.
 */
MUST_CHECK enum status lanes_check_next(
	struct party *p, struct kv_txn *txn, struct channel *channel, const struct lane_history *history);

#endif
