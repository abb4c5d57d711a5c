/* channel_view.h - a channel in the store and on the ledger, and the stored records of its lanes.
 *
 * All functions only read. Each function has its own transactions, and no
 * transaction is open while a callback runs.
 */
#ifndef FUNDS_CHANNEL_VIEW_H
#define FUNDS_CHANNEL_VIEW_H

#include "party/party.h"
#include "store/channels.h"

/**
 * struct channel_view - one channel at one epoch; contains only values.
 * The balance on the ledger is the sum of its redeemed amount (@head.to_send), @unsubmitted, the reserves of open deals
 * (@known.reserved), @available and @returning.
 */
struct channel_view {
	struct channel known; /* valid if @in_store; otherwise only its address */
	struct paych head;    /* valid if @on_ledger; without lanes */
	bool in_store, on_ledger;
	bool creating;             /* the message that creates the channel is in flight: @known has the parties */
	size_t in_flight;          /* our messages to the channel that are not on the ledger yet */
	struct amount arriving;    /* the money in these messages */
	struct amount queued;      /* the money that is ordered behind them, for the open channel of the pair */
	int64_t epoch;             /* the ledger's epoch */
	struct amount available;   /* what new deals can use: channel_uncommitted(); zero while settling */
	struct amount unsubmitted; /* what the best stored vouchers add to the redeemed amount */
	struct amount returning;   /* what settling gives back to the payer; zero for an open channel */
};

/** channel_view_load - read @channel; OK also if neither store nor ledger has @channel, and no message in flight creates @channel. */
MUST_CHECK enum status channel_view_load(struct party *p, struct channel_view *v, const struct address *channel);
/**
 * channel_view_settled - has the settle delay ended? After the delay no voucher is accepted any more, and collecting is
 * possible.
 */
bool channel_view_settled(const struct channel_view *v);

/** channel_each_creating - call @each for the channels that messages in flight will create. */
MUST_CHECK enum status channel_each_creating(
	struct party *p, enum status (*each)(void *ctx, const struct address *channel), void *ctx);
/**
 * channel_each - call @each for the channels in the store; with @open only for those that need more work: not
 * collected, or with a loss that was not written off.
 * Ends early with the status of @each, if that is not OK; CORRUPT at the end if the record of another channel is
 * damaged.
 */
MUST_CHECK enum status channel_each(
	struct party *p, bool open, enum status (*each)(void *ctx, const struct address *channel), void *ctx);

/** struct channel_lane - a lane in the store and on the ledger. */
struct channel_lane {
	struct lane_record known;
	struct paych_lane redeemed; /* valid if @on_ledger; otherwise zeros */
	bool on_ledger;
};
/** channel_each_lane - the same as channel_each() for the lanes of a channel. */
MUST_CHECK enum status channel_each_lane(struct party *p, const struct address *channel,
	enum status (*each)(void *ctx, const struct channel_lane *lane), void *ctx);
/**
 * channel_each_voucher - the same for a channel's signed vouchers, by lane and nonce; with @best only the last voucher
 * of each lane.
 */
MUST_CHECK enum status channel_each_voucher(struct party *p, const struct address *channel, bool best,
	enum status (*each)(void *ctx, const struct voucher *voucher, struct span encoded), void *ctx);
/** channel_each_waiting - the same for the vouchers that pay us and wait for their time: they are on no lane yet. */
MUST_CHECK enum status channel_each_waiting(struct party *p, const struct address *channel,
	enum status (*each)(void *ctx, const struct voucher *voucher, struct span encoded), void *ctx);

#endif
