/* key_file.c - reads and writes the forms of a key file, one of which a passphrase protects.
 *
 * Does not know the source of a passphrase.  All memory that held a secret is wiped on every path.
 */
#include "base/key_file.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/random.h"

#define PLAIN_PREFIX  "secp256k1 "
#define SEALED_PREFIX "secp256k1-argon2id "
#define LOTUS_PREFIX  "{\"Type\":\"secp256k1\",\"PrivateKey\":\""
#define LOTUS_SUFFIX  "\"}"
#define LENGTH(text)  (sizeof(text) - 1)
#define SECRET_HEX    (2 * KEY_SECRET_SIZE)
#define SECRET_BASE64 44 /* letters of KEY_SECRET_SIZE bytes, padded */

/* The cost of opening a protected key: RFC 9106's choice for machines with little memory. */
#define PASSES     3u
#define KIBIBYTES  65536u
#define PASSES_MAX 64u        /* a file that asks for more is refused */
#define KIB_MAX    (1u << 20) /* the same: 1 GiB */
#define KIB_MIN    (crypto_pwhash_MEMLIMIT_MIN / 1024)
#define BOX_SIZE   (crypto_secretbox_MACBYTES + KEY_SECRET_SIZE)
#define SUM_SIZE   BLAKE2B_32_SIZE

/** struct sealed - the parts of the line of a protected key. */
struct sealed {
	uint32_t passes, kib; /* of argon2id */
	uint8_t salt[crypto_pwhash_SALTBYTES];
	uint8_t nonce[crypto_secretbox_NONCEBYTES];
	uint8_t box[BOX_SIZE];
};

static void append_hex(struct bytes *line, const uint8_t *data, size_t len)
{
	char hex[2 * BOX_SIZE + 1];

	bytes_append_text(line, sodium_bin2hex(hex, sizeof(hex), data, len));
}

/* Write the line of a protected key, without its newline. The checksum tells damage from a wrong passphrase. */
static enum status sealed_write(struct bytes *line, const struct sealed *sealed)
{
	uint8_t sum[SUM_SIZE];

	bytes_append_format(line, SEALED_PREFIX "%" PRIu32 " %" PRIu32 " ", sealed->passes, sealed->kib);
	append_hex(line, sealed->salt, sizeof(sealed->salt));
	bytes_append_byte(line, ' ');
	append_hex(line, sealed->nonce, sizeof(sealed->nonce));
	bytes_append_byte(line, ' ');
	append_hex(line, sealed->box, sizeof(sealed->box));
	blake2b(sum, sizeof(sum), bytes_span(line));
	bytes_append_byte(line, ' ');
	append_hex(line, sum, sizeof(sum));
	return bytes_status(line);
}

/* Take a decimal number and a space off @line. */
static bool take_number(uint32_t *number, struct span *line)
{
	uint64_t value = 0;
	size_t n = 0;

	while (n < line->len && line->data[n] >= '0' && line->data[n] <= '9' && value <= UINT32_MAX)
		value = 10 * value + (uint64_t)(line->data[n++] - '0');
	if (n == 0 || n == line->len || line->data[n] != ' ' || value > UINT32_MAX)
		return false;
	*number = (uint32_t)value;
	*line = span_of(line->data + n + 1, line->len - n - 1);
	return true;
}

/* Take @len bytes in hex and a space off @line. */
static bool take_hex(uint8_t *out, size_t len, struct span *line)
{
	size_t used;

	if (line->len <= 2 * len || line->data[2 * len] != ' ' ||
		sodium_hex2bin(out, len, (const char *)line->data, 2 * len, NULL, &used, NULL) != 0 || used != len)
		return false;
	*line = span_of(line->data + 2 * len + 1, line->len - 2 * len - 1);
	return true;
}

/* A protected key has one written form: the parsed key is written again and compared, with its checksum. */
static enum status sealed_read(struct sealed *sealed, struct span line)
{
	struct span rest = span_of(line.data + LENGTH(SEALED_PREFIX), line.len - LENGTH(SEALED_PREFIX));
	CLEAN_BYTES struct bytes again = {0};
	enum status s;

