/* cid.c - content identifiers, by the byte.
 *
 * Knows the layout of CIDv0 and CIDv1, and computes the few hash functions of
 * the field; refuses to decode blocks.  Links in the wild name other
 * codecs and hashes as well: these CIDs are accepted as data.
 *
 * Source: https://github.com/multiformats/cid
 */
#include "ipld/cid.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/multibase.h"
#include "base/varint.h"

#define DIGEST_SIZE 32 /* of every computed hash but identity */
#define V0_LEN      (2 + DIGEST_SIZE)
#define V0_TEXT_LEN 46
#define TEXT_MAX    512 /* more than the base 16 text of CID_MAX bytes */

_Static_assert(SHA256_SIZE == DIGEST_SIZE && BLAKE2B_256_SIZE == DIGEST_SIZE, "digests of one size");
_Static_assert(CID_MAX >= 1 + 5 + 5 + 2 + CID_DIGEST_MAX, "the longest CID fits");
_Static_assert(CID_TEXT_MAX >= 2 + (CID_MAX * 8 + 4) / 5, "and so does its text");
_Static_assert(CID_MAX <= UINT8_MAX, "its length fits a byte");

static const uint8_t v0_head[2] = {HASH_SHA2_256, DIGEST_SIZE};

/* Check the digest length: exact for hashes with one length, else only the limit. */
static bool digest_length_right(uint64_t hash, uint64_t len)
{
	switch (hash) {
	case HASH_SHA2_256:
	case HASH_BLAKE2B_256:
	case HASH_FIL_UNSEALED:
	case HASH_FIL_SEALED:
		return len == DIGEST_SIZE;
	}
	return len <= CID_DIGEST_MAX;
}

bool cid_is_none(const struct cid *c)
{
	return c->len == 0;
}

bool cid_equal(const struct cid *a, const struct cid *b)
{
	return span_equal(cid_span(a), cid_span(b));
}

struct span cid_span(const struct cid *c)
{
	return span_of(c->bytes, c->len);
}

struct span cid_digest(const struct cid *c)
{
	return span_of(c->bytes + c->len - c->digest_len, c->digest_len);
}

/* Make a CID from checked parts. */
static void compose(struct cid *c, unsigned version, uint32_t codec, uint32_t hash, struct span digest)
{
	struct cid made = {.version = (uint8_t)version, .codec = codec, .hash = hash};
	size_t n = 0;

	if (version == 1) {
		n = varint_encode(made.bytes, 1);
		n += varint_encode(made.bytes + n, codec);
	}
	n += varint_encode(made.bytes + n, hash);
	n += varint_encode(made.bytes + n, digest.len);
	assert(n + digest.len <= CID_MAX);
	if (digest.len > 0)
		memcpy(made.bytes + n, digest.data, digest.len);
	made.len = (uint8_t)(n + digest.len);
	made.digest_len = (uint8_t)digest.len;
	*c = made;
}

/* The parts of a CID before the digest. */
struct prefix {
	uint64_t version, codec, hash, digest_len;
};

/* Read a prefix from the front of @buf; BAD_CID for an invalid part. */
static enum status read_prefix(struct prefix *p, size_t *used, struct span buf)
{
	uint64_t *parts[] = {&p->version, &p->codec, &p->hash, &p->digest_len};
	size_t at = 0, n;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (at == buf.len || varint_decode(parts[i], &n, buf.data + at, buf.len - at) != STATUS_OK)
			return STATUS_BAD_CID;
		at += n;
	}
	if (p->codec > UINT32_MAX || p->hash > UINT32_MAX || !digest_length_right(p->hash, p->digest_len))
		return STATUS_BAD_CID;
	*used = at;
	return STATUS_OK;
}

enum status cid_decode_prefix(struct cid *c, size_t *used, struct span buf)
{
	struct prefix p;
	size_t at;

	if (buf.len >= sizeof(v0_head) && memcmp(buf.data, v0_head, sizeof(v0_head)) == 0) {
		if (buf.len < V0_LEN)
			return STATUS_BAD_CID;
		compose(c, 0, CODEC_DAG_PB, HASH_SHA2_256, span_of(buf.data + sizeof(v0_head), DIGEST_SIZE));
		*used = V0_LEN;
		return STATUS_OK;
	}
	if (read_prefix(&p, &at, buf) != STATUS_OK || p.version != 1 || p.digest_len > buf.len - at)
		return STATUS_BAD_CID;
	compose(c, 1, (uint32_t)p.codec, (uint32_t)p.hash, span_of(buf.data + at, (size_t)p.digest_len));
	*used = at + (size_t)p.digest_len;
	return STATUS_OK;
}

enum status cid_decode(struct cid *c, struct span buf)
{
	struct cid got;
	size_t used;

	if (cid_decode_prefix(&got, &used, buf) != STATUS_OK || used != buf.len)
		return STATUS_BAD_CID;
	*c = got;
	return STATUS_OK;
}

enum status cid_parse(struct cid *c, struct span text)
{
	struct bytes raw = {0};
	bool v0 = text.len == V0_TEXT_LEN && memcmp(text.data, "Qm", 2) == 0;
	struct cid got;
	enum status s;

