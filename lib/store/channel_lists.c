/* channel_lists.c - copies channels, lanes and vouchers out of the store, each list in one transaction. */
#include "store/channel_lists.h"

#include <stdlib.h>

#include "base/array.h"
#include "store/conditional.h"

static enum status add_channel(void *ctx, const struct channel *c)
{
	struct channel_list *list = ctx;
	struct channel *at = array_grow(list->at, list->count, &list->room, sizeof(*at));

	if (at == NULL)
		return STATUS_NO_MEMORY;
	list->at = at;
	list->at[list->count++] = *c;
	return STATUS_OK;
}

enum status store_list_channels(struct store *store, struct channel_list *list)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(store), &txn);

	return s == STATUS_OK ? store_each_channel(txn, add_channel, list) : s;
}

void channel_list_release(struct channel_list *list)
{
	free(list->at);
	*list = (struct channel_list){0};
}

static enum status add_lane(void *ctx, const struct lane_record *l)
{
	struct lane_list *list = ctx;
	struct lane_record *at = array_grow(list->at, list->count, &list->room, sizeof(*at));

	if (at == NULL)
		return STATUS_NO_MEMORY;
	list->at = at;
	list->at[list->count++] = *l;
	return STATUS_OK;
}

enum status store_list_lanes(struct store *store, struct lane_list *list, const struct address *channel)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(store), &txn);

	return s == STATUS_OK ? store_each_lane(txn, channel, add_lane, list) : s;
}

void lane_list_release(struct lane_list *list)
{
	free(list->at);
	*list = (struct lane_list){0};
}

static enum status add_voucher(void *ctx, uint64_t lane, uint64_t nonce, struct span voucher)
{
	struct voucher_list *list = ctx;
	struct kept_voucher *at = array_grow(list->at, list->count, &list->room, sizeof(*at));

	if (at == NULL)
		return STATUS_NO_MEMORY;
	list->at = at;
	list->at[list->count++] = (struct kept_voucher){lane, nonce, {NULL, voucher.len}};
	bytes_append(&list->bytes, voucher.data, voucher.len);
	return bytes_status(&list->bytes);
}

/* Fill @list by a walk of the store. */
static enum status list_by(struct store *store, struct voucher_list *list, const struct address *channel,
	enum status (*walk)(struct kv_txn *t, const struct address *channel,
		enum status (*each)(void *ctx, uint64_t lane, uint64_t nonce, struct span voucher), void *ctx))
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(store), &txn);
	size_t offset = 0;

	if (s != STATUS_OK)
		return s;
	s = walk(txn, channel, add_voucher, list);
	if (s != STATUS_OK && s != STATUS_CORRUPT)
		return s;
	/* The bytes of the list moved while the list grew, so the spans are set now. */
	for (size_t i = 0; i < list->count; i++) {
		list->at[i].bytes.data = list->bytes.data + offset;
		offset += list->at[i].bytes.len;
	}
	return s;
}

enum status store_list_vouchers(struct store *store, struct voucher_list *list, const struct address *channel)
{
	return list_by(store, list, channel, store_each_voucher);
}

enum status store_list_waiting(struct store *store, struct voucher_list *list, const struct address *channel)
{
	return list_by(store, list, channel, store_each_waiting);
}

void voucher_list_release(struct voucher_list *list)
{
	free(list->at);
	bytes_release(&list->bytes);
	*list = (struct voucher_list){0};
}
