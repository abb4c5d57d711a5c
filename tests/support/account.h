/* account.h - our account on an embedded ledger some of whose functions a test replaces, and somebody whom it can pay.
 *
 * Each test program has one, in the variables here.
 */
#ifndef TESTS_ACCOUNT_H
#define TESTS_ACCOUNT_H

#include <stdlib.h>

#include "embedded/embedded.h"
#include "party/party.h"

#include "test.h"

static struct party party;
static struct key their_key;
static struct address us, them;
static struct embedded *books;
static struct ledger_ops ops; /* the embedded ledger's; a test replaces functions before account_join() */
static char account_folder[64];

/* The keys, and a ledger on which we have @funds afil. False if there is no folder to work in. */
static inline bool account_open(const struct embedded_options *o, uint64_t funds)
{
	struct amount plenty = amount_u64(funds);
	uint8_t seed[KEY_SECRET_SIZE] = {1}, their_seed[KEY_SECRET_SIZE] = {2};
	char path[96];

	snprintf(account_folder, sizeof(account_folder), "/tmp/test-account-XXXXXX");
	if (!CHECK(mkdtemp(account_folder) != NULL, "a folder to work in"))
		return false;
	CHECK_EQUAL(key_from_seed(&party.key, seed), STATUS_OK, "our key");
	CHECK_EQUAL(key_from_seed(&their_key, their_seed), STATUS_OK, "their key");
	party.has_key = true;
	party.network = NETWORK_MAIN;
	us = address_of_key(party.key.public);
	them = address_of_key(their_key.public);
	snprintf(path, sizeof(path), "%s/ledger", account_folder);
	CHECK(embedded_init(path, o) == STATUS_OK && embedded_open(&books, path) == STATUS_OK, "a ledger");
	CHECK_EQUAL(embedded_fund(books, &us, &plenty), STATUS_OK, "fund");
	ops = embedded_ops;
	return true;
}

/* We get the ledger, with the functions in @ops, and a home. */
static inline void account_join(void)
{
	struct kv_txn *txn = NULL;
	uint8_t salt[32] = {1};
	char path[96];

	CHECK_EQUAL(ledger_of(&party.ledger, &ops, books), STATUS_OK, "a ledger with some other functions");
	snprintf(path, sizeof(path), "%s/home", account_folder);
	CHECK(store_open(&party.store, path, KV_CREATE) == STATUS_OK &&
			kv_begin_write(store_kv(party.store), &txn) == STATUS_OK &&
			store_init_ids(txn, salt) == STATUS_OK && kv_commit(&txn) == STATUS_OK,
		"a store");
}

static inline void account_close(void)
{
	char command[128];

	store_close(party.store);
	ledger_close(party.ledger);
	snprintf(command, sizeof(command), "rm -rf %s", account_folder);
	CHECK_EQUAL(system(command), 0, "tidy up");
}

#endif
