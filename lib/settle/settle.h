/* settle.h - collecting payments or refunds. */
#ifndef SETTLE_SETTLE_H
#define SETTLE_SETTLE_H

#include "party/party.h"

enum settle_step {
	SETTLE_SUBMIT,  /* submit a voucher */
	SETTLE_START,   /* begin settling */
	SETTLE_WAIT,    /* wait for the settle delay */
	SETTLE_COLLECT, /* collect: the channel is closed */
	SETTLE_NOTHING, /* nothing to do: the channel was collected before */
	SETTLE_LATER,   /* deals on the channel go on */
	SETTLE_OPEN,    /* the channel is kept open */
	SETTLE_LOST,    /* loss: vouchers came too late */
	SETTLE_CHOICE,  /* the cost and gain of one choice */
};

/** struct settle_policy - which of the next steps are taken; all zeros: all that are possible. */
struct settle_policy {
	bool plan;      /* only report the steps that would be taken, and the choices */
	bool spare;     /* do not begin settling while deals on the channel go on: the step is SETTLE_LATER then */
	bool keep_open; /* do not begin settling while the channel has funds left to be earned: SETTLE_OPEN then */
};

enum settle_choice { CHOOSE_SUBMIT, CHOOSE_CLOSE, CHOOSE_WAIT };

/** struct settle_report - one line: a step that was taken, or would be. */
struct settle_report {
	enum settle_step step;
	struct address channel;
	bool outbound;        /* we are the payer */
	uint64_t lane, nonce; /* SETTLE_SUBMIT */
	/*
	 * SUBMIT: what the voucher adds; START, WAIT: what collecting will bring us; COLLECT: what collecting brought
	 * us; OPEN: what collecting would bring us; LOST: what our vouchers promised beyond the payment; CHOICE: what
	 * is made sure of, what collecting brings, or what stays at risk.
	 */
	struct amount amount;
	struct amount unspent; /* OPEN, CHOICE: the channel's funds beyond the earned amount */
	uint64_t deals;        /* START, LATER: how many deals on the channel go on */
	int64_t epoch;         /* the current epoch */
	int64_t until; /* START, WAIT, CHOICE: when collecting becomes possible, and submitting impossible; 0 if undecided */
	enum settle_choice choice; /* SETTLE_CHOICE */
	uint64_t messages;         /* SETTLE_CHOICE: how many messages to the ledger the choice takes */
	enum status status;        /* of this step; each step stands alone */
	char text[192];            /* the reason, if the step failed */
};
/**
 * settle_channel - take the next steps for a channel: submit best vouchers, start settling, wait, collect.
 * @policy is borrowed for the call. @report is called once per step.
 * TOO_EARLY while the settle delay runs, or deals are spared; TOO_LATE if the channel was collected for less than our
 * vouchers promised, also on each later run, until settle_write_off().
 */
MUST_CHECK enum status settle_channel(struct party *p, const struct address *channel,
	const struct settle_policy *policy, void (*report)(void *ctx, const struct settle_report *r), void *ctx);
/**
 * settle_write_off - stop reporting the loss on a collected channel. @lost: out; @plan: change nothing. BAD_STATE if
 * there is no loss.
 */
MUST_CHECK enum status settle_write_off(struct party *p, struct amount *lost, const struct address *channel, bool plan);

#endif
