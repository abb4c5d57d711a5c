/* scene - see scene.h. */
#include "scene.h"

#include <fcntl.h>
#include <unistd.h>

#include "blocks/deal_blocks.h"
#include "blocks/publish.h"
#include "buyer/pay.h"
#include "check/check.h"
#include "embedded/embedded.h"
#include "ipld/car.h"
#include "party/ledger_place.h"
#include "seller/offer.h"
#include "seller/send.h"
#include "seller/take.h"
#include "store/channel_lists.h"
#include "store/contents.h"
#include "take_body.h"
#include "test.h"

#define FILE_SIZE 12000

struct sold content;

struct address address_of_party(const struct party *p)
{
	return address_of_key(p->key.public);
}

/* The file, packed; and its blocks in the order of the walk. */
void content_make(void)
{
	struct bytes file = {0};
	struct car_reader car;
	struct car_section section;
	int fd;

	for (unsigned i = 0; file.len < FILE_SIZE; i++)
		bytes_append_format(&file, "%u ", i);
	goods_pack(&content.goods, "content", &file, CHUNK, 5);
	fd = open(content.goods.path, O_RDONLY);
	CHECK_EQUAL(car_open(&car, fd), STATUS_OK, "the CAR opens");
	while (content.count < BLOCKS_MAX && car_next(&car, &section) == STATUS_OK) {
		content.cids[content.count] = section.cid;
		bytes_append(&content.blocks[content.count], section.block.data, section.block.len);
		if (section.block.len > content.largest)
			content.largest = section.block.len;
		content.count++;
	}
	CHECK_EQUAL(content.count, content.goods.blocks, "every block is here");
	car_release(&car);
	close(fd);
	bytes_release(&file);
}

void content_release(void)
{
	for (size_t i = 0; i < content.count; i++)
		bytes_release(&content.blocks[i]);
	bytes_release(&content.goods.car);
}

/* Scenes. */

static int open_party(struct scene *s, struct party *p, const char *name, uint8_t seed)
{
	uint8_t key_seed[32] = {seed}, salt[32] = {seed};
	struct kv_txn *t;
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", scratch, name);
	*p = (struct party){.ledger = s->ledger, .network = NETWORK_MAIN, .now = 1, .has_key = true};
	return CHECK(key_from_seed(&p->key, key_seed) == STATUS_OK &&
			     store_open(&p->store, path, KV_CREATE) == STATUS_OK &&
			     kv_begin_write(store_kv(p->store), &t) == STATUS_OK &&
			     store_init_ids(t, salt) == STATUS_OK && kv_commit(&t) == STATUS_OK,
		"a party opens");
}

struct embedded *scene_open_books(struct scene *s)
{
	struct embedded *books = NULL;

	ledger_close(s->ledger);
	CHECK_EQUAL(embedded_open(&books, s->ledger_path), STATUS_OK, "the ledger's books open");
	return books;
}

void scene_close_books(struct scene *s, struct embedded *books)
{
	embedded_close(books);
	CHECK_EQUAL(ledger_open(&s->ledger, s->ledger_path), STATUS_OK, "the ledger opens again");
	s->client.ledger = s->provider.ledger = s->ledger;
}

void scene_begin(struct scene *s, uint64_t price, uint64_t unseal)
{
	struct embedded_options options = {.network = NETWORK_MAIN, .manual = true};
	struct offer_terms terms = {.price_per_byte = afil(price),
		.unseal_price = afil(unseal),
		.interval = INTERVAL,
		.increase = INCREASE};
	struct amount money = afil(1000000000);
	struct address client;
	struct bytes offer = {0};
	struct embedded *books;

	*s = (struct scene){.unseal = unseal, .price = price};
	snprintf(s->ledger_path, sizeof(s->ledger_path), "%s/ledger", scratch);
	CHECK(embedded_init(s->ledger_path, &options) == STATUS_OK &&
			ledger_open(&s->ledger, s->ledger_path) == STATUS_OK,
		"the ledger opens");
	open_party(s, &s->client, "client", 1);
	open_party(s, &s->provider, "provider", 2);
	client = address_of_party(&s->client);
	books = scene_open_books(s);
	CHECK_EQUAL(embedded_fund(books, &client, &money), STATUS_OK, "the client has money");
	scene_close_books(s, books);
	terms.payee = address_of_party(&s->provider);
	CHECK_EQUAL(
		seller_offer(&s->provider, &offer, content.goods.path, &terms), STATUS_OK, "the content is offered");
	bytes_release(&offer);
}

