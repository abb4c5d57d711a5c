/* store - records come back as they went in, are found by every name they have, and ids never repeat. */
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../support/test.h"
#include "ipld/selector.h"
#include "store/channel_lists.h"
#include "store/clients.h"
#include "store/deal_texts.h"
#include "store/deals.h"
#include "store/events.h"
#include "store/payloads.h"

static char folder[64];
static struct store *store;

static struct kv_txn *begin(void)
{
	struct kv_txn *t = NULL;

	CHECK(kv_begin_write(store_kv(store), &t) == STATUS_OK, "a transaction begins");
	return t;
}

static void commit(struct kv_txn *t)
{
	CHECK(kv_commit(&t) == STATUS_OK, "a transaction commits");
}

static struct cid some_cid(const char *text)
{
	struct cid c = {0};

	CHECK(cid_of(&c, 1, CODEC_RAW, HASH_SHA2_256, span_text(text)) == STATUS_OK, "a CID is made");
	return c;
}

static struct client_deal some_client(struct kv_txn *t)
{
	struct client_deal d = {.state = DEAL_FUNDS_NEEDED,
		.payload = some_cid("x"),
		.total_received = 12,
		.lane = 3,
		.has_lane = true,
		.current_interval = 99,
		.message = "why"};

	d.params = (struct deal_params){.selector = selector_all(),
		.price_per_byte = amount_u64(2),
		.unseal_price = amount_u64(5),
		.payment_interval = 10,
		.payment_interval_increase = 1};
	d.provider = address_of_id(7);
	d.funds_spent = amount_u64(UINT64_MAX);
	CHECK(store_next_number(t, &d.number) == STATUS_OK, "a deal gets a number");
	d.id = 1ull << 62 | d.number;
	d.transfer = d.id ^ 0x55;
	d.request[0] = (uint8_t)d.number;
	return d;
}

/** struct message_split - the deals that were met, in the order in which they came. */
struct message_split {
	uint64_t ids[4];
	size_t n;
};

static enum status meet_part(void *ctx, uint64_t id)
{
	struct message_split *parts = ctx;

	parts->ids[parts->n++ % 4] = id;
	return STATUS_OK;
}

static void test_parts(void)
{
	struct cid x = some_cid("x"), y = some_cid("y");
	struct kv_txn *t = begin();
	struct message_split parts = {.n = 0};

	CHECK(store_each_part(t, &x, meet_part, &parts) == STATUS_OK && parts.n == 0, "no deal has a part yet");
	CHECK(store_put_part(t, &x, 7) == STATUS_OK && store_put_part(t, &x, 300) == STATUS_OK &&
			store_put_part(t, &x, 7) == STATUS_OK && store_put_part(t, &y, 8) == STATUS_OK,
		"deals that have parts are noted");
	CHECK(store_each_part(t, &x, meet_part, &parts) == STATUS_OK && parts.n == 2 && parts.ids[0] == 7 &&
			parts.ids[1] == 300,
		"those of one payload are found, each once");
	CHECK(store_put_complete(t, &x, 7) == STATUS_OK && store_put_complete(t, &x, 7) == STATUS_OK,
		"one is complete");
	parts.n = 0;
	CHECK(store_each_part(t, &x, meet_part, &parts) == STATUS_OK && parts.n == 1 && parts.ids[0] == 300,
		"the other is still there");
	CHECK(store_get_complete(t, &parts.ids[0], &x) == STATUS_OK && parts.ids[0] == 7,
		"and the complete one is known");
	CHECK_EQUAL(store_get_complete(t, &parts.ids[0], &y), STATUS_NOT_FOUND,
		"of a payload that nobody completed none is");
	commit(t);
}

static void test_client_round_trip(void)
{
	struct kv_txn *t = begin();
	struct client_deal d = some_client(t), back;
	uint64_t id = 0;

	CHECK(store_put_client(t, &d) == STATUS_OK, "a client's deal is put");
	CHECK(store_get_client(t, &back, d.id) == STATUS_OK, "and got");
	CHECK_EQUAL(back.state, d.state, "its state is the same");
	CHECK_TEXT(back.message, "why", "its message is the same");
	CHECK(amount_cmp(&back.funds_spent, &d.funds_spent) == 0, "its money is the same");
	CHECK(cid_equal(&back.payload, &d.payload) && address_equal(&back.provider, &d.provider),
		"its names are the same");
	CHECK(address_is_none(&back.channel) && cid_is_none(&back.wait_message), "what it lacks it lacks still");
	CHECK(span_equal(back.params.selector, selector_all()), "its selector is the same");
	CHECK(store_find_transfer(t, &id, SIDE_CLIENT, d.transfer) == STATUS_OK && id == d.id,
		"it is found by its transfer");
	CHECK(store_find_request(t, &id, SIDE_CLIENT, d.request) == STATUS_OK && id == d.id, "and by its request");
	CHECK_EQUAL(
		store_find_transfer(t, &id, SIDE_PROVIDER, d.transfer), STATUS_NOT_FOUND, "but not on the other side");
	commit(t);
}

