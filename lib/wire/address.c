/* address.c - Filecoin addresses, as bytes and as text.
 *
 * Knows the four protocols and the checksum of the text.  Does not know which
 * actor an address belongs to, and never verifies BLS.
 * Source: go-address v0.0.6; vectors/codec/addresses.json.
 */
#include "wire/address.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/multibase.h"
#include "base/varint.h"

#define BLS_SIZE      48
#define CHECKSUM_SIZE BLAKE2B_32_SIZE
#define ID_DIGITS_MAX 19 /* of INT64_MAX */

_Static_assert(ADDRESS_MAX == 1 + BLS_SIZE, "the longest address is a BLS key");

bool address_is_none(const struct address *a)
{
	return a->len == 0;
}

bool address_equal(const struct address *a, const struct address *b)
{
	return span_equal(address_span(a), address_span(b));
}

enum address_protocol address_protocol(const struct address *a)
{
	assert(!address_is_none(a));
	return (enum address_protocol)a->bytes[0];
}

bool address_is_key(const struct address *a)
{
	return !address_is_none(a) && (address_protocol(a) == ADDRESS_SECP256K1 || address_protocol(a) == ADDRESS_BLS);
}

struct span address_span(const struct address *a)
{
	return span_of(a->bytes, a->len);
}

static bool payload_is_valid(uint8_t protocol, struct span payload)
{
	uint64_t id;
	size_t used;

	switch (protocol) {
	case ADDRESS_ID:
		return varint_decode(&id, &used, payload.data, payload.len) == STATUS_OK && used == payload.len;
	case ADDRESS_SECP256K1:
	case ADDRESS_ACTOR:
		return payload.len == BLAKE2B_160_SIZE;
	case ADDRESS_BLS:
		return payload.len == BLS_SIZE;
	}
	return false;
}

static struct address address_of(enum address_protocol protocol, struct span payload)
{
	struct address a = {.bytes = {(uint8_t)protocol}, .len = (uint8_t)(1 + payload.len)};

	assert(payload.len <= sizeof(a.bytes) - 1);
	memcpy(a.bytes + 1, payload.data, payload.len);
	return a;
}

enum status address_decode(struct address *a, struct span buf)
{
	struct span payload;

	if (buf.len < 1)
		return STATUS_BAD_ADDRESS;
	payload = span_of(buf.data + 1, buf.len - 1);
	if (!payload_is_valid(buf.data[0], payload))
		return STATUS_BAD_ADDRESS;
	*a = address_of((enum address_protocol)buf.data[0], payload);
	return STATUS_OK;
}

/* Parse the digits of an id below 2^63, without leading zeros. */
static enum status parse_id(struct address *a, struct span digits)
{
	uint64_t id = 0;

	if (digits.len < 1 || digits.len > ID_DIGITS_MAX || (digits.data[0] == '0' && digits.len > 1))
		return STATUS_BAD_ADDRESS;
	for (size_t i = 0; i < digits.len; i++) {
		if (digits.data[i] < '0' || digits.data[i] > '9')
			return STATUS_BAD_ADDRESS;
		id = id * 10 + (uint64_t)(digits.data[i] - '0'); /* 19 digits fit 64 bits */
	}
	if (id > INT64_MAX)
		return STATUS_BAD_ADDRESS;
	*a = address_of_id(id);
	return STATUS_OK;
}

/* Parse payload and checksum in base32. */
static enum status parse_payload(struct address *a, uint8_t protocol, struct span text)
{
	uint8_t sum[CHECKSUM_SIZE];
	struct bytes raw = {0};
	struct address local;
	enum status s;

	if (text.len > ADDRESS_TEXT_MAX)
		return STATUS_BAD_ADDRESS;
	s = base_decode(&raw, BASE32, text);
	if (s != STATUS_OK) {
		s = s == STATUS_BAD_TEXT ? STATUS_BAD_ADDRESS : s;
		goto out;
	}
	s = STATUS_BAD_ADDRESS;
	if (raw.len < CHECKSUM_SIZE || !payload_is_valid(protocol, span_of(raw.data, raw.len - CHECKSUM_SIZE)))
		goto out;
	local = address_of((enum address_protocol)protocol, span_of(raw.data, raw.len - CHECKSUM_SIZE));
	blake2b(sum, sizeof(sum), address_span(&local));
	s = STATUS_BAD_CHECKSUM;
	if (memcmp(sum, raw.data + raw.len - CHECKSUM_SIZE, CHECKSUM_SIZE) != 0)
		goto out;
	*a = local;
	s = STATUS_OK;
out:
	bytes_release(&raw);
	return s;
}

