/* judge.c - which steps of settling are worth their fee, on a ledger with fees, and which wait for a condition. */
#include <stdlib.h>
#include <string.h>

#include "../../support/test.h"
#include "embedded/embedded.h"
#include "settle/settle_total.h"
#include "store/channels.h"
#include "store/conditional.h"

#define PRICE   2    /* afil for a unit of gas now: base fee 1, premium 1 */
#define CAP     10   /* afil for a unit of gas at most */
#define UPDATE  7000 /* gas of the messages */
#define SETTLE  3000
#define COLLECT 4125000 /* before the settle delay is over; then 5000 */
#define LATE    5000
#define CLOSING (PRICE * (SETTLE + COLLECT)) /* afil, by estimates of before the delay is over */
#define BALANCE 100000000                    /* afil in the channel */

static char folder[64];
static struct party party;
static struct key payer, payee;
static struct embedded *books;
static struct address channel;
static struct ledger_ops ops;      /* the embedded ledger's, with fees */
static uint64_t refused_lane = 99; /* the ledger would refuse its vouchers */
static uint64_t dear_lane = 99;    /* the fee for its vouchers is above the ceiling */

static struct key key_of(uint8_t seed)
{
	uint8_t bytes[KEY_SECRET_SIZE] = {seed};
	struct key key;

	CHECK_EQUAL(key_from_seed(&key, bytes), STATUS_OK, "a key");
	return key;
}

static enum status base_fee(void *self, struct amount *out)
{
	(void)self;
	*out = amount_u64(1);
	return STATUS_OK;
}

static bool is_on_lane(const struct message *m, uint64_t lane)
{
	struct voucher voucher;
	struct span secret;

	return m->method == METHOD_PAYCH_UPDATE && update_params_decode(&voucher, &secret, m->params) == STATUS_OK &&
	       voucher.lane == lane;
}

/* A message that is signed gets no gas, as the accounts have nothing for the fees: what matters here is the estimate. */
static enum status estimate(void *self, struct message *m, struct receipt *refusal, const struct amount *max_fee)
{
	static const int64_t gas[] = {[METHOD_SEND] = 1000,
		[METHOD_PAYCH_UPDATE] = UPDATE,
		[METHOD_PAYCH_SETTLE] = SETTLE,
		[METHOD_PAYCH_COLLECT] = LATE};

	(void)self;
	if (max_fee != NULL && is_on_lane(m, dear_lane))
		return STATUS_TOO_DEAR;
	if (is_on_lane(m, refused_lane)) {
		*refusal = (struct receipt){.exit_code = 16, .text = "no such luck"};
		return STATUS_REJECTED;
	}
	m->gas_limit = max_fee == NULL ? gas[m->method] : 0;
	m->gas_fee_cap = amount_u64(max_fee == NULL ? CAP : 0);
	m->gas_premium = amount_u64(max_fee == NULL ? 1 : 0);
	return STATUS_OK;
}

static const char *path_of(const char *name, const char *what)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s-%s", folder, name, what);
	return path;
}

static struct kv_txn *begin(void)
{
	struct kv_txn *txn = NULL;

	CHECK_EQUAL(kv_begin_write(store_kv(party.store), &txn), STATUS_OK, "begin");
	return txn;
}

/* A channel in which nothing is promised yet, on a ledger and in a home of its own. */
static void set_up(const char *name, bool outbound)
{
	struct embedded_options o = {.network = NETWORK_MAIN, .manual = true};
	struct address from = address_of_key(payer.public), to = address_of_key(payee.public);
	struct amount balance = amount_u64(BALANCE), little = amount_u64(1);
	struct channel record = {.address = channel, .from = from, .to = to, .outbound = outbound};
	uint8_t salt[32] = {1};
	struct kv_txn *txn;

	CHECK(embedded_init(path_of(name, "ledger"), &o) == STATUS_OK &&
			embedded_open(&books, path_of(name, "ledger")) == STATUS_OK,
		"a ledger");
	CHECK_EQUAL(embedded_fund(books, &from, &little), STATUS_OK, "the payer's account");
	CHECK_EQUAL(embedded_fund(books, &to, &little), STATUS_OK, "the payee's account");
	CHECK_EQUAL(embedded_place(books, &channel, &from, &to, &balance), STATUS_OK, "place");
	party = (struct party){.key = outbound ? payer : payee,
		.has_key = true,
		.network = NETWORK_MAIN,
		.max_fee = amount_u64(BALANCE)};
	CHECK_EQUAL(ledger_of(&party.ledger, &ops, books), STATUS_OK, "the ledger with fees");
	CHECK_EQUAL(store_open(&party.store, path_of(name, "home"), KV_CREATE), STATUS_OK, "a home");
	txn = begin();
	CHECK(store_init_ids(txn, salt) == STATUS_OK && store_put_channel(txn, &record) == STATUS_OK &&
			kv_commit(&txn) == STATUS_OK,
		"the channel");
}

