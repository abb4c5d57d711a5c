/* show_proof.h - signed statements as JSON: what is said, by whom, and the bytes that others need to verify it. */
#ifndef SHOW_SHOW_PROOF_H
#define SHOW_SHOW_PROOF_H

#include "proof/offer_statement.h"
#include "show/show.h"

/** show_signed - kind, signer, and whether the signature is right; @whole: also the signature and the signed body, for a verifier. */
json_t *show_signed(const struct signed_statement *statement, bool whole);
/** show_offer_statement - the same for the statement of an offer, and what it adds to the offer. */
json_t *show_offer_statement(const struct offer_file *file, bool whole);

#endif
