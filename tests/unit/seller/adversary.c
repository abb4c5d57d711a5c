/* adversary - the moves of a party that cheats, and of one between two honest ones.
 *
 * Both parties run in this process, with stores and a ledger of their own, and
 * are reproducible to the byte. After every move the invariants of money hold,
 * and where the deal is not over, it completes with the right frames.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../support/test.h"
#include "buyer/deal_blocks.h"
#include "buyer/publish.h"
#include "buyer/open_channel.h"
#include "buyer/pay.h"
#include "buyer/propose.h"
#include "buyer/receive.h"
#include "buyer/requests.h"
#include "chain/embedded.h"
#include "funds/settle.h"
#include "ipld/car.h"
#include "unixfs/pack.h"
#include "ipld/selector.h"
#include "party/party.h"
#include "peer/sink.h"
#include "seller/answers.h"
#include "seller/offer.h"
#include "seller/send.h"
#include "seller/take.h"
#include "store/channels.h"
#include "store/contents.h"
#include "wire/frame.h"

#define FILE_SIZE  12000
#define CHUNK      1024
#define INTERVAL   3000
#define INCREASE   1000
#define PRICE      2
#define BLOCKS_MAX 64
#define FRAMES_MAX 64

/** struct content - what is sold, the same in all tests: its blocks in the order of the walk. */
static struct {
	char path[96];
	struct cid root;
	struct bytes car;
	struct cid cids[BLOCKS_MAX];
	struct bytes blocks[BLOCKS_MAX];
	size_t count;
	uint64_t bytes, largest;
} content;

static char folder[64];

/** struct scene - two parties, one ledger, one deal. */
struct scene {
	struct party client, provider;
	struct ledger *ledger;
	char ledger_path[128];
	uint64_t deal;
	struct receiver *receiver;
	uint64_t unseal, price;
};

static struct amount afil(uint64_t n)
{
	return amount_u64(n);
}

static struct amount none(void)
{
	struct amount out = amount_zero(), one = afil(1);

	CHECK(amount_sub(&out, &out, &one), "minus one");
	return out;
}

static struct address address_of_party(const struct party *p)
{
	return address_of_key(p->key.public);
}

/* Content. */

static enum status gather(void *ctx, struct span bytes)
{
	bytes_append(ctx, bytes.data, bytes.len);
	return bytes_status(ctx);
}

static int write_file(const char *path, struct span bytes)
{
	FILE *f = fopen(path, "w");
	int ok = f != NULL && fwrite(bytes.data, 1, bytes.len, f) == bytes.len;

	return f != NULL && fclose(f) == 0 && ok;
}

static void make_content(void)
{
	struct pack_options options = {.chunk_size = CHUNK,
		.width = 5,
		.hash = HASH_SHA2_256,
		.spool = -1,
		.write = gather,
		.ctx = &content.car};
	struct pack_result result;
	struct bytes file = {0};
	struct car_reader car;
	struct car_section section;
	char path[96];
	int fd;

	for (unsigned i = 0; file.len < FILE_SIZE; i++)
		bytes_append_format(&file, "%u ", i);
	snprintf(path, sizeof(path), "%s/file", folder);
	snprintf(content.path, sizeof(content.path), "%s/content.car", folder);
	CHECK(write_file(path, bytes_span(&file)), "the file is written");
	fd = open(path, O_RDONLY);
	CHECK_EQUAL(pack_file(&result, fd, &options), STATUS_OK, "the file is packed");
	close(fd);
	CHECK(write_file(content.path, bytes_span(&content.car)), "the CAR is written");
	content.root = result.root;
	content.bytes = result.bytes;
	fd = open(content.path, O_RDONLY);
	CHECK_EQUAL(car_open(&car, fd), STATUS_OK, "the CAR opens");
	while (content.count < BLOCKS_MAX && car_next(&car, &section) == STATUS_OK) {
		content.cids[content.count] = section.cid;
		bytes_append(&content.blocks[content.count], section.block.data, section.block.len);
		if (section.block.len > content.largest)
			content.largest = section.block.len;
		content.count++;
	}
	CHECK_EQUAL(content.count, result.blocks, "every block is here");
	car_release(&car);
	close(fd);
	bytes_release(&file);
}

/* Scenes. */

static int open_party(struct scene *s, struct party *p, const char *name, uint8_t seed)
{
	uint8_t key_seed[32] = {seed}, salt[32] = {seed};
	struct kv_txn *t;
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	*p = (struct party){.ledger = s->ledger, .network = NETWORK_MAIN, .now = 1, .has_key = true};
	return CHECK(key_from_seed(&p->key, key_seed) == STATUS_OK &&
			     store_open(&p->store, path, KV_CREATE) == STATUS_OK &&
			     kv_begin_write(store_kv(p->store), &t) == STATUS_OK &&
			     store_init_ids(t, salt) == STATUS_OK && kv_commit(&t) == STATUS_OK,
		"a party opens");
}

static void scene_begin(struct scene *s, uint64_t price, uint64_t unseal)
{
	struct embedded_options options = {.network = NETWORK_MAIN, .manual = true};
	struct offer_terms terms = {.price_per_byte = afil(price),
		.unseal_price = afil(unseal),
		.interval = INTERVAL,
		.increase = INCREASE};
	struct amount money = afil(1000000000);
	struct address client;
	struct bytes offer = {0};
	struct embedded *e = NULL;

	*s = (struct scene){.unseal = unseal, .price = price};
	snprintf(s->ledger_path, sizeof(s->ledger_path), "%s/ledger", folder);
	CHECK(embedded_init(s->ledger_path, &options) == STATUS_OK &&
			ledger_open(&s->ledger, s->ledger_path) == STATUS_OK,
		"the ledger opens");
	open_party(s, &s->client, "client", 1);
	open_party(s, &s->provider, "provider", 2);
	client = address_of_party(&s->client);
	CHECK(embedded_open(&e, s->ledger_path) == STATUS_OK && embedded_fund(e, &client, &money) == STATUS_OK,
		"the client has money");
	embedded_close(e);
	terms.payee = address_of_party(&s->provider);
	CHECK_EQUAL(seller_offer(&s->provider, &offer, content.path, &terms), STATUS_OK, "the content is offered");
	bytes_release(&offer);
}

static void remove_state(void)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -rf '%s/client' '%s/provider' '%s/ledger'", folder, folder, folder);
	CHECK(system(command) == 0, "the scratch state goes away");
}

static void check_invariants(struct scene *s);

static void scene_end(struct scene *s)
{
	check_invariants(s);
	receiver_free(s->receiver);
	store_close(s->client.store);
	store_close(s->provider.store);
	ledger_close(s->ledger);
	remove_state();
}

/* Invariants of RELIABILITY.md, by their numbers. */

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

struct channel_check {
	struct scene *s;
	struct kv_txn *t;
};

static enum status check_channel(void *ctx, const struct channel *c)
{
	struct channel_check *check = ctx;
	struct lane_walk w = {.sum = amount_zero(), .amount = amount_zero(), .rising = true};
	struct paych head = {0};
	struct amount sum;

	CHECK_EQUAL(
		store_each_voucher(check->t, &c->address, look_at_voucher, &w), STATUS_OK, "the vouchers are readable");
	CHECK(w.rising, "(2) nonces and amounts of a lane strictly rise");
	CHECK(amount_add(&sum, &w.sum, &w.amount), "a sum");
	if (ledger_channel(check->s->ledger, &head, &c->address) == STATUS_OK)
		CHECK(amount_cmp(&sum, &head.balance) <= 0, "(4) all lanes together are covered by the channel");
	paych_release(&head);
	return STATUS_OK;
}

static void check_client(struct scene *s, struct kv_txn *t)
{
	struct amount limit;
	struct client_deal d;

	if (s->deal == 0 || store_get_client(t, &d, s->deal) != STATUS_OK)
		return;
	CHECK(price_of(&limit, &d.params, d.total_received) && amount_cmp(&d.funds_spent, &limit) <= 0,
		"(5) the client pays for verified bytes and the unseal price only");
	CHECK(amount_cmp(&d.funds_spent, &d.max_total) <= 0, "(5) the client stays below its ceiling");
	if (d.state == DEAL_COMPLETED)
		CHECK(d.all_blocks_received && d.total_received == content.bytes,
			"(9) a completed deal has all blocks");
}

