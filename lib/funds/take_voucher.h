/* take_voucher.h - keeping a voucher that pays us, however it came. */
#ifndef FUNDS_TAKE_VOUCHER_H
#define FUNDS_TAKE_VOUCHER_H

#include "party/party.h"
#include "store/channels.h"

/**
 * struct incoming_voucher - a voucher from a client, or from whoever carried it.
 * @payee: of ours; the channel has to pay to it. @deal: whose lane it is from now on, if it is nobody's yet; or 0.
 */
struct incoming_voucher {
	const struct voucher *voucher;
	const struct address *payee;
	uint64_t deal;
};
/**
 * struct taken_voucher - what became of it.
 * @delta: what it adds for the deal whose lane it is: all that the lane has, if it was no deal's before; 0 if the voucher
 * is held already, and then nothing was written. @lane: as it was before, if @had_lane. @settling: the channel is.
 */
struct taken_voucher {
	struct amount delta;
	bool had_lane, settling;
	struct lane_record lane;
};
/**
 * funds_take_voucher - MONEY 7: judge a voucher by the ledger and by what is held, and keep it inside @txn if it is better.
 * The ledger is asked inside the transaction: what other processes credit meanwhile may be covered by newer funds.
 * A refusal is in @why, and @taken says what is held all the same; a status that is not there is trouble of our own.
 */
MUST_CHECK enum status funds_take_voucher(struct party *party, struct kv_txn *txn, struct refusal *why,
	struct taken_voucher *taken, const struct incoming_voucher *in);

#endif