	if (text.len == 0 || text.len > TEXT_MAX)
		return STATUS_BAD_CID;
	s = v0 ? base_decode(&raw, BASE58, text) : multibase_decode(&raw, text);
	if (s == STATUS_OK)
		s = cid_decode(&got, bytes_span(&raw));
	/* A CIDv0 has no multibase form: go-cid refuses that form, so that each CIDv0 has one text. */
	if (s == STATUS_OK && (got.version == 0) == v0)
		*c = got;
	else if (s != STATUS_NO_MEMORY)
		s = STATUS_BAD_CID;
	bytes_release(&raw);
	return s;
}

char *cid_text(char *text, const struct cid *c)
{
	struct bytes out = {0};

	if (c->version == 1)
		bytes_append_byte(&out, 'b');
	base_encode(&out, c->version == 0 ? BASE58 : BASE32, cid_span(c));
	assert(out.len < CID_TEXT_MAX);
	memcpy(text, bytes_text(&out), out.failed ? 1 : out.len + 1);
	bytes_release(&out);
	return text;
}

/* Hash @data into @digest, of CID_DIGEST_MAX bytes; UNKNOWN_HASH for a hash that is not computed here. */
static enum status digest_of(uint8_t *digest, size_t *len, uint32_t hash, struct span data)
{
	*len = DIGEST_SIZE;
	switch (hash) {
	case HASH_SHA2_256:
		sha256(digest, data);
		return STATUS_OK;
	case HASH_BLAKE2B_256:
		blake2b(digest, BLAKE2B_256_SIZE, data);
		return STATUS_OK;
	case HASH_IDENTITY:
		if (data.len > CID_DIGEST_MAX)
			return STATUS_TOO_LARGE;
		if (data.len > 0)
			memcpy(digest, data.data, data.len);
		*len = data.len;
		return STATUS_OK;
	}
	return STATUS_UNKNOWN_HASH;
}

enum status cid_of(struct cid *c, unsigned version, uint32_t codec, uint32_t hash, struct span data)
{
	uint8_t digest[CID_DIGEST_MAX];
	size_t len;
	enum status s;

	if (version > 1)
		return STATUS_BAD_CID;
	if (version == 0 && (codec != CODEC_DAG_PB || hash != HASH_SHA2_256))
		return STATUS_BAD_CID;
	s = digest_of(digest, &len, hash, data);
	if (s != STATUS_OK)
		return s;
	compose(c, version, codec, hash, span_of(digest, len));
	return STATUS_OK;
}

enum status cid_from_prefix(struct cid *c, struct span prefix, struct span data)
{
	struct prefix p;
	size_t used;

	if (prefix.len == sizeof(v0_head) && memcmp(prefix.data, v0_head, sizeof(v0_head)) == 0)
		return cid_of(c, 0, CODEC_DAG_PB, HASH_SHA2_256, data);
	if (read_prefix(&p, &used, prefix) != STATUS_OK || used != prefix.len || p.version > 1)
		return STATUS_BAD_CID;
	if (p.hash == HASH_IDENTITY && p.digest_len != data.len)
		return STATUS_BAD_CID;
	if (cid_of(c, (unsigned)p.version, (uint32_t)p.codec, (uint32_t)p.hash, data) != STATUS_OK)
		return STATUS_BAD_CID;
	return STATUS_OK;
}

void cid_prefix(struct bytes *out, const struct cid *c)
{
	varint_append(out, c->version);
	varint_append(out, c->codec);
	varint_append(out, c->hash);
	varint_append(out, c->digest_len);
}

bool cid_can_verify(const struct cid *c)
{
	return c->hash == HASH_SHA2_256 || c->hash == HASH_BLAKE2B_256 || c->hash == HASH_IDENTITY;
}

enum status cid_verify(const struct cid *c, struct span data)
{
	uint8_t digest[CID_DIGEST_MAX];
	size_t len;
	enum status s;

	if (cid_is_none(c))
		return STATUS_BAD_HASH;
	s = digest_of(digest, &len, c->hash, data);
	if (s == STATUS_UNKNOWN_HASH)
		return s;
	if (s != STATUS_OK)
		return STATUS_BAD_HASH;
	return span_equal(span_of(digest, len), cid_digest(c)) ? STATUS_OK : STATUS_BAD_HASH;
}

/* The names that CARs in the wild give to one block. */
static const struct name {
	unsigned version;
	uint32_t codec;
} names[] = {{1, CODEC_DAG_PB}, {1, CODEC_RAW}, {1, CODEC_DAG_CBOR}, {0, CODEC_DAG_PB}};

#define NAMES (sizeof(names) / sizeof(names[0]))

static bool has_name(const struct cid *c, const struct name *name)
{
	return c->version == name->version && c->codec == name->codec;
}

bool cid_twin(struct cid *twin, const struct cid *c, unsigned n)
{
	bool has_v0 = c->hash == HASH_SHA2_256 && c->digest_len == 32;

	for (size_t i = 0; i < NAMES; i++) {
		if (has_name(c, &names[i]) || (names[i].version == 0 && !has_v0) || n-- != 0)
			continue;
		compose(twin, names[i].version, names[i].codec, c->hash, cid_digest(c));
		return true;
	}
	return false;
}

unsigned cid_name_number(const struct cid *c)
{
	unsigned n = 0;

	while (n < NAMES && !has_name(c, &names[n]))
		n++;
	return n + 1;
}
