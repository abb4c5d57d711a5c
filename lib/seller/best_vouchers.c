/* best_vouchers.c - returning to a client the vouchers that the client has signed. */
#include "seller/best_vouchers.h"

#include "seller/answers.h"
#include "store/channels.h"
#include "store/deals.h"
#include "wire/recovery.h"

/** struct gathering - the vouchers of a channel while the list is built. */
struct gathering {
	struct kv_txn *txn;
	const struct address *channel;
	struct bytes items;
	size_t count;
};

/* The client's id of a lane's deal; 0 if the deal is not in this store. */
static enum status find_wire_id(struct kv_txn *txn, uint64_t *id, uint64_t deal)
{
	struct provider_deal found;
	enum status s = store_get_provider(txn, &found, deal);

	*id = 0;
	if (s == STATUS_OK)
		*id = provider_wire_id(&found);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static enum status gather_lane(void *ctx, const struct lane_record *lane)
{
	struct gathering *g = ctx;
	CLEAN_BYTES struct bytes voucher = {0};
	uint64_t deal;
	enum status s;

	if (g->count == BEST_VOUCHERS_MAX)
		return STATUS_END;
	s = store_get_voucher(g->txn, &voucher, g->channel, lane->lane, lane->nonce);
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_CORRUPT : s;
	s = find_wire_id(g->txn, &deal, lane->deal);
	if (s != STATUS_OK)
		return s;
	best_vouchers_put(&g->items, deal, bytes_span(&voucher));
	g->count++;
	return bytes_status(&g->items);
}

static enum status put_response(struct bytes *frames, const struct provider_deal *deal, struct span value)
{
	struct response_head head = deal_head(deal);

	frames_extension(frames, &head, GRAPHSYNC_PAUSED, &(struct graphsync_extension_item){EXT_BEST_VOUCHERS, value});
	return bytes_status(frames);
}

/* Is the voucher signed by the payer of a channel that pays us? */
static bool is_from_payer(struct kv_txn *txn, const struct voucher *voucher)
{
	struct channel channel;
	struct address signer;

	return store_get_channel(txn, &channel, &voucher->channel) == STATUS_OK && !channel.outbound &&
	       voucher_signer(&signer, voucher) == STATUS_OK && address_equal(&signer, &channel.from);
}

static enum status gather(struct party *party, struct gathering *g, const struct voucher *refused)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(party->store), &txn);

	if (s != STATUS_OK || !is_from_payer(txn, refused))
		return s;
	g->txn = txn;
	s = store_each_lane(txn, g->channel, gather_lane, g);
	return s == STATUS_END ? STATUS_OK : s;
}

enum status best_vouchers_answer(
	struct party *party, struct bytes *frames, const struct provider_deal *deal, const struct voucher *refused)
{
	struct gathering g = {.channel = &refused->channel};
	CLEAN_BYTES struct bytes value = {0};
	enum status s = gather(party, &g, refused);

	if (s == STATUS_OK)
		extension_list_encode(&value, bytes_span(&g.items), g.count);
	bytes_release(&g.items);
	if (s != STATUS_OK || g.count == 0)
		return s;
	s = bytes_status(&value);
	return s == STATUS_OK ? put_response(frames, deal, bytes_span(&value)) : s;
}

static enum status gather_own_lane(struct party *party, struct gathering *g, const struct provider_deal *deal)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct lane_record lane;
	enum status s = kv_begin_read(store_kv(party->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_lane(txn, &lane, &deal->channel, deal->lane);
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_CORRUPT : s;
	g->txn = txn;
	return gather_lane(g, &lane);
}

enum status best_vouchers_value(struct party *party, struct bytes *value, const struct provider_deal *deal)
{
	struct gathering g = {.channel = &deal->channel};
	enum status s;

	if (address_is_none(&deal->channel))
		return STATUS_OK;
	s = gather_own_lane(party, &g, deal);
	if (s == STATUS_OK)
		extension_list_encode(value, bytes_span(&g.items), g.count);
	bytes_release(&g.items);
	return s == STATUS_OK ? bytes_status(value) : s;
}

enum status best_vouchers_of_deal(struct party *party, struct bytes *frames, const struct provider_deal *deal)
{
	CLEAN_BYTES struct bytes value = {0};
	enum status s = best_vouchers_value(party, &value, deal);

	return s == STATUS_OK && value.len != 0 ? put_response(frames, deal, bytes_span(&value)) : s;
}
