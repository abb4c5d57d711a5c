/* settling_private.h - one channel on its way to be collected: shared by the files that settle. */
#ifndef SETTLE_SETTLING_PRIVATE_H
#define SETTLE_SETTLING_PRIVATE_H

#include "settle/settle.h"
#include "store/channels.h"

/** struct settling - one channel while its next steps are taken. */
struct settling {
	struct party *p;
	struct channel channel;
	struct paych head;
	int64_t epoch;
	const struct settle_policy *policy;
	struct amount gain; /* plan: the amount that the vouchers still to be submitted add */
	uint64_t messages;  /* plan: the number of these vouchers */
	void (*report)(void *ctx, const struct settle_report *report);
	void *ctx;
	enum status failed; /* the first failure of a voucher; the other vouchers go on */
	bool pending;       /* messages of this step are on their way to the ledger: the next step waits */
};

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

#endif
