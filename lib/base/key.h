/* key.h - secp256k1 keys and Filecoin's recoverable signatures; the one door to libsecp256k1. */
#ifndef BASE_KEY_H
#define BASE_KEY_H

#include "base/bytes.h"
#include "base/hash.h"

#define KEY_SECRET_SIZE    32
#define KEY_PUBLIC_SIZE    65 /* uncompressed: 4, x, y */
#define KEY_SIGNATURE_SIZE 65 /* r, s, recovery id */

/**
 * struct key - a secret key and its public half; wiped by key_release().
 * Filling one locks its page in memory where the system lets us; a copy is neither locked nor wiped, so pass pointers.
 */
struct key {
	uint8_t secret[KEY_SECRET_SIZE];
	uint8_t public[KEY_PUBLIC_SIZE];
};

/** key_generate - a new key from the system's randomness. */
MUST_CHECK enum status key_generate(struct key *key);
/** key_from_seed - the key of @seed, always the same, for tests: BLAKE2b-256 of @seed, repeated until the result is a valid key. */
MUST_CHECK enum status key_from_seed(struct key *key, const uint8_t seed[KEY_SECRET_SIZE]);
/** key_import - check 0 < secret < n and compute the public half; BAD_KEY_FILE otherwise. */
MUST_CHECK enum status key_import(struct key *key, const uint8_t secret[KEY_SECRET_SIZE]);
/** key_sign - sign a 32-byte digest, RFC 6979 nonce, low s; 65 bytes r|s|v. */
MUST_CHECK enum status key_sign(uint8_t sig[KEY_SIGNATURE_SIZE], const struct key *key, const uint8_t digest[32]);
/**
 * key_recover - the public key whose owner signed @digest.
 * @public: out; untouched on failure.  Any well-formed signature gives some key: compare it with the one expected.
 * BAD_SIGNATURE for r or s of 0 or >= n, high s, v above 3, or no such point.
 */
MUST_CHECK enum status key_recover(
	uint8_t public[KEY_PUBLIC_SIZE], const uint8_t sig[KEY_SIGNATURE_SIZE], const uint8_t digest[32]);
/** key_release - wipe and unlock; harmless on a key of all zero. */
void key_release(struct key *key);

#endif
