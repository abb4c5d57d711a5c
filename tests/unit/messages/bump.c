/* bump.c - a message to the ledger in several tries: which of them counts, and what a try with too little gas becomes. */
#include "messages/bump.h"
#include "../../support/account.h"
#include "messages/chain_message.h"
#include "messages/in_flight.h"
#include "store/pending.h"

#define PRICE 1000          /* afil for a unit of gas */
#define HIGH  1000000000000 /* above all that there is */
#define FUNDS 1000000000000000000

/* The ledger: */
static bool deaf;         /* takes no message */
static bool forgetful;    /* knows only the try that was executed itself */
static int64_t gas_limit; /* that an estimate gives; 0: the ledger's */
static struct bump_report last;
static unsigned reports;

static enum status estimate(void *self, struct message *m, struct receipt *refusal, const struct amount *max_fee)
{
	enum status s = embedded_ops.estimate(self, m, refusal, max_fee);

	if (gas_limit != 0)
		m->gas_limit = gas_limit;
	gas_limit = 0;
	return s;
}

static enum status submit(void *self, struct outcome *o, const struct signed_message *m)
{
	return deaf ? STATUS_NOT_NOW : embedded_ops.submit(self, o, m);
}

static enum status outcome(void *self, struct outcome *o, const struct signed_message *m)
{
	struct cid executed, cid;

	if (forgetful && embedded_executed(self, &executed, &m->message.from, m->message.nonce) == STATUS_OK &&
		signed_message_cid(&cid, m) == STATUS_OK && !cid_equal(&cid, &executed)) {
		*o = (struct outcome){.state = MESSAGE_REPLACED};
		return STATUS_OK;
	}
	return embedded_ops.outcome(self, o, m);
}

static enum status send(const char *about, uint64_t value)
{
	struct chain_message m = {.about = span_text(about),
		.to = them,
		.method = METHOD_SEND,
		.value = amount_u64(value),
		.params = span_of("", 0)};
	struct receipt receipt = {0};

	error_clear(&party.error);
	return chain_message_send(&party, &receipt, &m);
}

static void forget(const char *about)
{
	CHECK_EQUAL(chain_message_forget(&party, span_text(about)), STATUS_OK, "forget");
}

static void note(void *ctx, const struct bump_report *r)
{
	(void)ctx;
	last = *r;
	reports++;
}

static enum status bump(void)
{
	struct bump b = {.report = note};

	error_clear(&party.error);
	return bump_messages(&party, &b);
}

static void set_price(uint64_t price)
{
	struct amount a = amount_u64(price);

	CHECK_EQUAL(embedded_set_gas_price(books, &a), STATUS_OK, "a price");
}

static bool has(const struct address *who, uint64_t want)
{
	struct amount got, wanted = amount_u64(want);

	return embedded_ops.balance(books, &got, who) == STATUS_OK && amount_cmp(&got, &wanted) == 0;
}

static uint64_t tries(const char *about)
{
	uint64_t n = 99;

	CHECK_EQUAL(in_flight_count_tries(&party, &n, span_text(about)), STATUS_OK, "the tries");
	return n;
}

static bool is_stored(const char *about)
{
	CLEAN_BYTES struct bytes encoded = {0};
	struct signed_message m;

	return chain_newest(&party, &m, &encoded, span_text(about)) == STATUS_OK;
}

