/* receipt.h - our side of a deal as a signed receipt, and all that proves the deal as a bundle. */
#ifndef PARTY_RECEIPT_H
#define PARTY_RECEIPT_H

#include "party/party.h"
#include "proof/bundle.h"

/**
 * party_receipt - append the receipt of our side of the deal @name, signed with our key: the same bytes each time, until the
 * deal changes.
 * BAD_STATE for a deal that was never accepted; USAGE without the key of the address that was paid, or that pays;
 * DIFFERS if our own numbers contradict each other; explained.
 */
MUST_CHECK enum status party_receipt(struct party *p, struct bytes *out, const struct deal_name *name);
/**
 * party_bundle - append the bundle of the deal @name, signed with our key: the signed offer, if it is here, the proposal, the
 * acceptance, our receipt, and the vouchers.
 * @theirs: the signed receipt of the other party; empty: the one that party_keep_receipt() kept, if any, unless the bundle
 * would not verify with it.
 * The statuses of party_receipt() and bundle_verify(): a bundle that does not verify is not made.
 */
MUST_CHECK enum status party_bundle(
	struct party *p, struct bytes *out, const struct deal_name *name, struct span theirs);

/**
 * party_receipt_message - append the message that hands our receipt of a deal that we sell to its client; nothing without
 * the key of who is paid, or if no receipt can be made.
 */
MUST_CHECK enum status party_receipt_message(struct party *p, struct bytes *message, uint64_t deal);
/**
 * party_keep_receipt - store the seller's receipt that came in @message. A message without one, and a receipt that does not
 * verify or is not of @deal, are passed over: the deal is complete without it.
 */
MUST_CHECK enum status party_keep_receipt(struct party *p, const struct client_deal *deal, struct span message);

#endif
