/* messages.c - every recorded chain message is made again from its fields, byte for byte, with its CIDs and signature.
 * usage: messages VECTORS
 */
#include "../support/test.h"
#include "../support/vectors.h"

#include "wire/message.h"

static struct address address(json_t *row, const char *field)
{
	struct address a = {0};

	CHECK_EQUAL(address_parse(&a, NULL, span_text(vectors_text(row, field))), STATUS_OK, field);
	return a;
}

static struct amount amount(json_t *row, const char *field)
{
	struct amount a = amount_zero();

	CHECK_EQUAL(amount_from_decimal(&a, vectors_text(row, field)), STATUS_OK, field);
	return a;
}

static json_int_t number(json_t *row, const char *field)
{
	return json_integer_value(json_object_get(row, field));
}

static void check_cid(const struct cid *got, json_t *row, const char *field)
{
	char text[CID_TEXT_MAX];

	CHECK_TEXT(cid_text(text, got), vectors_text(row, field), field);
}

/* The parameters are taken apart and made again. */
static void make_params(struct bytes *params, json_t *row, struct span recorded)
{
	struct address from, to, want;
	struct cid code = {0}, known = paych_code();
	struct voucher v;
	struct span secret;
	const char *name = vectors_text(row, "name");

	if (strcmp(name, "create") == 0) {
		CHECK_EQUAL(create_params_decode(&code, &from, &to, recorded), STATUS_OK,
			"the parameters of create decode");
		CHECK(cid_equal(&code, &known), "the actor is a payment channel");
		want = address(row, "from");
		CHECK(address_equal(&from, &want), "the payer is the sender");
		want = address(row, "payee");
		CHECK(address_equal(&to, &want), "the payee is the recorded one");
		create_params(params, &code, &from, &to);
	} else if (strcmp(name, "update") == 0) {
		CHECK_EQUAL(update_params_decode(&v, &secret, recorded), STATUS_OK, "the parameters of update decode");
		update_params(params, &v, secret);
	}
}

static struct message make(json_t *row, struct span params)
{
	return (struct message){
		.to = address(row, "to"),
		.from = address(row, "from"),
		.nonce = (uint64_t)number(row, "nonce"),
		.value = amount(row, "value"),
		.gas_limit = number(row, "gas_limit"),
		.gas_fee_cap = amount(row, "gas_fee_cap"),
		.gas_premium = amount(row, "gas_premium"),
		.method = (uint64_t)number(row, "method"),
		.params = params,
	};
}

static void check_signed(json_t *row, const struct message *m)
{
	struct bytes secret = {0}, out = {0}, again = {0};
	struct signed_message s, back;
	struct key key = {0};
	struct cid cid = {0};

	vectors_hex(&secret, vectors_text(row, "key"));
	CHECK_EQUAL(key_import(&key, secret.data), STATUS_OK, "the key is one");
	if (CHECK_EQUAL(message_sign(&s, m, &key), STATUS_OK, "signing works")) {
		signed_message_encode(&out, &s);
		CHECK(vectors_bytes_equal(bytes_span(&out), vectors_text(row, "signed_cbor")),
			"the signed message is the same");
		CHECK_EQUAL(signed_message_cid(&cid, &s), STATUS_OK, "it has a CID");
		check_cid(&cid, row, "signed_cid");
		CHECK_EQUAL(signed_message_verify(&s), STATUS_OK, "the signature is the sender's");
		CHECK_EQUAL(signed_message_decode(&back, bytes_span(&out)), STATUS_OK, "it decodes");
		signed_message_encode(&again, &back);
		CHECK(span_equal(bytes_span(&again), bytes_span(&out)), "and encodes back");
	}
	key_release(&key);
	bytes_release(&again);
	bytes_release(&out);
	bytes_release(&secret);
}

static void check_row(json_t *row)
{
	struct bytes params = {0}, recorded = {0}, out = {0};
	struct message m;
	struct cid cid = {0};

	vectors_hex(&recorded, vectors_text(row, "params"));
	make_params(&params, row, bytes_span(&recorded));
	CHECK(span_equal(bytes_span(&params), bytes_span(&recorded)), "the parameters are the same");
	m = make(row, bytes_span(&params));
	message_encode(&out, &m);
	CHECK(vectors_bytes_equal(bytes_span(&out), vectors_text(row, "cbor")), "the message is the same");
	CHECK_EQUAL(message_cid(&cid, &m), STATUS_OK, "it has a CID");
	check_cid(&cid, row, "cid");
	check_signed(row, &m);
	bytes_release(&out);
	bytes_release(&recorded);
	bytes_release(&params);
}

int main(int argc, char **argv)
{
	json_t *rows = argc > 1 ? vectors_load(argv[1], "codec/chain-messages.json") : NULL, *row;
	size_t i;

	json_array_foreach(rows, i, row) check_row(row);
	json_decref(rows);
	return test_end();
}
