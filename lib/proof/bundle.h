/* bundle.h - all that proves one deal, in one file, signed by the party that hands it out.
 *
 * PROOF 4: all parts of a bundle are about one deal: its proposal, its parties,
 * its root, its ledger; the vouchers are those of the receipts, signed by the
 * buyer; and the numbers add up.  Each byte is covered by the signature of who
 * made the bundle.
 */
#ifndef PROOF_BUNDLE_H
#define PROOF_BUNDLE_H

#include "proof/offer_statement.h"
#include "proof/receipt.h"

#define BUNDLE_RECEIPTS_MAX 2 /* one of each party */

/** struct bundle - the parts; all spans borrow. */
struct bundle {
	struct span
		offer; /* the signed offer that the deal was made for, as in an offer file; empty if it is not known */
	struct span proposal; /* the encoded RetrievalDealProposal/1, keys as declared */
	struct span response; /* the encoded RetrievalDealResponse/1 of the acceptance, keys as declared */
	struct span receipts; /* an array of byte strings, each a signed receipt */
	struct span vouchers; /* an array of SignedVoucher */
};

/** bundle_decode - decode the parts of a body that fills @in; the parts themselves stay bytes. */
MUST_CHECK enum status bundle_decode(struct bundle *bundle, struct span in);
void bundle_encode(struct bytes *out, const struct bundle *bundle);

/** struct verified_bundle - what a bundle proves, decoded; borrows from the statement. */
struct verified_bundle {
	struct bundle bundle;
	struct proposal deal;
	struct response response;
	struct offer_file offer; /* all zero without an offer */
	struct deal_receipt receipts[BUNDLE_RECEIPTS_MAX];
	struct address signers[BUNDLE_RECEIPTS_MAX];
	size_t receipt_count;
	size_t voucher_count;
};
/**
 * bundle_verify - check everything that a bundle says, without a ledger.
 * @verified: filled as far as the check came.
 * BAD_SIGNATURE, UNSUPPORTED for any of the signatures; WRONG_PART for a part of another deal, of other parties, or of
 * somebody else; DIFFERS for numbers that contradict each other; the statuses of the decoders. Explained.
 */
MUST_CHECK enum status bundle_verify(
	struct verified_bundle *verified, const struct signed_statement *statement, struct error *error);

#endif
