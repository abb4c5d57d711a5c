/* inherit - one content from several providers: what one has brought is not paid for to the next.
 *
 * Each connection is between two processes, as with retrieve and serve: a
 * provider is a child, and the client opens its store anew. After each test
 * the checker of inspect --verify holds every store to all invariants.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../support/test.h"
#include "base/file.h"
#include "buyer/buying.h"
#include "buyer/deal_blocks.h"
#include "buyer/publish.h"
#include "buyer/pay.h"
#include "buyer/propose.h"
#include "buyer/receive.h"
#include "buyer/requests.h"
#include "chain/embedded.h"
#include "check/check.h"
#include "check/check_recording.h"
#include "ipld/car.h"
#include "unixfs/pack.h"
#include "ipld/selector.h"
#include "peer/connection.h"
#include "peer/sink.h"
#include "seller/offer.h"
#include "seller/send.h"
#include "seller/serving.h"
#include "seller/take.h"
#include "wire/frame.h"

#define CHUNK    1024
#define CHUNKS   40
#define DISTINCT 25 /* chunks from here on are those from the start again */
#define PRICE    2
#define SLOWLY   100  /* bytes, less than a block: each one comes alone, and is paid for before the next */
#define INTERVAL 3000 /* bytes */
#define INCREASE 1000

/** struct goods - what is sold. */
struct goods {
	char path[96];
	struct cid root;
	struct bytes car;
	uint64_t bytes, blocks;
};

static char folder[64], ledger_path[80];
static struct goods content, large;

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

static struct bytes read_file(const char *path)
{
	struct bytes out = {0};

	bytes_clear(&out);
	if (file_slurp_path(&out, path, 64u << 20) != STATUS_OK)
		bytes_clear(&out);
	return out;
}

static void pack(struct goods *c, const char *name, const struct bytes *file, unsigned chunk, unsigned width)
{
	struct pack_options options = {.chunk_size = chunk,
		.width = width,
		.hash = HASH_SHA2_256,
		.spool = -1,
		.write = gather,
		.ctx = &c->car};
	struct pack_result result = {0};
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	snprintf(c->path, sizeof(c->path), "%s/%s.car", folder, name);
	CHECK(write_file(path, bytes_span(file)), "the file is written");
	fd = open(path, O_RDONLY);
	CHECK_EQUAL(pack_file(&result, fd, &options), STATUS_OK, "the file is packed");
	close(fd);
	CHECK(write_file(c->path, bytes_span(&c->car)), "the CAR is written");
	c->root = result.root;
	c->bytes = result.bytes;
	c->blocks = result.blocks;
}

/* Chunks that repeat, and (@large) more blocks than one step of inheriting takes. */
static void make_contents(void)
{
	struct bytes file = {0};

	for (unsigned i = 0; i < CHUNKS; i++)
		for (size_t end = file.len + CHUNK; file.len < end;)
			bytes_append_byte(&file, (uint8_t)(i % DISTINCT + (end - file.len) % 7));
	pack(&content, "file", &file, CHUNK, 5);
	CHECK(content.blocks < CHUNKS, "some chunks repeat");
	bytes_clear(&file);
	for (unsigned i = 0; i < 40000; i++)
		bytes_append_format(&file, "%8u", i);
	pack(&large, "large", &file, 8, 64);
	CHECK(large.blocks > 2 * 16384, "the large content is several steps");
	bytes_release(&file);
}

/* Parties. */

static void open_party(struct party *p, const char *name)
{
	uint8_t seed[32] = {0};
	struct kv_txn *t;
	char path[128];

	snprintf((char *)seed, sizeof(seed), "%s", name);
	snprintf(path, sizeof(path), "%s/home-%s", folder, name);
	*p = (struct party){.network = NETWORK_MAIN, .now = 1, .has_key = true};
	CHECK(key_from_seed(&p->key, seed) == STATUS_OK && ledger_open(&p->ledger, ledger_path) == STATUS_OK &&
			store_open(&p->store, path, KV_CREATE) == STATUS_OK &&
			kv_begin_write(store_kv(p->store), &t) == STATUS_OK && store_init_ids(t, seed) == STATUS_OK &&
			kv_commit(&t) == STATUS_OK,
		"a party opens");
}

static void close_party(struct party *p)
{
	store_close(p->store);
	ledger_close(p->ledger);
}

static struct address address_of_name(const char *name)
{
	uint8_t seed[32] = {0};
	struct key key;

	snprintf((char *)seed, sizeof(seed), "%s", name);
	CHECK_EQUAL(key_from_seed(&key, seed), STATUS_OK, "a key");
	return address_of_key(key.public);
}

static void begin(void)
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

