/* adversary - what each move of one who cheats brings, in attoFIL, beside what it may: "MOVE: lost N afil, bound M afil".
 *
 * A client that cheats talks to a provider that serves whole connections, as
 * serve(1) does; what the provider has lost is what its bytes are worth, less
 * what the ledger pays out for its vouchers in the end. What a client has lost
 * to a provider that cheats is what it signed, less what its verified bytes
 * are worth. What a provider gets by old and late vouchers is in
 * adversary_ledger.c. The moves of a provider that lies, and of those between two, are
 * in lies.c and meddling.c, which print the same lines.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../support/cheats.h"
#include "../../support/take_body.h"
#include "../../support/test.h"
#include "buyer/requests.h"
#include "embedded/embedded.h"
#include "seller/send.h"
#include "seller/serving.h"
#include "seller/take.h"
#include "settle/settle.h"
#include "store/deals.h"

#define BASE   UINT64_C(1000000) /* ids of the deals that are made here */
#define PRICED (INTERVAL * PRICE)
#define ONE    ((INTERVAL + content.largest - 1) * PRICE) /* an interval and a block */
#define SECOND ((INTERVAL + INCREASE + content.largest - 1) * PRICE)

/** struct attack - a client that cheats, and what it has in the pipe. */
struct attack {
	struct scene s;
	struct cheats c;
	struct client_deal own; /* terms and content of all its deals */
	const char *name;
	uint64_t deals;
	struct bytes frames;
};

static struct client_deal deal_at(const struct attack *a, uint64_t n)
{
	struct client_deal deal = a->own;

	deal.id = deal.transfer = BASE + n;
	memset(deal.request, 0, sizeof(deal.request));
	memcpy(deal.request, &deal.id, sizeof(deal.id));
	return deal;
}

static void propose(struct attack *a, uint64_t n, uint64_t skip)
{
	struct client_deal deal = deal_at(a, n);

	frames_proposal(&a->frames, &deal, skip);
	if (a->deals <= n)
		a->deals = n + 1;
}

static void cancel(struct attack *a, uint64_t n)
{
	struct client_deal deal = deal_at(a, n);

	frames_client_cancel(&a->frames, &deal);
}

static void pay(struct attack *a, uint64_t n, const struct voucher_move *move)
{
	struct client_deal deal = deal_at(a, n);
	struct voucher v = {.channel = a->c.channels[move->where],
		.lane = move->lane,
		.nonce = move->nonce,
		.amount = afil(move->amount),
		.time_lock_min = (int64_t)move->lock_min,
		.time_lock_max = (int64_t)move->lock_max,
		.min_settle_height = (int64_t)move->height};

	if (move->secret != NULL)
		v.secret_hash = span_text(move->secret);
	if (move->merge) {
		v.merges = span_of("\x82\x05\x01", 3);
		v.merge_count = 1;
	}
	deal.channel = v.channel;
	CHECK_EQUAL(
		voucher_sign(&v, move->wrong_key ? &a->c.stranger : &a->s.client.key), STATUS_OK, "the cheat signs");
	frames_payment(&a->frames, &deal, &v);
}

/* One connection: all that is in the pipe goes to the provider, then the client hangs up. */
static void connect_once(struct attack *a)
{
	char path[2][128];
	struct connection line = {.wake = -1};
	struct limits limits = {0};
	struct serving_log log = {0};
	enum status s;

	snprintf(path[0], sizeof(path[0]), "%s/frames", scratch);
	snprintf(path[1], sizeof(path[1]), "%s/answers", scratch);
	snprintf(limits.client, sizeof(limits.client), "%s", a->name);
	CHECK(write_file(path[0], bytes_span(&a->frames)), "the frames are written");
	line.in = open(path[0], O_RDONLY);
	line.out = open(path[1], O_WRONLY | O_CREAT | O_TRUNC, 0600);
	error_clear(&a->s.provider.error);
	s = seller_run(&a->s.provider, &line, &limits, &log);
	if (!CHECK(status_class(s) != CLASS_IO && status_class(s) != CLASS_INTEGRITY, "the provider is well"))
		fprintf(stderr, "  said: %s\n", a->s.provider.error.why);
	close(line.in);
	close(line.out);
	bytes_clear(&a->frames);
}

