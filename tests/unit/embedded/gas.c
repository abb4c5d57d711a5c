/* gas.c - an embedded ledger on which gas has a price: fees, messages that wait for a price, and replacement by fee. */
#include <stdlib.h>

#include "embedded/embedded.h"

#include "../../support/test.h"

#define PRICE   1000 /* afil for a unit of gas */
#define PREMIUM 100000
#define FUNDS   1000000000000000000
#define SEND    1300000 /* gas of a transfer */

static char folder[64], path[96];
static struct key key;
static struct address us, them, burnt;
static struct embedded *ledger;
static uint64_t paid; /* fees so far */

/** struct gas - what a message offers. */
struct gas {
	int64_t limit;
	uint64_t cap, premium;
};
static const struct gas usual = {SEND, 2000 + PREMIUM, PREMIUM};

static struct signed_message sign(uint64_t nonce, uint64_t value, struct gas gas)
{
	struct message m = {.from = us,
		.to = them,
		.nonce = nonce,
		.value = amount_u64(value),
		.gas_limit = gas.limit,
		.gas_fee_cap = amount_u64(gas.cap),
		.gas_premium = amount_u64(gas.premium)};
	struct signed_message sm = {0};

	CHECK_EQUAL(message_sign(&sm, &m, &key), STATUS_OK, "sign");
	return sm;
}

static struct receipt submit(const struct signed_message *sm, enum message_state want, const char *what)
{
	struct outcome o = {.state = MESSAGE_UNKNOWN};

	CHECK_EQUAL(embedded_ops.submit(ledger, &o, sm), STATUS_OK, what);
	CHECK_EQUAL(o.state, want, what);
	return o.receipt;
}

static struct receipt outcome(const struct signed_message *sm, enum message_state want, const char *what)
{
	struct outcome o = {.state = MESSAGE_UNKNOWN};

	CHECK_EQUAL(embedded_ops.outcome(ledger, &o, sm), STATUS_OK, what);
	CHECK_EQUAL(o.state, want, what);
	return o.receipt;
}

static uint64_t balance(const struct address *who)
{
	struct amount got = amount_zero(), one = amount_u64(1);
	uint64_t afil = 0;

	CHECK_EQUAL(embedded_ops.balance(ledger, &got, who), STATUS_OK, "balance");
	CHECK(amount_div_bytes(&afil, &got, &one), "a small amount");
	return afil;
}

static void set_price(uint64_t price)
{
	struct amount a = amount_u64(price);

	CHECK_EQUAL(embedded_set_gas_price(ledger, &a), STATUS_OK, "a price");
}

static uint64_t nonce(void)
{
	uint64_t n = 99;

	CHECK_EQUAL(embedded_ops.nonce(ledger, &n, &us), STATUS_OK, "nonce");
	return n;
}

/* What was paid since the last time, by the account of burnt funds; INVARIANT 11. */
static uint64_t fee_paid(void)
{
	struct amount funded, present;
	uint64_t now = balance(&burnt), fee = now - paid;

	CHECK_EQUAL(embedded_check(ledger, &funded, &present), STATUS_OK, "INVARIANT 11: the books balance");
	paid = now;
	return fee;
}

static void test_estimate(void)
{
	struct message m = sign(0, 1, usual).message;
	struct receipt refusal;
	struct amount fee, max = amount_u64(SEND + SEND / 4);

	CHECK_EQUAL(embedded_ops.estimate(ledger, &m, &refusal, NULL), STATUS_OK, "an estimate");
	CHECK_EQUAL(m.gas_limit, SEND + SEND / 4, "a quarter more than the message uses");
	CHECK(amount_cmp(&m.gas_premium, &(struct amount){.limb = {PREMIUM}, .used = 1}) == 0, "the premium");
	CHECK(amount_mul_bytes(&max, &max, PRICE) && message_fee(&fee, &m) && amount_cmp(&fee, &max) > 0,
		"the fee cap is above the price");
	CHECK_EQUAL(embedded_ops.estimate(ledger, &m, &refusal, &max), STATUS_OK, "a ceiling that covers the price");
	CHECK(message_fee(&fee, &m) && amount_cmp(&fee, &max) == 0, "is the fee");
	max = amount_u64((SEND + SEND / 4) * PRICE - 1);
	CHECK_EQUAL(embedded_ops.estimate(ledger, &m, &refusal, &max), STATUS_TOO_DEAR, "a ceiling below the price");
	CHECK_TEXT(embedded_ops.error(ledger)->why,
		"the ledger takes 1625000000 afil now, above the fee of 1624999999 afil", "the words");
}

