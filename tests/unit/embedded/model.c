/* model.c - random messages to the embedded ledger, and to a plain model of accounts and channels in small integers.
 *
 * After each message: the same exit code, balances, channel and lanes; and the
 * ledger's own books.  MODEL_MESSAGES=N tries so many, MODEL_SEED=N others.
 */
#include <stdlib.h>
#include <unistd.h>

#include "embedded/embedded.h"

#include "../../support/test.h"

#define PEOPLE   3
#define CHANNELS 6
#define LANES    8

struct model_lane {
	bool known;
	int64_t nonce, redeemed;
};

struct model_channel {
	bool exists;
	unsigned payer, payee;
	int64_t balance, to_send, settling_at, min_settle;
	struct address address;
	struct model_lane lanes[LANES];
};

static struct key keys[PEOPLE];
static struct address people[PEOPLE];
static int64_t balances[PEOPLE], nonces[PEOPLE], now;
static struct model_channel channels[CHANNELS];
static const uint64_t lane_ids[LANES] = {0, 1, 2, 3, 8, 64, 1ull << 40, VOUCHER_LANE_MAX};

static struct embedded *ledger;
static uint64_t random_state;

/* A number below @limit: the same in each run of the same seed. */
static unsigned below(unsigned limit)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)((random_state >> 33) % limit);
}

static bool one_in(unsigned n)
{
	return below(n) == 0;
}

/** struct try - a voucher as it is submitted. */
struct
try {
	unsigned lane, signer, merged; /* @merged: a lane, or LANES for none */
	int64_t nonce, merge_nonce, amount, lock_min, lock_max, min_settle;
	bool has_secret, right_secret, right_channel;
};

/* The rules of the actor, in the order of its checks; the exit code. */
static int model_update(struct model_channel *c, unsigned caller, int64_t value, const struct try *t)
{
	struct model_lane *lane = &c->lanes[t->lane], *merged = t->merged < LANES ? &c->lanes[t->merged] : NULL;
	int64_t counted, to_send;

	if (caller != c->payer && caller != c->payee)
		return PAYCH_CALLER_FORBIDDEN;
	if (c->settling_at != 0 && now >= c->settling_at)
		return PAYCH_CHANNEL_STATE_UPDATE_AFTER_SETTLED;
	if (t->signer != (caller == c->payer ? c->payee : c->payer) || !t->right_channel || now < t->lock_min ||
		(t->lock_max != 0 && now > t->lock_max) || (t->has_secret && !t->right_secret))
		return PAYCH_ILLEGAL_ARGUMENT;
	if (lane->known && lane->nonce >= t->nonce)
		return PAYCH_ILLEGAL_ARGUMENT;
	if (merged && (merged == lane || !merged->known || merged->nonce >= t->merge_nonce))
		return PAYCH_ILLEGAL_ARGUMENT;
	counted = lane->redeemed + (merged ? merged->redeemed : 0);
	to_send = c->to_send + t->amount - counted;
	if (to_send < 0 || to_send > c->balance + value)
		return PAYCH_ILLEGAL_ARGUMENT;
	if (merged)
		merged->nonce = t->merge_nonce;
	*lane = (struct model_lane){true, t->nonce, t->amount};
	c->to_send = to_send;
	if (t->min_settle > c->settling_at && c->settling_at != 0)
		c->settling_at = t->min_settle;
	if (t->min_settle > c->min_settle)
		c->min_settle = t->min_settle;
	return 0;
}

static int model_settle(struct model_channel *c, unsigned caller)
{
	if (caller != c->payer && caller != c->payee)
		return PAYCH_CALLER_FORBIDDEN;
	if (c->settling_at != 0)
		return PAYCH_ILLEGAL_STATE;
	c->settling_at = now + PAYCH_SETTLE_DELAY;
	if (c->settling_at < c->min_settle)
		c->settling_at = c->min_settle;
	return 0;
}

static int model_collect(struct model_channel *c, unsigned caller)
{
	if (caller != c->payer && caller != c->payee)
		return PAYCH_CALLER_FORBIDDEN;
	if (c->settling_at == 0 || now < c->settling_at)
		return PAYCH_FORBIDDEN;
	balances[c->payee] += c->to_send;
	balances[c->payer] += c->balance - c->to_send;
	c->exists = false;
	return 0;
}

/* Sign and submit; the receipt's exit code must be @want, and the nonce is used up whatever happened. */
static struct receipt submit(unsigned who, const struct message *wanted, int want, const char *what)
{
	struct outcome o = {.state = MESSAGE_UNKNOWN};
	struct message m = *wanted;
	struct signed_message sm;

	m.from = people[who];
	m.nonce = (uint64_t)nonces[who]++;
	CHECK_EQUAL(message_sign(&sm, &m, &keys[who]), STATUS_OK, "sign");
	CHECK_EQUAL(embedded_ops.submit(ledger, &o, &sm), STATUS_OK, what);
	CHECK_EQUAL(o.state, MESSAGE_FINAL, what);
	CHECK_EQUAL(o.receipt.exit_code, want, what);
	return o.receipt;
}

