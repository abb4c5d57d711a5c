/* trade - see trade.h. */
#include "trade.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include "blocks/deal_blocks.h"
#include "blocks/publish.h"
#include "check/check.h"
#include "check/check_recording.h"
#include "embedded/embedded.h"
#include "party/ledger_place.h"
#include "seller/offer.h"
#include "seller/serving.h"
#include "test.h"

#define CHUNKS   40
#define DISTINCT 25 /* chunks from here on are those from the start again */

struct goods repeating, large;
static char ledger_path[80];

/* Chunks that repeat, and (@large) more blocks than one step of inheriting takes. */
void contents_make(void)
{
	struct bytes file = {0};

	snprintf(ledger_path, sizeof(ledger_path), "%s/ledger", scratch);
	signal(SIGPIPE, SIG_IGN);

	for (unsigned i = 0; i < CHUNKS; i++)
		for (size_t end = file.len + CHUNK; file.len < end;)
			bytes_append_byte(&file, (uint8_t)(i % DISTINCT + (end - file.len) % 7));
	goods_pack(&repeating, "file", &file, CHUNK, 5);
	CHECK(repeating.blocks < CHUNKS, "some chunks repeat");
	bytes_clear(&file);
	for (unsigned i = 0; i < 40000; i++)
		bytes_append_format(&file, "%8u", i);
	goods_pack(&large, "large", &file, 8, 64);
	CHECK(large.blocks > 2 * 16384, "the large content is several steps");
	bytes_release(&file);
}

/* Parties. */

void open_named(struct party *p, const char *name)
{
	uint8_t seed[32] = {0};
	struct kv_txn *t;
	char path[128];

	snprintf((char *)seed, sizeof(seed), "%s", name);
	snprintf(path, sizeof(path), "%s/home-%s", scratch, name);
	*p = (struct party){.network = NETWORK_MAIN, .now = 1, .has_key = true};
	CHECK(key_from_seed(&p->key, seed) == STATUS_OK && ledger_open(&p->ledger, ledger_path) == STATUS_OK &&
			store_open(&p->store, path, KV_CREATE) == STATUS_OK &&
			kv_begin_write(store_kv(p->store), &t) == STATUS_OK && store_init_ids(t, seed) == STATUS_OK &&
			kv_commit(&t) == STATUS_OK,
		"a party opens");
}

void close_named(struct party *p)
{
	store_close(p->store);
	ledger_close(p->ledger);
}

struct address address_of_name(const char *name)
{
	uint8_t seed[32] = {0};
	struct key key;

	snprintf((char *)seed, sizeof(seed), "%s", name);
	CHECK_EQUAL(key_from_seed(&key, seed), STATUS_OK, "a key");
	return address_of_key(key.public);
}

void trade_begin(void)
{
	struct embedded_options options = {.network = NETWORK_MAIN, .manual = true};
	struct address client = address_of_name("client");
	struct amount money = afil(1000000000);
	struct embedded *e = NULL;

	CHECK(embedded_init(ledger_path, &options) == STATUS_OK && embedded_open(&e, ledger_path) == STATUS_OK &&
			embedded_fund(e, &client, &money) == STATUS_OK,
		"the client has money");
	embedded_close(e);
}

void trade_offer(const char *name, const struct goods *c, uint64_t unseal, uint64_t price, uint64_t interval)
{
	struct offer_terms terms = {.price_per_byte = afil(price),
		.unseal_price = afil(unseal),
		.interval = interval,
		.increase = INCREASE,
		.payee = address_of_name(name)};
	struct bytes said = {0};
	struct party p;

	open_named(&p, name);
	CHECK_EQUAL(seller_offer(&p, &said, c->path, &terms), STATUS_OK, "the content is offered");
	close_named(&p);
	bytes_release(&said);
}

static void print_findings(const struct findings *found)
{
	for (size_t i = 0; i < findings_kept(found); i++)
		fprintf(stderr, "(%u) %s\n", findings_at(found, i)->rule, findings_at(found, i)->text);
}

void check_named(const char *name)
{
	struct findings found = {0};
	struct channel_claims claims = {0};
	struct kv_txn *t;
	struct party p;

	open_named(&p, name);
	CHECK_EQUAL(kv_begin_read(store_kv(p.store), &t), STATUS_OK, "a store is readable");
	CHECK_EQUAL(check_store(&found, p.store, t, p.network, &claims), STATUS_OK, "a store can be checked");
	kv_abort(&t);
	CHECK_EQUAL(check_claims(&found, p.ledger, &claims, p.network), STATUS_OK, "and compared with the ledger");
	channel_claims_release(&claims);
	if (!CHECK_EQUAL(found.count, 0, "a store holds together"))
		print_findings(&found);
	findings_release(&found);
	close_named(&p);
}

