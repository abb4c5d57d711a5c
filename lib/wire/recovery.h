/* recovery.h - the best vouchers of a channel, as a provider gives them back to a client whose store has forgotten them.
 *
 * A provider that refuses a payment, whose voucher the channel's payer has
 * signed, first sends a graphsync response for the deal's request, without
 * blocks, whose extension EXT_BEST_VOUCHERS lists the best voucher of each
 * lane of that channel that it holds. The refusal follows. Peers that don't
 * know the extension ignore it.
 *
 * The value is an array of at most BEST_VOUCHERS_MAX pairs [deal id, SignedVoucher],
 * the newest lanes first if there are more; the deal is the one that the lane pays for.
 */
#ifndef WIRE_RECOVERY_H
#define WIRE_RECOVERY_H

#include "wire/graphsync.h"
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
/** best_vouchers_encode - append the extension's value: @count pairs, which lie in @items. */
void best_vouchers_encode(struct bytes *out, struct span items, size_t count);

/** struct best_vouchers - the pairs that were not read yet. */
struct best_vouchers {
	struct cbor_reader reader;
	size_t left;
};
/**
 * best_vouchers_open - the pairs in the extensions of a response; NOT_FOUND if it has no such extension, TOO_LARGE for
 * more than BEST_VOUCHERS_MAX.
 */
MUST_CHECK enum status best_vouchers_open(struct best_vouchers *list, const struct graphsync_response *response);
/** best_vouchers_read - the pairs of such a value, which is borrowed; TOO_LARGE. */
MUST_CHECK enum status best_vouchers_read(struct best_vouchers *list, struct span value);
/**
 * best_vouchers_next - the next pair; END after the last, and what is wrong with the value if it does not decode.
 * Does not check the signature: see voucher_signer().
 */
MUST_CHECK enum status best_vouchers_next(struct best_voucher *best, struct best_vouchers *list);

#endif
