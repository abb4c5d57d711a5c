/* blake2b.c - BLAKE2b by libsodium.
 *
 * libsodium's headers advise digests of 16 bytes and more, yet its code takes
 * 1 to 64; Filecoin's address checksum is a true BLAKE2b of 4 bytes, which a
 * cut longer digest would not be.  The unit test holds a vector for each size.
 */
#include <assert.h>
#include <sodium.h>
#include <stdatomic.h>

#include "base/hash.h"

#define BULK (64 * 1024) /* total bytes from which the faster code pays for its choice of 70 microseconds */

_Static_assert(BLAKE2B_256_SIZE == crypto_generichash_blake2b_BYTES, "our size of a BLAKE2b digest is libsodium's");

/* Choose the faster code once enough bytes were hashed. */
static void hurry(size_t len)
{
	static _Atomic size_t total;
	size_t before = atomic_fetch_add(&total, len);

	if (before < BULK && len >= BULK - before)
		(void)!sodium_init(); /* on failure the slower code stays in use */
}

void blake2b(uint8_t *out, size_t size, struct span in)
{
	int bad;

	assert(size == BLAKE2B_256_SIZE || size == BLAKE2B_160_SIZE || size == BLAKE2B_32_SIZE);
	hurry(in.len);
	bad = crypto_generichash_blake2b(out, size, in.data, in.len, NULL, 0);
	assert(!bad);
	(void)bad;
}