static void tear_down(void)
{
	store_close(party.store);
	ledger_close(party.ledger); /* and the books */
}

/* The best voucher of a lane, with @expires as its last epoch; 0: none. */
static void put_ending_voucher(uint64_t lane, uint64_t amount, int64_t expires)
{
	struct lane_record record = {.lane = lane, .nonce = 1, .amount = amount_u64(amount)};
	struct voucher voucher = {
		.channel = channel, .lane = lane, .nonce = 1, .amount = amount_u64(amount), .time_lock_max = expires};
	CLEAN_BYTES struct bytes bytes = {0};
	struct kv_txn *txn = begin();

	CHECK_EQUAL(voucher_sign(&voucher, &payer), STATUS_OK, "sign");
	voucher_write(&bytes, &voucher);
	CHECK_EQUAL(store_put_lane(txn, &channel, &record), STATUS_OK, "a lane");
	CHECK_EQUAL(store_put_voucher(txn, &channel, lane, 1, bytes_span(&bytes)), STATUS_OK, "a voucher");
	CHECK_EQUAL(kv_commit(&txn), STATUS_OK, "commit");
}

static void put_voucher(uint64_t lane, uint64_t amount)
{
	put_ending_voucher(lane, amount, 0);
}

/* The payer does something behind our back. */
static void payer_sends(uint64_t method)
{
	struct message m = {.to = channel, .from = address_of_key(payer.public), .method = method};
	struct signed_message out;
	struct outcome outcome;

	CHECK_EQUAL(ledger_nonce(party.ledger, &m.nonce, &m.from), STATUS_OK, "nonce");
	CHECK_EQUAL(message_sign(&out, &m, &payer), STATUS_OK, "sign");
	CHECK_EQUAL(ledger_submit(party.ledger, &outcome, &out), STATUS_OK, "submit");
	CHECK_EQUAL(outcome.receipt.exit_code, 0, "the actor takes it");
}

static void advance(int64_t epochs)
{
	int64_t now;

	CHECK_EQUAL(embedded_advance(books, epochs, &now), STATUS_OK, "advance");
}

/** struct seen - the lines of a run. */
struct seen {
	unsigned done[SETTLE_SUMMARY + 1], held[SETTLE_SUMMARY + 1], failed;
	uint64_t lanes; /* bits: submitted */
	struct settle_report last[SETTLE_SUMMARY + 1];
	struct settle_report closing; /* the choice to close */
	struct settle_total total;
};

static void see(void *ctx, const struct settle_report *r)
{
	struct seen *seen = ctx;

	seen->failed += r->status == STATUS_NOT_SPENDABLE;
	seen->held[r->step] += r->held == HELD_FEE;
	seen->done[r->step] += r->held == HELD_NOT && r->status == STATUS_OK;
	if (r->step == SETTLE_SUBMIT && r->held == HELD_NOT && r->status == STATUS_OK)
		seen->lanes |= UINT64_C(1) << r->lane;
	seen->last[r->step] = *r;
	if (r->step == SETTLE_CHOICE && r->choice == CHOOSE_CLOSE)
		seen->closing = *r;
	if (r->step == SETTLE_SUMMARY)
		CHECK_EQUAL(settle_total_add(&seen->total, r), STATUS_OK, "add");
}

