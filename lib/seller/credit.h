/* credit.h - crediting deals with vouchers that pay us. */
#ifndef SELLER_CREDIT_H
#define SELLER_CREDIT_H

#include "funds/take_voucher.h"

/**
 * credit_deal - credit @deal with @voucher, which was taken: counters, state and event, inside @txn.
 * A deal that is over only counts the voucher. While the channel is settling, a last payment still ends a deal, but no
 * deal sends more.
 */
MUST_CHECK enum status credit_deal(struct party *party, struct kv_txn *txn, struct provider_deal *deal,
	const struct voucher *voucher, const struct taken_voucher *taken);
/**
 * credit_lane - the same for the deal of the voucher's lane; OK if the lane belongs to no deal, or the deal is not in
 * this store.
 */
MUST_CHECK enum status credit_lane(
	struct party *party, struct kv_txn *txn, const struct voucher *voucher, const struct taken_voucher *taken);
/**
 * seller_add_voucher - take a voucher from any source, checked like a payment; the deal of the voucher's lane counts
 * the voucher.
 * The channel has to pay to our key, to the payee of one of our offers, or to us as a known channel.
 * OK also for a voucher that is held already. The statuses of funds_take_voucher(), explained.
 */
MUST_CHECK enum status seller_add_voucher(struct party *party, const struct voucher *voucher);
/**
 * seller_import_voucher - the same for a voucher that our user gives us: conditions are judged by a dry run on the ledger.
 * @secret: for a voucher that needs one; empty for none. A voucher whose time has not come is kept apart: see conditions.h.
 */
MUST_CHECK enum status seller_import_voucher(struct party *party, const struct voucher *voucher, struct span secret);

#endif
