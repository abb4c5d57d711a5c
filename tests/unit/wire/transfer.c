/* transfer.c - tests of wire/transfer.h: the envelope, and parts that disagree. */
#include "../../support/test.h"

#include "wire/transfer.h"

#define REQUEST(type)                                                                                                  \
	"\xaa\x64"                                                                                                     \
	"BCid\xf6\x64Type" type "\x64Paus\xf4\x64Part\xf4\x64Pull\xf5\x64Stor\xf6\x65Vouch\xf6\x64VTyp\x60"            \
	"\x66XferID\x05\x6eRestartChannel\x83\x60\x60\x00"
#define SORTED_REQUEST(type)                                                                                           \
	"\xaa\x64"                                                                                                     \
	"BCid\xf6\x64Part\xf4\x64Paus\xf4\x64Pull\xf5\x64Stor\xf6\x64Type" type "\x64VTyp\x60\x65Vouch\xf6"            \
	"\x66XferID\x05\x6eRestartChannel\x83\x60\x60\x00"
#define RESPONSE(type)                                                                                                 \
	"\xa6\x64Type" type "\x64"                                                                                     \
	"Acpt\xf5\x64Paus\xf4\x66XferID\x05\x64VRes\xf6\x64VTyp\x60"
#define SORTED_RESULT(result)                                                                                          \
	"\xa6\x64"                                                                                                     \
	"Acpt\xf5\x64Paus\xf4\x64Type\x05\x64VRes\xa2" result "\x64VTyp\x60\x66XferID\x05"
#define SORTED_RESPONSE(type)                                                                                          \
	"\xa6\x64"                                                                                                     \
	"Acpt\xf5\x64Paus\xf4\x64Type" type "\x64VRes\xf6\x64VTyp\x60\x66XferID\x05"
#define MESSAGE(is_request, request, response) "\xa3\x64IsRq" is_request "\x67Request" request "\x68Response" response
#define ROW(text)                              text, sizeof(text) - 1
#define YES                                    "\xf5"
#define NO                                     "\xf4"
#define NONE                                   "\xf6"

static const struct {
	const char *in;
	size_t len;
	enum record_order order;
	enum status want;
	const char *why;
} rows[] = {
	{ROW(MESSAGE(YES, REQUEST("\x00"), NONE)), RECORD_DECLARED, STATUS_OK, "a request"},
	{ROW(MESSAGE(YES, SORTED_REQUEST("\x00"), NONE)), RECORD_SORTED, STATUS_OK, "the same, sorted"},
	{ROW(MESSAGE(NO, NONE, RESPONSE("\x00"))), RECORD_DECLARED, STATUS_OK, "a response"},
	{ROW(MESSAGE(YES, REQUEST("\x07"), NONE)), RECORD_DECLARED, STATUS_OK, "the last known type"},
	{ROW(MESSAGE(YES, REQUEST("\x08"), NONE)), RECORD_DECLARED, STATUS_BAD_MESSAGE, "an unknown type of request"},
	{ROW(MESSAGE(NO, NONE, RESPONSE("\x18\xff"))), RECORD_DECLARED, STATUS_BAD_MESSAGE,
		"an unknown type of response"},
	{ROW(MESSAGE(NO, REQUEST("\x00"), NONE)), RECORD_DECLARED, STATUS_BAD_MESSAGE,
		"a request that says it is none"},
	{ROW(MESSAGE(YES, NONE, RESPONSE("\x00"))), RECORD_DECLARED, STATUS_BAD_MESSAGE,
		"a response that says it is none"},
	{ROW(MESSAGE(YES, NONE, NONE)), RECORD_DECLARED, STATUS_BAD_MESSAGE, "neither"},
	{ROW(MESSAGE(YES, REQUEST("\x00"), RESPONSE("\x00"))), RECORD_DECLARED, STATUS_BAD_MESSAGE, "both"},
	{ROW(MESSAGE(YES, REQUEST("\x00"), NONE)), RECORD_SORTED, STATUS_BAD_KEY, "declared for sorted"},
	{ROW(MESSAGE(YES, SORTED_REQUEST("\x00"), NONE)), RECORD_DECLARED, STATUS_BAD_KEY, "sorted for declared"},
	{ROW(MESSAGE("\x01", REQUEST("\x00"), NONE)), RECORD_DECLARED, STATUS_BAD_TYPE, "IsRq is a number"},
	{ROW(MESSAGE(YES, REQUEST("\x20"), NONE)), RECORD_DECLARED, STATUS_BAD_TYPE, "a negative type"},
	{ROW(MESSAGE(YES, "\x80", NONE)), RECORD_DECLARED, STATUS_BAD_TYPE, "a list for a request"},
	{ROW(MESSAGE(YES, REQUEST("\x00"), NONE) "\x00"), RECORD_DECLARED, STATUS_TRAILING, "a byte more"},
	{ROW("\xa2\x64IsRq\xf5\x67Request\xf6"), RECORD_DECLARED, STATUS_BAD_KEY, "a missing key"},
	{ROW("\xa3\x64IsRq\xf5\x67Request\xf6\x67Request\xf6"), RECORD_DECLARED, STATUS_BAD_KEY, "a key twice"},
	{ROW("\xf6"), RECORD_DECLARED, STATUS_BAD_TYPE, "null"},
	{ROW(""), RECORD_DECLARED, STATUS_TRUNCATED, "nothing"},
	{ROW("\xbb\x40\x00\x00\x00\x00\x00\x00\x00"), RECORD_DECLARED, STATUS_TRUNCATED, "2^62 keys claimed"},
};

