/* debts.h - what was received under deals that are over, and was not paid. */
#ifndef BUYER_DEBTS_H
#define BUYER_DEBTS_H

#include "party/party.h"

/**
 * buyer_debt - what we owe @provider for deals for @payload that are over: the price of all bytes that were verified, less
 * what is signed. Deals without a lane can't be paid and count nothing.
 */
MUST_CHECK enum status buyer_debt(
	struct party *p, struct amount *owed, const struct cid *payload, const struct address *provider);
/**
 * buyer_pay_debts - append what a provider has to hear before it is asked for @payload again: the cancellations of
 * cancelled deals for it, which may not have reached the provider, and the vouchers for what was verified under deals
 * that are over.
 * @most: no more than this is signed, over all. A debt that is above it, or whose channel can't be drawn from any more,
 * stays unpaid; the vouchers of earlier calls are appended again, for they may be lost.
 */
MUST_CHECK enum status buyer_pay_debts(struct party *p, struct bytes *frames, const struct cid *payload,
	const struct address *provider, const struct amount *most);

#endif