static void check_provider(struct scene *s, struct kv_txn *t)
{
	struct provider_deal d;
	struct lane_record lane;
	struct amount paid, at;
	uint64_t limit = 0, next;

	if (s->deal == 0 || store_get_provider(t, &d, s->deal) != STATUS_OK)
		return;
	if (!address_is_none(&d.channel) &&
		CHECK(store_get_lane(t, &lane, &d.channel, d.lane) == STATUS_OK, "the lane is there"))
		CHECK(amount_cmp(&lane.amount, &d.funds_received) == 0,
			"(6) the credit of a deal is its lane's best amount");
	paid = d.funds_received;
	for (;;) {
		next = interval_next(&d.params, limit);
		if (!price_of(&at, &d.params, next) || amount_cmp(&at, &paid) > 0 || next > 10 * content.bytes)
			break;
		limit = next;
	}
	CHECK(d.total_sent <= next + content.largest - 1 || (s->price == 0 && s->unseal == 0),
		"(7) no more than one interval and one block are sent unpaid");
	if (d.state == DEAL_COMPLETED)
		CHECK(price_of(&at, &d.params, content.bytes) && amount_cmp(&paid, &at) >= 0 &&
				d.total_sent == content.bytes,
			"(9) a completed deal is paid in full");
	CHECK(d.total_sent <= content.bytes, "(8) no byte is billed twice");
}

static void check_invariants(struct scene *s)
{
	struct channel_check check = {.s = s};
	struct amount funded, held;
	struct embedded *e = NULL;

	CHECK_EQUAL(kv_begin_read(store_kv(s->client.store), &check.t), STATUS_OK, "the client's store is readable");
	check_client(s, check.t);
	CHECK_EQUAL(
		store_each_channel(check.t, check_channel, &check), STATUS_OK, "the client's channels are readable");
	kv_abort(&check.t);
	CHECK_EQUAL(
		kv_begin_read(store_kv(s->provider.store), &check.t), STATUS_OK, "the provider's store is readable");
	check_provider(s, check.t);
	CHECK_EQUAL(
		store_each_channel(check.t, check_channel, &check), STATUS_OK, "the provider's channels are readable");
	kv_abort(&check.t);
	CHECK(embedded_open(&e, s->ledger_path) == STATUS_OK && embedded_check(e, &funded, &held) == STATUS_OK,
		"(11) the ledger's books balance");
	embedded_close(e);
}

/* Steps of an honest deal. */

static struct client_deal client_deal(struct scene *s)
{
	struct client_deal d = {0};

	CHECK_EQUAL(party_get_client(&s->client, &d, s->deal), STATUS_OK, "the client has the deal");
	return d;
}

static struct provider_deal provider_deal(struct scene *s)
{
	struct provider_deal d = {0};

	CHECK_EQUAL(party_get_provider(&s->provider, &d, s->deal), STATUS_OK, "the provider has the deal");
	return d;
}

static struct span next_frame(struct span *stream)
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
static enum status client_takes(struct scene *s, struct span body)
{
	enum status status, finished;

	receiver_free(s->receiver);
	s->receiver = NULL;
	s->client.why[0] = '\0';
	status = receiver_new(&s->receiver, &s->client);
	if (status == STATUS_OK)
		status = receiver_take(s->receiver, body);
	finished = receiver_finish(s->receiver);
	return status == STATUS_OK ? finished : status;
}

static enum status client_takes_all(struct scene *s, const struct bytes *stream)
{
	struct span rest = bytes_span(stream);
	enum status status = STATUS_OK;

	while (status == STATUS_OK && rest.len != 0)
		status = client_takes(s, next_frame(&rest));
	return status;
}

static enum status provider_takes(struct scene *s, struct bytes *answer, const struct bytes *frame)
{
	struct span rest = bytes_span(frame);
	uint64_t deal;

	s->provider.why[0] = '\0';
	return seller_take_body(&s->provider, answer, &deal, next_frame(&rest), NULL);
}

static enum status pay(struct scene *s, struct bytes *frame)
{
	struct amount no_ceiling = none();

	return buyer_pay(&s->client, frame, NULL, s->deal, &no_ceiling);
}

static struct proposal_request request_of(struct scene *s)
{
	return (struct proposal_request){.payload = content.root,
		.provider = address_of_party(&s->provider),
		.size = content.bytes,
		.params = {.selector = selector_all(),
			.price_per_byte = afil(s->price),
			.payment_interval = INTERVAL,
			.payment_interval_increase = INCREASE,
			.unseal_price = afil(s->unseal)},
		.max_price = none(),
		.max_total = afil(100000000)};
}

static void propose(struct scene *s, struct bytes *frame)
{
	struct proposal_request r = request_of(s);
	struct client_deal d;

	if (CHECK_EQUAL(buyer_propose(&s->client, frame, &d, &r), STATUS_OK, "the client proposes"))
		s->deal = d.id;
}

/* Propose, accept, open a channel. */
static void begin_deal(struct scene *s)
{
	struct bytes frame = {0}, answer = {0};

	propose(s, &frame);
	CHECK_EQUAL(provider_takes(s, &answer, &frame), STATUS_OK, "the provider accepts");
	CHECK_EQUAL(client_takes_all(s, &answer), STATUS_OK, "the client hears it");
	CHECK_EQUAL(buyer_open_channel(&s->client, s->deal, NULL, NULL), STATUS_OK, "the channel opens");
	bytes_release(&frame);
	bytes_release(&answer);
}

static enum status send(struct scene *s, struct bytes *stream)
{
	return seller_send(&s->provider, s->deal, &(struct sink){gather, NULL, stream});
}

/* Send, take in, pay: until the provider has nothing left to send. Every answer is appended to @all. */
static void finish_deal(struct scene *s, struct bytes *all)
{
	enum status sent = STATUS_PAYMENT_NEEDED;

	for (int i = 0; i < 20 && sent == STATUS_PAYMENT_NEEDED; i++) {
		struct bytes stream = {0}, payment = {0}, answer = {0};

		sent = send(s, &stream);
		client_takes_all(s, &stream);
		if (sent == STATUS_PAYMENT_NEEDED) {
			CHECK_EQUAL(pay(s, &payment), STATUS_OK, "the client pays");
			CHECK_EQUAL(provider_takes(s, &answer, &payment), STATUS_OK, "the provider takes the payment");
			CHECK_EQUAL(client_takes_all(s, &answer), STATUS_OK, "the client hears of it");
		}
		bytes_append(all, stream.data, stream.len);
		bytes_append(all, answer.data, answer.len);
		bytes_release(&stream);
		bytes_release(&payment);
		bytes_release(&answer);
		check_invariants(s);
	}
	CHECK_EQUAL(sent, STATUS_OK, "the provider sends all");
}

static int car_is_whole(struct scene *s)
{
	struct bytes car = {0};
	char path[128];
	FILE *f;
	int c, same;

	snprintf(path, sizeof(path), "%s/copy.car", folder);
	if (buyer_publish(&s->client, s->deal, path) != STATUS_OK || (f = fopen(path, "r")) == NULL)
		return 0;
	while ((c = getc(f)) != EOF)
		bytes_append_byte(&car, (uint8_t)c);
	fclose(f);
	same = span_equal(bytes_span(&car), bytes_span(&content.car));
	bytes_release(&car);
	return same;
}

static void check_completed(struct scene *s, const char *name)
{
	struct client_deal c = client_deal(s);
	struct provider_deal d = provider_deal(s);

	if (!CHECK(c.state == DEAL_COMPLETED && d.state == DEAL_COMPLETED, "both sides complete") ||
		!CHECK(amount_cmp(&c.funds_spent, &d.funds_received) == 0, "what one spent the other received") ||
		!CHECK(car_is_whole(s), "the CAR is the provider's, byte for byte"))
		fprintf(stderr, "  after: %s (client %s, %s)\n", name, deal_state_name(c.state), c.message);
}

/* A client that cheats. */

