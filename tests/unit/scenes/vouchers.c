/* vouchers - the moves of a client that cheats with what it pays: nothing is credited that the ledger would not redeem.
 *
 * After every move the invariants of money hold, and nothing was credited.
 */

#include "../../support/cheats.h"
#include "../../support/test.h"

static const struct voucher_move first_moves[] = {
	{"a voucher of a channel that pays someone else", STATUS_WRONG_CHANNEL, TO_ANOTHER, .nonce = 1},
	{"a voucher of a channel of another payer, signed by this client", STATUS_BAD_SIGNATURE, FROM_ANOTHER,
		.nonce = 1},
	{"a voucher of a channel without money", STATUS_NOT_SPENDABLE, UNFUNDED, .nonce = 1},
	{"a voucher of a channel that was collected", STATUS_NOT_SPENDABLE, COLLECTED, .nonce = 1},
	{"a voucher of a channel that never was", STATUS_NOT_SPENDABLE, ABSENT, .nonce = 1},
	/* Their vouchers are money, and kept; but this deal does not go on by them. */
	{"a payment for another deal", STATUS_WRONG_DEAL, OURS, .lane = 6, .nonce = 1, .other_deal = true},
	{"a payment that names another channel than its voucher", STATUS_WRONG_CHANNEL, OURS, .lane = 8, .nonce = 1,
		.other_payment_channel = true},
	{"a voucher signed by a stranger", STATUS_BAD_SIGNATURE, OURS, .nonce = 1, .wrong_key = true},
	{"a voucher without a signature", STATUS_BAD_SIGNATURE, OURS, .nonce = 1, .no_signature = true},
	{"a voucher whose signature has a flipped bit", STATUS_BAD_SIGNATURE, OURS, .nonce = 1, .flip = true},
	{"a voucher for more than the channel holds", STATUS_NOT_SPENDABLE, OURS, .nonce = 1, .amount = 999999999999},
	{"a voucher that is not valid yet", STATUS_NOT_SPENDABLE, OURS, .nonce = 1, .lock_min = 100000},
	{"a voucher that expires", STATUS_NOT_SPENDABLE, OURS, .nonce = 1, .lock_max = 100000},
	{"a voucher that needs a secret", STATUS_NOT_SPENDABLE, OURS, .nonce = 1,
		.secret = "01234567890123456789012345678901"},
	{"a voucher with Extra", STATUS_NOT_SPENDABLE, OURS, .nonce = 1, .extra = "\x83\x42\x00\x01\x02\x40"},
	{"a voucher that keeps the channel from settling", STATUS_NOT_SPENDABLE, OURS, .nonce = 1, .height = 1000000},
	{"a voucher that merges a lane", STATUS_NOT_SPENDABLE, OURS, .nonce = 1, .merge = true},
	{"a voucher of nonce 0, which settling might pass over", STATUS_NOT_SPENDABLE, OURS, .nonce = 0},
};
static const struct voucher_move later_moves[] = {
	{"the first voucher again, after the second", STATUS_STALE_NONCE, OURS, .nonce = 1},
	{"the best nonce with another amount", STATUS_STALE_NONCE, OURS, .nonce = 2, .amount = 77777},
	{"a higher nonce with a lower amount", STATUS_STALE_AMOUNT, OURS, .nonce = 3, .amount = 5},
	{"a higher nonce with the same amount", STATUS_STALE_AMOUNT, OURS, .nonce = 3, .amount = 1},
	{"another channel in the middle of a deal", STATUS_WRONG_CHANNEL, TO_ANOTHER, .nonce = 9},
};

static void try_moves(struct scene *s, struct cheats *c, const struct voucher_move *moves, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct provider_deal before = scene_provider_deal(s), after;
		struct bytes answer = {0};

		if (!CHECK_EQUAL(cheat(s, c, &moves[i], &answer), moves[i].want, moves[i].name))
			fprintf(stderr, "  said: %s\n", s->provider.error.why);
		after = scene_provider_deal(s);
		CHECK(amount_cmp(&before.funds_received, &after.funds_received) == 0 && before.state == after.state &&
				before.current_interval == after.current_interval,
			"a refused payment changes nothing");
		CHECK(answer.len != 0, "a refusal is answered");
		scene_check(s);
		bytes_release(&answer);
	}
}