static void test_names(void)
{
	struct kv_txn *t = begin();
	struct client_deal a = some_client(t), b = some_client(t);
	struct deal_name name, names[8];
	size_t count = 8;
	uint64_t lowest = 0;
	char text[24];

	CHECK(store_put_client(t, &a) == STATUS_OK && store_put_client(t, &b) == STATUS_OK, "two deals are put");
	CHECK(a.id != b.id, "ids do not repeat");
	CHECK(store_find_deal(t, &name, "@", SIDES_BOTH) == STATUS_OK && name.id == b.id, "@ is the newest");
	CHECK_EQUAL(store_find_deal(t, &name, "@", SIDES_PROVIDER), STATUS_NOT_FOUND, "of the side that was asked for");
	snprintf(text, sizeof(text), "%llu", (unsigned long long)a.id);
	CHECK(store_find_deal(t, &name, text, SIDES_BOTH) == STATUS_OK && name.id == a.id, "a whole id names its deal");
	text[3] = '\0';
	CHECK_EQUAL(store_find_deal(t, &name, text, SIDES_BOTH), STATUS_AMBIGUOUS, "a prefix of several names none");
	CHECK_EQUAL(store_find_deal(t, &name, "0", SIDES_BOTH), STATUS_NOT_FOUND, "a prefix of none names none");
	CHECK_EQUAL(store_find_deal(t, &name, "1x", SIDES_BOTH), STATUS_USAGE, "what is no number is no name");
	CHECK_EQUAL(store_find_deal(t, &name, "", SIDES_BOTH), STATUS_USAGE, "nor is nothing");
	CHECK(store_list_deals(t, names, &count, &lowest, 0) == STATUS_OK && count >= 2, "deals are listed");
	CHECK(names[0].id == b.id && names[1].id == a.id, "the newest first");
	count = 1;
	CHECK(store_list_deals(t, names, &count, &lowest, b.number) == STATUS_OK && count == 1 && names[0].id == a.id,
		"and from any point on");
	commit(t);
}

/* What test_lanes() puts, copied out. */
static void test_lists(const struct address *channel)
{
	CLEAN_CHANNELS struct channel_list channels = {0};
	CLEAN_VOUCHERS struct voucher_list vouchers = {0};
	CLEAN_LANES struct lane_list lanes = {0};

	CHECK_EQUAL(store_list_channels(store, &channels), STATUS_OK, "channels are listed");
	CHECK(channels.count == 1 && address_equal(&channels.at[0].address, channel), "the one that there is");
	CHECK_EQUAL(store_list_lanes(store, &lanes, channel), STATUS_OK, "lanes are listed");
	CHECK(lanes.count == 2 && lanes.at[0].lane == 1 && lanes.at[1].lane == 2, "in their order");
	CHECK_EQUAL(store_list_vouchers(store, &vouchers, channel), STATUS_OK, "vouchers are listed");
	CHECK(vouchers.count == 2 && vouchers.at[0].lane == 1 && vouchers.at[0].nonce == 2 &&
			span_is(vouchers.at[0].bytes, "voucher") && span_is(vouchers.at[1].bytes, "second"),
		"each with its bytes");
}

static enum status add_nonce(void *ctx, uint64_t lane, uint64_t nonce, struct span voucher)
{
	(void)lane, (void)voucher;
	*(uint64_t *)ctx += nonce;
	return STATUS_OK;
}

