/* carry.c - a client does not owe twice for bytes that got lost on the way.
 *
 * A client pays for the bytes that the client has verified, so a deal that was
 * cut off leaves sent bytes that nobody will pay for. A new deal for the same
 * content states how many links of the walk its client has; the new deal sends
 * the blocks beyond those links again, and the debt for these blocks moves to
 * the new deal.
 * MONEY 15: a client that pays nothing still gets no more than one interval and
 * one block, and at most as many bytes as were paid for are sent a second time.
 */
#include "seller/carry.h"

#include <stdlib.h>

#include "base/array.h"
#include "content/serving_lock.h"
#include "store/blocks.h"
#include "store/clients.h"
#include "store/deals.h"

#define BLOCKS_MAX 65536 /* blocks of an earlier deal; the debt of a longer deal stays with that deal */

/** struct debtors - the client's deals that may owe for blocks that are sent again. */
struct debtors {
	struct kv_txn *txn;
	const struct provider_deal *deal;
	struct serving_lock lock;
	struct provider_deal *list;
	size_t count, room;
};

static enum status add_debtor(void *ctx, struct span client, uint64_t number, uint64_t id)
{
	struct debtors *debtors = ctx;
	struct provider_deal earlier, *grown;
	struct tally tally;
	bool served = false;
	enum status s = store_get_provider(debtors->txn, &earlier, id);

	(void)client;
	if (s != STATUS_OK)
		return s;
	tally = provider_tally(&earlier);
	if (!cid_equal(&earlier.payload, &debtors->deal->payload) || amount_is_zero(&tally.owed) ||
		earlier.blocks_sent > BLOCKS_MAX)
		return STATUS_OK;
	s = serving_lock_is_held(&debtors->lock, &served, number);
	if (s != STATUS_OK || served)
		return s;
	grown = array_grow(debtors->list, debtors->count, &debtors->room, sizeof(*grown));
	if (grown == NULL)
		return STATUS_NO_MEMORY;
	debtors->list = grown;
	debtors->list[debtors->count++] = earlier;
	return STATUS_OK;
}

static enum status find_debtors(struct party *party, struct debtors *debtors, const char *client)
{
	enum status s = serving_lock_open(&debtors->lock, party->store);

	if (s == STATUS_OK)
		s = store_each_cancelled(debtors->txn, client, add_debtor, debtors);
	if (s == STATUS_OK)
		s = store_each_unpaid(debtors->txn, client, add_debtor, debtors);
	serving_lock_close(&debtors->lock);
	return s;
}

/** struct lost - the bytes of an earlier deal's blocks at or after a link. */
struct lost {
	uint64_t links, bytes;
};

/* The store numbers the blocks of a deal in walk order; no block stands before the link with the block's number. */
static enum status add_lost(void *ctx, const struct cid *cid, const struct block_place *place)
{
	struct lost *lost = ctx;

	(void)cid;
	if (place->offset >= lost->links)
		lost->bytes += place->len;
	return STATUS_OK;
}

/* The bytes that the deal's payments are worth, also those that came after its end. */
static uint64_t paid_bytes(const struct provider_deal *deal)
{
	struct amount for_data;
	uint64_t bytes = 0;

	if (!amount_sub(&for_data, &deal->funds_received, &deal->params.unseal_price) ||
		!amount_div_bytes(&bytes, &for_data, &deal->params.price_per_byte))
		bytes = 0;
	return bytes > deal->resume_sent ? bytes : deal->resume_sent;
}

/*
 * Count the bytes that @deal sends again, and sends first: @deal must begin among the blocks that @earlier has sent and
 * that are not paid for. The count is at most the bytes paid for under @earlier: a client that pays nothing gets
 * nothing sent twice.
 */
static enum status count_lost(
	struct kv_txn *txn, uint64_t *bytes, const struct provider_deal *earlier, const struct provider_deal *deal)
{
	struct lost lost = {.links = deal->skip_links};
	uint64_t most = paid_bytes(earlier);
	enum status s;

	*bytes = 0;
	if (most == 0 || deal->skip_links < earlier->seeded_blocks + earlier->resume_blocks)
		return STATUS_OK;
	s = store_each_kept(txn, SIDE_PROVIDER, earlier->id, add_lost, &lost);
	if (s != STATUS_OK)
		return s;
	*bytes = lost.bytes < most ? lost.bytes : most;
	return STATUS_OK;
}

static enum status carry_one(struct kv_txn *txn, struct provider_deal *deal, struct provider_deal *earlier)
{
	struct tally before = provider_tally(earlier);
	uint64_t bytes;
	enum status s = count_lost(txn, &bytes, earlier, deal);

	if (s != STATUS_OK || bytes == 0)
		return s;
	provider_carry(deal, earlier, bytes);
	s = store_count_deal(txn, earlier, &before);
	return s == STATUS_OK ? store_put_provider(txn, earlier) : s;
}

enum status carry_debts(
	struct party *party, struct kv_txn *txn, struct provider_deal *deal, const struct limits *limits)
{
	struct debtors debtors = {.txn = txn, .deal = deal};
	struct tally tally;
	enum status s = store_get_tally(txn, &tally, limits->client);

	if (s != STATUS_OK || limits->client[0] == '\0' || amount_is_zero(&tally.owed))
		return s;
	s = find_debtors(party, &debtors, limits->client);
	for (size_t i = 0; i < debtors.count && s == STATUS_OK; i++)
		s = carry_one(txn, deal, &debtors.list[i]);
	free(debtors.list);
	return s;
}