static uint64_t number_of(const struct amount *amount)
{
	char digits[AMOUNT_TEXT_MAX];

	return strtoull(amount_decimal(digits, amount), NULL, 10);
}

/** struct worth - of all that was sent, in attoFIL: and of what was sent unpaid, deal by deal, by the provider's own books. */
struct worth {
	uint64_t sent, unpaid;
};

static struct worth worth_of_deals(struct attack *a)
{
	struct worth worth = {0};
	struct kv_txn *txn = NULL;
	struct provider_deal deal;

	CHECK_EQUAL(kv_begin_read(store_kv(a->s.provider.store), &txn), STATUS_OK, "the provider's store is readable");
	for (uint64_t n = 0; n < a->deals; n++) {
		uint64_t sent, received;

		if (store_get_provider(txn, &deal, BASE + n) != STATUS_OK)
			continue;
		sent = deal.total_sent * PRICE;
		received = number_of(&deal.funds_received);
		worth.sent += sent;
		worth.unpaid += sent > received ? sent - received : 0;
	}
	kv_abort(&txn);
	return worth;
}

static void ignore_step(void *ctx, const struct settle_report *report)
{
	(void)ctx;
	(void)report;
}

/* What the ledger pays out to the provider in the end. */
static uint64_t redeemed(struct attack *a)
{
	struct address provider = address_of_party(&a->s.provider);
	struct settle_policy policy = {0};
	struct amount balance = amount_zero();

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < WHERE_COUNT; i++) {
			enum status s = settle_channel(&a->s.provider, &a->c.channels[i], &policy, ignore_step, NULL);

			(void)s; /* most are not the provider's, or have no voucher */
		}
		scene_advance(&a->s, PAYCH_SETTLE_DELAY + 1);
	}
	CHECK_EQUAL(ledger_balance(a->s.ledger, &balance, &provider), STATUS_OK, "the provider has an account");
	return number_of(&balance);
}

/** struct move - one way to cheat. @bound: what it may bring, in attoFIL. */
struct move {
	const char *name;
	void (*play)(struct attack *a);
	const char *client; /* its name; "" for none */
	uint64_t balance;   /* of its channel, in attoFIL */
};

static void play_move(const struct move *move, uint64_t bound)
{
	struct attack a = {.name = move->client};
	struct worth worth;
	uint64_t paid, lost;

	scene_begin(&a.s, PRICE, 0);
	scene_propose(&a.s, &a.frames);
	a.own = scene_client_deal(&a.s);
	bytes_clear(&a.frames);
	set_up_cheats(&a.s, &a.c, move->balance);
	move->play(&a);
	if (a.frames.len != 0)
		connect_once(&a);
	worth = worth_of_deals(&a);
	paid = redeemed(&a);
	lost = worth.sent > paid ? worth.sent - paid : 0;
	check_loss(move->name, lost > worth.unpaid ? lost : worth.unpaid, bound);
	bytes_release(&a.frames);
	a.s.deal = 0;
	scene_end(&a.s);
}

static void stop(struct attack *a)
{
	propose(a, 0, 0);
}

static void pay_and_stop(struct attack *a)
{
	propose(a, 0, 0);
	pay(a, 0, &(struct voucher_move){.nonce = 1, .amount = PRICED});
}

static void come_again(struct attack *a)
{
	for (uint64_t n = 0; n < 20; n++) {
		propose(a, n, n % 3);
		connect_once(a);
	}
}

static void replay_first(struct attack *a)
{
	for (int i = 0; i < 10; i++) {
		propose(a, 0, 0);
		connect_once(a);
	}
}

static void many_at_once(struct attack *a)
{
	for (uint64_t n = 0; n < 64; n++)
		propose(a, n, n % content.count);
}

static void many_in_turn(struct attack *a)
{
	for (uint64_t n = 0; n < 64; n++) {
		propose(a, n, n % content.count);
		connect_once(a);
	}
}

static void skip_all(struct attack *a)
{
	for (uint64_t n = 0; n < 8; n++)
		propose(a, n, UINT64_C(1) << 40);
}

static enum status discard(void *ctx, struct span bytes)
{
	(void)ctx;
	(void)bytes;
	return STATUS_OK;
}

