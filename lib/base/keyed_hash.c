/* keyed_hash.c - SipHash by libsodium, under a key of this process. */
#include "base/keyed_hash.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>

_Static_assert(crypto_shorthash_siphash24_BYTES == sizeof(uint64_t), "a hash of 64 bits");
_Static_assert(crypto_shorthash_siphashx24_BYTES == sizeof(struct wide_hash), "and one of 128");
_Static_assert(crypto_shorthash_siphash24_KEYBYTES == crypto_shorthash_siphashx24_KEYBYTES, "one key does for both");

static uint8_t key[crypto_shorthash_siphash24_KEYBYTES];
static pthread_once_t key_is_drawn = PTHREAD_ONCE_INIT;

static void draw_key(void)
{
	randombytes_buf(key, sizeof(key));
}

uint64_t keyed_hash(struct span in)
{
	uint8_t out[sizeof(uint64_t)];
	uint64_t hash;

	pthread_once(&key_is_drawn, draw_key);
	crypto_shorthash_siphash24(out, in.data, in.len, key);
	memcpy(&hash, out, sizeof(hash));
	return hash;
}

struct wide_hash keyed_hash_wide(struct span in)
{
	uint8_t out[sizeof(struct wide_hash)];
	struct wide_hash hash;

	pthread_once(&key_is_drawn, draw_key);
	crypto_shorthash_siphashx24(out, in.data, in.len, key);
	memcpy(&hash, out, sizeof(hash));
	if (hash.half[0] == 0 && hash.half[1] == 0)
		hash.half[0] = 1;
	return hash;
}
