/* settle.h - being paid, or refunded. */
#ifndef FUNDS_SETTLE_H
#define FUNDS_SETTLE_H

#include "party/party.h"

enum settle_step { SETTLE_SUBMIT, SETTLE_START, SETTLE_WAIT, SETTLE_COLLECT, SETTLE_NOTHING, SETTLE_LATER };
#define SETTLE_PLAN  1u /* only say what would be done */
#define SETTLE_SPARE 2u /* do not begin while deals on the channel go on: that step is SETTLE_LATER then */

/** struct settle_report - one line: what was done or would be. */
struct settle_report {
	enum settle_step step;
	struct address channel;
	uint64_t lane, nonce; /* SETTLE_SUBMIT */
	struct amount
		amount; /* SUBMIT: what the voucher adds; START, WAIT: what collecting will bring us; COLLECT: what we got */
	uint64_t deals;     /* START, LATER: how many deals on the channel go on */
	int64_t epoch;      /* now */
	int64_t until;      /* START, WAIT: when collecting becomes possible */
	enum status status; /* of this step; each stands on its own */
	char text[192];     /* why, if it failed */
};
/**
 * settle_channel - take the next right steps for a channel: submit best vouchers, start settling, wait, collect.
 * @report is called once per step. TOO_EARLY while the settle delay runs, or deals are spared.
 */
MUST_CHECK enum status settle_channel(struct party *p, const struct address *channel, unsigned how,
	void (*report)(void *ctx, const struct settle_report *r), void *ctx);

#endif
