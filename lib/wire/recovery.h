/* recovery.h - the best vouchers of a channel, sent by a provider to a client whose store has lost the vouchers.
 *
 * A provider that refuses a payment whose voucher the channel's payer has signed
 * first sends a graphsync response for the deal's request, without blocks. Its
 * extension EXT_BEST_VOUCHERS lists the best voucher that the provider holds of
 * each lane of that channel. The refusal follows. Peers that do not know the
 * extension ignore the extension.
 *
 * The value is an array of at most BEST_VOUCHERS_MAX pairs [deal id, SignedVoucher],
 * the newest lanes first if there are more lanes; the lane pays for the deal with that id.
 */
#ifndef WIRE_RECOVERY_H
#define WIRE_RECOVERY_H

#include "wire/extension_list.h"
#include "wire/voucher.h"

#define EXT_BEST_VOUCHERS "retrieval/best-vouchers"
#define BEST_VOUCHERS_MAX 1024

/** struct best_voucher - one pair. */
struct best_voucher {
	uint64_t deal;
	struct voucher voucher; /* borrows from the extension's value */
};

/** best_vouchers_put - append one pair to @items; @voucher is a SignedVoucher, encoded. */
void best_vouchers_put(struct bytes *items, uint64_t deal, struct span voucher);

/**
 * best_vouchers_next - the next pair of an open list; END after the last, or the status of a value that does not decode.
 * Does not check the signature: see voucher_signer().
 */
MUST_CHECK enum status best_vouchers_next(struct best_voucher *best, struct extension_list *list);

#endif
