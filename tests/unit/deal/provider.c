/* provider - the seller's rules: when to pause, what is short, which payment counts. */
#include "deal/provider.h"

#include "../../support/test.h"

static const uint8_t voucher_bytes[4] = {1, 2, 3, 4};

static struct address address_number(uint64_t n)
{
	return address_of_id(n);
}

/* A deal at 2 attoFIL per byte, intervals of 1000 growing by 500, waiting for its first payment. */
static struct provider_deal waiting(uint64_t unseal)
{
	struct provider_deal d = {.id = 7, .state = DEAL_FUNDS_NEEDED, .total_sent = 1200, .blocks_sent = 3};

	d.params = (struct deal_params){.price_per_byte = amount_u64(2),
		.unseal_price = amount_u64(unseal),
		.payment_interval = 1000,
		.payment_interval_increase = 500};
	d.current_interval = 1000;
	d.payee = address_number(200);
	return d;
}

/* MONEY 6 */
static void test_pause(void)
{
	struct provider_deal d = waiting(0);

	CHECK(!provider_must_pause(&d, 999), "below the limit sending goes on");
	CHECK(provider_must_pause(&d, 1000), "at the limit it stops");
	CHECK(provider_must_pause(&d, 5000), "and beyond");
	d.params.price_per_byte = amount_zero();
	CHECK(!provider_must_pause(&d, 5000), "a free deal never stops");
}