/* Sixteen deals are accepted before any of them sends; then each is sent, as processes side by side would send them. */
static void accepted_before(struct attack *a)
{
	struct limits limits = {0};

	snprintf(limits.client, sizeof(limits.client), "%s", a->name);
	for (uint64_t n = 0; n < 16; n++) {
		struct bytes answer = {0};
		struct span stream;
		uint64_t deal = 0;

		propose(a, n, n % content.count);
		stream = bytes_span(&a->frames);
		CHECK_EQUAL(seller_take_body(&a->s.provider, &answer, &deal, next_frame(&stream), &limits), STATUS_OK,
			"the deal is accepted");
		bytes_clear(&a->frames);
		bytes_release(&answer);
	}
	for (uint64_t n = 0; n < 16; n++) {
		enum status s = seller_send(&a->s.provider, BASE + n, &limits, &(struct sink){discard, NULL, NULL});

		CHECK(s == STATUS_PAYMENT_NEEDED || s == STATUS_OK || s == STATUS_OWES_TOO_MUCH, status_text(s));
	}
}

static void cancel_each(struct attack *a)
{
	for (uint64_t n = 0; n < 20; n++) {
		propose(a, n, n % content.count);
		connect_once(a);
		cancel(a, n);
		connect_once(a);
	}
}

/* Every interval is paid, the rest is cancelled; then it is done again. */
static void cancel_before_last(struct attack *a)
{
	for (uint64_t n = 0; n < 5; n++) {
		uint64_t limit = 0, nonce = 0;

		propose(a, n, 0);
		while ((limit = interval_next(&a->own.params, limit)) < content.goods.bytes)
			pay(a, n, &(struct voucher_move){.lane = n, .nonce = ++nonce, .amount = limit * PRICE});
		connect_once(a);
		cancel(a, n);
		connect_once(a);
	}
}

static void one_for_two(struct attack *a)
{
	for (uint64_t n = 0; n < 4; n++) {
		propose(a, n, 0);
		pay(a, n, &(struct voucher_move){.nonce = 1, .amount = PRICED});
		connect_once(a);
	}
}

static void many_lanes(struct attack *a)
{
	for (uint64_t n = 0; n < 8; n++) {
		propose(a, n, 0);
		pay(a, n, &(struct voucher_move){.lane = n, .nonce = 1, .amount = PRICED});
		connect_once(a);
	}
}

static void old_vouchers(struct attack *a)
{
	static const struct voucher_move moves[] = {
		{.nonce = 1, .amount = PRICED},
		{.nonce = 1, .amount = PRICED},
		{.nonce = 1, .amount = 3 * PRICED},
		{.nonce = 2, .amount = PRICED - 1},
		{.nonce = 2, .amount = PRICED},
		{.nonce = 0, .amount = 4 * PRICED},
	};

	propose(a, 0, 0);
	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
		pay(a, 0, &moves[i]);
}

static void worthless_vouchers(struct attack *a)
{
	static const struct voucher_move moves[] = {
		{.where = TO_ANOTHER, .nonce = 1},
		{.where = FROM_ANOTHER, .nonce = 1},
		{.where = FROM_ANOTHER, .nonce = 1, .wrong_key = true, .merge = true},
		{.where = UNFUNDED, .nonce = 1},
		{.where = COLLECTED, .nonce = 1},
		{.where = ABSENT, .nonce = 1},
		{.nonce = 1, .wrong_key = true},
		{.nonce = 1, .lock_min = 1000000},
		{.nonce = 1, .lock_max = 1},
		{.nonce = 1, .height = 1000000},
		{.nonce = 1, .secret = "01234567890123456789012345678901"},
		{.nonce = 1, .merge = true},
	};

	propose(a, 0, 0);
	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
		struct voucher_move move = moves[i];

		move.amount = content.goods.bytes * PRICE;
		pay(a, 0, &move);
	}
}

