/* check_messages.c - what the check says of the messages to the ledger that a store holds. */
#include <stdlib.h>

#include "../../support/test.h"
#include "base/key.h"
#include "check/check.h"
#include "store/pending.h"
#include "wire/message.h"

static char folder[64];
static struct store *store;
static struct key key;

/* How many findings of INVARIANT 30 there are that have @text in them. */
static size_t findings_with(struct kv_txn *t, const char *text)
{
	struct findings f = {0};
	size_t count = 0;

	CHECK_EQUAL(check_store(&f, store, t, NETWORK_MAIN, NULL), STATUS_OK, "the check can be made");
	for (size_t i = 0; i < findings_kept(&f); i++)
		if (strstr(findings_at(&f, i)->text, text) != NULL && findings_at(&f, i)->rule == 30)
			count++;
	findings_release(&f);
	return count;
}

/* A signed message to ourselves; with a wrong signature if @forged. */
static void sign(struct bytes *out, uint64_t nonce, uint64_t value, uint64_t premium, bool forged)
{
	struct address us = address_of_key(key.public);
	struct message m = {.from = us,
		.to = us,
		.nonce = nonce,
		.value = amount_u64(value),
		.gas_premium = amount_u64(premium),
		.params = span_of("", 0)};
	struct signed_message sm = {0};

	CHECK_EQUAL(message_sign(&sm, &m, &key), STATUS_OK, "sign");
	sm.signature[5] ^= forged;
	bytes_clear(out);
	signed_message_encode(out, &sm);
}

static void put(struct kv_txn *t, const char *about, const struct bytes *message)
{
	struct about_message record = {.brings = amount_zero()};

	CHECK_EQUAL(store_put_message(t, span_text(about), bytes_span(message), &record), STATUS_OK, about);
}

static void put_try(struct kv_txn *t, const char *about, const struct bytes *message)
{
	CHECK_EQUAL(store_put_try(t, span_text(about), bytes_span(message)), STATUS_OK, about);
}

static struct kv_txn *begin(void)
{
	struct kv_txn *t = NULL;

	CHECK_EQUAL(kv_begin_write(store_kv(store), &t), STATUS_OK, "a transaction");
	return t;
}

/* INVARIANT 30 */
static void test_messages(void)
{
	CLEAN_BYTES struct bytes m = {0};
	struct kv_txn *t = begin();

	sign(&m, 0, 5, 1, false);
	put(t, "a", &m);
	sign(&m, 0, 5, 2, false);
	put_try(t, "a", &m);
	sign(&m, 1, 5, 1, false);
	put(t, "b", &m);
	CHECK_EQUAL(findings_with(t, ""), 0, "two messages, one with two tries");
	sign(&m, 0, 6, 3, false);
	put_try(t, "a", &m);
	CHECK_EQUAL(findings_with(t, "a message with nonce 0 has a try that is another call"), 2,
		"the older tries are another call than the newest");
	sign(&m, 2, 5, 1, false);
	put(t, "c", &m);
	put(t, "d", &m);
	CHECK_EQUAL(findings_with(t, "two messages have nonce 2"), 1, "one nonce, two purposes");
	sign(&m, 4, 5, 1, true);
	put(t, "e", &m);
	CHECK_EQUAL(findings_with(t, "a message with nonce 4 has a try that is not signed by its sender"), 1, "forged");
	bytes_clear(&m);
	bytes_append_text(&m, "rubbish");
	put(t, "f", &m);
	CHECK_EQUAL(findings_with(t, "a message to the ledger can't be read"), 1, "rubbish");
	kv_abort(&t);
}

int main(void)
{
	static const uint8_t salt[32] = {42}, seed[KEY_SECRET_SIZE] = {1};
	char command[128];
	struct kv_txn *t;

	snprintf(folder, sizeof(folder), "/tmp/retrieval-check-XXXXXX");
	CHECK(mkdtemp(folder) != NULL && store_open(&store, folder, KV_CREATE) == STATUS_OK, "a store opens");
	CHECK_EQUAL(key_from_seed(&key, seed), STATUS_OK, "a key");
	t = begin();
	CHECK(store_init_ids(t, salt) == STATUS_OK && kv_commit(&t) == STATUS_OK, "its ids are set up");
	test_messages();
	store_close(store);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	CHECK(system(command) == 0, "the folder goes away");
	return test_end();
}
