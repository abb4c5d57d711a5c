/* debt.h - what a client may owe at once, over all its deals.
 *
 * MONEY 15: a client that pays nothing gets the bytes of one interval and one
 * block, whatever it does: deals in parallel, from other offsets, left,
 * cancelled or over. The sum is kept with the client's tally, in attoFIL, and
 * what is paid later comes off again. Clients without a name are one client
 * here, with a larger sum.
 */
#ifndef SELLER_DEBT_H
#define SELLER_DEBT_H

#include "seller/limits.h"

/** struct new_deal - a deal that a client wants, the offer on whose terms an interval is measured, and what the client is granted. */
struct new_deal {
	const struct provider_deal *deal;
	const struct offer *offer;
	const struct limits *limits;
};
/**
 * debt_check_new - may the client have one more deal, with what it owes for deals that nobody serves now, or that are
 * over? REJECTED, with the reason in @why.
 */
MUST_CHECK enum status debt_check_new(
	struct party *party, struct kv_txn *txn, struct refusal *why, const struct new_deal *wanted);

enum debt_verdict {
	DEBT_SEND,  /* the deal may send up to its next pause */
	DEBT_WAIT,  /* until other deals of the client, which are being served, are paid */
	DEBT_NEVER, /* what is owed is for deals that nobody serves: not before it is paid */
};
/** debt_judge - may @deal send on, with what its client owes for other deals? */
MUST_CHECK enum status debt_judge(
	struct party *party, enum debt_verdict *verdict, const struct limits *limits, const struct provider_deal *deal);

#endif
