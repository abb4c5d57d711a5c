/* key.c - secp256k1 keys, Filecoin's recoverable signatures, key files.
 *
 * Knows nothing of addresses.  libsecp256k1 aborts when it is misused, so what
 * strangers send is checked before it gets there (the recovery id), or goes to
 * functions that answer 0.  Whatever held a secret is wiped on every path.
 */
#include "base/key.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <secp256k1_preallocated.h>
#include <secp256k1_recovery.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#define RS_SIZE         64 /* r and s */
#define RECOVERY_ID_MAX 3
#define FILE_PREFIX     "secp256k1 "
#define LOTUS_PREFIX    "{\"Type\":\"secp256k1\",\"PrivateKey\":\""
#define LOTUS_SUFFIX    "\"}"
#define LENGTH(literal) (sizeof(literal) - 1)
#define SECRET_HEX      (2 * KEY_SECRET_SIZE)
#define SECRET_BASE64   44 /* letters of KEY_SECRET_SIZE bytes, padded */

_Static_assert(KEY_SIGNATURE_SIZE == RS_SIZE + 1, "a signature is r, s and the recovery id");
_Static_assert(KEY_SECRET_SIZE == BLAKE2B_256_SIZE, "key_from_seed() hashes to secrets");

static enum status random_fill(void *buf, size_t len)
{
	uint8_t *p = buf;

	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno != EINTR)
			return STATUS_IO;
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return STATUS_OK;
}

/*
 * The context for what touches a secret.  One for each call, in memory of our
 * own: the library's own allocation aborts when there is none, and a context
 * kept for later would be the only global state of this layer.
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

/* Reads exactly KEY_SECRET_SIZE bytes of hex. */
static bool read_hex_secret(uint8_t secret[KEY_SECRET_SIZE], const char *hex, size_t len)
{
	size_t used;

	return len == SECRET_HEX && sodium_hex2bin(secret, KEY_SECRET_SIZE, hex, len, NULL, &used, NULL) == 0 &&
	       used == KEY_SECRET_SIZE;
}

/* Reads the hex of the JSON that Lotus exports; Go writes it in one way only, so no JSON parser sees a secret. */
static bool read_lotus_secret(uint8_t secret[KEY_SECRET_SIZE], const char *hex, size_t len)
{
	char json[LENGTH(LOTUS_PREFIX) + SECRET_BASE64 + LENGTH(LOTUS_SUFFIX)];
	const char *base64 = json + LENGTH(LOTUS_PREFIX);
	size_t used;
	bool ok;

	ok = len == 2 * sizeof(json) &&
	     sodium_hex2bin((unsigned char *)json, sizeof(json), hex, len, NULL, &used, NULL) == 0 &&
	     used == sizeof(json) && memcmp(json, LOTUS_PREFIX, LENGTH(LOTUS_PREFIX)) == 0 &&
	     memcmp(base64 + SECRET_BASE64, LOTUS_SUFFIX, LENGTH(LOTUS_SUFFIX)) == 0 &&
	     sodium_base642bin(secret, KEY_SECRET_SIZE, base64, SECRET_BASE64, NULL, &used, NULL,
		     sodium_base64_VARIANT_ORIGINAL) == 0 &&
	     used == KEY_SECRET_SIZE;
	sodium_memzero(json, sizeof(json));
	return ok;
}

enum status key_parse(struct key *key, struct span text)
{
	const char *line = (const char *)text.data;
	uint8_t secret[KEY_SECRET_SIZE];
	size_t len = text.len;
	enum status s = STATUS_BAD_KEY_FILE;
	bool ok;

	if (len > 0 && line[len - 1] == '\n')
		len--;
	if (len > LENGTH(FILE_PREFIX) && memcmp(line, FILE_PREFIX, LENGTH(FILE_PREFIX)) == 0)
		ok = read_hex_secret(secret, line + LENGTH(FILE_PREFIX), len - LENGTH(FILE_PREFIX));
	else
		ok = read_lotus_secret(secret, line, len);
	if (ok)
		s = key_import(key, secret);
	sodium_memzero(secret, sizeof(secret));
	return s;
}

/* Opens a key file for reading: its owner's alone, and no name for another file. */
static enum status open_private(int *fd, const char *path)
{
	struct stat st;

	*fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (*fd < 0)
		return errno == ELOOP ? STATUS_INSECURE : STATUS_IO;
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)) == 0)
		return STATUS_OK;
	close(*fd);
	return STATUS_INSECURE;
}

enum status key_load(struct key *key, const char *path)
{
	char text[KEY_FILE_MAX + 1]; /* one more shows the excess */
	size_t len;
	int fd, saved;
	enum status s = open_private(&fd, path);

	if (s != STATUS_OK)
		return s;
	s = file_read_full(fd, text, sizeof(text), &len);
	saved = errno;
	close(fd);
	if (s == STATUS_CUT) /* the end of the file, as it should be */
		s = key_parse(key, span_of(text, len));
	else if (s != STATUS_IO)
		s = STATUS_BAD_KEY_FILE; /* empty, or too long */
	sodium_memzero(text, sizeof(text));
	errno = saved;
	return s;
}

enum status key_save(const struct key *key, const char *path)
{
	char text[LENGTH(FILE_PREFIX) + SECRET_HEX + 1] = FILE_PREFIX; /* the last is a newline */
	enum status s;
	int fd, saved;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, S_IRUSR | S_IWUSR);
	if (fd < 0)
		return errno == EEXIST ? STATUS_EXISTS : STATUS_IO;
	sodium_bin2hex(text + LENGTH(FILE_PREFIX), SECRET_HEX + 1, key->secret, KEY_SECRET_SIZE);
	text[sizeof(text) - 1] = '\n';
	s = file_write_full(fd, text, sizeof(text));
	sodium_memzero(text, sizeof(text));
	if (s == STATUS_OK && fsync(fd) < 0)
		s = STATUS_IO;
	saved = errno;
	if (close(fd) < 0 && errno != EINTR && s == STATUS_OK) {
		saved = errno;
		s = STATUS_IO;
	}
	errno = saved;
	if (s == STATUS_OK)
		s = file_sync_folder(path);
	if (s != STATUS_OK) {
		saved = errno;
		unlink(path);
		errno = saved;
	}
	return s;
}

void key_release(struct key *key)
{
	sodium_munlock(key, sizeof(*key)); /* wipes too */
}
