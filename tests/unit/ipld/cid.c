/* cid.c - CIDs: what decodes, and all that must not. */
#include "../../support/test.h"

#include "../../support/hex.h"
#include "ipld/cid.h"

#define D16  "11111111111111111111111111111111"
#define D32  D16 D16
#define D128 D32 D32 D32 D32

static const struct {
	const char *hex;
	enum status want;
	const char *why;
} rows[] = {
	{"1220" D32, STATUS_OK, "a v0"},
	{"01701220" D32, STATUS_OK, "a dag-pb v1"},
	{"01551220" D32, STATUS_OK, "a raw v1"},
	{"01711220" D32, STATUS_OK, "a dag-cbor v1"},
	{"0155a0e40220" D32, STATUS_OK, "blake2b-256"},
	{"0181e203922020" D32, STATUS_OK, "a piece commitment"},
	{"01550000", STATUS_OK, "an empty identity"},
	{"0155008001" D128, STATUS_OK, "an identity of 128 bytes"},
	{"", STATUS_BAD_CID, "empty"},
	{"01", STATUS_BAD_CID, "a version alone"},
	{"0155", STATUS_BAD_CID, "cut before the hash"},
	{"015512", STATUS_BAD_CID, "cut before the digest's length"},
	{"01551220" D16, STATUS_BAD_CID, "cut inside the digest"},
	{"00551220" D32, STATUS_BAD_CID, "an explicit version 0"},
	{"02551220" D32, STATUS_BAD_CID, "version 2"},
	{"03551220" D32, STATUS_BAD_CID, "version 3"},
	{"1220" D16 "1111", STATUS_BAD_CID, "a short v0"},
	{"1220" D16 "111111111111111111111111111111", STATUS_BAD_CID, "a v0 of 33 bytes"},
	{"1220" D32 "11", STATUS_BAD_CID, "a v0 with a byte behind"},
	{"1221" D32 "11", STATUS_BAD_CID, "a v0 whose length is 33"},
	{"01551220" D32 "11", STATUS_BAD_CID, "a v1 with a byte behind"},
	{"01551210" D16, STATUS_BAD_CID, "a digest of 16 bytes"},
	{"01551221" D32 "11", STATUS_BAD_CID, "a digest of 33 bytes"},
	{"0155128101" D128 "11", STATUS_BAD_CID, "a digest of 129 bytes"},
	{"0155008101" D128 "11", STATUS_BAD_CID, "an identity of 129 bytes"},
	{"015500ffffffffffffffff7f", STATUS_BAD_CID, "a length near 2^63"},
	{"01551114" D16 "11111111", STATUS_OK, "sha1"},
	{"01551340" D32 D32, STATUS_OK, "sha2-512"},
	{"01551e20" D32, STATUS_OK, "blake3"},
	{"0155d50110" D16, STATUS_OK, "md5"},
	{"0155138001" D128, STATUS_OK, "a hash of 128 bytes"},
	{"01781220" D32, STATUS_OK, "git-raw"},
	{"01a9021220" D32, STATUS_OK, "dag-json"},
	{"01ffffffff0f1220" D32, STATUS_OK, "the last codec"},
	{"0180808080101220" D32, STATUS_BAD_CID, "a codec above 32 bits"},
	{"0155808080801020" D32, STATUS_BAD_CID, "a hash above 32 bits"},
	{"0155138101" D128 "11", STATUS_BAD_CID, "a digest of 129 bytes under another hash"},
	{"81001220" D32, STATUS_BAD_CID, "a long version"},
	{"01d5001220" D32, STATUS_BAD_CID, "a long codec"},
	{"0155920020" D32, STATUS_BAD_CID, "a long hash"},
	{"015512a000" D32, STATUS_BAD_CID, "a long length"},
	{"ffffffffffffffffffff01", STATUS_BAD_CID, "a varint past 64 bits"},
};