/* All that inspect --verify checks. */
static void check_party(struct scene *s, struct party *p, const char *who)
{
	struct findings found = {0};
	struct channel_claims claims = {0};
	struct kv_txn *txn = NULL;

	CHECK_EQUAL(kv_begin_read(store_kv(p->store), &txn), STATUS_OK, "a store is readable");
	CHECK_EQUAL(check_store(&found, p->store, txn, p->network, &claims), STATUS_OK, "a store can be checked");
	kv_abort(&txn);
	CHECK_EQUAL(check_claims(&found, s->ledger, &claims, p->network), STATUS_OK, "and compared with the ledger");
	channel_claims_release(&claims);
	if (!CHECK_EQUAL(found.count, 0, "a store holds together"))
		for (size_t i = 0; i < findings_kept(&found); i++)
			fprintf(stderr, "  %s: (%u) %s\n", who, findings_at(&found, i)->rule,
				findings_at(&found, i)->text);
	findings_release(&found);
}

void scene_end(struct scene *s)
{
	scene_check(s);
	check_party(s, &s->client, "client");
	check_party(s, &s->provider, "provider");
	receiver_free(s->receiver);
	store_close(s->client.store);
	store_close(s->provider.store);
	ledger_close(s->ledger);
	scratch_remove("client provider ledger");
}

/* Invariants, by their numbers. */

struct lane_walk {
	uint64_t lane, nonce;
	struct amount amount, sum;
	bool any, rising;
};

static enum status look_at_voucher(void *ctx, uint64_t lane, uint64_t nonce, struct span encoded)
{
	struct lane_walk *w = ctx;
	struct voucher v;

	if (voucher_decode(&v, encoded) != STATUS_OK)
		return STATUS_CORRUPT;
	if (v.lane != lane || v.nonce != nonce)
		w->rising = false;
	if (w->any && w->lane == lane && (nonce <= w->nonce || amount_cmp(&v.amount, &w->amount) <= 0))
		w->rising = false;
	if (w->any && w->lane != lane && !amount_add(&w->sum, &w->sum, &w->amount))
		return STATUS_BAD_AMOUNT;
	w->lane = lane;
	w->nonce = nonce;
	w->amount = v.amount;
	w->any = true;
	return STATUS_OK;
}

static void check_channel(struct scene *s, struct store *store, const struct address *channel)
{
	struct lane_walk w = {.sum = amount_zero(), .amount = amount_zero(), .rising = true};
	struct paych head = {0};
	struct kv_txn *t = NULL;
	struct amount sum;

	CHECK(kv_begin_read(store_kv(store), &t) == STATUS_OK &&
			store_each_voucher(t, channel, look_at_voucher, &w) == STATUS_OK,
		"the vouchers are readable");
	kv_abort(&t);
	CHECK(w.rising, "INVARIANT 2: nonces and amounts of a lane strictly rise");
	CHECK(amount_add(&sum, &w.sum, &w.amount), "a sum");
	if (ledger_channel(s->ledger, &head, channel) == STATUS_OK)
		CHECK(amount_cmp(&sum, &head.balance) <= 0,
			"INVARIANT 4: all lanes together are covered by the channel");
	paych_release(&head);
}

static void check_channels(struct scene *s, struct store *store)
{
	struct channel_list list = {0};

	CHECK_EQUAL(store_list_channels(store, &list), STATUS_OK, "the channels are readable");
	for (size_t i = 0; i < list.count; i++)
		check_channel(s, store, &list.at[i].address);
	channel_list_release(&list);
}

static void check_client(struct scene *s, struct kv_txn *t)
{
	struct amount limit;
	struct client_deal d;

	if (s->deal == 0 || store_get_client(t, &d, s->deal) != STATUS_OK)
		return;
	CHECK(price_of(&limit, &d.params, d.total_received) && amount_cmp(&d.funds_spent, &limit) <= 0,
		"INVARIANT 5: the client pays for verified bytes and the unseal price only");
	CHECK(amount_cmp(&d.funds_spent, &d.max_total) <= 0, "INVARIANT 5: the client stays below its ceiling");
	if (d.state == DEAL_COMPLETED)
		CHECK(d.all_blocks_received && d.total_received == content.goods.bytes,
			"INVARIANT 9: a completed deal has all blocks");
}

