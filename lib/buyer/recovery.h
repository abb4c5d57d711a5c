/* recovery.h - a buyer whose store was restored or lost continues from the vouchers that the provider holds. */
#ifndef BUYER_RECOVERY_H
#define BUYER_RECOVERY_H

#include "party/party.h"
#include "wire/recovery.h"

/** struct recovered - the outcome of processing a list of vouchers. */
struct recovered {
	bool changed;        /* a voucher was taken back, or the deal has moved to another lane */
	uint64_t held_nonce; /* nonce of the deal's own voucher that the provider holds; 0 if none */
};
/**
 * buyer_recover - take back the vouchers of @list that the store lacks, and correct deal @id.
 * Amounts that the deal's lane has paid already count as spent; if the lane pays for another deal, the deal gets a lane
 * that neither store nor ledger has.
 * Changes nothing on failure; the statuses of funds_recover_voucher() and best_vouchers_next().
 */
MUST_CHECK enum status buyer_recover(
	struct party *p, uint64_t id, const struct extension_list *list, struct recovered *recovered);
/**
 * buyer_is_payer - did our key sign the vouchers of @list that pay for deal @id? *@yes is true too if there is none. Another
 * client of the same name may have made a deal that the provider names as ours (left_deals.h).
 */
MUST_CHECK enum status buyer_is_payer(struct party *p, bool *yes, uint64_t id, const struct extension_list *list);
/**
 * buyer_add_voucher - take back a voucher that our key has signed and the store has lost, from any source.
 * The channel is imported from the ledger if needed. An open deal on the voucher's lane counts the amount as spent.
 * @taken: out; false if the store has an equal or better voucher of the lane.
 * The statuses of buyer_import_channel() and funds_recover_voucher(), explained.
 */
MUST_CHECK enum status buyer_add_voucher(struct party *p, const struct voucher *voucher, bool *taken);
/**
 * buyer_top_up - fund the channel of deal @id for all committed and reserved sums, and for the debt of that deal if the
 * deal is over: forgotten vouchers may have left the channel short.
 * NO_FUNDS, explained, if the account can't pay. A killed run is finished, not repeated.
 */
MUST_CHECK enum status buyer_top_up(struct party *p, uint64_t id);

#endif
