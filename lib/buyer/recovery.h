/* recovery.h - a buyer whose store was put back, or lost, goes on with what the provider holds of its vouchers. */
#ifndef BUYER_RECOVERY_H
#define BUYER_RECOVERY_H

#include "party/party.h"
#include "wire/recovery.h"

/** struct recovered - what a list of vouchers has told. */
struct recovered {
	bool changed;        /* something was taken back, or the deal has moved */
	uint64_t held_nonce; /* of the deal's own voucher that the provider holds; 0 if it has none */
};
/**
 * buyer_recover - take back the vouchers of @list that the store does not know, and put deal @id right: what its lane has
 * paid already counts as spent; if its lane pays for another deal, it gets a lane that neither store nor ledger knows.
 * Nothing is changed on failure; the statuses of funds_recover_voucher() and best_vouchers_next().
 */
MUST_CHECK enum status buyer_recover(
	struct party *p, uint64_t id, struct best_vouchers *list, struct recovered *recovered);
/**
 * buyer_add_voucher - take back a voucher that our key has signed and the store has forgotten, however it came; the
 * channel is taken up from the ledger if need be. A deal that is open on its lane counts it as spent.
 * @taken: out; false if the store knows as good a voucher of the lane. The statuses of buyer_import_channel() and
 * funds_recover_voucher(), explained.
 */
MUST_CHECK enum status buyer_add_voucher(struct party *p, const struct voucher *voucher, bool *taken);
/**
 * buyer_top_up - have the channel of deal @id hold what it has committed and reserved, and what is owed for that deal if it
 * is over: forgotten vouchers may have made it short. NO_FUNDS, explained, if the account can't pay. A killed run is finished, not repeated.
 */
MUST_CHECK enum status buyer_top_up(struct party *p, uint64_t id);

#endif
