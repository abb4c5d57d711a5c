/* voucher.h - signed vouchers of the Filecoin payment channel actor.
 *
 * Source: specs-actors v5, actors/builtin/paych, SignedVoucher: an 11-tuple.
 */
#ifndef WIRE_VOUCHER_H
#define WIRE_VOUCHER_H

#include "ipld/cbor.h"
#include "wire/address.h"

#define VOUCHER_MERGES_MAX 1024
#define VOUCHER_SECRET_MAX 256       /* bytes: specs-actors, MaxSecretSize */
#define VOUCHER_LANE_MAX   INT64_MAX /* specs-actors: MaxLane */

#define SIGNATURE_MAX 96 /* bytes of a BLS signature, without its type byte */

enum signature_type { SIGNATURE_NONE, SIGNATURE_SECP256K1 = 1, SIGNATURE_BLS = 2 };

/** struct voucher - one signed voucher; its spans borrow from the decoded bytes. */
struct voucher {
	struct address channel;
	int64_t time_lock_min, time_lock_max; /* epochs; 0 for none */
	struct span secret_hash;              /* blake2b-256 of the secret; empty for none */
	struct span extra;                    /* the encoded [actor, method, data]; empty for null */
	uint64_t lane;
	uint64_t nonce;
	struct amount amount;      /* cumulative on the lane */
	int64_t min_settle_height; /* epoch; 0 for none */
	struct span merges;        /* the encoded items of the array, without its head */
	size_t merge_count;
	enum signature_type signature_type;
	uint8_t signature[SIGNATURE_MAX]; /* KEY_SIGNATURE_SIZE bytes for secp256k1, 96 for BLS */
};

struct voucher_merge {
	uint64_t lane;
	uint64_t nonce;
};

/** signature_read, signature_write - one signature as the next item: type byte and bytes in one string, or null for none. */
void signature_read(struct cbor_reader *r, enum signature_type *type, uint8_t sig[SIGNATURE_MAX]);
void signature_write(struct bytes *b, enum signature_type type, const uint8_t sig[SIGNATURE_MAX]);
/** voucher_read, voucher_write - one voucher as the next item of a larger message. */
void voucher_read(struct cbor_reader *r, struct voucher *v);
void voucher_write(struct bytes *b, const struct voucher *v);
/**
 * voucher_decode - decode one voucher that fills @in.
 * BAD_VALUE for a lane above VOUCHER_LANE_MAX, or a signature of an unknown type or length.
 * Does not check the signature: see voucher_signer().
 */
MUST_CHECK enum status voucher_decode(struct voucher *v, struct span in);
/**
 * voucher_parse - read Lotus's text form: base64url of the CBOR, with or without padding.
 * @owned: the decoded bytes, which @v borrows, are appended to @owned; @owned must not change while @v is in use.
 */
MUST_CHECK enum status voucher_parse(struct voucher *v, struct bytes *owned, struct span text);
/** voucher_has_conditions - is there anything about the voucher but its lane, nonce and amount: a time lock, a secret, an extra call, a settle height, or merges? */
bool voucher_has_conditions(const struct voucher *v);
/** voucher_next_merge - take the next merge off @merges (start with a copy of v->merges). */
MUST_CHECK bool voucher_next_merge(struct voucher_merge *m, struct span *merges);
/** voucher_signing_bytes - append the bytes that a signature covers: the voucher with a null signature. */
void voucher_signing_bytes(struct bytes *out, const struct voucher *v);
/** voucher_sign - sign blake2b-256 of the signing bytes with @key. */
MUST_CHECK enum status voucher_sign(struct voucher *v, const struct key *key);
/** voucher_signer - the f1 address that signed; BAD_SIGNATURE if no address can be recovered, UNSUPPORTED for BLS. */
MUST_CHECK enum status voucher_signer(struct address *signer, const struct voucher *v);

#endif
