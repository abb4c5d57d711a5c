/* requests.c - how often a node is asked while a deal gets its channel.
 *
 * usage: requests [-v]
 *
 * With -v each request is named. The node executes each message at once; one that
 * takes its time is asked once more for each look at it.
 */
#include <stdlib.h>

#include "../../support/test.h"
#include "embedded/embedded.h"
#include "funds/add_funds.h"
#include "lotus/lotus.h"
#include "node/node.h"
#include "opening/open_channel.h"

static struct party party;
static struct node *node;
static unsigned count;
static bool verbose;
static struct address us, them, channel;

/* The method of a request stands behind "method":"Filecoin. */
static void name_request(struct span body)
{
	static const char before[] = "\"method\":\"Filecoin.";
	const char *at = memmem(body.data, body.len, before, sizeof(before) - 1);

	if (verbose && CHECK(at != NULL, "a method"))
		printf("\t%.*s\n", (int)strcspn(at + sizeof(before) - 1, "\""), at + sizeof(before) - 1);
}

static enum status post(void *self, struct transport_answer *answer, struct span body, struct error *why)
{
	const struct node_request request = {body, true};
	struct node_answer got = {.status = 0};

	(void)self;
	(void)why;
	count++;
	name_request(body);
	CHECK_EQUAL(node_answer(node, &got, &request), STATUS_OK, "the node answers");
	bytes_clear(&answer->body);
	bytes_append(&answer->body, got.body.data, got.body.len);
	answer->code = (long)got.status;
	bytes_release(&got.body);
	return STATUS_OK;
}

static void stay_open(void *self)
{
	(void)self;
}

static void put_deal(uint64_t id, uint64_t funds)
{
	struct client_deal deal = {.id = id,
		.transfer = id,
		.number = id,
		.state = DEAL_ACCEPTED,
		.provider = them,
		.total_funds = amount_u64(funds),
		.max_total = amount_u64(funds)};
	struct kv_txn *txn = NULL;

	deal.params = (struct deal_params){.price_per_byte = amount_u64(1), .payment_interval = 100};
	CHECK(cid_of(&deal.payload, 1, CODEC_RAW, HASH_SHA2_256, span_text("x")) == STATUS_OK &&
			kv_begin_write(store_kv(party.store), &txn) == STATUS_OK &&
			store_put_client(txn, &deal) == STATUS_OK && kv_commit(&txn) == STATUS_OK,
		"a deal is put");
}

static void begin(const char *step)
{
	if (verbose)
		printf("%s\n", step);
	count = 0;
	ledger_refresh(party.ledger); /* as after a second */
}

static void open_for(uint64_t deal, uint64_t funds, unsigned want, const char *step)
{
	put_deal(deal, funds);
	begin(step);
	CHECK_EQUAL(buyer_open_channel(&party, deal, NULL, NULL), STATUS_OK, step);
	CHECK_EQUAL(count, want, step);
}

static enum status take_address(void *ctx, const struct address *address, const struct paych *head)
{
	(void)head;
	*(struct address *)ctx = *address;
	return STATUS_OK;
}

static void test_steps(void)
{
	const struct channel_visit visit = {take_address, &channel};
	struct amount more = amount_u64(500);

	open_for(1, 1000, 20, "open a channel");
	open_for(2, 700, 14, "add funds to it for the next deal");
	CHECK_EQUAL(ledger_each_channel(party.ledger, &us, &visit), STATUS_OK, "the channel");
	begin("add funds");
	CHECK_EQUAL(buyer_add_funds(&party, &channel, &more), STATUS_OK, "add funds");
	CHECK_EQUAL(count, 10, "add funds");
	open_for(3, 300, 3, "a deal for which the channel has enough");
}

int main(int argc, char **argv)
{
	const struct lotus_options options = {.confidence = 0, .keep_ms = 3600000};
	struct embedded_options o = {
		.network = NETWORK_MAIN, .manual = true, .chain_addresses = true, .gas_price = amount_u64(100)};
	const struct transport transport = {.post = post, .close = stay_open};
	struct amount plenty = amount_u64(1000000000000000000);
	uint8_t seed[KEY_SECRET_SIZE] = {2}, salt[32] = {1};
	char folder[64] = "/tmp/test-requests-XXXXXX", path[96], command[128];
	struct embedded *books = NULL;
	struct lotus *client = NULL;
	struct kv_txn *txn = NULL;

	verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
	if (!CHECK(mkdtemp(folder) != NULL, "a folder to work in"))
		return test_end();
	CHECK_EQUAL(key_from_seed(&party.key, seed), STATUS_OK, "their key");
	them = address_of_key(party.key.public);
	seed[0] = 1;
	CHECK_EQUAL(key_from_seed(&party.key, seed), STATUS_OK, "our key");
	us = address_of_key(party.key.public);
	party.has_key = true;
	party.network = NETWORK_MAIN;
	party.max_fee = plenty;
	o.identity[0] = 1;
	snprintf(path, sizeof(path), "%s/ledger", folder);
	CHECK(embedded_init(path, &o) == STATUS_OK && embedded_open(&books, path) == STATUS_OK &&
			embedded_fund(books, &us, &plenty) == STATUS_OK &&
			embedded_fund(books, &them, &plenty) == STATUS_OK && node_new(&node, books) == STATUS_OK,
		"a node");
	CHECK(lotus_open(&client, &transport, &options) == STATUS_OK &&
			ledger_of(&party.ledger, &lotus_ops, client) == STATUS_OK,
		"a ledger on the node");
	snprintf(path, sizeof(path), "%s/home", folder);
	CHECK(store_open(&party.store, path, KV_CREATE) == STATUS_OK &&
			kv_begin_write(store_kv(party.store), &txn) == STATUS_OK &&
			store_init_ids(txn, salt) == STATUS_OK && kv_commit(&txn) == STATUS_OK,
		"a store");
	party_guard_ledger(&party);
	test_steps();
	if (party.error.status != STATUS_OK)
		fprintf(stderr, "%s\n", party.error.why);
	store_close(party.store);
	ledger_close(party.ledger);
	node_free(node);
	embedded_close(books);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_EQUAL(system(command), 0, "tidy up");
	return test_end();
}
