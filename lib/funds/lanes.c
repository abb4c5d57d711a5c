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

enum status lanes_check_next(struct party *p, struct kv_txn *txn, struct channel *channel)
{
	CLEAN_PAYCH struct paych head = {0};
	struct paych_lane lane;
	enum status s = ledger_channel(p->ledger, &head, &channel->address);

	if (s != STATUS_OK)
		return s;
	if (amount_cmp(&head.to_send, &channel->committed) > 0)
		return lanes_draw_first(p, txn, channel);
	s = ledger_lane(p->ledger, &lane, &channel->address, channel->next_lane);
	if (s == STATUS_OK)
		return lanes_draw_first(p, txn, channel);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}
