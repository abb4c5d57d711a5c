/* voucher.c - tests of wire/voucher.h: strict bytes, and a signature that covers every bit. */
#include "../../support/test.h"

#include "base/multibase.h"
#include "wire/voucher.h"

#define ADDR  "\x42\x00\x65"
#define SIG65 "0123456789012345678901234567890123456789012345678901234567890123\x01"
#define SIG1  "\x58\x42\x01" SIG65
#define HASH                                                                                                           \
	"\x58\x20"                                                                                                     \
	"01234567890123456789012345678901"
#define EXTRA     "\x83\x42\x00\x66\x18\x20\x41z"
#define ROW(text) text, sizeof(text) - 1
/* A voucher from its parts. */
#define V(addr, min, max, hash, extra, lane, nonce, amount, height, merges, sig)                                       \
	ROW("\x8b" addr min max hash extra lane nonce amount height merges sig)
#define PLAIN(lane, nonce, amount, sig)                                                                                \
	V(ADDR, "\x00", "\x00", "\x40", "\xf6", lane, nonce, amount, "\x00", "\x80", sig)
#define U63   "\x1b\x7f\xff\xff\xff\xff\xff\xff\xff"
#define U63_1 "\x1b\x80\x00\x00\x00\x00\x00\x00\x00"
#define U64   "\x1b\xff\xff\xff\xff\xff\xff\xff\xff"

static const struct {
	const char *in;
	size_t len;
	enum status want;
	const char *why;
} rows[] = {
	{PLAIN("\x01", "\x02", "\x42\x00\x07", SIG1), STATUS_OK, "a plain one"},
	{PLAIN("\x01", "\x02", "\x42\x00\x07", "\xf6"), STATUS_OK, "no signature"},
	{PLAIN("\x01", "\x02", "\x42\x00\x07", "\x58\x61\x02" SIG65 "0123456789012345678901234567890"), STATUS_OK,
		"BLS"},
	{V(ADDR, "\x01", "\x02", HASH, EXTRA, "\x01", "\x02", "\x40", "\x18\x64", "\x82\x82\x01\x02\x82\x03\x04", SIG1),
		STATUS_OK, "everything"},
	{PLAIN("\x00", "\x00", "\x40", SIG1), STATUS_OK, "nonce 0"},
	{PLAIN("\x00", U64, "\x40", SIG1), STATUS_OK, "nonce 2^64-1"},
	{PLAIN(U63, "\x00", "\x40", SIG1), STATUS_OK, "lane 2^63-1"},
	{PLAIN(U63_1, "\x00", "\x40", SIG1), STATUS_BAD_VALUE, "lane 2^63"},
	{PLAIN("\x01", "\x02", "\x42\x01\x07", SIG1), STATUS_OK, "a negative amount: for the rules to refuse"},
	{PLAIN("\x01", "\x02", "\x42\x02\x07", SIG1), STATUS_BAD_AMOUNT, "sign byte 2"},
	{PLAIN("\x01", "\x02", "\x43\x00\x00\x07", SIG1), STATUS_BAD_AMOUNT, "leading zero"},
	{PLAIN("\x01", "\x02", "\x42\x01\x00", SIG1), STATUS_BAD_AMOUNT, "minus zero"},
	{PLAIN("\x01", "\x02", "\x41\x00", SIG1), STATUS_BAD_AMOUNT, "lone sign"},
	{PLAIN("\x01", "\x02", "\x07", SIG1), STATUS_BAD_TYPE, "an integer for an amount"},
	{ROW("\xf6"), STATUS_BAD_TYPE, "null"},
	{ROW("\x80"), STATUS_BAD_VALUE, "an empty tuple"},
	{ROW("\x8a" ADDR "\x00\x00\x40\xf6\x01\x02\x40\x00\x80"), STATUS_BAD_VALUE, "ten fields"},
	{ROW("\x8b\xf6\x00\x00\x40\xf6\x01\x02\x40\x00\x80" SIG1), STATUS_BAD_TYPE, "no channel"},
	{ROW("\x8b\x40\x00\x00\x40\xf6\x01\x02\x40\x00\x80" SIG1), STATUS_BAD_ADDRESS, "an empty channel"},
	{PLAIN("\x01", "\x02", "\x40", SIG1 "\x00"), STATUS_TRAILING, "a byte more"},
	{PLAIN("\x01", "\x02", "\x40", "\x40"), STATUS_BAD_VALUE, "an empty signature"},
	{PLAIN("\x01", "\x02", "\x40", "\x41\x01"), STATUS_BAD_VALUE, "a signature of its type alone"},
	{PLAIN("\x01", "\x02", "\x40",
		 "\x58\x41\x01"
		 "0123456789012345678901234567890123456789012345678901234567890123"),
		STATUS_BAD_VALUE, "64 bytes"},
	{PLAIN("\x01", "\x02", "\x40", "\x58\x43\x01" SIG65 "\x00"), STATUS_BAD_VALUE, "66 bytes"},
	{PLAIN("\x01", "\x02", "\x40", "\x58\x42\x02" SIG65), STATUS_BAD_VALUE, "BLS of 65 bytes"},
	{PLAIN("\x01", "\x02", "\x40", "\x58\x42\x00" SIG65), STATUS_BAD_VALUE, "type 0"},
	{PLAIN("\x01", "\x02", "\x40", "\x58\x42\x03" SIG65), STATUS_BAD_VALUE, "type 3"},
	{PLAIN("\x01", "\x02", "\x40", "\x61x"), STATUS_BAD_TYPE, "a text for a signature"},
	{V(ADDR, "\x20", "\x00", "\x40", "\xf6", "\x01", "\x02", "\x40", "\x00", "\x80", SIG1), STATUS_OK,
		"a negative epoch"},
	{V(ADDR, U63_1, "\x00", "\x40", "\xf6", "\x01", "\x02", "\x40", "\x00", "\x80", SIG1), STATUS_BAD_VALUE,
		"epoch 2^63"},
	{V(ADDR, "\x00", "\x00", "\xf6", "\xf6", "\x01", "\x02", "\x40", "\x00", "\x80", SIG1), STATUS_BAD_TYPE,
		"a null hash"},
	{V(ADDR, "\x00", "\x00", "\x40", "\x80", "\x01", "\x02", "\x40", "\x00", "\x80", SIG1), STATUS_BAD_VALUE,
		"empty Extra"},
	{V(ADDR, "\x00", "\x00", "\x40", "\x83\x40\x00\x40", "\x01", "\x02", "\x40", "\x00", "\x80", SIG1),
		STATUS_BAD_ADDRESS, "Extra without an actor"},
	{V(ADDR, "\x00", "\x00", "\x40", "\xf6", "\x01", "\x02", "\x40", "\x00", "\xf6", SIG1), STATUS_BAD_TYPE,
		"null merges"},
	{V(ADDR, "\x00", "\x00", "\x40", "\xf6", "\x01", "\x02", "\x40", "\x00", "\x81\x81\x01", SIG1),
		STATUS_BAD_VALUE, "half a merge"},
	{V(ADDR, "\x00", "\x00", "\x40", "\xf6", "\x01", "\x02", "\x40", "\x00", "\x81\x82" U63_1 "\x00", SIG1),
		STATUS_BAD_VALUE, "a merge of lane 2^63"},
	{V(ADDR, "\x00", "\x00", "\x40", "\xf6", "\x01", "\x02", "\x40", "\x00", "\x9b\x40\x00\x00\x00\x00\x00\x00\x00",
		 SIG1),
		STATUS_TRUNCATED, "2^62 merges claimed"},
};

