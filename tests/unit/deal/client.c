/* client - the buyer's rules: what is owed, when, and what events do to the counters. */
#include "deal/client.h"

#include "../../support/test.h"

/* A deal at 2 attoFIL per byte, intervals of 1000 growing by 500, that has a channel and runs. */
static struct client_deal running(uint64_t unseal)
{
	struct client_deal d = {.id = 7, .state = DEAL_ONGOING, .has_lane = true};

	d.params = (struct deal_params){.price_per_byte = amount_u64(2),
		.unseal_price = amount_u64(unseal),
		.payment_interval = 1000,
		.payment_interval_increase = 500};
	d.current_interval = interval_next(&d.params, 0);
	return d;
}

static uint64_t due_of(const struct client_deal *d)
{
	struct amount due, one = amount_u64(1);
	uint64_t n = UINT64_MAX;

	if (!client_due(&due, d) || !amount_div_bytes(&n, &due, &one))
		return UINT64_MAX;
	return n;
}

/* MONEY 3 */
static void test_due(void)
{
	static const struct {
		uint64_t unseal, received, spent, interval;
		bool all;
		uint64_t want;
		const char *why;
	} rows[] = {
		{0, 0, 0, 1000, false, 0, "nothing received, nothing due"},
		{0, 999, 0, 1000, false, 0, "one byte below the interval, nothing due"},
		{0, 1000, 0, 1000, false, 2000, "at the interval, the interval is due"},
		{0, 1400, 0, 1000, false, 2000, "beyond the interval, only the interval is due"},
		{0, 4400, 0, 1000, false, 2000, "where two are full, one at a time"},
		{0, 4600, 0, 1000, false, 9000, "where three are full, all of them at once"},
		{0, 1400, 2000, 2500, false, 2000, "what is paid is not due again"},
		{0, 2500, 2000, 2500, false, 5000, "amounts are cumulative"},
		{0, 700, 0, 1000, true, 1400, "at the end all bytes are due"},
		{0, 2600, 5000, 4500, true, 5200, "the last payment is for the rest"},
		{300, 0, 0, 1000, false, 0, "an unseal price is not due before the first interval"},
		{300, 1000, 0, 1000, false, 2300, "an unseal price comes with the first interval"},
		{300, 2500, 2300, 2500, false, 5300, "and never again"},
		{300, 700, 0, 1000, true, 1700, "or with the last payment, if that is the first"},
		{0, 0, 0, 1000, true, 0, "an empty content costs nothing"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct client_deal d = running(rows[i].unseal);

		d.total_received = rows[i].received;
		d.funds_spent = amount_u64(rows[i].spent);
		d.current_interval = rows[i].interval;
		d.all_blocks_received = rows[i].all;
		CHECK_EQUAL(due_of(&d), rows[i].want, rows[i].why);
	}
}

/* MONEY 4 */
static void test_may_be_owed(void)
{
	static const struct {
		uint64_t unseal, received, interval, size, inherited;
		bool all;
		uint64_t want;
		const char *why;
	} rows[] = {
		{0, 0, 1000, 0, 0, false, 2 * (2500 + 4194304), "two limits and one block, where the size is unknown"},
		{0, 1400, 2500, 0, 0, false, 2 * (4500 + 4194304), "above the limit of the last payment"},
		{300, 0, 1000, 9000, 0, false, 18300, "no more than the content, and its unseal price"},
		{0, 0, 1000, 9000, 4000, false, 10000, "of which an earlier deal has brought a part"},
		{0, 0, 1000, 9000, 9500, false, 0, "or more than its offer says"},
		{0, 9100, 10000, 9000, 0, false, 18200, "never less than what has come"},
		{0, 8000, 10000, 9000, 0, true, 16000, "and exactly that at the end"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct client_deal d = running(rows[i].unseal);
		struct amount most, want = amount_u64(rows[i].want);

		d.total_received = rows[i].received;
		d.current_interval = rows[i].interval;
		d.size = rows[i].size;
		d.inherited = rows[i].inherited;
		d.all_blocks_received = rows[i].all;
		CHECK(client_may_be_owed(&most, &d) && amount_cmp(&most, &want) == 0, rows[i].why);
	}
}

static void test_unseal_first(void)
{
	struct client_deal d = running(300);

	d.unseal_requested = true;
	CHECK_EQUAL(due_of(&d), 300, "a provider may ask for the unseal price before data, and for no more");
}

static void test_payment_sent(void)
{
	struct client_deal d = running(0);
	struct client_input in = {.amount = amount_u64(2000), .number = 1};

	d.state = DEAL_SEND_FUNDS;
	d.payment_requested = amount_u64(2800);
	CHECK_EQUAL(client_apply(&d, CLIENT_PAYMENT_SENT, &in), STATUS_OK, "a payment may be sent");
	CHECK_EQUAL(d.state, DEAL_ONGOING, "and the deal goes on");
	CHECK_EQUAL(d.bytes_paid_for, 1000, "it pays for the interval");
	CHECK_EQUAL(d.current_interval, 2500, "the next limit is the sum of two intervals");
	CHECK_EQUAL(d.voucher_nonce, 1, "the voucher is remembered");
	in.amount = amount_u64(800);
	CHECK(amount_cmp(&d.payment_requested, &in.amount) == 0, "what was asked for and is not paid stays asked for");
}

static void test_requested_once(void)
{
	struct client_deal d = running(0);
	struct client_input in = {.amount = amount_u64(2800)};

	CHECK_EQUAL(client_apply(&d, CLIENT_PAYMENT_REQUESTED, &in), STATUS_OK, "a payment is asked for");
	CHECK_EQUAL(client_apply(&d, CLIENT_PAYMENT_REQUESTED, &in), STATUS_OK, "and asked for again");
	CHECK(amount_cmp(&d.payment_requested, &in.amount) == 0, "the same request counts once");
}

static void test_refused_event_writes_nothing(void)
{
	struct client_deal d = running(0), before = d;
	struct client_input in = {.amount = amount_u64(5), .number = 99};

	d.state = before.state = DEAL_COMPLETED;
	CHECK_EQUAL(client_apply(&d, CLIENT_PAYMENT_SENT, &in), STATUS_BAD_STATE, "a completed deal sends no payment");
	CHECK(memcmp(&d, &before, sizeof(d)) == 0, "and nothing of it has changed");
}

static void test_channel_is_the_one_with_the_lane(void)
{
	struct client_deal d = running(0);
	struct client_input in = {.channel = address_of_id(1), .number = 4};
	struct address second = address_of_id(2);

	d.state = DEAL_ACCEPTED;
	d.has_lane = false;
	d.total_funds = amount_u64(100);
	CHECK_EQUAL(client_apply(&d, CLIENT_CHANNEL_ADDING_FUNDS, &in), STATUS_OK, "funds are added to one channel");
	CHECK(amount_is_zero(&(struct amount[]){client_reserve(&d)}[0]), "nothing is reserved without a lane");
	in.channel = second;
	CHECK_EQUAL(client_apply(&d, CLIENT_CHANNEL_READY, &in), STATUS_OK, "but another one is ready");
	CHECK_EQUAL(client_apply(&d, CLIENT_LANE_ALLOCATED, &in), STATUS_OK, "and gives the lane");
	CHECK(address_equal(&d.channel, &second), "the deal is paid where its lane is");
	CHECK(amount_cmp(&(struct amount[]){client_reserve(&d)}[0], &d.total_funds) == 0,
		"and its funds are reserved there");
}

static void test_responses(void)
{
	static const struct {
		uint64_t status;
		enum client_event want;
	} rows[] = {
		{DEAL_ACCEPTED, CLIENT_DEAL_ACCEPTED},
		{DEAL_REJECTED, CLIENT_DEAL_REJECTED},
		{DEAL_DEAL_NOT_FOUND, CLIENT_DEAL_NOT_FOUND},
		{DEAL_ERRORED, CLIENT_PROVIDER_ERRORED},
		{DEAL_FUNDS_NEEDED, CLIENT_PAYMENT_REQUESTED},
		{DEAL_ONGOING, CLIENT_PAYMENT_REQUESTED},
		{DEAL_FUNDS_NEEDED_LAST_PAYMENT, CLIENT_LAST_PAYMENT_REQUESTED},
		{DEAL_FUNDS_NEEDED_UNSEAL, CLIENT_UNSEAL_PAYMENT_REQUESTED},
		{DEAL_COMPLETED, CLIENT_COMPLETE},
		{DEAL_NEW, CLIENT_UNKNOWN_RESPONSE_RECEIVED},
		{29, CLIENT_UNKNOWN_RESPONSE_RECEIVED},
		{UINT64_MAX, CLIENT_UNKNOWN_RESPONSE_RECEIVED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_EQUAL(client_response_event(rows[i].status), rows[i].want, "a response means one event");
}

static void test_free(void)
{
	struct client_deal d = running(0);

	CHECK(!client_is_free(&d), "a deal with a price is not free");
	d.params.price_per_byte = amount_zero();
	CHECK(client_is_free(&d), "a deal without any price is");
	d.params.unseal_price = amount_u64(1);
	CHECK(!client_is_free(&d), "an unseal price alone makes it cost");
}

/* What an earlier deal brought is no part of what this one owes, and can come only before this one is asked for. */
static void test_inherit(void)
{
	struct client_deal d = running(300);
	struct amount price = amount_u64(2 * 3000 + 300), rest = amount_u64(2 * 1800 + 300), least = amount_u64(300);

	d.state = DEAL_WAIT_FOR_ACCEPTANCE;
	d.size = 3000;
	d.total_funds = price;
	CHECK_EQUAL(client_inherit(&d, 1000, 1, 1), STATUS_BAD_STATE, "a deal that was asked for inherits nothing");
	CHECK(d.inherited == 0 && amount_cmp(&d.total_funds, &price) == 0, "and is as it was");
	d.unasked = true;
	CHECK(client_inherit(&d, 1000, 1, 2) == STATUS_OK && client_inherit(&d, 200, 2, 5) == STATUS_OK, "it inherits");
	CHECK(d.inherited == 1200 && d.inherited_blocks == 3 && d.skip_links == 5, "what is added up");
	CHECK(d.total_received == 0 && d.blocks_received == 0 && due_of(&d) == 0, "but neither received nor due");
	CHECK(amount_cmp(&d.total_funds, &rest) == 0, "and only the rest needs funds");
	CHECK(client_inherit(&d, 5000, 1, 6) == STATUS_OK && amount_cmp(&d.total_funds, &least) == 0,
		"which are never negative, whatever size was named");
	d.state = DEAL_ACCEPTED;
	CHECK_EQUAL(client_inherit(&d, 1, 1, 7), STATUS_BAD_STATE, "an accepted deal inherits nothing");
	d.state = DEAL_WAIT_FOR_ACCEPTANCE;
	d.blocks_received = 1;
	CHECK_EQUAL(client_inherit(&d, 1, 1, 7), STATUS_BAD_STATE, "nor does one that has received blocks");
	d = running(0);
	d.state = DEAL_WAIT_FOR_ACCEPTANCE;
	d.unasked = true;
	d.total_funds = price;
	CHECK(client_inherit(&d, 10, 1, 1) == STATUS_OK && amount_cmp(&d.total_funds, &price) == 0,
		"where the size is not known the funds stay");
}

/* What is learnt of payments that are past. */
static void test_recovery(void)
{
	struct client_deal d = running(0);
	struct amount paid = amount_u64(2000);

	CHECK_EQUAL(client_take_back(&d, &paid, 3), STATUS_OK, "a forgotten payment");
	CHECK(d.voucher_nonce == 3 && d.bytes_paid_for == 1000 && d.current_interval == 2500,
		"counts as one that was sent");
	client_move_lane(&d, 9);
	CHECK(d.lane == 9 && amount_is_zero(&d.funds_spent) && d.voucher_nonce == 0 && d.current_interval == 1000,
		"on a new lane nothing is paid yet");
	CHECK_EQUAL(d.state, DEAL_ONGOING, "and the deal goes on");
	d.state = DEAL_FINALIZING;
	client_move_lane(&d, 10);
	CHECK_EQUAL(d.state, DEAL_FUNDS_NEEDED_LAST_PAYMENT, "a last payment in vain is due once more");
	CHECK(client_is_recovery(DEAL_FINALIZING, CLIENT_PAYMENT_NOT_SENT, DEAL_FUNDS_NEEDED_LAST_PAYMENT) &&
			client_is_recovery(DEAL_ONGOING, CLIENT_PAYMENT_NOT_SENT, DEAL_ONGOING) &&
			client_is_recovery(DEAL_ONGOING, CLIENT_PAYMENT_SENT, DEAL_ONGOING),
		"such events are known as what they are");
	CHECK(!client_is_recovery(DEAL_FINALIZING, CLIENT_PAYMENT_NOT_SENT, DEAL_FINALIZING) &&
			!client_is_recovery(DEAL_ONGOING, CLIENT_COMPLETE, DEAL_ONGOING),
		"and no others");
}

int main(void)
{
	test_due();
	test_may_be_owed();
	test_recovery();
	test_unseal_first();
	test_payment_sent();
	test_requested_once();
	test_refused_event_writes_nothing();
	test_channel_is_the_one_with_the_lane();
	test_responses();
	test_free();
	test_inherit();
	return test_end();
}
