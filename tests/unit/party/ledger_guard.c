/* ledger_guard.c - tests of party_guard_ledger(), INVARIANT 26: nobody waits for a ledger with a transaction of a home open. */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../support/test.h"
#include "embedded/embedded.h"
#include "kv/kv.h"
#include "party/ledger_place.h"
#include "party/party.h"

static char folder[64];
static struct party party;

static const char *path_of(const char *name)
{
	static char path[96];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void put(const char *key)
{
	struct kv_txn *txn = NULL;

	CHECK(kv_begin_write(store_kv(party.store), &txn) == STATUS_OK &&
			kv_put(txn, span_text(key), span_text("x")) == STATUS_OK && kv_commit(&txn) == STATUS_OK,
		"a record is written");
}

/* Does another process find @key in the home? */
static bool others_see(const char *key)
{
	int end = 0;
	pid_t child = fork();

	if (child == 0) {
		struct kv *kv = NULL;
		struct kv_txn *txn = NULL;
		struct span value;
		bool found = kv_open(&kv, path_of("home"), KV_READ_ONLY) == STATUS_OK &&
			     kv_begin_read(kv, &txn) == STATUS_OK && kv_get(txn, &value, span_text(key)) == STATUS_OK;

		_exit(found ? 0 : 1);
	}
	return CHECK(waitpid(child, &end, 0) == child, "another process") && WIFEXITED(end) && WEXITSTATUS(end) == 0;
}

static enum status ask_epoch(void)
{
	int64_t epoch;

	return ledger_epoch(party.ledger, &epoch);
}

static enum status ask_finality(void)
{
	struct address channel = address_of_id(1000);
	struct paych head;

	return ledger_final_channel(party.ledger, &head, &channel);
}

static enum status ask_payout(void)
{
	struct address channel = address_of_id(1000);
	struct receipt receipt;

	return ledger_payout(party.ledger, &receipt, &channel);
}

/* The signal that ends a process that asks the ledger while a transaction is open; 0 if it goes on. */
static int ask_inside(bool write, enum status (*ask)(void))
{
	int end = 0;
	pid_t child = fork();

	if (child == 0) {
		const struct rlimit none = {0, 0};
		struct kv_txn *txn = NULL;
		enum status s;

		setrlimit(RLIMIT_CORE, &none);
		close(STDERR_FILENO);
		s = write ? kv_begin_write(store_kv(party.store), &txn) : kv_begin_read(store_kv(party.store), &txn);
		if (s == STATUS_OK)
			s = ask();
		_exit(s == STATUS_OK ? 0 : 1);
	}
	return CHECK(waitpid(child, &end, 0) == child, "another process") && WIFSIGNALED(end) ? WTERMSIG(end) : 0;
}

static void test_inside(void)
{
	int64_t epoch;

	CHECK_EQUAL(ledger_epoch(party.ledger, &epoch), STATUS_OK, "a query outside of transactions");
	CHECK(ask_inside(false, ask_epoch) == SIGABRT && ask_inside(true, ask_epoch) == SIGABRT,
		"a query inside a transaction of the home is a bug, and ends the process");
	CHECK_EQUAL(ask_inside(true, ask_finality), SIGABRT, "so is the query of a channel at finality");
	CHECK_EQUAL(ask_inside(true, ask_payout), SIGABRT, "and the one of what a channel paid");
	put("after");
	CHECK_EQUAL(ledger_epoch(party.ledger, &epoch), STATUS_OK, "a transaction that has ended is no matter");
}

static enum status remote_epoch(void *self, int64_t *epoch)
{
	CHECK(others_see(self), "what the group had is on disk while the node is asked");
	*epoch = 7;
	return STATUS_OK;
}

static void close_nothing(void *self)
{
	(void)self;
}

/* A group of transactions holds the writers' lock too. */
static void test_group(void)
{
	static const struct ledger_ops node = {.remote = true, .epoch = remote_epoch, .close = close_nothing};
	static char record[] = "grouped";
	struct ledger *here = party.ledger;
	int64_t epoch = 0;

	kv_group_begin(store_kv(party.store));
	put("kept back");
	CHECK(ledger_epoch(party.ledger, &epoch) == STATUS_OK && !others_see("kept back"),
		"a ledger in a folder leaves a group as it is");
	if (!CHECK_EQUAL(ledger_of(&party.ledger, &node, record), STATUS_OK, "a node"))
		return;
	party_guard_ledger(&party);
	put(record);
	CHECK_EQUAL(ledger_epoch(party.ledger, &epoch), STATUS_OK, "the node is asked");
	CHECK_EQUAL(epoch, 7, "and has answered");
	CHECK_EQUAL(kv_group_end(store_kv(party.store)), STATUS_OK, "the group ends");
	ledger_close(party.ledger);
	party.ledger = here;
}

int main(void)
{
	struct embedded_options options = {NETWORK_MAIN, true, 0, {0}};
	char command[96];

	snprintf(folder, sizeof(folder), "/tmp/test-guard-XXXXXX");
	if (!CHECK(mkdtemp(folder) != NULL, "a folder to work in"))
		return test_end();
	if (!CHECK(embedded_init(path_of("ledger"), &options) == STATUS_OK &&
			    ledger_open(&party.ledger, path_of("ledger")) == STATUS_OK &&
			    store_open(&party.store, path_of("home"), KV_CREATE) == STATUS_OK,
		    "a home and a ledger"))
		return test_end();
	test_inside(); /* whoever opens a ledger has a part of the guard */
	party_guard_ledger(&party);
	test_inside();
	test_group();
	store_close(party.store);
	ledger_close(party.ledger);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_EQUAL(system(command), 0, "clean up");
	return test_end();
}
