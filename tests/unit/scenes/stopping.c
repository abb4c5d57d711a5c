/* stopping - the moves of a client that pays ahead, stops, cancels, comes again or settles first. */

#include "../../support/cheats.h"
#include "../../support/test.h"
#include "buyer/requests.h"
#include "settle/settle.h"

/* A client may pay several intervals at once, or before it is asked; money is taken after the end too. */
static void test_paying_ahead(uint64_t intervals, bool before_data)
{
	uint64_t limit = 0;
	struct voucher_move move = {.where = OURS, .nonce = 1};
	struct bytes stream = {0}, answer = {0};
	struct deal_params terms = {.payment_interval = INTERVAL, .payment_interval_increase = INCREASE};
	struct provider_deal d;
	struct cheats c;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	set_up_cheats(&s, &c, 10000000);
	for (uint64_t i = 0; i < intervals; i++)
		limit = interval_next(&terms, limit);
	c.due = limit * PRICE;
	if (!before_data)
		CHECK_EQUAL(scene_send(&s, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_OK, "a payment for several intervals is taken");
	scene_check(&s);
	d = scene_provider_deal(&s);
	CHECK_EQUAL(d.current_interval, interval_next(&terms, limit), "the interval after the last one paid is open");
	bytes_clear(&stream);
	if (limit < content.goods.bytes) {
		CHECK_EQUAL(scene_send(&s, &stream), STATUS_PAYMENT_NEEDED, "sending goes on");
		d = scene_provider_deal(&s);
		CHECK(d.total_sent >= limit, "up to what was paid for");
	} else {
		struct bytes second = {0};

		CHECK_EQUAL(scene_send(&s, &stream), STATUS_OK, "all is sent at once");
		CHECK(stream.len > content.goods.bytes / 2, "with its blocks");
		d = scene_provider_deal(&s);
		CHECK_EQUAL(d.state, DEAL_COMPLETED, "the deal is done");
		/* killed before the output was whole, and run again */
		CHECK_EQUAL(scene_send(&s, &second), STATUS_OK, "sending again is fine");
		CHECK(span_equal(bytes_span(&stream), bytes_span(&second)),
			"and gives the same bytes, which may not have arrived");
		move.nonce = 2;
		move.amount = c.due + 5;
		CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_OK, "money is taken after the end too");
		bytes_release(&second);
	}
	bytes_release(&stream);
	bytes_release(&answer);
	scene_end(&s);
}