static void offer(const char *name, const struct goods *c, uint64_t unseal, uint64_t price, uint64_t interval)
{
	struct offer_terms terms = {.price_per_byte = afil(price),
		.unseal_price = afil(unseal),
		.interval = interval,
		.increase = INCREASE,
		.payee = address_of_name(name)};
	struct bytes said = {0};
	struct party p;

	open_party(&p, name);
	CHECK_EQUAL(seller_offer(&p, &said, c->path, &terms), STATUS_OK, "the content is offered");
	close_party(&p);
	bytes_release(&said);
}

static void print_findings(const struct findings *found)
{
	for (size_t i = 0; i < findings_kept(found); i++)
		fprintf(stderr, "(%u) %s\n", findings_at(found, i)->rule, findings_at(found, i)->text);
}

static void check_party(const char *name)
{
	struct findings found = {0};
	struct kv_txn *t;
	struct party p;

	open_party(&p, name);
	CHECK_EQUAL(kv_begin_read(store_kv(p.store), &t), STATUS_OK, "a store is readable");
	CHECK_EQUAL(check_store(&found, p.store, t, p.ledger, p.network), STATUS_OK, "a store can be checked");
	if (!CHECK_EQUAL(found.count, 0, "a store holds together"))
		print_findings(&found);
	findings_release(&found);
	kv_abort(&t);
	close_party(&p);
}

static void end(const char *providers)
{
	char command[200], name[2] = {0};

	check_party("client");
	for (; *providers != '\0'; providers++) {
		name[0] = *providers;
		check_party(name);
	}
	snprintf(command, sizeof(command), "rm -rf '%s'/home-* '%s'", folder, ledger_path);
	CHECK(system(command) == 0, "the scratch state goes away");
}

/* Deals. */

static struct proposal_request request_of(
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
		.max_price = none(),
		.max_total = afil(100000000)};
}

/* A deal that buyer_run() is to ask for. */
static uint64_t propose(const char *provider, const struct goods *c, uint64_t unseal, uint64_t interval)
{
	struct proposal_request r = request_of(provider, c, unseal, PRICE, interval);
	struct client_deal d = {0};
	struct party p;

	open_party(&p, "client");
	CHECK_EQUAL(buyer_propose(&p, NULL, &d, &r), STATUS_OK, "the client proposes");
	close_party(&p);
	return d.id;
}

static struct client_deal client_deal(uint64_t id)
{
	struct client_deal d = {0};
	struct party p;

	open_party(&p, "client");
	CHECK_EQUAL(party_get_client(&p, &d, id), STATUS_OK, "the client has the deal");
	close_party(&p);
	return d;
}

static struct provider_deal provider_deal(const char *name, uint64_t id)
{
	struct provider_deal d = {0};
	struct party p;

	open_party(&p, name);
	CHECK_EQUAL(party_get_provider(&p, &d, id), STATUS_OK, "the provider has the deal");
	close_party(&p);
	return d;
}

/** struct trade - one connection, as the client has it. */
struct trade {
	volatile int stop;
	uint64_t stop_after;  /* received blocks; UINT64_MAX to go on to the end */
	uint64_t block_bytes; /* that came */
	bool deaf;            /* stop with the first frame, before it is taken */
};

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
		open_party(&p, name);
		s = seller_run(&p, &line, NULL, &shop);
		close_party(&p);
		_exit(status_class(s));
	}
	close(fds[1]);
	return child;
}

/* Go through a deal with a provider, over a connection of its own, until it is over or @x says stop. */
static enum status trade(struct trade *x, const char *provider, uint64_t deal, uint64_t from)
{
	struct purchase purchase = {.deal = deal, .from = from, .max_total = none(), .progress = look, .ctx = x};
	struct connection line = {.stop = &x->stop, .wake = -1, .heard = hear, .said = say, .ctx = x};
	struct party client;
	enum status s;
	int fds[2];
	pid_t child = serve(provider, fds);

	x->stop = x->deaf;
	bytes_clear(&conversation[SIDE_CLIENT]);
	bytes_clear(&conversation[SIDE_PROVIDER]);
	open_party(&client, "client");
	line.in = line.out = fds[0];
	s = buyer_run(&client, &line, &purchase);
	if (s != STATUS_OK && s != STATUS_END && x->stop_after == UINT64_MAX)
		fprintf(stderr, "  said: %s\n", client.why);
	close_party(&client);
	close(fds[0]);
	waitpid(child, NULL, 0);
	return s;
}

/* A deal with @provider that is cut off after @blocks blocks. */
static uint64_t cut_off(const char *provider, const struct goods *c, uint64_t blocks)
{
	uint64_t deal = propose(provider, c, 0, SLOWLY);
	struct trade x = {.stop_after = blocks};

	CHECK_EQUAL(trade(&x, provider, deal, 0), STATUS_END, "the first provider is cut off");
	CHECK_EQUAL(client_deal(deal).blocks_received, blocks, "when it has brought so much");
	return deal;
}