/* MONEY 5 */
static void test_short(void)
{
	static const struct {
		uint64_t unseal, received;
		bool all;
		uint64_t want;
		const char *why;
	} rows[] = {
		{0, 0, false, 2000, "the whole interval is owed"},
		{0, 1999, false, 1, "one attoFIL less is short: the rule is strict"},
		{0, 2000, false, 0, "the interval is enough, though more was sent"},
		{0, 9000, false, 0, "more is enough too"},
		{500, 2000, false, 500, "the unseal price is part of it"},
		{500, 2500, false, 0, "and is paid with the first interval"},
		{0, 2000, true, 400, "at the end all that was sent is owed"},
		{0, 2400, true, 0, "to the last byte"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct provider_deal d = waiting(rows[i].unseal);
		struct amount received = amount_u64(rows[i].received), want = amount_u64(rows[i].want), missing;

		d.all_blocks_sent = rows[i].all;
		CHECK(provider_short(&missing, &d, &received) && amount_cmp(&missing, &want) == 0, rows[i].why);
	}
}

static void test_payment_opens_the_next_interval(void)
{
	struct provider_deal d = waiting(0);
	struct provider_input in = {.amount = amount_u64(2000), .channel = address_number(300), .lane = 4};

	CHECK_EQUAL(provider_apply(&d, PROVIDER_PAYMENT_RECEIVED, &in), STATUS_OK, "the payment counts");
	CHECK_EQUAL(d.state, DEAL_ONGOING, "sending goes on");
	CHECK_EQUAL(d.current_interval, 2500, "up to the next limit");
	CHECK_EQUAL(d.resume_sent, 1200, "and begins after what was sent, if it must begin again");
	CHECK_EQUAL(d.lane, 4, "the deal is bound to its lane");

	d = waiting(0);
	in.amount = amount_u64(2 * 2600);
	CHECK_EQUAL(provider_apply(&d, PROVIDER_PAYMENT_RECEIVED, &in), STATUS_OK, "an overpayment counts");
	CHECK_EQUAL(d.current_interval, 4500, "for all the intervals that it pays for");
}

static void test_terms(void)
{
	struct offer offer = {.min_price_per_byte = amount_u64(2),
		.unseal_price = amount_u64(10),
		.max_payment_interval = 1000,
		.max_payment_interval_increase = 500};
	static const struct {
		uint64_t price, unseal, interval, increase;
		enum status want;
		const char *why;
	} rows[] = {
		{2, 10, 1000, 500, STATUS_OK, "exactly the offer's terms"},
		{3, 11, 1, 0, STATUS_OK, "better ones"},
		{1, 10, 1000, 500, STATUS_REJECTED, "a price under the offer's"},
		{2, 9, 1000, 500, STATUS_REJECTED, "an unseal price under the offer's"},
		{2, 10, 1001, 500, STATUS_REJECTED, "an interval above the offer's"},
		{2, 10, 1000, 501, STATUS_REJECTED, "an increase above the offer's"},
		{2, 10, 0, 500, STATUS_REJECTED, "an interval of 0"},
		{2, 10, 1ull << 63, 500, STATUS_REJECTED, "an interval of 2^63"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct deal_params terms = {.price_per_byte = amount_u64(rows[i].price),
			.unseal_price = amount_u64(rows[i].unseal),
			.payment_interval = rows[i].interval,
			.payment_interval_increase = rows[i].increase};
		struct refusal why = {0};

		CHECK_EQUAL(provider_check_terms(&why, &terms, &offer), rows[i].want, rows[i].why);
		CHECK((why.reason[0] != '\0') == (rows[i].want != STATUS_OK), "a refusal has a reason");
	}
}

/** struct trial - a payment that would be accepted, to be spoilt in one way. */
struct trial {
	struct provider_deal deal;
	struct payment payment;
	struct paych channel;
	struct address signer;
	struct lane_record lane;
	bool has_lane;
	struct amount held_elsewhere;
};

static struct trial good_trial(void)
{
	struct trial t = {.deal = waiting(0), .held_elsewhere = amount_zero()};

	t.channel =
		(struct paych){.from = address_number(100), .to = address_number(200), .balance = amount_u64(10000)};
	t.signer = t.channel.from;
	t.payment.id = 7;
	t.payment.channel = address_number(300);
	t.payment.voucher = (struct voucher){.channel = t.payment.channel,
		.lane = 1,
		.nonce = 1,
		.amount = amount_u64(2000),
		.signature_type = SIGNATURE_SECP256K1};
	return t;
}

static void spoil_deal(struct trial *t)
{
	t->payment.id = 8;
}
static void spoil_channel(struct trial *t)
{
	t->payment.channel = address_number(301);
}
static void spoil_payee(struct trial *t)
{
	t->channel.to = address_number(201);
}
static void spoil_signer(struct trial *t)
{
	t->signer = address_number(101);
}
static void spoil_balance(struct trial *t)
{
	t->channel.balance = amount_u64(1999);
}
static void spoil_others(struct trial *t)
{
	t->held_elsewhere = amount_u64(8001);
}
static void begin_settling(struct trial *t)
{
	t->channel.settling_at = 5000;
}
static void spoil_settled(struct trial *t)
{
	t->channel.settling_at = 10;
}
static void spoil_lock_min(struct trial *t)
{
	t->payment.voucher.time_lock_min = 1;
}
static void spoil_lock_max(struct trial *t)
{
	t->payment.voucher.time_lock_max = 1;
}
static void spoil_secret(struct trial *t)
{
	t->payment.voucher.secret_hash = span_of(voucher_bytes, 4);
}
static void spoil_extra(struct trial *t)
{
	t->payment.voucher.extra = span_of(voucher_bytes, 4);
}
static void spoil_settle_height(struct trial *t)
{
	t->payment.voucher.min_settle_height = 1;
}
static void spoil_merges(struct trial *t)
{
	t->payment.voucher.merge_count = 1;
}
static void hold(struct trial *t, uint64_t nonce, uint64_t amount, uint64_t deal)
{
	t->has_lane = true;
	t->lane = (struct lane_record){.lane = 1, .nonce = nonce, .amount = amount_u64(amount), .deal = deal};
}
static void spoil_nonce(struct trial *t)
{
	hold(t, 2, 1000, 7);
}
static void spoil_same_nonce(struct trial *t)
{
	hold(t, 1, 1000, 7);
}
static void spoil_amount(struct trial *t)
{
	hold(t, 0, 2000, 7);
}
static void spoil_lane_owner(struct trial *t)
{
	hold(t, 0, 0, 8);
}
static void bind_channel(struct trial *t)
{
	t->deal.channel = address_number(301);
}
static void bind_lane(struct trial *t)
{
	t->deal.channel = t->payment.channel;
	t->deal.lane = 2;
}
static struct paych_lane redeemed = {.id = 1, .nonce = 1};
static void spoil_redeemed(struct trial *t)
{
	redeemed.redeemed = amount_u64(500);
	t->channel.lanes = &redeemed;
	t->channel.lane_count = 1;
}
static void redeem_it(struct trial *t)
{
	redeemed.redeemed = amount_u64(2000);
	t->channel.lanes = &redeemed;
	t->channel.lane_count = 1;
	hold(t, 0, 500, 7);
}
static void redeem_another(struct trial *t)
{
	redeem_it(t);
	redeemed.redeemed = amount_u64(2001);
}
static void same_again(struct trial *t)
{
	hold(t, 1, 2000, 7);
}
static void nothing(struct trial *t)
{
	(void)t;
}

/* A payment for a deal: its voucher first, then whether it belongs there. */
static enum status judge(struct refusal *why, struct amount *delta, struct trial *t, const struct payment_context *c)
{
	struct amount gain;
	enum status s = provider_judge_voucher(why, &gain, &t->payment.voucher, c);

	if (s == STATUS_OK)
		s = provider_judge_place(why, &t->deal, &t->payment, c->lane);
	if (s == STATUS_OK)
		*delta = gain;
	return s;
}

/* MONEY 7 */
static void test_judgement(void)
{
	static const struct {
		void (*spoil)(struct trial *);
		enum status want;
		uint64_t delta;
		const char *why;
	} rows[] = {
		{nothing, STATUS_OK, 2000, "a good payment adds its amount"},
		{same_again, STATUS_OK, 0, "the same voucher again adds nothing"},
		{spoil_deal, STATUS_WRONG_DEAL, 0, "a payment for another deal"},
		{spoil_channel, STATUS_WRONG_CHANNEL, 0, "payment and voucher name different channels"},
		{spoil_payee, STATUS_WRONG_CHANNEL, 0, "a channel that pays somebody else"},
		{spoil_signer, STATUS_BAD_SIGNATURE, 0, "a signature of somebody else"},
		{spoil_balance, STATUS_NOT_SPENDABLE, 0, "a channel without the money"},
		{spoil_others, STATUS_NOT_SPENDABLE, 0, "a channel whose money the other lanes have"},
		{begin_settling, STATUS_OK, 2000, "a channel that is settling still pays"},
		{spoil_settled, STATUS_CHANNEL_SETTLING, 0, "a channel whose settle delay is over"},
		{spoil_lock_min, STATUS_NOT_SPENDABLE, 0, "a time lock from below"},
		{spoil_lock_max, STATUS_NOT_SPENDABLE, 0, "a time lock from above"},
		{spoil_secret, STATUS_NOT_SPENDABLE, 0, "a secret"},
		{spoil_extra, STATUS_NOT_SPENDABLE, 0, "an extra condition"},
		{spoil_settle_height, STATUS_NOT_SPENDABLE, 0, "a settle height"},
		{spoil_merges, STATUS_NOT_SPENDABLE, 0, "merges"},
		{spoil_nonce, STATUS_STALE_NONCE, 0, "an old nonce"},
		{spoil_same_nonce, STATUS_STALE_NONCE, 0, "the same nonce with another amount"},
		{spoil_amount, STATUS_STALE_AMOUNT, 0, "a higher nonce without a higher amount"},
		{spoil_lane_owner, STATUS_WRONG_DEAL, 0, "a lane that pays for another deal"},
		{bind_channel, STATUS_OK, 2000, "another channel than the first payment's is money too"},
		{bind_lane, STATUS_OK, 2000, "another lane than the first payment's"},
		{spoil_redeemed, STATUS_STALE_NONCE, 0,
			"a voucher below what was redeemed of a lane that is not known here"},
		{redeem_it, STATUS_OK, 1500, "a voucher that the ledger has redeemed, on a lane that is known here"},
		{redeem_another, STATUS_NOT_SPENDABLE, 0, "another voucher than the one that was redeemed"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct trial t = good_trial();
		struct address payee = address_number(200);
		struct payment_context c = {.channel = &t.channel,
			.payee = &payee,
			.signer = &t.signer,
			.held_elsewhere = &t.held_elsewhere,
			.epoch = 10};
		struct amount delta = amount_u64(77), want = amount_u64(rows[i].delta);
		struct refusal why = {0};

		rows[i].spoil(&t);
		c.lane = t.has_lane ? &t.lane : NULL;
		CHECK_EQUAL(judge(&why, &delta, &t, &c), rows[i].want, rows[i].why);
		if (rows[i].want == STATUS_OK)
			CHECK(amount_cmp(&delta, &want) == 0, rows[i].why);
		else
			CHECK(why.reason[0] != '\0', "a refusal has a reason");
	}
}

/* MONEY 22: a dry run lets conditions pass on a lane of no deal, and nothing else that is wrong. */
static void test_conditions(void)
{
	static const struct {
		void (*spoil)(struct trial *);
		bool deal; /* the lane pays for a deal */
		enum status want;
		const char *why;
	} rows[] = {
		{nothing, false, STATUS_OK, "no condition"},
		{nothing, true, STATUS_OK, "no condition, for a deal"},
		{spoil_lock_min, false, STATUS_OK, "a time lock from below"},
		{spoil_lock_max, false, STATUS_OK, "a time lock from above"},
		{spoil_secret, false, STATUS_OK, "a secret"},
		{spoil_extra, false, STATUS_OK, "an extra condition"},
		{spoil_settle_height, false, STATUS_OK, "a settle height"},
		{spoil_merges, false, STATUS_NOT_SPENDABLE, "merges count other lanes again"},
		{spoil_lock_max, true, STATUS_NOT_SPENDABLE, "a time lock, for a deal"},
		{spoil_secret, true, STATUS_NOT_SPENDABLE, "a secret, for a deal"},
		{spoil_settle_height, true, STATUS_NOT_SPENDABLE, "a settle height, for a deal"},
		{spoil_balance, false, STATUS_NOT_SPENDABLE, "a channel without the money"},
		{spoil_others, false, STATUS_NOT_SPENDABLE, "a channel whose money the other lanes have"},
		{spoil_signer, false, STATUS_BAD_SIGNATURE, "a signature of somebody else"},
		{spoil_payee, false, STATUS_WRONG_CHANNEL, "a channel that pays somebody else"},
		{spoil_nonce, false, STATUS_STALE_NONCE, "an old nonce"},
		{spoil_settled, false, STATUS_CHANNEL_SETTLING, "a channel whose settle delay is over"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct trial t = good_trial();
		struct address payee = address_number(200);
		struct payment_context c = {.channel = &t.channel,
			.payee = &payee,
			.signer = &t.signer,
			.held_elsewhere = &t.held_elsewhere,
			.epoch = 10,
			.tried = true};
		struct amount delta;
		struct refusal why = {0};

		rows[i].spoil(&t);
		t.lane.deal = rows[i].deal ? 7 : 0;
		c.lane = &t.lane;
		CHECK_EQUAL(provider_judge_voucher(&why, &delta, &t.payment.voucher, &c), rows[i].want, rows[i].why);
	}
}

static void test_tally(void)
{
	static const struct {
		enum deal_state state;
		uint64_t sent, received;
		struct tally want;
		const char *why;
	} rows[] = {
		{DEAL_NEW, 0, 0, {0}, "not accepted yet"},
		{DEAL_ONGOING, 0, 0, {.open = 1}, "nothing sent: the unseal price is not owed for bytes"},
		{DEAL_ONGOING, 1, 0, {.open = 1, .unpaid = 1}, "one byte sent"},
		{DEAL_FUNDS_NEEDED, 1, 6, {.open = 1, .unpaid = 1}, "one afil is missing"},
		{DEAL_FUNDS_NEEDED, 1, 7, {.open = 1}, "all is paid"},
		{DEAL_FUNDS_NEEDED, 1, 8, {.open = 1}, "more than that"},
		{DEAL_COMPLETED, 1, 7, {.completed = 1}, "over and paid"},
		{DEAL_COMPLETED, 0, 0, {0}, "over, for nothing"},
		{DEAL_CANCELLED, 1, 6, {.cancelled = 1}, "cancelled with a debt"},
		{DEAL_CANCELLED, 1, 7, {0}, "cancelled without one"},
		{DEAL_CANCELLED, 0, 0, {0}, "cancelled before the first byte"},
		{DEAL_ERRORED, 1, 0, {0}, "our own failure"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct provider_deal d = {.state = rows[i].state, .total_sent = rows[i].sent};
		struct tally got;

		d.params = (struct deal_params){.price_per_byte = amount_u64(2), .unseal_price = amount_u64(5)};
		d.funds_received = amount_u64(rows[i].received);
		got = provider_tally(&d);
		CHECK(got.open == rows[i].want.open && got.unpaid == rows[i].want.unpaid &&
				got.cancelled == rows[i].want.cancelled && got.completed == rows[i].want.completed,
			rows[i].why);
	}
}

static bool amount_equals_u64(const struct amount *a, uint64_t number)
{
	struct amount b = amount_u64(number);

	return amount_cmp(a, &b) == 0;
}

/* MONEY 15: what goes to another deal is owed there from the first on, and no more goes than is owed. */
static void test_carry(void)
{
	struct provider_deal from = {.state = DEAL_CANCELLED, .total_sent = 100}, to = {.state = DEAL_ONGOING};
	struct tally owed;

	from.params = to.params = (struct deal_params){.price_per_byte = amount_u64(2)};
	from.funds_received = amount_u64(80);
	provider_carry(&to, &from, 50);
	owed = provider_tally(&from);
	CHECK(from.moved == 50 && to.carried == 50 && amount_equals_u64(&owed.owed, 20), "50 of 60 bytes go");
	owed = provider_tally(&to);
	CHECK(owed.unpaid == 1 && amount_equals_u64(&owed.owed, 100), "they are owed before they are sent");
	provider_carry(&to, &from, 50);
	owed = provider_tally(&from);
	CHECK(from.moved == 60 && to.carried == 60 && amount_is_zero(&owed.owed), "no more than is owed");
	to.total_sent = 60;
	owed = provider_tally(&to);
	CHECK(amount_equals_u64(&owed.owed, 120), "sending them adds nothing");
	to.total_sent = 70;
	owed = provider_tally(&to);
	CHECK(amount_equals_u64(&owed.owed, 140), "what is beyond them does");
	to.funds_received = amount_u64(140);
	owed = provider_tally(&to);
	CHECK(owed.unpaid == 0 && amount_is_zero(&owed.owed), "paid");
}

int main(void)
{
	test_carry();
	test_pause();
	test_short();
	test_payment_opens_the_next_interval();
	test_terms();
	test_judgement();
	test_conditions();
	test_tally();
	return test_end();
}