static void test_lanes(void)
{
	struct kv_txn *t = begin();
	struct channel c = {.address = address_of_id(50), .from = address_of_id(1), .to = address_of_id(2)};
	struct lane_record l = {.lane = 1, .nonce = 1, .amount = amount_u64(100), .deal = 9};
	struct amount want = amount_u64(350);
	uint64_t nonces = 0;

	CHECK_EQUAL(
		store_put_lane(t, &c.address, &l), STATUS_CORRUPT, "a lane of a channel that is not there is refused");
	CHECK(store_put_channel(t, &c) == STATUS_OK, "a channel is put");
	CHECK(store_put_lane(t, &c.address, &l) == STATUS_OK, "a lane is put");
	l.nonce = 2;
	l.amount = amount_u64(300);
	CHECK(store_put_lane(t, &c.address, &l) == STATUS_OK, "and grows");
	l.lane = 2;
	l.amount = amount_u64(50);
	CHECK(store_put_lane(t, &c.address, &l) == STATUS_OK, "another one beside it");
	CHECK(store_get_channel(t, &c, &c.address) == STATUS_OK && amount_cmp(&c.committed, &want) == 0,
		"the channel's sum is that of the best of each lane");
	CHECK(store_put_voucher(t, &c.address, 1, 2, span_text("voucher")) == STATUS_OK, "a voucher is put");
	CHECK(store_put_voucher(t, &c.address, 1, 2, span_text("voucher")) == STATUS_OK,
		"the same one again is no change");
	CHECK_EQUAL(
		store_put_voucher(t, &c.address, 1, 2, span_text("other")), STATUS_EXISTS, "never two of one nonce");
	CHECK(store_put_voucher(t, &c.address, 2, 1, span_text("second")) == STATUS_OK, "another lane's is put");
	CHECK(store_each_voucher(t, &c.address, add_nonce, &nonces) == STATUS_OK && nonces == 3, "both are visited");
	nonces = 0;
	CHECK(store_each_voucher_on(t, &c.address, 1, add_nonce, &nonces) == STATUS_OK && nonces == 2,
		"or those of one lane alone");
	commit(t);
	test_lists(&c.address);
}

static struct provider_deal some_sale(struct kv_txn *t, uint64_t id, const char *client)
{
	struct provider_deal d = {.id = id, .state = DEAL_NEW};

	CHECK(store_next_number(t, &d.number) == STATUS_OK, "a deal gets a number");
	d.params = (struct deal_params){.price_per_byte = amount_u64(2), .payment_interval = 10};
	if (client != NULL)
		CHECK(store_put_text(t, id, TEXT_CLIENT, span_text(client)) == STATUS_OK, "and a client");
	return d;
}

static void move(struct kv_txn *t, struct provider_deal *d, enum deal_state state, uint64_t sent, uint64_t received)
{
	struct tally before = provider_tally(d);

	d->state = state;
	d->total_sent = sent;
	d->funds_received = amount_u64(received);
	CHECK(store_count_deal(t, d, &before) == STATUS_OK, "a deal is counted");
}

static bool has_tally(
	struct kv_txn *t, const char *client, uint64_t open, uint64_t unpaid, uint64_t cancelled, uint64_t completed)
{
	struct tally got;

	return store_get_tally(t, &got, client) == STATUS_OK && got.open == open && got.unpaid == unpaid &&
	       got.cancelled == cancelled && got.completed == completed;
}

static enum status add_up(void *ctx, struct span client, uint64_t number, uint64_t deal)
{
	uint64_t *sum = ctx;

	(void)client;
	(void)number;
	*sum += deal;
	return *sum >= 100 ? STATUS_EXISTS : STATUS_OK;
}

static uint64_t unpaid_ids(struct kv_txn *t, const char *client, enum status want)
{
	uint64_t sum = 0;

	CHECK_EQUAL(store_each_unpaid(t, client, add_up, &sum), want, "unpaid deals are listed");
	return sum;
}

static void test_clients(void)
{
	struct kv_txn *t = begin();
	struct provider_deal a = some_sale(t, 1, "bob"), b = some_sale(t, 2, "bob"), c = some_sale(t, 4, "bobby"),
			     d = some_sale(t, 100, ""), old = some_sale(t, 16, NULL);

	CHECK(has_tally(t, "bob", 0, 0, 0, 0), "a client that never came has nothing");
	move(t, &a, DEAL_ONGOING, 0, 0);
	move(t, &b, DEAL_ONGOING, 0, 0);
	CHECK(has_tally(t, "bob", 2, 0, 0, 0), "two deals are open, and nothing is unpaid");
	move(t, &a, DEAL_FUNDS_NEEDED, 10, 0);
	move(t, &b, DEAL_FUNDS_NEEDED, 10, 0);
	move(t, &b, DEAL_FUNDS_NEEDED, 12, 0);
	move(t, &c, DEAL_FUNDS_NEEDED, 10, 0);
	move(t, &d, DEAL_FUNDS_NEEDED, 10, 0);
	move(t, &old, DEAL_FUNDS_NEEDED, 10, 0);
	CHECK(has_tally(t, "bob", 2, 2, 0, 0) && has_tally(t, "bobby", 1, 1, 0, 0) && has_tally(t, "", 1, 1, 0, 0),
		"each client has its own");
	CHECK_EQUAL(unpaid_ids(t, "bob", STATUS_OK), 3, "and its own list, whatever others are called");
	CHECK_EQUAL(unpaid_ids(t, "", STATUS_EXISTS), 100, "also without a name; the caller may end the list");
	CHECK_EQUAL(unpaid_ids(t, NULL, STATUS_EXISTS), 100, "all are listed, in the order of their clients");
	move(t, &a, DEAL_ONGOING, 10, 20);
	CHECK(has_tally(t, "bob", 2, 1, 0, 0) && unpaid_ids(t, "bob", STATUS_OK) == 2, "what is paid is not unpaid");
	move(t, &a, DEAL_COMPLETED, 10, 20);
	move(t, &b, DEAL_CANCELLED, 12, 0);
	CHECK(has_tally(t, "bob", 0, 0, 1, 1) && unpaid_ids(t, "bob", STATUS_OK) == 0, "what is over is not open");
	move(t, &old, DEAL_CANCELLED, 10, 0);
	CHECK(has_tally(t, "", 1, 1, 0, 0), "a deal that has no client is never counted");
	kv_abort(&t);
}

