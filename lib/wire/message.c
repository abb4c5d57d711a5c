/* message.c - chain messages, signed and not, and the parameters of the payment channel's methods.
 *
 * Knows the bytes.  Does not check nonces, gas prices or the state of any actor:
 * the ledger does.
 */
#include "wire/message.h"

#include <assert.h>
#include <string.h>

#include "wire/record.h"

#define ROW(kind, member)                                                                                              \
	{                                                                                                              \
		NULL, kind, offsetof(struct message, member), NULL, 0                                                  \
	}

#define PAYCH_CODE "fil/5/paymentchannel"

static const struct field message_fields[] = {
	ROW(FIELD_UINT, version),
	ROW(FIELD_ADDRESS, to),
	ROW(FIELD_ADDRESS, from),
	ROW(FIELD_UINT, nonce),
	ROW(FIELD_AMOUNT, value),
	ROW(FIELD_INT, gas_limit),
	ROW(FIELD_AMOUNT, gas_fee_cap),
	ROW(FIELD_AMOUNT, gas_premium),
	ROW(FIELD_UINT, method),
	ROW(FIELD_BYTES, params),
};
static const struct record message_record = TUPLE(message_fields);

static void message_read(struct cbor_reader *r, struct message *m)
{
	record_read(r, &message_record, m, RECORD_DECLARED);
	if (m->version != 0)
		cbor_fail(r, STATUS_BAD_VALUE);
}

void message_encode(struct bytes *b, const struct message *m)
{
	record_write(b, &message_record, m, RECORD_DECLARED);
}

/* The CID of @encoded, which is then released. */
static enum status cid_of_encoded(struct cid *c, struct bytes *encoded)
{
	enum status s = bytes_status(encoded);

	if (s == STATUS_OK)
		s = cid_of(c, 1, CODEC_DAG_CBOR, HASH_BLAKE2B_256, bytes_span(encoded));
	bytes_release(encoded);
	return s;
}

enum status message_cid(struct cid *c, const struct message *m)
{
	struct bytes b = {0};

	message_encode(&b, m);
	return cid_of_encoded(c, &b);
}

/* The digest that a signature covers: blake2b-256 of the bytes of the message's CID. */
static enum status signing_digest(uint8_t digest[BLAKE2B_256_SIZE], const struct message *m)
{
	struct cid cid;
	enum status s = message_cid(&cid, m);

	if (s != STATUS_OK)
		return s;
	blake2b(digest, BLAKE2B_256_SIZE, cid_span(&cid));
	return STATUS_OK;
}

enum status message_sign(struct signed_message *out, const struct message *m, const struct key *key)
{
	struct signed_message local = {.message = *m, .signature_type = SIGNATURE_SECP256K1};
	uint8_t digest[BLAKE2B_256_SIZE];
	enum status s = signing_digest(digest, m);

	if (s != STATUS_OK)
		return s;
	s = key_sign(local.signature, key, digest);
	if (s != STATUS_OK)
		return s;
	*out = local;
	return STATUS_OK;
}

enum status signed_message_decode(struct signed_message *out, struct span in)
{
	struct cbor_reader r = cbor_reader(in);
	struct signed_message local = {0};
	enum status s;

	cbor_expect_array(&r, 2);
	message_read(&r, &local.message);
	signature_read(&r, &local.signature_type, local.signature);
	if (local.signature_type == SIGNATURE_NONE)
		cbor_fail(&r, STATUS_BAD_VALUE);
	s = cbor_end(&r);
	if (s != STATUS_OK)
		return s;
	*out = local;
	return STATUS_OK;
}

void signed_message_encode(struct bytes *b, const struct signed_message *m)
{
	assert(m->signature_type != SIGNATURE_NONE);
	cbor_put_array(b, 2);
	message_encode(b, &m->message);
	signature_write(b, m->signature_type, m->signature);
}

enum status signed_message_cid(struct cid *c, const struct signed_message *m)
{
	struct bytes b = {0};

	if (m->signature_type == SIGNATURE_BLS)
		return message_cid(c, &m->message);
	signed_message_encode(&b, m);
	return cid_of_encoded(c, &b);
}

enum status signed_message_verify(const struct signed_message *m)
{
	uint8_t digest[BLAKE2B_256_SIZE], public[KEY_PUBLIC_SIZE];
	struct address signer;
	enum status s;

	if (m->signature_type == SIGNATURE_BLS)
		return STATUS_UNSUPPORTED;
	if (m->signature_type != SIGNATURE_SECP256K1)
		return STATUS_BAD_SIGNATURE;
	s = signing_digest(digest, &m->message);
	if (s != STATUS_OK)
		return s;
	s = key_recover(public, m->signature, digest);
	if (s != STATUS_OK)
		return s;
	signer = address_of_key(public);
	return address_equal(&signer, &m->message.from) ? STATUS_OK : STATUS_BAD_SIGNATURE;
}

struct cid paych_code(void)
{
	struct cid code;
	enum status s = cid_of(&code, 1, CODEC_RAW, HASH_IDENTITY, span_text(PAYCH_CODE));

	assert(s == STATUS_OK);
	(void)s;
	return code;
}

