/* cid.h - content identifiers: CIDv0 and CIDv1. */
#ifndef IPLD_CID_H
#define IPLD_CID_H

#include <stdbool.h>

#include "base/bytes.h"

#define CID_DIGEST_MAX 128 /* the longest identity digest */
#define CID_MAX        144 /* bytes of the longest CID we accept */
#define CID_TEXT_MAX   240 /* bytes of its base32 text, with the final zero */
#define CID_NAME_MAX   48  /* bytes of the text of a hash or codec, with the final zero */

/* Codecs and hash functions, as in the multicodec table. */
enum cid_codec {
	CODEC_RAW = 0x55,
	CODEC_DAG_PB = 0x70,
	CODEC_DAG_CBOR = 0x71,
	CODEC_FIL_UNSEALED = 0xf101, /* piece commitments: never loaded */
	CODEC_FIL_SEALED = 0xf102,
};
enum cid_hash {
	HASH_IDENTITY = 0x00,
	HASH_SHA2_256 = 0x12,
	HASH_BLAKE2B_256 = 0xb220,
	HASH_FIL_UNSEALED = 0x1012, /* sha2-256-trunc254-padded: never computed */
	HASH_FIL_SEALED = 0xb401,   /* poseidon-bls12_381-a2-fc1: the same */
};

/**
 * struct cid - one CID by value; all zero is "no CID" (cid_is_none()).
 * A CID may name any codec and any hash. The loader of a block checks whether the block can be read.
 */
struct cid {
	uint8_t bytes[CID_MAX];
	uint8_t len;
	uint8_t version;    /* 0 or 1 */
	uint8_t digest_len; /* the digest is the last bytes of the CID */
	uint32_t codec;     /* enum cid_codec, or another number of the multicodec table */
	uint32_t hash;      /* enum cid_hash, or another */
};

bool cid_is_none(const struct cid *c);
bool cid_equal(const struct cid *a, const struct cid *b);
struct span cid_span(const struct cid *c);
struct span cid_digest(const struct cid *c);
/** cid_decode - read exactly one CID that fills @buf; BAD_CID for anything else (unknown version, a codec or hash above 32 bits, a digest above CID_DIGEST_MAX or of another length than its hash has, trailing bytes, non-minimal varints). */
MUST_CHECK enum status cid_decode(struct cid *c, struct span buf);
/** cid_decode_prefix - read one CID at the start of @buf; @used gets its length. For CAR sections. */
MUST_CHECK enum status cid_decode_prefix(struct cid *c, size_t *used, struct span buf);
/** cid_parse - read the text of a CID: v0 in base58, v1 in any multibase; BAD_CID for anything else. */
MUST_CHECK enum status cid_parse(struct cid *c, struct span text);
/** cid_text - write the usual text (v0 base58, v1 base32) to @text, of CID_TEXT_MAX bytes; returns @text. */
char *cid_text(char *text, const struct cid *c);
/** cid_of - the CID of @data under @version, @codec and @hash (TOO_LARGE for identity of too many bytes). UNKNOWN_HASH for a hash that is not computed here, BAD_CID for invalid parts. */
MUST_CHECK enum status cid_of(struct cid *c, unsigned version, uint32_t codec, uint32_t hash, struct span data);
/** cid_from_prefix - the CID of @data under a wire prefix (version, codec, hash, digest length as varints; 00 70 12 20 or 12 20 for v0), as in graphsync blocks. Hashes @data. BAD_CID also for a hash that is not computed here. */
MUST_CHECK enum status cid_from_prefix(struct cid *c, struct span prefix, struct span data);
/** cid_prefix - append the wire prefix of @c, as go-cid's Prefix().Bytes() (01 55 12 20; 00 70 12 20 for v0). */
void cid_prefix(struct bytes *out, const struct cid *c);
/** cid_verify - BAD_HASH unless @data hashes to @c; UNKNOWN_HASH for a hash that is not computed here. */
MUST_CHECK enum status cid_verify(const struct cid *c, struct span data);
/** cid_can_verify - true if the hash of @c is computed here. */
bool cid_can_verify(const struct cid *c);
/**
 * cid_twin - another CID of the same hash, and so for the same bytes: the twin number @n, from 0. CARs in the wild hold a
 * block under one name, and link to it by another: version 0 or 1, or another codec. False after the last twin.
 */
bool cid_twin(struct cid *twin, const struct cid *c, unsigned n);
/** cid_name_number - a number from 1 to CID_NAMES that tells @c from its twins; CID_NAMES for all uncommon codecs. */
unsigned cid_name_number(const struct cid *c);
#define CID_NAMES 5
/** cid_hash_text, cid_codec_text - the name and number of a hash or codec, "blake3 (0x1e)", to @text of CID_NAME_MAX bytes; return @text. */
char *cid_hash_text(char *text, uint32_t hash);
char *cid_codec_text(char *text, uint32_t codec);
/** cid_hash_name, cid_codec_name - the name in the multicodec table; NULL for an uncommon one. Static. */
const char *cid_hash_name(uint32_t hash);
const char *cid_codec_name(uint32_t codec);

#endif
