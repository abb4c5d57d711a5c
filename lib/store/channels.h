/* channels.h - the payment channels that concern us, their lanes and their vouchers. */
#ifndef STORE_CHANNELS_H
#define STORE_CHANNELS_H

#include "deal/provider.h"
#include "store/store.h"

/** struct channel - a payment channel that concerns us. */
struct channel {
	struct address address, from, to;
	bool outbound;           /* we pay through it; else we are paid */
	uint64_t next_lane;      /* outbound: the lane that the next deal gets */
	struct amount committed; /* sum over lanes of the best voucher signed (outbound) or held (inbound) */
	struct amount reserved;  /* outbound: what open deals may still draw, beyond what is signed for them */
	uint64_t collected;      /* 1 once it was collected */
	struct amount lost;      /* inbound, collected: what our vouchers promised beyond what collecting paid */
	bool written_off;        /* the loss was seen, and is to be said no more */
};
MUST_CHECK enum status store_get_channel(struct kv_txn *t, struct channel *c, const struct address *a);
MUST_CHECK enum status store_put_channel(struct kv_txn *t, const struct channel *c);
/** store_each_channel - call @each for all channels. A damaged record hides no other: CORRUPT then comes at the end. So for lanes and vouchers below. */
MUST_CHECK enum status store_each_channel(
	struct kv_txn *t, enum status (*each)(void *ctx, const struct channel *c), void *ctx);

MUST_CHECK enum status store_get_lane(
	struct kv_txn *t, struct lane_record *l, const struct address *channel, uint64_t lane);
/** store_put_lane - and keep the channel's committed sum right: it grows by what @l adds over the lane's old amount. CORRUPT if the channel is not there. */
MUST_CHECK enum status store_put_lane(struct kv_txn *t, const struct address *channel, const struct lane_record *l);
MUST_CHECK enum status store_each_lane(struct kv_txn *t, const struct address *channel,
	enum status (*each)(void *ctx, const struct lane_record *l), void *ctx);

/** store_put_voucher - keep the bytes of a signed voucher; EXISTS if other bytes have its channel, lane and nonce. */
MUST_CHECK enum status store_put_voucher(
	struct kv_txn *t, const struct address *channel, uint64_t lane, uint64_t nonce, struct span voucher);
/** store_drop_vouchers - forget all vouchers of a lane. */
MUST_CHECK enum status store_drop_vouchers(struct kv_txn *t, const struct address *channel, uint64_t lane);
/** store_get_voucher - append the bytes of the voucher to @voucher. */
MUST_CHECK enum status store_get_voucher(
	struct kv_txn *t, struct bytes *voucher, const struct address *channel, uint64_t lane, uint64_t nonce);
MUST_CHECK enum status store_each_voucher(struct kv_txn *t, const struct address *channel,
	enum status (*each)(void *ctx, uint64_t lane, uint64_t nonce, struct span voucher), void *ctx);

#endif
