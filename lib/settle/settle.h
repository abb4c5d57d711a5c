/* settle.h - collecting payments or refunds.
 *
 * The steps are those of one channel: submit vouchers, begin to settle, wait,
 * collect.  Each call takes the steps that are possible now and worth taking.
 */
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
	SETTLE_CHOICE,  /* plan: the cost and gain of one choice */
	SETTLE_SUMMARY, /* plan: all of the channel: what is earned, what is at risk, and what the steps to the end cost */
};

/** struct settle_when - the conditions under which vouchers are submitted; one that is reached is enough. All zeros: at once. */
struct settle_when {
	bool spent;           /* nothing is left in the channel to be earned */
	struct amount amount; /* the vouchers that are not submitted add this much; zero: no such condition */
	int64_t margin; /* seconds before the settle delay ends; 0: as soon as the channel settles, whatever else is given */
};
/** settle_when_given - is there any condition? */
static inline bool settle_when_given(const struct settle_when *when)
{
	return when->spent || !amount_is_zero(&when->amount) || when->margin != 0;
}

/** struct settle_policy - which of the next steps are taken; all zeros: all that are possible and bring more than they cost. */
struct settle_policy {
	bool plan;      /* only report the steps that would be taken, and the choices */
	bool spare;     /* do not begin settling while deals on the channel go on: the step is SETTLE_LATER then */
	bool keep_open; /* do not begin settling while the channel has funds left to be earned: SETTLE_OPEN then */
	bool close;     /* begin settling also if a voucher waits for a time after its end, and would be lost */
	bool at_a_loss; /* take also steps that cost more than they bring */
	struct settle_when when; /* a policy with conditions should also keep channels open, and spare deals */
};

/** struct settle_cost - what messages to the ledger take as their fees. */
struct settle_cost {
	bool known; /* false: the ledger could not tell, and the amounts have only what it could */
	bool about; /* a part is by the measured gas of such a message, as the ledger can't run the message yet */
	struct amount fee;  /* at the ledger's price of now */
	struct amount most; /* gas limit times fee cap */
};

/** settle_cost_none - the cost of no message. */
struct settle_cost settle_cost_none(void);
/** settle_cost_add - add @more to @sum; false if a sum is no amount. */
MUST_CHECK bool settle_cost_add(struct settle_cost *sum, const struct settle_cost *more);

enum settle_held {
	HELD_NOT,  /* the step was taken, or would be */
	HELD_FEE,  /* the step costs more than it brings, and is not taken */
	HELD_TIME, /* OPEN: settling would end before the time of a voucher that waits: @until */
};
enum settle_choice { CHOOSE_SUBMIT, CHOOSE_CLOSE, CHOOSE_WAIT };

/** struct settle_report - one line: a step that was taken, or would be. */
struct settle_report {
	enum settle_step step;
	enum settle_held held; /* SUBMIT, OPEN, COLLECT, CHOICE */
	struct address channel;
	bool outbound;        /* we are the payer */
	uint64_t lane, nonce; /* SETTLE_SUBMIT */
	/*
	 * SUBMIT: what the voucher adds; START, WAIT: what collecting will bring us; COLLECT: what collecting brought
	 * us; OPEN: what collecting would bring us; LOST: what our vouchers promised beyond the payment; CHOICE: what
	 * is made sure of, what collecting brings, or what stays at risk; SUMMARY: what we have earned, or what comes
	 * back.
	 */
	struct amount amount;
	struct amount unspent;     /* OPEN, CHOICE: the channel's funds beyond the earned amount */
	struct amount unsubmitted; /* OPEN, WAIT, SUMMARY: what vouchers add that are not on the ledger */
	struct amount pays;        /* SUMMARY: what the steps to the end bring */
	struct settle_cost cost;   /* of the messages of the step, or the choice; SUMMARY: of all steps to the end */
	bool has_cost;             /* @cost is set: in a plan, and where the cost is why a step is not taken */
	uint64_t deals;            /* START, LATER: how many deals on the channel go on */
	int64_t epoch;             /* the current epoch */
	int64_t until; /* START, WAIT, CHOICE, SUMMARY: when collecting becomes possible, and submitting impossible; 0 if undecided */
	int64_t until_time;    /* unix time of @until; 0 if undecided, or the ledger's epochs do not follow a clock */
	int64_t epoch_seconds; /* the length of an epoch by the ledger, or by the protocol if the ledger has no clock */
	enum settle_choice choice; /* SETTLE_CHOICE */
	uint64_t messages;         /* CHOICE, SUMMARY: how many messages to the ledger it takes */
	enum status status;        /* of this step; each step stands alone */
	char text[192];            /* the reason, if the step failed */
};
/**
 * settle_channel - take the next steps for a channel: submit best vouchers, start settling, wait, collect. A step that
 * costs more than it brings is not taken: its line has @held, and its status is OK.
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