static void check_rows(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span in = span_of(rows[i].in, rows[i].len);
		struct transfer t, before;
		struct bytes back = {0};
		enum status s;

		memset(&t, 0x5a, sizeof(t));
		before = t;
		s = transfer_decode(&t, in, rows[i].order);
		CHECK_EQUAL(s, rows[i].want, rows[i].why);
		if (s == STATUS_OK) {
			transfer_encode(&back, &t, rows[i].order);
			CHECK(span_equal(bytes_span(&back), in), "what decodes encodes back");
		} else {
			CHECK(memcmp(&t, &before, sizeof(t)) == 0, "the output is untouched on failure");
		}
		bytes_release(&back);
	}
}

static const struct {
	const char *in;
	size_t len;
	enum status want;
	enum record_order order; /* where it decodes */
	const char *why;
} either_rows[] = {
	{ROW(MESSAGE(YES, REQUEST("\x04"), NONE)), STATUS_OK, RECORD_DECLARED, "as data-transfer v1 writes it"},
	{ROW(MESSAGE(YES, SORTED_REQUEST("\x04"), NONE)), STATUS_OK, RECORD_SORTED, "as data-transfer v2 writes it"},
	{ROW(MESSAGE(NO, NONE, RESPONSE("\x05"))), STATUS_OK, RECORD_DECLARED, "a response of v1"},
	{ROW(MESSAGE(NO, NONE, SORTED_RESPONSE("\x05"))), STATUS_OK, RECORD_SORTED, "a response of v2"},
	{ROW(MESSAGE(NO, NONE, SORTED_RESULT("\x61\x62\x01\x61\x61\x02"))), STATUS_BAD_KEY, RECORD_DECLARED,
		"sorted around a result that is not"},
	{ROW("\xa3\x67Request\xf6\x64IsRq\xf4\x68Response" RESPONSE("\x05")), STATUS_BAD_KEY, RECORD_DECLARED,
		"neither order"},
	{ROW(MESSAGE(YES, SORTED_REQUEST("\x04"), NONE) "\x00"), STATUS_TRAILING, RECORD_DECLARED, "a byte more"},
	{ROW(MESSAGE(YES, SORTED_REQUEST("\x08"), NONE)), STATUS_BAD_MESSAGE, RECORD_DECLARED, "an unknown type"},
	{ROW("\xa3\x64IsRq\xf5"), STATUS_TRUNCATED, RECORD_DECLARED, "a cut one"},
};

