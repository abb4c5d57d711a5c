/* channels.h - the payment channels in which this party pays or is paid, their lanes and their vouchers. */
#ifndef STORE_CHANNELS_H
#define STORE_CHANNELS_H

#include "deal/provider.h"
#include "store/store.h"

/** struct channel - a payment channel in which this party pays or is paid. */
struct channel {
	struct address address, from, to;
	bool outbound;           /* this party pays; false: this party is paid */
	uint64_t next_lane;      /* outbound: the lane that the next deal gets */
	struct amount committed; /* sum of the best voucher of each lane: signed (outbound) or held (inbound) */
	struct amount reserved;  /* outbound: the amount that open deals may still draw beyond their signed vouchers */
	uint64_t collected;      /* 1 once the channel was collected */
	struct amount lost;      /* inbound, collected: the amount of our vouchers beyond what collecting paid */
	bool written_off;        /* the user has seen the loss: reports leave the loss out */
	struct amount
		given_up; /* inbound: the amount of our vouchers that settling left out, as they were not worth their fee */
	struct amount redeemed; /* what the payee had redeemed when settling last looked at the ledger */
	struct amount
		forgotten; /* outbound: what the ledger had redeemed beyond what this home has signed, when a lane was drawn for that */
};
MUST_CHECK enum status store_get_channel(struct kv_txn *t, struct channel *c, const struct address *a);
MUST_CHECK enum status store_put_channel(struct kv_txn *t, const struct channel *c);
/** store_each_channel - call @each for all channels. A damaged record is passed over, and CORRUPT is returned at the end. The same holds for lanes and vouchers below. */
MUST_CHECK enum status store_each_channel(
	struct kv_txn *t, enum status (*each)(void *ctx, const struct channel *c), void *ctx);

MUST_CHECK enum status store_get_lane(
	struct kv_txn *t, struct lane_record *l, const struct address *channel, uint64_t lane);
/** store_put_lane - save a lane, and add to the channel's committed sum the amount by which the lane grows. CORRUPT if there is no such channel. */
MUST_CHECK enum status store_put_lane(struct kv_txn *t, const struct address *channel, const struct lane_record *l);
MUST_CHECK enum status store_each_lane(struct kv_txn *t, const struct address *channel,
	enum status (*each)(void *ctx, const struct lane_record *l), void *ctx);

/** store_put_voucher - keep the bytes of a signed voucher. EXISTS if another voucher has the same channel, lane and nonce. */
MUST_CHECK enum status store_put_voucher(
	struct kv_txn *t, const struct address *channel, uint64_t lane, uint64_t nonce, struct span voucher);
/** store_drop_vouchers - delete all vouchers of a lane. */
MUST_CHECK enum status store_drop_vouchers(struct kv_txn *t, const struct address *channel, uint64_t lane);
/** store_get_voucher - append the bytes of the voucher to @voucher. */
MUST_CHECK enum status store_get_voucher(
	struct kv_txn *t, struct bytes *voucher, const struct address *channel, uint64_t lane, uint64_t nonce);
MUST_CHECK enum status store_each_voucher(struct kv_txn *t, const struct address *channel,
	enum status (*each)(void *ctx, uint64_t lane, uint64_t nonce, struct span voucher), void *ctx);
/** store_each_voucher_on - the same for one lane. */
MUST_CHECK enum status store_each_voucher_on(struct kv_txn *t, const struct address *channel, uint64_t lane,
	enum status (*each)(void *ctx, uint64_t lane, uint64_t nonce, struct span voucher), void *ctx);

#endif
