/* settling_private.h - one channel on its way to be collected: shared by the files that settle. */
#ifndef SETTLE_SETTLING_PRIVATE_H
#define SETTLE_SETTLING_PRIVATE_H

#include "settle/settle.h"
#include "store/channels.h"

/** struct settle_price - what a message of ours costs; see settle_fee.c. */
struct settle_price {
	bool known, free; /* free: the ledger takes no fees, and the rest is not set */
	struct amount base_fee, balance;
	struct address us;
	uint64_t nonce;     /* of our next message, as far as the ledger knows */
	bool has_gas;       /* the price of gas is known, as in @gas */
	struct message gas; /* without parameters that count */
};

/** struct settling - one channel while its next steps are taken. */
struct settling {
	struct party *p;
	struct channel channel;
	struct paych head;
	int64_t epoch;
	int64_t epoch_seconds; /* never 0 */
	bool has_clock;        /* the ledger's epochs follow a clock */
	const struct settle_policy *policy;
	struct settle_price price;
	bool due; /* the policy has vouchers submitted now */
	struct amount
		gain; /* plan: the amount that the vouchers on their way and those worth submitting add, now or later */
	uint64_t messages;            /* plan: the number of vouchers worth submitting */
	struct settle_cost cost;      /* plan: of submitting them */
	struct amount unsubmitted;    /* what the vouchers add that are not submitted now */
	struct amount given_up;       /* what the vouchers add that are not worth their fee */
	uint64_t left_messages;       /* the number of these vouchers */
	struct settle_cost left_cost; /* of submitting them all the same */
	void (*report)(void *ctx, const struct settle_report *report);
	void *ctx;
	enum status failed; /* the first failure of a voucher; the other vouchers go on */
	bool too_dear;      /* the fee for a voucher is above the ceiling */
	bool pending;       /* messages of this step are on their way to the ledger: the next step waits */
	bool starting;      /* plan: one of them is the message that begins settling */
};

/** lane_deal_goes_on - is the deal of a lane not over? A deal that is not in the store is. */
MUST_CHECK enum status lane_deal_goes_on(struct kv_txn *txn, bool *yes, enum deal_side side, uint64_t deal);
/** settling_report - report @line, with the fields that all lines have. */
void settling_report(struct settling *settling, struct settle_report line);

/* settle_message.c: the messages of a channel. Each is stored until its end is reported. */
/** struct settle_message - a message to the channel. */
struct settle_message {
	enum settle_step step; /* SUBMIT, START or COLLECT */
	uint64_t lane;         /* SETTLE_SUBMIT */
	uint64_t method;
	struct span params;
	struct amount brings; /* SUBMIT: what the voucher adds; COLLECT: what collecting will bring us */
};
/**
 * settling_send - send a message, or go on with the message of the same name that an earlier run has sent. @receipt is
 * out. PENDING; REJECTED with the ledger's words in @receipt. The message that collects stays stored:
 * settling_forget_collect().
 */
MUST_CHECK enum status settling_send(
	struct settling *settling, struct receipt *receipt, const struct settle_message *m);
/** struct settle_sent - a message that an earlier run has sent. */
struct settle_sent {
	bool pending;   /* false: the message was executed, or never will be */
	uint64_t nonce; /* SETTLE_SUBMIT: of the voucher */
	struct amount brings;
};
/** settling_sent - the message of an earlier run; NOT_FOUND; changes nothing. */
MUST_CHECK enum status settling_sent(
	struct settling *settling, struct settle_sent *out, enum settle_step step, uint64_t lane);
/** settling_resume - settling_send() for the message of an earlier run alone; NOT_FOUND. */
MUST_CHECK enum status settling_resume(
	struct settling *settling, struct receipt *receipt, enum settle_step step, uint64_t lane);
/** settling_forget_collect - delete the message that has collected the channel, inside @txn. */
MUST_CHECK enum status settling_forget_collect(struct settling *settling, struct kv_txn *txn);
/** settling_tidy - delete the messages of the channel that are over, whatever their end. */
MUST_CHECK enum status settling_tidy(struct settling *settling);

/* settle_fee.c */
/** settling_cost - the fee of a message to the channel. REJECTED, with the ledger's words in @refusal, if the ledger would refuse the message. */
MUST_CHECK enum status settling_cost(struct settling *settling, struct settle_cost *out, struct receipt *refusal,
	uint64_t method, struct span params);
/** settling_cost_of_collecting, settling_cost_of_closing - the fee of the message that collects; of that and the one before it, which settles. */
MUST_CHECK enum status settling_cost_of_collecting(struct settling *settling, struct settle_cost *out);
MUST_CHECK enum status settling_cost_of_closing(struct settling *settling, struct settle_cost *out);
/* settle_judge.c */
/** settling_pays - is a step worth its fee, or wanted by the user all the same? A fee that is not known is for the user's ceiling to judge. */
bool settling_pays(const struct settling *settling, const struct settle_cost *cost, const struct amount *brings);
/** settling_decide - set @settling->due. */
MUST_CHECK enum status settling_decide(struct settling *settling);
/** settling_note_given_up - once the channel settles, keep the amount of the vouchers that are not worth their fee. */
MUST_CHECK enum status settling_note_given_up(struct settling *settling);

/* settle_conditions.c */
/** settling_take_due - put the vouchers that waited, and whose time has come, on their lanes; a plan leaves them. */
MUST_CHECK enum status settling_take_due(struct settling *settling);
/** settling_secret - append the secret that redeems @voucher; nothing for a voucher that needs none. */
MUST_CHECK enum status settling_secret(struct settling *settling, struct bytes *secret, const struct voucher *voucher);
/** settling_waits_beyond - the latest epoch for which a voucher of the channel waits, if settling that begins now would end before; else 0. */
MUST_CHECK enum status settling_waits_beyond(struct settling *settling, int64_t *until);

/**
 * settling_submit - submit the best voucher of each lane that the ledger does not have; @settling->failed gets the
 * failure of a voucher.
 */
MUST_CHECK enum status settling_submit(struct settling *settling);
/**
 * settling_due - what collecting will bring us: the earned amount if we are the payee, the rest if we are the payer.
 * False if the result is no amount.
 */
bool settling_due(const struct settling *settling, struct amount *amount);
/**
 * settling_earned - the amount that the payee has earned by vouchers on the ledger, and in a plan also by vouchers to
 * be submitted.
 */
bool settling_earned(const struct settling *settling, struct amount *earned);
/**
 * settling_unspent - the channel's funds beyond the amount that the payee has earned, or that we as payer have
 * promised.
 */
bool settling_unspent(const struct settling *settling, struct amount *left);
/* settle_collect.c */
/** settling_collect - the settle delay is over: collect, and report a loss. */
MUST_CHECK enum status settling_collect(struct settling *settling);
/** settling_gone - the channel is not on the ledger: report how it ended, and a loss. ROLLED_BACK if the ledger never had it. */
MUST_CHECK enum status settling_gone(struct settling *settling);
/** settling_choices - for a plan: report the cost, the gain and the time of each choice. */
MUST_CHECK enum status settling_choices(struct settling *settling);
/** settling_summary - for a plan: report what is earned, what is at risk, and what all steps to the end cost and bring. */
MUST_CHECK enum status settling_summary(struct settling *settling);

#endif
