/* recover.h - taking back, from their holder, vouchers that our key has signed and our store has lost. */
#ifndef FUNDS_RECOVER_H
#define FUNDS_RECOVER_H

#include "party/party.h"
#include "wire/recovery.h"

/**
 * funds_recover_voucher - take back the best voucher of a lane of a channel that we pay through, if the voucher is
 * better than ours.
 * From then on the voucher is the lane's only one; the lane pays for the deal that the holder names.
 * @taken: out; false if our store has an equal or better voucher of the lane, or does not have the channel.
 * BAD_SIGNATURE, explained, if the channel's payer has not signed the voucher; CORRUPT.
 */
MUST_CHECK enum status funds_recover_voucher(
	struct party *p, struct kv_txn *txn, const struct best_voucher *best, bool *taken);

#endif
