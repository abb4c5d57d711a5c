/* receipt.h - what one party of a deal says about the deal, with its signature: delivered bytes, and payment.
 *
 * A seller says what it has delivered and received, a buyer what it has
 * received and paid.  A receipt names both parties, the ledger, the proposal
 * with the deal's id, its root and its terms, and each voucher.
 *
 * PROOF 3: a receipt is signed by the party that it speaks for, and says of one
 * deal only: its proposal has the deal's id, so it fits no other deal.
 */
#ifndef PROOF_RECEIPT_H
#define PROOF_RECEIPT_H

#include "base/error.h"
#include "proof/signed.h"
#include "wire/deal_types.h"

#define RECEIPT_VOUCHERS_MAX 8192

/** struct deal_receipt - all spans borrow. */
struct deal_receipt {
	struct span role;     /* "seller" or "buyer": who speaks */
	struct span proposal; /* the encoded RetrievalDealProposal/1, keys as declared */
	struct address buyer; /* none if the seller does not know it: a free deal has no channel */
	struct address seller;
	struct named_ledger ledger;
	uint64_t state;       /* enum deal_state, of the party that speaks */
	uint64_t bytes;       /* of unique blocks: sent, or received and verified */
	uint64_t blocks;      /* their number */
	struct amount paid;   /* attoFIL: received, or spent */
	int64_t began, ended; /* unix seconds, by the clock of who speaks: the first and the last event */
	struct span vouchers; /* an array of [channel, lane, nonce, amount]: see receipt_vouchers() */
	struct proposal deal; /* decoded from @proposal; not part of the bytes */
};

/** receipt_is_sellers - does the seller speak? */
bool receipt_is_sellers(const struct deal_receipt *receipt);
/** receipt_decode - decode a body that fills @in, with its proposal and its vouchers. BAD_VALUE for an unknown role, times or amounts below 0, half a ledger; TOO_LARGE for too many vouchers. */
MUST_CHECK enum status receipt_decode(struct deal_receipt *receipt, struct span in);
void receipt_encode(struct bytes *out, const struct deal_receipt *receipt);

/** struct receipt_voucher - a voucher as a receipt names it. */
struct receipt_voucher {
	struct address channel;
	uint64_t lane, nonce;
	struct amount amount; /* cumulative on the lane */
};
/** struct receipt_vouchers - the unread vouchers of a receipt. */
struct receipt_vouchers {
	struct cbor_reader reader;
	size_t left;
};
/** receipt_vouchers - begin with the vouchers of a decoded receipt. receipt_next_voucher - the next; false behind the last. */
struct receipt_vouchers receipt_vouchers(const struct deal_receipt *receipt);
MUST_CHECK bool receipt_next_voucher(struct receipt_voucher *voucher, struct receipt_vouchers *list);
/** receipt_voucher_compare - below 0 if @a comes before @b in a receipt: by channel, lane and nonce. */
int receipt_voucher_compare(const struct receipt_voucher *a, const struct receipt_voucher *b);
/** receipt_put_voucher - append one voucher to the items of a list. */
void receipt_put_voucher(struct bytes *items, const struct receipt_voucher *voucher);

/**
 * receipt_verify - check what a receipt proves by itself; @receipt gets the decoded body.
 * BAD_SIGNATURE, UNSUPPORTED; WRONG_PART if the signer is not the party that the receipt speaks for; DIFFERS if its
 * numbers contradict each other: lanes, nonces or amounts that do not rise, vouchers below what was paid, a completed deal that
 * was not paid in full. The decoder's statuses; BAD_MESSAGE for a statement of another kind. Explained.
 */
MUST_CHECK enum status receipt_verify(
	struct deal_receipt *receipt, const struct signed_statement *statement, struct error *error);

/*
 * A provider hands its receipt over with the news that the deal is complete: the message of that deal response, which is
 * empty without a receipt, and which Go peers do not read there, is RECEIPT_PROOF and the signed receipt as base64url.
 */
#define RECEIPT_PROOF       "signed-receipt:"
#define RECEIPT_MESSAGE_MAX 60000 /* bytes; a longer receipt is not handed over: see RECORD_TEXT_MAX */
/** receipt_put_message - append the message for a signed receipt; nothing if the message would be too long. */
void receipt_put_message(struct bytes *message, struct span receipt);
/** receipt_of_message - append the bytes of the receipt in a message; NOT_FOUND for any other message. Does not decode it. */
MUST_CHECK enum status receipt_of_message(struct bytes *receipt, struct span message);

#endif
