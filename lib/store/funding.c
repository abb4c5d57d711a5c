/* funding.c - orders of money for channels. Knows nothing of messages and ledgers. */
#include "store/funding.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "store/store_private.h"

/** struct funding_record - what is stored of an order, beside its key. */
struct funding_record {
	struct amount amount;
	bool need;
	struct address channel;
	uint64_t state, batch, deal;
	struct address from, to;
	struct span name;
};
static const struct field funding_fields[] = {
	{"amount", FIELD_AMOUNT, offsetof(struct funding_record, amount)},
	{"need", FIELD_BOOL, offsetof(struct funding_record, need)},
	{"channel", FIELD_ADDRESS_OR_NULL, offsetof(struct funding_record, channel)},
	{"state", FIELD_UINT, offsetof(struct funding_record, state)},
	{"batch", FIELD_UINT, offsetof(struct funding_record, batch)},
	{"from", FIELD_ADDRESS, offsetof(struct funding_record, from)},
	{"to", FIELD_ADDRESS, offsetof(struct funding_record, to)},
	{"name", FIELD_TEXT, offsetof(struct funding_record, name)},
	{"deal", FIELD_UINT, offsetof(struct funding_record, deal), .since = 1},
};
static const struct record funding_table = RECORD(funding_fields);

static struct key_buffer pair_key(const struct address *from, const struct address *to)
{
	struct key_buffer key = key_begin('F');

	if (to == NULL)
		return key;
	key_byte(&key, from->len);
	key_span(&key, address_span(from));
	key_byte(&key, to->len);
	key_span(&key, address_span(to));
	return key;
}

static struct key_buffer order_key(const struct address *from, const struct address *to, const char *name)
{
	struct key_buffer key = pair_key(from, to);

	key_text(&key, name);
	return key;
}

static enum status fill(struct funding *f, const struct funding_record *record)
{
	if (record->name.len >= FUNDING_NAME_MAX || record->state > FUNDING_LOST)
		return STATUS_CORRUPT;
	*f = (struct funding){.from = record->from,
		.to = record->to,
		.amount = record->amount,
		.need = record->need,
		.channel = record->channel,
		.state = record->state,
		.batch = record->batch,
		.deal = record->deal};
	memcpy(f->name, record->name.data, record->name.len);
	return STATUS_OK;
}

enum status store_get_funding(
	struct kv_txn *t, struct funding *f, const struct address *from, const struct address *to, const char *name)
{
	struct key_buffer key = order_key(from, to, name);
	struct funding_record record = {0};
	enum status s = record_get(t, &key, &funding_table, &record, sizeof(record));

	return s == STATUS_OK ? fill(f, &record) : s;
}

enum status store_put_funding(struct kv_txn *t, const struct funding *f)
{
	struct key_buffer key = order_key(&f->from, &f->to, f->name);
	const struct funding_record record = {.amount = f->amount,
		.need = f->need,
		.channel = f->channel,
		.state = f->state,
		.batch = f->batch,
		.deal = f->deal,
		.from = f->from,
		.to = f->to,
		.name = span_text(f->name)};

	return record_put(t, &key, &funding_table, &record);
}

enum status store_drop_funding(struct kv_txn *t, const struct funding *f)
{
	struct key_buffer key = order_key(&f->from, &f->to, f->name);

	return value_drop(t, &key);
}

enum status store_get_batches(struct kv_txn *t, uint64_t *number)
{
	struct key_buffer key = key_begin('f');
	enum status s = number_get(t, number, &key);

	if (s == STATUS_NOT_FOUND)
		*number = 0;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

enum status store_next_batch(struct kv_txn *t, uint64_t *number)
{
	struct key_buffer key = key_begin('f');
	enum status s = store_get_batches(t, number);

	if (s != STATUS_OK)
		return s;
	++*number;
	return number_put(t, &key, *number);
}

static enum status add(struct funding_list *list, struct span value)
{
	struct funding_record record = {0};
	struct funding *at = array_grow(list->at, list->count, &list->room, sizeof(*at));
	enum status s;

	if (at == NULL)
		return STATUS_NO_MEMORY;
	list->at = at;
	s = stored_decode(&record, sizeof(record), &funding_table, value);
	if (s != STATUS_OK)
		return s;
	s = fill(&list->at[list->count], &record);
	list->count += s == STATUS_OK;
	return s;
}

enum status store_add_fundings(
	struct kv_txn *t, struct funding_list *list, const struct address *from, const struct address *to)
{
	struct key_buffer prefix = pair_key(from, to);
	CLEAN_WALK struct kv_walk walk = store_walk(t, &prefix);

	while (kv_walk_next(&walk)) {
		enum status s = add(list, walk.value);

		if (s != STATUS_OK)
			return s;
	}
	return walk.status;
}

void funding_list_release(struct funding_list *list)
{
	free(list->at);
	*list = (struct funding_list){0};
}
