/* early - a provider whose messages overtake the blocks: what is asked early is paid once, when the blocks are here.
 *
 * On a network blocks and data-transfer messages travel by two protocols, so
 * that an honest provider's messages may come first. A provider that cheats
 * asks early and sends nothing.
 */
#include "../../support/cheats.h"
#include "../../support/take_body.h"
#include "../../support/test.h"
#include "seller/answers.h"

/* Begin to listen: one receiver for all that comes, as on a connection. */
static void listen_to_deal(struct scene *s)
{
	receiver_free(s->receiver);
	CHECK(receiver_new(&s->receiver, &s->client) == STATUS_OK && receiver_open(s->receiver, s->deal) == STATUS_OK,
		"the client listens");
}

static enum status hear_all(struct scene *s, const struct bytes *stream)
{
	struct span rest = bytes_span(stream);
	enum status status = STATUS_OK;

	error_clear(&s->client.error);
	while (status == STATUS_OK && rest.len != 0)
		status = receiver_take_body(s->receiver, next_frame(&rest));
	CHECK_EQUAL(receiver_finish(s->receiver), STATUS_OK, "what came is kept");
	return status;
}

/* The client hears @answer, as a message of its own or in a response. */
static enum status hear(struct scene *s, const struct deal_answer *answer, bool in_response)
{
	struct client_deal d = scene_client_deal(s);
	struct response_head head = {d.request, d.transfer, d.id};
	CLEAN_BYTES struct bytes frame = {0};

	if (in_response)
		frames_response(&frame, &head, GRAPHSYNC_PAUSED, answer, NULL);
	else
		frames_answer(&frame, &head, answer);
	return hear_all(s, &frame);
}

static struct deal_answer demand_of(struct amount owed, bool last)
{
	return (struct deal_answer){.type = last ? TRANSFER_COMPLETE : TRANSFER_VOUCHER_RESULT,
		.accepted = true,
		.paused = true,
		.has_result = true,
		.status = last ? DEAL_FUNDS_NEEDED_LAST_PAYMENT : DEAL_FUNDS_NEEDED,
		.owed = owed};
}

static const struct deal_answer completed = {
	.type = TRANSFER_COMPLETE, .accepted = true, .has_result = true, .status = DEAL_COMPLETED};
static const struct deal_answer bare_end = {.type = TRANSFER_COMPLETE, .accepted = true};

/* Nothing more can be paid, and nothing has changed in the store. */
static void check_nothing_paid(struct scene *s, const struct client_deal *before, const char *why)
{
	CLEAN_BYTES struct bytes payment = {0};
	struct client_deal after = scene_client_deal(s);

	CHECK_EQUAL(buyer_outcome(&after), STATUS_END, "no payment is due");
	CHECK_EQUAL(scene_pay(s, &payment), before->voucher_nonce == 0 ? STATUS_NOT_FOUND : STATUS_OK,
		"there is no more than the last voucher, again");
	after = scene_client_deal(s);
	if (!CHECK(after.state == before->state && after.voucher_nonce == before->voucher_nonce &&
			    amount_cmp(&after.funds_spent, &before->funds_spent) == 0 &&
			    amount_cmp(&after.payment_requested, &before->payment_requested) == 0,
		    "the deal is as it was"))
		fprintf(stderr, "  after: %s\n", why);
	check_loss(why, scene_client_loss(s), s->unseal);
	scene_check(s);
}

