/* events.c - the log of state changes: one list of all events, and one list for each deal.
 *
 * Knows the order of events. Does not know the meaning of an event.
 */
#include "store/events.h"

#include "store/store_private.h"

static const struct field event_fields[] = {
	{"time", FIELD_INT, offsetof(struct event, time)},
	{"side", FIELD_UINT, offsetof(struct event, side)},
	{"deal", FIELD_UINT, offsetof(struct event, deal)},
	{"event", FIELD_UINT, offsetof(struct event, event)},
	{"state", FIELD_UINT, offsetof(struct event, state)},
	{"bytes", FIELD_UINT, offsetof(struct event, bytes)},
	{"interval", FIELD_UINT, offsetof(struct event, interval)},
	{"funds", FIELD_AMOUNT, offsetof(struct event, funds)},
	{"message", FIELD_TEXT, offsetof(struct event, message)},
};
static const struct record event_record = RECORD(event_fields);

static struct key_buffer event_key(uint64_t sequence)
{
	struct key_buffer key = key_begin('E');

	key_number(&key, sequence);
	return key;
}

static struct key_buffer events_of_deal(uint64_t side, uint64_t deal)
{
	struct key_buffer key = key_begin('e');

	key_byte(&key, (uint8_t)side);
	key_number(&key, deal);
	return key;
}

enum status store_put_event(struct kv_txn *t, struct event *e)
{
	struct key_buffer key, of_deal = events_of_deal(e->side, e->deal);
	enum status s = store_next_event(t, &e->sequence);

	if (s != STATUS_OK)
		return s;
	key = event_key(e->sequence);
	s = record_put(t, &key, &event_record, e);
	if (s != STATUS_OK)
		return s;
	key_number(&of_deal, e->sequence);
	return value_put(t, &of_deal, (struct span){0});
}

static enum status load_event(struct kv_txn *t, struct event *e, struct bytes *owned, uint64_t sequence)
{
	struct key_buffer key = event_key(sequence);
	enum status s = record_copy(t, owned, &key);

	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_CORRUPT : s;
	s = stored_decode(e, sizeof(*e), &event_record, bytes_span(owned));
	if (s != STATUS_OK)
		return s;
	e->sequence = sequence;
	return STATUS_OK;
}

enum status store_each_event(struct kv_txn *t, const struct event_range *range,
	enum status (*each)(void *ctx, const struct event *e), void *ctx)
{
	struct key_buffer prefix =
		range->name != NULL ? events_of_deal(range->name->side, range->name->id) : key_begin('E');
	struct key_buffer after = key_of_number(range->from);
	CLEAN_WALK struct kv_walk walk = kv_walk(t, key_span_of(&prefix), key_span_of(&after));
	CLEAN_BYTES struct bytes owned = {0};
	struct event e;

	for (size_t n = 0; n < range->limit && kv_walk_next(&walk); n++) {
		enum status s = load_event(t, &e, &owned, span_number(walk.key, prefix.len));

		if (s != STATUS_OK)
			return s;
		s = each(ctx, &e);
		if (s != STATUS_OK)
			return s;
	}
	return walk.status;
}
