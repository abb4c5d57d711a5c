/* show_proof.h - signed statements as JSON: what is said, by whom, and the bytes that others need to verify it. */
#ifndef SHOW_SHOW_PROOF_H
#define SHOW_SHOW_PROOF_H

#include "proof/bundle.h"
#include "show/show.h"

/** show_signed - kind, signer, and whether the signature is right; @whole: also the signature and the signed body, for a verifier. */
json_t *show_signed(const struct signed_statement *statement, bool whole);
/** show_offer_statement - the same for the statement of an offer, and what it adds to the offer. */
json_t *show_offer_statement(const struct offer_file *file, bool whole);
/**
 * show_statement - any signed statement, with what it says in words.
 * @whole: as in show_signed().
 */
json_t *show_statement(const struct signed_statement *statement, bool whole);
/** show_verify_statement - check all that a statement says: see offer_file_verify(), receipt_verify(), bundle_verify(). Explained. */
MUST_CHECK enum status show_verify_statement(struct party *p, const struct signed_statement *statement);

#endif
