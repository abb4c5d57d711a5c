/* deal_types.c - tests of wire/deal_types.h: whatever is wrong with a message is refused, in either order. */
#include "../../support/test.h"

#include <stdlib.h>

#include "wire/deal_types.h"

/* What can be done to a message: a type of message, so that every one gets the same treatment. */
struct kind {
	const char *name;
	const struct record *record;
	size_t size;
};

union any {
	struct proposal proposal;
	struct response response;
	struct payment payment;
	struct query query;
	struct query_response query_response;
	struct offer offer;
};

static struct cid some_cid(void)
{
	struct cid c = {0};

	CHECK_EQUAL(cid_of(&c, 1, CODEC_RAW, HASH_SHA2_256, span_text("x")), STATUS_OK, "a CID");
	return c;
}

static struct proposal some_proposal(void)
{
	return (struct proposal){
		.payload = some_cid(),
		.id = UINT64_MAX,
		.params = {.selector = span_of("\xa1\x61R\x01", 4),
			.price_per_byte = amount_u64(2),
			.payment_interval = 1u << 20},
	};
}

static struct payment some_payment(void)
{
	return (struct payment){
		.id = 5,
		.channel = address_of_id(101),
		.voucher = {.channel = address_of_id(101), .amount = amount_u64(7), .nonce = 1},
	};
}

static struct offer some_offer(void)
{
	return (struct offer){
		.id = span_text("offer"),
		.peer = span_text("peer"),
		.payload = some_cid(),
		.payment_address = address_of_id(5),
		.min_price_per_byte = amount_u64(3),
	};
}