	if (!take_number(&sealed->passes, &rest) || !take_number(&sealed->kib, &rest) ||
		!take_hex(sealed->salt, sizeof(sealed->salt), &rest) ||
		!take_hex(sealed->nonce, sizeof(sealed->nonce), &rest) ||
		!take_hex(sealed->box, sizeof(sealed->box), &rest))
		return STATUS_BAD_KEY_FILE;
	if (sealed->passes < crypto_pwhash_OPSLIMIT_MIN || sealed->passes > PASSES_MAX || sealed->kib < KIB_MIN ||
		sealed->kib > KIB_MAX)
		return STATUS_BAD_KEY_FILE;
	s = sealed_write(&again, sealed);
	if (s != STATUS_OK)
		return s;
	return span_equal(bytes_span(&again), line) ? STATUS_OK : STATUS_BAD_KEY_FILE;
}

/* The key of the box: argon2id of the passphrase. */
static enum status stretch(
	uint8_t out[crypto_secretbox_KEYBYTES], const struct sealed *sealed, const struct passphrase *passphrase)
{
	if (sodium_init() < 0) /* chooses the fastest argon2id of this machine */
		return STATUS_IO;
	return crypto_pwhash(out, crypto_secretbox_KEYBYTES, passphrase->text, passphrase->len, sealed->salt,
		       sealed->passes, (size_t)sealed->kib * 1024, crypto_pwhash_ALG_ARGON2ID13) == 0
		       ? STATUS_OK
		       : STATUS_NO_MEMORY;
}

static enum status seal(struct sealed *sealed, const struct key *key, const struct passphrase *passphrase)
{
	uint8_t box_key[crypto_secretbox_KEYBYTES];
	enum status s;

	*sealed = (struct sealed){.passes = PASSES, .kib = KIBIBYTES};
	s = random_fill(sealed->salt, sizeof(sealed->salt));
	if (s != STATUS_OK)
		return s;
	s = random_fill(sealed->nonce, sizeof(sealed->nonce));
	if (s != STATUS_OK)
		return s;
	s = stretch(box_key, sealed, passphrase);
	if (s == STATUS_OK)
		crypto_secretbox_easy(sealed->box, key->secret, KEY_SECRET_SIZE, sealed->nonce, box_key);
	sodium_memzero(box_key, sizeof(box_key));
	return s;
}

static enum status unseal(struct key *key, const struct sealed *sealed, const struct passphrase *passphrase)
{
	uint8_t box_key[crypto_secretbox_KEYBYTES], secret[KEY_SECRET_SIZE];
	enum status s = stretch(box_key, sealed, passphrase);

	if (s == STATUS_OK &&
		crypto_secretbox_open_easy(secret, sealed->box, sizeof(sealed->box), sealed->nonce, box_key) != 0)
		s = STATUS_WRONG_PASSPHRASE;
	if (s == STATUS_OK)
		s = key_import(key, secret);
	sodium_memzero(box_key, sizeof(box_key));
	sodium_memzero(secret, sizeof(secret));
	return s;
}

/* Read exactly KEY_SECRET_SIZE bytes of hex. */
static bool read_hex_secret(uint8_t secret[KEY_SECRET_SIZE], const char *hex, size_t len)
{
	size_t used;

	return len == SECRET_HEX && sodium_hex2bin(secret, KEY_SECRET_SIZE, hex, len, NULL, &used, NULL) == 0 &&
	       used == KEY_SECRET_SIZE;
}

/* Reads the hex of the JSON that Lotus exports; Go writes only one form, so no JSON parser is needed for a secret. */
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

static bool starts(struct span line, const char *prefix)
{
	return line.len > strlen(prefix) && memcmp(line.data, prefix, strlen(prefix)) == 0;
}

static enum status parse_sealed(struct key *key, struct span line, const struct passphrase *passphrase)
{
	struct sealed sealed;
	enum status s = sealed_read(&sealed, line);

