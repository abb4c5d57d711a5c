/* key.c - secp256k1 keys and Filecoin's recoverable signatures.
 *
 * Knows nothing of addresses and of files.  libsecp256k1 aborts when it is
 * misused, so input from strangers is checked before the call (the recovery id),
 * or goes to functions that return 0.  All memory that held a secret is wiped on
 * every path.
 */
#include "base/key.h"

#include <assert.h>
#include <secp256k1_preallocated.h>
#include <secp256k1_recovery.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

#define RS_SIZE         64 /* r and s */
#define RECOVERY_ID_MAX 3

_Static_assert(KEY_SIGNATURE_SIZE == RS_SIZE + 1, "a signature is r, s and the recovery id");
_Static_assert(KEY_SECRET_SIZE == BLAKE2B_256_SIZE, "key_from_seed() hashes to secrets");

/*
 * The context for functions that use a secret, one for each call, in memory of
 * this file: the library's own allocation aborts without memory, and a shared
 * context would be the only global state of this layer.
 */
struct signer {
	secp256k1_context *ctx;
	void *room;
};

static void signer_release(struct signer *signer)
{
	if (signer->ctx)
		secp256k1_context_preallocated_destroy(signer->ctx);
	free(signer->room);
}

static enum status signer_init(struct signer *signer)
{
	uint8_t blind[32];
	enum status s = random_fill(blind, sizeof(blind));

	*signer = (struct signer){0};
	if (s != STATUS_OK)
		return s;
	signer->room = malloc(secp256k1_context_preallocated_size(SECP256K1_CONTEXT_NONE));
	if (!signer->room) {
		s = STATUS_NO_MEMORY;
	} else {
		signer->ctx = secp256k1_context_preallocated_create(signer->room, SECP256K1_CONTEXT_NONE);
		if (!secp256k1_context_randomize(signer->ctx, blind)) {
			s = STATUS_IO;
			signer_release(signer);
		}
	}
	sodium_memzero(blind, sizeof(blind));
	return s;
}

/* Writes @point in the 65 bytes that Filecoin hashes to an address. */
static void write_public(uint8_t public[KEY_PUBLIC_SIZE], const secp256k1_pubkey *point)
{
	size_t len = KEY_PUBLIC_SIZE;

	secp256k1_ec_pubkey_serialize(secp256k1_context_static, public, &len, point, SECP256K1_EC_UNCOMPRESSED);
	assert(len == KEY_PUBLIC_SIZE);
}

enum status key_import(struct key *key, const uint8_t secret[KEY_SECRET_SIZE])
{
	struct signer signer;
	secp256k1_pubkey point;
	enum status s;

	if (!secp256k1_ec_seckey_verify(secp256k1_context_static, secret))
		return STATUS_BAD_KEY_FILE;
	s = signer_init(&signer);
	if (s != STATUS_OK)
		return s;
	if (secp256k1_ec_pubkey_create(signer.ctx, &point, secret)) {
		memmove(key->secret, secret, KEY_SECRET_SIZE);
		write_public(key->public, &point);
		sodium_mlock(key, sizeof(*key)); /* best effort: the limit on locked memory may be 0 */
	} else {
		s = STATUS_BAD_KEY_FILE;
	}
	signer_release(&signer);
	return s;
}

enum status key_generate(struct key *key)
{
	uint8_t secret[KEY_SECRET_SIZE];
	enum status s;

	do {
		s = random_fill(secret, sizeof(secret));
		if (s == STATUS_OK)
			s = key_import(key, secret);
	} while (s == STATUS_BAD_KEY_FILE); /* 0, or not below n: one in 2^128 */
	sodium_memzero(secret, sizeof(secret));
	return s;
}

enum status key_from_seed(struct key *key, const uint8_t seed[KEY_SECRET_SIZE])
{
	uint8_t secret[KEY_SECRET_SIZE], last[KEY_SECRET_SIZE];
	enum status s;

	memcpy(last, seed, sizeof(last));
	do {
		blake2b(secret, sizeof(secret), span_of(last, sizeof(last)));
		memcpy(last, secret, sizeof(last));
		s = key_import(key, secret);
	} while (s == STATUS_BAD_KEY_FILE);
	sodium_memzero(secret, sizeof(secret));
	sodium_memzero(last, sizeof(last));
	return s;
}

enum status key_sign(uint8_t sig[KEY_SIGNATURE_SIZE], const struct key *key, const uint8_t digest[32])
{
	secp256k1_ecdsa_recoverable_signature made;
	struct signer signer;
	enum status s = signer_init(&signer);
	int id = 0;

	if (s != STATUS_OK)
		return s;
	if (secp256k1_ecdsa_sign_recoverable(signer.ctx, &made, digest, key->secret, NULL, NULL)) {
		secp256k1_ecdsa_recoverable_signature_serialize_compact(secp256k1_context_static, sig, &id, &made);
		sig[RS_SIZE] = (uint8_t)id;
	} else {
		s = STATUS_BAD_KEY_FILE;
	}
	signer_release(&signer);
	return s;
}

enum status key_recover(
	uint8_t public[KEY_PUBLIC_SIZE], const uint8_t sig[KEY_SIGNATURE_SIZE], const uint8_t digest[32])
{
	const secp256k1_context *ctx = secp256k1_context_static;
	secp256k1_ecdsa_recoverable_signature read;
	secp256k1_ecdsa_signature plain;
	secp256k1_pubkey point;

	if (sig[RS_SIZE] > RECOVERY_ID_MAX)
		return STATUS_BAD_SIGNATURE;
	if (!secp256k1_ecdsa_recoverable_signature_parse_compact(ctx, &read, sig, sig[RS_SIZE]))
		return STATUS_BAD_SIGNATURE;
	secp256k1_ecdsa_recoverable_signature_convert(ctx, &plain, &read);
	if (secp256k1_ecdsa_signature_normalize(ctx, NULL, &plain)) /* high s: the twin of a signature seen elsewhere */
		return STATUS_BAD_SIGNATURE;
	if (!secp256k1_ecdsa_recover(ctx, &point, &read, digest))
		return STATUS_BAD_SIGNATURE;
	write_public(public, &point);
	return STATUS_OK;
}

void key_release(struct key *key)
{
	sodium_munlock(key, sizeof(*key)); /* wipes too */
}
