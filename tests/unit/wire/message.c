/* message.c - tests of wire/message.h: chain messages that are wrong, and signatures that are not the sender's. */
#include "../../support/test.h"

#include "wire/message.h"

#define ADDR      "\x42\x00\x65"
#define ROW(text) text, sizeof(text) - 1
#define MESSAGE(version, to, from, nonce, value, limit, cap, premium, method, params)                                  \
	ROW("\x8a" version to from nonce value limit cap premium method params)
#define GOOD    "\x8a\x00" ADDR ADDR "\x05\x40\x18\x64\x40\x40\x02\x41x"
#define SIG65   "0123456789012345678901234567890123456789012345678901234567890123\x01"
#define VOUCHER "\x8b" ADDR "\x00\x00\x40\xf6\x01\x02\x42\x00\x07\x00\x80\xf6"

static const struct {
	const char *in;
	size_t len;
	enum status want;
	const char *why;
} rows[] = {
	{ROW(GOOD), STATUS_OK, "a message"},
	{MESSAGE("\x00", ADDR, ADDR, "\x05", "\x42\x01\x07", "\x20", "\x40", "\x40", "\x02", "\x40"), STATUS_OK,
		"negative value and limit: for the ledger to refuse"},
	{MESSAGE("\x01", ADDR, ADDR, "\x05", "\x40", "\x00", "\x40", "\x40", "\x02", "\x40"), STATUS_BAD_VALUE,
		"version 1"},
	{MESSAGE("\x00", "\x40", ADDR, "\x05", "\x40", "\x00", "\x40", "\x40", "\x02", "\x40"), STATUS_BAD_ADDRESS,
		"to nobody"},
	{MESSAGE("\x00", ADDR, "\xf6", "\x05", "\x40", "\x00", "\x40", "\x40", "\x02", "\x40"), STATUS_BAD_TYPE,
		"from nobody"},
	{MESSAGE("\x00", ADDR, ADDR, "\x20", "\x40", "\x00", "\x40", "\x40", "\x02", "\x40"), STATUS_BAD_TYPE,
		"nonce -1"},
	{MESSAGE("\x00", ADDR, ADDR, "\x05", "\x00", "\x00", "\x40", "\x40", "\x02", "\x40"), STATUS_BAD_TYPE,
		"value 0"},
	{MESSAGE("\x00", ADDR, ADDR, "\x05", "\x40", "\x40", "\x40", "\x40", "\x02", "\x40"), STATUS_BAD_TYPE,
		"limit as bytes"},
	{MESSAGE("\x00", ADDR, ADDR, "\x05", "\x40", "\x00", "\x41\x00", "\x40", "\x02", "\x40"), STATUS_BAD_AMOUNT,
		"lone sign"},
	{MESSAGE("\x00", ADDR, ADDR, "\x05", "\x40", "\x00", "\x40", "\x40", "\x02", "\xf6"), STATUS_BAD_TYPE,
		"null params"},
	{ROW("\x89\x00" ADDR ADDR "\x05\x40\x18\x64\x40\x40\x02"), STATUS_BAD_VALUE, "nine fields"},
	{ROW("\xa0"), STATUS_BAD_TYPE, "a map"},
};

static const struct {
	const char *in;
	size_t len;
	enum status want;
	const char *why;
} signed_rows[] = {
	{ROW("\x82" GOOD "\x58\x42\x01" SIG65), STATUS_OK, "a signed message"},
	{ROW("\x82" GOOD "\x58\x61\x02" SIG65 "0123456789012345678901234567890"), STATUS_OK, "signed with BLS"},
	{ROW("\x82" GOOD "\xf6"), STATUS_BAD_VALUE, "not signed"},
	{ROW("\x82" GOOD "\x40"), STATUS_BAD_VALUE, "an empty signature"},
	{ROW("\x82" GOOD "\x58\x42\x03" SIG65), STATUS_BAD_VALUE, "signature type 3"},
	{ROW("\x81" GOOD), STATUS_BAD_VALUE, "half of it"},
	{ROW(GOOD), STATUS_BAD_VALUE, "only the message"},
};

static void check_signed_row(struct span in, enum status want, const char *why)
{
	struct signed_message m = {.message.nonce = 77};
	struct bytes back = {0};
	enum status s = signed_message_decode(&m, in);

	CHECK_EQUAL(s, want, why);
	if (s == STATUS_OK)
		signed_message_encode(&back, &m);
	CHECK(s == STATUS_OK ? span_equal(bytes_span(&back), in) : m.message.nonce == 77, "encodes back, or untouched");
	bytes_release(&back);
}