	if (s != STATUS_OK)
		return s;
	return passphrase != NULL ? unseal(key, &sealed, passphrase) : STATUS_PROTECTED;
}

enum status key_parse(struct key *key, struct span text, const struct passphrase *passphrase)
{
	const char *line = (const char *)text.data;
	enum status s = STATUS_BAD_KEY_FILE;
	uint8_t secret[KEY_SECRET_SIZE];
	bool ok;

	if (text.len > 0 && line[text.len - 1] == '\n')
		text.len--;
	if (starts(text, SEALED_PREFIX))
		return parse_sealed(key, text, passphrase);
	if (starts(text, PLAIN_PREFIX))
		ok = read_hex_secret(secret, line + LENGTH(PLAIN_PREFIX), text.len - LENGTH(PLAIN_PREFIX));
	else
		ok = read_lotus_secret(secret, line, text.len);
	if (ok)
		s = key_import(key, secret);
	sodium_memzero(secret, sizeof(secret));
	return s;
}

enum status key_parse_import(struct key *key, struct span text, const struct passphrase *passphrase)
{
	size_t len = text.len > 0 && text.data[text.len - 1] == '\n' ? text.len - 1 : text.len;
	uint8_t secret[KEY_SECRET_SIZE];
	enum status s;

	if (len != SECRET_HEX)
		return key_parse(key, text, passphrase);
	s = read_hex_secret(secret, (const char *)text.data, len) ? key_import(key, secret) : STATUS_BAD_KEY_FILE;
	sodium_memzero(secret, sizeof(secret));
	return s;
}

enum status key_load(struct key *key, const char *path, const struct passphrase *passphrase)
{
	char text[KEY_FILE_MAX + 1]; /* one more byte shows the excess */
	size_t len;
	int fd, saved;
	enum status s = file_open_private(&fd, path);

	if (s != STATUS_OK)
		return s;
	s = file_read_full(fd, text, sizeof(text), &len);
	saved = errno;
	close(fd);
	if (s == STATUS_CUT) /* the whole file was read */
		s = key_parse(key, span_of(text, len), passphrase);
	else if (s != STATUS_IO)
		s = STATUS_BAD_KEY_FILE; /* empty, or too long */
	sodium_memzero(text, sizeof(text));
	errno = saved;
	return s;
}

static enum status write_plain(int fd, const struct key *key)
{
	char line[LENGTH(PLAIN_PREFIX) + SECRET_HEX + 1] = PLAIN_PREFIX; /* the last is a newline */
	enum status s;

	sodium_bin2hex(line + LENGTH(PLAIN_PREFIX), SECRET_HEX + 1, key->secret, KEY_SECRET_SIZE);
	line[sizeof(line) - 1] = '\n';
	s = file_write_full(fd, line, sizeof(line));
	sodium_memzero(line, sizeof(line));
	return s;
}

static enum status write_sealed(int fd, const struct key *key, const struct passphrase *passphrase)
{
	CLEAN_BYTES struct bytes line = {0};
	struct sealed sealed;
	enum status s = seal(&sealed, key, passphrase);

	if (s != STATUS_OK)
		return s;
	s = sealed_write(&line, &sealed);
	if (s != STATUS_OK)
		return s;
	bytes_append_byte(&line, '\n');
	s = bytes_status(&line);
	return s == STATUS_OK ? file_write_full(fd, line.data, line.len) : s;
}

enum status key_save(const struct key *key, const char *path, const struct passphrase *passphrase)
{
	struct file_out out;
	enum status s =
		strcmp(path, "-") == 0 ? file_out_open(&out, path, 0) : file_out_create(&out, path, S_IRUSR | S_IWUSR);

	if (s != STATUS_OK)
		return s;
	s = passphrase != NULL ? write_sealed(out.fd, key, passphrase) : write_plain(out.fd, key);
	if (s == STATUS_OK)
		s = file_out_commit(&out);
	file_out_release(&out);
	return s;
}
