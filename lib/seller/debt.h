/* debt.h - the most that a client may owe at once, over all its deals.
 *
 * MONEY 15: a client that pays nothing gets the bytes of one interval and one
 * block, whatever the client does: deals in parallel, from other offsets, left,
 * cancelled or over. The sum is kept with the client's tally, in attoFIL, and
 * later payments reduce the sum. Clients without a name count as one client
 * here, with a larger sum.
 */
#ifndef SELLER_DEBT_H
#define SELLER_DEBT_H

#include "content/limits.h"

/** struct new_deal - a deal that a client wants, the offer whose terms define an interval, and the client's limits. */
struct new_deal {
	const struct provider_deal *deal;
	const struct offer *offer;
	const struct limits *limits;
};
/**
 * debt_check_new - may the client have one more deal, given its debt for deals that are over, or that nobody serves
 * now? REJECTED, with the reason in @why.
 */
MUST_CHECK enum status debt_check_new(
	struct party *party, struct kv_txn *txn, struct refusal *why, const struct new_deal *wanted);

/**
 * debt_check_batch - may @deal send bytes that were never sent before? To be asked in the transaction that counts
 * these bytes: processes that serve other deals of the client see the count, or wait for it. OWES_TOO_MUCH, in words.
 * @limits: NULL for no limit. The limit is that of the client that proposed the deal.
 */
MUST_CHECK enum status debt_check_batch(
	struct party *party, struct kv_txn *txn, const struct limits *limits, const struct provider_deal *deal);

/** debt_at_pause - what the client will owe for @deal once the deal has sent all up to its next pause. */
MUST_CHECK enum status debt_at_pause(struct kv_txn *txn, struct amount *owed, const struct provider_deal *deal);

enum debt_verdict {
	DEBT_SEND,  /* the deal may send up to its next pause */
	DEBT_WAIT,  /* the deal waits until other deals of the client, which are being served, are paid */
	DEBT_NEVER, /* the debt is for deals that nobody serves: no sending before a payment */
};
/** debt_judge - may @deal send more, given its client's debt for other deals? */
MUST_CHECK enum status debt_judge(
	struct party *party, enum debt_verdict *verdict, const struct limits *limits, const struct provider_deal *deal);

#endif
