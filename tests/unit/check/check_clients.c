/* check_clients.c - tests of check/check.h: what a store keeps of its clients must be what their deals add up to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../support/test.h"
#include "check/check.h"
#include "store/clients.h"
#include "store/deal_texts.h"

static char folder[64];
static struct store *store;

/* How many findings there are that have @text in them. */
static size_t findings_with(struct kv_txn *t, const char *text)
{
	struct findings f = {0};
	size_t count = 0;

	CHECK_EQUAL(check_store(&f, store, t, NETWORK_MAIN, NULL), STATUS_OK, "the check can be made");
	for (size_t i = 0; i < findings_kept(&f); i++)
		if (strstr(findings_at(&f, i)->text, text) != NULL && findings_at(&f, i)->rule == 20)
			count++;
	findings_release(&f);
	return count;
}

/* A deal that is open and unpaid, counted if @counted; listed under another number if @misplaced. */
static void put_deal(struct kv_txn *t, uint64_t id, const char *client, bool counted, bool misplaced)
{
	struct provider_deal d = {.id = id, .transfer = id, .state = DEAL_FUNDS_NEEDED, .total_sent = 10};
	struct tally nothing = {0};

	d.request[0] = (uint8_t)id;
	d.params = (struct deal_params){
		.price_per_byte = amount_u64(2), .payment_interval = 10, .payment_interval_increase = 1};
	CHECK(cid_of(&d.payload, 1, CODEC_RAW, HASH_SHA2_256, span_text("x")) == STATUS_OK &&
			store_next_number(t, &d.number) == STATUS_OK &&
			store_put_text(t, id, TEXT_CLIENT, span_text(client)) == STATUS_OK &&
			store_put_provider(t, &d) == STATUS_OK,
		"a deal is put");
	d.number += misplaced ? 1000 : 0;
	if (counted)
		CHECK_EQUAL(store_count_deal(t, &d, &nothing), STATUS_OK, "and counted");
}

static struct kv_txn *begin(void)
{
	struct kv_txn *t = NULL;

	CHECK_EQUAL(kv_begin_write(store_kv(store), &t), STATUS_OK, "a transaction");
	return t;
}

/* INVARIANT 20 */
static void test_right(void)
{
	struct kv_txn *t = begin();

	put_deal(t, 1, "bob", true, false);
	put_deal(t, 2, "bob", true, false);
	put_deal(t, 3, "", true, false);
	CHECK_EQUAL(findings_with(t, "client '"), 0, "tallies that are right");
	CHECK_EQUAL(findings_with(t, "unpaid"), 0, "and a list that is");
	kv_abort(&t);
}

/* INVARIANT 20 */
static void test_wrong(void)
{
	struct kv_txn *t = begin();

	put_deal(t, 1, "bob", true, false);
	put_deal(t, 2, "bob", false, false);
	CHECK_EQUAL(findings_with(t, "client 'bob': its tally is not the sum of its deals"), 1, "one too few");
	CHECK_EQUAL(findings_with(t, "2 open deals are unpaid, but 1 are listed as unpaid"), 1, "also in the list");
	put_deal(t, 3, "carol", false, false);
	CHECK_EQUAL(findings_with(t, "client 'carol' has deals, but no tally"), 1, "none at all");
	kv_abort(&t);
	t = begin();
	put_deal(t, 1, "bob", true, true);
	CHECK_EQUAL(findings_with(t, "deal 1 is listed as unpaid, but is not unpaid"), 1, "another deal's place");
	kv_abort(&t);
}

int main(void)
{
	static const uint8_t salt[32] = {42};
	char command[128];
	struct kv_txn *t;

	snprintf(folder, sizeof(folder), "/tmp/retrieval-check-XXXXXX");
	CHECK(mkdtemp(folder) != NULL && store_open(&store, folder, KV_CREATE) == STATUS_OK, "a store opens");
	t = begin();
	CHECK(store_init_ids(t, salt) == STATUS_OK && kv_commit(&t) == STATUS_OK, "its ids are set up");
	test_right();
	test_wrong();
	store_close(store);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	CHECK(system(command) == 0, "the folder goes away");
	return test_end();
}
