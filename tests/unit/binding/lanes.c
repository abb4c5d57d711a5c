/* lanes.c - MONEY 16: which lane of a channel the next deal gets, from all that may be known of the lanes before. */
#include <stdlib.h>

#include "../../support/test.h"
#include "binding/lanes.h"
#include "wire/channel_state.h"

#define DRAWS 1000

static struct party party;
static struct kv_txn *txn; /* one for the whole test: nothing of it has to last */
static char folder[64];

/* The lane that follows from these facts. */
static uint64_t next_of(uint64_t next_lane, const struct lane_history *history, uint64_t committed, bool first)
{
	struct channel channel = {.next_lane = next_lane, .committed = amount_u64(committed)};
	enum status s = first ? lanes_draw_first(&party, txn, &channel, history)
			      : lanes_check_next(&party, txn, &channel, history);

	CHECK_EQUAL(s, STATUS_OK, "a lane is chosen");
	return channel.next_lane;
}

static bool is_drawn(uint64_t lane, uint64_t known)
{
	return lane >= known + LANES_PASSED && lane < known + LANES_DRAWN + LANES_SLOTS && lane % LANES_SLOTS == 0;
}

static void test_rows(void)
{
	static const struct {
		uint64_t next, redeemed, committed;
		bool any;
		uint64_t last;
		bool named, drawn;
		uint64_t want; /* the lane, or the highest known one and one more */
		const char *why;
	} rows[] = {
		{0, 0, 0, false, 0, false, false, 0, "a new channel begins at lane 0"},
		{5, 50, 80, true, 4, false, false, 5, "lanes follow each other where the history is known"},
		{5, 80, 80, true, 2, false, false, 5, "all that was signed may be redeemed"},
		{5, 50, 80, true, 5, false, true, 6, "a lane of the ledger's that the home has not given out"},
		{5, 50, 80, true, 70, false, true, 71, "the start is after the ledger's highest lane"},
		{5, 81, 80, true, 4, false, true, 5, "more is redeemed than the home has signed"},
		{5, 81, 80, false, 0, false, true, 5, "the same, by an old reading of the lanes"},
		{5, 50, 80, true, 9, true, false, 10, "the payee has named all lanes: the next one"},
		{5, 81, 80, true, 3, true, false, 5, "the same, and all lanes are known"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct lane_history history = {
			amount_u64(rows[i].redeemed), rows[i].any, rows[i].last, rows[i].named};
		uint64_t lane = next_of(rows[i].next, &history, rows[i].committed, false);

		CHECK(rows[i].drawn ? is_drawn(lane, rows[i].want) : lane == rows[i].want, rows[i].why);
	}
}

/* Draws are spread over their range, and make no tree of more than six levels on a channel that had few lanes. */
static void test_draws(void)
{
	const struct lane_history none = {.redeemed = amount_zero()}, end = {amount_zero(), true, INT64_MAX, false};
	unsigned halves[2] = {0}, same = 0;
	uint64_t before = 0, lane;

	for (unsigned i = 0; i < DRAWS; i++) {
		lane = next_of(0, &none, 0, true);
		CHECK(is_drawn(lane, 0), "a start beyond the lanes that may have been used");
		CHECK(lane >> (LANES_BITS * 6) == 0 || lane - LANES_DRAWN < LANES_SLOTS, "in a tree of six levels");
		halves[lane > LANES_DRAWN / 2]++;
		same += lane == before;
		before = lane;
	}
	CHECK(halves[0] > DRAWS / 3 && halves[1] > DRAWS / 3, "in either half of the range as often");
	CHECK(same < 3, "seldom the same twice");
	CHECK(next_of(0, &end, 0, false) <= LANES_ID_MAX, "a channel whose last lane is in use has lanes left");
}

/* What was forgotten stays forgotten: a lane is drawn for it once, and the next deals follow. */
static void test_once(void)
{
	struct lane_history history = {amount_u64(81), true, 4, false};
	struct channel channel = {.next_lane = 5, .committed = amount_u64(80)};
	uint64_t first;

	CHECK_EQUAL(lanes_check_next(&party, txn, &channel, &history), STATUS_OK, "more is redeemed than was signed");
	CHECK(is_drawn(channel.next_lane, 5), "a lane is drawn");
	first = ++channel.next_lane;
	CHECK_EQUAL(lanes_check_next(&party, txn, &channel, &history), STATUS_OK, "the next deal");
	CHECK_EQUAL(channel.next_lane, first, "gets the lane that follows");
	history.redeemed = amount_u64(82);
	CHECK_EQUAL(lanes_check_next(&party, txn, &channel, &history), STATUS_OK, "still more is redeemed");
	CHECK(is_drawn(channel.next_lane, first), "than anybody has signed here");
}

static void test_replayed(void)
{
	const struct lane_history history = {amount_u64(9), true, 7, false};
	uint8_t entropy[sizeof(party.entropy)];

	memcpy(entropy, party.entropy, sizeof(entropy));
	memset(party.entropy, 0, sizeof(party.entropy));
	CHECK_EQUAL(next_of(3, &history, 0, false), 3, "a deal that is played again keeps its lane");
	CHECK_EQUAL(next_of(3, &history, 0, true), 3, "on an imported channel too");
	memcpy(party.entropy, entropy, sizeof(entropy));
}

int main(void)
{
	static const uint8_t salt[32];
	char command[96];

	snprintf(folder, sizeof(folder), "/tmp/test-lanes-XXXXXX");
	if (!CHECK(mkdtemp(folder) != NULL && store_open(&party.store, folder, KV_CREATE) == STATUS_OK, "a store"))
		return test_end();
	memset(party.entropy, 7, sizeof(party.entropy));
	CHECK(kv_begin_write(store_kv(party.store), &txn) == STATUS_OK && store_init_ids(txn, salt) == STATUS_OK,
		"a transaction");
	test_rows();
	test_draws();
	test_once();
	test_replayed();
	kv_abort(&txn);
	store_close(party.store);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_EQUAL(system(command), 0, "clean up");
	return test_end();
}