/* An update of a channel with a lane far above the others uses more gas. */
static void test_far_lanes(void)
{
	static const struct {
		uint64_t lane;
		int64_t gas;
	} rows[] = {{0, 7400000}, {7, 7400000}, {8, 8330000}, {511, 9260000}, {INT64_MAX, 26000000}};
	struct receipt refusal;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CLEAN_BYTES struct bytes params = {0};
		struct voucher v = {.channel = address_of_actor(span_text("a channel")), .lane = rows[i].lane};
		struct message m = {.from = us, .to = v.channel, .method = METHOD_PAYCH_UPDATE};

		CHECK_EQUAL(voucher_sign(&v, &key), STATUS_OK, "a voucher");
		update_params(&params, &v, span_of("", 0));
		m.params = bytes_span(&params);
		CHECK_EQUAL(embedded_ops.estimate(ledger, &m, &refusal, NULL), STATUS_OK, "an estimate");
		CHECK_EQUAL(m.gas_limit, rows[i].gas + rows[i].gas / 4, "the gas of a lane");
	}
}

static void test_fee(void)
{
	struct gas more = {SEND * 2, 2000 + PREMIUM, PREMIUM}, low = {SEND, PRICE + 5, PREMIUM / 2};
	struct signed_message sm = sign(0, 10, usual);
	uint64_t before = balance(&us);

	low.premium = PRICE;
	CHECK_EQUAL(submit(&sm, MESSAGE_FINAL, "a message").gas_used, SEND, "uses gas");
	CHECK_EQUAL(fee_paid(), (uint64_t)SEND * (PRICE + PREMIUM), "and pays price and premium");
	CHECK_EQUAL(balance(&us), before - 10 - paid, "from the sender's account");
	sm = sign(1, 10, more);
	submit(&sm, MESSAGE_FINAL, "a message with more gas");
	CHECK_EQUAL(
		fee_paid(), (uint64_t)SEND * PRICE + (uint64_t)SEND * 2 * PREMIUM, "pays its premium for all of it");
	sm = sign(2, 10, low);
	submit(&sm, MESSAGE_FINAL, "a message of a low fee cap");
	CHECK_EQUAL(fee_paid(), (uint64_t)SEND * (PRICE + 5), "pays no more than that");
}

static void test_out_of_gas(void)
{
	struct gas little = {500000, 2000, 0}, least = {300000, 2000, 0}, enough = {SEND, 2000, 1};
	struct signed_message sm = sign(3, 10, little), away, again;
	uint64_t before = balance(&them);
	struct outcome o;
	struct receipt r = submit(&sm, MESSAGE_FINAL, "too little gas");

	CHECK(r.exit_code == 7 && r.gas_used == 500000, "the gas is used up");
	CHECK_EQUAL(fee_paid(), 500000ul * PRICE, "and paid");
	CHECK(balance(&them) == before && nonce() == 4, "the nonce is used, no money has moved");
	away = sign(4, 10, least);
	r = submit(&away, MESSAGE_TURNED_AWAY, "too little gas even for its place in a block");
	CHECK(r.exit_code == 7 && r.gas_used == 0, "no gas is used");
	CHECK(fee_paid() == 0 && nonce() == 4, "nothing is paid, and the nonce is free");
	outcome(&away, MESSAGE_TURNED_AWAY, "it stays so");
	submit(&away, MESSAGE_TURNED_AWAY, "the same bytes are not tried again");
	CHECK_EQUAL(embedded_push(ledger, &o, &away), STATUS_OK, "only a mempool takes them again");
	outcome(&away, MESSAGE_TURNED_AWAY, "in vain");
	again = sign(4, 10, enough);
	outcome(&again, MESSAGE_UNKNOWN, "the same call with more gas");
	submit(&again, MESSAGE_FINAL, "is executed");
	outcome(&away, MESSAGE_FINAL, "and that is the end of the first one too");
	CHECK_EQUAL(balance(&them), before + 10, "the money has moved once");
	fee_paid();
}

