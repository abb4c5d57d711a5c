/* final.c - a channel of an embedded ledger at finality: so many epochs behind. */
#include <stdlib.h>

#include "../../support/test.h"
#include "embedded/embedded.h"

#define FINALITY 900

static struct embedded *books;
static struct key key;
static struct address us, channel;
static uint64_t nonce;

static void add_funds(uint64_t value)
{
	struct message m = {.from = us, .to = channel, .nonce = nonce++, .value = amount_u64(value)};
	struct signed_message sm;
	struct outcome o;

	CHECK_EQUAL(message_sign(&sm, &m, &key), STATUS_OK, "sign");
	CHECK_EQUAL(embedded_ops.submit(books, &o, &sm), STATUS_OK, "submit");
}

static void advance(int64_t epochs)
{
	int64_t now;

	CHECK_EQUAL(embedded_advance(books, epochs, &now), STATUS_OK, "advance");
}

static void check_balance(uint64_t want, const char *why)
{
	struct paych head = {.balance = amount_zero()};
	struct amount wanted = amount_u64(want);

	CHECK_EQUAL(embedded_ops.final_channel(books, &head, &channel), STATUS_OK, why);
	CHECK(amount_cmp(&head.balance, &wanted) == 0 && address_equal(&head.from, &us), why);
}

/* A channel of 100 afil on a new ledger. */
static void make(const char *path, int64_t finality)
{
	struct embedded_options o = {.network = NETWORK_MAIN, .manual = true, .finality = finality};
	struct amount plenty = amount_u64(1000), first = amount_u64(100);

	nonce = 0;
	CHECK(embedded_init(path, &o) == STATUS_OK && embedded_open(&books, path) == STATUS_OK, "a ledger");
	CHECK_EQUAL(embedded_fund(books, &us, &plenty), STATUS_OK, "fund");
	advance(5);
	CHECK_EQUAL(embedded_place(books, &channel, &us, &us, &first), STATUS_OK, "place");
}

static void test_behind(const char *path)
{
	struct paych head;

	make(path, FINALITY);
	advance(FINALITY - 1);
	add_funds(20);
	CHECK_EQUAL(embedded_ops.final_channel(books, &head, &channel), STATUS_NOT_FOUND, "the last epoch before");
	advance(1);
	check_balance(100, "the channel is final, and what was added is not");
	add_funds(3);
	advance(FINALITY - 1);
	check_balance(120, "the first addition");
	advance(1);
	check_balance(123, "the second addition");
	embedded_close(books);
}

static void test_at_once(const char *path)
{
	make(path, 0);
	add_funds(20);
	check_balance(120, "all is final");
	embedded_close(books);
}

int main(void)
{
	char folder[64] = "/tmp/test-final-XXXXXX", path[96], command[128];
	uint8_t seed[KEY_SECRET_SIZE] = {1};

	if (!CHECK(mkdtemp(folder) != NULL, "a folder to work in"))
		return test_end();
	CHECK_EQUAL(key_from_seed(&key, seed), STATUS_OK, "a key");
	us = address_of_key(key.public);
	channel = address_of_id(4730);
	snprintf(path, sizeof(path), "%s/behind", folder);
	test_behind(path);
	snprintf(path, sizeof(path), "%s/at-once", folder);
	test_at_once(path);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_EQUAL(system(command), 0, "tidy up");
	return test_end();
}
