/* turned_away.c - an order of money whose message was turned away: the message stays, and so does its order. */
#include <stdlib.h>

#include "../../support/test.h"
#include "embedded/embedded.h"
#include "funds/funding.h"

#define PRICE 1000 /* afil for a unit of gas */
#define FUNDS 1000000000000000000

static struct party party;
static struct address us, them;
static struct embedded *books;
static struct ledger_ops ops; /* the embedded ledger's, but for the one below */
static bool short_of_gas;     /* the next estimate has too little */
static unsigned estimates;

static enum status estimate(void *self, struct message *m, struct receipt *refusal, const struct amount *max_fee)
{
	enum status s = embedded_ops.estimate(self, m, refusal, max_fee);

	estimates++;
	if (short_of_gas)
		m->gas_limit = 300000;
	short_of_gas = false;
	return s;
}

static enum status order(struct address *channel)
{
	struct funding_order funds = {.name = "an order", .to = them, .amount = amount_u64(700)};

	error_clear(&party.error);
	return funding_fulfil(&party, channel, &funds);
}

static void test_turned_away(void)
{
	struct amount want = amount_u64(700);
	struct paych head = {0};
	struct address channel;
	uint64_t nonce = 99;

	party.max_fee = amount_u64(40000000000);
	short_of_gas = true;
	CHECK_EQUAL(order(&channel), STATUS_TOO_DEAR, "too little gas, and a ceiling that does not cover enough");
	CHECK(strstr(party.error.why, "above the ceiling") != NULL, "the words");
	estimates = 0;
	CHECK_EQUAL(order(&channel), STATUS_TOO_DEAR, "the same again");
	CHECK_EQUAL(estimates, 1, "the ledger is asked once");
	party.max_fee = amount_u64(FUNDS);
	CHECK_EQUAL(order(&channel), STATUS_OK, "with a higher ceiling the message gets through");
	CHECK(ledger_channel(party.ledger, &head, &channel) == STATUS_OK && amount_cmp(&head.balance, &want) == 0,
		"the channel has the amount");
	CHECK(ledger_nonce(party.ledger, &nonce, &us) == STATUS_OK && nonce == 1, "by one message");
	paych_release(&head);
}

int main(void)
{
	struct embedded_options o = {.network = NETWORK_MAIN, .manual = true, .gas_price = amount_u64(PRICE)};
	struct amount plenty = amount_u64(FUNDS);
	uint8_t seed[KEY_SECRET_SIZE] = {2}, salt[32] = {1};
	char folder[64] = "/tmp/test-funds-XXXXXX", path[96], command[128];
	struct kv_txn *txn = NULL;

	if (!CHECK(mkdtemp(folder) != NULL, "a folder to work in"))
		return test_end();
	CHECK_EQUAL(key_from_seed(&party.key, seed), STATUS_OK, "a key");
	them = address_of_key(party.key.public);
	seed[0] = 1;
	CHECK_EQUAL(key_from_seed(&party.key, seed), STATUS_OK, "our key");
	party.has_key = true;
	party.network = NETWORK_MAIN;
	us = address_of_key(party.key.public);
	snprintf(path, sizeof(path), "%s/ledger", folder);
	CHECK(embedded_init(path, &o) == STATUS_OK && embedded_open(&books, path) == STATUS_OK, "a ledger");
	CHECK_EQUAL(embedded_fund(books, &us, &plenty), STATUS_OK, "fund");
	ops = embedded_ops;
	ops.estimate = estimate;
	CHECK_EQUAL(ledger_of(&party.ledger, &ops, books), STATUS_OK, "a ledger with fees");
	snprintf(path, sizeof(path), "%s/home", folder);
	CHECK(store_open(&party.store, path, KV_CREATE) == STATUS_OK &&
			kv_begin_write(store_kv(party.store), &txn) == STATUS_OK &&
			store_init_ids(txn, salt) == STATUS_OK && kv_commit(&txn) == STATUS_OK,
		"a store");
	test_turned_away();
	store_close(party.store);
	ledger_close(party.ledger);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_EQUAL(system(command), 0, "tidy up");
	return test_end();
}