static int is_whole(uint64_t deal, const struct goods *c)
{
	struct bytes car;
	char path[128];
	struct party p;
	int same;

	snprintf(path, sizeof(path), "%s/copy.car", folder);
	open_party(&p, "client");
	CHECK_EQUAL(buyer_publish(&p, deal, path), STATUS_OK, "the CAR is published");
	close_party(&p);
	car = read_file(path);
	same = span_equal(bytes_span(&car), bytes_span(&c->car));
	bytes_release(&car);
	return same;
}

/* Both sides have completed; nothing was paid but what @provider brought, and all is there. */
static void check_rest(uint64_t deal, const char *provider, uint64_t inherited, uint64_t came, uint64_t unseal)
{
	struct client_deal c = client_deal(deal);
	struct provider_deal d = provider_deal(provider, deal);
	struct amount price = afil((content.bytes - inherited) * PRICE + unseal);

	CHECK(c.state == DEAL_COMPLETED && d.state == DEAL_COMPLETED, "both sides complete");
	CHECK_EQUAL(c.inherited, inherited, "what the first provider brought is inherited");
	CHECK_EQUAL(c.total_received, content.bytes - inherited, "and the rest is received");
	CHECK_EQUAL(c.inherited_blocks + c.blocks_received, content.blocks, "every block once");
	CHECK_EQUAL(d.total_sent, came, "what is billed is what was sent");
	CHECK_EQUAL(d.total_sent, c.total_received, "and what was received");
	CHECK_EQUAL(d.blocks_sent, c.blocks_received, "block by block");
	CHECK_EQUAL(d.held, c.held, "both know what was held");
	CHECK(amount_cmp(&c.funds_spent, &price) == 0 && amount_cmp(&d.funds_received, &price) == 0,
		"the price is that of the rest");
	CHECK(amount_cmp(&c.total_funds, &price) == 0, "and no more was set aside for it");
	CHECK(is_whole(deal, &content), "the CAR is that of a plain deal, byte for byte");
}

/* What was said on the last connection, as a recording, holds together. */
static void check_as_recording(void)
{
	CLEAN_RECORDING struct recording recording = {0};
	struct recording_sums sums;
	char path[4][128], cid[CID_TEXT_MAX], meta[256];
	struct findings found = {0};

	snprintf(meta, sizeof(meta), "{\"root\": \"%s\", \"final_client_status\": \"%s\"}",
		cid_text(cid, &content.root), deal_state_name(DEAL_COMPLETED));
	snprintf(path[0], sizeof(path[0]), "%s/client.frames", folder);
	snprintf(path[1], sizeof(path[1]), "%s/provider.frames", folder);
	snprintf(path[2], sizeof(path[2]), "%s/content.car", folder);
	snprintf(path[3], sizeof(path[3]), "%s/meta.json", folder);
	CHECK(write_file(path[0], bytes_span(&conversation[SIDE_CLIENT])) &&
			write_file(path[1], bytes_span(&conversation[SIDE_PROVIDER])) &&
			write_file(path[2], bytes_span(&content.car)) && write_file(path[3], span_text(meta)),
		"the frames are written");
	CHECK_EQUAL(check_recording(&found, &sums, &recording, folder), STATUS_OK, "the recording is read");
	if (!CHECK_EQUAL(found.count, 0, "the recording holds together"))
		print_findings(&found);
	findings_release(&found);
}

/* The first provider is cut off after @blocks blocks, and the second brings the rest. */
static void test_second_provider(uint64_t blocks, uint64_t unseal)
{
	uint64_t first, second, inherited;
	struct trade x = {.stop_after = UINT64_MAX};

	begin();
	offer("a", &content, 0, PRICE, SLOWLY);
	offer("b", &content, unseal, PRICE, INTERVAL);
	first = cut_off("a", &content, blocks);
	inherited = client_deal(first).total_received;
	second = propose("b", &content, unseal, INTERVAL);
	CHECK_EQUAL(trade(&x, "b", second, first), STATUS_OK, "the second provider brings the rest");
	check_rest(second, "b", inherited, x.block_bytes, unseal);
	check_as_recording();
	if (blocks == content.blocks && unseal == 0) {
		struct client_deal d = client_deal(second);

		CHECK(address_is_none(&d.channel), "where nothing is left no channel is opened");
	}
	end("ab");
}

