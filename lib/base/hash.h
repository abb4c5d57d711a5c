/* hash.h - the hash functions of the field: sha2-256 and BLAKE2b.
 *
 * SHA-256 comes from libcrypto, because it is where a deal's time goes and
 * libcrypto is four times faster than libsodium at it; it lives in a file of
 * its own (sha256.c), so that only tools that hash in bulk link libcrypto.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/bytes.h"

#define SHA256_SIZE      32
#define BLAKE2B_256_SIZE 32
#define BLAKE2B_160_SIZE 20
#define BLAKE2B_32_SIZE  4

/** sha256 - sha2-256 of @in. */
void sha256(uint8_t out[SHA256_SIZE], struct span in);
/** blake2b - BLAKE2b of @in with a digest of @size bytes (4, 20 or 32), no key. */
void blake2b(uint8_t *out, size_t size, struct span in);

#endif
