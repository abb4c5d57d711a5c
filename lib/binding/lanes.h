/* lanes.h - which lanes of a channel new deals get. */
#ifndef BINDING_LANES_H
#define BINDING_LANES_H

#include "party/party.h"
#include "store/channels.h"

#define LANES_PASSED 4096u   /* lanes after the highest known one that an unknown history may have used */
#define LANES_DRAWN  262144u /* lanes from there on among which a start is drawn: 8^6, the lanes of a tree of 6 levels */

/**
 * struct lane_history - what is known of the lanes of a channel besides the store, read before a transaction and judged
 * inside. Values of the ledger only grow: a history that is a moment old may miss that this home is an older copy,
 * exactly as a ledger misses it while the vouchers are not submitted, and the next deal finds it; it never takes a lane
 * for free that the ledger had.
 */
struct lane_history {
	struct amount redeemed; /* on all lanes, by the ledger */
	bool any;               /* the ledger has lanes: */
	uint64_t last;          /* the highest one */
	bool named;             /* the payee has named all lanes of which he has vouchers, and the store has them */
};

/** lanes_ask - read the ledger's part of the history of @channel, whose state is @head; no transaction may be open. */
MUST_CHECK enum status lanes_ask(
	struct party *p, struct lane_history *history, const struct address *channel, const struct paych *head);
/**
 * lanes_draw_first - MONEY 16: lanes of @channel may have been used that nobody names, so let the next lane be one at a
 * random distance after the highest known one. Does not write the channel.
 */
MUST_CHECK enum status lanes_draw_first(
	struct party *p, struct kv_txn *txn, struct channel *channel, const struct lane_history *history);
/**
 * lanes_check_next - MONEY 16: let the next lane of @channel be one that nobody has used: the next one after those that
 * this home has given out. If the ledger has redeemed more than this home has signed, and more than when a lane was drawn
 * for that, or has higher lanes, this home is an older copy: then it is the next one after the highest known one, if the payee has named all of them, and is drawn
 * otherwise. Does not write the channel.
 */
MUST_CHECK enum status lanes_check_next(
	struct party *p, struct kv_txn *txn, struct channel *channel, const struct lane_history *history);

#endif