/* A try that was stored and never submitted, then submitted. */
static void test_store_first(void)
{
	struct raised raised;

	set_price(HIGH);
	party.max_fee = amount_u64(FUNDS);
	CHECK_EQUAL(send("a", 10), STATUS_TOO_DEAR, "the ledger takes a fee above all that there is");
	set_price(PRICE);
	deaf = true;
	CHECK_EQUAL(send("a", 10), STATUS_NOT_NOW, "stored, not submitted");
	deaf = false;
	set_price(500000);
	CHECK_EQUAL(send("a", 10), STATUS_PENDING, "the first try waits for a lower price");
	CHECK_EQUAL(raise_fee(&party, &raised, span_text("a"), RAISE_PRICE, true), STATUS_OK, "a plan");
	CHECK(raised.tries == 2 && tries("a") == 1, "stores nothing");
	CHECK_EQUAL(raise_fee(&party, &raised, span_text("a"), RAISE_PRICE, false), STATUS_OK, "a second try");
	CHECK(raised.tries == 2 && tries("a") == 2, "is stored beside the first");
	CHECK(amount_cmp(&raised.before.gas_premium, &raised.after.gas_premium) < 0 &&
			amount_cmp(&raised.before.gas_fee_cap, &raised.after.gas_fee_cap) < 0,
		"and offers more");
	CHECK_EQUAL(send("a", 10), STATUS_OK, "the same call submits the newest try");
	CHECK(has(&them, 10) && tries("a") == 2, "which is executed");
	forget("a");
	CHECK_EQUAL(tries("a"), 1, "the tries are gone with the message");
	CHECK_EQUAL(bump(), STATUS_NOT_FOUND, "nothing is in flight");
	CHECK_TEXT(party.error.why, "no message of ours is on its way", "the words");
}

/* MONEY 23: an older try is executed, and the ledger knows nothing of the newest. */
static void test_older_wins(void)
{
	struct raised raised;

	CHECK_EQUAL(send("b", 10), STATUS_OK, "a message");
	forget("b");
	set_price(PRICE);
	deaf = true;
	CHECK_EQUAL(send("b", 10), STATUS_NOT_NOW, "stored");
	deaf = false;
	set_price(500000);
	CHECK_EQUAL(send("b", 10), STATUS_PENDING, "waits");
	CHECK_EQUAL(
		raise_fee(&party, &raised, span_text("b"), RAISE_PRICE, false), STATUS_OK, "a second try, kept back");
	CHECK_EQUAL(raise_fee(&party, &raised, span_text("b"), RAISE_PRICE, false), STATUS_OK, "a third one");
	set_price(PRICE); /* the first try is executed */
	forgetful = true;
	CHECK_EQUAL(send("b", 10), STATUS_OK, "an older try has done it");
	CHECK(has(&them, 30) && tries("b") == 3, "once");
	forgetful = false;
	forget("b");
}

/* The ledger turns a message away for its gas: the same call goes out with more, under the same nonce. */
static void test_turned_away(void)
{
	uint64_t before, after;

	CHECK_EQUAL(ledger_nonce(party.ledger, &before, &us), STATUS_OK, "nonce");
	gas_limit = 300000;
	party.max_fee = amount_u64(40000000000);
	CHECK_EQUAL(send("c", 5), STATUS_TOO_DEAR, "too little gas, and a ceiling that does not cover enough");
	CHECK(strstr(party.error.why, "above the ceiling") != NULL, "the words");
	CHECK_EQUAL(tries("c"), 1, "no other try was signed");
	CHECK_EQUAL(send("c", 5), STATUS_TOO_DEAR, "the same again, without end or harm");
	party.max_fee = amount_u64(UINT64_MAX);
	set_price(HIGH / 10);
	CHECK_EQUAL(send("c", 5), STATUS_NO_FUNDS, "a fee that the account does not have");
	CHECK(is_stored("c"), "the message stays: a block that turned it away may be undone");
	set_price(PRICE);
	party.max_fee = amount_u64(FUNDS);
	CHECK_EQUAL(send("c", 5), STATUS_OK, "with a higher ceiling the message gets through");
	CHECK_EQUAL(ledger_nonce(party.ledger, &after, &us), STATUS_OK, "nonce");
	CHECK(after == before + 1 && has(&them, 35) && tries("c") == 2, "once, under its nonce");
	forget("c");
	gas_limit = 300000;
	deaf = true;
	CHECK_EQUAL(send("d", 5), STATUS_NOT_NOW, "stored with too little gas");
	deaf = false;
	reports = 0;
	CHECK_EQUAL(bump(), STATUS_OK, "a bump sends it first");
	CHECK(reports == 1 && last.step == BUMP_SENT, "and says so");
	CHECK_EQUAL(bump(), STATUS_OK, "turned away: the next one gives it more gas");
	CHECK(last.step == BUMP_RAISED && last.raised.after.gas_limit > 1000000, "and says so");
	CHECK_EQUAL(send("d", 5), STATUS_OK, "done");
	CHECK(has(&them, 40), "once");
	forget("d");
}

