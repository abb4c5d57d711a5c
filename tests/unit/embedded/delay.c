/* delay.c - an embedded ledger that executes a message some epochs after its submission. */
#include <stdlib.h>

#include "embedded/embedded.h"
#include "kv/kv.h"
#include "wire/stored.h"

#include "../../support/test.h"

#define DELAY 3

static char folder[64], path[96];
static struct key key;
static struct address us, them;
static struct embedded *ledger;

static struct signed_message sign(const struct address *to, uint64_t method, uint64_t nonce, uint64_t value)
{
	struct message m = {
		.from = us, .to = *to, .method = method, .nonce = nonce, .value = amount_u64(value), .params = {0}};
	struct signed_message sm = {0};

	CHECK_EQUAL(message_sign(&sm, &m, &key), STATUS_OK, "sign");
	return sm;
}

static void submit(const struct signed_message *sm, enum message_state want, const char *what)
{
	struct outcome o = {.state = MESSAGE_UNKNOWN};

	CHECK_EQUAL(embedded_ops.submit(ledger, &o, sm), STATUS_OK, what);
	CHECK_EQUAL(o.state, want, what);
}

static struct receipt outcome(const struct signed_message *sm, enum message_state want, const char *what)
{
	struct outcome o = {.state = MESSAGE_UNKNOWN};

	CHECK_EQUAL(embedded_ops.outcome(ledger, &o, sm), STATUS_OK, what);
	CHECK_EQUAL(o.state, want, what);
	return o.receipt;
}

static void advance(int64_t epochs)
{
	struct amount funded, held;
	int64_t now;

	CHECK_EQUAL(embedded_advance(ledger, epochs, &now), STATUS_OK, "advance");
	CHECK_EQUAL(embedded_check(ledger, &funded, &held), STATUS_OK, "INVARIANT 11: the books balance");
}

static bool has(const struct address *who, uint64_t want)
{
	struct amount got, wanted = amount_u64(want);

	return embedded_ops.balance(ledger, &got, who) == STATUS_OK && amount_cmp(&got, &wanted) == 0;
}

static uint64_t next_nonce(void)
{
	uint64_t nonce = 99;

	CHECK_EQUAL(embedded_ops.nonce(ledger, &nonce, &us), STATUS_OK, "nonce");
	return nonce;
}

static enum status count(void *ctx, const struct embedded_pending *pending)
{
	(void)pending;
	(*(unsigned *)ctx)++;
	return STATUS_OK;
}

static unsigned count_pending(void)
{
	unsigned n = 0;

	CHECK_EQUAL(embedded_each_pending(ledger, count, &n), STATUS_OK, "the messages that wait");
	return n;
}

static void test_waiting(void)
{
	struct signed_message first = sign(&them, METHOD_SEND, 0, 10), second = sign(&them, METHOD_SEND, 1, 20);
	struct signed_message rival = sign(&them, METHOD_SEND, 0, 11), gap = sign(&them, METHOD_SEND, 3, 1);
	struct outcome o;

	submit(&first, MESSAGE_PENDING, "a message waits");
	submit(&first, MESSAGE_PENDING, "the same message again");
	CHECK(count_pending() == 1 && next_nonce() == 1, "the same message waits once");
	CHECK(has(&us, 100) && has(&them, 0), "a message that waits moves nothing");
	CHECK_EQUAL(embedded_ops.submit(ledger, &o, &rival), STATUS_REJECTED, "another message has the nonce");
	CHECK_TEXT(embedded_error(ledger)->why,
		"a message with nonce 0 waits, and keeps its place below a premium of 1 afil", "the words");
	outcome(&rival, MESSAGE_UNKNOWN, "this one was not taken");
	CHECK_EQUAL(embedded_ops.submit(ledger, &o, &gap), STATUS_BAD_STATE, "a message of that nonce is missing");
	advance(1);
	submit(&second, MESSAGE_PENDING, "a second message");
	CHECK_EQUAL(count_pending(), 2, "two wait");
	advance(DELAY - 1);
	CHECK_EQUAL(outcome(&first, MESSAGE_FINAL, "the first was executed").epoch, DELAY, "for the epoch when due");
	outcome(&second, MESSAGE_PENDING, "the second waits still");
	CHECK(has(&us, 90) && has(&them, 10) && count_pending() == 1, "one was executed");
	advance(1000);
	CHECK_EQUAL(outcome(&second, MESSAGE_FINAL, "the second was executed").epoch, DELAY + 1,
		"for its own epoch, however late somebody asks");
	CHECK(has(&us, 70) && has(&them, 30) && count_pending() == 0, "both were executed");
	outcome(&rival, MESSAGE_REPLACED, "a message whose nonce is used up");
	submit(&second, MESSAGE_FINAL, "an executed message again");
	CHECK(has(&us, 70) && next_nonce() == 2, "moves nothing");
}