void trade_end(const char *providers)
{
	char name[2] = {0};

	check_named("client");
	for (; *providers != '\0'; providers++) {
		name[0] = *providers;
		check_named(name);
	}
	scratch_remove("home-* ledger");
}

/* Deals. */

struct proposal_request trade_request(
	const char *provider, const struct goods *c, uint64_t unseal, uint64_t price, uint64_t interval)
{
	return (struct proposal_request){.payload = c->root,
		.provider = address_of_name(provider),
		.size = c->bytes,
		.params = {.selector = selector_all(),
			.price_per_byte = afil(price),
			.payment_interval = interval,
			.payment_interval_increase = interval == SLOWLY ? 0 : INCREASE,
			.unseal_price = afil(unseal)},
		.max_price = minus_one(),
		.max_total = afil(100000000)};
}

uint64_t trade_propose(const char *provider, const struct goods *c, uint64_t unseal, uint64_t interval)
{
	struct proposal_request r = trade_request(provider, c, unseal, PRICE, interval);
	struct client_deal d = {0};
	struct party p;

	open_named(&p, "client");
	CHECK_EQUAL(buyer_propose(&p, NULL, &d, &r), STATUS_OK, "the client proposes");
	close_named(&p);
	return d.id;
}

struct client_deal trade_client_deal(uint64_t id)
{
	struct client_deal d = {0};
	struct party p;

	open_named(&p, "client");
	CHECK_EQUAL(party_get_client(&p, &d, id), STATUS_OK, "the client has the deal");
	close_named(&p);
	return d;
}

struct provider_deal trade_provider_deal(const char *name, uint64_t id)
{
	struct provider_deal d = {0};
	struct party p;

	open_named(&p, name);
	CHECK_EQUAL(party_get_provider(&p, &d, id), STATUS_OK, "the provider has the deal");
	close_named(&p);
	return d;
}

static struct bytes conversation[2]; /* of the last connection: the client's frames, and the provider's */

static void hear(void *ctx, const struct frame *frame)
{
	struct trade *x = ctx;
	struct span blocks = frame->message.blocks;
	struct graphsync_block block;

	frame_put(&conversation[SIDE_PROVIDER], frame->body);
	while (graphsync_next_block(&block, &blocks))
		x->block_bytes += block.data.len;
}

static void say(void *ctx, struct span frames)
{
	(void)ctx;
	bytes_append(&conversation[SIDE_CLIENT], frames.data, frames.len);
}

static void look(void *ctx, const struct client_deal *d)
{
	struct trade *x = ctx;

	if (d->blocks_received >= x->stop_after)
		x->stop = 1;
}

static pid_t serve(const char *name, int fds[2])
{
	pid_t child;

	if (!CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0, "a connection"))
		return -1;
	child = fork();
	if (child == 0) {
		struct connection line = {.in = fds[1], .out = fds[1], .wake = -1};
		struct serving_log shop = {0};
		struct party p;
		enum status s;

		close(fds[0]);
		open_named(&p, name);
		s = seller_run(&p, &line, NULL, &shop);
		close_named(&p);
		_exit(status_class(s));
	}
	close(fds[1]);
	return child;
}

/** struct single - the one purchase of buy_one(). */
struct single {
	const struct purchase *purchase;
	bool begun;
	enum status status;
};

static enum status next_single(void *ctx, struct purchase *purchase)
{
	struct single *single = ctx;

	if (single->begun)
		return STATUS_NOT_FOUND;
	single->begun = true;
	*purchase = *single->purchase;
	return STATUS_OK;
}

static void single_ended(void *ctx, uint64_t deal, enum status s)
{
	struct single *single = ctx;

	(void)deal;
	single->status = s;
}

static enum status buy_one(struct party *p, const struct connection *connection, const struct purchase *purchase)
{
	struct single single = {.purchase = purchase};
	struct purchases all = {.at_once = 1, .next = next_single, .ended = single_ended, .ctx = &single};
	enum status s = buyer_run_all(p, connection, &all);

	return s == STATUS_OK ? single.status : s;
}

enum status trade(struct trade *x, const char *provider, uint64_t deal, uint64_t from)
{
	struct purchase purchase = {.deal = deal, .from = from, .max_total = minus_one(), .progress = look, .ctx = x};
	struct connection line = {.stop = &x->stop, .wake = -1, .received = hear, .sent = say, .ctx = x};
	struct party client;
	enum status s;
	int fds[2];
	pid_t child = serve(provider, fds);

