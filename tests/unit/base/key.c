/* key.c - keys, signatures and key files: what Filecoin signs, and what must never pass. */
#include "base/key_file.h"
#include "base/multibase.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../support/test.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define ORDER        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
#define SECRET       "0b90137788dfb7f496c39b67a964a7e35fb6f8322c4398ef037f604b633cef38"
#define LOTUS                                                                                                          \
	"7b2254797065223a22736563703235366b31222c22507269766174654b6579223a22433541546434" /* {"Type":"secp256k1", */  \
	"6a66742f53577735746e7157536e34312b322b44497351356a764133396753324d38377a673d227d" /* "PrivateKey":"..."} */

/* Reads hex into @out, which has room for it; returns the length. */
static size_t unhex(uint8_t *out, const char *hex)
{
	struct bytes b = {0};
	size_t len;

	CHECK_EQUAL(base_decode(&b, BASE16, span_text(hex)), STATUS_OK, "the row is hex");
	len = b.len;
	memcpy(out, bytes_text(&b), len);
	bytes_release(&b);
	return len;
}

static void test_vouchers(void)
{
	/* deal-types.json, SignedVoucher. */
	static const struct {
		const char *secret, *public, *message, *signature;
	} rows[] = {
		{SECRET,
			"0403e78b7730de8a201c1cc3d2328ee18c4e099043ebd5f9e09c38f4c0e90a08ed8920a959622f6c5fb2ef23702669"
			"6b205de5d4336f040820b1c3e475088d2295",
			"8b47009cd68bd0bd10000040f618261a0df633b2400080f6",
			"e0c8b6097988f657f10516b4d3d322572c7a4059d88e4c2103eabcd15d26b12955286aea616807dc2e16547880e253"
			"bca9ee9e1a39821f91f8b9373474c3a64200"},
		{"b5f4646664f24ceaa6d0e618c7e434b79db33cd0145c1724803e712e11930928",
			"04840079a03c617d1b7bf02a799570daac0c424a1dcf8893ef968f61dd413aaf2d092b1769c2071eec3ab85f4b4472"
			"7404da123f4e04504d2a07705a950099bb89",
			"8b55019304d67e1a0327d30b4791d084c24c071526cdad000040f6161a7e619d9d400080f6",
			"a600f402ac32c51559d804ca78c1e0225c34458fe65cc75d66ba8c21d6b9167d34467636d99ad870cc4b2f3f26f411"
			"269e929964b73215037787164a5ab1e47e01"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t secret[32], public[65], message[256], want[65], sig[65], digest[32], signer[65];
		struct key key;

		unhex(secret, rows[i].secret);
		unhex(public, rows[i].public);
		unhex(want, rows[i].signature);
		blake2b(digest, sizeof(digest), span_of(message, unhex(message, rows[i].message)));
		CHECK_EQUAL(key_import(&key, secret), STATUS_OK, "the secret is a key");
		CHECK(memcmp(key.public, public, sizeof(public)) == 0, "its public half is Filecoin's");
		CHECK_EQUAL(key_sign(sig, &key, digest), STATUS_OK, "it signs");
		CHECK(memcmp(sig, want, sizeof(sig)) == 0, "the same bytes as the vector");
		CHECK_EQUAL(key_recover(signer, sig, digest), STATUS_OK, "the signature is good");
		CHECK(memcmp(signer, public, sizeof(public)) == 0, "and names its signer");
		key_release(&key);
		memset(secret, 0, sizeof(secret));
		CHECK(memcmp(key.secret, secret, sizeof(secret)) == 0, "a released key is wiped");
		memset(sig, 7, sizeof(sig));
		CHECK_EQUAL(key_sign(sig, &key, digest), STATUS_BAD_KEY_FILE, "and signs nothing");
		CHECK(sig[0] == 7 && sig[64] == 7, "leaving the output alone");
	}
}

static void test_secrets(void)
{
	static const struct {
		const char *secret;
		enum status want;
		const char *why;
	} rows[] = {
		{"0000000000000000000000000000000000000000000000000000000000000001", STATUS_OK, "1 is the least"},
		{"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", STATUS_OK, "n - 1 is the most"},
		{"0000000000000000000000000000000000000000000000000000000000000000", STATUS_BAD_KEY_FILE, "0"},
		{ORDER, STATUS_BAD_KEY_FILE, "n"},
		{"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364142", STATUS_BAD_KEY_FILE, "n + 1"},
		{"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", STATUS_BAD_KEY_FILE, "all ones"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct key key = {{7}, {7}};
		uint8_t secret[32];

		unhex(secret, rows[i].secret);
		CHECK_EQUAL(key_import(&key, secret), rows[i].want, rows[i].why);
		CHECK_EQUAL(key.public[0], rows[i].want == STATUS_OK ? 4 : 7, rows[i].why);
		key_release(&key);
	}
}

static void test_new_keys(void)
{
	struct key a, b;
	uint8_t seed[KEY_SECRET_SIZE] = {0}, hash[32];

	CHECK_EQUAL(key_generate(&a), STATUS_OK, "a key is made");
	CHECK_EQUAL(key_generate(&b), STATUS_OK, "and another");
	CHECK(memcmp(a.secret, b.secret, sizeof(a.secret)) != 0, "they differ");
	key_release(&a);
	key_release(&b);
	CHECK_EQUAL(key_from_seed(&a, seed), STATUS_OK, "a seed gives a key");
	CHECK_EQUAL(key_from_seed(&b, seed), STATUS_OK, "twice");
	CHECK(memcmp(&a, &b, sizeof(a)) == 0, "the same one");
	blake2b(hash, sizeof(hash), span_of(seed, sizeof(seed)));
	CHECK(memcmp(a.secret, hash, sizeof(hash)) == 0, "which is the seed's BLAKE2b");
	key_release(&a);
	seed[31] = 1;
	CHECK_EQUAL(key_from_seed(&a, seed), STATUS_OK, "another seed");
	CHECK(memcmp(a.secret, b.secret, sizeof(a.secret)) != 0, "gives another key");
	key_release(&a);
	key_release(&b);
}

/* s := n - s, big-endian. */
static void negate_s(uint8_t s[32])
{
	uint8_t n[32];
	int borrow = 0;

	unhex(n, ORDER);
	for (int i = 31; i >= 0; i--) {
		int d = n[i] - s[i] - borrow;

		borrow = d < 0;
		s[i] = (uint8_t)d;
	}
}

static void test_mutations(void)
{
	uint8_t seed[32] = {1}, digest[32] = {2}, good[65], bad[65], signer[65], untouched[65];
	struct key key;

	memset(untouched, 7, sizeof(untouched));
	CHECK_EQUAL(key_from_seed(&key, seed), STATUS_OK, "a key");
	CHECK_EQUAL(key_sign(good, &key, digest), STATUS_OK, "a signature");
	for (unsigned bit = 0; bit < 8 * sizeof(good); bit++) {
		memcpy(bad, good, sizeof(bad));
		bad[bit / 8] ^= (uint8_t)(1 << bit % 8);
		memset(signer, 7, sizeof(signer));
		if (key_recover(signer, bad, digest) == STATUS_OK)
			CHECK(memcmp(signer, key.public, sizeof(signer)) != 0, "a flipped bit is another signer's");
		else
			CHECK(memcmp(signer, untouched, sizeof(signer)) == 0, "or nobody's");
	}
	for (unsigned bit = 0; bit < 8 * sizeof(digest); bit++) {
		digest[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (key_recover(signer, good, digest) == STATUS_OK)
			CHECK(memcmp(signer, key.public, sizeof(signer)) != 0, "other bytes were not signed");
		digest[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	memcpy(bad, good, sizeof(bad));
	negate_s(bad + 32);
	bad[64] ^= 1;
	CHECK_EQUAL(key_recover(signer, bad, digest), STATUS_BAD_SIGNATURE, "the twin with the high s");
	negate_s(bad + 32);
	bad[64] ^= 1;
	CHECK_EQUAL(key_recover(signer, bad, digest), STATUS_OK, "and its own twin is the good one");
	key_release(&key);
}

static void test_ranges(void)
{
	static const char zero[] = "0000000000000000000000000000000000000000000000000000000000000000";
	static const char ones[] = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
	const struct {
		const char *r, *s; /* NULL: left as signed */
		int v;             /* -1: left as signed */
		const char *why;
	} rows[] = {
		{zero, NULL, -1, "r of 0"},
		{ORDER, NULL, -1, "r of n"},
		{ones, NULL, -1, "r above n"},
		{NULL, zero, -1, "s of 0"},
		{NULL, ORDER, -1, "s of n"},
		{NULL, ones, -1, "s above n"},
		{NULL, NULL, 2, "v 2: r is too large for its x"},
		{NULL, NULL, 3, "v 3, the same"},
		{NULL, NULL, 4, "v 4"},
		{NULL, NULL, 27, "v 27, as Bitcoin and Ethereum write 0"},
		{NULL, NULL, 255, "v 255"},
	};
	uint8_t seed[32] = {3}, digest[32] = {4}, good[65], bad[65], signer[65];
	struct key key;

	CHECK_EQUAL(key_from_seed(&key, seed), STATUS_OK, "a key");
	CHECK_EQUAL(key_sign(good, &key, digest), STATUS_OK, "a signature");
	for (size_t i = 0; i < COUNT(rows); i++) {
		memcpy(bad, good, sizeof(bad));
		if (rows[i].r)
			unhex(bad, rows[i].r);
		if (rows[i].s)
			unhex(bad + 32, rows[i].s);
		if (rows[i].v >= 0)
			bad[64] = (uint8_t)rows[i].v;
		CHECK_EQUAL(key_recover(signer, bad, digest), STATUS_BAD_SIGNATURE, rows[i].why);
	}
	key_release(&key);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0, "the test file is written");
	CHECK(chmod(path, mode) == 0, "and has its mode");
}

static void test_files(void)
{
	static const struct {
		const char *text;
		mode_t mode;
		enum status want;
		const char *why;
	} rows[] = {
		{"secp256k1 " SECRET "\n", 0600, STATUS_OK, "our own form"},
		{"secp256k1 " SECRET, 0400, STATUS_OK, "without a newline, read-only"},
		{LOTUS "\n", 0600, STATUS_OK, "what Lotus exports"},
		{LOTUS, 0600, STATUS_OK, "without a newline"},
		{"secp256k1 " SECRET "\n", 0644, STATUS_INSECURE, "readable by all"},
		{"secp256k1 " SECRET "\n", 0640, STATUS_INSECURE, "readable by the group"},
		{"secp256k1 " SECRET "\n", 0602, STATUS_INSECURE, "writable by others"},
		{"", 0600, STATUS_BAD_KEY_FILE, "empty"},
		{"\n", 0600, STATUS_BAD_KEY_FILE, "an empty line"},
		{"secp256k1 ", 0600, STATUS_BAD_KEY_FILE, "a prefix alone"},
		{"secp256k1 00\n", 0600, STATUS_BAD_KEY_FILE, "too short"},
		{"secp256k1 00" SECRET "\n", 0600, STATUS_BAD_KEY_FILE, "too long"},
		{"secp256k1 " SECRET "\n\n", 0600, STATUS_BAD_KEY_FILE, "two newlines"},
		{"secp256k1 " SECRET "\nsecp256k1 " SECRET "\n", 0600, STATUS_BAD_KEY_FILE, "two keys"},
		{"secp256k1 zz90137788dfb7f496c39b67a964a7e35fb6f8322c4398ef037f604b633cef38\n", 0600,
			STATUS_BAD_KEY_FILE, "no hex"},
		{"secp256k1 " ORDER "\n", 0600, STATUS_BAD_KEY_FILE, "n"},
		{"secp256k1 0000000000000000000000000000000000000000000000000000000000000000\n", 0600,
			STATUS_BAD_KEY_FILE, "0"},
		{"bls " SECRET "\n", 0600, STATUS_BAD_KEY_FILE, "a key of another kind"},
		{SECRET "\n", 0600, STATUS_BAD_KEY_FILE, "bare hex"},
		{LOTUS "7d", 0600, STATUS_BAD_KEY_FILE, "bytes behind the JSON"},
		{LOTUS LOTUS LOTUS LOTUS, 0600, STATUS_BAD_KEY_FILE, "more than any key file"},
	};
	char folder[] = "/tmp/test-key-XXXXXX", path[64], link[80];
	uint8_t secret[32];
	struct key key, again;
	struct stat st;

	CHECK(mkdtemp(folder) != NULL, "a folder for the test");
	snprintf(path, sizeof(path), "%s/key", folder);
	snprintf(link, sizeof(link), "%s/link", folder);
	unhex(secret, SECRET);
	for (size_t i = 0; i < COUNT(rows); i++) {
		unlink(path);
		write_file(path, rows[i].text, rows[i].mode);
		memset(&key, 7, sizeof(key));
		CHECK_EQUAL(key_load(&key, path, NULL), rows[i].want, rows[i].why);
		if (rows[i].want == STATUS_OK)
			CHECK(memcmp(key.secret, secret, sizeof(secret)) == 0, rows[i].why);
		else
			CHECK(key.secret[0] == 7 && key.public[64] == 7, "a refused file leaves the key alone");
		key_release(&key);
	}
	CHECK_EQUAL(key_load(&key, folder, NULL), STATUS_INSECURE, "a folder is no key file");
	unlink(path);
	errno = 0;
	CHECK(key_load(&key, path, NULL) == STATUS_IO && errno == ENOENT, "no such file");
	CHECK_EQUAL(key_generate(&key), STATUS_OK, "a key");
	CHECK_EQUAL(key_save(&key, path, NULL), STATUS_OK, "is saved");
	CHECK(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600, "for its owner only");
	CHECK_EQUAL(key_save(&key, path, NULL), STATUS_EXISTS, "once");
	CHECK_EQUAL(key_load(&again, path, NULL), STATUS_OK, "and loads");
	CHECK(memcmp(&key, &again, sizeof(key)) == 0, "as the same key");
	CHECK(symlink(path, link) == 0, "a symlink to a good key");
	CHECK_EQUAL(key_load(&again, link, NULL), STATUS_INSECURE, "is refused");
	CHECK_EQUAL(key_save(&key, link, NULL), STATUS_EXISTS, "and not written through");
	CHECK(unlink(link) == 0 && mkfifo(link, 0600) == 0, "a pipe");
	CHECK_EQUAL(key_load(&again, link, NULL), STATUS_INSECURE, "is refused without waiting for a writer");
	snprintf(link, sizeof(link), "%s/key", path);
	CHECK(key_save(&key, link, NULL) == STATUS_IO, "a file is no folder to save in");
	key_release(&key);
	key_release(&again);
	unlink(link);
	unlink(path);
	rmdir(folder);
}

/* A protected key, written by this project once: the form stays what it is. */
#define SEALED_WORDS "correct horse"
#define SEALED                                                                                                         \
	"secp256k1-argon2id 3 65536 b1f85c8355626c9bb9fde0f2e08202ad"                                                  \
	" 05766c95c3195d9d45f050446bb8277c4f320a385e2b06cc e72880a7d04489bf90789"                                      \
	"ed7fc1cc239c858f8d932d043c77226513a61ece08c95685d3a83c795efbc95ea6132e8aa05 f83fbbf3"

static void test_protected(void)
{
	static const struct {
		const char *text, *words;
		enum status want;
		const char *why;
	} rows[] = {
		{SEALED "\n", SEALED_WORDS, STATUS_OK, "a protected key and its passphrase"},
		{SEALED, SEALED_WORDS, STATUS_OK, "without a newline"},
		{SEALED, "correct hors", STATUS_WRONG_PASSPHRASE, "a passphrase that is too short"},
		{SEALED, "correct horse ", STATUS_WRONG_PASSPHRASE, "one that is too long"},
		{SEALED, NULL, STATUS_PROTECTED, "no passphrase"},
		{SEALED " ", SEALED_WORDS, STATUS_BAD_KEY_FILE, "a byte behind the end"},
		{SEALED "\n\n", SEALED_WORDS, STATUS_BAD_KEY_FILE, "two newlines"},
		{"secp256k1-argon2id ", SEALED_WORDS, STATUS_BAD_KEY_FILE, "a prefix alone"},
		{"secp256k1-argon2id 3 65536", SEALED_WORDS, STATUS_BAD_KEY_FILE, "numbers alone"},
		{"secp256k1-argon2id 4294967296 65536 00", SEALED_WORDS, STATUS_BAD_KEY_FILE, "too many passes"},
		{"secp256k1 " SECRET, SEALED_WORDS, STATUS_OK, "a plain key needs none, and minds none"},
	};
	struct passphrase words = {.len = 0};
	char line[KEY_FILE_MAX] = SEALED;
	uint8_t secret[32];
	struct key key;

	unhex(secret, SECRET);
	for (size_t i = 0; i < COUNT(rows); i++) {
		memset(&key, 7, sizeof(key));
		words.len = (size_t)snprintf(words.text, sizeof(words.text), "%s", rows[i].words ? rows[i].words : "");
		CHECK_EQUAL(key_parse(&key, span_text(rows[i].text), rows[i].words ? &words : NULL), rows[i].want,
			rows[i].why);
		if (rows[i].want == STATUS_OK)
			CHECK(memcmp(key.secret, secret, sizeof(secret)) == 0, rows[i].why);
		else
			CHECK(key.secret[0] == 7 && key.public[64] == 7, "what does not open leaves the key alone");
		key_release(&key);
	}
	for (size_t i = 0; i < strlen(line); i++) {
		line[i] ^= 1;
		CHECK_EQUAL(key_parse(&key, span_text(line), &words), STATUS_BAD_KEY_FILE,
			"a flipped bit is damage, and no wrong passphrase");
		line[i] ^= 1;
	}
}

/* Bare digits are imported, and are no key file. */
static void test_import(void)
{
	static const struct {
		const char *text;
		enum status import, file;
		const char *why;
	} rows[] = {
		{SECRET, STATUS_OK, STATUS_BAD_KEY_FILE, "bare digits"},
		{SECRET "\n", STATUS_OK, STATUS_BAD_KEY_FILE, "on a line"},
		{"secp256k1 " SECRET, STATUS_OK, STATUS_OK, "our form"},
		{SECRET "0", STATUS_BAD_KEY_FILE, STATUS_BAD_KEY_FILE, "a digit too many"},
		{"x" SECRET, STATUS_BAD_KEY_FILE, STATUS_BAD_KEY_FILE, "no digit"},
		{SEALED, STATUS_PROTECTED, STATUS_PROTECTED, "a protected key needs its passphrase"},
	};
	uint8_t secret[32];
	struct key key;

	unhex(secret, SECRET);
	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_EQUAL(key_parse_import(&key, span_text(rows[i].text), NULL), rows[i].import, rows[i].why);
		if (rows[i].import == STATUS_OK)
			CHECK(memcmp(key.secret, secret, sizeof(secret)) == 0, rows[i].why);
		CHECK_EQUAL(key_parse(&key, span_text(rows[i].text), NULL), rows[i].file, rows[i].why);
	}
	key_release(&key);
}

static void test_passphrases(void)
{
	static const struct {
		const char *text, *first, *second;
		enum status want, then;
	} rows[] = {
		{"one\ntwo\n", "one", "two", STATUS_OK, STATUS_OK},
		{"one\ntwo", "one", "two", STATUS_OK, STATUS_OK},
		{"one\n", "one", "", STATUS_OK, STATUS_END},
		{"\none\n", "", "one", STATUS_BAD_VALUE, STATUS_OK},
		{"", "", "", STATUS_END, STATUS_END},
		{" one \n", " one ", "", STATUS_OK, STATUS_END},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct passphrase a = {.len = 0}, b = {.len = 0};
		int ends[2];

		CHECK(pipe(ends) == 0 && write(ends[1], rows[i].text, strlen(rows[i].text)) >= 0, "a pipe");
		close(ends[1]);
		CHECK_EQUAL(passphrase_read(&a, ends[0]), rows[i].want, "the first line");
		CHECK(a.len == strlen(rows[i].first) && memcmp(a.text, rows[i].first, a.len) == 0, "is this");
		CHECK_EQUAL(passphrase_read(&b, ends[0]), rows[i].then, "the next line");
		CHECK(b.len == strlen(rows[i].second) && memcmp(b.text, rows[i].second, b.len) == 0, "is that");
		CHECK(!passphrase_equal(&a, &b) || a.len == 0, "they differ");
		close(ends[0]);
		passphrase_release(&a);
		CHECK(a.len == 0 && a.text[0] == 0, "a released passphrase is wiped");
		passphrase_release(&b);
	}
}

int main(void)
{
	test_vouchers();
	test_secrets();
	test_new_keys();
	test_mutations();
	test_ranges();
	test_files();
	test_protected();
	test_import();
	test_passphrases();
	return test_end();
}