/** struct credit - what the lanes of one deal have at best. */
struct credit {
	uint64_t deal;
	struct amount sum;
};

static enum status add_lane(void *ctx, const struct lane_record *lane)
{
	struct credit *credit = ctx;

	if (lane->deal != credit->deal)
		return STATUS_OK;
	return amount_add(&credit->sum, &credit->sum, &lane->amount) ? STATUS_OK : STATUS_BAD_AMOUNT;
}

static void check_provider(struct scene *s, struct kv_txn *t)
{
	struct provider_deal d;
	struct credit credit = {s->deal, amount_zero()};
	struct amount paid, at;
	uint64_t limit = 0, next;

	if (s->deal == 0 || store_get_provider(t, &d, s->deal) != STATUS_OK)
		return;
	if (!address_is_none(&d.channel) &&
		CHECK(store_each_lane(t, &d.channel, add_lane, &credit) == STATUS_OK, "the lanes are there"))
		CHECK(amount_cmp(&credit.sum, &d.funds_received) == 0,
			"INVARIANT 6: the credit of a deal is the sum of the best amounts of its lanes");
	paid = d.funds_received;
	for (;;) {
		next = interval_next(&d.params, limit);
		if (!price_of(&at, &d.params, next) || amount_cmp(&at, &paid) > 0 || next > 10 * content.goods.bytes)
			break;
		limit = next;
	}
	CHECK(d.total_sent <= next + content.largest - 1 || (s->price == 0 && s->unseal == 0),
		"INVARIANT 7: no more than one interval and one block are sent unpaid");
	if (d.state == DEAL_COMPLETED)
		CHECK(price_of(&at, &d.params, content.goods.bytes - s->claimed) && amount_cmp(&paid, &at) >= 0 &&
				d.total_sent == content.goods.bytes - s->claimed,
			"INVARIANT 9: a completed deal is paid in full");
	CHECK(d.total_sent <= content.goods.bytes, "INVARIANT 8: no byte is billed twice");
}

void scene_check(struct scene *s)
{
	struct kv_txn *t = NULL;
	struct amount funded, held;
	struct embedded *books;

	CHECK_EQUAL(kv_begin_read(store_kv(s->client.store), &t), STATUS_OK, "the client's store is readable");
	check_client(s, t);
	kv_abort(&t);
	check_channels(s, s->client.store);
	CHECK_EQUAL(kv_begin_read(store_kv(s->provider.store), &t), STATUS_OK, "the provider's store is readable");
	check_provider(s, t);
	kv_abort(&t);
	check_channels(s, s->provider.store);
	books = scene_open_books(s);
	CHECK_EQUAL(embedded_check(books, &funded, &held), STATUS_OK, "INVARIANT 11: the ledger's books balance");
	scene_close_books(s, books);
}

/* Steps of an honest deal. */

struct client_deal scene_client_deal(struct scene *s)
{
	struct client_deal d = {0};

	CHECK_EQUAL(party_get_client(&s->client, &d, s->deal), STATUS_OK, "the client has the deal");
	return d;
}

struct provider_deal scene_provider_deal(struct scene *s)
{
	struct provider_deal d = {0};

	CHECK_EQUAL(party_get_provider(&s->provider, &d, s->deal), STATUS_OK, "the provider has the deal");
	return d;
}

struct span next_frame(struct span *stream)
{
	uint64_t length = 0;
	size_t used = 0;
	struct span body = {0};

	if (varint_decode(&length, &used, stream->data, stream->len) == STATUS_OK && length <= stream->len - used) {
		body = span_of(stream->data + used, length);
		*stream = span_of(stream->data + used + length, stream->len - used - length);
	} else {
		stream->len = 0;
	}
	return body;
}

/* One run of a tool that takes one frame in. */
enum status client_takes(struct scene *s, struct span body)
{
	enum status status, finished;

	receiver_free(s->receiver);
	s->receiver = NULL;
	error_clear(&s->client.error);
	status = receiver_new(&s->receiver, &s->client);
	if (status == STATUS_OK)
		status = receiver_take_body(s->receiver, body);
	finished = receiver_finish(s->receiver);
	return status == STATUS_OK ? finished : status;
}

enum status client_takes_all(struct scene *s, const struct bytes *stream)
{
	struct span rest = bytes_span(stream);
	enum status status = STATUS_OK;