/* Read two addresses, the whole of @in. */
static enum status read_pair(struct address *first, struct address *second, struct span in)
{
	struct cbor_reader r = cbor_reader(in);
	struct address one, other;
	enum status s;

	cbor_expect_array(&r, 2);
	address_read(&r, &one);
	address_read(&r, &other);
	s = cbor_end(&r);
	if (s != STATUS_OK)
		return s;
	*first = one;
	*second = other;
	return STATUS_OK;
}

static void write_pair(struct bytes *b, const struct address *first, const struct address *second)
{
	cbor_put_array(b, 2);
	address_write(b, first);
	address_write(b, second);
}

void create_params(struct bytes *b, const struct cid *code, const struct address *from, const struct address *to)
{
	CLEAN_BYTES struct bytes constructor = {0};

	write_pair(&constructor, from, to);
	cbor_put_array(b, 2);
	cbor_put_link(b, code);
	cbor_put_bytes(b, bytes_span(&constructor));
	b->failed = b->failed || constructor.failed;
}

enum status create_params_decode(struct cid *code, struct address *from, struct address *to, struct span in)
{
	struct cbor_reader r = cbor_reader(in);
	struct cid actor = {0};
	struct span constructor;
	enum status s;

	cbor_expect_array(&r, 2);
	cbor_read_link(&r, &actor);
	constructor = cbor_read_bytes(&r, RECORD_TEXT_MAX);
	s = cbor_end(&r);
	if (s != STATUS_OK)
		return s;
	s = read_pair(from, to, constructor);
	if (s != STATUS_OK)
		return s;
	*code = actor;
	return STATUS_OK;
}

void create_return(struct bytes *b, const struct address *id, const struct address *robust)
{
	write_pair(b, id, robust);
}

enum status create_return_decode(struct address *id, struct address *robust, struct span in)
{
	return read_pair(id, robust, in);
}

enum status message_created(struct address *out, const struct message *m)
{
	CLEAN_BYTES struct bytes seed = {0};
	enum status s;

	address_write(&seed, &m->from);
	bytes_append_number(&seed, m->nonce);
	bytes_append_number(&seed, 0); /* actors that the message has made before */
	s = bytes_status(&seed);
	if (s != STATUS_OK)
		return s;
	*out = address_of_actor(bytes_span(&seed));
	return STATUS_OK;
}

bool message_creates(const struct message *m)
{
	struct address init = address_of_id(ADDRESS_INIT_ACTOR_ID);

	return m->method == METHOD_INIT_EXEC && address_equal(&m->to, &init);
}

const char *message_name(const struct message *m)
{
	if (message_creates(m))
		return "create";
	if (address_is_none(&m->to) || address_protocol(&m->to) != ADDRESS_ACTOR)
		return "send";
	switch (m->method) {
	case METHOD_SEND:
		return "add-funds";
	case METHOD_PAYCH_UPDATE:
		return "update";
	case METHOD_PAYCH_SETTLE:
		return "settle";
	case METHOD_PAYCH_COLLECT:
		return "collect";
	}
	return "send";
}

bool message_fee(struct amount *fee, const struct message *m)
{
	return m->gas_limit >= 0 && amount_mul_bytes(fee, &m->gas_fee_cap, (uint64_t)m->gas_limit);
}

bool message_fee_now(struct amount *fee, const struct message *m, const struct amount *base_fee)
{
	struct amount price;

	if (m->gas_limit < 0 || !amount_add(&price, base_fee, &m->gas_premium))
		return false;
	if (amount_cmp(&price, &m->gas_fee_cap) > 0)
		price = m->gas_fee_cap;
	return amount_mul_bytes(fee, &price, (uint64_t)m->gas_limit);
}

bool message_cost(struct amount *cost, const struct message *m)
{
	struct amount fee;

	return message_fee(&fee, m) && amount_add(cost, &m->value, &fee);
}

bool message_same_call(const struct message *a, const struct message *b)
{
	return a->version == b->version && address_equal(&a->to, &b->to) && address_equal(&a->from, &b->from) &&
	       a->nonce == b->nonce && amount_cmp(&a->value, &b->value) == 0 && a->method == b->method &&
	       span_equal(a->params, b->params);
}

bool message_least_premium(struct amount *least, const struct amount *old)
{
	struct amount one = amount_u64(1), raised;

	if (!amount_mul_bytes(&raised, old, 110))
		return false;
	raised = amount_divide(&raised, 100);
	return amount_add(least, &raised, &one);
}

void update_params(struct bytes *b, const struct voucher *v, struct span secret)
{
	assert(secret.len <= VOUCHER_SECRET_MAX);
	cbor_put_array(b, 2);
	voucher_write(b, v);
	cbor_put_bytes(b, secret);
}

enum status update_params_decode(struct voucher *v, struct span *secret, struct span in)
{
	struct cbor_reader r = cbor_reader(in);
	struct voucher local = {0};
	struct span hidden;
	enum status s;

	cbor_expect_array(&r, 2);
	voucher_read(&r, &local);
	hidden = cbor_read_bytes(&r, VOUCHER_SECRET_MAX);
	s = cbor_end(&r);
	if (s != STATUS_OK)
		return s;
	*v = local;
	*secret = hidden;
	return STATUS_OK;
}
