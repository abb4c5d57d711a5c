/* deal_list.c - deals and events, copied from the store a batch at a time. */
#include "party/deal_list.h"

#define DEAL_BATCH  64  /* deals whose names are read in one transaction */
#define EVENT_BATCH 256 /* events copied in one transaction */

/* Read the next @count deals, older than number @before; @before then gets the number to continue from. */
static enum status read_names(struct party *p, struct deal_name *names, size_t *count, uint64_t *before)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	return s == STATUS_OK ? store_list_deals(txn, names, count, before, *before) : s;
}

enum status party_each_deal(struct party *p, uint64_t before, uint64_t limit,
	enum status (*each)(void *ctx, const struct deal_name *name), void *ctx)
{
	uint64_t left = limit != 0 ? limit : UINT64_MAX;
	struct deal_name names[DEAL_BATCH];
	size_t count = 1;
	enum status s;

	/* The store's numbers begin with 1, and 0 means the newest: no deal is older than number 1. */
	while (left > 0 && count > 0 && before != 1) {
		count = left < DEAL_BATCH ? (size_t)left : DEAL_BATCH;
		s = read_names(p, names, &count, &before);
		for (size_t i = 0; s == STATUS_OK && i < count; i++)
			s = each(ctx, &names[i]);
		if (s != STATUS_OK)
			return s;
		left -= count;
	}
	return STATUS_OK;
}

static enum status copy_event(void *ctx, const struct event *event)
{
	struct deal_event copy = {.event = *event};
	struct bytes *batch = ctx;

	span_clean(copy.message, sizeof(copy.message), event->message);
	copy.event.message = (struct span){0};
	bytes_append(batch, &copy, sizeof(copy));
	return bytes_status(batch);
}

/* Read the next events from number @from on; less than a batch at the end. */
static enum status read_events(struct party *p, struct bytes *batch, uint64_t from, const struct deal_name *name)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	bytes_clear(batch);
	return s == STATUS_OK ? store_each_event(txn, &(struct event_range){from, name, EVENT_BATCH}, copy_event, batch)
			      : s;
}

enum status party_each_event(struct party *p, uint64_t *from, const struct deal_name *name,
	enum status (*each)(void *ctx, const struct deal_event *event), void *ctx)
{
	CLEAN_BYTES struct bytes batch = {0};
	const struct deal_event *events;
	size_t count;
	enum status s;

	do {
		s = read_events(p, &batch, *from, name);
		events = (const void *)batch.data;
		count = batch.len / sizeof(*events);
		for (size_t i = 0; s == STATUS_OK && i < count; i++) {
			*from = events[i].event.sequence + 1;
			s = each(ctx, &events[i]);
		}
	} while (s == STATUS_OK && count == EVENT_BATCH);
	return s;
}