/* Each of three is cut off, and the first one's successor too; cut again, the last goes on as any deal does. */
static void test_third_provider(void)
{
	uint64_t first, second, third, inherited;
	struct trade x = {.stop_after = 7}, y = {.stop_after = 4}, z = {.stop_after = UINT64_MAX};

	begin();
	offer("a", &content, 0, PRICE, SLOWLY);
	offer("b", &content, 0, PRICE, SLOWLY);
	offer("c", &content, 0, PRICE, SLOWLY);
	first = cut_off("a", &content, 5);
	second = propose("b", &content, 0, SLOWLY);
	CHECK_EQUAL(trade(&x, "b", second, first), STATUS_END, "the second is cut off too");
	inherited = client_deal(second).inherited + client_deal(second).total_received;
	CHECK_EQUAL(client_deal(second).inherited_blocks + client_deal(second).blocks_received, 12, "after 12 blocks");
	third = propose("c", &content, 0, SLOWLY);
	CHECK_EQUAL(trade(&y, "c", third, second), STATUS_END, "and the third");
	CHECK_EQUAL(trade(&z, "c", third, second), STATUS_OK, "which goes on when asked again");
	check_rest(third, "c", inherited, y.block_bytes + z.block_bytes, 0);
	end("abc");
}

/* Once a deal was asked for, what its request said stays, whatever is there to inherit later. */
static void test_asked_before(void)
{
	struct proposal_request r = request_of("b", &content, 0, PRICE, INTERVAL);
	uint64_t first, second;
	struct trade deaf = {.deaf = true}, x = {.stop_after = UINT64_MAX};
	struct bytes frames = {0}, again = {0};
	struct client_deal d;
	struct party p;

	begin();
	offer("a", &content, 0, PRICE, SLOWLY);
	offer("b", &content, 0, PRICE, INTERVAL);
	first = cut_off("a", &content, 6);
	second = propose("b", &content, 0, INTERVAL);
	CHECK_EQUAL(trade(&deaf, "b", second, 0), STATUS_END, "it is asked for, and the answer is lost");
	CHECK_EQUAL(client_deal(second).state, DEAL_WAIT_FOR_ACCEPTANCE, "nobody accepted, as far as the client knows");
	CHECK_EQUAL(trade(&x, "b", second, first), STATUS_OK, "asked again, it goes on");
	check_rest(second, "b", 0, x.block_bytes, 0);
	open_party(&p, "client");
	r.max_total = afil(99999999);
	CHECK_EQUAL(buyer_propose(&p, &frames, &d, &r), STATUS_OK, "a request by hand");
	CHECK(!client_may_inherit(&d), "has left too");
	r.max_total = afil(99999998);
	CHECK_EQUAL(buyer_propose(&p, NULL, &d, &r), STATUS_OK, "a request to come");
	CHECK(client_may_inherit(&d), "has not");
	CHECK_EQUAL(buyer_propose(&p, &again, &d, &r), STATUS_OK, "the same by hand");
	CHECK(!client_may_inherit(&d), "has");
	close_party(&p);
	bytes_release(&frames);
	bytes_release(&again);
	end("ab");
}

/* A proposal by hand for a deal that has inherited says so as well, with the same bytes each time. */
static void test_proposal_says_held(void)
{
	struct proposal_request r = request_of("b", &content, 0, PRICE, INTERVAL);
	struct graphsync_request request;
	struct graphsync_message m;
	struct bytes frames = {0}, again = {0};
	struct client_deal d;
	struct receiver *receiver = NULL;
	struct party p;
	uint64_t first;

	begin();
	offer("a", &content, 0, PRICE, SLOWLY);
	first = cut_off("a", &content, 6);
	open_party(&p, "client");
	CHECK_EQUAL(buyer_propose(&p, NULL, &d, &r), STATUS_OK, "the client proposes");
	CHECK(receiver_new(&receiver, &p) == STATUS_OK && receiver_open(receiver, d.id) == STATUS_OK &&
			receiver_seed(receiver, first) == STATUS_OK,
		"the deal inherits");
	CHECK_EQUAL(receiver_seed(receiver, first), STATUS_OK, "once");
	CHECK_EQUAL(receiver_deal(receiver)->inherited_blocks, 6, "what there was");
	receiver_free(receiver);
	CHECK(buyer_propose(&p, &frames, &d, &r) == STATUS_OK && buyer_propose(&p, &again, &d, &r) == STATUS_OK,
		"it is proposed by hand, twice");
	CHECK(d.held >= 6 && span_equal(bytes_span(&frames), bytes_span(&again)), "with the same bytes");
	CHECK(graphsync_decode(&m, span_of(frames.data + 2, frames.len - 2)) == STATUS_OK &&
			graphsync_next_request(&request, &m.requests) && request_skip_links(&request) == d.held,
		"which say what is held");
	close_party(&p);
	bytes_release(&frames);
	bytes_release(&again);
	end("a");
}

