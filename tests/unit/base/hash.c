/* hash.c - sha2-256 and BLAKE2b, by the published vectors and Filecoin's use of them. */
#include "base/hash.h"
#include "base/multibase.h"

#include "../../support/test.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void check_hex(const uint8_t *digest, size_t len, const char *want, const char *why)
{
	struct bytes hex = {0};

	base_encode(&hex, BASE16, span_of(digest, len));
	CHECK_TEXT(bytes_text(&hex), want, why);
	bytes_release(&hex);
}

static void test_short(void)
{
	static const struct {
		const char *text;
		size_t size; /* of a BLAKE2b digest; 0 for sha2-256 */
		const char *want;
		const char *why;
	} rows[] = {
		{"abc", 0, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "FIPS 180-2, B.1"},
		{"", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "sha2-256 of nothing"},
		{"abc", 32, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319", "BLAKE2b-256"},
		{"", 32, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8", "BLAKE2b-256 of nothing"},
		{"abc", 20, "384264f676f39536840523f284921cdc68b6846b", "BLAKE2b-160"},
		{"abc", 4, "63906248", "BLAKE2b-32 is no cut of a longer one"},
		{"", 4, "1271cf25", "BLAKE2b-32 of nothing"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span in = rows[i].text[0] ? span_text(rows[i].text) : (struct span){0};
		uint8_t digest[32];

		if (rows[i].size == 0)
			sha256(digest, in);
		else
			blake2b(digest, rows[i].size, in);
		check_hex(digest, rows[i].size ? rows[i].size : SHA256_SIZE, rows[i].want, rows[i].why);
	}
}

static void test_long(void)
{
	static uint8_t data[200000];
	uint8_t digest[32];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i % 251);
	sha256(digest, span_of(data, sizeof(data)));
	check_hex(digest, 32, "e24bc62381f1224fbbb74688663f8f9743b9680b193edd666835e97b06e730eb", "sha2-256 in bulk");
	blake2b(digest, 32, span_of(data, sizeof(data)));
	check_hex(digest, 32, "04bb8ecaae05b9024a76314d4e774b4bda8ad4c662e5dc008764fc6c37284653", "BLAKE2b in bulk");
}

/* An address is "f", its protocol, and base 32 of payload and BLAKE2b-32 of protocol and payload. */
static void test_addresses(void)
{
	static const struct {
		const char *text, *hex;
	} rows[] = {
		{"f2obgp5osr2gq7vbny2n4xpewgf3phkxocbymy5kq", "02704cfeba51d1a1fa85b8d3797792c62ede755dc2"},
		{"f1egjhk3hfdmgs4jme3rjwdidnidhw5n4mvch3r5q", "012192756ce51b0d2e2584dc5361a06d40cf6eb78c"},
		{"f3ea2jbvifnsc2ft3lhus4kndhekwneqcezxghhbgv2j6bqwlms7gqarxi2bb4w4a6io6j4qfbuv5j6zex2iha",
			"03203490d5056c85a2cf6b3d25c5346722acd24044cdcc7384d5d27c18596c97cd0046e8d043cb701e43bc9e40a1a5"
			"7a9f"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes address = {0}, text = {0};
		uint8_t checksum[BLAKE2B_32_SIZE];

		CHECK_EQUAL(base_decode(&address, BASE16, span_text(rows[i].hex)), STATUS_OK, "the row is hex");
		blake2b(checksum, sizeof(checksum), bytes_span(&address));
		bytes_append(&address, checksum, sizeof(checksum));
		base_encode(&text, BASE32, span_of(address.data + 1, address.len - 1));
		CHECK_TEXT(bytes_text(&text), rows[i].text + 2, "the checksum is Filecoin's (addresses.json)");
		bytes_release(&address);
		bytes_release(&text);
	}
}

static void test_public_key(void)
{
	struct bytes public = {0};
	uint8_t digest[BLAKE2B_160_SIZE];

	CHECK_EQUAL(
		base_decode(&public, BASE16,
			span_text("0403e78b7730de8a201c1cc3d2328ee18c4e099043ebd5f9e09c38f4c0e90a08ed8920a959622f6c5f"
				  "b2ef237026696b205de5d4336f040820b1c3e475088d2295")),
		STATUS_OK, "the public key is hex");
	blake2b(digest, sizeof(digest), bytes_span(&public));
	check_hex(
		digest, sizeof(digest), "dc56e7da59adb9e0f4f4df8d24b8080b510c8245", "an f1 payload (deal-types.json)");
	bytes_release(&public);
}

int main(void)
{
	test_short();
	test_long();
	test_addresses();
	test_public_key();
	return test_end();
}