static struct seen run(const struct settle_policy *policy, enum status want, const char *why)
{
	struct seen seen = {.failed = 0};

	error_clear(&party.error);
	CHECK_EQUAL(settle_channel(&party, &channel, policy, see, &seen), want, why);
	return seen;
}

static bool is(const struct amount *amount, uint64_t want)
{
	struct amount wanted = amount_u64(want);

	return amount_cmp(amount, &wanted) == 0;
}

/* SETTLE 7 */
static void test_vouchers_below_their_fee(void)
{
	const struct settle_policy plain = {0}, plan = {.plan = true}, loss = {.at_a_loss = true};
	struct settle_report close;
	struct seen seen;

	set_up("voucher", false);
	put_voucher(0, PRICE * UPDATE - 1);
	put_voucher(1, PRICE * UPDATE);
	seen = run(&plan, STATUS_OK, "a plan");
	CHECK(seen.lanes == 2 && seen.held[SETTLE_SUBMIT] == 1, "the plan leaves out what costs more than it adds");
	CHECK(is(&seen.last[SETTLE_SUMMARY].unsubmitted, 2 * PRICE * UPDATE - 1), "all is at risk");
	CHECK(is(&seen.last[SETTLE_SUMMARY].cost.fee, PRICE * UPDATE + CLOSING), "the cost of all steps");
	CHECK(is(&seen.last[SETTLE_SUMMARY].cost.most, CAP / PRICE * (PRICE * UPDATE + CLOSING)), "and the most");
	CHECK(seen.last[SETTLE_SUMMARY].cost.about, "a part is not by an estimate of the message itself");
	CHECK_EQUAL(seen.total.left, 1, "the way to the end costs more than it brings");
	close = seen.closing;
	CHECK(close.held == HELD_FEE && close.messages == 4, "closing at a loss submits both vouchers");
	CHECK(is(&close.amount, 2 * PRICE * UPDATE - 1), "and has both amounts");
	CHECK(is(&close.cost.fee, 2 * PRICE * UPDATE + CLOSING), "and both fees");
	seen = run(&plain, STATUS_OK, "a run");
	CHECK(seen.lanes == 2 && seen.held[SETTLE_SUBMIT] == 1, "a fee that equals the gain is paid");
	CHECK(seen.held[SETTLE_OPEN] == 1 && seen.done[SETTLE_START] == 0, "a channel not worth closing stays open");
	CHECK(is(&seen.last[SETTLE_OPEN].cost.fee, CLOSING) && seen.last[SETTLE_OPEN].cost.about, "both numbers");
	seen = run(&plain, STATUS_OK, "again");
	CHECK(seen.lanes == 0 && seen.held[SETTLE_SUBMIT] == 1, "nothing is submitted twice");
	seen = run(&loss, STATUS_OK, "at a loss");
	CHECK(seen.lanes == 1 && seen.done[SETTLE_START] == 1, "the user's word is above the fee");
	tear_down();
}

static void test_closing_pays(void)
{
	const struct settle_policy plain = {0};
	struct seen seen;

	set_up("closing", false);
	put_voucher(0, CLOSING - 1);
	seen = run(&plain, STATUS_OK, "one afil is missing");
	CHECK(seen.lanes == 1 && seen.held[SETTLE_OPEN] == 1, "submitted, which pays, and not closed, which does not");
	put_voucher(1, PRICE * UPDATE);
	seen = run(&plain, STATUS_OK, "enough");
	CHECK(seen.lanes == 2 && seen.done[SETTLE_START] == 1, "closed once it pays");
	tear_down();
}

