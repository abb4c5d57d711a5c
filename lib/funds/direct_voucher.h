/* direct_voucher.h - vouchers that pay without a deal: the payer names the channel, the lane and the amount. */
#ifndef FUNDS_DIRECT_VOUCHER_H
#define FUNDS_DIRECT_VOUCHER_H

#include "party/party.h"

/** struct direct_voucher - a voucher to be signed. */
struct direct_voucher {
	struct address channel;
	uint64_t lane;
	struct amount amount; /* cumulative on the lane; above 0 */
	/* Conditions; 0, or empty, for none. */
	int64_t time_lock_min, time_lock_max; /* epochs */
	struct span secret_hash;              /* blake2b-256 of the secret */
	int64_t min_settle_height;            /* epoch */
};

/**
 * direct_voucher_sign - sign a voucher, or give the last one of its lane again if that is the same; appended to @encoded,
 * and on disk by then.
 * @ceiling: the most that the lane may promise. @plan: sign and append nothing.
 * The lane is one that was used without a deal before, or the next free one of the channel.
 * TOO_DEAR; NO_FUNDS with the shortfall; STALE_AMOUNT below what the lane has promised; BAD_STATE for a lane of a deal, a
 * lane that is not the next, other conditions for the same amount, and a channel that was collected; CHANNEL_SETTLING;
 * WRONG_CHANNEL if we do not pay through the channel; NOT_FOUND. All are explained.
 */
MUST_CHECK enum status direct_voucher_sign(struct party *p, struct bytes *encoded, const struct direct_voucher *wanted,
	const struct amount *ceiling, bool plan);

#endif