/* A client that stops and comes again, cancels, or asks for the first interval over and over, gets one interval. */
static void test_stopping(void)
{
	struct bytes stream = {0}, again = {0}, answer = {0}, frame = {0};
	struct provider_deal d;
	struct client_deal own;
	struct cheats c;
	struct voucher_move move = {.where = OURS, .nonce = 1};
	struct scene s;

	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	set_up_cheats(&s, &c, 100000);
	c.due = INTERVAL * PRICE;
	CHECK_EQUAL(scene_send(&s, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	for (int i = 0; i < 5; i++) {
		bytes_clear(&again);
		CHECK_EQUAL(scene_send(&s, &again), STATUS_PAYMENT_NEEDED, "it is sent again");
		CHECK(span_equal(bytes_span(&stream), bytes_span(&again)), "the same bytes and no more");
	}
	scene_propose(&s, &frame);
	bytes_clear(&again);
	CHECK_EQUAL(provider_takes(&s, &again, &frame), STATUS_OK, "the same proposal again finds its deal");
	d = scene_provider_deal(&s);
	CHECK(d.state == DEAL_FUNDS_NEEDED, "which still waits for money");
	own = scene_client_deal(&s);
	bytes_clear(&frame);
	frames_client_cancel(&frame, &own);
	CHECK_EQUAL(provider_takes(&s, &answer, &frame), STATUS_OK, "a cancellation is taken");
	bytes_clear(&again);
	CHECK_EQUAL(scene_send(&s, &again), STATUS_BAD_STATE, "nothing is sent after it");
	CHECK_EQUAL(again.len, 0, "not a byte");
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_OK, "what is paid later all the same is taken");
	d = scene_provider_deal(&s);
	CHECK(d.state == DEAL_CANCELLED && amount_cmp(&d.funds_received, &(struct amount[]){afil(c.due)}[0]) == 0,
		"and counts, and the deal stays over");
	bytes_release(&stream);
	bytes_release(&again);
	bytes_release(&answer);
	bytes_release(&frame);
	scene_end(&s);
}

static void test_cancel_after_completion(void)
{
	struct bytes all = {0}, frame = {0}, answer = {0};
	struct client_deal own;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	scene_finish_deal(&s, &all);
	scene_check_completed(&s, "an honest deal");
	own = scene_client_deal(&s);
	frames_client_cancel(&frame, &own);
	CHECK_EQUAL(provider_takes(&s, &answer, &frame), STATUS_OK, "a cancellation after the end is heard");
	scene_check_completed(&s, "a cancellation after the end");
	bytes_clear(&frame);
	CHECK_EQUAL(buyer_cancel(&s.client, &frame, s.deal), STATUS_BAD_STATE, "a completed deal can't be cancelled");
	bytes_release(&all);
	bytes_release(&frame);
	bytes_release(&answer);
	scene_end(&s);
}

/* An unseal price with free bytes is a price: no data beyond the first interval before it is paid. */
static void test_unseal_only(uint64_t price, uint64_t unseal)
{
	struct bytes all = {0}, stream = {0};
	struct provider_deal d;
	struct scene s;

	scene_begin(&s, price, unseal);
	scene_begin_deal(&s);
	CHECK_EQUAL(
		scene_send(&s, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent, and money is asked for");
	d = scene_provider_deal(&s);
	CHECK(d.total_sent < INTERVAL + content.largest, "no more than one interval and one block");
	scene_check(&s);
	scene_finish_deal(&s, &all);
	scene_check_completed(&s, "a deal with an unseal price");
	bytes_release(&all);
	bytes_release(&stream);
	scene_end(&s);
}

/* INVARIANT 21: two proposals of a client may not share a transfer id: payments and cancellations find their deal by it. */
static void test_stolen_ids(void)
{
	struct bytes frame = {0}, answer = {0}, all = {0}, cancel = {0};
	struct client_deal own, thief;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	own = thief = scene_client_deal(&s);
	thief.id = own.id + 5;
	frames_proposal(&frame, &thief, 0);
	CHECK(provider_takes(&s, &answer, &frame) != STATUS_OK,
		"another deal with the ids of a running one is refused");
	thief.request[3] ^= 1;
	bytes_clear(&frame);
	frames_proposal(&frame, &thief, 0);
	CHECK(provider_takes(&s, &answer, &frame) != STATUS_OK, "one with its transfer id alone too");
	thief = own;
	thief.id = own.id + 6;
	thief.transfer++;
	bytes_clear(&frame);
	frames_proposal(&frame, &thief, 0);
	CHECK_EQUAL(provider_takes(&s, &answer, &frame), STATUS_OK,
		"one with its request id alone is a deal of its own: nothing is found by that");
	scene_finish_deal(&s, &all);
	scene_check_completed(&s, "stolen ids");
	bytes_release(&frame);
	bytes_release(&answer);
	bytes_release(&all);
	bytes_release(&cancel);
	scene_end(&s);
}

/* A payer that settles at once, while no voucher has been submitted. */

static void count_step(void *ctx, const struct settle_report *r)
{
	unsigned *counts = ctx;

	counts[r->step]++;
}

static void check_balance(struct scene *s, uint64_t want, const char *what)
{
	struct address provider = address_of_party(&s->provider);
	struct amount balance = amount_zero(), expected = afil(want);

	CHECK(ledger_balance(s->ledger, &balance, &provider) == STATUS_OK && amount_cmp(&balance, &expected) == 0,
		what);
}

static void test_payer_settles_first(void)
{
	unsigned counts[SETTLE_LATER + 1] = {0};
	struct settle_policy policy = {0};
	struct bytes all = {0};
	struct client_deal d;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	scene_finish_deal(&s, &all);
	d = scene_client_deal(&s);
	CHECK_EQUAL(scene_on_ledger(&s, &s.client.key, &d.channel, METHOD_PAYCH_SETTLE, span_of("", 0)), 0,
		"the payer starts to settle");
	scene_advance(&s, PAYCH_SETTLE_DELAY - 1);
	CHECK_EQUAL(settle_channel(&s.provider, &d.channel, &policy, count_step, counts), STATUS_TOO_EARLY,
		"the payee settles at the last moment");
	CHECK_EQUAL(counts[SETTLE_SUBMIT], 1, "SETTLE 1: its voucher is submitted before the end");
	scene_advance(&s, 2);
	CHECK_EQUAL(settle_channel(&s.provider, &d.channel, &policy, count_step, counts), STATUS_OK, "it collects");
	check_balance(&s, content.goods.bytes * PRICE, "and is paid in full");
	CHECK_EQUAL(settle_channel(&s.provider, &d.channel, &policy, count_step, counts), STATUS_OK, "once more");
	CHECK_EQUAL(counts[SETTLE_COLLECT], 1, "INVARIANT 13: collecting pays once");
	check_balance(&s, content.goods.bytes * PRICE, "and no more than that");
	bytes_release(&all);
	scene_end(&s);
}

int main(void)
{
	if (!scratch_begin())
		return test_end();
	content_make();
	test_paying_ahead(2, false);
	test_paying_ahead(3, true);
	test_paying_ahead(5, true);
	test_paying_ahead(5, false);
	test_stopping();
	test_cancel_after_completion();
	test_unseal_only(0, 5000);
	test_unseal_only(PRICE, 5000);
	test_stolen_ids();
	test_payer_settles_first();
	content_release();
	scratch_end();
	return test_end();
}