/* SETTLE 7: also before a deadline only what pays, and what was given up is no loss. */
static void test_deadline(void)
{
	const struct settle_policy plain = {0};
	struct seen seen;

	set_up("deadline", false);
	put_voucher(0, PRICE * UPDATE - 1);
	put_voucher(1, PRICE * UPDATE);
	payer_sends(METHOD_PAYCH_SETTLE);
	seen = run(&plain, STATUS_TOO_EARLY, "before the deadline");
	CHECK(seen.lanes == 2 && seen.held[SETTLE_SUBMIT] == 1, "only what pays");
	CHECK(is(&seen.last[SETTLE_WAIT].unsubmitted, PRICE * UPDATE - 1), "what stays is said");
	advance(PAYCH_SETTLE_DELAY);
	seen = run(&plain, STATUS_OK, "after the delay: what was given up is no loss");
	CHECK(seen.done[SETTLE_COLLECT] == 1 && is(&seen.last[SETTLE_COLLECT].amount, PRICE * UPDATE), "collected");
	seen = run(&plain, STATUS_OK, "and no loss later");
	CHECK_EQUAL(seen.done[SETTLE_LOST], 0, "no line of a loss");
	tear_down();
}

/* SETTLE 4, SETTLE 7 */
static void test_collecting(void)
{
	const struct settle_policy plain = {0}, plan = {.plan = true}, loss = {.at_a_loss = true};
	struct amount lost;
	struct seen seen;

	set_up("collect", false);
	put_voucher(0, 5 * PRICE * UPDATE);
	payer_sends(METHOD_PAYCH_SETTLE);
	advance(PAYCH_SETTLE_DELAY);
	seen = run(&plan, STATUS_TOO_LATE, "a plan of the one that comes too late");
	CHECK(seen.held[SETTLE_COLLECT] == 1 && is(&seen.last[SETTLE_COLLECT].cost.fee, PRICE * LATE), "both numbers");
	for (int i = 0; i < 2; i++) {
		seen = run(&plain, STATUS_TOO_LATE, "a loss, though nothing is collected");
		CHECK(seen.held[SETTLE_COLLECT] == 1 && is(&seen.last[SETTLE_LOST].amount, 5 * PRICE * UPDATE), "loss");
	}
	CHECK_EQUAL(settle_write_off(&party, &lost, &channel, false), STATUS_OK, "the loss is written off");
	seen = run(&plain, STATUS_OK, "and is not said again");
	CHECK_EQUAL(seen.held[SETTLE_COLLECT], 1, "collecting pays no better");
	seen = run(&loss, STATUS_OK, "at a loss");
	CHECK_EQUAL(seen.done[SETTLE_COLLECT], 1, "the user's word is above the fee");
	tear_down();
}

static void test_payer(void)
{
	const struct settle_policy plain = {0}, plan = {.plan = true};
	struct kv_txn *txn;
	struct channel record;
	struct seen seen;

	set_up("payer", true);
	txn = begin();
	CHECK_EQUAL(store_get_channel(txn, &record, &channel), STATUS_OK, "the channel");
	record.committed = amount_u64(BALANCE - CLOSING + 1);
	CHECK(store_put_channel(txn, &record) == STATUS_OK && kv_commit(&txn) == STATUS_OK, "promised");
	seen = run(&plain, STATUS_OK, "the rest is below the fees");
	CHECK_EQUAL(seen.held[SETTLE_OPEN], 1, "it stays there");
	seen = run(&plan, STATUS_OK, "a plan");
	CHECK_EQUAL(seen.last[SETTLE_CHOICE].choice, CHOOSE_WAIT, "waiting is a choice");
	CHECK(is(&seen.last[SETTLE_SUMMARY].amount, CLOSING - 1), "what comes back");
	txn = begin();
	record.committed = amount_u64(BALANCE - CLOSING);
	CHECK(store_put_channel(txn, &record) == STATUS_OK && kv_commit(&txn) == STATUS_OK, "promised");
	seen = run(&plain, STATUS_OK, "the rest is worth the fees");
	CHECK(seen.done[SETTLE_START] == 1 && seen.last[SETTLE_START].outbound, "the payer settles");
	tear_down();
}

/* SETTLE 1: a plan says which voucher the ledger would refuse, and a run submits the others. */
static void test_refused(void)
{
	const struct settle_policy keep = {.keep_open = true}, plan = {.plan = true, .keep_open = true};
	struct seen seen;

	set_up("refused", false);
	put_voucher(0, PRICE * UPDATE);
	put_voucher(1, PRICE * UPDATE);
	put_voucher(2, PRICE * UPDATE);
	refused_lane = 1;
	seen = run(&plan, STATUS_NOT_SPENDABLE, "a plan");
	CHECK(seen.lanes == 5 && seen.failed == 1, "one would be refused");
	seen = run(&keep, STATUS_NOT_SPENDABLE, "a run");
	CHECK(seen.lanes == 5 && seen.failed == 1, "the others are submitted");
	refused_lane = 99;
	tear_down();
}