static void check_rows(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static const char signature[] = "\x58\x42\x01" SIG65;
		struct bytes in = {0};

		bytes_append(&in, "\x82", 1);
		bytes_append(&in, rows[i].in, rows[i].len);
		bytes_append(&in, signature, sizeof(signature) - 1);
		check_signed_row(bytes_span(&in), rows[i].want, rows[i].why);
		bytes_release(&in);
	}
	for (size_t i = 0; i < sizeof(signed_rows) / sizeof(signed_rows[0]); i++) {
		struct span in = span_of(signed_rows[i].in, signed_rows[i].len);

		check_signed_row(in, signed_rows[i].want, signed_rows[i].why);
	}
}

static void check_signatures(void)
{
	uint8_t seed[KEY_SECRET_SIZE] = {3};
	struct message m = {.to = address_of_id(1), .method = METHOD_PAYCH_SETTLE, .gas_limit = 5};
	struct signed_message s, bad;
	struct cid signed_cid = {0}, cid = {0};
	struct bytes good = {0};
	struct key key;

	CHECK_EQUAL(key_from_seed(&key, seed), STATUS_OK, "a key");
	m.from = address_of_key(key.public);
	CHECK_EQUAL(message_sign(&s, &m, &key), STATUS_OK, "signing");
	CHECK_EQUAL(signed_message_verify(&s), STATUS_OK, "it is the sender's");
	signed_message_encode(&good, &s);
	for (size_t i = 0; i < 8 * good.len; i++) {
		good.data[i / 8] ^= (uint8_t)(1 << i % 8);
		CHECK(signed_message_decode(&bad, bytes_span(&good)) != STATUS_OK ||
				signed_message_verify(&bad) != STATUS_OK,
			"each bit flipped is refused");
		good.data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	bad = s;
	bad.message.from = address_of_id(9);
	CHECK_EQUAL(signed_message_verify(&bad), STATUS_BAD_SIGNATURE, "somebody else as sender");
	bad = s;
	bad.signature_type = SIGNATURE_BLS;
	CHECK_EQUAL(signed_message_verify(&bad), STATUS_UNSUPPORTED, "BLS is not verified");
	CHECK(signed_message_cid(&signed_cid, &bad) == STATUS_OK && message_cid(&cid, &m) == STATUS_OK, "CIDs");
	CHECK(cid_equal(&signed_cid, &cid), "a BLS message is named without its signature");
	bad.signature_type = SIGNATURE_NONE;
	CHECK_EQUAL(signed_message_verify(&bad), STATUS_BAD_SIGNATURE, "no signature");
	key_release(&key);
	bytes_release(&good);
}

static void check_params(void)
{
	static const struct {
		const char *in;
		size_t len;
		enum status want;
		const char *why;
	} updates[] = {
		{ROW("\x82" VOUCHER "\x40"), STATUS_OK, "no secret"},
		{ROW("\x82" VOUCHER "\x43"
		     "abc"),
			STATUS_OK, "a secret"},
		{ROW("\x82" VOUCHER "\xf6"), STATUS_BAD_TYPE, "a null secret"},
		{ROW("\x82\xf6\x40"), STATUS_BAD_TYPE, "a null voucher"},
		{ROW("\x81" VOUCHER), STATUS_BAD_VALUE, "no second part"},
		{ROW("\x82" VOUCHER "\x40\x00"), STATUS_TRAILING, "a byte more"},
		{ROW("\x82" VOUCHER "\x59\x01\x01"
		     "x"),
			STATUS_TRUNCATED, "a secret that is not there"},
	};
	struct address from = address_of_id(5), to = address_of_id(6), got_from = {0}, got_to = {0};
	struct cid code = paych_code(), got = {0};
	struct bytes create = {0}, update = {0};
	struct voucher v;
	struct span secret;

	create_params(&create, &code, &from, &to);
	CHECK_EQUAL(create_params_decode(&got, &got_from, &got_to, bytes_span(&create)), STATUS_OK, "create decodes");
	CHECK(address_equal(&from, &got_from) && address_equal(&to, &got_to), "to both addresses");
	for (size_t len = 0; len < create.len; len++)
		CHECK(create_params_decode(&got, &got_from, &got_to, span_of(create.data, len)) != STATUS_OK,
			"a cut one is refused");
	CHECK(cid_equal(&got, &code), "the code is the channel's");
	create.data[create.len - 10]++; /* the last letter of the actor's name */
	CHECK_EQUAL(create_params_decode(&got, &got_from, &got_to, bytes_span(&create)), STATUS_OK, "another actor");
	CHECK(!cid_equal(&got, &code), "the code is not the channel's: for the ledger to refuse");
	for (size_t i = 0; i < sizeof(updates) / sizeof(updates[0]); i++) {
		struct span in = span_of(updates[i].in, updates[i].len);

		CHECK_EQUAL(update_params_decode(&v, &secret, in), updates[i].want, updates[i].why);
		bytes_clear(&update);
		if (updates[i].want == STATUS_OK)
			update_params(&update, &v, secret);
		CHECK(updates[i].want != STATUS_OK || span_equal(bytes_span(&update), in), "what decodes encodes back");
	}
	bytes_release(&update);
	bytes_release(&create);
}

/* The first message of a run on a real node, and the answer of its init actor. */
static void check_created(void)
{
	static const char result[] = "\x82\x43\x00\xea\x07\x55\x02"
				     "\x21\x65\x9f\xad\x8b\xfc\x4e\xae\x17\xec"
				     "\x05\xc9\xea\x51\x55\x7f\x56\xf5\xc8\x2f";
	struct span in = span_of(result, sizeof(result) - 1);
	struct address id = {0}, robust = {0}, predicted = {0}, want;
	struct bytes back = {0};
	struct message m = {.nonce = 0};

	CHECK_EQUAL(address_parse(&m.from, NULL, span_text("t13wpfgij3wf3a35x47sm3hgdjf3mgee25trkgi5y")), STATUS_OK,
		"the sender");
	CHECK_EQUAL(address_parse(&want, NULL, span_text("t2efsz7lml7rhk4f7maxe6uukvp5lplsbp2dospvy")), STATUS_OK,
		"the channel");
	CHECK_EQUAL(create_return_decode(&id, &robust, in), STATUS_OK, "the result decodes");
	CHECK(address_equal(&robust, &want), "the result names the channel");
	create_return(&back, &id, &robust);
	CHECK(span_equal(bytes_span(&back), in), "the result encodes back");
	CHECK_EQUAL(message_created(&predicted, &m), STATUS_OK, "the address is predicted");
	CHECK(address_equal(&predicted, &want), "the predicted address is the one that the node has returned");
	m.nonce = 30;
	CHECK_EQUAL(message_created(&predicted, &m), STATUS_OK, "the address for another nonce");
	CHECK_EQUAL(address_parse(&want, NULL, span_text("t26la4drxrywnxvz3jwcq62thhq6n7v52ffdsrbpa")), STATUS_OK,
		"the second channel");
	CHECK(address_equal(&predicted, &want), "the second channel was made by nonce 30");
	for (size_t len = 0; len < in.len; len++)
		CHECK(create_return_decode(&id, &robust, span_of(result, len)) != STATUS_OK, "a cut result is refused");
	bytes_release(&back);
}

/* What a message pays at most, and what it pays at the base fee of now. */
static void check_fees(void)
{
	static const struct {
		int64_t limit;
		uint64_t cap, premium, base, most, now;
		const char *why;
	} fees[] = {
		{1000, 50, 3, 7, 50000, 10000, "base fee and premium, for all the gas"},
		{1000, 50, 3, 47, 50000, 50000, "the cap is reached"},
		{1000, 50, 3, 48, 50000, 50000, "the cap is above all"},
		{0, 0, 0, 100, 0, 0, "a ledger that takes no fee"},
	};

	for (size_t i = 0; i < sizeof(fees) / sizeof(fees[0]); i++) {
		struct message m = {.gas_limit = fees[i].limit,
			.gas_fee_cap = amount_u64(fees[i].cap),
			.gas_premium = amount_u64(fees[i].premium)};
		struct amount base = amount_u64(fees[i].base), most = amount_u64(fees[i].most),
			      now = amount_u64(fees[i].now), fee;

		CHECK(message_fee(&fee, &m) && amount_cmp(&fee, &most) == 0, fees[i].why);
		CHECK(message_fee_now(&fee, &m, &base) && amount_cmp(&fee, &now) == 0, fees[i].why);
	}
}

int main(void)
{
	check_fees();
	check_created();
	check_rows();
	check_signatures();
	check_params();
	return test_end();
}
