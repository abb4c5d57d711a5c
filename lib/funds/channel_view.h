/* channel_view.h - a channel as the store and the ledger see it, and what the store keeps of its lanes.
 *
 * Everything here reads. Each function has its own transactions, and none is
 * open while a callback runs.
 */
#ifndef FUNDS_CHANNEL_VIEW_H
#define FUNDS_CHANNEL_VIEW_H

#include "party/party.h"
#include "store/channels.h"

/** struct channel_view - one channel, at one epoch; holds values only. */
struct channel_view {
	struct channel known; /* if @in_store; else only its address */
	struct paych head;    /* if @on_ledger; without lanes */
	bool in_store, on_ledger;
	int64_t epoch;             /* of the ledger */
	struct amount available;   /* what new deals can use: channel_uncommitted(), and nothing while it settles */
	struct amount unsubmitted; /* what the best vouchers kept here add to what the ledger has redeemed */
};

/** channel_view_load - look at @channel; OK also if neither store nor ledger has it. */
MUST_CHECK enum status channel_view_load(struct party *p, struct channel_view *v, const struct address *channel);
/** channel_view_settled - has the settle delay ended? Then no voucher is accepted any more, and collecting is possible. */
bool channel_view_settled(const struct channel_view *v);

/** channel_each - call @each for the channels in the store; with @open only for those with which something is left to do: not collected, or with a loss that was not written off. Ends early with what @each returns, if that is not OK; CORRUPT at the end if the record of another one is damaged. */
MUST_CHECK enum status channel_each(
	struct party *p, bool open, enum status (*each)(void *ctx, const struct address *channel), void *ctx);

/** struct channel_lane - a lane, as the store and the ledger see it. */
struct channel_lane {
	struct lane_record known;
	struct paych_lane redeemed; /* if @on_ledger; else zeros */
	bool on_ledger;
};
/** channel_each_lane - the same for the lanes of a channel. */
MUST_CHECK enum status channel_each_lane(struct party *p, const struct address *channel,
	enum status (*each)(void *ctx, const struct channel_lane *lane), void *ctx);
/** channel_each_voucher - the same for its signed vouchers, by lane and nonce; with @best only the last of each lane. */
MUST_CHECK enum status channel_each_voucher(struct party *p, const struct address *channel, bool best,
	enum status (*each)(void *ctx, const struct voucher *voucher, struct span encoded), void *ctx);

#endif