/* SETTLE 1: a voucher whose fee is above the ceiling hides no other one, and settling does not begin without it. */
static void test_above_ceiling(void)
{
	const struct settle_policy plain = {0};
	struct seen seen;

	set_up("ceiling", false);
	put_voucher(0, CLOSING);
	put_voucher(1, CLOSING);
	put_voucher(2, CLOSING);
	dear_lane = 1;
	seen = run(&plain, STATUS_TOO_DEAR, "a run");
	CHECK_EQUAL(seen.lanes, 5, "the others are submitted");
	CHECK_EQUAL(seen.done[SETTLE_START], 0, "settling waits for the higher ceiling");
	dear_lane = 99;
	seen = run(&plain, STATUS_OK, "with a higher ceiling");
	CHECK(seen.lanes == 2 && seen.done[SETTLE_START] == 1, "all is done");
	tear_down();
}

/* An account without money can't be estimated: the fee is not known, and no voucher is held back for it. */
static void test_unknown_fee(void)
{
	const struct settle_policy plan = {.plan = true};
	struct message m = {
		.to = address_of_key(payer.public), .from = address_of_key(payee.public), .value = amount_u64(1)};
	struct signed_message out;
	struct outcome outcome;
	struct seen seen;

	set_up("unknown", false);
	put_voucher(0, 5);
	CHECK_EQUAL(message_sign(&out, &m, &payee), STATUS_OK, "sign");
	CHECK_EQUAL(ledger_submit(party.ledger, &outcome, &out), STATUS_OK, "the payee has nothing any more");
	seen = run(&plan, STATUS_OK, "a plan");
	CHECK(seen.lanes == 1 && !seen.last[SETTLE_SUMMARY].cost.known, "the plan says that it does not know");
	tear_down();
}

/* SETTLE 8 */
static void test_conditions(void)
{
	static const struct {
		const char *name;
		struct settle_when when;
		uint64_t vouchers;
		int64_t settling_for; /* epochs since the payer has settled; -1: not at all */
		bool submits;
	} rows[] = {
		{"now", {0}, 20000, -1, true},
		{"spent-not", {.spent = true}, BALANCE - 1, -1, false},
		{"spent", {.spent = true}, BALANCE, -1, true},
		{"amount-not", {0}, 20000, -1, false},
		{"amount", {0}, 30000, -1, true},
		{"margin-open", {.margin = 3600}, BALANCE, -1, false},
		{"margin-not", {.margin = 3600}, 20000, 1319, false},
		{"margin", {.margin = 3600}, 20000, 1320, true},
		{"settles", {.spent = true}, 20000, 0, true},
		{"either", {.spent = true, .margin = 3600}, BALANCE, 5, true},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct settle_policy policy = {.keep_open = true, .spare = true, .when = rows[i].when};
		bool open = rows[i].settling_for < 0;
		struct seen seen;

		if (strncmp(rows[i].name, "amount", 6) == 0)
			policy.when.amount = amount_u64(30000);
		set_up(rows[i].name, false);
		put_voucher(0, rows[i].vouchers);
		if (!open)
			payer_sends(METHOD_PAYCH_SETTLE);
		advance(open ? 0 : rows[i].settling_for);
		seen = run(&policy, open ? STATUS_OK : STATUS_TOO_EARLY, rows[i].name);
		CHECK_EQUAL(seen.lanes, rows[i].submits, rows[i].name);
		if (!rows[i].submits)
			CHECK(is(&seen.last[open ? SETTLE_OPEN : SETTLE_WAIT].unsubmitted, rows[i].vouchers),
				rows[i].name);
		tear_down();
	}
}