	while (status == STATUS_OK && rest.len != 0)
		status = client_takes(s, next_frame(&rest));
	return status;
}

enum status provider_takes(struct scene *s, struct bytes *answer, const struct bytes *frame)
{
	struct span rest = bytes_span(frame);
	uint64_t deal;

	error_clear(&s->provider.error);
	return seller_take_body(&s->provider, answer, &deal, next_frame(&rest), NULL);
}

enum status scene_pay(struct scene *s, struct bytes *frame)
{
	struct amount no_ceiling = minus_one();

	return buyer_pay(&s->client, frame, NULL, s->deal, &no_ceiling);
}

struct proposal_request scene_request(struct scene *s)
{
	return (struct proposal_request){.payload = content.goods.root,
		.provider = address_of_party(&s->provider),
		.size = content.goods.bytes,
		.params = {.selector = selector_all(),
			.price_per_byte = afil(s->price),
			.payment_interval = INTERVAL,
			.payment_interval_increase = INCREASE,
			.unseal_price = afil(s->unseal)},
		.max_price = minus_one(),
		.max_total = afil(100000000)};
}

void scene_propose(struct scene *s, struct bytes *frame)
{
	struct proposal_request r = scene_request(s);
	struct client_deal d;

	if (CHECK_EQUAL(buyer_propose(&s->client, frame, &d, &r), STATUS_OK, "the client proposes"))
		s->deal = d.id;
}

/* Propose, accept, open a channel. */
void scene_begin_deal(struct scene *s)
{
	struct bytes frame = {0}, answer = {0};

	scene_propose(s, &frame);
	CHECK_EQUAL(provider_takes(s, &answer, &frame), STATUS_OK, "the provider accepts");
	CHECK_EQUAL(client_takes_all(s, &answer), STATUS_OK, "the client hears it");
	CHECK_EQUAL(buyer_open_channel(&s->client, s->deal, NULL, NULL), STATUS_OK, "the channel opens");
	bytes_release(&frame);
	bytes_release(&answer);
}

enum status scene_send(struct scene *s, struct bytes *stream)
{
	return seller_send(&s->provider, s->deal, NULL, &(struct sink){gather, NULL, stream});
}

/* Send, take in, pay: until the provider has nothing left to send. Every answer is appended to @all. */
void scene_finish_deal(struct scene *s, struct bytes *all)
{
	enum status sent = STATUS_PAYMENT_NEEDED;

	for (int i = 0; i < 20 && sent == STATUS_PAYMENT_NEEDED; i++) {
		struct bytes stream = {0}, payment = {0}, answer = {0};

		sent = scene_send(s, &stream);
		client_takes_all(s, &stream);
		if (sent == STATUS_PAYMENT_NEEDED) {
			CHECK_EQUAL(scene_pay(s, &payment), STATUS_OK, "the client pays");
			CHECK_EQUAL(provider_takes(s, &answer, &payment), STATUS_OK, "the provider takes the payment");
			CHECK_EQUAL(client_takes_all(s, &answer), STATUS_OK, "the client hears of it");
		}
		bytes_append(all, stream.data, stream.len);
		bytes_append(all, answer.data, answer.len);
		bytes_release(&stream);
		bytes_release(&payment);
		bytes_release(&answer);
		scene_check(s);
	}
	CHECK_EQUAL(sent, STATUS_OK, "the provider sends all");
}

int scene_car_is_whole(struct scene *s)
{
	struct bytes car;
	char path[128];
	int same;

	snprintf(path, sizeof(path), "%s/copy.car", scratch);
	if (buyer_publish(&s->client, s->deal, path) != STATUS_OK)
		return 0;
	car = read_file(path);
	same = span_equal(bytes_span(&car), bytes_span(&content.goods.car));
	bytes_release(&car);
	return same;
}

void scene_check_completed(struct scene *s, const char *name)
{
	struct client_deal c = scene_client_deal(s);
	struct provider_deal d = scene_provider_deal(s);

	if (!CHECK(c.state == DEAL_COMPLETED && d.state == DEAL_COMPLETED, "both sides complete") ||
		!CHECK(amount_cmp(&c.funds_spent, &d.funds_received) == 0, "what one spent the other received") ||
		!CHECK(scene_car_is_whole(s), "the CAR is the provider's, byte for byte"))
		fprintf(stderr, "  after: %s (client %s, %s)\n", name, deal_state_name(c.state), c.message);
}