/* What can't be meant is an error; what is not there is not. */
static void test_wrong_older(void)
{
	struct receiver *receiver = NULL;
	struct proposal_request r = request_of("b", &content, 0, PRICE, INTERVAL);
	struct client_deal d, empty, other;
	struct party p;

	begin();
	open_party(&p, "client");
	CHECK_EQUAL(buyer_propose(&p, NULL, &d, &r), STATUS_OK, "a deal");
	r.provider = address_of_name("a");
	CHECK_EQUAL(buyer_propose(&p, NULL, &empty, &r), STATUS_OK, "one with nothing in it");
	r.payload = large.root;
	CHECK_EQUAL(buyer_propose(&p, NULL, &other, &r), STATUS_OK, "one for another payload");
	CHECK(receiver_new(&receiver, &p) == STATUS_OK && receiver_open(receiver, d.id) == STATUS_OK, "it is opened");
	CHECK_EQUAL(receiver_seed(receiver, 12345), STATUS_NOT_FOUND, "no such deal");
	CHECK_EQUAL(receiver_seed(receiver, other.id), STATUS_WRONG_DEAL, "another payload");
	CHECK_EQUAL(receiver_seed(receiver, d.id), STATUS_OK, "itself");
	CHECK_EQUAL(receiver_seed(receiver, empty.id), STATUS_OK, "nothing at all");
	CHECK_EQUAL(receiver_deal(receiver)->inherited, 0, "is what is inherited of these");
	receiver_free(receiver);
	close_party(&p);
	end("");
}

enum damage { FLIP_BYTE, CUT_SHORT, GONE, NO_HEADER, BAD_LENGTH, DAMAGE_COUNT };

/* Where the older CAR is damaged its use ends; the rest is bought, and what comes of it is right. */
static void test_damage(enum damage how)
{
	static const char *const names[] = {"a flipped byte", "a cut", "no file", "no header", "a length of nonsense"};
	uint64_t first, second;
	struct trade x = {.stop_after = UINT64_MAX};
	struct bytes car, whole;
	char path[128];
	size_t middle;

	begin();
	offer("a", &content, 0, PRICE, SLOWLY);
	offer("b", &content, 0, PRICE, INTERVAL);
	first = cut_off("a", &content, 12);
	snprintf(path, sizeof(path), "%s/home-client/blocks/%llu.car", folder, (unsigned long long)first);
	car = read_file(path);
	whole = read_file(path);
	middle = car.len / 2;
	if (how == FLIP_BYTE)
		car.data[middle] ^= 1;
	else if (how == NO_HEADER)
		memset(car.data, 0, 64);
	else if (how == BAD_LENGTH)
		memset(car.data + middle, 0xff, car.len - middle);
	CHECK(write_file(path, span_of(car.data, how == CUT_SHORT ? middle : car.len)), "the CAR is damaged");
	if (how == GONE)
		unlink(path);
	second = propose("b", &content, 0, INTERVAL);
	CHECK_EQUAL(trade(&x, "b", second, first), STATUS_OK, names[how]);
	CHECK(client_deal(second).inherited < client_deal(first).total_received, "not all is inherited");
	CHECK((client_deal(second).inherited != 0) == (how != GONE && how != NO_HEADER), "but what is right is");
	check_rest(second, "b", client_deal(second).inherited, x.block_bytes, 0);
	CHECK(write_file(path, bytes_span(&whole)), "the older deal's blocks are repaired, for the checker");
	bytes_release(&car);
	bytes_release(&whole);
	end("ab");
}

/* Kills. */

/* Inherit in a process that is killed after @us microseconds; 0 for never. Returns whether it came to its end. */
static bool inherit_until(uint64_t deal, uint64_t from, long us)
{
	struct itimerval timer = {.it_value = {us / 1000000, us % 1000000}};
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		struct receiver *r = NULL;
		struct party p;
		enum status s;

		setitimer(ITIMER_REAL, &timer, NULL);
		open_party(&p, "client");
		s = receiver_new(&r, &p);
		if (s == STATUS_OK)
			s = receiver_open(r, deal);
		if (s == STATUS_OK)
			s = receiver_seed(r, from);
		_exit(s == STATUS_OK ? 0 : 1);
	}
	waitpid(child, &status, 0);
	CHECK(WIFSIGNALED(status) || WEXITSTATUS(status) == 0, "it is killed, or inherits");
	return !WIFSIGNALED(status);
}