static void put_payment(struct bytes *frame, struct scene *s, uint64_t payment_id, const struct address *channel,
	const struct voucher *v)
{
	struct provider_deal d = provider_deal(s);
	struct payment payment = {.id = payment_id, .channel = *channel, .voucher = *v};
	struct transfer t = {
		.is_request = true, .has_request = true, .request = {.type = TRANSFER_VOUCHER, .id = d.transfer}};
	struct bytes item = {0}, body = {0};

	payment_encode(&item, &payment, RECORD_DECLARED);
	t.request.voucher = bytes_span(&item);
	t.request.voucher_type = span_text(TYPE_PAYMENT);
	transfer_encode(&body, &t, RECORD_DECLARED);
	bytes_clear(frame);
	frame_put(frame, bytes_span(&body));
	bytes_release(&item);
	bytes_release(&body);
}

/* A message from @key on the ledger; -1 if it was not taken at all. */
static int on_ledger(
	struct scene *s, const struct key *key, const struct address *to, uint64_t method, struct span params)
{
	struct message m = {.to = *to, .from = address_of_key(key->public), .method = method, .params = params};
	struct signed_message signed_message;
	struct receipt receipt = {0};

	if (ledger_nonce(s->ledger, &m.nonce, &m.from) != STATUS_OK ||
		message_sign(&signed_message, &m, key) != STATUS_OK ||
		ledger_submit(s->ledger, &receipt, &signed_message) != STATUS_OK)
		return -1;
	return receipt.exit_code;
}

static struct address place(
	struct scene *s, uint64_t seed, const struct address *from, const struct address *to, uint64_t balance)
{
	struct address channel = address_of_actor(span_of(&seed, sizeof(seed)));
	struct amount money = afil(balance);
	struct embedded *e = NULL;

	CHECK(embedded_open(&e, s->ledger_path) == STATUS_OK &&
			embedded_place(e, &channel, from, to, &money) == STATUS_OK,
		"a channel is placed");
	embedded_close(e);
	return channel;
}

enum where { OURS, TO_ANOTHER, FROM_ANOTHER, UNFUNDED, SETTLING, COLLECTED, ABSENT, WHERE_COUNT };

/** struct voucher_move - what is wrong with a voucher, and what the provider says; the rest of it is what is due. */
struct voucher_move {
	const char *name;
	enum status want;
	enum where where;
	uint64_t lane, nonce, amount; /* amount 0: what is due */
	uint64_t lock_min, lock_max, height;
	const char *secret, *extra;
	bool merge, other_deal, other_payment_channel, wrong_key, no_signature, flip;
};

static const struct voucher_move first_moves[] = {
	{"a voucher of a channel that pays someone else", STATUS_WRONG_CHANNEL, TO_ANOTHER, .nonce = 1},
	{"a voucher of a channel of another payer, signed by this client", STATUS_BAD_SIGNATURE, FROM_ANOTHER,
		.nonce = 1},
	{"a voucher of a channel without money", STATUS_NOT_SPENDABLE, UNFUNDED, .nonce = 1},
	{"a voucher of a channel that is settling", STATUS_CHANNEL_SETTLING, SETTLING, .nonce = 1},
	{"a voucher of a channel that was collected", STATUS_NOT_SPENDABLE, COLLECTED, .nonce = 1},
	{"a voucher of a channel that never was", STATUS_NOT_SPENDABLE, ABSENT, .nonce = 1},
	{"a payment for another deal", STATUS_WRONG_DEAL, OURS, .nonce = 1, .other_deal = true},
	{"a payment that names another channel than its voucher", STATUS_WRONG_CHANNEL, OURS, .nonce = 1,
		.other_payment_channel = true},
	{"a voucher signed by a stranger", STATUS_BAD_SIGNATURE, OURS, .nonce = 1, .wrong_key = true},
	{"a voucher without a signature", STATUS_BAD_SIGNATURE, OURS, .nonce = 1, .no_signature = true},
	{"a voucher whose signature has a flipped bit", STATUS_BAD_SIGNATURE, OURS, .nonce = 1, .flip = true},
	{"a voucher for more than the channel holds", STATUS_NOT_SPENDABLE, OURS, .nonce = 1, .amount = 999999999999},
	{"a voucher that is not valid yet", STATUS_NOT_SPENDABLE, OURS, .nonce = 1, .lock_min = 100000},
	{"a voucher that expires", STATUS_NOT_SPENDABLE, OURS, .nonce = 1, .lock_max = 100000},
	{"a voucher that needs a secret", STATUS_NOT_SPENDABLE, OURS, .nonce = 1,
		.secret = "01234567890123456789012345678901"},
	{"a voucher with Extra", STATUS_NOT_SPENDABLE, OURS, .nonce = 1, .extra = "\x83\x42\x00\x01\x02\x40"},
	{"a voucher that keeps the channel from settling", STATUS_NOT_SPENDABLE, OURS, .nonce = 1, .height = 1000000},
	{"a voucher that merges a lane", STATUS_NOT_SPENDABLE, OURS, .nonce = 1, .merge = true},
	{"a voucher of nonce 0, which settling might pass over", STATUS_NOT_SPENDABLE, OURS, .nonce = 0},
};
static const struct voucher_move later_moves[] = {
	{"the first voucher again, after the second", STATUS_STALE_NONCE, OURS, .nonce = 1},
	{"the best nonce with another amount", STATUS_STALE_NONCE, OURS, .nonce = 2, .amount = 77777},
	{"a higher nonce with a lower amount", STATUS_STALE_AMOUNT, OURS, .nonce = 3, .amount = 5},
	{"a higher nonce with the same amount", STATUS_STALE_AMOUNT, OURS, .nonce = 3, .amount = 1},
	{"another lane of the same channel", STATUS_WRONG_CHANNEL, OURS, .lane = 7, .nonce = 1},
	{"another channel in the middle of a deal", STATUS_WRONG_CHANNEL, TO_ANOTHER, .nonce = 9},
};

struct cheats {
	struct address channels[WHERE_COUNT];
	struct key stranger;
	uint64_t due;
};

static void set_up_cheats(struct scene *s, struct cheats *c, uint64_t balance)
{
	struct address us = address_of_party(&s->client), provider = address_of_party(&s->provider), stranger;
	uint8_t seed[32] = {9};

	CHECK_EQUAL(key_from_seed(&c->stranger, seed), STATUS_OK, "a stranger");
	stranger = address_of_key(c->stranger.public);
	c->channels[OURS] = place(s, 10, &us, &provider, balance);
	c->channels[TO_ANOTHER] = place(s, 11, &us, &stranger, 1000000);
	c->channels[FROM_ANOTHER] = place(s, 12, &stranger, &provider, 1000000);
	c->channels[UNFUNDED] = place(s, 13, &us, &provider, 10);
	c->channels[SETTLING] = place(s, 14, &us, &provider, 1000000);
	c->channels[COLLECTED] = place(s, 15, &us, &provider, 1000000);
	c->channels[ABSENT] = address_of_actor(span_text("nowhere"));
	CHECK_EQUAL(on_ledger(s, &s->client.key, &c->channels[COLLECTED], METHOD_PAYCH_SETTLE, span_of("", 0)), 0,
		"settle");
	{
		struct embedded *e = NULL;
		int64_t now;

		CHECK(embedded_open(&e, s->ledger_path) == STATUS_OK &&
				embedded_advance(e, PAYCH_SETTLE_DELAY + 1, &now) == STATUS_OK,
			"time passes");
		embedded_close(e);
	}
	CHECK_EQUAL(on_ledger(s, &s->client.key, &c->channels[COLLECTED], METHOD_PAYCH_COLLECT, span_of("", 0)), 0,
		"collect");
	CHECK_EQUAL(
		on_ledger(s, &s->client.key, &c->channels[SETTLING], METHOD_PAYCH_SETTLE, span_of("", 0)), 0, "settle");
}

static enum status cheat(struct scene *s, struct cheats *c, const struct voucher_move *m, struct bytes *answer)
{
	struct voucher v = {.channel = c->channels[m->where],
		.lane = m->lane,
		.nonce = m->nonce,
		.amount = afil(m->amount ? m->amount : c->due),
		.time_lock_min = (int64_t)m->lock_min,
		.time_lock_max = (int64_t)m->lock_max,
		.min_settle_height = (int64_t)m->height};
	struct bytes frame = {0};
	enum status got;

