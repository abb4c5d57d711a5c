/* best_vouchers.h - giving a client back what it has signed. */
#ifndef SELLER_BEST_VOUCHERS_H
#define SELLER_BEST_VOUCHERS_H

#include "party/party.h"

/**
 * best_vouchers_answer - append a response with the best voucher of each lane that we hold of the channel of @refused, for
 * a client whose store has forgotten them (wire/recovery.h). Nothing is appended if the channel is not known here, or if
 * @refused is not signed by its payer: vouchers are given to nobody else.
 */
MUST_CHECK enum status best_vouchers_answer(
	struct party *party, struct bytes *frames, const struct provider_deal *deal, const struct voucher *refused);
/**
 * best_vouchers_of_deal - the same with the best voucher of the deal's own lane, for a client that says it has less than it
 * has paid for. Nothing if the deal has no lane yet.
 */
MUST_CHECK enum status best_vouchers_of_deal(
	struct party *party, struct bytes *frames, const struct provider_deal *deal);

#endif
