/* carry.h - bytes that a client says never came are owed under the deal that sends them again. */
#ifndef SELLER_CARRY_H
#define SELLER_CARRY_H

#include "seller/limits.h"

/**
 * carry_debts - for @deal, which is new and not in the store yet: of each deal of the client for the same content that is
 * cancelled, or open and served by nobody, what it owes for blocks that @deal has to send again moves to @deal.
 * MONEY 15: a client gets nothing by it that it did not get before: the blocks are the same ones.
 */
MUST_CHECK enum status carry_debts(
	struct party *party, struct kv_txn *txn, struct provider_deal *deal, const struct limits *limits);

#endif