static void check_rows(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span in = span_of(rows[i].in, rows[i].len);
		struct voucher v, before;
		struct bytes back = {0};
		enum status s;

		memset(&v, 0x5a, sizeof(v));
		before = v;
		s = voucher_decode(&v, in);
		CHECK_EQUAL(s, rows[i].want, rows[i].why);
		if (s == STATUS_OK) {
			voucher_write(&back, &v);
			CHECK(span_equal(bytes_span(&back), in), "what decodes encodes back");
		} else {
			CHECK(memcmp(&v, &before, sizeof(v)) == 0, "the output is untouched on failure");
		}
		bytes_release(&back);
	}
}

static void make(struct voucher *v, const struct key *key)
{
	static const char merges[] = "\x82\x01\x02\x82\x03\x04";
	struct amount million = amount_u64(1000000);

	*v = (struct voucher){
		.channel = address_of_id(101),
		.time_lock_min = 5,
		.secret_hash = span_text("01234567890123456789012345678901"),
		.extra = span_of(ROW(EXTRA)),
		.lane = 3,
		.nonce = 300,
		.amount = million,
		.min_settle_height = 70000,
		.merges = span_of(merges, sizeof(merges) - 1),
		.merge_count = 2,
	};
	CHECK_EQUAL(voucher_sign(v, key), STATUS_OK, "a voucher is signed");
}