static void check_either(void)
{
	for (size_t i = 0; i < sizeof(either_rows) / sizeof(either_rows[0]); i++) {
		struct span in = span_of(either_rows[i].in, either_rows[i].len);
		enum record_order order;
		struct transfer t, before;
		struct bytes back = {0};
		enum status s;

		memset(&t, 0x5a, sizeof(t));
		before = t;
		s = transfer_decode_either(&t, &order, in);
		CHECK_EQUAL(s, either_rows[i].want, either_rows[i].why);
		if (s == STATUS_OK) {
			CHECK_EQUAL(order, either_rows[i].order, either_rows[i].why);
			transfer_encode(&back, &t, order);
			CHECK(span_equal(bytes_span(&back), in), "it encodes back in the order it came in");
		} else {
			CHECK(memcmp(&t, &before, sizeof(t)) == 0, "the output is untouched on failure");
		}
		bytes_release(&back);
	}
}

/* A request with everything in it, through both orders. */
static void check_full(enum record_order order)
{
	struct transfer t = {.is_request = true, .has_request = true}, back;
	struct payment payment = {.id = 9, .channel = address_of_id(7), .voucher = {.channel = address_of_id(7)}}, got;
	struct bytes voucher = {0}, out = {0}, again = {0};

	payment_encode(&voucher, &payment, order);
	t.request = (struct transfer_request){
		.type = TRANSFER_VOUCHER,
		.pause = true,
		.partial = true,
		.selector = span_of("\xa1\x61R\xa0", 4),
		.voucher = bytes_span(&voucher),
		.voucher_type = span_text(TYPE_PAYMENT),
		.id = UINT64_MAX,
		.restart = {span_text("us"), span_text("them"), 12},
	};
	CHECK_EQUAL(cid_of(&t.request.base, 0, CODEC_DAG_PB, HASH_SHA2_256, span_text("x")), STATUS_OK, "a base");
	transfer_encode(&out, &t, order);
	if (CHECK_EQUAL(transfer_decode(&back, bytes_span(&out), order), STATUS_OK, "it decodes")) {
		CHECK(back.request.pause && back.request.partial && !back.request.pull, "the flags");
		CHECK(cid_equal(&back.request.base, &t.request.base), "the base");
		CHECK(span_equal(back.request.selector, t.request.selector), "the selector");
		CHECK(span_is(back.request.restart.responder, "them") && back.request.restart.id == 12,
			"the restart channel");
		CHECK_EQUAL(payment_decode(&got, back.request.voucher, order), STATUS_OK, "the voucher is a payment");
		CHECK_EQUAL(got.id, 9, "for the deal");
		transfer_encode(&again, &back, order);
		CHECK(span_equal(bytes_span(&again), bytes_span(&out)), "it encodes back");
	}
	for (size_t len = 0; len < out.len; len++)
		CHECK(transfer_decode(&back, span_of(out.data, len), order) != STATUS_OK, "a cut message is refused");
	for (size_t i = 0; i < 8 * out.len; i++) {
		out.data[i / 8] ^= (uint8_t)(1 << i % 8);
		if (transfer_decode(&back, bytes_span(&out), order) == STATUS_OK) {
			bytes_clear(&again);
			transfer_encode(&again, &back, order);
			CHECK(span_equal(bytes_span(&again), bytes_span(&out)), "a changed message encodes back");
		}
		out.data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	bytes_release(&again);
	bytes_release(&out);
	bytes_release(&voucher);
}

int main(void)
{
	check_rows();
	check_either();
	check_full(RECORD_DECLARED);
	check_full(RECORD_SORTED);
	return test_end();
}