/* The most that a request may ask for before blocks: the content is smaller than the two limits and a block. */
static void test_bound(void)
{
	uint64_t total = content.goods.bytes * PRICE;
	const struct {
		uint64_t owed;
		bool in_response, last;
		enum status want;
		const char *why;
	} rows[] = {
		{INTERVAL * PRICE, false, false, STATUS_OK, "MONEY 4: an interval is not paid before its blocks"},
		{total, false, false, STATUS_OK, "the content is not paid before its blocks"},
		{total, false, true, STATUS_OK, "a last payment is not paid before its blocks"},
		{1, false, true, STATUS_OK, "a small last payment is not paid before its blocks"},
		{total + 1, false, false, STATUS_BAD_MESSAGE, "more than the content costs is refused"},
		{total + 1, false, true, STATUS_BAD_MESSAGE, "and so is a last payment of more"},
		{UINT64_MAX, false, false, STATUS_BAD_MESSAGE, "and so is very much"},
		{INTERVAL * PRICE, true, false, STATUS_BAD_MESSAGE, "a response comes in the order of the blocks"},
		{total, true, true, STATUS_BAD_MESSAGE, "also with the last payment"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct deal_answer demand = demand_of(amount_u64(rows[i].owed), rows[i].last);
		CLEAN_BYTES struct bytes all = {0};
		struct client_deal before;
		struct amount early;
		struct scene s;

		scene_begin(&s, PRICE, 0);
		scene_begin_deal(&s);
		listen_to_deal(&s);
		before = scene_client_deal(&s);
		CHECK_EQUAL(hear(&s, &demand, rows[i].in_response), rows[i].want, rows[i].why);
		early = receiver_early(s.receiver);
		CHECK(amount_cmp(&early,
			      rows[i].want == STATUS_OK ? &demand.owed : &(struct amount[]){amount_zero()}[0]) == 0,
			"the receiver says what was asked early");
		check_nothing_paid(&s, &before, rows[i].why);
		scene_finish_deal(&s, &all);
		scene_check_completed(&s, rows[i].why);
		scene_end(&s);
	}
}

/* Asks again and again, for the same or for more each time, and sends nothing. */
static void test_asks_for_ever(uint64_t more)
{
	uint64_t total = content.goods.bytes * PRICE;
	CLEAN_BYTES struct bytes all = {0};
	struct client_deal before;
	enum status status = STATUS_OK;
	uint64_t owed = INTERVAL * PRICE;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	listen_to_deal(&s);
	before = scene_client_deal(&s);
	for (int i = 0; i < 200 && status == STATUS_OK; i++, owed += more)
		status = hear(&s, &(struct deal_answer[]){demand_of(amount_u64(owed), i % 2 == 1)}[0], false);
	CHECK_EQUAL(status, more == 0 ? STATUS_OK : STATUS_BAD_MESSAGE, "more is asked for until it is too much");
	CHECK(more == 0 || owed - more > total, "which is what the content costs");
	check_nothing_paid(&s, &before, "asking for ever");
	scene_finish_deal(&s, &all);
	scene_check_completed(&s, "asking for ever");
	scene_end(&s);
}

static void pay_for_what_came(struct scene *s, uint64_t *vouchers)
{
	CLEAN_BYTES struct bytes payment = {0}, answer = {0};

	CHECK_EQUAL(scene_pay(s, &payment), STATUS_OK, "once the blocks are here the client pays");
	CHECK_EQUAL(provider_takes(s, &answer, &payment), STATUS_OK, "what the provider asked for");
	CHECK_EQUAL(receiver_reload(s->receiver), STATUS_OK, "the receiver sees the payment");
	CHECK_EQUAL(hear_all(s, &answer), STATUS_OK, "and hears the answer");
	++*vouchers;
}

/* A whole deal in which each request for payment comes before its blocks. */
static void test_each_request_early(uint64_t unseal)
{
	enum status sent = STATUS_PAYMENT_NEEDED;
	uint64_t vouchers = 0;
	struct scene s;

	scene_begin(&s, PRICE, unseal);
	scene_begin_deal(&s);
	listen_to_deal(&s);
	for (int i = 0; i < 20 && sent == STATUS_PAYMENT_NEEDED; i++) {
		CLEAN_BYTES struct bytes stream = {0};
		struct client_deal before = scene_client_deal(&s);
		struct provider_deal sold;
		struct deal_answer demand;
		struct amount owed, early;

		sent = scene_send(&s, &stream);
		sold = scene_provider_deal(&s);
		CHECK(provider_unpaid(&owed, &sold), "the provider counts");
		demand = demand_of(owed, sold.state == DEAL_FUNDS_NEEDED_LAST_PAYMENT);
		if (sent == STATUS_PAYMENT_NEEDED) {
			CHECK_EQUAL(hear(&s, &demand, false), STATUS_OK, "the request comes first");
			check_nothing_paid(&s, &before, "a request before its blocks");
		}
		CHECK_EQUAL(hear_all(&s, &stream), STATUS_OK, "then the blocks come");
		early = receiver_early(s.receiver);
		CHECK(amount_is_zero(&early), "and nothing is early any more");
		if (sent == STATUS_PAYMENT_NEEDED)
			pay_for_what_came(&s, &vouchers);
		scene_check(&s);
	}
	CHECK_EQUAL(sent, STATUS_OK, "the provider sends all");
	CHECK_EQUAL(scene_client_deal(&s).voucher_nonce, vouchers, "each request is paid once");
	scene_check_completed(&s, "each request early");
	scene_end(&s);
}

/* The end of a free deal overtakes the last blocks. */
static void test_end_early(const struct deal_answer *end, bool blocks_come)
{
	CLEAN_BYTES struct bytes proposal = {0}, answer = {0}, stream = {0};
	struct span rest;
	struct scene s;

	scene_begin(&s, 0, 0);
	scene_propose(&s, &proposal);
	CHECK_EQUAL(provider_takes(&s, &answer, &proposal), STATUS_OK, "the provider accepts");
	listen_to_deal(&s);
	CHECK_EQUAL(hear_all(&s, &answer), STATUS_OK, "the client hears it");
	CHECK_EQUAL(hear(&s, end, false), STATUS_OK, "the end comes before the blocks");
	CHECK_EQUAL(scene_client_deal(&s).state, DEAL_ONGOING, "INVARIANT 9: which completes nothing");
	CHECK_EQUAL(scene_send(&s, &stream), STATUS_OK, "the provider sends all");
	for (rest = bytes_span(&stream); blocks_come && rest.len != 0;) {
		struct span body = next_frame(&rest);
		struct frame frame;

		CHECK_EQUAL(frame_decode(&frame, body), STATUS_OK, "a frame");
		if (frame.kind == FRAME_GRAPHSYNC) /* the end of the honest stream is the one that came early */
			CHECK_EQUAL(receiver_take(s.receiver, &frame), STATUS_OK, "the blocks come");
	}
	CHECK_EQUAL(receiver_finish(s.receiver), STATUS_OK, "and are kept");
	CHECK_EQUAL(
		scene_client_deal(&s).state, blocks_come ? DEAL_COMPLETED : DEAL_ONGOING, "the last block completes");
	if (!blocks_come)
		CHECK_EQUAL(client_takes_all(&s, &stream), STATUS_OK, "the honest stream completes the deal");
	scene_check_completed(&s, "an end before the blocks");
	scene_end(&s);
}

/* "Complete" for a deal that costs something, and no block: nothing is paid, and nothing completes. */
static void test_end_unpaid(const struct deal_answer *end)
{
	CLEAN_BYTES struct bytes all = {0};
	struct client_deal before;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	listen_to_deal(&s);
	before = scene_client_deal(&s);
	CHECK_EQUAL(hear(&s, end, false), STATUS_OK, "the end comes before the blocks");
	check_nothing_paid(&s, &before, "an end without blocks");
	scene_finish_deal(&s, &all);
	scene_check_completed(&s, "an end without blocks");
	scene_end(&s);
}

int main(void)
{
	if (!scratch_begin())
		return test_end();
	content_make();
	test_bound();
	test_asks_for_ever(0);
	test_asks_for_ever(500);
	test_each_request_early(0);
	test_each_request_early(700);
	test_end_early(&completed, true);
	test_end_early(&completed, false);
	test_end_early(&bare_end, true);
	test_end_unpaid(&completed);
	test_end_unpaid(&bare_end);
	content_release();
	scratch_end();
	return test_end();
}