/* Every cut is refused, every flipped bit is refused or encodes back, and one byte more is TRAILING. */
static void check_damage(const struct kind *k, struct span good, enum record_order order)
{
	struct bytes in = {0}, back = {0};
	union any out;

	for (size_t len = 0; len < good.len; len++)
		CHECK(record_decode(&out, k->size, k->record, span_of(good.data, len), order) != STATUS_OK,
			"a cut one");
	bytes_append(&in, good.data, good.len);
	for (size_t i = 0; i < 8 * in.len; i++) {
		in.data[i / 8] ^= (uint8_t)(1 << i % 8);
		if (record_decode(&out, k->size, k->record, bytes_span(&in), order) == STATUS_OK) {
			bytes_clear(&back);
			record_write(&back, k->record, &out, order);
			if (!CHECK(span_equal(bytes_span(&back), bytes_span(&in)), "what decodes encodes back"))
				fprintf(stderr, "  %s, bit %zu\n", k->name, i);
		}
		in.data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	bytes_append_byte(&in, 0);
	CHECK_EQUAL(record_decode(&out, k->size, k->record, bytes_span(&in), order), STATUS_TRAILING, "a byte more");
	bytes_release(&back);
	bytes_release(&in);
}

/* Wrong type in each field: its value replaced by one that no field has, a float. */
static void check_types(const struct kind *k, struct span good)
{
	static const uint8_t wrong[] = {0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0};
	struct cbor_reader r = cbor_reader(good);
	size_t fields = cbor_read_map(&r);
	union any out;

	CHECK_EQUAL(fields, k->record->count, "a message has the fields of its table");
	for (size_t i = 0; i < fields; i++) {
		struct bytes in = {0};
		size_t from, to;

		cbor_read_text(&r, RECORD_TEXT_MAX);
		from = cbor_offset(&r);
		cbor_read_any(&r, CBOR_ANY_ORDER);
		to = cbor_offset(&r);
		bytes_append(&in, good.data, from);
		bytes_append(&in, wrong, sizeof(wrong));
		bytes_append(&in, good.data + to, good.len - to);
		CHECK_EQUAL(record_decode(&out, k->size, k->record, bytes_span(&in), RECORD_DECLARED), STATUS_BAD_TYPE,
			"a float");
		bytes_release(&in);
	}
}

static void check_kinds(void)
{
	const struct kind kinds[] = {
		{"proposal", &proposal_record, sizeof(struct proposal)},
		{"response", &response_record, sizeof(struct response)},
		{"payment", &payment_record, sizeof(struct payment)},
		{"query", &query_record, sizeof(struct query)},
		{"query response", &query_response_record, sizeof(struct query_response)},
		{"offer", &offer_record, sizeof(struct offer)},
	};
	const union any values[] = {
		{.proposal = some_proposal()},
		{.response = {.status = 6, .id = 5, .owed = amount_u64(9), .message = span_text("na\xc3\xafve")}},
		{.payment = some_payment()},
		{.query = {.payload = some_cid(), .params = {.piece = some_cid()}}},
		{.query_response = {.payment_address = address_of_id(5),
			 .message = span_text("why"),
			 .size = 1u << 30}},
		{.offer = some_offer()},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct bytes declared = {0}, sorted = {0};

		record_write(&declared, kinds[i].record, &values[i], RECORD_DECLARED);
		record_write(&sorted, kinds[i].record, &values[i], RECORD_SORTED);
		CHECK_EQUAL(cbor_check(bytes_span(&sorted), CBOR_SORTED), STATUS_OK, "sorted is DAG-CBOR");
		check_damage(&kinds[i], bytes_span(&declared), RECORD_DECLARED);
		check_damage(&kinds[i], bytes_span(&sorted), RECORD_SORTED);
		check_types(&kinds[i], bytes_span(&declared));
		bytes_release(&sorted);
		bytes_release(&declared);
	}
}

/* A message of 1 MiB, which no terminal should see, and one that is no text. */
static void check_messages(void)
{
	struct response r = {.status = 6}, out = {.id = 77};
	size_t len = 1u << 20;
	char *text = malloc(len);
	struct bytes in = {0};

	memset(text, 'x', len);
	r.message = span_of(text, len);
	response_encode(&in, &r, RECORD_DECLARED);
	CHECK_EQUAL(response_decode(&out, bytes_span(&in), RECORD_DECLARED), STATUS_TOO_LARGE, "a message of 1 MiB");
	bytes_clear(&in);
	r.message = span_of("\xff\xfe", 2);
	response_encode(&in, &r, RECORD_DECLARED);
	CHECK_EQUAL(
		response_decode(&out, bytes_span(&in), RECORD_DECLARED), STATUS_BAD_UTF8, "a message that is no UTF-8");
	CHECK_EQUAL(out.id, 77, "the output is untouched on failure");
	bytes_release(&in);
	free(text);
}

/* Money: the wire takes any amount in its one form, and the rules decide about it. */
static void check_amounts(void)
{
	struct response r = {.status = 6}, out;
	struct bytes in = {0};

	CHECK_EQUAL(amount_from_decimal(&r.owed, "-5"), STATUS_OK, "a negative amount");
	response_encode(&in, &r, RECORD_SORTED);
	CHECK_EQUAL(response_decode(&out, bytes_span(&in), RECORD_SORTED), STATUS_OK, "is for the rules to refuse");
	CHECK(amount_is_negative(&out.owed), "and still is negative");
	bytes_release(&in);
}

/* A 129-byte amount, which 1 sign byte and 127 bytes of magnitude can't need. */
static void check_long_amount(void)
{
	static const uint8_t zeros[AMOUNT_ENCODED_MAX + 1];
	struct response out;

	for (size_t len = AMOUNT_ENCODED_MAX; len <= sizeof(zeros); len++) {
		struct bytes in = {0};
		size_t at;

		bytes_append(&in, "\xa4\x66Status\x06\x62ID\x05\x6bPaymentOwed", 25);
		cbor_put_bytes_head(&in, len);
		at = in.len;
		bytes_append(&in, zeros, len);
		memset(in.data + at + 1, 0xff, len - 1);
		bytes_append(&in, "\x67Message\x60", 9);
		CHECK_EQUAL(response_decode(&out, bytes_span(&in), RECORD_DECLARED),
			len > AMOUNT_ENCODED_MAX ? STATUS_BAD_AMOUNT : STATUS_OK, "the limit of an amount");
		bytes_release(&in);
	}
}

int main(void)
{
	check_kinds();
	check_messages();
	check_amounts();
	check_long_amount();
	return test_end();
}
