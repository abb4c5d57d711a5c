/* take_voucher.h - keeping a voucher that pays us, from any source. */
#ifndef FUNDS_TAKE_VOUCHER_H
#define FUNDS_TAKE_VOUCHER_H

#include "party/party.h"
#include "store/channels.h"

/**
 * struct incoming_voucher - a voucher from a client, or from any other carrier.
 * @payee: one of ours; the channel has to pay to @payee. @deal: owner of the lane from now on, if the lane has no deal
 * yet; or 0.
 */
struct incoming_voucher {
	const struct voucher *voucher;
	const struct address *payee;
	uint64_t deal;
};
/**
 * struct taken_voucher - the outcome of taking a voucher.
 * @delta: the amount that the voucher adds for the deal of its lane: the whole amount of the lane, if the lane had no
 * deal before; 0 if the voucher is held already, and then nothing was written. @lane: the lane before the voucher, if
 * @had_lane. @settling: the channel is settling.
 */
struct taken_voucher {
	struct amount delta;
	bool had_lane, settling;
	struct lane_record lane;
};
/**
 * funds_take_voucher - MONEY 7: judge a voucher by the ledger and by the vouchers held, and keep the voucher inside
 * @txn if it is better.
 * The ledger is read inside the transaction: amounts that other processes credit meanwhile may be covered by newer
 * funds.
 * @why gets a refusal, and @taken is filled all the same; a status that is not in @why is our own failure.
 */
MUST_CHECK enum status funds_take_voucher(struct party *party, struct kv_txn *txn, struct refusal *why,
	struct taken_voucher *taken, const struct incoming_voucher *in);

#endif