/* A try that the ledger does not take stays stored, and the older one waits on. */
static void test_refused(void)
{
	struct raised raised;

	deaf = true;
	CHECK_EQUAL(send("e", 5), STATUS_NOT_NOW, "stored");
	deaf = false;
	set_price(500000);
	CHECK_EQUAL(send("e", 5), STATUS_PENDING, "waits");
	deaf = true;
	CHECK_EQUAL(bump(), STATUS_NOT_NOW, "a node that does not answer");
	CHECK(last.step == BUMP_FAILED && tries("e") == 2, "the try is stored");
	deaf = false;
	CHECK_EQUAL(raise_fee(&party, &raised, span_text("e"), RAISE_PRICE, true), STATUS_OK, "a plan");
	CHECK_EQUAL(raised.tries, 3, "counts it");
	CHECK_EQUAL(bump(), STATUS_OK, "the next bump sends the newest try");
	CHECK(last.step == BUMP_SENT && tries("e") == 2, "and makes no other");
	CHECK_EQUAL(send("e", 5), STATUS_OK, "done");
	CHECK(has(&them, 45), "once");
	forget("e");
	set_price(PRICE);
}

static void put_damaged(void)
{
	struct about_message about = {.brings = amount_zero()};
	struct kv_txn *txn = NULL;

	CHECK(kv_begin_write(store_kv(party.store), &txn) == STATUS_OK &&
			store_put_message(txn, span_text("damaged"), span_text("garbage"), &about) == STATUS_OK &&
			kv_commit(&txn) == STATUS_OK,
		"a damaged message");
}

/* A fee can be raised beside a message that can't be read: the other messages are in time. */
static void test_damaged(void)
{
	deaf = true;
	CHECK_EQUAL(send("g", 5), STATUS_NOT_NOW, "stored");
	deaf = false;
	put_damaged();
	set_price(500000);
	CHECK_EQUAL(send("g", 5), STATUS_PENDING, "waits");
	CHECK_EQUAL(in_flight_wait(&party, true), STATUS_PENDING, "waiting is for the other message");
	CHECK_EQUAL(bump(), STATUS_CORRUPT, "the damage is said at the end");
	CHECK(last.step == BUMP_RAISED && tries("g") == 2, "after the fee of the other message was raised");
	CHECK_EQUAL(send("g", 5), STATUS_OK, "done");
	CHECK_EQUAL(in_flight_wait(&party, true), STATUS_OK, "and ends with it");
	forget("g");
	party.max_fee = amount_u64(UINT64_MAX);
	set_price(HIGH / 10);
	CHECK_EQUAL(send("h", 0), STATUS_NO_FUNDS, "a fee that the account does not have");
	CHECK(strstr(party.error.why, "not enough in account") != NULL, "has its words");
	forget("damaged");
	set_price(PRICE);
}

int main(void)
{
	const struct embedded_options o = {.network = NETWORK_MAIN, .manual = true, .gas_price = amount_u64(PRICE)};

	if (!account_open(&o, FUNDS))
		return test_end();
	ops.estimate = estimate;
	ops.submit = submit;
	ops.outcome = outcome;
	account_join();
	test_store_first();
	test_older_wins();
	test_turned_away();
	test_refused();
	test_damaged();
	account_close();
	return test_end();
}