static void test_vouchers(void)
{
	struct bytes stream = {0}, answer = {0}, again = {0};
	struct voucher_move honest = {.where = OURS, .nonce = 1};
	struct provider_deal d;
	struct cheats c;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	set_up_cheats(&s, &c, 100000);
	CHECK_EQUAL(scene_send(&s, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	c.due = INTERVAL * PRICE;
	try_moves(&s, &c, first_moves, sizeof(first_moves) / sizeof(first_moves[0]));
	/* An honest voucher on the same channel still counts, and once. */
	CHECK_EQUAL(cheat(&s, &c, &honest, &answer), STATUS_OK, "the right voucher is taken after all that");
	CHECK_EQUAL(cheat(&s, &c, &honest, &again), STATUS_OK, "the same voucher again is fine");
	CHECK(span_equal(bytes_span(&answer), bytes_span(&again)), "and is answered with the same bytes");
	d = scene_provider_deal(&s);
	CHECK(amount_cmp(&d.funds_received, &(struct amount[]){afil(c.due)}[0]) == 0, "it was credited once");
	bytes_clear(&stream);
	CHECK_EQUAL(scene_send(&s, &stream), STATUS_PAYMENT_NEEDED, "the second interval is sent");
	honest.nonce = 2;
	honest.amount = (2 * INTERVAL + INCREASE) * PRICE;
	CHECK_EQUAL(cheat(&s, &c, &honest, &again), STATUS_OK, "the second voucher is taken");
	scene_check(&s);
	{
		struct voucher_move moves[sizeof(later_moves) / sizeof(later_moves[0])];

		memcpy(moves, later_moves, sizeof(moves));
		moves[3].amount = honest.amount;
		try_moves(&s, &c, moves, sizeof(moves) / sizeof(moves[0]));
	}
	bytes_release(&stream);
	bytes_release(&answer);
	bytes_release(&again);
	scene_end(&s);
}

/* A channel that is settling pays until the delay is over: its vouchers are taken, but nothing more is sent for them. */
static void test_settling(void)
{
	struct bytes stream = {0}, answer = {0};
	struct voucher_move move = {.where = SETTLING, .nonce = 1};
	struct provider_deal d;
	struct cheats c;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	set_up_cheats(&s, &c, 100000);
	CHECK_EQUAL(scene_send(&s, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	c.due = INTERVAL * PRICE;
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_CHANNEL_SETTLING, "the client is told");
	d = scene_provider_deal(&s);
	CHECK(amount_cmp(&d.funds_received, &(struct amount[]){afil(c.due)}[0]) == 0, "the money counts");
	bytes_clear(&stream);
	CHECK_EQUAL(scene_send(&s, &stream), STATUS_PAYMENT_NEEDED, "nothing goes on");
	CHECK_EQUAL(scene_provider_deal(&s).total_sent, d.total_sent, "by it");
	scene_check(&s);
	bytes_release(&stream);
	bytes_release(&answer);
	scene_end(&s);
}

/* The scene's ledger, on which a unit of gas has a price. */
static struct ledger *below;
static uint64_t gas_price;

static enum status dear_channel(void *self, struct paych *head, const struct address *channel)
{
	return ledger_channel(self, head, channel);
}

static enum status dear_lane(void *self, struct paych_lane *lane, const struct address *channel, uint64_t id)
{
	return ledger_lane(self, lane, channel, id);
}

static enum status dear_last_lane(void *self, uint64_t *id, const struct address *channel)
{
	return ledger_last_lane(self, id, channel);
}

static enum status dear_epoch(void *self, int64_t *epoch)
{
	return ledger_epoch(self, epoch);
}

static enum status dear_base_fee(void *self, struct amount *base_fee)
{
	(void)self;
	*base_fee = afil(gas_price);
	return STATUS_OK;
}

static void leave_open(void *self)
{
	(void)self;
}

static const struct ledger_ops dear_ops = {
	.channel = dear_channel,
	.final_channel = dear_channel,
	.lane = dear_lane,
	.last_lane = dear_last_lane,
	.epoch = dear_epoch,
	.base_fee = dear_base_fee,
	.close = leave_open,
};

/* MONEY 24: the money of a far lane is taken, and is a reason to go on only if it is worth the gas. */
static void try_lane(uint64_t price, uint64_t lane, uint64_t amount, enum status want, const char *why)
{
	struct bytes stream = {0}, answer = {0};
	struct voucher_move move = {.where = OURS, .nonce = 1, .lane = lane, .amount = amount};
	struct provider_deal d;
	struct cheats c;
	struct scene s;
	enum status sent;

	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	set_up_cheats(&s, &c, 100000000);
	CHECK_EQUAL(scene_send(&s, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	c.due = INTERVAL * PRICE;
	gas_price = price;
	below = s.provider.ledger;
	CHECK_EQUAL(ledger_of(&s.provider.ledger, &dear_ops, below), STATUS_OK, "a ledger with fees");
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), want, why);
	ledger_close(s.provider.ledger);
	s.provider.ledger = below;
	d = scene_provider_deal(&s);
	CHECK(amount_cmp(&d.funds_received, &(struct amount[]){afil(amount != 0 ? amount : c.due)}[0]) == 0,
		"the money counts");
	bytes_clear(&stream);
	sent = scene_send(&s, &stream);
	CHECK(sent == STATUS_PAYMENT_NEEDED || (sent == STATUS_OK && amount != 0),
		"the next interval, all, or nothing");
	CHECK((scene_provider_deal(&s).total_sent > d.total_sent) == (want == STATUS_OK), why);
	scene_check(&s);
	bytes_release(&stream);
	bytes_release(&answer);
	scene_end(&s);
}

static enum status unfit_channel(void *self, struct paych *head, const struct address *channel)
{
	(void)self;
	(void)head;
	(void)channel;
	return STATUS_UNSUPPORTED;
}

/* A channel whose payer is a contract or an Ethereum account: the payment is refused, with words for the client. */
static void test_party_without_key(void)
{
	static const struct ledger_ops ops = {.channel = unfit_channel, .close = leave_open};
	struct bytes stream = {0}, answer = {0};
	struct voucher_move move = {.where = OURS, .nonce = 1};
	struct provider_deal d;
	struct cheats c;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	set_up_cheats(&s, &c, 100000000);
	CHECK_EQUAL(scene_send(&s, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	c.due = INTERVAL * PRICE;
	below = s.provider.ledger;
	CHECK_EQUAL(ledger_of(&s.provider.ledger, &ops, below), STATUS_OK, "a ledger");
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_NOT_SPENDABLE, "no ledger believes such a signature");
	CHECK(answer.len != 0, "the client is told");
	ledger_close(s.provider.ledger);
	s.provider.ledger = below;
	d = scene_provider_deal(&s);
	CHECK(amount_is_zero(&d.funds_received), "nothing is credited");
	scene_check(&s);
	bytes_release(&stream);
	bytes_release(&answer);
	scene_end(&s);
}

static void test_far_lanes(void)
{
	try_lane(1, (uint64_t)1 << 40, 0, STATUS_TOO_DEAR, "a lane so far that its money is less than its gas");
	try_lane(1, INT64_MAX, 25000000, STATUS_TOO_DEAR, "the last lane of all, for a little less than its gas");
	try_lane(1, (uint64_t)1 << 40, 20000000, STATUS_OK, "what is worth its gas is never refused");
	try_lane(1, PAYCH_NEAR_LANES - 1, 0, STATUS_OK, "the lane of a home whose history is lost");
	try_lane(0, (uint64_t)1 << 40, 0, STATUS_OK, "a ledger without fees has no far lanes");
}

/* (r, n - s) signs the same; whoever has one can make the other. */
static void test_high_s(void)
{
	static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36,
		0x41, 0x41};
	struct bytes stream = {0}, answer = {0}, frame = {0};
	struct cheats c;
	struct scene s;
	struct voucher v;

	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	set_up_cheats(&s, &c, 100000);
	CHECK_EQUAL(scene_send(&s, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	v = (struct voucher){.channel = c.channels[OURS], .nonce = 1, .amount = afil(INTERVAL * PRICE)};
	CHECK_EQUAL(voucher_sign(&v, &s.client.key), STATUS_OK, "sign");
	for (int i = 31, borrow = 0; i >= 0; i--) {
		int digit = order[i] - v.signature[32 + i] - borrow;

		borrow = digit < 0;
		v.signature[32 + i] = (uint8_t)digit;
	}
	v.signature[64] ^= 1;
	scene_put_payment(&frame, &s, s.deal, &v.channel, &v);
	CHECK_EQUAL(
		provider_takes(&s, &answer, &frame), STATUS_BAD_SIGNATURE, "the high-S twin of a signature is refused");
	bytes_release(&stream);
	bytes_release(&answer);
	bytes_release(&frame);
	scene_end(&s);
}

/* Every bit of a good payment, flipped: never credited beyond what the client signed. */
static void test_flipped_bits(void)
{
	struct bytes stream = {0}, frame = {0}, answer = {0};
	struct provider_deal d;
	struct scene s;
	struct amount signed_sum = afil(INTERVAL * PRICE);
	enum status got;
	size_t wrong = 0;

	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	CHECK_EQUAL(scene_send(&s, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	CHECK_EQUAL(client_takes_all(&s, &stream), STATUS_OK, "and received");
	CHECK_EQUAL(scene_pay(&s, &frame), STATUS_OK, "the client pays");
	for (size_t bit = 16; bit < 8 * frame.len; bit++) {
		frame.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		bytes_clear(&answer);
		/* A bit in what nobody signs and nothing hangs on may pass; the money is the signed sum all the same. */
		got = provider_takes(&s, &answer, &frame);
		d = scene_provider_deal(&s);
		wrong += !amount_is_zero(&d.funds_received) && amount_cmp(&d.funds_received, &signed_sum) != 0;
		wrong += status_class(got) == CLASS_IO;
		frame.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	CHECK_EQUAL(wrong, 0, "no flipped bit of a payment changes what is credited");
	bytes_clear(&answer);
	CHECK_EQUAL(provider_takes(&s, &answer, &frame), STATUS_OK, "the payment itself is");
	CHECK_EQUAL(client_takes_all(&s, &answer), STATUS_OK, "the client hears of it");
	bytes_clear(&stream);
	scene_finish_deal(&s, &stream);
	scene_check_completed(&s, "flipped bits");
	bytes_release(&stream);
	bytes_release(&frame);
	bytes_release(&answer);
	scene_end(&s);
}

/* A second deal of the same client: one lane can't pay for both, nor many lanes more than the channel holds. */
static void test_two_deals_one_channel(void)
{
	struct bytes stream = {0}, frame = {0}, answer = {0};
	struct voucher_move move = {.where = OURS, .nonce = 1};
	struct proposal_request r;
	struct provider_deal paid_first, paid_second;
	struct client_deal second;
	uint64_t first;
	struct cheats c;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	set_up_cheats(&s, &c, INTERVAL * PRICE * 3 / 2);
	c.due = INTERVAL * PRICE;
	CHECK_EQUAL(scene_send(&s, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_OK, "the first deal is paid on lane 0");
	first = s.deal;
	r = scene_request(&s);
	r.max_total = afil(50000000); /* another request, or it would be the same deal */
	CHECK_EQUAL(buyer_propose(&s.client, &frame, &second, &r), STATUS_OK, "a second deal");
	bytes_clear(&answer);
	CHECK_EQUAL(provider_takes(&s, &answer, &frame), STATUS_OK, "is accepted");
	s.deal = second.id;
	bytes_clear(&stream);
	CHECK_EQUAL(scene_send(&s, &stream), STATUS_PAYMENT_NEEDED, "its first interval is sent");
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_WRONG_DEAL, "one voucher does not pay for two deals");
	move.nonce = 2;
	move.amount = 2 * c.due;
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_NOT_SPENDABLE, "nor one for more than the channel holds");
	move.amount = c.due + 5;
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_WRONG_DEAL, "nor does a better one on the first deal's lane");
	paid_second = scene_provider_deal(&s);
	s.deal = first;
	paid_first = scene_provider_deal(&s);
	s.deal = second.id;
	CHECK(amount_is_zero(&paid_second.funds_received) &&
			amount_cmp(&paid_first.funds_received, &(struct amount[]){afil(move.amount)}[0]) == 0,
		"its money counts for the deal whose lane it is");
	move = (struct voucher_move){.where = OURS, .lane = 1, .nonce = 1};
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_NOT_SPENDABLE,
		"a second lane can't promise the same money again");
	move.amount = c.due / 2 - 5;
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_PAYMENT_NEEDED, "it can promise what is left");
	scene_check(&s);
	s.deal = first;
	bytes_release(&stream);
	bytes_release(&frame);
	bytes_release(&answer);
	scene_end(&s);
}

/* What the ledger paid out on a channel before this home knew of it is gone, whatever the balance says. */
static void test_lanes_redeemed_before(void)
{
	struct voucher_move move = {.where = OURS, .lane = 1, .nonce = 1};
	struct bytes stream = {0}, answer = {0}, params = {0};
	struct voucher v;
	struct cheats c;
	struct scene s;
	uint64_t first;

	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	set_up_cheats(&s, &c, INTERVAL * PRICE * 5 / 2);
	c.due = INTERVAL * PRICE;
	v = (struct voucher){.channel = c.channels[OURS], .lane = 0, .nonce = 1, .amount = afil(c.due)};
	CHECK_EQUAL(voucher_sign(&v, &s.client.key), STATUS_OK, "sign");
	update_params(&params, &v, span_of("", 0));
	CHECK_EQUAL(scene_on_ledger(&s, &s.provider.key, &c.channels[OURS], METHOD_PAYCH_UPDATE, bytes_span(&params)),
		0, "a voucher is redeemed from another home");
	CHECK_EQUAL(scene_send(&s, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_OK, "lane 1 is covered");
	first = s.deal;
	{
		struct proposal_request r = scene_request(&s);
		struct client_deal second;
		struct bytes frame = {0};

		r.max_total = afil(50000000);
		CHECK_EQUAL(buyer_propose(&s.client, &frame, &second, &r), STATUS_OK, "a second deal");
		CHECK_EQUAL(provider_takes(&s, &answer, &frame), STATUS_OK, "is accepted");
		s.deal = second.id;
		bytes_release(&frame);
	}
	CHECK_EQUAL(scene_send(&s, &stream), STATUS_PAYMENT_NEEDED, "its first interval is sent");
	move.lane = 2;
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_NOT_SPENDABLE,
		"MONEY 7: lane 2 is not: the balance less what was redeemed and what we hold is too little");
	s.deal = first;
	bytes_release(&stream);
	bytes_release(&answer);
	bytes_release(&params);
	scene_end(&s);
}

int main(void)
{
	if (!scratch_begin())
		return test_end();
	content_make();
	test_vouchers();
	test_settling();
	test_party_without_key();
	test_far_lanes();
	test_high_s();
	test_flipped_bits();
	test_two_deals_one_channel();
	test_lanes_redeemed_before();
	content_release();
	scratch_end();
	return test_end();
}