static void test_decode(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bytes in = hex_bytes(rows[i].hex), padded = hex_bytes(rows[i].hex);
		struct cid c = {0}, again;
		char text[CID_TEXT_MAX];
		size_t used;

		CHECK_EQUAL(cid_decode(&c, bytes_span(&in)), rows[i].want, rows[i].why);
		CHECK(rows[i].want == STATUS_OK || cid_is_none(&c), "a failure leaves the output alone");
		if (rows[i].want == STATUS_OK) {
			CHECK(span_equal(cid_span(&c), bytes_span(&in)), "what decodes encodes back");
			CHECK_EQUAL(cid_parse(&again, span_text(cid_text(text, &c))), STATUS_OK, "its text parses");
			CHECK(cid_equal(&c, &again), "to the same CID");
			bytes_append(&padded, "tail", 4);
			CHECK_EQUAL(
				cid_decode_prefix(&again, &used, bytes_span(&padded)), STATUS_OK, "more may follow");
			CHECK_EQUAL(used, in.len, "of which nothing is taken");
		}
		bytes_release(&padded);
		bytes_release(&in);
	}
}

#define EMPTY_RAW "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"

static void test_text(void)
{
	static const struct {
		const char *text;
		enum status want;
		const char *why;
	} texts[] = {
		{EMPTY_RAW, STATUS_OK, "base 32"},
		{"BAFKREIHDWDCEFGH4DQKJV67UZCMW7OJEE6XEDZDETOJUZJEVTENXQUVYKU", STATUS_OK, "upper case"},
		{"QmXw6e6zo6VsRY6c4nB7qv3pWY9b2rf1Dp9QjrwY1rhzQt", STATUS_OK, "a v0"},
		{"f01551220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", STATUS_OK, "base 16"},
		{"", STATUS_BAD_CID, "empty"},
		{"b", STATUS_BAD_CID, "a base alone"},
		{"x" EMPTY_RAW, STATUS_BAD_CID, "an unknown base"},
		{EMPTY_RAW "a", STATUS_BAD_CID, "a letter behind"},
		{EMPTY_RAW "\n", STATUS_BAD_CID, "a line's end behind"},
		{" " EMPTY_RAW, STATUS_BAD_CID, "a space before"},
		{"bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyk1", STATUS_BAD_CID, "a letter of no base"},
		{"bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyk", STATUS_BAD_CID, "a letter short"},
		{"QmXw6e6zo6VsRY6c4nB7qv3pWY9b2rf1Dp9QjrwY1rhzQ0", STATUS_BAD_CID, "a v0 with a letter of no base 58"},
		{"QmXw6e6zo6VsRY6c4nB7qv3pWY9b2rf1Dp9QjrwY1rhzQ", STATUS_BAD_CID, "a short v0"},
		{"zQmXw6e6zo6VsRY6c4nB7qv3pWY9b2rf1Dp9QjrwY1rhzQt", STATUS_BAD_CID, "a v0 behind a multibase letter"},
		{"/ipfs/" EMPTY_RAW, STATUS_BAD_CID, "a path"},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct cid c;

		CHECK_EQUAL(cid_parse(&c, span_text(texts[i].text)), texts[i].want, texts[i].why);
	}
}

