/* watch.c - when a watcher opens the store, when it asks the ledger, and what it tells. */
#include "settle/watch.h"

#include <stdlib.h>

#include "../../support/test.h"
#include "embedded/embedded.h"
#include "party/ledger_place.h"
#include "settle/watch_lock.h"
#include "store/channels.h"

#define PAUSES_MAX 16
#define GENESIS    1690000000 /* unix times */
#define NOW        1700000000

static char folder[64];
static struct party party;
static struct key payer;
static volatile int stop;

/** struct scene - a run of the watcher: what it does, and what happens at each of its pauses. */
static struct scene {
	bool remote;                            /* the ledger is asked as a node is */
	int64_t now;                            /* unix time of a ledger that follows the clock; 0: it does not */
	double stuck;                           /* seconds for which a message may wait; 0: it never waits that long */
	bool stop_at_step;                      /* a signal comes at the first step */
	enum status no_ledger;                  /* opening the ledger fails so */
	unsigned stores, ledgers, epochs_asked; /* opened, and asked */
	unsigned open;                          /* parts that are open */
	unsigned raised;                        /* fees */
	unsigned pauses;                        /* so far */
	void (*at_pause[PAUSES_MAX])(void);
	unsigned told[WATCH_BACK + 1];
	unsigned steps[SETTLE_CHOICE + 1];
	enum status last;
} scene;

static struct ledger_ops ops; /* the embedded ledger's, which may be asked as a node is */

static enum status no_height(void *self, uint64_t *height)
{
	(void)self;
	(void)height;
	return STATUS_NOT_FOUND;
}

static enum status thirty_seconds(void *self, int64_t *seconds)
{
	(void)self;
	*seconds = 30;
	return STATUS_OK;
}

