/* sha256.c - SHA-256 by libcrypto; the only file that knows it.
 *
 * The low-level calls are deprecated in favour of EVP, but EVP first loads
 * providers and configuration, which costs a small tool more than its work.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "base/hash.h"

_Static_assert(SHA256_SIZE == SHA256_DIGEST_LENGTH, "our size of a SHA-256 digest is libcrypto's");

void sha256(uint8_t out[SHA256_SIZE], struct span in)
{
	SHA256_CTX ctx;

	SHA256_Init(&ctx);
	SHA256_Update(&ctx, in.data, in.len);
	SHA256_Final(out, &ctx);
}
