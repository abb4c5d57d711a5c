/* commit.c - a batch is written to the store before its first byte leaves.
 *
 * MONEY 12: the counters of a batch are durable before its first byte leaves;
 * sending stops with the block that reaches the interval's limit.
 * MONEY 15: the same transaction judges the debt of the client, so that deals which are served side by side by many
 * processes owe no more together than the deals of one connection.
 */
#include <inttypes.h>

#include "seller/debt.h"
#include "seller/sender_private.h"
#include "store/clients.h"
#include "store/deal_texts.h"
#include "store/deals.h"

/* Blocks of this run, without the blocks that the client had. */
static uint64_t blocks_sent(const struct sender *sender)
{
	return sender->blocks - sender->seeded.count;
}

static enum status request_payment(
	struct sender *sender, struct kv_txn *txn, struct provider_deal *deal, const struct provider_input *in)
{
	return party_provider_event(sender->party, txn, deal, PROVIDER_PAYMENT_REQUESTED, in);
}

/* Apply the events of a batch. finish_deal() applies the end of a deal that owes nothing. */
static enum status apply_events(struct sender *sender, struct kv_txn *txn, struct provider_deal *deal)
{
	struct provider_input in = {.total_sent = sender->sent > deal->total_sent ? sender->sent : deal->total_sent};
	struct amount unpaid;
	enum status s = STATUS_OK;

	if (blocks_sent(sender) > deal->blocks_sent)
		deal->blocks_sent = blocks_sent(sender);
	deal->seeded_blocks = sender->seeded.count;
	if (sender->plan_count != 0)
		s = party_provider_event(sender->party, txn, deal, PROVIDER_BLOCK_SENT, &in);
	if (s != STATUS_OK)
		return s;
	if (sender->end == BATCH_PAUSE)
		return request_payment(sender, txn, deal, &in);
	if (sender->end != BATCH_LAST)
		return STATUS_OK;
	if (!provider_unpaid(&unpaid, deal))
		return STATUS_BAD_AMOUNT;
	if (amount_is_zero(&unpaid) || amount_is_negative(&unpaid))
		return STATUS_OK;
	s = party_provider_event(sender->party, txn, deal, PROVIDER_BLOCKS_COMPLETED, NULL);
	return s == STATUS_OK ? request_payment(sender, txn, deal, &in) : s;
}

/* The content can be read again, or a forgiven debt lies behind: the client's debt counts again. */
static enum status note_moving(struct kv_txn *txn, struct provider_deal *deal)
{
	struct tally before = provider_tally(deal);

	if (!deal->stalled && !deal->forgiven)
		return STATUS_OK;
	deal->stalled = deal->forgiven = false;
	return store_count_deal(txn, deal, &before);
}

static enum status write_batch(struct sender *sender, struct provider_deal *next, struct span cursor)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	uint64_t id = sender->deal.id;
	enum status s = kv_begin_write(store_kv(sender->party->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_provider(txn, next, id);
	if (s != STATUS_OK)
		return s;
	if (next->state != DEAL_ONGOING)
		return party_fail(sender->party, STATUS_BUSY, "another process works on deal %" PRIu64, id);
	s = debt_check_batch(sender->party, txn, sender->limits, next);
	if (s != STATUS_OK)
		return s;
	s = block_set_write(&sender->fresh, txn, SIDE_PROVIDER, id);
	if (s != STATUS_OK)
		return s;
	s = store_put_cursor(txn, SIDE_PROVIDER, id, CURSOR_NEXT, cursor);
	if (s != STATUS_OK)
		return s;
	s = note_moving(txn, next);
	if (s != STATUS_OK)
		return s;
	s = apply_events(sender, txn, next);
	if (s != STATUS_OK)
		return s;
	s = store_put_provider(txn, next); /* not every batch has an event */
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

enum status commit_batch(struct sender *sender)
{
	CLEAN_BYTES struct bytes cursor = {0};
	struct provider_deal next;
	enum status s;

	if (sender->deal.state != DEAL_ONGOING) {
		block_set_truncate(&sender->fresh, 0);
		return STATUS_OK;
	}
	walk_save(sender->walk, &cursor);
	s = bytes_status(&cursor);
	if (s != STATUS_OK)
		return s;
	s = write_batch(sender, &next, bytes_span(&cursor));
	if (s != STATUS_OK)
		return s;
	block_set_truncate(&sender->fresh, 0);
	if (sender->end == BATCH_FULL)
		sender->deal = next;
	return STATUS_OK;
}
