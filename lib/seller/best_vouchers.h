/* best_vouchers.h - returning to a client the vouchers that the client has signed. */
#ifndef SELLER_BEST_VOUCHERS_H
#define SELLER_BEST_VOUCHERS_H

#include "party/party.h"

/**
 * best_vouchers_answer - append a response with the best voucher that we hold of each lane of the channel of @refused,
 * for a client whose store has lost the vouchers (wire/recovery.h).
 * Appends nothing if the channel is not known here, or if @refused is not signed by the channel's payer: only the payer
 * gets vouchers.
 */
MUST_CHECK enum status best_vouchers_answer(
	struct party *party, struct bytes *frames, const struct provider_deal *deal, const struct voucher *refused);
/**
 * best_vouchers_of_deal - the same with the best voucher of the deal's own lane, for a client that reports fewer blocks
 * than the client has paid for. Appends nothing if the deal has no lane yet.
 */
MUST_CHECK enum status best_vouchers_of_deal(
	struct party *party, struct bytes *frames, const struct provider_deal *deal);
/** best_vouchers_value - append the value of EXT_BEST_VOUCHERS alone, with the best voucher of the deal's own lane. Appends nothing if the deal has no lane yet. */
MUST_CHECK enum status best_vouchers_value(struct party *party, struct bytes *value, const struct provider_deal *deal);

#endif
