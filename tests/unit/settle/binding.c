/* binding.c - a store keeps to its ledger, also one from before ledgers had identities; a damaged voucher hides no other. */
#include <stdlib.h>

#include "../../support/test.h"
#include "binding/binding.h"
#include "embedded/embedded.h"
#include "party/ledger_place.h"
#include "settle/settle.h"
#include "store/channels.h"
#include "store/pending.h"

static char folder[64];
static struct party party;
static struct key payer;

static struct key key_of(uint8_t seed)
{
	uint8_t bytes[KEY_SECRET_SIZE] = {seed};
	struct key key;

	CHECK_EQUAL(key_from_seed(&key, bytes), STATUS_OK, "a key");
	return key;
}

static const char *path_of(const char *name)
{
	static char path[96];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

/* A ledger with this identity, all zero as it was before ledgers had one, on which the payer has @fundings FIL. */
static void make_ledger(const char *name, uint8_t identity, unsigned fundings)
{
	struct embedded_options o = {NETWORK_MAIN, true, 0, {identity}};
	struct address who = address_of_key(payer.public);
	struct amount plenty = amount_u64(100000);
	struct embedded *books;

	if (!CHECK(embedded_init(path_of(name), &o) == STATUS_OK && embedded_open(&books, path_of(name)) == STATUS_OK,
		    "a ledger"))
		return;
	for (unsigned i = 0; i < fundings; i++)
		CHECK_EQUAL(embedded_fund(books, &who, &plenty), STATUS_OK, "fund");
	embedded_close(books);
}

static void place_channel(const char *name, const struct address *channel)
{
	struct address from = address_of_key(payer.public), to = address_of_key(party.key.public);
	struct amount balance = amount_u64(1000);
	struct embedded *books;

	if (!CHECK_EQUAL(embedded_open(&books, path_of(name)), STATUS_OK, "open"))
		return;
	CHECK_EQUAL(embedded_place(books, channel, &from, &to, &balance), STATUS_OK, "place");
	embedded_close(books);
}

/* What the party's store says of this ledger. */
static enum status check_with(const char *name, bool writable)
{
	enum status s = ledger_open(&party.ledger, path_of(name));

	if (s != STATUS_OK)
		return s;
	s = binding_check(&party, name, writable);
	ledger_close(party.ledger);
	party.ledger = NULL;
	return s;
}

static struct kv_txn *begin(void)
{
	struct kv_txn *txn = NULL;

	CHECK_EQUAL(kv_begin_write(store_kv(party.store), &txn), STATUS_OK, "begin");
	return txn;
}

static void put_channel(const struct address *address)
{
	struct channel channel = {.address = *address,
		.from = address_of_key(payer.public),
		.to = address_of_key(party.key.public),
		.committed = amount_zero(),
		.reserved = amount_zero(),
		.lost = amount_zero()};
	struct kv_txn *txn = begin();

	CHECK_EQUAL(store_put_channel(txn, &channel), STATUS_OK, "a channel");
	CHECK_EQUAL(kv_commit(&txn), STATUS_OK, "commit");
}

static void open_home(const char *name)
{
	uint8_t salt[32] = {1};
	struct kv_txn *txn;

	CHECK_EQUAL(store_open(&party.store, path_of(name), KV_CREATE), STATUS_OK, "a home");
	txn = begin();
	CHECK(store_init_ids(txn, salt) == STATUS_OK && kv_commit(&txn) == STATUS_OK, "its ids");
}

static void close_home(void)
{
	store_close(party.store);
	party.store = NULL;
}

static void test_binding(void)
{
	struct address channel = address_of_id(4710);

	make_ledger("one", 1, 3);
	make_ledger("two", 2, 3);
	open_home("bound");
	CHECK_EQUAL(check_with("two", false), STATUS_OK, "a look binds nothing");
	CHECK_EQUAL(check_with("two", true), STATUS_OK, "nor does a home without a channel");
	place_channel("one", &channel);
	place_channel("two", &channel);
	put_channel(&channel);
	CHECK_EQUAL(check_with("one", true), STATUS_OK, "the first that writes then binds");
	CHECK_EQUAL(check_with("one", true), STATUS_OK, "the same ledger again");
	CHECK_EQUAL(check_with("two", true), STATUS_OTHER_LEDGER, "another ledger");
	CHECK_EQUAL(check_with("two", false), STATUS_OTHER_LEDGER, "also to look at");
	CHECK_EQUAL(check_with("one", true), STATUS_OK, "nothing was noted of it");
	close_home();
}

static void test_older_copy(void)
{
	struct address channel = address_of_id(4710);

	make_ledger("long", 3, 5);
	make_ledger("short", 3, 4);
	place_channel("long", &channel);
	place_channel("short", &channel);
	open_home("ahead");
	put_channel(&channel);
	CHECK_EQUAL(check_with("long", true), STATUS_OK, "bound");
	CHECK_EQUAL(check_with("short", true), STATUS_ROLLED_BACK, "a ledger never gets shorter");
	CHECK_EQUAL(check_with("long", true), STATUS_OK, "and the longer one is right");
	close_home();
}

/* A home that is older than the binding, and a ledger that is older than identities. */
static void test_older_home(void)
{
	struct address channel = address_of_id(4711);

	make_ledger("nameless", 0, 1);
	make_ledger("nameless-too", 0, 2);
	place_channel("nameless", &channel);
	open_home("older");
	put_channel(&channel);
	CHECK_EQUAL(check_with("one", true), STATUS_OTHER_LEDGER, "a ledger that never had our channel is another one");
	CHECK_EQUAL(check_with("nameless", true), STATUS_OK, "the one that has it is ours");
	CHECK_EQUAL(check_with("nameless-too", true), STATUS_OTHER_LEDGER, "names that are no names do not deceive");
	CHECK_EQUAL(check_with("nameless", true), STATUS_OK, "ours");
	close_home();
}

/* A better voucher of a lane, signed; @keep: only the lane's record says that there is one if not. */
static void put_voucher(const struct address *channel, uint64_t lane, uint64_t nonce, uint64_t amount, bool keep)
{
	struct lane_record record = {.lane = lane, .nonce = nonce, .amount = amount_u64(amount)};
	struct voucher voucher = {.channel = *channel, .lane = lane, .nonce = nonce, .amount = amount_u64(amount)};
	CLEAN_BYTES struct bytes bytes = {0};
	struct kv_txn *txn = begin();

	CHECK_EQUAL(voucher_sign(&voucher, &payer), STATUS_OK, "sign");
	voucher_write(&bytes, &voucher);
	CHECK_EQUAL(store_put_lane(txn, channel, &record), STATUS_OK, "a lane");
	if (keep)
		CHECK_EQUAL(store_put_voucher(txn, channel, lane, nonce, bytes_span(&bytes)), STATUS_OK, "a voucher");
	CHECK_EQUAL(kv_commit(&txn), STATUS_OK, "commit");
}

struct seen {
	uint64_t nonces[8]; /* submitted, by lane */
	unsigned failed;
};

static void see(void *ctx, const struct settle_report *r)
{
	struct seen *seen = ctx;

	if (r->step == SETTLE_SUBMIT && r->status == STATUS_OK)
		seen->nonces[r->lane] = r->nonce;
	seen->failed += r->step == SETTLE_SUBMIT && r->status != STATUS_OK;
}

/* SETTLE 1: what can't be read hides neither the other lanes nor the better part of its own. */
static void test_damaged_voucher(void)
{
	struct address channel = address_of_id(4712);
	struct settle_policy policy = {.keep_open = true, .spare = true};
	struct seen seen = {{0}, 0};

	make_ledger("damage", 4, 1);
	place_channel("damage", &channel);
	open_home("damaged");
	put_channel(&channel);
	put_voucher(&channel, 0, 1, 100, true);
	put_voucher(&channel, 1, 1, 100, true);
	put_voucher(&channel, 1, 2, 150, true);
	put_voucher(&channel, 1, 3, 200, false);
	put_voucher(&channel, 2, 1, 50, false);
	put_voucher(&channel, 3, 1, 60, true);
	put_voucher(&channel, 4, 1, 5000, true);
	put_voucher(&channel, 5, 1, 70, true);
	CHECK_EQUAL(ledger_open(&party.ledger, path_of("damage")), STATUS_OK, "open");
	CHECK_EQUAL(settle_channel(&party, &channel, &policy, see, &seen), STATUS_CORRUPT, "that one is lost is said");
	CHECK_EQUAL(seen.nonces[0], 1, "the lane before is submitted");
	CHECK_EQUAL(seen.nonces[1], 2, "the best voucher that is there is submitted");
	CHECK_EQUAL(seen.nonces[2], 0, "a lane whose only voucher is gone has none");
	CHECK_EQUAL(seen.nonces[3], 1, "the lane behind is submitted");
	CHECK_EQUAL(seen.nonces[4], 0, "what the ledger refuses is not");
	CHECK_EQUAL(seen.nonces[5], 1, "and hides nothing either");
	CHECK_EQUAL(seen.failed, 3, "each failure is a line");
	ledger_close(party.ledger);
	party.ledger = NULL;
	close_home();
}

/* A message in flight that can't be read holds up no voucher: the vouchers have their time, and carry no money of ours. */
static void test_damaged_message(void)
{
	struct address channel = address_of_id(4713);
	struct about_message about = {.brings = amount_zero()};
	struct settle_policy policy = {.keep_open = true, .spare = true};
	struct seen seen = {{0}, 0};
	struct kv_txn *txn;

	make_ledger("message", 5, 1);
	place_channel("message", &channel);
	open_home("messages");
	put_channel(&channel);
	put_voucher(&channel, 0, 1, 100, true);
	txn = begin();
	CHECK_EQUAL(store_put_message(txn, span_text("settle something"), span_text("garbage"), &about), STATUS_OK,
		"a damaged message");
	CHECK_EQUAL(kv_commit(&txn), STATUS_OK, "commit");
	CHECK_EQUAL(ledger_open(&party.ledger, path_of("message")), STATUS_OK, "open");
	CHECK_EQUAL(settle_channel(&party, &channel, &policy, see, &seen), STATUS_OK, "a step");
	CHECK_EQUAL(seen.nonces[0], 1, "the voucher is submitted");
	ledger_close(party.ledger);
	party.ledger = NULL;
	close_home();
}

int main(void)
{
	char command[128];

	snprintf(folder, sizeof(folder), "/tmp/test-binding-XXXXXX");
	if (!CHECK(mkdtemp(folder) != NULL, "a folder to work in"))
		return test_end();
	payer = key_of(1);
	party.key = key_of(2);
	party.has_key = true;
	party.network = NETWORK_MAIN;
	test_binding();
	test_older_copy();
	test_older_home();
	test_damaged_voucher();
	test_damaged_message();
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_EQUAL(system(command), 0, "tidy up");
	return test_end();
}