static enum status count_event(void *ctx, const struct event *e)
{
	uint64_t *last = ctx;

	CHECK(e->sequence > *last, "events come in order");
	*last = e->sequence;
	return STATUS_OK;
}

static void test_events(void)
{
	struct kv_txn *t = begin();
	struct deal_name name = {SIDE_CLIENT, 77};
	uint64_t last = 0;

	for (uint64_t i = 0; i < 5; i++) {
		struct event e = {.side = SIDE_CLIENT, .deal = i == 2 ? 77 : 78, .message = span_text("m")};

		CHECK(store_put_event(t, &e) == STATUS_OK, "an event is put");
	}
	CHECK(store_each_event(t, &(struct event_range){0, NULL, 100}, count_event, &last) == STATUS_OK && last == 5,
		"all events are listed");
	last = 0;
	CHECK(store_each_event(t, &(struct event_range){0, &name, 100}, count_event, &last) == STATUS_OK && last == 3,
		"or those of one deal");
	last = 0;
	CHECK(store_each_event(t, &(struct event_range){4, NULL, 1}, count_event, &last) == STATUS_OK && last == 4,
		"from a point on, so many");
	commit(t);
}

/* Make the record at @key, of so many parts, what it was before records had a part called @name, their third, and no version. */
static void forget_part(struct kv_txn *t, struct span key, uint8_t parts, const char *name)
{
	CLEAN_BYTES struct bytes older = {0};
	size_t len = strlen(name), at = 0;
	struct span value;

	CHECK(kv_get(t, &value, key) == STATUS_OK && value.data[0] == parts - 2 && value.data[1] == (0xa0 | parts),
		"a record of the newest version is there");
	for (size_t i = 0; i + 1 + len <= value.len; i++)
		if (value.data[i] == (0x60 | len) && memcmp(value.data + i + 1, name, len) == 0)
			at = i;
	bytes_append(&older, value.data + 1, at - 1);
	older.data[0] = 0xa2;
	CHECK(kv_put(t, key, bytes_span(&older)) == STATUS_OK, "it is made an older one");
}

/* Make the record at @key one of version @version, or without one if that is 0. */
static void change_version(struct kv_txn *t, struct span key, uint8_t version)
{
	CLEAN_BYTES struct bytes other = {0};
	struct span value;

	CHECK(kv_get(t, &value, key) == STATUS_OK, "a record is there");
	if (version != 0)
		bytes_append_byte(&other, version);
	bytes_append(&other, value.data + 1, value.len - 1);
	CHECK(kv_put(t, key, bytes_span(&other)) == STATUS_OK, "it gets another version");
}