	if (m->secret != NULL)
		v.secret_hash = span_text(m->secret);
	if (m->extra != NULL)
		v.extra = span_of(m->extra, 6);
	if (m->merge) {
		v.merges = span_of("\x82\x05\x01", 3);
		v.merge_count = 1;
	}
	CHECK_EQUAL(voucher_sign(&v, m->wrong_key ? &c->stranger : &s->client.key), STATUS_OK, "the cheat signs");
	if (m->no_signature)
		v.signature_type = SIGNATURE_NONE;
	if (m->flip)
		v.signature[5] ^= 0x10;
	put_payment(&frame, s, m->other_deal ? s->deal + 1 : s->deal,
		m->other_payment_channel ? &c->channels[TO_ANOTHER] : &v.channel, &v);
	got = provider_takes(s, answer, &frame);
	bytes_release(&frame);
	return got;
}

static void try_moves(struct scene *s, struct cheats *c, const struct voucher_move *moves, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct provider_deal before = provider_deal(s), after;
		struct bytes answer = {0};

		if (!CHECK_EQUAL(cheat(s, c, &moves[i], &answer), moves[i].want, moves[i].name))
			fprintf(stderr, "  said: %s\n", s->provider.why);
		after = provider_deal(s);
		CHECK(amount_cmp(&before.funds_received, &after.funds_received) == 0 && before.state == after.state &&
				before.current_interval == after.current_interval,
			"a refused payment changes nothing");
		CHECK(answer.len != 0, "a refusal is answered");
		check_invariants(s);
		bytes_release(&answer);
	}
}