static void send_to(unsigned who, const struct address *to, int64_t value)
{
	submit(who, &(struct message){.to = *to, .value = amount_u64((uint64_t)value)}, 0, "send");
}

static void do_send(void)
{
	unsigned from = below(PEOPLE), to = below(PEOPLE);
	int64_t value = below((unsigned)balances[from] + 1);

	send_to(from, &people[to], value);
	balances[from] -= value;
	balances[to] += value;
}

static void do_create(void)
{
	struct model_channel *c = &channels[below(CHANNELS)];
	struct bytes params = {0};
	struct cid code = paych_code();
	struct receipt r;

	if (c->exists)
		return;
	*c = (struct model_channel){.exists = true, .payer = below(PEOPLE), .payee = below(PEOPLE)};
	c->balance = below((unsigned)balances[c->payer] / 2 + 1);
	create_params(&params, &code, &people[c->payer], &people[c->payee]);
	r = submit(c->payer,
		&(struct message){.to = address_of_id(ADDRESS_INIT_ACTOR_ID),
			.method = METHOD_INIT_EXEC,
			.value = amount_u64((uint64_t)c->balance),
			.params = bytes_span(&params)},
		0, "create");
	c->address = r.created;
	balances[c->payer] -= c->balance;
	bytes_release(&params);
}

static void do_add_funds(struct model_channel *c)
{
	unsigned who = below(PEOPLE);
	int64_t value = below((unsigned)balances[who] / 4 + 1);

	send_to(who, &c->address, value);
	balances[who] -= value;
	c->balance += value;
}

/* Mostly a voucher that is good or nearly so; sometimes one that breaks any one of the rules. */
static struct try make_try(const struct model_channel *c, unsigned caller)
{
	struct try t = {
		.lane = below(LANES), .merged = LANES, .right_channel = !one_in(30), .right_secret = !one_in(3)};
	const struct model_lane *lane = &c->lanes[t.lane];

	t.signer = one_in(12) ? below(PEOPLE) : caller == c->payer ? c->payee : c->payer;
	t.nonce = lane->nonce + (one_in(6) ? -(int64_t)below(2) : 1 + below(3));
	t.nonce = t.nonce < 0 ? 0 : t.nonce;
	t.amount = one_in(5) ? below((unsigned)c->balance * 2 + 2) : lane->redeemed + below(40);
	t.lock_min = one_in(8) ? now + (int64_t)below(5) - 2 : 0;
	t.lock_max = one_in(8) ? now + (int64_t)below(5) - 2 : 0;
	t.lock_min = t.lock_min < 0 ? 0 : t.lock_min;
	t.lock_max = t.lock_max < 0 ? 0 : t.lock_max;
	t.min_settle = one_in(20) ? now + below(3000) : 0;
	t.has_secret = one_in(6);
	if (one_in(4)) {
		t.merged = below(LANES);
		t.merge_nonce = c->lanes[t.merged].nonce + below(3);
	}
	return t;
}

static void sign_voucher(struct bytes *params, const struct model_channel *c, const struct try *t)
{
	struct voucher v = {.channel = t->right_channel ? c->address : address_of_id(99),
		.lane = lane_ids[t->lane],
		.nonce = (uint64_t)t->nonce,
		.amount = amount_u64((uint64_t)t->amount),
		.time_lock_min = t->lock_min,
		.time_lock_max = t->lock_max,
		.min_settle_height = t->min_settle};
	struct bytes merges = {0};
	struct span secret = t->has_secret ? span_text("open sesame") : span_of(NULL, 0);
	uint8_t hash[BLAKE2B_256_SIZE];

	if (t->has_secret) {
		blake2b(hash, sizeof(hash), t->right_secret ? secret : span_text("another"));
		v.secret_hash = span_of(hash, sizeof(hash));
	}
	if (t->merged < LANES) {
		cbor_put_array(&merges, 2);
		cbor_put_uint(&merges, lane_ids[t->merged]);
		cbor_put_uint(&merges, (uint64_t)t->merge_nonce);
		v.merges = bytes_span(&merges);
		v.merge_count = 1;
	}
	CHECK_EQUAL(voucher_sign(&v, &keys[t->signer]), STATUS_OK, "sign a voucher");
	update_params(params, &v, secret);
	bytes_release(&merges);
}

