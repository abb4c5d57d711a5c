/* recover.h - taking back, from their holder, vouchers that our key has signed and our store has lost. */
#ifndef FUNDS_RECOVER_H
#define FUNDS_RECOVER_H

#include "party/party.h"
#include "wire/recovery.h"

/** struct redeemed_lanes - what the ledger has redeemed on the lanes of a channel, read before a transaction. All zero knows nothing. */
struct redeemed_lanes {
	struct address channel;
	struct paych known; /* only its lanes */
};
/**
 * funds_ask_redeemed - ask the ledger for the lane of @voucher, if @voucher is for the channel of @lanes, the channel's
 * payer has signed it, and the store does not have the lane. No transaction may be open. Does nothing without a ledger.
 */
MUST_CHECK enum status funds_ask_redeemed(struct party *p, struct redeemed_lanes *lanes, const struct voucher *voucher);
void redeemed_lanes_release(struct redeemed_lanes *lanes);
#define CLEAN_REDEEMED __attribute__((cleanup(redeemed_lanes_release)))

/**
 * funds_recover_voucher - take back the best voucher of a lane of a channel that we pay through, if the voucher is
 * better than ours.
 * From then on the voucher is the lane's only one; the lane pays for the deal that the holder names.
 * @lanes: from funds_ask_redeemed(). What the ledger has redeemed only grows, so lanes that are a moment old hold too much
 * of the channel back, never too little; a lane that was not asked for counts as not redeemed, likewise.
 * @taken: out; false if our store has an equal or better voucher of the lane, or does not have the channel.
 * BAD_SIGNATURE, explained, if the channel's payer has not signed the voucher; CORRUPT.
 */
MUST_CHECK enum status funds_recover_voucher(struct party *p, struct kv_txn *txn, const struct best_voucher *best,
	const struct redeemed_lanes *lanes, bool *taken);

#endif
