/* recheck.c - hashes again the blocks that a client was sent and did not pay for. */
#include "seller/recheck.h"

#include "content/serving_lock.h"
#include "seller/send.h"
#include "seller/sender_private.h"
#include "store/clients.h"

#define DEALS_MAX 4 /* deals that are rechecked for one proposal */

/** struct left_deals - unpaid deals of a client that nobody serves. */
struct left_deals {
	struct serving_lock lock;
	uint64_t ids[DEALS_MAX];
	size_t count;
};

static enum status add_left(void *ctx, struct span client, uint64_t number, uint64_t deal)
{
	struct left_deals *left = ctx;
	bool served = false;
	enum status s = serving_lock_is_held(&left->lock, &served, number);

	(void)client;
	if (s != STATUS_OK || served)
		return s;
	left->ids[left->count++] = deal;
	return left->count < DEALS_MAX ? STATUS_OK : STATUS_END;
}

static enum status list_left(struct party *party, struct left_deals *left, const char *client)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(party->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = serving_lock_open(&left->lock, party->store);
	if (s != STATUS_OK)
		return s;
	s = store_each_unpaid(txn, client, add_left, left);
	serving_lock_close(&left->lock);
	return s == STATUS_END ? STATUS_OK : s;
}

static enum status send_nothing(void *ctx, struct span bytes)
{
	(void)ctx;
	(void)bytes;
	return STATUS_OK;
}

/*
 * Check from the last point that is paid for to the last block that was sent; NOT_NOW at a block that does not match
 * its CID.
 */
static enum status check_blocks(struct sender *sender)
{
	enum status s = sender_begin(sender);

	while (s == STATUS_OK && sender->sent < sender->deal.total_sent) {
		s = plan_batch(sender);
		block_set_truncate(&sender->fresh, 0);
		if (sender->end != BATCH_FULL)
			break;
	}
	return s;
}

static enum status check_deal(struct party *party, bool *mended, uint64_t id)
{
	const struct sink sink = {.bytes = send_nothing};
	struct sender *sender = NULL;
	enum status s = sender_new(&sender, party, id, NULL);

	if (s != STATUS_OK)
		return s;
	s = party_get_provider(party, &sender->deal, id);
	sender->sink = &sink;
	if (s == STATUS_OK)
		s = check_blocks(sender);
	if (s == STATUS_NOT_NOW) {
		s = sender_note_stalled(sender);
		*mended = *mended || s == STATUS_OK;
	}
	sender_free(sender);
	return s;
}

enum status recheck_unpaid(struct party *party, bool *mended, const char *client)
{
	struct left_deals left = {0};
	enum status s = list_left(party, &left, client);

	*mended = false;
	for (size_t i = 0; i < left.count && s == STATUS_OK; i++)
		s = check_deal(party, mended, left.ids[i]);
	error_clear(&party->error);
	return s;
}