enum status address_parse(struct address *a, enum network *network, struct span text)
{
	struct span rest;
	enum status s;

	if (text.len < 3 || (text.data[0] != NETWORK_MAIN && text.data[0] != NETWORK_TEST))
		return STATUS_BAD_ADDRESS;
	rest = span_of(text.data + 2, text.len - 2);
	if (text.data[1] == '0')
		s = parse_id(a, rest);
	else if (text.data[1] >= '1' && text.data[1] <= '3')
		s = parse_payload(a, (uint8_t)(text.data[1] - '0'), rest);
	else
		s = STATUS_BAD_ADDRESS;
	if (s == STATUS_OK && network)
		*network = (enum network)text.data[0];
	return s;
}

/* RFC 4648 base32 without a growing buffer, so that address_text() can't fail. */
static void put_base32(char *text, const uint8_t *data, size_t len)
{
	uint32_t window = 0;
	unsigned filled = 0;

	for (size_t i = 0; i < len; i++) {
		window = window << 8 | data[i];
		for (filled += 8; filled >= 5; filled -= 5)
			*text++ = "abcdefghijklmnopqrstuvwxyz234567"[window >> (filled - 5) & 31];
	}
	if (filled > 0)
		*text++ = "abcdefghijklmnopqrstuvwxyz234567"[window << (5 - filled) & 31];
	*text = 0;
}

char *address_text(char *text, const struct address *a, enum network network)
{
	uint8_t raw[ADDRESS_MAX + CHECKSUM_SIZE];
	uint64_t id = 0;
	size_t used;
	enum status s;

	if (address_protocol(a) == ADDRESS_ID) {
		s = varint_decode(&id, &used, a->bytes + 1, a->len - 1u);
		assert(s == STATUS_OK);
		(void)s;
		snprintf(text, ADDRESS_TEXT_MAX, "%c0%" PRIu64, network, id);
		return text;
	}
	memcpy(raw, a->bytes, a->len);
	blake2b(raw + a->len, CHECKSUM_SIZE, address_span(a));
	text[0] = (char)network;
	text[1] = (char)('0' + a->bytes[0]);
	put_base32(text + 2, raw + 1, a->len - 1u + CHECKSUM_SIZE);
	return text;
}

void address_read(struct cbor_reader *r, struct address *a)
{
	struct span buf = cbor_read_bytes(r, ADDRESS_MAX);
	enum status s;

	if (r->status != STATUS_OK)
		return;
	s = address_decode(a, buf);
	if (s != STATUS_OK)
		cbor_fail(r, s);
}

void address_write(struct bytes *b, const struct address *a)
{
	assert(!address_is_none(a));
	cbor_put_bytes(b, address_span(a));
}

struct address address_of_key(const uint8_t public[KEY_PUBLIC_SIZE])
{
	uint8_t hash[BLAKE2B_160_SIZE];

	blake2b(hash, sizeof(hash), span_of(public, KEY_PUBLIC_SIZE));
	return address_of(ADDRESS_SECP256K1, span_of(hash, sizeof(hash)));
}

struct address address_of_actor(struct span seed)
{
	uint8_t hash[BLAKE2B_160_SIZE];

	blake2b(hash, sizeof(hash), seed);
	return address_of(ADDRESS_ACTOR, span_of(hash, sizeof(hash)));
}

struct address address_of_id(uint64_t id)
{
	uint8_t varint[VARINT_MAX];

	assert(id <= INT64_MAX);
	return address_of(ADDRESS_ID, span_of(varint, varint_encode(varint, id)));
}

enum status address_id(uint64_t *id, const struct address *a)
{
	size_t used;

	if (address_is_none(a) || address_protocol(a) != ADDRESS_ID ||
		varint_decode(id, &used, a->bytes + 1, a->len - 1u) != STATUS_OK)
		return STATUS_BAD_ADDRESS;
	return STATUS_OK;
}