/* Each of two messages can be paid, but not both. */
static void test_funds(void)
{
	struct signed_message first = sign(&them, METHOD_SEND, 2, 60), second = sign(&them, METHOD_SEND, 3, 60);
	struct signed_message third = sign(&them, METHOD_SEND, 4, 1);

	submit(&first, MESSAGE_PENDING, "what the account has");
	submit(&second, MESSAGE_PENDING, "the same money again");
	submit(&third, MESSAGE_PENDING, "one more");
	advance(DELAY);
	CHECK_EQUAL(outcome(&first, MESSAGE_FINAL, "the first").exit_code, 0, "is paid");
	CHECK_EQUAL(outcome(&second, MESSAGE_FINAL, "the second").exit_code, 6, "finds no money");
	CHECK_EQUAL(outcome(&third, MESSAGE_FINAL, "the third").exit_code, 0, "is not held up");
	CHECK(has(&us, 9) && has(&them, 91), "the balances");
}

static void test_kept(void)
{
	struct signed_message sm = sign(&them, METHOD_SEND, next_nonce(), 1);
	struct bytes want = {0}, got = {0};
	struct outcome o;
	struct cid id;

	CHECK_EQUAL(signed_message_cid(&id, &sm), STATUS_OK, "cid");
	CHECK_EQUAL(embedded_message(ledger, &got, &o, &id), STATUS_NOT_FOUND, "before the message was submitted");
	submit(&sm, MESSAGE_PENDING, "submit");
	embedded_close(ledger);
	CHECK_EQUAL(embedded_open(&ledger, path), STATUS_OK, "open again");
	CHECK_EQUAL(embedded_message(ledger, &got, &o, &id), STATUS_OK, "a message is found by its CID");
	CHECK_EQUAL(o.state, MESSAGE_PENDING, "a message waits, whoever opens the ledger");
	signed_message_encode(&want, &sm);
	CHECK(span_equal(bytes_span(&want), bytes_span(&got)), "the bytes that were submitted");
	bytes_clear(&got);
	advance(DELAY);
	CHECK_EQUAL(embedded_message(ledger, &got, &o, &id), STATUS_OK, "an executed message too");
	CHECK_EQUAL(o.state, MESSAGE_FINAL, "an executed message is final");
	bytes_release(&want);
	bytes_release(&got);
}

static void test_call(void)
{
	struct signed_message sm = sign(&them, METHOD_SEND, 77, 5), dear = sign(&them, METHOD_SEND, 77, 5000);
	struct receipt r = {0};
	uint64_t before, after;

	CHECK_EQUAL(embedded_ops.height(ledger, &before), STATUS_OK, "height");
	CHECK_EQUAL(embedded_call(ledger, &r, &sm.message), STATUS_OK, "a call");
	CHECK_EQUAL(r.exit_code, 0, "would be done");
	CHECK_EQUAL(embedded_call(ledger, &r, &dear.message), STATUS_OK, "a call of more money than there is");
	CHECK_EQUAL(r.exit_code, 6, "would be refused");
	CHECK_EQUAL(embedded_ops.height(ledger, &after), STATUS_OK, "height");
	CHECK(before == after && has(&us, 8), "a call changes nothing");
}

/* With the chain's addresses a channel has the address that a Lotus node would give to the channel. */
static void test_chain_addresses(void)
{
	struct embedded_options o = {.network = NETWORK_MAIN, .manual = true, .chain_addresses = true, .delay = 1};
	struct address predicted, chain;
	struct embedded *other;
	struct message m = {.from = us, .nonce = 5};
	char where[96];

	snprintf(where, sizeof(where), "%s/chain", folder);
	CHECK_EQUAL(embedded_init(where, &o), STATUS_OK, "init");
	CHECK_EQUAL(embedded_open(&other, where), STATUS_OK, "open");
	CHECK_EQUAL(embedded_ops.created(other, &predicted, &m), STATUS_OK, "created");
	CHECK_EQUAL(message_created(&chain, &m), STATUS_OK, "the chain's rule");
	CHECK(address_equal(&predicted, &chain), "the address is the chain's");
	CHECK_EQUAL(embedded_ops.created(ledger, &predicted, &m), STATUS_OK, "created");
	CHECK(!address_equal(&predicted, &chain), "other ledgers have their own addresses");
	embedded_close(other);
	o.delay = -1;
	snprintf(where, sizeof(where), "%s/none", folder);
	CHECK_EQUAL(embedded_init(where, &o), STATUS_BAD_NUMBER, "no delay is negative");
	o.delay = EMBEDDED_DELAY_MAX + 1;
	CHECK_EQUAL(embedded_init(where, &o), STATUS_BAD_NUMBER, "no delay is endless");
}

