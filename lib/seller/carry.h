/* carry.h - the debt for bytes that a client reports as lost moves to the deal that sends the bytes again. */
#ifndef SELLER_CARRY_H
#define SELLER_CARRY_H

#include "content/limits.h"

/**
 * carry_debts - for @deal, which is new and not in the store yet: move to @deal the debt for the blocks that @deal has
 * to send again, from each deal of the client for the same content that is cancelled, or open and served by nobody.
 * MONEY 15: the client gets nothing new by the move: the blocks are the same.
 */
MUST_CHECK enum status carry_debts(
	struct party *party, struct kv_txn *txn, struct provider_deal *deal, const struct limits *limits);

#endif