/* A signed voucher that waits for epoch @from. */
static void put_waiting(uint64_t lane, int64_t from, struct bytes *bytes)
{
	struct voucher voucher = {
		.channel = channel, .lane = lane, .nonce = 1, .amount = amount_u64(20000), .time_lock_min = from};
	struct kv_txn *txn = begin();

	CHECK_EQUAL(voucher_sign(&voucher, &payer), STATUS_OK, "sign");
	voucher_write(bytes, &voucher);
	CHECK_EQUAL(store_put_waiting(txn, &channel, lane, 1, bytes_span(bytes)), STATUS_OK, "a voucher that waits");
	CHECK_EQUAL(kv_commit(&txn), STATUS_OK, "commit");
}

/* Flip a bit of these bytes, wherever the store has them. */
static void damage(const char *name, struct span bytes)
{
	char path[160];
	CLEAN_BYTES struct bytes data = {0};
	uint8_t *at;
	FILE *file;
	int c;

	store_close(party.store);
	snprintf(path, sizeof(path), "%s/data.mdb", path_of(name, "home"));
	file = fopen(path, "r+");
	if (!CHECK(file != NULL, "the store's file"))
		return;
	while ((c = getc(file)) != EOF)
		bytes_append_byte(&data, (uint8_t)c);
	for (at = data.data; (at = memmem(at, data.len - (size_t)(at - data.data), bytes.data, bytes.len)) != NULL;
		at++)
		*at ^= 1;
	CHECK_EQUAL(fseek(file, 0, SEEK_SET), 0, "back to its beginning");
	CHECK(fwrite(data.data, 1, data.len, file) == data.len && fclose(file) == 0, "damage");
	CHECK_EQUAL(store_open(&party.store, path_of(name, "home"), KV_CREATE), STATUS_OK, "the home again");
}

/* SETTLE 9: a damaged record does not hide a voucher that waits beside it. */
static void test_damaged_wait(void)
{
	const struct settle_policy plain = {0};
	CLEAN_BYTES struct bytes one = {0}, two = {0};
	struct seen seen;

	set_up("damaged", false);
	put_voucher(0, 3 * CLOSING);
	put_waiting(1, 5000, &one);
	put_waiting(2, 5000, &two);
	damage("damaged", bytes_span(&two));
	seen = run(&plain, STATUS_CORRUPT, "a run");
	CHECK_EQUAL(seen.done[SETTLE_START], 0, "settling does not begin");
	CHECK_EQUAL(seen.last[SETTLE_OPEN].until, 5000, "as the readable voucher waits");
	tear_down();
}

/* SETTLE 9: a condition that comes after the end of a voucher would lose it. */
static void test_ending_voucher(void)
{
	struct settle_policy policy = {.keep_open = true, .spare = true, .when = {.spent = true}};
	struct seen seen;

	set_up("ending", false);
	put_ending_voucher(0, 20000, 50);
	put_voucher(1, 20000);
	policy.plan = true;
	seen = run(&policy, STATUS_OK, "a plan");
	CHECK_EQUAL(seen.lanes, 1, "the plan has the voucher that ends");
	policy.plan = false;
	seen = run(&policy, STATUS_OK, "a run");
	CHECK_EQUAL(seen.lanes, 1, "the voucher that ends is submitted, the other one waits");
	CHECK(is(&seen.last[SETTLE_OPEN].unsubmitted, 20000), "only the other one is not submitted");
	tear_down();
}

int main(void)
{
	char command[128];

	snprintf(folder, sizeof(folder), "/tmp/test-judge-XXXXXX");
	if (!CHECK(mkdtemp(folder) != NULL, "a folder to work in"))
		return test_end();
	payer = key_of(1);
	payee = key_of(2);
	channel = address_of_id(4720);
	ops = embedded_ops;
	ops.base_fee = base_fee;
	ops.estimate = estimate;
	test_vouchers_below_their_fee();
	test_closing_pays();
	test_deadline();
	test_collecting();
	test_payer();
	test_refused();
	test_above_ceiling();
	test_unknown_fee();
	test_conditions();
	test_ending_voucher();
	test_damaged_wait();
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_EQUAL(system(command), 0, "tidy up");
	return test_end();
}
