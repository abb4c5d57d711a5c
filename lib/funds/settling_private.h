/* settling_private.h - one channel on its way to be collected: shared by the files that settle. */
#ifndef FUNDS_SETTLING_PRIVATE_H
#define FUNDS_SETTLING_PRIVATE_H

#include "funds/settle.h"
#include "store/channels.h"

/** struct settling - one channel while its next steps are taken. */
struct settling {
	struct party *p;
	struct channel channel;
	struct paych head;
	int64_t epoch;
	unsigned how;       /* SETTLE_PLAN, SETTLE_SPARE, SETTLE_KEEP */
	struct amount gain; /* plan: the amount that the vouchers still to be submitted add */
	uint64_t messages;  /* plan: the number of these vouchers */
	void (*report)(void *ctx, const struct settle_report *report);
	void *ctx;
	enum status failed; /* the first failure of a voucher; the other vouchers go on */
};

/** settling_report - report @line, with the fields that all lines have. */
void settling_report(struct settling *settling, struct settle_report line);
/**
 * settling_send - submit a message to the channel at once: the ledger's state shows whether the message was applied
 * before.
 */
MUST_CHECK enum status settling_send(
	struct settling *settling, struct receipt *receipt, uint64_t method, struct span params);
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
/** settling_choices - for a plan: report the cost, the gain and the time of each choice. */
MUST_CHECK enum status settling_choices(struct settling *settling);

#endif
