/* statement.h - what a party signs about itself with its key: its offers, and its side of a deal. */
#ifndef PARTY_STATEMENT_H
#define PARTY_STATEMENT_H

#include "party/party.h"
#include "proof/offer_statement.h"

/**
 * party_find_ledger - the ledger that the store belongs to, or else the one that is open; outside any transaction.
 * @known: false if there is neither, or if the ledger is too old to have an identity.
 */
MUST_CHECK enum status party_find_ledger(struct party *p, struct ledger_id *id, bool *known);
/**
 * party_sign_offer - append to @file, which holds the bytes of an offer of ours, the signed statement of the offer.
 * Appends nothing without a key, or with the key of another address than the one to be paid: PROOF 2.
 * @expires: unix seconds; 0: no end.
 */
MUST_CHECK enum status party_sign_offer(struct party *p, struct bytes *file, int64_t expires);
/**
 * party_verify_offer - explain what offer_file_verify() says of an offer; the words do not name the offer.
 */
MUST_CHECK enum status party_verify_offer(struct party *p, const struct offer_file *file);
/**
 * party_check_offer - the same for an offer that came from elsewhere, for a deal now.
 * OK without a statement. BAD_SIGNATURE, WRONG_PART, UNSUPPORTED, OTHER_LEDGER, REJECTED for an offer that is over;
 * explained.
 */
MUST_CHECK enum status party_check_offer(struct party *p, const struct offer_file *file);
/**
 * party_answer_offer - append to @file the offer for @payload that an answer to a query makes, and its signed statement if
 * the answer brings one; checked as by party_check_offer(). Without @payload (NULL) an answer is checked whatever its
 * payload is, and @file gets only an offer that is signed.
 * WRONG_PART for a signed offer of other terms or another payload; explained.
 */
MUST_CHECK enum status party_answer_offer(
	struct party *p, struct bytes *file, const struct cid *payload, const struct query_response *answer);

#endif
