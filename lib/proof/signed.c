/* signed.c - the bytes and the signature of a statement.
 *
 * Knows the kinds by their names.  Does not know what a body says.
 */
#include "proof/signed.h"

#include <string.h>

#define SIGNED_KEYS 4

static const char *const names[STATEMENT_KINDS] = {
	[STATEMENT_OFFER] = "retrieval offer v1",
	[STATEMENT_RECEIPT] = "retrieval receipt v1",
	[STATEMENT_BUNDLE] = "retrieval bundle v1",
};

/* Both are empty, or both have the form that named_ledger_is_valid() asks for. */
static const struct field named_ledger_fields[] = {
	{"genesis", FIELD_BYTES, offsetof(struct named_ledger, genesis), NULL, 0},
	{"network", FIELD_TEXT, offsetof(struct named_ledger, network), NULL, 0},
};
const struct record named_ledger_record = RECORD(named_ledger_fields);

const char *statement_name(enum statement_kind kind)
{
	return names[kind];
}

void statement_signing_bytes(struct bytes *out, enum statement_kind kind, struct span body)
{
	bytes_append_text(out, names[kind]);
	bytes_append_byte(out, '\n');
	bytes_append(out, body.data, body.len);
}

static enum status signing_digest(uint8_t digest[BLAKE2B_256_SIZE], enum statement_kind kind, struct span body)
{
	CLEAN_BYTES struct bytes b = {0};
	enum status s;

	statement_signing_bytes(&b, kind, body);
	s = bytes_status(&b);
	if (s != STATUS_OK)
		return s;
	blake2b(digest, BLAKE2B_256_SIZE, bytes_span(&b));
	return STATUS_OK;
}

void signed_encode(struct bytes *out, const struct signed_statement *statement)
{
	cbor_put_map(out, SIGNED_KEYS);
	cbor_put_text(out, "body");
	cbor_put_bytes(out, statement->body);
	cbor_put_text(out, "type");
	cbor_put_text(out, names[statement->kind]);
	cbor_put_text(out, "signer");
	address_write(out, &statement->signer);
	cbor_put_text(out, "signature");
	cbor_put_bytes(out, span_of(statement->signature, KEY_SIGNATURE_SIZE));
}

enum status statement_sign(struct bytes *out, enum statement_kind kind, struct span body, const struct key *key)
{
	struct signed_statement made = {.kind = kind, .body = body, .signer = address_of_key(key->public)};
	uint8_t digest[BLAKE2B_256_SIZE];
	enum status s = signing_digest(digest, kind, body);

	if (s != STATUS_OK)
		return s;
	s = key_sign(made.signature, key, digest);
	if (s != STATUS_OK)
		return s;
	signed_encode(out, &made);
	return bytes_status(out);
}

static enum statement_kind read_kind(struct cbor_reader *r)
{
	struct span name = cbor_read_text(r, RECORD_TEXT_MAX);

	for (enum statement_kind kind = 0; kind < STATEMENT_KINDS; kind++)
		if (span_is(name, names[kind]))
			return kind;
	cbor_fail(r, STATUS_UNKNOWN_TYPE);
	return STATEMENT_OFFER;
}

enum status signed_decode(struct signed_statement *statement, struct span in)
{
	struct cbor_reader r = cbor_reader(in);
	struct signed_statement local = {0};
	struct span signature;
	enum status s;

	cbor_expect_map(&r, SIGNED_KEYS);
	cbor_expect_key(&r, "body");
	local.body = cbor_read_bytes(&r, STATEMENT_BODY_MAX);
	cbor_expect_key(&r, "type");
	local.kind = read_kind(&r);
	cbor_expect_key(&r, "signer");
	address_read(&r, &local.signer);
	cbor_expect_key(&r, "signature");
	signature = cbor_read_bytes(&r, KEY_SIGNATURE_SIZE);
	s = cbor_end(&r);
	if (s != STATUS_OK)
		return s;
	if (signature.len != KEY_SIGNATURE_SIZE)
		return STATUS_BAD_VALUE;
	memcpy(local.signature, signature.data, KEY_SIGNATURE_SIZE);
	*statement = local;
	return STATUS_OK;
}

enum status signed_verify(const struct signed_statement *statement)
{
	uint8_t digest[BLAKE2B_256_SIZE], public[KEY_PUBLIC_SIZE];
	struct address recovered;
	enum status s;

	if (address_protocol(&statement->signer) == ADDRESS_BLS)
		return STATUS_UNSUPPORTED;
	s = signing_digest(digest, statement->kind, statement->body);
	if (s != STATUS_OK)
		return s;
	s = key_recover(public, statement->signature, digest);
	if (s != STATUS_OK)
		return s;
	recovered = address_of_key(public);
	return address_equal(&recovered, &statement->signer) ? STATUS_OK : STATUS_BAD_SIGNATURE;
}

struct named_ledger named_ledger_of(const struct ledger_id *id)
{
	if (id == NULL)
		return (struct named_ledger){0};
	return (struct named_ledger){.genesis = span_of(id->genesis, sizeof(id->genesis)),
		.network = span_text(id->network == NETWORK_TEST ? "t" : "f")};
}

bool named_ledger_is_valid(const struct named_ledger *named)
{
	if (named->genesis.len == 0)
		return named->network.len == 0;
	return named->genesis.len == LEDGER_GENESIS_SIZE &&
	       (span_is(named->network, "f") || span_is(named->network, "t"));
}

bool named_ledger_may_be(const struct named_ledger *a, const struct named_ledger *b)
{
	if (a->genesis.len == 0 || b->genesis.len == 0)
		return true;
	return span_equal(a->genesis, b->genesis) && span_equal(a->network, b->network);
}
