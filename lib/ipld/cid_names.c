/* cid_names.c - the names of the codecs and hash functions in CIDs.
 *
 * Knows the common names, so that a message about an unreadable block can name
 * its codec or hash; knows only names.
 *
 * Source: https://github.com/multiformats/multicodec/blob/master/table.csv
 */
#include <stdio.h>

#include "ipld/cid.h"

struct name {
	uint32_t number;
	const char *text;
};

static const struct name hashes[] = {
	{HASH_IDENTITY, "identity"},
	{0x11, "sha1"},
	{HASH_SHA2_256, "sha2-256"},
	{0x13, "sha2-512"},
	{0x14, "sha3-512"},
	{0x15, "sha3-384"},
	{0x16, "sha3-256"},
	{0x17, "sha3-224"},
	{0x1a, "keccak-224"},
	{0x1b, "keccak-256"},
	{0x1d, "keccak-512"},
	{0x1e, "blake3"},
	{0x20, "sha2-384"},
	{0x22, "murmur3-x64-64"},
	{0x56, "dbl-sha2-256"},
	{0xd5, "md5"},
	{HASH_FIL_UNSEALED, "sha2-256-trunc254-padded"},
	{0x1053, "ripemd-160"},
	{0xb214, "blake2b-160"},
	{HASH_BLAKE2B_256, "blake2b-256"},
	{0xb240, "blake2b-512"},
	{0xb260, "blake2s-256"},
	{HASH_FIL_SEALED, "poseidon-bls12_381-a2-fc1"},
};

static const struct name codecs[] = {
	{0x51, "cbor"},
	{CODEC_RAW, "raw"},
	{CODEC_DAG_PB, "dag-pb"},
	{CODEC_DAG_CBOR, "dag-cbor"},
	{0x72, "libp2p-key"},
	{0x78, "git-raw"},
	{0x85, "dag-jose"},
	{0x90, "eth-block"},
	{0x0129, "dag-json"},
	{0x0200, "json"},
	{0x0202, "car"},
	{CODEC_FIL_UNSEALED, "fil-commitment-unsealed"},
	{CODEC_FIL_SEALED, "fil-commitment-sealed"},
};

static const char *find(const struct name *names, size_t count, uint32_t number)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].number == number)
			return names[i].text;
	return NULL;
}

static char *text_of(char *text, const char *name, uint32_t number)
{
	snprintf(text, CID_NAME_MAX, name != NULL ? "%s (0x%x)" : "%s0x%x", name != NULL ? name : "", (unsigned)number);
	return text;
}

const char *cid_hash_name(uint32_t hash)
{
	return find(hashes, sizeof(hashes) / sizeof(hashes[0]), hash);
}

const char *cid_codec_name(uint32_t codec)
{
	return find(codecs, sizeof(codecs) / sizeof(codecs[0]), codec);
}

char *cid_hash_text(char *text, uint32_t hash)
{
	return text_of(text, cid_hash_name(hash), hash);
}

char *cid_codec_text(char *text, uint32_t codec)
{
	return text_of(text, cid_codec_name(codec), codec);
}