static void do_call(struct model_channel *c)
{
	unsigned caller = one_in(12) ? below(PEOPLE) : one_in(3) ? c->payer : c->payee, what = below(12);
	int64_t value = one_in(10) ? below((unsigned)balances[caller] / 8 + 1) : 0;
	struct message m = {.to = c->address, .value = amount_u64((uint64_t)value), .params = span_of(NULL, 0)};
	struct bytes params = {0};
	int want;

	if (what == 0) {
		m.method = METHOD_PAYCH_SETTLE;
		want = model_settle(c, caller);
	} else if (what == 1) {
		m.method = METHOD_PAYCH_COLLECT;
		m.value = amount_u64(0);
		value = 0;
		want = model_collect(c, caller);
	} else {
		struct try t = make_try(c, caller);

		sign_voucher(&params, c, &t);
		m.method = METHOD_PAYCH_UPDATE;
		m.params = bytes_span(&params);
		want = model_update(c, caller, value, &t);
	}
	submit(caller, &m, want, "a call of a channel");
	if (want == 0) {
		balances[caller] -= value;
		c->balance += value;
	}
	bytes_release(&params);
}

static void check_account(unsigned i)
{
	struct amount got, want = amount_u64((uint64_t)balances[i]);
	uint64_t nonce = 0;

	CHECK(embedded_ops.balance(ledger, &got, &people[i]) == STATUS_OK && amount_cmp(&got, &want) == 0, "a balance");
	CHECK(embedded_ops.nonce(ledger, &nonce, &people[i]) == STATUS_OK && nonce == (uint64_t)nonces[i], "a nonce");
}

static void check_lane(const struct model_channel *c, unsigned i)
{
	const struct model_lane *want = &c->lanes[i];
	struct amount redeemed = amount_u64((uint64_t)want->redeemed);
	struct paych_lane got;
	enum status s = embedded_ops.lane(ledger, &got, &c->address, lane_ids[i]);

	if (CHECK_EQUAL(s, want->known ? STATUS_OK : STATUS_NOT_FOUND, "a lane is there or not") && want->known)
		CHECK(got.nonce == (uint64_t)want->nonce && amount_cmp(&got.redeemed, &redeemed) == 0, "a lane");
}

static void check_channel(const struct model_channel *c)
{
	struct amount balance = amount_u64((uint64_t)c->balance), to_send = amount_u64((uint64_t)c->to_send);
	CLEAN_PAYCH struct paych head = {0};
	enum status s = embedded_ops.channel(ledger, &head, &c->address);

	if (!CHECK_EQUAL(s, c->exists ? STATUS_OK : STATUS_NOT_FOUND, "a channel is there or not") || !c->exists)
		return;
	CHECK(amount_cmp(&head.balance, &balance) == 0 && amount_cmp(&head.to_send, &to_send) == 0, "its money");
	CHECK(head.settling_at == c->settling_at && head.min_settle_height == c->min_settle, "its epochs");
	for (unsigned i = 0; i < LANES; i++)
		check_lane(c, i);
}

static void step(void)
{
	struct model_channel *c = &channels[below(CHANNELS)];
	unsigned what = below(20);

	if (what == 0)
		CHECK_EQUAL(embedded_advance(ledger, below(4) == 0 ? 1500 : below(3), &now), STATUS_OK, "advance");
	else if (what == 1)
		do_send();
	else if (!c->exists)
		do_create();
	else if (what == 2)
		do_add_funds(c);
	else
		do_call(c);
	for (unsigned i = 0; i < PEOPLE; i++)
		check_account(i);
	if (c->address.len != 0)
		check_channel(c);
}

static unsigned long setting(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : otherwise;
}

int main(void)
{
	const struct embedded_options o = {NETWORK_MAIN, true, 0, {7}};
	unsigned long messages = setting("MODEL_MESSAGES", 2000);
	struct amount funded, present;
	char folder[64], path[96], command[128];

	random_state = setting("MODEL_SEED", 1);
	snprintf(folder, sizeof(folder), "%s/test-model-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!CHECK(mkdtemp(folder) != NULL, "a folder to work in"))
		return test_end();
	snprintf(path, sizeof(path), "%s/ledger", folder);
	CHECK(embedded_init(path, &o) == STATUS_OK && embedded_open(&ledger, path) == STATUS_OK, "a ledger");
	for (unsigned i = 0; i < PEOPLE; i++) {
		const uint8_t seed[KEY_SECRET_SIZE] = {(uint8_t)(i + 1)};
		struct amount plenty = amount_u64(100000);

		CHECK_EQUAL(key_from_seed(&keys[i], seed), STATUS_OK, "a key");
		people[i] = address_of_key(keys[i].public);
		balances[i] = 100000;
		CHECK_EQUAL(embedded_fund(ledger, &people[i], &plenty), STATUS_OK, "fund");
	}
	for (unsigned long i = 0; i < messages && test_failed == 0; i++) {
		step();
		if (test_failed != 0)
			fprintf(stderr, "at message %lu of MODEL_SEED=%lu\n", i, setting("MODEL_SEED", 1));
	}
	CHECK_EQUAL(embedded_check(ledger, &funded, &present), STATUS_OK, "the ledger's own books balance");
	embedded_close(ledger);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_EQUAL(system(command), 0, "tidy up");
	return test_end();
}
