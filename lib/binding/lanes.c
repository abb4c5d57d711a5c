/* lanes.c - which lanes of a channel new deals get.
 *
 * MONEY 16: no lane of which a voucher may exist is used again. Low lanes are
 * cheap: the ledger keeps lanes in a tree of eight branches, and each update pays
 * for all levels of the tree.
 */
#include "binding/lanes.h"

#include <string.h>

#include "wire/channel_state.h"

/* A deal that is played again keeps its recorded lane. */
static bool is_replayed(const struct party *p)
{
	static const uint8_t none[sizeof(p->entropy)];

	return memcmp(p->entropy, none, sizeof(none)) == 0;
}

enum status lanes_ask(
	struct party *p, struct lane_history *history, const struct address *channel, const struct paych *head)
{
	enum status s = ledger_last_lane(p->ledger, &history->last, channel);

	history->any = s == STATUS_OK;
	history->redeemed = head->to_send;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static enum status draw(struct party *p, struct kv_txn *txn, uint64_t *drawn)
{
	uint8_t bytes[32];
	uint64_t number;
	enum status s = store_next_number(txn, &number);

	if (s != STATUS_OK)
		return s;
	s = store_draw(txn, bytes, p->entropy, number);
	*drawn = span_number(span_of(bytes, 8), 0);
	return s;
}

/* The first lane that neither the store nor the ledger has. */
static uint64_t after_known(const struct channel *channel, const struct lane_history *history)
{
	return history->any && history->last >= channel->next_lane ? history->last + 1 : channel->next_lane;
}

/*
 * The start is the first lane of a node, so that a run of deals shares nodes. Where somebody has used lanes near the end,
 * the tree has all its levels, and any lane costs the same.
 */
enum status lanes_draw_first(
	struct party *p, struct kv_txn *txn, struct channel *channel, const struct lane_history *history)
{
	uint64_t known = after_known(channel, history), drawn = 0;
	struct amount beyond;
	enum status s = is_replayed(p) ? STATUS_OK : draw(p, txn, &drawn);

	if (s != STATUS_OK || is_replayed(p))
		return s;
	if (!amount_sub(&beyond, &history->redeemed, &channel->committed))
		return STATUS_BAD_AMOUNT;
	if (amount_cmp(&beyond, &channel->forgotten) > 0)
		channel->forgotten = beyond;
	if (known > LANES_ID_MAX / 2)
		channel->next_lane = drawn % (LANES_ID_MAX / 2);
	else
		channel->next_lane = known + LANES_PASSED + drawn % (LANES_DRAWN - LANES_PASSED);
	channel->next_lane = (channel->next_lane + LANES_SLOTS - 1) / LANES_SLOTS * LANES_SLOTS;
	return STATUS_OK;
}

enum status lanes_check_next(
	struct party *p, struct kv_txn *txn, struct channel *channel, const struct lane_history *history)
{
	struct amount known;
	bool older;

	if (!amount_add(&known, &channel->committed, &channel->forgotten))
		return STATUS_BAD_AMOUNT;
	older = amount_cmp(&history->redeemed, &known) > 0 || (history->any && history->last >= channel->next_lane);
	if (!older || is_replayed(p))
		return STATUS_OK;
	if (!history->named)
		return lanes_draw_first(p, txn, channel, history);
	channel->next_lane = after_known(channel, history);
	return STATUS_OK;
}