/** struct older - a message that waits, as ledgers kept it before they had mempools: 'q' and the number, and no slot. */
struct older {
	uint64_t number;
	int64_t due;
	struct cid signed_cid;
};
static const struct field older_fields[] = {
	{NULL, FIELD_UINT, offsetof(struct older, number)},
	{NULL, FIELD_INT, offsetof(struct older, due)},
	{NULL, FIELD_CID, offsetof(struct older, signed_cid)},
};
static const struct record older_record = TUPLE(older_fields);

/* The first key that begins with @letter. */
static void take_first(struct kv_txn *txn, struct bytes *name, const char *letter)
{
	CLEAN_WALK struct kv_walk walk = kv_walk(txn, span_text(letter), (struct span){0});

	if (CHECK(kv_walk_next(&walk), "a record"))
		bytes_append(name, walk.key.data, walk.key.len);
}

/* Put the one message that waits back into its older form. */
static void make_older(const struct signed_message *sm, int64_t due)
{
	struct older older = {.due = due};
	struct bytes name = {0}, slot = {0}, value = {0};
	struct kv_txn *txn = NULL;
	struct kv *kv = NULL;

	CHECK_EQUAL(signed_message_cid(&older.signed_cid, sm), STATUS_OK, "its CID");
	CHECK(kv_open_kind(&kv, path, KV_WRITE_IF_POSSIBLE, KV_LEDGER) == STATUS_OK &&
			kv_begin_write(kv, &txn) == STATUS_OK,
		"the ledger's records");
	take_first(txn, &name, "q");
	CHECK(name.len == 17 && kv_delete(txn, bytes_span(&name)) == STATUS_OK, "the record of now");
	memcpy(&name.data[1], &name.data[9], 8);
	for (size_t i = 1; i <= 8; i++)
		older.number = older.number << 8 | name.data[i];
	stored_write(&value, &older_record, &older);
	bytes_append(&slot, "w", 1);
	bytes_append(&slot, us.bytes, address_span(&us).len);
	for (int shift = 56; shift >= 0; shift -= 8)
		bytes_append_byte(&slot, (uint8_t)(sm->message.nonce >> shift));
	CHECK_EQUAL(kv_delete(txn, bytes_span(&slot)), STATUS_OK, "the slot");
	CHECK_EQUAL(kv_put(txn, span_of(name.data, 9), bytes_span(&value)), STATUS_OK, "the record of before");
	CHECK_EQUAL(kv_commit(&txn), STATUS_OK, "commit");
	kv_close(kv);
	bytes_release(&name);
	bytes_release(&slot);
	bytes_release(&value);
}

/* A message waits while the programs are replaced by newer ones. */
static void test_older(void)
{
	uint64_t nonce = next_nonce();
	struct signed_message sm = sign(&them, METHOD_SEND, nonce, 1);
	int64_t now = 0;

	CHECK_EQUAL(embedded_ops.epoch(ledger, &now), STATUS_OK, "epoch");
	submit(&sm, MESSAGE_PENDING, "waits");
	embedded_close(ledger);
	make_older(&sm, now + DELAY);
	CHECK_EQUAL(embedded_open(&ledger, path), STATUS_OK, "open");
	(void)outcome(&sm, MESSAGE_PENDING, "waits still");
	CHECK(count_pending() == 1 && next_nonce() == nonce + 1, "with its nonce");
	advance(DELAY);
	CHECK_EQUAL(outcome(&sm, MESSAGE_FINAL, "executed").exit_code, 0, "and well");
	CHECK(count_pending() == 0 && next_nonce() == nonce + 1, "once");
}

int main(void)
{
	struct embedded_options o = {.network = NETWORK_MAIN, .manual = true, .delay = DELAY};
	struct amount plenty = amount_u64(100);
	uint8_t seed[KEY_SECRET_SIZE] = {1};
	char command[128];

	snprintf(folder, sizeof(folder), "/tmp/test-delay-XXXXXX");
	if (!CHECK(mkdtemp(folder) != NULL, "a folder to work in"))
		return test_end();
	CHECK_EQUAL(key_from_seed(&key, seed), STATUS_OK, "a key");
	us = address_of_key(key.public);
	seed[0] = 2;
	CHECK_EQUAL(key_from_seed(&key, seed), STATUS_OK, "another key");
	them = address_of_key(key.public);
	seed[0] = 1;
	CHECK_EQUAL(key_from_seed(&key, seed), STATUS_OK, "our key");
	snprintf(path, sizeof(path), "%s/ledger", folder);
	CHECK_EQUAL(embedded_init(path, &o), STATUS_OK, "init");
	CHECK_EQUAL(embedded_open(&ledger, path), STATUS_OK, "open");
	CHECK_EQUAL(embedded_fund(ledger, &us, &plenty), STATUS_OK, "fund");
	test_waiting();
	test_funds();
	test_kept();
	test_call();
	test_older();
	test_chain_addresses();
	embedded_close(ledger);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_EQUAL(system(command), 0, "tidy up");
	return test_end();
}