/* The client has money, and a channel to the provider, on a ledger of the test network. */
static void other_network(struct attack *a)
{
	struct embedded_options options = {.network = NETWORK_TEST, .manual = true, .identity = {7}};
	struct address client = address_of_party(&a->s.client), provider = address_of_party(&a->s.provider);
	struct address channel = address_of_actor(span_text("on the test network"));
	struct amount money = afil(1000000);
	struct embedded *books = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/trial", scratch);
	CHECK(embedded_init(path, &options) == STATUS_OK && embedded_open(&books, path) == STATUS_OK &&
			embedded_place(books, &channel, &client, &provider, &money) == STATUS_OK,
		"a channel on another network");
	embedded_close(books);
	a->c.channels[ABSENT] = channel;
	propose(a, 0, 0);
	pay(a, 0, &(struct voucher_move){.where = ABSENT, .nonce = 1, .amount = PRICED});
	connect_once(a);
	pay(a, 0, &(struct voucher_move){.where = ABSENT, .nonce = 2, .amount = content.goods.bytes * PRICE});
}

static void settling_channel(struct attack *a)
{
	propose(a, 0, 0);
	pay(a, 0, &(struct voucher_move){.where = SETTLING, .nonce = 1, .amount = PRICED});
}

static void overpay(struct attack *a)
{
	propose(a, 0, 0);
	pay(a, 0, &(struct voucher_move){.nonce = 1, .amount = content.goods.bytes * PRICE + 1000});
}

static void test_clients(void)
{
	static const struct move one[] = {
		{"a client stops after the first interval", stop, "mallory", 0},
		{"it stops and comes again with another deal, 20 times", come_again, "mallory", 0},
		{"it comes again and again for the first interval of one deal", replay_first, "mallory", 0},
		{"64 deals at once, each from another place of the content", many_at_once, "mallory", 0},
		{"64 deals in turn, each from another place of the content", many_in_turn, "mallory", 0},
		{"16 deals, all accepted before the first of them sends", accepted_before, "mallory", 0},
		{"it cancels 20 deals before it pays", cancel_each, "mallory", 0},
		{"it says that it has everything", skip_all, "mallory", 0},
		{"it pays from a channel on the ledger of another network", other_network, "mallory", 0},
		{"12 vouchers that the ledger would not redeem", worthless_vouchers, "mallory", 1000000},
	};
	static const struct move second[] = {
		{"it pays for one interval and stops", pay_and_stop, "mallory", 1000000},
		{"it pays all but the last interval and cancels, 5 times", cancel_before_last, "mallory", 10000000},
		{"one voucher for 4 deals", one_for_two, "mallory", 1000000},
		{"8 lanes with money for one and a half", many_lanes, "mallory", PRICED * 3 / 2},
		{"old vouchers, and nonces that say something else", old_vouchers, "mallory", 1000000},
		{"a channel that is settling", settling_channel, "mallory", 1000000},
		{"it overpays", overpay, "mallory", 1000000},
	};
	static const struct move unnamed[] = {
		{"64 deals at once of clients without a name", many_at_once, "", 0},
		{"64 deals in turn of clients without a name", many_in_turn, "", 0},
	};

	for (size_t i = 0; i < sizeof(one) / sizeof(one[0]); i++)
		play_move(&one[i], ONE);
	for (size_t i = 0; i < sizeof(second) / sizeof(second[0]); i++)
		play_move(&second[i], SECOND);
	for (size_t i = 0; i < sizeof(unnamed) / sizeof(unnamed[0]); i++)
		play_move(&unnamed[i], 63 * PRICED + ONE);
}

/* A provider that withholds all after it was paid keeps the unseal price, and nothing else. */
static void test_withholding(uint64_t unseal)
{
	struct bytes stream = {0}, payment = {0};
	struct scene s;

	scene_begin(&s, PRICE, unseal);
	scene_begin_deal(&s);
	CHECK_EQUAL(scene_send(&s, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	CHECK_EQUAL(client_takes_all(&s, &stream), STATUS_OK, "and received");
	CHECK_EQUAL(scene_pay(&s, &payment), STATUS_OK, "and paid");
	check_loss(unseal != 0 ? "a provider with an unseal price withholds all after the first payment"
			       : "a provider withholds all after the first payment",
		scene_client_loss(&s), unseal);
	bytes_release(&stream);
	bytes_release(&payment);
	scene_end(&s);
}

int main(void)
{
	if (!scratch_begin())
		return test_end();
	content_make();
	test_clients();
	test_withholding(0);
	test_withholding(500);
	content_release();
	scratch_end();
	return test_end();
}