/* What is kept is what the deal says, and the beginning of the right CAR. */
static void check_beginning(uint64_t deal)
{
	struct client_deal d = client_deal(deal);
	struct bytes car;
	char path[128];

	check_party("client");
	snprintf(path, sizeof(path), "%s/home-client/blocks/%llu.car", folder, (unsigned long long)deal);
	car = read_file(path);
	CHECK(car.len <= large.car.len && (car.len == 0 || memcmp(car.data, large.car.data, car.len) == 0),
		"what is there is right");
	CHECK(d.unasked && d.total_received == 0 && d.blocks_received == 0, "and belongs to no provider");
	bytes_release(&car);
}

/* Killed anywhere, inheriting leaves something right, and the next run goes on. */
static void test_kills(void)
{
	uint64_t first, second, third, before = 0, midway = 0;
	struct trade x = {.stop_after = UINT64_MAX}, y = {.stop_after = UINT64_MAX}, z = {.stop_after = UINT64_MAX};
	struct amount nothing = amount_zero();
	struct client_deal d = {0};
	bool over = false;

	begin();
	offer("a", &large, 0, 0, INTERVAL);
	offer("b", &large, 0, PRICE, INTERVAL);
	first = propose("a", &large, 0, INTERVAL);
	CHECK_EQUAL(trade(&x, "a", first, 0), STATUS_OK, "the first deal brings all");
	second = propose("b", &large, 0, INTERVAL);
	for (long us = 1000; !over; us += us / 4) {
		over = inherit_until(second, first, us);
		d = client_deal(second);
		CHECK(d.inherited >= before, "what is inherited is not lost");
		midway += d.inherited_blocks != 0 && d.inherited_blocks != large.blocks;
		before = d.inherited;
		check_beginning(second);
	}
	CHECK(midway != 0, "a kill came between two steps");
	CHECK_EQUAL(before, large.bytes, "in the end it is all");
	CHECK_EQUAL(trade(&y, "b", second, first), STATUS_OK, "nothing is left to bring");
	CHECK_EQUAL(y.block_bytes, 0, "and nothing comes");
	d = client_deal(second);
	CHECK(d.state == DEAL_COMPLETED && provider_deal("b", second).state == DEAL_COMPLETED &&
			amount_cmp(&d.funds_spent, &nothing) == 0 && is_whole(second, &large),
		"the deal is complete, whole, and free");
	third = propose("b", &large, 0, SLOWLY);
	CHECK_EQUAL(trade(&z, "b", third, second), STATUS_OK, "a deal that inherits it all at once");
	d = client_deal(third);
	CHECK(z.block_bytes == 0 && d.inherited_blocks == large.blocks && is_whole(third, &large),
		"is whole and free too");
	end("ab");
}

/* Lies. */

/** struct by_hand - a deal by the steps of the tools, between a provider that is open here and a client that lies. */
struct by_hand {
	struct party p;
	struct client_deal d;
};

static void begin_by_hand(struct by_hand *h, const char *provider, uint64_t unseal)
{
	struct proposal_request r = request_of(provider, &content, unseal, PRICE, INTERVAL);
	struct party client;

	begin();
	offer(provider, &content, unseal, PRICE, INTERVAL);
	open_party(&client, "client");
	CHECK_EQUAL(buyer_propose(&client, NULL, &h->d, &r), STATUS_OK, "the client proposes");
	close_party(&client);
	open_party(&h->p, provider);
}

static enum status claim(struct by_hand *h, struct bytes *answer, uint64_t held)
{
	struct bytes frames = {0};
	struct span body;
	uint64_t deal;
	enum status s;

	frames_proposal(&frames, &h->d, held);
	body = span_of(frames.data + 2, frames.len - 2); /* its length takes two bytes */
	s = seller_take_body(&h->p, answer, &deal, body, NULL);
	bytes_release(&frames);
	return s;
}

static enum status send_blocks(struct by_hand *h, struct bytes *stream)
{
	return seller_send(&h->p, h->d.id, &(struct sink){gather, NULL, stream});
}

/* A client that claims to hold everything, and more, has nothing to get and nothing to pay. */
static void test_holds_too_much(uint64_t unseal)
{
	struct bytes answer = {0}, stream = {0}, again = {0};
	struct provider_deal d;
	struct by_hand h;

	begin_by_hand(&h, "b", unseal);
	CHECK_EQUAL(claim(&h, &answer, UINT64_MAX), STATUS_OK, "the proposal is accepted");
	CHECK_EQUAL(send_blocks(&h, &stream), unseal != 0 ? STATUS_PAYMENT_NEEDED : STATUS_OK,
		"what is not the bytes' price is asked for");
	CHECK_EQUAL(send_blocks(&h, &again), unseal != 0 ? STATUS_PAYMENT_NEEDED : STATUS_OK, "again");
	CHECK(span_equal(bytes_span(&stream), bytes_span(&again)), "and the same bytes come out");
	CHECK_EQUAL(party_get_provider(&h.p, &d, h.d.id), STATUS_OK, "the deal is there");
	CHECK_EQUAL(d.state, unseal != 0 ? DEAL_FUNDS_NEEDED_LAST_PAYMENT : DEAL_COMPLETED, "at its end");
	CHECK(d.total_sent == 0 && d.blocks_sent == 0 && d.held_blocks == content.blocks, "nothing was sent");
	close_party(&h.p);
	bytes_release(&answer);
	bytes_release(&stream);
	bytes_release(&again);
	end("b");
}