	x->stop = x->deaf;
	bytes_clear(&conversation[SIDE_CLIENT]);
	bytes_clear(&conversation[SIDE_PROVIDER]);
	open_named(&client, "client");
	line.in = line.out = fds[0];
	s = buy_one(&client, &line, &purchase);
	if (s != STATUS_OK && s != STATUS_END && x->stop_after == UINT64_MAX)
		fprintf(stderr, "  said: %s\n", client.error.why);
	close_named(&client);
	close(fds[0]);
	waitpid(child, NULL, 0);
	return s;
}

uint64_t cut_off(const char *provider, const struct goods *c, uint64_t blocks)
{
	uint64_t deal = trade_propose(provider, c, 0, SLOWLY);
	struct trade x = {.stop_after = blocks};

	CHECK_EQUAL(trade(&x, provider, deal, 0), STATUS_END, "the first provider is cut off");
	CHECK_EQUAL(trade_client_deal(deal).blocks_received, blocks, "when it has brought so much");
	return deal;
}

int is_whole(uint64_t deal, const struct goods *c)
{
	struct bytes car;
	char path[128];
	struct party p;
	int same;

	snprintf(path, sizeof(path), "%s/copy.car", scratch);
	open_named(&p, "client");
	CHECK_EQUAL(buyer_publish(&p, deal, path), STATUS_OK, "the CAR is published");
	close_named(&p);
	car = read_file(path);
	same = span_equal(bytes_span(&car), bytes_span(&c->car));
	bytes_release(&car);
	return same;
}

void check_rest(uint64_t deal, const char *provider, uint64_t inherited, uint64_t came, uint64_t unseal)
{
	struct client_deal c = trade_client_deal(deal);
	struct provider_deal d = trade_provider_deal(provider, deal);
	struct amount price = afil((repeating.bytes - inherited) * PRICE + unseal);

	CHECK(c.state == DEAL_COMPLETED && d.state == DEAL_COMPLETED, "both sides complete");
	CHECK_EQUAL(c.inherited, inherited, "what the first provider brought is inherited");
	CHECK_EQUAL(c.total_received, repeating.bytes - inherited, "and the rest is received");
	CHECK_EQUAL(c.inherited_blocks + c.blocks_received, repeating.blocks, "every block once");
	CHECK_EQUAL(d.total_sent, came, "what is billed is what was sent");
	CHECK_EQUAL(d.total_sent, c.total_received, "and what was received");
	CHECK_EQUAL(d.blocks_sent, c.blocks_received, "block by block");
	CHECK_EQUAL(d.skip_links, c.skip_links, "both know what was held");
	CHECK(amount_cmp(&c.funds_spent, &price) == 0 && amount_cmp(&d.funds_received, &price) == 0,
		"the price is that of the rest");
	CHECK(amount_cmp(&c.total_funds, &price) == 0, "and no more was set aside for it");
	CHECK(is_whole(deal, &repeating), "the CAR is that of a plain deal, byte for byte");
}

void check_as_recording(void)
{
	CLEAN_RECORDING struct recording recording = {0};
	struct recording_sums sums;
	char path[4][128], cid[CID_TEXT_MAX], meta[256];
	struct findings found = {0};

	snprintf(meta, sizeof(meta), "{\"root\": \"%s\", \"final_client_status\": \"%s\"}",
		cid_text(cid, &repeating.root), deal_state_name(DEAL_COMPLETED));
	snprintf(path[0], sizeof(path[0]), "%s/client.frames", scratch);
	snprintf(path[1], sizeof(path[1]), "%s/provider.frames", scratch);
	snprintf(path[2], sizeof(path[2]), "%s/content.car", scratch);
	snprintf(path[3], sizeof(path[3]), "%s/meta.json", scratch);
	CHECK(write_file(path[0], bytes_span(&conversation[SIDE_CLIENT])) &&
			write_file(path[1], bytes_span(&conversation[SIDE_PROVIDER])) &&
			write_file(path[2], bytes_span(&repeating.car)) && write_file(path[3], span_text(meta)),
		"the frames are written");
	CHECK_EQUAL(check_recording(&found, &sums, &recording, scratch), STATUS_OK, "the recording is read");
	if (!CHECK_EQUAL(found.count, 0, "the recording holds together"))
		print_findings(&found);
	findings_release(&found);
}

void contents_release(void)
{
	bytes_release(&repeating.car);
	bytes_release(&large.car);
	bytes_release(&conversation[SIDE_CLIENT]);
	bytes_release(&conversation[SIDE_PROVIDER]);
}