static const char *path_of(const char *name)
{
	static char path[96];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static enum status open_ledger(void)
{
	struct embedded *books;
	enum status s = embedded_open(&books, path_of("ledger"));

	if (s != STATUS_OK)
		return s;
	if (scene.now != 0)
		embedded_set_clock(books, scene.now);
	ops = embedded_ops;
	if (scene.remote) {
		ops.height = no_height;
		ops.epoch_seconds = thirty_seconds;
	}
	return ledger_of(&party.ledger, &ops, books);
}

static enum status open_parts(void *ctx, bool with_ledger)
{
	enum status s = store_open(&party.store, path_of("home"), KV_READ_WRITE);

	(void)ctx;
	CHECK_EQUAL(scene.open++, 0, "nothing was open before");
	scene.stores += s == STATUS_OK;
	if (s != STATUS_OK || !with_ledger)
		return s;
	scene.ledgers++;
	s = scene.no_ledger != STATUS_OK ? scene.no_ledger : open_ledger();
	if (s != STATUS_OK) {
		store_close(party.store);
		party.store = NULL;
		scene.open--;
	}
	return s;
}

static void close_parts(void *ctx)
{
	(void)ctx;
	store_close(party.store);
	ledger_close(party.ledger);
	party.store = NULL;
	party.ledger = NULL;
	scene.open--;
}

/* Time does not pass: what happens next is a list. */
static void next(void *ctx, double seconds)
{
	unsigned pause = scene.pauses++;

	(void)ctx;
	CHECK(seconds >= 0.2, "a pause");
	CHECK_EQUAL(scene.open, 0, "nothing is open in a pause");
	if (pause >= PAUSES_MAX || scene.at_pause[pause] == NULL)
		stop = 1;
	else
		scene.at_pause[pause]();
}

static void tell(void *ctx, const struct watch_event *event)
{
	(void)ctx;
	scene.told[event->kind]++;
	scene.last = event->status;
	if (event->kind == WATCH_STEP)
		scene.steps[event->step->step]++;
	if (event->kind == WATCH_RAISED)
		scene.raised += event->raised->step == BUMP_RAISED;
	if (scene.stop_at_step)
		stop = 1;
}

static void nothing(void)
{
}

static enum status watch(void)
{
	const struct watch_caller caller = {open_parts, close_parts, next, tell, NULL};
	const struct watch_options options = {
		.policy = {.spare = true, .keep_open = true, .at_a_loss = scene.stuck > 0}, .stuck = scene.stuck};

	stop = 0;
	party.stop = &stop;
	return settle_watch(&party, &options, &caller);
}

/* What others do. */

static struct key key_of(uint8_t seed)
{
	uint8_t bytes[KEY_SECRET_SIZE] = {seed};
	struct key key;

	CHECK_EQUAL(key_from_seed(&key, bytes), STATUS_OK, "a key");
	return key;
}

static unsigned lanes = 1; /* of a new channel */

static void add_lane(struct kv_txn *txn, const struct address *channel, uint64_t number, uint64_t amount)
{
	struct lane_record lane = {.lane = number, .nonce = 1, .amount = amount_u64(amount)};
	struct voucher voucher = {.channel = *channel, .lane = number, .nonce = 1, .amount = amount_u64(amount)};
	CLEAN_BYTES struct bytes bytes = {0};

	CHECK_EQUAL(voucher_sign(&voucher, &payer), STATUS_OK, "sign");
	voucher_write(&bytes, &voucher);
	CHECK(store_put_lane(txn, channel, &lane) == STATUS_OK &&
			store_put_voucher(txn, channel, number, 1, bytes_span(&bytes)) == STATUS_OK,
		"a voucher");
}

/* A channel of 1000 afil on the ledger; with a voucher of @amount on each lane in the store, if that is not 0. */
static void add_channel(uint64_t id, uint64_t amount)
{
	struct address address = address_of_id(id), from = address_of_key(payer.public),
		       to = address_of_key(party.key.public);
	struct channel channel = {.address = address,
		.from = from,
		.to = to,
		.committed = amount_zero(),
		.reserved = amount_zero(),
		.lost = amount_zero()};
	struct amount balance = amount_u64(1000);
	struct embedded *books;
	struct kv_txn *txn = NULL;

	CHECK(embedded_open(&books, path_of("ledger")) == STATUS_OK &&
			embedded_place(books, &address, &from, &to, &balance) == STATUS_OK,
		"a channel on the ledger");
	embedded_close(books);
	CHECK(store_open(&party.store, path_of("home"), KV_READ_WRITE) == STATUS_OK &&
			kv_begin_write(store_kv(party.store), &txn) == STATUS_OK,
		"the store");
	CHECK_EQUAL(store_put_channel(txn, &channel), STATUS_OK, "a channel");
	for (unsigned lane = 0; lane < lanes && amount != 0; lane++)
		add_lane(txn, &address, lane, amount);
	CHECK_EQUAL(kv_commit(&txn), STATUS_OK, "commit");
	store_close(party.store);
	party.store = NULL;
}

static void add_another(void)
{
	add_channel(102, 200);
}

static void advance(void)
{
	struct embedded *books;
	int64_t now;

	CHECK(embedded_open(&books, path_of("ledger")) == STATUS_OK &&
			embedded_advance(books, PAYCH_SETTLE_DELAY, &now) == STATUS_OK,
		"advance");
	embedded_close(books);
}

static void lose_ledger(void)
{
	scene.no_ledger = STATUS_NO_ANSWER;
}

static void find_ledger(void)
{
	scene.no_ledger = STATUS_OK;
}

static int64_t delay; /* of a new ledger: epochs until a message is executed; then gas has a price, too */

static void fund(void)
{
	struct address us = address_of_key(party.key.public);
	struct amount plenty = amount_u64(UINT64_MAX);
	struct embedded *books;

	CHECK(embedded_open(&books, path_of("ledger")) == STATUS_OK && embedded_fund(books, &us, &plenty) == STATUS_OK,
		"fund");
	embedded_close(books);
}

static void lower_ceiling(void)
{
	party.max_fee = amount_u64(1);
}

static void jump_ahead(void)
{
	scene.now += 13 * 3600;
}

static void jump_back(void)
{
	scene.now -= 48 * 3600;
}

static void make_parts(bool manual)
{
	struct embedded_options o = {.network = NETWORK_MAIN,
		.manual = manual,
		.genesis = GENESIS,
		.identity = {1},
		.delay = delay,
		.gas_price = amount_u64(delay)};
	uint8_t salt[32] = {1};
	struct kv_txn *txn = NULL;

	CHECK_EQUAL(embedded_init(path_of("ledger"), &o), STATUS_OK, "a ledger");
	CHECK(store_open(&party.store, path_of("home"), KV_CREATE) == STATUS_OK &&
			kv_begin_write(store_kv(party.store), &txn) == STATUS_OK,
		"a home");
	CHECK(store_init_ids(txn, salt) == STATUS_OK && kv_commit(&txn) == STATUS_OK, "its ids");
	store_close(party.store);
	party.store = NULL;
}

/* SETTLE 5: what is not due costs no query; what others bring is seen. */
static void test_node(void)
{
	scene = (struct scene){.remote = true, .at_pause = {nothing, nothing, nothing, add_another, nothing, nothing}};
	CHECK_EQUAL(watch(), STATUS_OK, "a watcher ends well");
	CHECK_EQUAL(scene.pauses, 7, "its pauses");
	CHECK_EQUAL(scene.ledgers, 2, "the ledger is asked at the start, and for the new channel");
	CHECK_EQUAL(scene.steps[SETTLE_SUBMIT], 2, "both vouchers are submitted");
	CHECK_EQUAL(scene.told[WATCH_STEP], 2, "nothing else is told");
	CHECK_EQUAL(scene.told[WATCH_FAILED] + scene.told[WATCH_AWAY] + scene.told[WATCH_BACK], 0, "no failure");
}

/* SETTLE 5: a failure is told once, its end once, and all that was due is done afterwards. */
static void test_away(void)
{
	scene = (struct scene){
		.remote = true, .at_pause = {lose_ledger, add_another, nothing, nothing, find_ledger, nothing}};
	add_channel(101, 100);
	CHECK_EQUAL(watch(), STATUS_OK, "a watcher ends well");
	CHECK_EQUAL(scene.told[WATCH_AWAY], 1, "that the ledger is away is told once");
	CHECK_EQUAL(scene.told[WATCH_BACK], 1, "that it is back is told once");
	CHECK_EQUAL(scene.told[WATCH_FAILED], 0, "no channel has failed");
	CHECK_EQUAL(scene.steps[SETTLE_SUBMIT], 2, "the voucher of the time between is submitted");
}

/* Waiting can help, or not. */
static void test_first_look(void)
{
	scene = (struct scene){.no_ledger = STATUS_NO_ANSWER, .at_pause = {nothing, find_ledger, nothing}};
	CHECK_EQUAL(watch(), STATUS_OK, "a node that comes later");
	CHECK(scene.told[WATCH_AWAY] == 1 && scene.told[WATCH_BACK] == 1, "is waited for");
	scene = (struct scene){.no_ledger = STATUS_OTHER_LEDGER, .at_pause = {nothing}};
	CHECK_EQUAL(watch(), STATUS_OTHER_LEDGER, "another ledger is refused");
	CHECK_EQUAL(scene.pauses, 0, "at once");
}

static void ignore(void *ctx, const struct settle_report *r)
{
	(void)ctx;
	(void)r;
}

static void start_settling(void)
{
	struct address address = address_of_id(103);
	struct settle_policy policy = {0};
	enum status s;

	scene.no_ledger = STATUS_OK;
	stop = 0;
	CHECK_EQUAL(open_parts(NULL, true), STATUS_OK, "open");
	s = settle_channel(&party, &address, &policy, ignore, NULL);
	CHECK_EQUAL(s, STATUS_OK, "settle");
	close_parts(NULL);
}

/* A local ledger that is moved by hand: each change is seen at the next look. */
static void test_local(void)
{
	scene = (struct scene){.at_pause = {nothing, advance, nothing}};
	add_channel(103, 300);
	start_settling();
	scene.steps[SETTLE_SUBMIT] = 0;
	CHECK_EQUAL(watch(), STATUS_OK, "a watcher ends well");
	CHECK_EQUAL(scene.steps[SETTLE_WAIT], 1, "the delay is told once");
	CHECK_EQUAL(scene.steps[SETTLE_COLLECT], 1, "the channel is collected");
	CHECK_EQUAL(scene.told[WATCH_FAILED], 0, "no failure");
}

/* A voucher that the ledger refuses is told once, at however many looks. */
static void test_refused(void)
{
	scene = (struct scene){.at_pause = {nothing, advance, nothing, advance, nothing}};
	add_channel(104, 5000);
	CHECK_EQUAL(watch(), STATUS_OK, "a watcher ends well");
	CHECK_EQUAL(scene.steps[SETTLE_SUBMIT], 1, "the voucher is above the funds");
	CHECK_EQUAL(scene.told[WATCH_STEP] + scene.told[WATCH_FAILED], 1, "nothing else is told");
}

/* A signal is heard between two lanes, of which there may be very many. */
static void test_stop(void)
{
	scene = (struct scene){.stop_at_step = true};
	lanes = 3;
	add_channel(105, 10);
	lanes = 1;
	CHECK_EQUAL(watch(), STATUS_OK, "a watcher ends well");
	CHECK_EQUAL(scene.steps[SETTLE_SUBMIT], 1, "after the first lane");
	CHECK_EQUAL(scene.told[WATCH_STEP] + scene.told[WATCH_FAILED] + scene.told[WATCH_AWAY], 1, "without a word");
	scene = (struct scene){.at_pause = {nothing}};
	CHECK_EQUAL(watch(), STATUS_OK, "the next one");
	CHECK_EQUAL(scene.steps[SETTLE_SUBMIT], 2, "goes on");
}

/* A message that waits gets a higher fee, up to the ceiling, and is followed to its end. */
static void test_stuck(void)
{
	scene = (struct scene){.stuck = 1e-9, .at_pause = {nothing, nothing, lower_ceiling, nothing, advance, nothing}};
	party.max_fee = amount_u64(UINT64_MAX);
	add_channel(106, 10);
	fund();
	CHECK_EQUAL(watch(), STATUS_OK, "a watcher ends well");
	CHECK_EQUAL(scene.raised, 2, "the fee is raised at each look");
	CHECK_EQUAL(scene.told[WATCH_RAISED] - scene.raised, 2, "until the ceiling, which is told");
	CHECK_EQUAL(scene.steps[SETTLE_SUBMIT], 2, "the message is sent, and executed");
	CHECK_EQUAL(scene.told[WATCH_FAILED], 0, "no failure");
}

/* A ledger that follows the clock, which jumps back by two days, and forth again, beyond the settle delay. */
static void test_clock_jumps(void)
{
	scene = (struct scene){.now = NOW,
		.at_pause = {nothing, jump_back, nothing, jump_ahead, jump_ahead, jump_ahead, jump_ahead, nothing,
			jump_ahead, nothing}};
	add_channel(103, 300);
	start_settling();
	CHECK_EQUAL(watch(), STATUS_OK, "a watcher ends well");
	CHECK_EQUAL(scene.steps[SETTLE_WAIT], 1, "the delay is told once");
	CHECK_EQUAL(scene.steps[SETTLE_COLLECT], 1, "the channel is collected");
	CHECK_EQUAL(scene.told[WATCH_FAILED] + scene.told[WATCH_AWAY], 0, "no failure");
}

static void test_lock(void)
{
	struct watch_lock first = {-1}, second = {-1};

	CHECK_EQUAL(store_open(&party.store, path_of("home"), KV_READ_WRITE), STATUS_OK, "the store");
	CHECK_EQUAL(watch_lock_take(&first, party.store), STATUS_OK, "the first");
	CHECK_EQUAL(watch_lock_take(&first, party.store), STATUS_OK, "again");
	CHECK_EQUAL(watch_lock_take(&second, party.store), STATUS_BUSY, "a second");
	watch_lock_drop(&first);
	CHECK_EQUAL(watch_lock_take(&second, party.store), STATUS_OK, "after the first");
	watch_lock_drop(&second);
	store_close(party.store);
	party.store = NULL;
}

int main(void)
{
	char command[128];

	snprintf(folder, sizeof(folder), "/tmp/test-watch-XXXXXX");
	if (!CHECK(mkdtemp(folder) != NULL, "a folder to work in"))
		return test_end();
	payer = key_of(1);
	party.key = key_of(2);
	party.has_key = true;
	party.network = NETWORK_MAIN;
	make_parts(true);
	add_channel(100, 50);
	test_node();
	snprintf(command, sizeof(command), "rm -rf %s/*", folder);
	CHECK_EQUAL(system(command), 0, "a new folder");
	make_parts(true);
	test_away();
	test_first_look();
	test_local();
	test_refused();
	test_lock();
	snprintf(command, sizeof(command), "rm -rf %s/*", folder);
	CHECK_EQUAL(system(command), 0, "a new folder");
	make_parts(true);
	test_stop();
	snprintf(command, sizeof(command), "rm -rf %s/*", folder);
	CHECK_EQUAL(system(command), 0, "a new folder");
	delay = 100;
	make_parts(true);
	test_stuck();
	delay = 0;
	snprintf(command, sizeof(command), "rm -rf %s/*", folder);
	CHECK_EQUAL(system(command), 0, "a new folder");
	make_parts(false);
	test_clock_jumps();
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_EQUAL(system(command), 0, "tidy up");
	return test_end();
}