/* What is held is fixed at acceptance; another number later is how far the client says that it has come. */
static void test_claim_changes(uint64_t held, uint64_t later)
{
	struct bytes answer = {0}, repeated = {0}, stream = {0}, again = {0};
	struct sender *sender = NULL;
	struct provider_deal before, after;
	struct by_hand h;

	begin_by_hand(&h, "b", 0);
	CHECK_EQUAL(claim(&h, &answer, held), STATUS_OK, "the proposal is accepted");
	CHECK_EQUAL(send_blocks(&h, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	CHECK_EQUAL(party_get_provider(&h.p, &before, h.d.id), STATUS_OK, "the deal is there");
	CHECK_EQUAL(claim(&h, &repeated, later), STATUS_OK, "it is proposed again");
	CHECK(span_equal(bytes_span(&answer), bytes_span(&repeated)), "and gets the same answer");
	CHECK(sender_new(&sender, &h.p, h.d.id) == STATUS_OK &&
			sender_go(sender, later, &(struct sink){gather, NULL, &again}) == STATUS_PAYMENT_NEEDED,
		"it is sent again");
	sender_free(sender);
	CHECK_EQUAL(party_get_provider(&h.p, &after, h.d.id), STATUS_OK, "the deal is there");
	CHECK(after.held == held && after.held_blocks == before.held_blocks, "what is held is the same");
	CHECK(after.total_sent == before.total_sent && after.blocks_sent == before.blocks_sent,
		"what is billed is the same");
	CHECK(later > held ? again.len < stream.len : span_equal(bytes_span(&again), bytes_span(&stream)),
		"no link is sent that is held, or that has come since");
	close_party(&h.p);
	bytes_release(&answer);
	bytes_release(&repeated);
	bytes_release(&stream);
	bytes_release(&again);
	end("b");
}

/* The provider's whole side of a connection on which one proposal comes in. */
static void serve_file(struct party *p, const struct bytes *frames, struct bytes *out)
{
	char in_path[96], out_path[96];
	struct connection line = {.wake = -1};
	struct serving_log shop = {0};

	snprintf(in_path, sizeof(in_path), "%s/in", folder);
	snprintf(out_path, sizeof(out_path), "%s/out", folder);
	CHECK(write_file(in_path, bytes_span(frames)), "the frames are written");
	line.in = open(in_path, O_RDONLY);
	line.out = open(out_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	CHECK_EQUAL(seller_run(p, &line, NULL, &shop), STATUS_END, "the connection ends early");
	close(line.in);
	close(line.out);
	*out = read_file(out_path);
}

/* validate and send-blocks say what serve says. */
static void test_steps_as_serve(uint64_t held)
{
	struct bytes steps = {0}, served = {0}, frames = {0};
	struct provider_deal by_steps = {0}, by_serve = {0};
	struct by_hand h;

	begin_by_hand(&h, "b", 0);
	offer("c", &content, 0, PRICE, INTERVAL);
	CHECK_EQUAL(claim(&h, &steps, held), STATUS_OK, "the proposal is accepted");
	CHECK_EQUAL(send_blocks(&h, &steps), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	CHECK_EQUAL(party_get_provider(&h.p, &by_steps, h.d.id), STATUS_OK, "the deal is there");
	close_party(&h.p);
	open_party(&h.p, "c");
	frames_proposal(&frames, &h.d, held);
	serve_file(&h.p, &frames, &served);
	CHECK_EQUAL(party_get_provider(&h.p, &by_serve, h.d.id), STATUS_OK, "the deal is there");
	close_party(&h.p);
	CHECK(span_equal(bytes_span(&steps), bytes_span(&served)), "both say the same");
	CHECK(by_steps.held == held && by_serve.held == held && by_steps.total_sent == by_serve.total_sent &&
			by_steps.held_blocks == by_serve.held_blocks,
		"and count the same");
	bytes_release(&steps);
	bytes_release(&served);
	bytes_release(&frames);
	end("bc");
}

/* A provider that sends all from the start, whatever is held: what is there is ignored, and not paid for. */
static void test_sends_all_the_same(void)
{
	uint64_t first, second, inherited;
	struct bytes frames = {0}, stream = {0}, payment = {0};
	struct receiver *receiver = NULL;
	struct client_deal d;
	struct party client, provider;
	struct amount no_ceiling = none();
	struct by_hand h;
	struct span rest;
	enum status s = STATUS_OK;

	begin();
	offer("a", &content, 0, PRICE, SLOWLY);
	offer("b", &content, 0, PRICE, INTERVAL);
	first = cut_off("a", &content, 2);
	second = propose("b", &content, 0, INTERVAL);
	h.d = client_deal(second);
	open_party(&h.p, "b");
	CHECK_EQUAL(claim(&h, &stream, 0), STATUS_OK, "the provider does not listen");
	CHECK_EQUAL(send_blocks(&h, &stream), STATUS_PAYMENT_NEEDED, "and sends from the start");
	provider = h.p;
	close_party(&provider);
	open_party(&client, "client");
	CHECK(receiver_new(&receiver, &client) == STATUS_OK && receiver_open(receiver, second) == STATUS_OK &&
			receiver_seed(receiver, first) == STATUS_OK,
		"the deal inherits");
	CHECK_EQUAL(receiver_request(receiver, &frames), STATUS_OK, "and asks");
	inherited = receiver_deal(receiver)->inherited;
	for (rest = bytes_span(&stream); rest.len != 0 && s == STATUS_OK;) {
		uint64_t length = 0;
		size_t used = 0;

		CHECK_EQUAL(varint_decode(&length, &used, rest.data, rest.len), STATUS_OK, "a frame");
		s = receiver_take(receiver, span_of(rest.data + used, length));
		rest = span_of(rest.data + used + length, rest.len - used - length);
	}
	CHECK_EQUAL(s, STATUS_BAD_MESSAGE, "it asks for more than is due");
	CHECK_EQUAL(receiver_finish(receiver), STATUS_OK, "what was right before that is kept");
	d = *receiver_deal(receiver);
	receiver_free(receiver);
	CHECK(d.inherited == inherited && d.inherited_blocks == 2, "what was inherited is so still");
	CHECK(d.total_received <= INTERVAL + CHUNK, "what came twice was not received");
	CHECK(buyer_pay(&client, &payment, NULL, second, &no_ceiling) != STATUS_OK && payment.len == 0,
		"and nothing is paid");
	close_party(&client);
	bytes_release(&frames);
	bytes_release(&stream);
	bytes_release(&payment);
	end("ab");
}

/* The ceiling is for what has to be bought. */
static void test_ceiling(void)
{
	struct proposal_request r = request_of("b", &content, 0, PRICE, INTERVAL);
	struct client_deal d;
	struct party p;

	begin();
	open_party(&p, "client");
	r.max_total = afil((content.bytes - 5000) * PRICE);
	CHECK_EQUAL(buyer_propose(&p, NULL, &d, &r), STATUS_TOO_DEAR, "the whole is above the ceiling");
	r.seeded_bytes = 4999;
	CHECK_EQUAL(buyer_propose(&p, NULL, &d, &r), STATUS_TOO_DEAR, "and so is too large a rest");
	r.seeded_bytes = 5000;
	CHECK_EQUAL(buyer_propose(&p, NULL, &d, &r), STATUS_OK, "but not the right one");
	close_party(&p);
	end("");
}

int main(void)
{
	char command[128];

	snprintf(folder, sizeof(folder), "%s/retrieval-inherit-XXXXXX",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!CHECK(mkdtemp(folder) != NULL, "a scratch folder"))
		return test_end();
	signal(SIGPIPE, SIG_IGN);
	snprintf(ledger_path, sizeof(ledger_path), "%s/ledger", folder);
	make_contents();
	for (uint64_t blocks = 1; blocks <= content.blocks; blocks++)
		test_second_provider(blocks, 0);
	test_second_provider(9, 500);
	test_second_provider(content.blocks, 500);
	test_third_provider();
	test_asked_before();
	test_proposal_says_held();
	test_wrong_older();
	for (int how = 0; how < DAMAGE_COUNT; how++)
		test_damage((enum damage)how);
	test_kills();
	test_holds_too_much(0);
	test_holds_too_much(500);
	test_claim_changes(6, 0);
	test_claim_changes(6, 6);
	test_claim_changes(6, 8);
	test_claim_changes(6, UINT64_MAX);
	test_steps_as_serve(0);
	test_steps_as_serve(6);
	test_sends_all_the_same();
	test_ceiling();
	bytes_release(&content.car);
	bytes_release(&large.car);
	bytes_release(&conversation[SIDE_CLIENT]);
	bytes_release(&conversation[SIDE_PROVIDER]);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	CHECK(system(command) == 0, "the scratch folder goes away");
	return test_end();
}
