/* lanes.c - which lanes of a channel new deals get. */
#include "funds/lanes.h"

#include <string.h>

/*
 * MONEY 16: nobody knows which lanes of the channel have carried deals; the ledger has only submitted vouchers. New
 * deals get lanes from a number on that is drawn at random, which nobody has used.
 */
enum status lanes_draw_first(struct party *p, struct kv_txn *txn, struct channel *channel)
{
	static const uint8_t none[sizeof(p->entropy)];
	uint8_t drawn[32];
	uint64_t number;
	enum status s;

	if (memcmp(p->entropy, none, sizeof(none)) == 0) /* a deal that is played again keeps its recorded lane */
		return STATUS_OK;
	s = store_next_number(txn, &number);
	if (s != STATUS_OK)
		return s;
	s = store_draw(txn, drawn, p->entropy, number);
	if (s != STATUS_OK)
		return s;
	channel->next_lane = (span_number(span_of(drawn, 8), 0) >> 32 | 1ull << 32) << 16;
	return STATUS_OK;
}

enum status lanes_ask(
	struct party *p, struct lane_history *history, const struct address *channel, const struct paych *head)
{
	enum status s = ledger_last_lane(p->ledger, &history->last, channel);

	history->any = s == STATUS_OK;
	history->redeemed = head->to_send;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

enum status lanes_check_next(
	struct party *p, struct kv_txn *txn, struct channel *channel, const struct lane_history *history)
{
	bool more = amount_cmp(&history->redeemed, &channel->committed) > 0;

	return more || (history->any && history->last >= channel->next_lane) ? lanes_draw_first(p, txn, channel)
									     : STATUS_OK;
}
