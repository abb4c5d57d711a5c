/* recovery.c - tests of buyer/recovery.h: what a provider gives back, and what becomes of the deal. */
#include "buyer/recovery.h"

#include <stdlib.h>
#include <unistd.h>

#include "../../support/test.h"
#include "store/channels.h"
#include "store/deals.h"

#define DEAL  7
#define OTHER 8

static struct party party;
static struct key stranger;
static struct address channel_address;
static char folder[] = "/tmp/recovery-XXXXXX";

/* A deal in @state on lane 0 of its channel, of which the store knows a voucher over 100 attoFIL, nonce 1. */
static void put_deal(enum deal_state state)
{
	struct kv_txn *txn = NULL;
	struct channel channel = {.address = channel_address,
		.from = address_of_key(party.key.public),
		.to = address_of_key(stranger.public),
		.outbound = true,
		.next_lane = 1,
		.committed = amount_zero(),
		.reserved = amount_u64(900)};
	struct client_deal deal = {.id = DEAL,
		.transfer = DEAL,
		.number = DEAL,
		.state = state,
		.has_lane = true,
		.channel = channel_address,
		.provider = channel.to,
		.total_funds = amount_u64(1000),
		.funds_spent = amount_u64(100),
		.voucher_nonce = 1};
	struct lane_record lane = {.nonce = 1, .amount = amount_u64(100), .deal = DEAL};

	deal.params = (struct deal_params){
		.price_per_byte = amount_u64(1), .payment_interval = 100, .payment_interval_increase = 0};
	deal.current_interval = 200;
	CHECK(cid_of(&deal.payload, 1, CODEC_RAW, HASH_SHA2_256, span_text("x")) == STATUS_OK &&
			kv_begin_write(store_kv(party.store), &txn) == STATUS_OK &&
			store_put_channel(txn, &channel) == STATUS_OK &&
			store_drop_vouchers(txn, &channel.address, 0) == STATUS_OK &&
			store_put_lane(txn, &channel.address, &lane) == STATUS_OK &&
			store_put_client(txn, &deal) == STATUS_OK && kv_commit(&txn) == STATUS_OK,
		"a deal is put");
}

/* What becomes of the deal when a provider gives back a voucher of lane 0, for @deal, signed by @key. */
static enum status recover(uint64_t deal, uint64_t nonce, uint64_t amount, const struct key *key, bool *changed)
{
	struct bytes items = {0}, value = {0}, encoded = {0}, extensions = {0};
	struct voucher voucher = {.channel = channel_address, .nonce = nonce, .amount = amount_u64(amount)};
	struct graphsync_response response = {0};
	struct extension_list list;
	struct recovered recovered;
	enum status s = voucher_sign(&voucher, key);

	CHECK_EQUAL(s, STATUS_OK, "a voucher is signed");
	voucher_write(&encoded, &voucher);
	best_vouchers_put(&items, deal, bytes_span(&encoded));
	extension_list_encode(&value, bytes_span(&items), 1);
	graphsync_extensions(
		&extensions, (const struct graphsync_extension_item[]){{EXT_BEST_VOUCHERS, bytes_span(&value)}}, 1);
	response.extensions = bytes_span(&extensions);
	CHECK_EQUAL(extension_list_open(&list, &response, EXT_BEST_VOUCHERS, BEST_VOUCHERS_MAX), STATUS_OK,
		"the list opens");
	s = buyer_recover(&party, DEAL, &list, &recovered);
	*changed = recovered.changed;
	bytes_release(&items);
	bytes_release(&value);
	bytes_release(&encoded);
	bytes_release(&extensions);
	return s;
}

static struct channel get_channel(void)
{
	struct kv_txn *txn = NULL;
	struct channel channel = {0};

	CHECK(kv_begin_read(store_kv(party.store), &txn) == STATUS_OK &&
			store_get_channel(txn, &channel, &channel_address) == STATUS_OK,
		"the channel is there");
	kv_abort(&txn);
	return channel;
}

static bool is(const struct amount *amount, uint64_t want)
{
	struct amount wanted = amount_u64(want);

	return amount_cmp(amount, &wanted) == 0;
}

static void test_rows(void)
{
	static const struct {
		uint64_t deal, nonce, amount;
		enum deal_state before, after;
		bool changed;
		uint64_t lane, spent, committed, reserved;
		const char *why;
	} rows[] = {
		{DEAL, 1, 100, DEAL_ONGOING, DEAL_ONGOING, false, 0, 100, 100, 900,
			"what the store has changes nothing"},
		{DEAL, 3, 300, DEAL_ONGOING, DEAL_ONGOING, true, 0, 300, 300, 700,
			"a forgotten payment counts as spent"},
		{OTHER, 5, 500, DEAL_ONGOING, DEAL_ONGOING, true, 1, 0, 500, 1000,
			"a deal moves off another deal's lane"},
		{OTHER, 1, 40, DEAL_ONGOING, DEAL_ONGOING, true, 1, 0, 40, 1000, "of the same nonce theirs counts"},
		{OTHER, 5, 500, DEAL_FINALIZING, DEAL_FUNDS_NEEDED_LAST_PAYMENT, true, 1, 0, 500, 1000,
			"the last payment is due once more"},
		{DEAL, 3, 300, DEAL_COMPLETED, DEAL_COMPLETED, false, 0, 100, 100, 900,
			"a deal that is over is left alone"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct client_deal deal;
		struct channel channel;
		bool changed;

		channel_address = address_of_id(77 + i);
		put_deal(rows[i].before);
		CHECK_EQUAL(recover(rows[i].deal, rows[i].nonce, rows[i].amount, &party.key, &changed), STATUS_OK,
			rows[i].why);
		CHECK_EQUAL(party_get_client(&party, &deal, DEAL), STATUS_OK, "the deal is there");
		channel = get_channel();
		CHECK(changed == rows[i].changed && deal.state == rows[i].after && deal.lane == rows[i].lane &&
				is(&deal.funds_spent, rows[i].spent) && is(&channel.committed, rows[i].committed) &&
				is(&channel.reserved, rows[i].reserved),
			rows[i].why);
	}
}

/* MONEY 17 */
static void test_signature(void)
{
	struct client_deal deal;
	bool changed;

	channel_address = address_of_id(70);
	put_deal(DEAL_ONGOING);
	CHECK_EQUAL(recover(OTHER, 5, 500, &stranger, &changed), STATUS_BAD_SIGNATURE, "a stranger's voucher");
	CHECK_EQUAL(party_get_client(&party, &deal, DEAL), STATUS_OK, "the deal is there");
	CHECK(!changed && deal.lane == 0 && is(&deal.funds_spent, 100), "changes nothing");
}

int main(void)
{
	uint8_t seed[KEY_SECRET_SIZE] = {1}, salt[32] = {2};
	struct kv_txn *txn = NULL;
	char command[64];

	CHECK(mkdtemp(folder) != NULL && key_from_seed(&party.key, seed) == STATUS_OK, "a key");
	seed[0] = 3;
	CHECK(key_from_seed(&stranger, seed) == STATUS_OK, "a stranger's key");
	party.has_key = true;
	CHECK(store_open(&party.store, folder, KV_CREATE) == STATUS_OK &&
			kv_begin_write(store_kv(party.store), &txn) == STATUS_OK &&
			store_init_ids(txn, salt) == STATUS_OK && kv_commit(&txn) == STATUS_OK,
		"a store");
	test_rows();
	test_signature();
	store_close(party.store);
	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	CHECK(system(command) == 0, "it is removed");
	return test_end();
}
