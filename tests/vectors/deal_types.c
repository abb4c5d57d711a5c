/* deal_types.c - every recorded message of retrieval decodes to its fields and encodes back to its bytes.
 *
 * Each is also written sorted, as inside a graphsync extension, and read back.
 * usage: deal_types VECTORS
 */
#include "../support/test.h"
#include "../support/vectors.h"

#include <stdlib.h>

#include "wire/deal_types.h"
#include "wire/frame.h"

static json_t *selectors; /* name to bytes */

/* A number in JSON or, where 64 bits would not fit, in text. */
static uint64_t number(json_t *row, const char *field)
{
	json_t *value = json_object_get(row, field);

	return json_is_string(value) ? strtoull(json_string_value(value), NULL, 10)
				     : (uint64_t)json_integer_value(value);
}

static void check_number(uint64_t got, json_t *row, const char *field)
{
	if (!CHECK(got == number(row, field), "a number is the recorded one"))
		fprintf(stderr, "  it is %s\n", field);
}

static void check_amount(const struct amount *got, json_t *row, const char *field)
{
	char text[AMOUNT_TEXT_MAX];

	CHECK_TEXT(amount_decimal(text, got), vectors_text(row, field), field);
}

static void check_cid(const struct cid *got, json_t *row, const char *field)
{
	char text[CID_TEXT_MAX];

	if (json_is_null(json_object_get(row, field)))
		CHECK(cid_is_none(got), "null is no CID");
	else
		CHECK_TEXT(cid_text(text, got), vectors_text(row, field), field);
}

static void check_address(const struct address *got, json_t *row, const char *field)
{
	char text[ADDRESS_TEXT_MAX];

	CHECK_TEXT(address_text(text, got, NETWORK_MAIN), vectors_text(row, field), field);
}

static void check_selector(struct span got, json_t *row)
{
	const char *name = vectors_text(row, "Selector");
	json_t *selector;
	size_t i;

	if (json_is_null(json_object_get(row, "Selector"))) {
		CHECK_EQUAL(got.len, 0, "null is no selector");
		return;
	}
	json_array_foreach(selectors, i, selector)
	{
		if (strcmp(vectors_text(selector, "name"), name) == 0) {
			CHECK(vectors_bytes_equal(got, vectors_text(selector, "cbor")),
				"the selector is the recorded one");
			return;
		}
	}
	CHECK(0, "the selector has a known name");
}

static void check_extra(struct span got, json_t *fields)
{
	json_t *extra = json_object_get(fields, "Extra");
	struct cbor_reader r = cbor_reader(got);
	struct address actor;

	if (!extra) {
		CHECK_EQUAL(got.len, 0, "no Extra");
		return;
	}
	cbor_expect_array(&r, 3);
	address_read(&r, &actor);
	if (!CHECK_EQUAL(r.status, STATUS_OK, "Extra has an actor"))
		return;
	check_address(&actor, extra, "Actor");
	check_number(cbor_read_uint(&r), extra, "Method");
	CHECK(vectors_bytes_equal(cbor_read_bytes(&r, RECORD_TEXT_MAX), vectors_text(extra, "Data")), "Data");
	CHECK_EQUAL(cbor_end(&r), STATUS_OK, "Extra has nothing else");
}

static void check_merges(const struct voucher *v, json_t *fields)
{
	json_t *merges = json_object_get(fields, "Merges"), *merge;
	struct span left = v->merges;
	struct voucher_merge m;
	size_t i;

	CHECK_EQUAL(v->merge_count, json_array_size(merges), "as many merges as recorded");
	json_array_foreach(merges, i, merge)
	{
		if (!CHECK(voucher_next_merge(&m, &left), "there is another merge"))
			return;
		check_number(m.lane, merge, "Lane");
		check_number(m.nonce, merge, "Nonce");
	}
	CHECK(!voucher_next_merge(&m, &left), "there is no further merge");
}

/* The signature: what is signed, that our signature is the same one, and who made it. */
static void check_signature(const struct voucher *v, json_t *fields)
{
	struct bytes signing = {0}, secret = {0};
	struct voucher again = *v;
	struct address signer = {0};
	struct key key = {0};

	CHECK_EQUAL(v->signature_type, SIGNATURE_SECP256K1, "the signature is secp256k1");
	CHECK(vectors_bytes_equal(span_of(v->signature, KEY_SIGNATURE_SIZE), vectors_text(fields, "Signature")),
		"Signature");
	voucher_signing_bytes(&signing, v);
	CHECK(vectors_bytes_equal(bytes_span(&signing), vectors_text(fields, "signing_bytes")), "signing_bytes");
	CHECK_EQUAL(voucher_signer(&signer, v), STATUS_OK, "the signature recovers");
	check_address(&signer, fields, "signer_address");
	vectors_hex(&secret, vectors_text(fields, "signer_key"));
	CHECK_EQUAL(key_import(&key, secret.data), STATUS_OK, "the signer's key is one");
	CHECK(vectors_bytes_equal(span_of(key.public, KEY_PUBLIC_SIZE), vectors_text(fields, "signer_public_key")),
		"public");
	memset(again.signature, 0, sizeof(again.signature));
	again.signature_type = SIGNATURE_NONE;
	CHECK_EQUAL(voucher_signer(&signer, &again), STATUS_BAD_SIGNATURE, "an unsigned voucher has no signer");
	CHECK_EQUAL(voucher_sign(&again, &key), STATUS_OK, "signing works");
	CHECK(memcmp(again.signature, v->signature, SIGNATURE_MAX) == 0, "and gives the recorded signature");
	key_release(&key);
	bytes_release(&secret);
	bytes_release(&signing);
}

