/* payment.h - judging payments. */
#ifndef SELLER_PAYMENT_H
#define SELLER_PAYMENT_H

#include "party/party.h"

/**
 * seller_take_payment - judge a payment for @deal, and append the answer to @frames; @deal gets its state after the
 * payment.
 * Money is taken whatever the deal's state: a voucher that is better than the one held of its lane, and that the ledger
 * would redeem now, is kept and counts, even if the deal does not go on.
 * PAYMENT_NEEDED if the payment is short; the statuses of funds_take_voucher() and provider_judge_payment().
 */
MUST_CHECK enum status seller_take_payment(
	struct party *party, struct bytes *frames, struct provider_deal *deal, const struct payment *payment);

#endif
