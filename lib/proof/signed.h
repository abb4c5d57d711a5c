/* signed.h - statements with the signature of the party that makes them: offers, receipts, bundles.
 *
 * A statement is a kind and a body.  Its signer signs blake2b-256 of the kind's
 * name, a newline, and the body, with a secp256k1 key.
 *
 * PROOF 1: a signature here is never the signature of a voucher, of a message to
 * the chain, or of a statement of another kind.  All of them sign blake2b-256 of
 * some bytes, and the bytes differ: those of a voucher begin with 8b, an array of
 * 11 items; those of a message are a CID of 38 bytes, which begins with 01; those
 * of a statement begin with 72, the letter "r"; and no name of a kind is the
 * start of another name and its newline.
 *
 * In bytes, a map of CBOR with sorted keys: "body" (bytes), "type" (the kind's
 * name), "signer" (an address), "signature" (65 bytes: r, s, recovery id).
 */
#ifndef PROOF_SIGNED_H
#define PROOF_SIGNED_H

#include "wire/ledger_id.h"
#include "wire/record.h"

#define STATEMENT_BODY_MAX (4u << 20) /* bytes */

enum statement_kind {
	STATEMENT_OFFER,   /* offer_statement.h */
	STATEMENT_RECEIPT, /* receipt.h */
	STATEMENT_BUNDLE,  /* bundle.h */
	STATEMENT_KINDS,
};

/** struct signed_statement - a statement and its signature; the body borrows from the decoded bytes. */
struct signed_statement {
	enum statement_kind kind;
	struct span body; /* one item of CBOR; its kind says which */
	struct address signer;
	uint8_t signature[KEY_SIGNATURE_SIZE];
};

/** statement_name - the name of a kind, as it is signed: "retrieval offer v1"; static. */
const char *statement_name(enum statement_kind kind);
/** statement_signing_bytes - append the bytes whose hash is signed. */
void statement_signing_bytes(struct bytes *out, enum statement_kind kind, struct span body);
/** statement_sign - append the statement, signed with @key. */
MUST_CHECK enum status statement_sign(
	struct bytes *out, enum statement_kind kind, struct span body, const struct key *key);
/**
 * signed_decode - decode one signed statement that fills @in. UNKNOWN_TYPE for a kind that is not known here.
 * Checks neither the signature nor the body: see signed_verify() and the decoders of the kinds.
 */
MUST_CHECK enum status signed_decode(struct signed_statement *statement, struct span in);
void signed_encode(struct bytes *out, const struct signed_statement *statement);
/** signed_verify - BAD_SIGNATURE unless the owner of the address in the statement has signed; UNSUPPORTED for a BLS address. */
MUST_CHECK enum status signed_verify(const struct signed_statement *statement);

/** struct named_ledger - the ledger that a statement is about; borrows. Both spans are empty if the signer did not know one. */
struct named_ledger {
	struct span genesis; /* LEDGER_GENESIS_SIZE bytes */
	struct span network; /* "f" or "t" */
};
extern const struct record named_ledger_record;
/** named_ledger_of - the name of @id, which it borrows; NULL: no ledger is known. */
struct named_ledger named_ledger_of(const struct ledger_id *id);
/** named_ledger_is_valid - two empty spans, or the two parts of an identity. */
bool named_ledger_is_valid(const struct named_ledger *named);
/** named_ledger_may_be - false if both ledgers are known, and differ. */
bool named_ledger_may_be(const struct named_ledger *a, const struct named_ledger *b);

#endif
