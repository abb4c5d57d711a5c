/* debts.h - debts for bytes received under deals that are over. */
#ifndef BUYER_DEBTS_H
#define BUYER_DEBTS_H

#include "party/party.h"

/**
 * buyer_debt - the debt to @provider for deals for @payload that are over: the price of all verified bytes, less the
 * amount signed.
 * Deals without a lane can't be paid and count nothing.
 */
MUST_CHECK enum status buyer_debt(
	struct party *p, struct amount *owed, const struct cid *payload, const struct address *provider);
/**
 * buyer_pay_debts - append the frames that a provider must receive before a new request for @payload: the cancellations
 * of cancelled deals for @payload, which may not have reached the provider, and the vouchers for bytes verified under
 * deals that are over.
 * @most: the most that is signed, over all debts. A debt above @most, or on a channel that can't be drawn from any
 * more, stays unpaid. The vouchers of earlier calls are appended again, because they may have got lost.
 */
MUST_CHECK enum status buyer_pay_debts(struct party *p, struct bytes *frames, const struct cid *payload,
	const struct address *provider, const struct amount *most);
/** buyer_pay_debt - append the voucher for the bytes verified under @deal, which is over, unless more than @most is owed. */
MUST_CHECK enum status buyer_pay_debt(
	struct party *p, struct bytes *frames, const struct client_deal *deal, const struct amount *most);

#endif
