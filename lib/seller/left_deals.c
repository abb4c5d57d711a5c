/* left_deals.c - lists the deals that a client has left unpaid, or cancelled with unpaid bytes. */
#include "seller/left_deals.h"

#include "content/serving_lock.h"
#include "seller/answers.h"
#include "seller/debt.h"
#include "store/contents.h"
#include "wire/left_deals.h"

/** struct listing - the list while the deals are read. */
struct listing {
	struct kv_txn *txn;
	struct serving_lock lock;
	struct bytes items;
	size_t count;
};

/* The bytes of the whole content; 0 if the content is no longer in the store. */
static enum status find_size(struct kv_txn *txn, uint64_t *size, uint64_t number)
{
	CLEAN_BYTES struct bytes owned = {0};
	struct content content;
	enum status s = store_get_content(txn, &content, &owned, number);

	*size = s == STATUS_OK ? content.bytes : 0;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

/* END once the list is full. */
static enum status add_left(void *ctx, struct span client, uint64_t number, uint64_t id)
{
	struct listing *listing = ctx;
	struct provider_deal deal;
	struct left_deal left;
	bool served = false;
	enum status s = serving_lock_is_held(&listing->lock, &served, number);

	(void)client;
	if (s != STATUS_OK || served)
		return s;
	s = store_get_provider(listing->txn, &deal, id);
	if (s != STATUS_OK)
		return s;
	left = (struct left_deal){.transfer = deal.transfer,
		.over = deal_is_final(SIDE_PROVIDER, deal.state),
		.proposal = {deal.payload, provider_wire_id(&deal), deal.params}};
	s = debt_at_pause(listing->txn, &left.owed, &deal);
	if (s != STATUS_OK)
		return s;
	s = find_size(listing->txn, &left.size, deal.content);
	if (s != STATUS_OK)
		return s;
	left_deals_put(&listing->items, &left);
	s = bytes_status(&listing->items);
	if (s != STATUS_OK)
		return s;
	return ++listing->count < LEFT_DEALS_MAX ? STATUS_OK : STATUS_END;
}

enum status left_deals_list(struct party *party, struct bytes *value, const char *client)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	CLEAN_BYTES struct bytes items = {0};
	struct listing listing = {.lock = {.fd = -1}};
	enum status s;

	if (client[0] == '\0')
		return STATUS_OK;
	s = kv_begin_read(store_kv(party->store), &txn);
	if (s != STATUS_OK)
		return s;
	s = serving_lock_open(&listing.lock, party->store);
	if (s != STATUS_OK)
		return s;
	listing.txn = txn;
	s = store_each_unpaid(txn, client, add_left, &listing);
	if (s == STATUS_OK)
		s = store_each_cancelled(txn, client, add_left, &listing);
	serving_lock_close(&listing.lock);
	items = listing.items;
	if (s != STATUS_OK && s != STATUS_END)
		return s;
	if (listing.count != 0)
		extension_list_encode(value, bytes_span(&items), listing.count);
	return bytes_status(value);
}

enum status left_deals_answer(
	struct party *party, struct bytes *frames, const struct provider_deal *deal, const char *client)
{
	CLEAN_BYTES struct bytes value = {0};
	struct response_head head = deal_head(deal);
	enum status s = left_deals_list(party, &value, client);

	if (s != STATUS_OK)
		return s;
	if (value.len != 0)
		frames_extension(frames, &head, GRAPHSYNC_BUSY,
			&(struct graphsync_extension_item){EXT_LEFT_DEALS, bytes_span(&value)});
	else
		frames_response(frames, &head, GRAPHSYNC_BUSY, NULL, NULL);
	return bytes_status(frames);
}
