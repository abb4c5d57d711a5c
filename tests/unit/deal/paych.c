/* paych.c - what the recorded histories of the actor do not try: callers, limits, and merges of one lane twice. */
#include <stdlib.h>

#include "deal/paych.h"

#include "../../support/test.h"

static struct address self, from, to;
static struct bytes merges;
static uint8_t secret[PAYCH_SECRET_MAX + 1];

static void put_merge(struct voucher *v, uint64_t lane, uint64_t nonce)
{
	cbor_put_array(&merges, 2);
	cbor_put_uint(&merges, lane);
	cbor_put_uint(&merges, nonce);
	v->merges = bytes_span(&merges);
	v->merge_count++;
}

/* A channel of 1000 in which lane 1 has redeemed 300 and lane 2 has redeemed 100. */
static void start(struct paych *p, struct voucher *v, struct paych_update *in)
{
	struct paych_lane one = {1, 1, amount_u64(300)}, two = {2, 1, amount_u64(100)};

	bytes_clear(&merges);
	*p = (struct paych){.from = from, .to = to, .balance = amount_u64(1000), .to_send = amount_u64(400)};
	CHECK_EQUAL(paych_put_lane(p, &one), STATUS_OK, "lane 1");
	CHECK_EQUAL(paych_put_lane(p, &two), STATUS_OK, "lane 2");
	*v = (struct voucher){.channel = self, .lane = 3, .nonce = 1, .signature_type = SIGNATURE_SECP256K1};
	v->amount = amount_u64(50);
	*in = (struct paych_update){&self, &to, 100, v, {0}, true};
}

/* Try, and look: a refusal leaves the state as it was. */
static void try(struct paych *p, const struct paych_update *in, int want, const char *text)
{
	struct paych_outcome outcome = {0};
	struct amount before = p->to_send;
	uint64_t nonce = paych_find_lane(p, 1)->nonce;

	CHECK_EQUAL(paych_apply_update(p, &outcome, in), STATUS_OK, text);
	CHECK_EQUAL(outcome.exit_code, want, text);
	CHECK_TEXT(outcome.text, text, "text");
	if (want != PAYCH_OK) {
		CHECK(amount_cmp(&before, &p->to_send) == 0, "a refusal moves nothing");
		CHECK_EQUAL(paych_find_lane(p, 1)->nonce, nonce, "a refusal changes no lane");
		CHECK_EQUAL(p->lane_count, 2, "a refusal adds no lane");
	}
	paych_release(p);
}

static void test_limits(void)
{
	struct paych_update in;
	struct voucher v;
	struct paych p;

	start(&p, &v, &in);
	in.caller = &self;
	try(&p, &in, PAYCH_CALLER_FORBIDDEN, "caller f0101 is not one of [f0102 f0103]");
	start(&p, &v, &in);
	v.signature_type = SIGNATURE_NONE;
	try(&p, &in, PAYCH_ILLEGAL_ARGUMENT, "voucher has no signature");
	start(&p, &v, &in);
	in.secret = span_of(secret, PAYCH_SECRET_MAX + 1);
	try(&p, &in, PAYCH_ILLEGAL_ARGUMENT, "secret must be at most 256 bytes long");
	start(&p, &v, &in);
	in.secret = span_of(secret, PAYCH_SECRET_MAX);
	try(&p, &in, PAYCH_OK, "");
	start(&p, &v, &in);
	v.extra = span_text("\xf5");
	try(&p, &in, PAYCH_INVALID_RECEIVER, "spend voucher verification failed");
	start(&p, &v, &in);
	v.lane = 1ull << 63;
	try(&p, &in, PAYCH_ILLEGAL_ARGUMENT, "maximum lane ID is 2^63-1");
	start(&p, &v, &in);
	v.lane = VOUCHER_LANE_MAX;
	try(&p, &in, PAYCH_OK, "");
	start(&p, &v, &in);
	v.time_lock_min = INT64_MAX;
	try(&p, &in, PAYCH_ILLEGAL_ARGUMENT, "cannot use this voucher yet!");
	start(&p, &v, &in);
	v.nonce = 0;
	try(&p, &in, PAYCH_OK, ""); /* a new lane takes any nonce */
}

static void test_merges(void)
{
	struct paych_update in;
	struct voucher v;
	struct paych p;

	start(&p, &v, &in);
	put_merge(&v, 1, 2);
	put_merge(&v, 2, 2);
	v.amount = amount_u64(1000);
	try(&p, &in, PAYCH_OK, ""); /* 400 redeemed already, and 600 more */
	start(&p, &v, &in);
	put_merge(&v, 1, 2);
	v.amount = amount_u64(901);
	try(&p, &in, PAYCH_ILLEGAL_ARGUMENT, "not enough funds in channel to cover voucher");
	start(&p, &v, &in);
	put_merge(&v, 1, 2);
	put_merge(&v, 1, 2);
	try(&p, &in, PAYCH_ILLEGAL_ARGUMENT, "merged lane in voucher has outdated nonce, cannot redeem");
	start(&p, &v, &in);
	put_merge(&v, 1, 2);
	put_merge(&v, 1, 3);
	v.amount = amount_u64(199);
	try(&p, &in, PAYCH_ILLEGAL_ARGUMENT, "voucher would leave channel balance negative"); /* 400 + 199 - 600 */
}

/* 127 bytes of magnitude: sums that do not fit are refused, not wrapped. */
static void test_huge(void)
{
	uint8_t bytes[AMOUNT_ENCODED_MAX];
	struct paych_update in;
	struct voucher v;
	struct paych p;

	memset(bytes, 0xff, sizeof(bytes));
	bytes[0] = 0;
	start(&p, &v, &in);
	CHECK_EQUAL(amount_decode(&v.amount, bytes, sizeof(bytes)), STATUS_OK, "the largest amount");
	try(&p, &in, PAYCH_ILLEGAL_ARGUMENT, "not enough funds in channel to cover voucher");
	start(&p, &v, &in);
	CHECK_EQUAL(amount_decode(&p.lanes[0].redeemed, bytes, sizeof(bytes)), STATUS_OK, "the largest amount");
	put_merge(&v, 2, 2);
	put_merge(&v, 1, 2);
	try(&p, &in, PAYCH_ILLEGAL_ARGUMENT, "voucher would leave channel balance negative");
}

int main(void)
{
	self = address_of_id(101);
	from = address_of_id(102);
	to = address_of_id(103);
	test_limits();
	test_merges();
	test_huge();
	bytes_release(&merges);
	return test_end();
}