/* Voucher: each of its bits flipped is refused, or is somebody else's. */
static void check_flips(const struct voucher *v, const struct address *ours)
{
	struct bytes good = {0};
	struct address signer = {0};
	unsigned refused = 0, others = 0;

	voucher_write(&good, v);
	for (size_t i = 0; i < 8 * good.len; i++) {
		struct voucher changed;

		good.data[i / 8] ^= (uint8_t)(1 << i % 8);
		if (voucher_decode(&changed, bytes_span(&good)) != STATUS_OK ||
			voucher_signer(&signer, &changed) != STATUS_OK)
			refused++;
		else if (CHECK(!address_equal(&signer, ours), "a changed voucher is not ours"))
			others++;
		good.data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	CHECK(refused > 0 && others > 0, "both happened");
	CHECK_EQUAL(refused + others, 8 * good.len, "nothing else did");
	for (size_t len = 0; len < good.len; len++)
		CHECK(voucher_decode(&(struct voucher){0}, span_of(good.data, len)) != STATUS_OK,
			"a cut voucher is refused");
	bytes_release(&good);
}

/* r and s of 0 or not below the order of the curve, and s in its upper half. */
static void check_bad_signatures(const struct voucher *v)
{
	struct address signer = {0};

	for (int i = 0; i < 4; i++) {
		struct voucher bad = *v;

		memset(bad.signature + 32 * (i % 2), i < 2 ? 0 : 0xff, 32);
		CHECK_EQUAL(voucher_signer(&signer, &bad), STATUS_BAD_SIGNATURE, "r or s out of range");
	}
	for (int byte = 4; byte < 256; byte++) {
		struct voucher bad = *v;

		bad.signature[64] = (uint8_t)byte;
		CHECK_EQUAL(voucher_signer(&signer, &bad), STATUS_BAD_SIGNATURE, "v above 3");
	}
	CHECK(address_is_none(&signer), "the signer is untouched on failure");
}

static void check_signing(void)
{
	struct key key;
	struct voucher v, bls;
	struct address ours, signer = {0};
	uint8_t seed[KEY_SECRET_SIZE] = {7};

	CHECK_EQUAL(key_from_seed(&key, seed), STATUS_OK, "a key");
	ours = address_of_key(key.public);
	make(&v, &key);
	CHECK_EQUAL(voucher_signer(&signer, &v), STATUS_OK, "the signature recovers");
	CHECK(address_equal(&signer, &ours), "to our address");
	check_flips(&v, &ours);
	check_bad_signatures(&v);
	bls = v;
	bls.signature_type = SIGNATURE_BLS;
	CHECK_EQUAL(voucher_signer(&signer, &bls), STATUS_UNSUPPORTED, "BLS is not verified");
	key_release(&key);
}

static void check_merges(void)
{
	struct bytes in = {0}, merge = {0};
	struct voucher v;

	for (size_t n = VOUCHER_MERGES_MAX; n <= VOUCHER_MERGES_MAX + 1; n++) {
		size_t seen = 0;
		struct voucher_merge m;

		bytes_clear(&in);
		bytes_append(&in, ROW("\x8b" ADDR "\x00\x00\x40\xf6\x01\x02\x40\x00"));
		cbor_put_array(&in, n);
		for (size_t i = 0; i < n; i++) {
			cbor_put_array(&in, 2);
			cbor_put_uint(&in, i);
			cbor_put_uint(&in, 1000 + i);
		}
		cbor_put_null(&in);
		if (n > VOUCHER_MERGES_MAX) {
			CHECK_EQUAL(voucher_decode(&v, bytes_span(&in)), STATUS_TOO_LARGE, "one merge too many");
			continue;
		}
		CHECK_EQUAL(voucher_decode(&v, bytes_span(&in)), STATUS_OK, "as many merges as may be");
		for (; voucher_next_merge(&m, &v.merges); seen++)
			if (m.lane != seen || m.nonce != 1000 + seen)
				CHECK(0, "the merges come in order");
		CHECK_EQUAL(seen, n, "all of them");
	}
	bytes_release(&merge);
	bytes_release(&in);
}

static void check_text(void)
{
	static const struct {
		const char *tail;
		size_t cut;
		enum status want;
		const char *why;
	} texts[] = {
		{"", 0, STATUS_OK, "as Lotus prints it"},
		{"=", 0, STATUS_OK, "padded"},
		{"==", 0, STATUS_BAD_TEXT, "padded too much"},
		{"=\n", 0, STATUS_BAD_TEXT, "a newline behind"},
		{"", 2, STATUS_BAD_TEXT, "a letter over"},
		{"", 3, STATUS_TRUNCATED, "bytes short"},
		{"A", 0, STATUS_TRAILING, "bytes more"},
	};
	struct key key;
	struct voucher v, parsed;
	struct bytes raw = {0}, text = {0}, owned = {0}, again = {0};
	uint8_t seed[KEY_SECRET_SIZE] = {9};

	CHECK_EQUAL(key_from_seed(&key, seed), STATUS_OK, "a key");
	make(&v, &key);
	voucher_write(&raw, &v);
	CHECK_EQUAL(raw.len % 3, 2, "so that one '=' is the right padding");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		bytes_clear(&text);
		bytes_clear(&owned);
		bytes_clear(&again);
		base_encode(&text, BASE64URL, bytes_span(&raw));
		text.len -= texts[i].cut;
		bytes_append_text(&text, texts[i].tail);
		bytes_append_text(&owned, "before");
		CHECK_EQUAL(voucher_parse(&parsed, &owned, bytes_span(&text)), texts[i].want, texts[i].why);
		if (texts[i].want != STATUS_OK) {
			CHECK_EQUAL(owned.len, 6, "what is owned is untouched on failure");
			continue;
		}
		voucher_write(&again, &parsed);
		CHECK(span_equal(bytes_span(&again), bytes_span(&raw)), "the text is the voucher");
	}
	CHECK_EQUAL(voucher_parse(&parsed, &owned, span_text("")), STATUS_TRUNCATED, "an empty text is no voucher");
	key_release(&key);
	bytes_release(&again);
	bytes_release(&owned);
	bytes_release(&text);
	bytes_release(&raw);
}

int main(void)
{
	check_rows();
	check_signing();
	check_merges();
	check_text();
	return test_end();
}