static void test_vouchers(void)
{
	struct bytes stream = {0}, answer = {0}, again = {0};
	struct voucher_move honest = {.where = OURS, .nonce = 1};
	struct provider_deal d;
	struct cheats c;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	begin_deal(&s);
	set_up_cheats(&s, &c, 100000);
	CHECK_EQUAL(send(&s, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	c.due = INTERVAL * PRICE;
	try_moves(&s, &c, first_moves, sizeof(first_moves) / sizeof(first_moves[0]));
	/* An honest voucher on the same channel still counts, and once. */
	CHECK_EQUAL(cheat(&s, &c, &honest, &answer), STATUS_OK, "the right voucher is taken after all that");
	CHECK_EQUAL(cheat(&s, &c, &honest, &again), STATUS_OK, "the same voucher again is fine");
	CHECK(span_equal(bytes_span(&answer), bytes_span(&again)), "and is answered with the same bytes");
	d = provider_deal(&s);
	CHECK(amount_cmp(&d.funds_received, &(struct amount[]){afil(c.due)}[0]) == 0, "it was credited once");
	bytes_clear(&stream);
	CHECK_EQUAL(send(&s, &stream), STATUS_PAYMENT_NEEDED, "the second interval is sent");
	honest.nonce = 2;
	honest.amount = (2 * INTERVAL + INCREASE) * PRICE;
	CHECK_EQUAL(cheat(&s, &c, &honest, &again), STATUS_OK, "the second voucher is taken");
	check_invariants(&s);
	{
		struct voucher_move moves[sizeof(later_moves) / sizeof(later_moves[0])];

		memcpy(moves, later_moves, sizeof(moves));
		moves[3].amount = honest.amount;
		try_moves(&s, &c, moves, sizeof(moves) / sizeof(moves[0]));
	}
	bytes_release(&stream);
	bytes_release(&answer);
	bytes_release(&again);
	scene_end(&s);
}

/* (r, n - s) signs the same; whoever has one can make the other. */
static void test_high_s(void)
{
	static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36,
		0x41, 0x41};
	struct bytes stream = {0}, answer = {0}, frame = {0};
	struct cheats c;
	struct scene s;
	struct voucher v;

	scene_begin(&s, PRICE, 0);
	begin_deal(&s);
	set_up_cheats(&s, &c, 100000);
	CHECK_EQUAL(send(&s, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	v = (struct voucher){.channel = c.channels[OURS], .nonce = 1, .amount = afil(INTERVAL * PRICE)};
	CHECK_EQUAL(voucher_sign(&v, &s.client.key), STATUS_OK, "sign");
	for (int i = 31, borrow = 0; i >= 0; i--) {
		int digit = order[i] - v.signature[32 + i] - borrow;

		borrow = digit < 0;
		v.signature[32 + i] = (uint8_t)digit;
	}
	v.signature[64] ^= 1;
	put_payment(&frame, &s, s.deal, &v.channel, &v);
	CHECK_EQUAL(
		provider_takes(&s, &answer, &frame), STATUS_BAD_SIGNATURE, "the high-S twin of a signature is refused");
	bytes_release(&stream);
	bytes_release(&answer);
	bytes_release(&frame);
	scene_end(&s);
}

/* Every bit of a good payment, flipped: never credited beyond what the client signed. */
static void test_flipped_bits(void)
{
	struct bytes stream = {0}, frame = {0}, answer = {0};
	struct provider_deal d;
	struct scene s;
	struct amount signed_sum = afil(INTERVAL * PRICE);
	enum status got;
	size_t wrong = 0;

	scene_begin(&s, PRICE, 0);
	begin_deal(&s);
	CHECK_EQUAL(send(&s, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	CHECK_EQUAL(client_takes_all(&s, &stream), STATUS_OK, "and received");
	CHECK_EQUAL(pay(&s, &frame), STATUS_OK, "the client pays");
	for (size_t bit = 16; bit < 8 * frame.len; bit++) {
		frame.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		bytes_clear(&answer);
		/* A bit in what nobody signs and nothing hangs on may pass; the money is the signed sum all the same. */
		got = provider_takes(&s, &answer, &frame);
		d = provider_deal(&s);
		wrong += !amount_is_zero(&d.funds_received) && amount_cmp(&d.funds_received, &signed_sum) != 0;
		wrong += status_class(got) == CLASS_IO;
		frame.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	CHECK_EQUAL(wrong, 0, "no flipped bit of a payment changes what is credited");
	bytes_clear(&answer);
	CHECK_EQUAL(provider_takes(&s, &answer, &frame), STATUS_OK, "the payment itself is");
	CHECK_EQUAL(client_takes_all(&s, &answer), STATUS_OK, "the client hears of it");
	bytes_clear(&stream);
	finish_deal(&s, &stream);
	check_completed(&s, "flipped bits");
	bytes_release(&stream);
	bytes_release(&frame);
	bytes_release(&answer);
	scene_end(&s);
}

/* A second deal of the same client: one lane can't pay for both, nor many lanes more than the channel holds. */
static void test_two_deals_one_channel(void)
{
	struct bytes stream = {0}, frame = {0}, answer = {0};
	struct voucher_move move = {.where = OURS, .nonce = 1};
	struct proposal_request r;
	struct client_deal second;
	uint64_t first;
	struct cheats c;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	begin_deal(&s);
	set_up_cheats(&s, &c, INTERVAL * PRICE * 3 / 2);
	c.due = INTERVAL * PRICE;
	CHECK_EQUAL(send(&s, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_OK, "the first deal is paid on lane 0");
	first = s.deal;
	r = request_of(&s);
	r.max_total = afil(50000000); /* another request, or it would be the same deal */
	CHECK_EQUAL(buyer_propose(&s.client, &frame, &second, &r), STATUS_OK, "a second deal");
	bytes_clear(&answer);
	CHECK_EQUAL(provider_takes(&s, &answer, &frame), STATUS_OK, "is accepted");
	s.deal = second.id;
	bytes_clear(&stream);
	CHECK_EQUAL(send(&s, &stream), STATUS_PAYMENT_NEEDED, "its first interval is sent");
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_WRONG_DEAL, "one voucher does not pay for two deals");
	move.nonce = 2;
	move.amount = 2 * c.due;
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_WRONG_DEAL, "nor does a better one on the first deal's lane");
	move = (struct voucher_move){.where = OURS, .lane = 1, .nonce = 1};
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_NOT_SPENDABLE,
		"a second lane can't promise the same money again");
	move.amount = c.due / 2;
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_PAYMENT_NEEDED, "it can promise what is left");
	check_invariants(&s);
	s.deal = first;
	bytes_release(&stream);
	bytes_release(&frame);
	bytes_release(&answer);
	scene_end(&s);
}

/* What the ledger paid out on a channel before this home knew of it is gone, whatever the balance says. */
static void test_lanes_redeemed_before(void)
{
	struct voucher_move move = {.where = OURS, .lane = 1, .nonce = 1};
	struct bytes stream = {0}, answer = {0}, params = {0};
	struct voucher v;
	struct cheats c;
	struct scene s;
	uint64_t first;

	scene_begin(&s, PRICE, 0);
	begin_deal(&s);
	set_up_cheats(&s, &c, INTERVAL * PRICE * 5 / 2);
	c.due = INTERVAL * PRICE;
	v = (struct voucher){.channel = c.channels[OURS], .lane = 0, .nonce = 1, .amount = afil(c.due)};
	CHECK_EQUAL(voucher_sign(&v, &s.client.key), STATUS_OK, "sign");
	update_params(&params, &v, span_of("", 0));
	CHECK_EQUAL(on_ledger(&s, &s.provider.key, &c.channels[OURS], METHOD_PAYCH_UPDATE, bytes_span(&params)), 0,
		"a voucher is redeemed from another home");
	CHECK_EQUAL(send(&s, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_OK, "lane 1 is covered");
	first = s.deal;
	{
		struct proposal_request r = request_of(&s);
		struct client_deal second;
		struct bytes frame = {0};

		r.max_total = afil(50000000);
		CHECK_EQUAL(buyer_propose(&s.client, &frame, &second, &r), STATUS_OK, "a second deal");
		CHECK_EQUAL(provider_takes(&s, &answer, &frame), STATUS_OK, "is accepted");
		s.deal = second.id;
		bytes_release(&frame);
	}
	CHECK_EQUAL(send(&s, &stream), STATUS_PAYMENT_NEEDED, "its first interval is sent");
	move.lane = 2;
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_NOT_SPENDABLE,
		"(10) lane 2 is not: the balance less what was redeemed and what we hold is too little");
	s.deal = first;
	bytes_release(&stream);
	bytes_release(&answer);
	bytes_release(&params);
	scene_end(&s);
}

/* A client may pay several intervals at once, or before it is asked; after the end nothing is taken. */
static void test_paying_ahead(uint64_t intervals, bool before_data)
{
	uint64_t limit = 0;
	struct voucher_move move = {.where = OURS, .nonce = 1};
	struct bytes stream = {0}, answer = {0};
	struct deal_params terms = {.payment_interval = INTERVAL, .payment_interval_increase = INCREASE};
	struct provider_deal d;
	struct cheats c;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	begin_deal(&s);
	set_up_cheats(&s, &c, 10000000);
	for (uint64_t i = 0; i < intervals; i++)
		limit = interval_next(&terms, limit);
	c.due = limit * PRICE;
	if (!before_data)
		CHECK_EQUAL(send(&s, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_OK, "a payment for several intervals is taken");
	check_invariants(&s);
	d = provider_deal(&s);
	CHECK_EQUAL(d.current_interval, interval_next(&terms, limit), "the interval after the last one paid is open");
	bytes_clear(&stream);
	if (limit < content.bytes) {
		CHECK_EQUAL(send(&s, &stream), STATUS_PAYMENT_NEEDED, "sending goes on");
		d = provider_deal(&s);
		CHECK(d.total_sent >= limit, "up to what was paid for");
	} else {
		struct bytes second = {0};

		CHECK_EQUAL(send(&s, &stream), STATUS_OK, "all is sent at once");
		CHECK(stream.len > content.bytes / 2, "with its blocks");
		d = provider_deal(&s);
		CHECK_EQUAL(d.state, DEAL_COMPLETED, "the deal is done");
		/* killed before the output was whole, and run again */
		CHECK_EQUAL(send(&s, &second), STATUS_OK, "sending again is fine");
		CHECK(span_equal(bytes_span(&stream), bytes_span(&second)),
			"and gives the same bytes, which may not have arrived");
		move.nonce = 2;
		move.amount = c.due + 5;
		CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_BAD_STATE, "nothing is paid after the end");
		bytes_release(&second);
	}
	bytes_release(&stream);
	bytes_release(&answer);
	scene_end(&s);
}

/* A client that stops and comes again, cancels, or asks for the first interval over and over, gets one interval. */
static void test_stopping(void)
{
	struct bytes stream = {0}, again = {0}, answer = {0}, frame = {0};
	struct provider_deal d;
	struct client_deal own;
	struct cheats c;
	struct voucher_move move = {.where = OURS, .nonce = 1};
	struct scene s;

	scene_begin(&s, PRICE, 0);
	begin_deal(&s);
	set_up_cheats(&s, &c, 100000);
	c.due = INTERVAL * PRICE;
	CHECK_EQUAL(send(&s, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	for (int i = 0; i < 5; i++) {
		bytes_clear(&again);
		CHECK_EQUAL(send(&s, &again), STATUS_PAYMENT_NEEDED, "it is sent again");
		CHECK(span_equal(bytes_span(&stream), bytes_span(&again)), "the same bytes and no more");
	}
	propose(&s, &frame);
	bytes_clear(&again);
	CHECK_EQUAL(provider_takes(&s, &again, &frame), STATUS_OK, "the same proposal again finds its deal");
	d = provider_deal(&s);
	CHECK(d.state == DEAL_FUNDS_NEEDED, "which still waits for money");
	own = client_deal(&s);
	bytes_clear(&frame);
	frames_client_cancel(&frame, &own);
	CHECK_EQUAL(provider_takes(&s, &answer, &frame), STATUS_OK, "a cancellation is taken");
	bytes_clear(&again);
	CHECK_EQUAL(send(&s, &again), STATUS_BAD_STATE, "nothing is sent after it");
	CHECK_EQUAL(again.len, 0, "not a byte");
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_BAD_STATE, "and nothing is credited");
	bytes_release(&stream);
	bytes_release(&again);
	bytes_release(&answer);
	bytes_release(&frame);
	scene_end(&s);
}

static void test_cancel_after_completion(void)
{
	struct bytes all = {0}, frame = {0}, answer = {0};
	struct client_deal own;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	begin_deal(&s);
	finish_deal(&s, &all);
	check_completed(&s, "an honest deal");
	own = client_deal(&s);
	frames_client_cancel(&frame, &own);
	CHECK_EQUAL(provider_takes(&s, &answer, &frame), STATUS_OK, "a cancellation after the end is heard");
	check_completed(&s, "a cancellation after the end");
	bytes_clear(&frame);
	CHECK_EQUAL(buyer_cancel(&s.client, &frame, s.deal), STATUS_BAD_STATE, "a completed deal can't be cancelled");
	bytes_release(&all);
	bytes_release(&frame);
	bytes_release(&answer);
	scene_end(&s);
}

/* An unseal price with free bytes is a price: no data beyond the first interval before it is paid. */
static void test_unseal_only(uint64_t price, uint64_t unseal)
{
	struct bytes all = {0}, stream = {0};
	struct provider_deal d;
	struct scene s;

	scene_begin(&s, price, unseal);
	begin_deal(&s);
	CHECK_EQUAL(send(&s, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent, and money is asked for");
	d = provider_deal(&s);
	CHECK(d.total_sent < INTERVAL + content.largest, "no more than one interval and one block");
	check_invariants(&s);
	finish_deal(&s, &all);
	check_completed(&s, "a deal with an unseal price");
	bytes_release(&all);
	bytes_release(&stream);
	scene_end(&s);
}

/* Two proposals may not share a transfer or request id: payments and cancellations find their deal by them. */
static void test_stolen_ids(void)
{
	struct bytes frame = {0}, answer = {0}, all = {0}, cancel = {0};
	struct client_deal own, thief;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	begin_deal(&s);
	own = thief = client_deal(&s);
	thief.id = own.id + 5;
	frames_proposal(&frame, &thief, 0);
	CHECK(provider_takes(&s, &answer, &frame) != STATUS_OK,
		"another deal with the ids of a running one is refused");
	thief.request[3] ^= 1;
	bytes_clear(&frame);
	frames_proposal(&frame, &thief, 0);
	CHECK(provider_takes(&s, &answer, &frame) != STATUS_OK, "one with its transfer id alone too");
	thief = own;
	thief.id = own.id + 6;
	thief.transfer++;
	bytes_clear(&frame);
	frames_proposal(&frame, &thief, 0);
	CHECK(provider_takes(&s, &answer, &frame) != STATUS_OK, "and one with its request id alone");
	finish_deal(&s, &all);
	check_completed(&s, "stolen ids");
	bytes_release(&frame);
	bytes_release(&answer);
	bytes_release(&all);
	bytes_release(&cancel);
	scene_end(&s);
}

/* A provider that cheats. */

/** struct message - a frame being crafted. */
struct crafted {
	struct bytes links, blocks, frame;
	size_t link_count, block_count;
	const char *extra_extension;
};

static void put_link(struct crafted *m, size_t i, enum graphsync_link kind)
{
	graphsync_put_link(&m->links, &content.cids[i], kind);
	m->link_count++;
}

static void put_bytes(struct crafted *m, const struct cid *c, struct span data)
{
	graphsync_put_block_head(&m->blocks, c, data.len);
	bytes_append(&m->blocks, data.data, data.len);
	m->block_count++;
}

static void put_block(struct crafted *m, size_t i)
{
	put_link(m, i, LINK_PRESENT);
	put_bytes(m, &content.cids[i], bytes_span(&content.blocks[i]));
}

static struct span seal(struct crafted *m, const struct client_deal *d, int64_t how, const struct deal_answer *answer)
{
	struct response_head head = {d->request, d->transfer, d->id};
	struct graphsync_response response = {
		.status = how, .has_links = m->link_count != 0, .link_count = m->link_count};
	struct graphsync_message message = {.response_count = 1,
		.has_responses = true,
		.block_count = m->block_count,
		.has_blocks = m->block_count != 0};
	struct bytes extensions = {0}, item = {0}, body = {0};
	struct span rest;

	answer_extensions(&extensions, &head, answer, EXT_TRANSFER, NULL);
	if (m->extra_extension != NULL)
		graphsync_extensions(&extensions,
			(const struct graphsync_extension_item[]){{m->extra_extension, span_of("\x01", 1)}}, 1);
	memcpy(response.id, d->request, REQUEST_ID_SIZE);
	response.links = bytes_span(&m->links);
	response.extensions = bytes_span(&extensions);
	graphsync_put_response(&item, &response);
	message.responses = bytes_span(&item);
	message.blocks = bytes_span(&m->blocks);
	graphsync_encode(&body, &message);
	bytes_clear(&m->frame);
	frame_put(&m->frame, bytes_span(&body));
	bytes_release(&extensions);
	bytes_release(&item);
	bytes_release(&body);
	rest = bytes_span(&m->frame);
	return next_frame(&rest);
}

static void crafted_release(struct crafted *m)
{
	bytes_release(&m->links);
	bytes_release(&m->blocks);
	bytes_release(&m->frame);
}

enum lie {
	NOT_NEXT,
	WRONG_BYTES,
	TWICE_IN_A_MESSAGE,
	BLOCK_UNASKED,
	NOT_ANNOUNCED,
	NOT_SENT,
	DUPLICATE_NOT_THERE,
	MISSING,
	COMPLETED_EARLY,
	STATUS_20_EARLY,
	STATUS_20_EMPTY,
	OWED_TOO_MUCH,
	OWED_FAR_TOO_MUCH,
	OWED_NEGATIVE,
	OWED_WITHOUT_DATA,
	OTHER_DEAL,
	OTHER_REQUEST,
	OTHER_TRANSFER,
	IDENTITY_LINK,
	IDENTITY_BLOCK,
	UNKNOWN_EXTENSION,
	STATE_29,
	STATE_HUGE,
	STATUS_99,
	ACCEPTED_AGAIN,
	REPEATED_BLOCK,
	GOOD_BLOCK_BAD_WORD,
};

/** struct provider_move - a lie, told after the first two blocks were taken. */
struct provider_move {
	const char *name;
	enum lie lie;
	enum status want;
	uint64_t more; /* blocks that are kept all the same */
};

static const struct provider_move provider_moves[] = {
	{"a good block that is not the next one is refused", NOT_NEXT, STATUS_BAD_MESSAGE},
	{"other bytes under a good CID's prefix are refused", WRONG_BYTES, STATUS_BAD_HASH},
	{"a block twice in a message counts once", TWICE_IN_A_MESSAGE, STATUS_OK, .more = 1},
	{"a block beside the next one, not announced, is refused", BLOCK_UNASKED, STATUS_BAD_MESSAGE},
	{"the next block without its announcement is refused", NOT_ANNOUNCED, STATUS_BAD_MESSAGE},
	{"an announcement without its block is refused", NOT_SENT, STATUS_BAD_MESSAGE},
	{"a block that is called a duplicate but never came is refused", DUPLICATE_NOT_THERE, STATUS_BAD_MESSAGE},
	{"a block that the provider says it lacks stops the stream", MISSING, STATUS_BAD_MESSAGE},
	{"Completed with blocks missing completes nothing", COMPLETED_EARLY, STATUS_BAD_MESSAGE},
	{"status 20 with blocks missing completes nothing", STATUS_20_EARLY, STATUS_BAD_MESSAGE},
	{"status 20 alone with blocks missing completes nothing", STATUS_20_EMPTY, STATUS_BAD_MESSAGE},
	{"more money than is due is not paid", OWED_TOO_MUCH, STATUS_BAD_MESSAGE},
	{"far more money than is due is not paid", OWED_FAR_TOO_MUCH, STATUS_BAD_MESSAGE},
	{"negative money is refused", OWED_NEGATIVE, STATUS_BAD_MESSAGE},
	{"money asked for in the middle of an interval is not paid", OWED_WITHOUT_DATA, STATUS_OK},
	{"an answer for another deal is refused", OTHER_DEAL, STATUS_WRONG_DEAL},
	{"an answer to another request is refused", OTHER_REQUEST, STATUS_WRONG_DEAL},
	{"an answer of another transfer is refused", OTHER_TRANSFER, STATUS_WRONG_DEAL},
	{"an identity CID is neither kept nor paid", IDENTITY_LINK, STATUS_OK},
	{"the block of an identity CID is refused", IDENTITY_BLOCK, STATUS_BAD_MESSAGE},
	{"an unknown extension is passed over", UNKNOWN_EXTENSION, STATUS_OK, .more = 1},
	{"deal status 29 is refused", STATE_29, STATUS_BAD_MESSAGE},
	{"deal status 2^63 is refused", STATE_HUGE, STATUS_BAD_MESSAGE},
	{"graphsync status 99 is refused", STATUS_99, STATUS_BAD_VALUE},
	{"an acceptance in the middle changes nothing", ACCEPTED_AGAIN, STATUS_OK},
	{"a block that came before is kept and paid once", REPEATED_BLOCK, STATUS_OK},
	{"a good block with a word that is refused is not kept", GOOD_BLOCK_BAD_WORD, STATUS_BAD_MESSAGE},
};

static enum status tell(struct scene *s, enum lie lie)
{
	struct client_deal d = client_deal(s);
	struct deal_answer demand = {.type = TRANSFER_VOUCHER_RESULT,
		.accepted = true,
		.paused = true,
		.has_result = true,
		.status = DEAL_FUNDS_NEEDED};
	const struct deal_answer *answer = NULL;
	struct crafted m = {0};
	struct cid inline_cid;
	int64_t how = GRAPHSYNC_PARTIAL;
	enum status got;

	CHECK_EQUAL(
		cid_of(&inline_cid, 1, CODEC_RAW, HASH_IDENTITY, span_text("inline")), STATUS_OK, "an identity CID");
	switch (lie) {
	case NOT_NEXT:
		put_block(&m, 4);
		break;
	case WRONG_BYTES:
		put_link(&m, 2, LINK_PRESENT);
		put_bytes(&m, &content.cids[2], span_text("other bytes"));
		break;
	case TWICE_IN_A_MESSAGE:
		put_block(&m, 2);
		put_block(&m, 2);
		break;
	case BLOCK_UNASKED:
		put_block(&m, 2);
		put_bytes(&m, &content.cids[5], bytes_span(&content.blocks[5]));
		break;
	case NOT_ANNOUNCED:
		put_bytes(&m, &content.cids[2], bytes_span(&content.blocks[2]));
		break;
	case NOT_SENT:
		put_link(&m, 2, LINK_PRESENT);
		break;
	case DUPLICATE_NOT_THERE:
		put_link(&m, 2, LINK_DUPLICATE_NOT_SENT);
		break;
	case MISSING:
		put_link(&m, 2, LINK_MISSING);
		break;
	case COMPLETED_EARLY:
		demand = (struct deal_answer){
			.type = TRANSFER_COMPLETE, .accepted = true, .has_result = true, .status = DEAL_COMPLETED};
		answer = &demand;
		break;
	case STATUS_20_EARLY:
		put_block(&m, 2);
		how = GRAPHSYNC_COMPLETE;
		break;
	case STATUS_20_EMPTY:
		how = GRAPHSYNC_COMPLETE;
		break;
	case OWED_TOO_MUCH:
	case OWED_FAR_TOO_MUCH:
		demand.owed = afil(d.total_received * PRICE + (lie == OWED_TOO_MUCH ? 1 : 1u << 30));
		answer = &demand;
		how = GRAPHSYNC_PAUSED;
		break;
	case OWED_NEGATIVE:
		demand.owed = none();
		answer = &demand;
		break;
	case OWED_WITHOUT_DATA:
		demand.owed = afil(5);
		answer = &demand;
		break;
	case OTHER_DEAL:
		d.id++;
		answer = &demand;
		break;
	case OTHER_REQUEST:
		d.request[0]++;
		put_block(&m, 2);
		break;
	case OTHER_TRANSFER:
		d.transfer++;
		answer = &demand;
		break;
	case IDENTITY_LINK:
		graphsync_put_link(&m.links, &inline_cid, LINK_PRESENT);
		m.link_count++;
		break;
	case IDENTITY_BLOCK:
		graphsync_put_link(&m.links, &inline_cid, LINK_PRESENT);
		m.link_count++;
		put_bytes(&m, &inline_cid, span_text("inline"));
		break;
	case UNKNOWN_EXTENSION:
		put_block(&m, 2);
		m.extra_extension = "x/unknown";
		break;
	case STATE_29:
	case STATE_HUGE:
		demand.status = lie == STATE_29 ? 29 : (enum deal_state)0x7fffffff;
		answer = &demand;
		break;
	case STATUS_99:
		put_block(&m, 2);
		how = 99;
		break;
	case ACCEPTED_AGAIN:
		demand = (struct deal_answer){
			.type = TRANSFER_NEW, .accepted = true, .has_result = true, .status = DEAL_ACCEPTED};
		answer = &demand;
		break;
	case REPEATED_BLOCK:
		put_block(&m, 1);
		break;
	case GOOD_BLOCK_BAD_WORD:
		put_block(&m, 2);
		demand.owed = afil(1u << 30);
		answer = &demand;
		break;
	}
	got = client_takes(s, seal(&m, &d, how, answer));
	crafted_release(&m);
	return got;
}

/* The first two blocks, one message each. */
static void give_two_blocks(struct scene *s)
{
	struct client_deal d = client_deal(s);

	for (size_t i = 0; i < 2; i++) {
		struct crafted m = {0};

		put_block(&m, i);
		CHECK_EQUAL(client_takes(s, seal(&m, &d, GRAPHSYNC_PARTIAL, NULL)), STATUS_OK, "a good block is taken");
		crafted_release(&m);
	}
}

static void test_provider_move(const struct provider_move *move)
{
	struct bytes all = {0}, payment = {0};
	struct client_deal before, after;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	begin_deal(&s);
	give_two_blocks(&s);
	before = client_deal(&s);
	CHECK_EQUAL(before.total_received, content.blocks[0].len + content.blocks[1].len, "two blocks are kept");
	if (!CHECK_EQUAL(tell(&s, move->lie), move->want, move->name))
		fprintf(stderr, "  said: %s\n", s.client.why);
	after = client_deal(&s);
	if (!CHECK_EQUAL(after.total_received - before.total_received, move->more ? content.blocks[2].len : 0,
		    "only what it should keep is kept"))
		fprintf(stderr, "  after: %s\n", move->name);
	CHECK(amount_cmp(&before.funds_spent, &after.funds_spent) == 0, "nothing is spent");
	CHECK(after.state != DEAL_COMPLETED, "nothing is complete");
	if (!CHECK(pay(&s, &payment) != STATUS_OK && payment.len == 0,
		    "nothing can be paid in the middle of an interval"))
		fprintf(stderr, "  after: %s\n", move->name);
	check_invariants(&s);
	if (!CHECK(!deal_is_final(SIDE_CLIENT, after.state), "a lie does not end the deal"))
		fprintf(stderr, "  after: %s\n", move->name);
	finish_deal(&s, &all);
	check_completed(&s, move->name);
	bytes_release(&all);
	bytes_release(&payment);
	scene_end(&s);
}

/* "The last payment" with most of the blocks missing, then "Completed": an honest provider's frames still complete it. */
static void test_last_payment_early(void)
{
	struct deal_answer answer = {.type = TRANSFER_COMPLETE,
		.accepted = true,
		.paused = true,
		.has_result = true,
		.status = DEAL_FUNDS_NEEDED_LAST_PAYMENT};
	struct bytes payment = {0}, all = {0};
	struct client_deal d;
	struct crafted m = {0};
	struct scene s;

	scene_begin(&s, PRICE, 0);
	begin_deal(&s);
	d = client_deal(&s);
	for (size_t i = 0; i < 5; i++)
		put_block(&m, i);
	answer.owed = afil(INTERVAL * PRICE);
	CHECK_EQUAL(client_takes(&s, seal(&m, &d, GRAPHSYNC_PAUSED, &answer)), STATUS_BAD_MESSAGE,
		"an interval that is called the last is refused");
	CHECK(pay(&s, &payment) != STATUS_OK && payment.len == 0, "and not paid");
	answer = (struct deal_answer){
		.type = TRANSFER_COMPLETE, .accepted = true, .has_result = true, .status = DEAL_COMPLETED};
	crafted_release(&m);
	m = (struct crafted){0};
	CHECK_EQUAL(client_takes(&s, seal(&m, &d, GRAPHSYNC_PARTIAL, &answer)), STATUS_BAD_MESSAGE,
		"(9) Completed with blocks missing is refused");
	finish_deal(&s, &all);
	check_completed(&s, "a last payment that was none");
	crafted_release(&m);
	bytes_release(&payment);
	bytes_release(&all);
	scene_end(&s);
}

/* Blocks after the end. */
static void test_after_the_end(void)
{
	struct bytes all = {0};
	struct client_deal d;
	struct crafted m = {0};
	struct scene s;
	struct cid other;

	scene_begin(&s, PRICE, 0);
	begin_deal(&s);
	finish_deal(&s, &all);
	d = client_deal(&s);
	CHECK_EQUAL(cid_of(&other, 1, CODEC_RAW, HASH_SHA2_256, span_text("more")), STATUS_OK, "a CID");
	graphsync_put_link(&m.links, &other, LINK_PRESENT);
	m.link_count = 1;
	put_bytes(&m, &other, span_text("more"));
	CHECK_EQUAL(client_takes(&s, seal(&m, &d, GRAPHSYNC_PARTIAL, NULL)), STATUS_BAD_MESSAGE,
		"a block after the end is refused");
	check_completed(&s, "a block after the end");
	crafted_release(&m);
	bytes_release(&all);
	scene_end(&s);
}

/* A payer that settles at once, while no voucher has been submitted. */

static void count_step(void *ctx, const struct settle_report *r)
{
	unsigned *counts = ctx;

	counts[r->step]++;
}

static void advance(struct scene *s, int64_t epochs)
{
	struct embedded *e = NULL;
	int64_t now;

	CHECK(embedded_open(&e, s->ledger_path) == STATUS_OK && embedded_advance(e, epochs, &now) == STATUS_OK,
		"time passes");
	embedded_close(e);
}

static void check_balance(struct scene *s, uint64_t want, const char *what)
{
	struct address provider = address_of_party(&s->provider);
	struct amount balance = amount_zero(), expected = afil(want);

	CHECK(ledger_balance(s->ledger, &balance, &provider) == STATUS_OK && amount_cmp(&balance, &expected) == 0,
		what);
}

static void test_payer_settles_first(void)
{
	unsigned counts[SETTLE_LATER + 1] = {0};
	struct bytes all = {0};
	struct client_deal d;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	begin_deal(&s);
	finish_deal(&s, &all);
	d = client_deal(&s);
	CHECK_EQUAL(on_ledger(&s, &s.client.key, &d.channel, METHOD_PAYCH_SETTLE, span_of("", 0)), 0,
		"the payer starts to settle");
	advance(&s, PAYCH_SETTLE_DELAY - 1);
	CHECK_EQUAL(settle_channel(&s.provider, &d.channel, 0, count_step, counts), STATUS_TOO_EARLY,
		"the payee settles at the last moment");
	CHECK_EQUAL(counts[SETTLE_SUBMIT], 1, "(12) its voucher is submitted before the end");
	advance(&s, 2);
	CHECK_EQUAL(settle_channel(&s.provider, &d.channel, 0, count_step, counts), STATUS_OK, "it collects");
	check_balance(&s, content.bytes * PRICE, "and is paid in full");
	CHECK_EQUAL(settle_channel(&s.provider, &d.channel, 0, count_step, counts), STATUS_OK, "once more");
	CHECK_EQUAL(counts[SETTLE_COLLECT], 1, "(13) collecting pays once");
	check_balance(&s, content.bytes * PRICE, "and no more than that");
	bytes_release(&all);
	scene_end(&s);
}

/* Someone between the two. */

struct recording {
	struct bytes stream;
	struct span frames[FRAMES_MAX];
	size_t count;
};

/* An honest deal, one block a message: every frame that the client gets. */
static void record(struct recording *r)
{
	struct bytes frame = {0}, answer = {0};
	struct span rest;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	propose(&s, &frame);
	CHECK_EQUAL(provider_takes(&s, &answer, &frame), STATUS_OK, "the provider accepts");
	bytes_append(&r->stream, answer.data, answer.len);
	CHECK_EQUAL(client_takes_all(&s, &answer), STATUS_OK, "the client hears it");
	CHECK_EQUAL(buyer_open_channel(&s.client, s.deal, NULL, NULL), STATUS_OK, "the channel opens");
	finish_deal(&s, &r->stream);
	check_completed(&s, "the recorded deal");
	bytes_release(&frame);
	bytes_release(&answer);
	scene_end(&s);
	rest = bytes_span(&r->stream);
	while (rest.len != 0 && r->count < FRAMES_MAX)
		r->frames[r->count++] = next_frame(&rest);
}

/* A frame, and what an honest client does next. What it refuses it leaves. */
static void take_and_go_on(struct scene *s, struct span frame)
{
	struct bytes payment = {0};
	struct client_deal d;

	if (client_takes(s, frame) != STATUS_OK)
		return;
	d = client_deal(s);
	if (client_wants_channel(&d))
		CHECK_EQUAL(buyer_open_channel(&s->client, s->deal, NULL, NULL), STATUS_OK, "the channel opens");
	d = client_deal(s);
	if (d.has_lane && buyer_outcome(&d) == STATUS_PAYMENT_NEEDED)
		if (!CHECK_EQUAL(pay(s, &payment), STATUS_OK, "what is due is paid"))
			fprintf(stderr, "  said: %s\n", s->client.why);
	bytes_release(&payment);
}

enum meddling { DROP, TWICE, SWAP, REPLAY, CUT, FLIP, MEDDLING_COUNT };

static const char *const meddling_names[] = {
	"dropped", "sent twice", "swapped with the next", "sent again at the end", "cut", "altered"};

static void meddle(struct scene *s, const struct recording *r, enum meddling how, size_t at)
{
	struct bytes altered = {0};

	for (size_t i = 0; i < r->count; i++) {
		if (how == SWAP && i == at && at + 1 < r->count) {
			take_and_go_on(s, r->frames[i + 1]);
			take_and_go_on(s, r->frames[i]);
			i++;
			continue;
		}
		if (i == at && (how == CUT || how == FLIP)) {
			bytes_clear(&altered);
			bytes_append(&altered, r->frames[i].data, how == CUT ? r->frames[i].len / 2 : r->frames[i].len);
			if (how == FLIP)
				altered.data[altered.len * 3 / 4] ^= 0x04;
			take_and_go_on(s, bytes_span(&altered));
			continue;
		}
		if (!(how == DROP && i == at))
			take_and_go_on(s, r->frames[i]);
		if (how == TWICE && i == at)
			take_and_go_on(s, r->frames[i]);
	}
	if (how == REPLAY)
		take_and_go_on(s, r->frames[at]);
	bytes_release(&altered);
}

static void test_meddling(const struct recording *r, enum meddling how, size_t at)
{
	struct bytes frame = {0};
	struct client_deal d;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	propose(&s, &frame);
	meddle(&s, r, how, at);
	check_invariants(&s);
	for (int again = 0; again < 3; again++) {
		for (size_t i = 0; i < r->count; i++)
			take_and_go_on(&s, r->frames[i]);
	}
	d = client_deal(&s);
	if (!CHECK(d.state == DEAL_COMPLETED, "the right frames complete the deal") ||
		!CHECK(car_is_whole(&s), "with the right bytes"))
		fprintf(stderr, "  frame %zu of %zu %s: %s %s\n", at, r->count, meddling_names[how],
			deal_state_name(d.state), d.message);
	CHECK(amount_cmp(&d.funds_spent, &(struct amount[]){afil(content.bytes * PRICE)}[0]) <= 0,
		"and for no more than their price");
	bytes_release(&frame);
	scene_end(&s);
}

/* What the client has kept so far is the beginning of the right CAR, and nothing else. */
static void check_kept(struct scene *s)
{
	char path[160];
	FILE *f;
	size_t at = 0;
	int c, same = 1;

	snprintf(path, sizeof(path), "%s/client/blocks/%llu.car", folder, (unsigned long long)s->deal);
	f = fopen(path, "r");
	if (f == NULL)
		return;
	while ((c = getc(f)) != EOF) {
		if (at >= content.car.len || content.car.data[at] != (uint8_t)c)
			same = 0;
		at++;
	}
	fclose(f);
	CHECK(same, "(15) what is kept is right and in order");
}

/* One bit of one frame is another: never a wrong block, never money for what was not verified. */
static void test_altered_bit(const struct recording *r, size_t at, size_t bit)
{
	struct bytes frame = {0}, altered = {0};
	struct scene s;

	scene_begin(&s, PRICE, 0);
	propose(&s, &frame);
	bytes_append(&altered, r->frames[at].data, r->frames[at].len);
	altered.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	for (size_t i = 0; i < r->count; i++)
		take_and_go_on(&s, i == at ? bytes_span(&altered) : r->frames[i]);
	check_kept(&s);
	bytes_release(&frame);
	bytes_release(&altered);
	scene_end(&s);
}

int main(void)
{
	static struct recording recording;
	char command[128];

	snprintf(folder, sizeof(folder), "%s/retrieval-adversary-XXXXXX",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!CHECK(mkdtemp(folder) != NULL, "a scratch folder"))
		return test_end();
	make_content();
	test_vouchers();
	test_high_s();
	test_flipped_bits();
	test_two_deals_one_channel();
	test_lanes_redeemed_before();
	test_paying_ahead(2, false);
	test_paying_ahead(3, true);
	test_paying_ahead(5, true);
	test_paying_ahead(5, false);
	test_stopping();
	test_cancel_after_completion();
	test_unseal_only(0, 5000);
	test_unseal_only(PRICE, 5000);
	test_stolen_ids();
	for (size_t i = 0; i < sizeof(provider_moves) / sizeof(provider_moves[0]); i++)
		test_provider_move(&provider_moves[i]);
	test_last_payment_early();
	test_after_the_end();
	test_payer_settles_first();
	record(&recording);
	for (int how = 0; how < MEDDLING_COUNT; how++) {
		for (size_t at = 0; at < recording.count; at++)
			test_meddling(&recording, (enum meddling)how, at);
	}
	for (size_t at = 0; at < recording.count; at++) {
		size_t bits = 8 * recording.frames[at].len, step = bits / 24 | 1;

		for (size_t bit = at; bit < bits; bit += step)
			test_altered_bit(&recording, at, bit);
	}
	bytes_release(&recording.stream);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	CHECK(system(command) == 0, "the scratch folder goes away");
	return test_end();
}
