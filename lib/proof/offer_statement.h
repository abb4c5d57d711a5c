/* offer_statement.h - a seller's signed terms for a payload.
 *
 * The statement has the bytes of the offer inside, exactly as Go peers read
 * them.  An offer file is these bytes, and the signed statement, if there is
 * one, behind them: a reader that stops after the first item reads the offer.
 *
 * PROOF 2: an offer is signed by the address that it wants to be paid, or by
 * nobody.
 */
#ifndef PROOF_OFFER_STATEMENT_H
#define PROOF_OFFER_STATEMENT_H

#include "proof/signed.h"
#include "wire/deal_types.h"

/** struct offer_statement - what is signed; all spans borrow. */
struct offer_statement {
	struct span offer;          /* the bytes of the offer, with its keys as declared */
	struct span selector;       /* one item: which blocks below the payload are offered */
	struct named_ledger ledger; /* where the payment address is */
	int64_t issued;             /* unix seconds */
	int64_t expires;            /* unix seconds; 0: the seller names no end */
};

/** offer_statement_decode - decode a body that fills @in, and its offer; BAD_VALUE for times below 0 or half a ledger. */
MUST_CHECK enum status offer_statement_decode(struct offer_statement *said, struct offer *offer, struct span in);
void offer_statement_encode(struct bytes *out, const struct offer_statement *said);
/** offer_statement_is_over - has the seller named an end that is past at @now (unix seconds)? */
bool offer_statement_is_over(const struct offer_statement *said, int64_t now);

/** struct offer_file - an offer as a file or an answer brings it; borrows from the decoded bytes. */
struct offer_file {
	struct offer offer;
	struct span encoded; /* the offer alone */
	struct span proof;   /* the signed statement, encoded; empty if there is none */
	struct signed_statement statement;
	struct offer_statement said;
};

/**
 * offer_file_decode - decode an offer, and its signed statement if one follows.
 * BAD_MESSAGE for a statement of another kind. Does not verify: see offer_file_verify().
 */
MUST_CHECK enum status offer_file_decode(struct offer_file *file, struct span in);
/**
 * offer_file_verify - check what can be checked of an offer with a statement: OK for an offer without one.
 * BAD_SIGNATURE; UNSUPPORTED for a BLS address; WRONG_PART if the statement is about another offer, or the signer is
 * not who the offer wants to be paid.
 */
MUST_CHECK enum status offer_file_verify(const struct offer_file *file);

/*
 * An answer to a query has no room for a signature but its message, which is empty in an answer with terms, and which Go
 * peers do not read there: the message is ANSWER_PROOF, and the signed statement of the offer as base64url.
 */
#define ANSWER_PROOF "signed-offer:"
/** answer_put_proof - append the message of an answer that has the terms of a signed offer. */
void answer_put_proof(struct bytes *message, struct span proof);
/**
 * answer_signed_offer - append to @file the offer, and its signed statement, that an answer brings: see
 * offer_file_decode(). NOT_FOUND, with nothing appended, for an answer without a statement. WRONG_PART if the answer has
 * other terms than the offer. Does not verify the signature.
 */
MUST_CHECK enum status answer_signed_offer(struct bytes *file, const struct query_response *answer);
/** answer_offer - the offer for @payload that an answer without a statement makes; its texts are static. */
struct offer answer_offer(const struct cid *payload, const struct query_response *answer);

#endif
