/* lanes.h - which lanes of a channel new deals get. */
#ifndef FUNDS_LANES_H
#define FUNDS_LANES_H

#include "party/party.h"
#include "store/channels.h"

/** lanes_draw_first - MONEY 16: let the next lane of @channel be one that nobody has used; does not write the channel. */
MUST_CHECK enum status lanes_draw_first(struct party *p, struct kv_txn *txn, struct channel *channel);
/**
 * lanes_check_next - the same if the ledger has redeemed more on the channel than this home has signed, or knows the
 * channel's next lane: this home is an older copy, then.
 */
MUST_CHECK enum status lanes_check_next(struct party *p, struct kv_txn *txn, struct channel *channel);

#endif
