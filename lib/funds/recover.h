/* recover.h - vouchers that our key has signed and our store has forgotten, taken back from who holds them. */
#ifndef FUNDS_RECOVER_H
#define FUNDS_RECOVER_H

#include "party/party.h"
#include "wire/recovery.h"

/**
 * funds_recover_voucher - take back the best voucher of a lane of a channel that we pay through, if it is better than ours.
 * From then on it is the lane's only voucher; the lane pays for the deal that the holder names.
 * @taken: out; false if our store knows as good a voucher of the lane, or does not have the channel.
 * BAD_SIGNATURE, explained, if the channel's payer has not signed it; CORRUPT.
 */
MUST_CHECK enum status funds_recover_voucher(
	struct party *p, struct kv_txn *txn, const struct best_voucher *best, bool *taken);

#endif