static void check_voucher(const struct voucher *v, json_t *fields)
{
	check_address(&v->channel, fields, "ChannelAddr");
	check_number((uint64_t)v->time_lock_min, fields, "TimeLockMin");
	check_number((uint64_t)v->time_lock_max, fields, "TimeLockMax");
	CHECK(vectors_bytes_equal(v->secret_hash, vectors_text(fields, "SecretPreimage")), "SecretPreimage");
	check_extra(v->extra, fields);
	check_number(v->lane, fields, "Lane");
	check_number(v->nonce, fields, "Nonce");
	check_amount(&v->amount, fields, "Amount");
	check_number((uint64_t)v->min_settle_height, fields, "MinSettleHeight");
	check_merges(v, fields);
	check_signature(v, fields);
}

static void check_same(struct span want, struct bytes *got)
{
	CHECK(span_equal(bytes_span(got), want), "it encodes back to the same bytes");
	bytes_release(got);
}

/* Either order reads back, and neither is taken for the other. */
static void check_orders(const struct record *rec, const void *in, struct span declared, void *scratch, size_t size)
{
	struct bytes sorted = {0}, back = {0};

	record_write(&sorted, rec, in, RECORD_SORTED);
	CHECK(!span_equal(bytes_span(&sorted), declared), "sorted is another order");
	CHECK_EQUAL(cbor_check(bytes_span(&sorted), CBOR_SORTED), STATUS_OK, "sorted is DAG-CBOR");
	CHECK_EQUAL(record_decode(scratch, size, rec, bytes_span(&sorted), RECORD_DECLARED), STATUS_BAD_KEY,
		"not declared");
	CHECK_EQUAL(record_decode(scratch, size, rec, declared, RECORD_SORTED), STATUS_BAD_KEY, "not sorted");
	if (CHECK_EQUAL(
		    record_decode(scratch, size, rec, bytes_span(&sorted), RECORD_SORTED), STATUS_OK, "it reads back"))
		record_write(&back, rec, scratch, RECORD_DECLARED);
	check_same(declared, &back);
	bytes_release(&sorted);
}

static void check_proposal(struct span in, json_t *fields)
{
	json_t *params = json_object_get(fields, "Params");
	struct bytes out = {0};
	struct proposal p, scratch;

	if (!CHECK_EQUAL(proposal_decode(&p, in, RECORD_DECLARED), STATUS_OK, "a proposal decodes"))
		return;
	check_cid(&p.payload, fields, "PayloadCID");
	check_number(p.id, fields, "ID");
	check_selector(p.params.selector, params);
	check_cid(&p.params.piece, params, "PieceCID");
	check_amount(&p.params.price_per_byte, params, "PricePerByte");
	check_number(p.params.payment_interval, params, "PaymentInterval");
	check_number(p.params.payment_interval_increase, params, "PaymentIntervalIncrease");
	check_amount(&p.params.unseal_price, params, "UnsealPrice");
	proposal_encode(&out, &p, RECORD_DECLARED);
	check_same(in, &out);
	check_orders(&proposal_record, &p, in, &scratch, sizeof(scratch));
}

static void check_response(struct span in, json_t *fields)
{
	struct bytes out = {0};
	struct response p, scratch;

	if (!CHECK_EQUAL(response_decode(&p, in, RECORD_DECLARED), STATUS_OK, "a response decodes"))
		return;
	check_number(p.status, fields, "Status");
	check_number(p.id, fields, "ID");
	check_amount(&p.owed, fields, "PaymentOwed");
	CHECK(span_is(p.message, vectors_text(fields, "Message")), "Message");
	response_encode(&out, &p, RECORD_DECLARED);
	check_same(in, &out);
	check_orders(&response_record, &p, in, &scratch, sizeof(scratch));
}