static void test_poor(void)
{
	struct gas dear = {SEND, 1000000000000, 0};
	struct signed_message sm = sign(5, 10, dear), rich = sign(5, FUNDS, usual);
	struct outcome o;

	CHECK_EQUAL(embedded_ops.submit(ledger, &o, &sm), STATUS_NO_FUNDS, "a fee that the sender does not have");
	CHECK_EQUAL(embedded_ops.submit(ledger, &o, &rich), STATUS_NO_FUNDS, "a value and a fee that it does not have");
	CHECK_EQUAL(embedded_push(ledger, &o, &sm), STATUS_OK, "a mempool");
	CHECK(o.state == MESSAGE_TURNED_AWAY && o.receipt.exit_code == 2 && nonce() == 5,
		"takes it, and no block does");
	CHECK_EQUAL(embedded_push(ledger, &o, &rich), STATUS_OK, "a mempool does not ask for the value");
	CHECK(o.state == MESSAGE_FINAL && o.receipt.exit_code == 6 && nonce() == 6, "no money, and the fee is gone");
	CHECK_EQUAL(fee_paid(), (uint64_t)SEND * (PRICE + PREMIUM), "the fee");
}

/* The price of gas rises above what a message offers: the message waits, and those behind it. */
static void test_waiting(void)
{
	struct signed_message first = sign(6, 1, usual), second = sign(7, 1, (struct gas){SEND, 9000000, 1});
	struct signed_message third = sign(8, 1, usual);
	int64_t now;

	set_price(5000000);
	submit(&first, MESSAGE_PENDING, "below the price");
	submit(&second, MESSAGE_PENDING, "behind a message below the price");
	submit(&third, MESSAGE_PENDING, "below the price");
	CHECK(nonce() == 9 && fee_paid() == 0, "all wait");
	CHECK_EQUAL(embedded_advance(ledger, 10, &now), STATUS_OK, "advance");
	outcome(&first, MESSAGE_PENDING, "for however long");
	set_price(2000);
	CHECK_EQUAL(outcome(&first, MESSAGE_FINAL, "the price has fallen").epoch, now, "executed now, not before");
	CHECK_EQUAL(outcome(&second, MESSAGE_FINAL, "the next one follows").epoch, now, "executed now, not before");
	outcome(&third, MESSAGE_FINAL, "and the last one");
	set_price(PRICE);
	fee_paid();
}

static void test_replacing(void)
{
	struct signed_message old = sign(9, 1, usual), low = sign(9, 1, usual), new, other, last;
	struct gas gas = usual;
	struct outcome o;
	int64_t now;

	set_price(5000000);
	submit(&old, MESSAGE_PENDING, "below the price");
	gas.premium = PREMIUM * 110 / 100;
	gas.cap = 5000000 * 2;
	low = sign(9, 1, gas);
	outcome(&low, MESSAGE_UNKNOWN, "a second try that the ledger does not have");
	CHECK_EQUAL(embedded_ops.submit(ledger, &o, &low), STATUS_REJECTED, "110 % are too little");
	outcome(&low, MESSAGE_UNKNOWN, "it was not taken");
	gas.premium++;
	new = sign(9, 1, gas);
	CHECK_EQUAL(embedded_advance(ledger, 3, &now), STATUS_OK, "advance");
	CHECK_EQUAL(submit(&new, MESSAGE_FINAL, "110 % and 1 are enough").epoch, now, "and the price is covered");
	outcome(&old, MESSAGE_FINAL, "the first try has the same end");
	outcome(&low, MESSAGE_FINAL, "and so has the one that was never taken");
	other = sign(9, 2, gas);
	outcome(&other, MESSAGE_REPLACED, "another call of that nonce is never executed");
	old = sign(10, 1, usual);
	submit(&old, MESSAGE_PENDING, "below the price again");
	other = sign(10, 2, gas);
	submit(&other, MESSAGE_FINAL, "another call takes the place with a higher premium");
	outcome(&old, MESSAGE_REPLACED, "and the first one is never executed");
	last = sign(10, 1, (struct gas){SEND, 50000000, 50000000});
	submit(&last, MESSAGE_REPLACED, "whatever it offers later");
	set_price(PRICE);
	fee_paid();
}

