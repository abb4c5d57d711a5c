/* credit.h - what vouchers that pay us do for deals. */
#ifndef SELLER_CREDIT_H
#define SELLER_CREDIT_H

#include "funds/take_voucher.h"

/**
 * credit_deal - @voucher, which was taken, pays for @deal: counters, state and event, inside @txn.
 * A deal that is over only counts it. While the channel is settling, a deal ends by its last payment, but sends no more.
 */
MUST_CHECK enum status credit_deal(struct party *party, struct kv_txn *txn, struct provider_deal *deal,
	const struct voucher *voucher, const struct taken_voucher *taken);
/** credit_lane - the same for the deal whose lane it is; OK if the lane is no deal's, or the deal is not in this store. */
MUST_CHECK enum status credit_lane(
	struct party *party, struct kv_txn *txn, const struct voucher *voucher, const struct taken_voucher *taken);
/**
 * seller_add_voucher - take a voucher that came by any way, checked like a payment; the deal whose lane it is counts it.
 * The channel has to pay to our key, to who is paid by one of our offers, or to us as a known channel.
 * OK too for a voucher that is held already. The statuses of funds_take_voucher(), explained.
 */
MUST_CHECK enum status seller_add_voucher(struct party *party, const struct voucher *voucher);

#endif
