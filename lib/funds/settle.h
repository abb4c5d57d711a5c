/* settle.h - being paid, or refunded. */
#ifndef FUNDS_SETTLE_H
#define FUNDS_SETTLE_H

#include "party/party.h"

enum settle_step {
	SETTLE_SUBMIT,  /* a voucher */
	SETTLE_START,   /* settling begins */
	SETTLE_WAIT,    /* for the settle delay */
	SETTLE_COLLECT, /* the channel is closed */
	SETTLE_NOTHING, /* the channel was collected before */
	SETTLE_LATER,   /* deals on the channel go on */
	SETTLE_OPEN,    /* the channel is kept open */
	SETTLE_LOST,    /* vouchers that came too late */
	SETTLE_CHOICE,  /* what one way on would cost and bring */
};
#define SETTLE_PLAN  1u /* only say what would be done, and what the ways on are */
#define SETTLE_SPARE 2u /* do not begin while deals on the channel go on: that step is SETTLE_LATER then */
#define SETTLE_KEEP                                                                                                    \
	4u /* do not begin while anything is left in the channel to be earned: that step is SETTLE_OPEN then */

enum settle_choice { CHOOSE_SUBMIT, CHOOSE_CLOSE, CHOOSE_WAIT };

/** struct settle_report - one line: what was done or would be. */
struct settle_report {
	enum settle_step step;
	struct address channel;
	bool outbound;        /* we are the payer */
	uint64_t lane, nonce; /* SETTLE_SUBMIT */
	/* SUBMIT: what the voucher adds; START, WAIT: what collecting will bring us; COLLECT: what we got;
	 * OPEN: what collecting would bring us; LOST: what our vouchers promised beyond what was paid;
	 * CHOICE: what is made sure of, what collecting brings, or what stays at risk. */
	struct amount amount;
	struct amount unspent; /* OPEN, CHOICE: what the channel holds beyond what is earned */
	uint64_t deals;        /* START, LATER: how many deals on the channel go on */
	int64_t epoch;         /* now */
	int64_t until; /* START, WAIT, CHOICE: when collecting becomes possible, and submitting impossible; 0 if it is open when */
	enum settle_choice choice; /* SETTLE_CHOICE */
	uint64_t messages;         /* SETTLE_CHOICE: how many messages to the ledger this takes */
	enum status status;        /* of this step; each stands on its own */
	char text[192];            /* why, if it failed */
};
/**
 * settle_channel - take the next right steps for a channel: submit best vouchers, start settling, wait, collect.
 * @report is called once per step. TOO_EARLY while the settle delay runs, or deals are spared; TOO_LATE if the channel
 * was collected for less than our vouchers promised, also on each later run, until settle_write_off().
 */
MUST_CHECK enum status settle_channel(struct party *p, const struct address *channel, unsigned how,
	void (*report)(void *ctx, const struct settle_report *r), void *ctx);
/** settle_write_off - the loss on a collected channel was seen: say it no more. @lost: out; @plan: change nothing. BAD_STATE if there is none. */
MUST_CHECK enum status settle_write_off(struct party *p, struct amount *lost, const struct address *channel, bool plan);

#endif