/* A mempool takes messages in any order; at most so many of one sender. */
static void test_gaps(void)
{
	struct signed_message far = sign(12, 1, usual), near = sign(11, 1, usual);
	struct outcome o;

	CHECK_EQUAL(embedded_ops.submit(ledger, &o, &far), STATUS_BAD_STATE, "a message of that nonce is missing");
	CHECK_EQUAL(embedded_push(ledger, &o, &far), STATUS_OK, "a mempool takes it");
	CHECK(o.state == MESSAGE_PENDING && nonce() == 11, "and it waits");
	submit(&near, MESSAGE_FINAL, "the missing one");
	outcome(&far, MESSAGE_FINAL, "the other one follows");
	CHECK_EQUAL(nonce(), 13, "the nonce is past both");
	for (uint64_t i = 0; i < EMBEDDED_PENDING_MAX; i++) {
		far = sign(14 + i, 0, usual);
		CHECK_EQUAL(embedded_push(ledger, &o, &far), STATUS_OK, "one more");
	}
	far = sign(14 + EMBEDDED_PENDING_MAX, 0, usual);
	CHECK_EQUAL(embedded_push(ledger, &o, &far), STATUS_BUSY, "one too many");
	near = sign(13, 1, usual);
	CHECK_EQUAL(embedded_push(ledger, &o, &near), STATUS_BUSY, "also for one that would set the others free");
	far = sign(14, 1, (struct gas){SEND, 900000, 900000});
	CHECK_EQUAL(embedded_push(ledger, &o, &far), STATUS_OK, "one that takes the place of another is not one more");
}

static void test_free(void)
{
	struct embedded_options o = {.network = NETWORK_MAIN, .manual = true};
	struct amount price = amount_u64(5), below = amount_zero();
	struct message m = {.from = us, .to = them};
	struct embedded *other;
	struct receipt refusal;
	char where[96];

	snprintf(where, sizeof(where), "%s/free", folder);
	CHECK_EQUAL(embedded_init(where, &o), STATUS_OK, "init");
	CHECK_EQUAL(embedded_open(&other, where), STATUS_OK, "open");
	CHECK_EQUAL(embedded_ops.estimate(other, &m, &refusal, NULL), STATUS_OK, "an estimate");
	CHECK(m.gas_limit == 0 && amount_is_zero(&m.gas_fee_cap), "gas is free");
	CHECK_EQUAL(embedded_set_gas_price(other, &price), STATUS_BAD_STATE, "and stays so");
	CHECK_EQUAL(embedded_set_gas_price(ledger, &below), STATUS_BAD_AMOUNT, "gas that has a price keeps one");
	embedded_close(other);
}

int main(void)
{
	struct embedded_options o = {.network = NETWORK_MAIN, .manual = true, .gas_price = amount_u64(PRICE)};
	struct amount plenty = amount_u64(FUNDS);
	uint8_t seed[KEY_SECRET_SIZE] = {2};
	char command[128];

	snprintf(folder, sizeof(folder), "/tmp/test-gas-XXXXXX");
	if (!CHECK(mkdtemp(folder) != NULL, "a folder to work in"))
		return test_end();
	CHECK_EQUAL(key_from_seed(&key, seed), STATUS_OK, "a key");
	them = address_of_key(key.public);
	seed[0] = 1;
	CHECK_EQUAL(key_from_seed(&key, seed), STATUS_OK, "our key");
	us = address_of_key(key.public);
	burnt = address_of_id(99);
	snprintf(path, sizeof(path), "%s/ledger", folder);
	CHECK_EQUAL(embedded_init(path, &o), STATUS_OK, "init");
	CHECK_EQUAL(embedded_open(&ledger, path), STATUS_OK, "open");
	CHECK_EQUAL(embedded_fund(ledger, &us, &plenty), STATUS_OK, "fund");
	test_estimate();
	test_far_lanes();
	test_fee();
	test_out_of_gas();
	test_poor();
	test_waiting();
	test_replacing();
	test_gaps();
	test_free();
	embedded_close(ledger);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_EQUAL(system(command), 0, "tidy up");
	return test_end();
}