static void check_payment(struct span in, json_t *fields)
{
	struct bytes out = {0};
	struct payment p;

	if (!CHECK_EQUAL(payment_decode(&p, in, RECORD_DECLARED), STATUS_OK, "a payment decodes"))
		return;
	check_number(p.id, fields, "ID");
	check_address(&p.channel, fields, "PaymentChannel");
	check_voucher(&p.voucher, json_object_get(fields, "PaymentVoucher"));
	payment_encode(&out, &p, RECORD_DECLARED);
	check_same(in, &out);
	payment_encode(&out, &p, RECORD_SORTED); /* its keys happen to be declared in sorted order */
	check_same(in, &out);
	CHECK_EQUAL(payment_decode(&p, in, RECORD_SORTED), STATUS_OK, "either order reads it");
}

static void check_signed_voucher(struct span in, json_t *fields)
{
	struct bytes out = {0};
	struct voucher v;

	if (!CHECK_EQUAL(voucher_decode(&v, in), STATUS_OK, "a voucher decodes"))
		return;
	check_voucher(&v, fields);
	voucher_write(&out, &v);
	check_same(in, &out);
}

static void check_kind(struct span in, enum frame_kind want)
{
	enum frame_kind kind;

	if (CHECK_EQUAL(frame_kind(&kind, in), STATUS_OK, "it may be a frame"))
		CHECK_EQUAL(kind, want, "of this kind");
}

static void check_query(struct span in, json_t *fields)
{
	struct bytes out = {0};
	struct query q;

	if (!CHECK_EQUAL(query_decode(&q, in), STATUS_OK, "a query decodes"))
		return;
	check_cid(&q.payload, fields, "PayloadCID");
	check_cid(&q.params.piece, fields, "PieceCID");
	check_selector(q.params.selector, fields);
	query_encode(&out, &q);
	check_same(in, &out);
	check_kind(in, FRAME_QUERY);
}

static void check_query_response(struct span in, json_t *fields)
{
	struct bytes out = {0};
	struct query_response q;

	if (!CHECK_EQUAL(query_response_decode(&q, in), STATUS_OK, "a query response decodes"))
		return;
	check_number(q.status, fields, "Status");
	check_number(q.piece_found, fields, "PieceCIDFound");
	check_number(q.size, fields, "Size");
	check_address(&q.payment_address, fields, "PaymentAddress");
	check_amount(&q.min_price_per_byte, fields, "MinPricePerByte");
	check_number(q.max_payment_interval, fields, "MaxPaymentInterval");
	check_number(q.max_payment_interval_increase, fields, "MaxPaymentIntervalIncrease");
	CHECK(span_is(q.message, vectors_text(fields, "Message")), "Message");
	check_amount(&q.unseal_price, fields, "UnsealPrice");
	query_response_encode(&out, &q);
	check_same(in, &out);
	check_kind(in, FRAME_QUERY_RESPONSE);
}

static void check_offer(struct span in, json_t *fields)
{
	struct bytes out = {0};
	struct offer o;

	if (!CHECK_EQUAL(offer_decode(&o, in), STATUS_OK, "an offer decodes"))
		return;
	CHECK(span_is(o.id, vectors_text(fields, "ID")), "ID");
	CHECK(vectors_bytes_equal(o.peer, vectors_text(fields, "PeerAddr")), "PeerAddr");
	check_cid(&o.payload, fields, "PayloadCID");
	check_number(o.size, fields, "Size");
	check_address(&o.payment_address, fields, "PaymentAddress");
	check_amount(&o.min_price_per_byte, fields, "MinPricePerByte");
	check_number(o.max_payment_interval, fields, "MaxPaymentInterval");
	check_number(o.max_payment_interval_increase, fields, "MaxPaymentIntervalIncrease");
	check_amount(&o.unseal_price, fields, "UnsealPrice");
	offer_encode(&out, &o);
	check_same(in, &out);
}

static void check_row(json_t *row)
{
	static const struct {
		const char *type;
		void (*check)(struct span in, json_t *fields);
	} types[] = {
		{TYPE_PROPOSAL, check_proposal},
		{TYPE_RESPONSE, check_response},
		{TYPE_PAYMENT, check_payment},
		{"SignedVoucher", check_signed_voucher},
		{"Query", check_query},
		{"QueryResponse", check_query_response},
		{"Offer", check_offer},
	};
	struct bytes in = {0};
	int known = 0;

	vectors_hex(&in, vectors_text(row, "cbor"));
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(vectors_text(row, "type"), types[i].type) == 0) {
			types[i].check(bytes_span(&in), json_object_get(row, "fields"));
			known = 1;
		}
	}
	CHECK(known, "the type of a row is known");
	bytes_release(&in);
}

int main(int argc, char **argv)
{
	json_t *rows = argc > 1 ? vectors_load(argv[1], "codec/deal-types.json") : NULL, *row;
	size_t i;

	selectors = argc > 1 ? vectors_load(argv[1], "codec/selectors.json") : NULL;
	json_array_foreach(rows, i, row) check_row(row);
	json_decref(selectors);
	json_decref(rows);
	return test_end();
}
