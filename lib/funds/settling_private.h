/* settling_private.h - one channel on its way to be collected: what the files of settle share. */
#ifndef FUNDS_SETTLING_PRIVATE_H
#define FUNDS_SETTLING_PRIVATE_H

#include "funds/settle.h"
#include "store/channels.h"

/** struct settling - one channel, while its next steps are taken. */
struct settling {
	struct party *p;
	struct channel channel;
	struct paych head;
	int64_t epoch;
	unsigned how;       /* SETTLE_PLAN, SETTLE_SPARE, SETTLE_KEEP */
	struct amount gain; /* plan: what the vouchers that are still to be submitted add */
	uint64_t messages;  /* plan: how many these are */
	void (*report)(void *ctx, const struct settle_report *report);
	void *ctx;
	enum status failed; /* the first failure of a voucher; the others go on */
};

/** settling_report - @line, with what all lines have. */
void settling_report(struct settling *settling, struct settle_report line);
/** settling_send - a message to the channel, submitted at once: what it changes on the ledger says whether it was done before. */
MUST_CHECK enum status settling_send(
	struct settling *settling, struct receipt *receipt, uint64_t method, struct span params);
/** settling_submit - submit the best voucher of each lane that the ledger does not have; a voucher that fails is in @settling->failed. */
MUST_CHECK enum status settling_submit(struct settling *settling);
/** settling_due - what collecting will bring us: the payee what vouchers have earned, the payer the rest. False if that is no amount. */
bool settling_due(const struct settling *settling, struct amount *amount);
/** settling_earned - what the payee has earned by vouchers on the ledger, and in a plan by those that are to be submitted. */
bool settling_earned(const struct settling *settling, struct amount *earned);
/** settling_unspent - what the channel holds beyond what the payee has earned, or we as its payer have promised. */
bool settling_unspent(const struct settling *settling, struct amount *left);
/** settling_choices - for a plan: report what each way on costs and brings, and by when. */
MUST_CHECK enum status settling_choices(struct settling *settling);

#endif