static void test_hash(void)
{
	static const struct {
		const char *prefix, *data;
		enum status want;
		const char *why;
	} prefixes[] = {
		{"01551220", "", STATUS_OK, "raw"},
		{"1220", "x", STATUS_OK, "a v0, short"},
		{"00701220", "x", STATUS_OK, "a v0, as graphsync has it"},
		{"0155a0e40220", "x", STATUS_OK, "blake2b"},
		{"01550001", "x", STATUS_OK, "identity"},
		{"01550002", "x", STATUS_BAD_CID, "identity of another length"},
		{"00551220", "x", STATUS_BAD_CID, "a raw v0"},
		{"01551221", "x", STATUS_BAD_CID, "a digest of 33 bytes"},
		{"0155122000", "x", STATUS_BAD_CID, "a byte behind"},
		{"015512", "x", STATUS_BAD_CID, "cut"},
		{"", "x", STATUS_BAD_CID, "empty"},
		{"02551220", "x", STATUS_BAD_CID, "version 2"},
		{"0181e203922020", "x", STATUS_BAD_CID, "a hash that is never computed"},
		{"01551e20", "x", STATUS_BAD_CID, "blake3"},
	};
	struct cid c;
	char text[CID_TEXT_MAX];

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		struct bytes prefix = hex_bytes(prefixes[i].prefix);
		struct span data = span_text(prefixes[i].data);

		CHECK_EQUAL(cid_from_prefix(&c, bytes_span(&prefix), data), prefixes[i].want, prefixes[i].why);
		if (prefixes[i].want == STATUS_OK) {
			CHECK_EQUAL(cid_verify(&c, data), STATUS_OK, "the data is what the CID says");
			CHECK_EQUAL(cid_verify(&c, span_text("other")), STATUS_BAD_HASH, "other data is not");
		}
		bytes_release(&prefix);
	}
	CHECK_EQUAL(cid_of(&c, 1, CODEC_RAW, HASH_SHA2_256, span_of(NULL, 0)), STATUS_OK, "nothing has a CID too");
	CHECK_TEXT(cid_text(text, &c), EMPTY_RAW, "the known one");
	CHECK_EQUAL(cid_of(&c, 0, CODEC_RAW, HASH_SHA2_256, span_text("x")), STATUS_BAD_CID, "no raw v0");
	CHECK_EQUAL(cid_of(&c, 1, CODEC_RAW, HASH_FIL_SEALED, span_text("x")), STATUS_UNKNOWN_HASH, "no poseidon");
	CHECK_EQUAL(cid_of(&c, 1, 0x78, HASH_SHA2_256, span_text("x")), STATUS_OK, "any codec");
	c = (struct cid){0};
	CHECK(cid_is_none(&c), "all zero is no CID");
	CHECK_EQUAL(cid_verify(&c, span_text("")), STATUS_BAD_HASH, "and names no data");
}

static void test_names(void)
{
	struct bytes in = hex_bytes("01781e20" D32);
	char text[CID_NAME_MAX];
	struct cid c;

	CHECK_EQUAL(cid_decode(&c, bytes_span(&in)), STATUS_OK, "a git object under blake3");
	CHECK(!cid_can_verify(&c), "it can't be judged");
	CHECK_EQUAL(cid_verify(&c, span_text("x")), STATUS_UNKNOWN_HASH, "and that is said");
	CHECK_TEXT(cid_hash_text(text, c.hash), "blake3 (0x1e)", "its hash");
	CHECK_TEXT(cid_codec_text(text, c.codec), "git-raw (0x78)", "its codec");
	CHECK_TEXT(cid_codec_text(text, 0x999), "0x999", "a codec without a name here");
	bytes_release(&in);
}

static void test_twins(void)
{
	unsigned seen = 0, count = 0;
	struct cid c, twin, back;

	CHECK_EQUAL(cid_of(&c, 0, CODEC_DAG_PB, HASH_SHA2_256, span_text("x")), STATUS_OK, "a v0");
	for (unsigned n = 0; cid_twin(&twin, &c, n); n++, count++) {
		CHECK(!cid_equal(&twin, &c), "a twin has another name");
		CHECK_EQUAL(cid_verify(&twin, span_text("x")), STATUS_OK, "and the same bytes");
		CHECK_EQUAL(cid_decode(&back, cid_span(&twin)), STATUS_OK, "and reads back");
		seen |= 1u << cid_name_number(&twin);
	}
	CHECK_EQUAL(count, 3, "v1 as dag-pb, raw and dag-cbor");
	CHECK_EQUAL(seen | 1u << cid_name_number(&c), 0x1e, "each with a number of its own");
	CHECK_EQUAL(cid_of(&c, 1, CODEC_RAW, HASH_BLAKE2B_256, span_text("x")), STATUS_OK, "under blake2b");
	count = 0;
	while (cid_twin(&twin, &c, count))
		count++;
	CHECK_EQUAL(count, 2, "there is no v0");
}

int main(void)
{
	test_decode();
	test_text();
	test_hash();
	test_names();
	test_twins();
	return test_end();
}