/* Deals that were written before they could begin with blocks of another: what they lack is nothing. */
static void test_older_records(void)
{
	struct kv_txn *t = begin();
	struct client_deal c = some_client(t), client;
	struct provider_deal p = {.id = 123, .number = 99999, .transfer = 77, .skip_links = 4, .seeded_blocks = 3},
			     provider;
	char key[24];

	c.inherited = 5;
	c.inherited_blocks = 2;
	c.skip_links = 3;
	c.unasked = true;
	p.payload = c.payload;
	p.params = c.params;
	p.total_sent = 55;
	CHECK(store_put_client(t, &c) == STATUS_OK && store_put_provider(t, &p) == STATUS_OK, "deals are put");
	CHECK(store_get_client(t, &client, c.id) == STATUS_OK && client.inherited == 5 &&
			client.inherited_blocks == 2 && client.skip_links == 3 && client.unasked,
		"what a deal inherits is kept");
	CHECK(store_get_provider(t, &provider, p.id) == STATUS_OK && provider.skip_links == 4 &&
			provider.seeded_blocks == 3,
		"and what its client held");
	snprintf(key, sizeof(key), "D%llu", (unsigned long long)c.id);
	change_version(t, span_text(key), 2);
	CHECK_EQUAL(store_get_client(t, &client, c.id), STATUS_NEWER_VERSION, "a record of a newer program is refused");
	change_version(t, span_text(key), 1);
	change_version(t, span_text("d123"), 0);
	CHECK(store_get_provider(t, &provider, p.id) == STATUS_OK && provider.skip_links == 4 &&
			provider.seeded_blocks == 3,
		"a record that does not say its version is told by its parts");
	forget_part(t, span_text(key), 3, "inherited");
	CHECK(store_put_provider(t, &p) == STATUS_OK, "it is put again");
	forget_part(t, span_text("d123"), 6, "held");
	CHECK(store_get_client(t, &client, c.id) == STATUS_OK && client.total_received == c.total_received,
		"an older record of a client is read");
	CHECK(client.inherited == 0 && client.inherited_blocks == 0 && client.skip_links == 0 && !client.unasked,
		"as one that inherits nothing");
	CHECK(store_get_provider(t, &provider, p.id) == STATUS_OK && provider.total_sent == 55,
		"and one of a provider");
	CHECK(provider.skip_links == 0 && provider.seeded_blocks == 0, "as one of which nothing was held");
	kv_abort(&t);
}

/* Open the store's folder as @kind. LMDB allows one process to have a store open once. */
static enum status open_kind(enum kv_kind kind)
{
	struct kv *kv;
	enum status s;

	store_close(store);
	s = kv_open_kind(&kv, folder, KV_READ_ONLY, kind);
	if (s == STATUS_OK)
		kv_close(kv);
	CHECK(store_open(&store, folder, KV_CREATE) == STATUS_OK, "the store opens again");
	return s;
}

/* A home is no ledger, whatever says so. */
static void test_kind(void)
{
	struct ledger_id id = {NETWORK_TEST, {1, 2, 3}}, back;
	struct kv_txn *t = begin();
	char text[LEDGER_ID_TEXT_MAX];
	uint64_t height = 0;

	CHECK_EQUAL(
		store_get_ledger(t, &back, &height), STATUS_NOT_FOUND, "a store that met no ledger belongs to none");
	CHECK(store_put_ledger(t, &id, 9) == STATUS_OK && store_get_ledger(t, &back, &height) == STATUS_OK &&
			ledger_id_equal(&id, &back) && height == 9,
		"a store knows its ledger");
	CHECK_TEXT(ledger_id_text(text, &back), "t-0102030000000000", "which has a name for people");
	id.genesis[31] = 1;
	CHECK(!ledger_id_equal(&id, &back), "another genesis is another ledger");
	commit(t);
	CHECK_EQUAL(open_kind(KV_LEDGER), STATUS_IS_HOME, "a home is no ledger");
	t = begin();
	CHECK_EQUAL(kv_delete(t, span_text("!kind")), STATUS_OK, "it was made before stores said what they are");
	commit(t);
	CHECK_EQUAL(open_kind(KV_LEDGER), STATUS_IS_HOME, "it still is no ledger");
	CHECK_EQUAL(open_kind(KV_HOME), STATUS_OK, "but a home");
	t = begin();
	CHECK_EQUAL(kv_put(t, span_text("!kind"), span_text("lighthouse")), STATUS_OK, "a kind of tomorrow");
	CHECK_EQUAL(kv_check_kind(t, KV_HOME), STATUS_NEWER_VERSION, "is not guessed");
	kv_abort(&t);
}

int main(void)
{
	static const uint8_t salt[32] = {42};
	char command[128];
	struct kv_txn *t;

	snprintf(folder, sizeof(folder), "/tmp/retrieval-store-XXXXXX");
	CHECK(mkdtemp(folder) != NULL && store_open(&store, folder, KV_CREATE) == STATUS_OK, "a store opens");
	t = begin();
	CHECK(store_init_ids(t, salt) == STATUS_OK && store_init_ids(t, salt) == STATUS_OK, "ids are set up once");
	commit(t);
	test_client_round_trip();
	test_parts();
	test_names();
	test_lanes();
	test_events();
	test_older_records();
	test_kind();
	test_clients();
	store_close(store);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	CHECK(system(command) == 0, "the folder goes away");
	return test_end();
}
