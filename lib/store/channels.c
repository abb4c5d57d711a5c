/* channels.c - channels, their lanes and vouchers, and chain messages in flight. */
#include <string.h>

#include "store/store_private.h"

static const struct field channel_fields[] = {
	{"address", FIELD_ADDRESS, offsetof(struct channel, address)},
	{"from", FIELD_ADDRESS, offsetof(struct channel, from)},
	{"to", FIELD_ADDRESS, offsetof(struct channel, to)},
	{"outbound", FIELD_BOOL, offsetof(struct channel, outbound)},
	{"next_lane", FIELD_UINT, offsetof(struct channel, next_lane)},
	{"committed", FIELD_AMOUNT, offsetof(struct channel, committed)},
	{"reserved", FIELD_AMOUNT, offsetof(struct channel, reserved)},
	{"collected", FIELD_UINT, offsetof(struct channel, collected)},
};
static const struct record channel_record = RECORD(channel_fields);

static const struct field lane_fields[] = {
	{"lane", FIELD_UINT, offsetof(struct lane_record, lane)},
	{"nonce", FIELD_UINT, offsetof(struct lane_record, nonce)},
	{"amount", FIELD_AMOUNT, offsetof(struct lane_record, amount)},
	{"deal", FIELD_UINT, offsetof(struct lane_record, deal)},
};
static const struct record lane_table = RECORD(lane_fields);

static struct key_buffer channel_key(char letter, const struct address *a)
{
	struct key_buffer key = key_begin(letter);

	key.bytes[key.len++] = a->len;
	key_span(&key, address_span(a));
	return key;
}

enum status store_get_channel(struct kv_txn *t, struct channel *c, const struct address *a)
{
	struct key_buffer key = channel_key('H', a);

	return record_get(t, key_span_of(&key), &channel_record, c, sizeof(*c), NULL);
}

enum status store_put_channel(struct kv_txn *t, const struct channel *c)
{
	struct key_buffer key = channel_key('H', &c->address);

	return record_put(t, key_span_of(&key), &channel_record, c);
}

enum status store_each_channel(struct kv_txn *t, enum status (*each)(void *ctx, const struct channel *c), void *ctx)
{
	struct key_buffer prefix = key_begin('H');
	struct kv_cursor *cursor = NULL;
	struct span key, value;
	struct channel c;
	enum status s = kv_seek(t, &cursor, key_span_of(&prefix), span_of("", 0));

	while (s == STATUS_OK) {
		s = kv_next(cursor, &key, &value);
		if (s == STATUS_OK &&
			record_decode(&c, sizeof(c), &channel_record, value, RECORD_DECLARED) != STATUS_OK)
			s = STATUS_CORRUPT;
		if (s == STATUS_OK)
			s = each(ctx, &c);
	}
	kv_cursor_free(&cursor);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

enum status store_get_lane(struct kv_txn *t, struct lane_record *l, const struct address *channel, uint64_t lane)
{
	struct key_buffer key = channel_key('L', channel);

	key_number(&key, lane);
	return record_get(t, key_span_of(&key), &lane_table, l, sizeof(*l), NULL);
}

enum status store_put_lane(struct kv_txn *t, const struct address *channel, const struct lane_record *l)
{
	struct key_buffer key = channel_key('L', channel);
	struct lane_record old = {0};
	struct channel c;
	enum status s = store_get_channel(t, &c, channel);

	if (s == STATUS_OK)
		s = store_get_lane(t, &old, channel, l->lane);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	if (!amount_sub(&c.committed, &c.committed, &old.amount) || !amount_add(&c.committed, &c.committed, &l->amount))
		return STATUS_BAD_AMOUNT;
	key_number(&key, l->lane);
	s = record_put(t, key_span_of(&key), &lane_table, l);
	return s == STATUS_OK ? store_put_channel(t, &c) : s;
}

enum status store_each_lane(struct kv_txn *t, const struct address *channel,
	enum status (*each)(void *ctx, const struct lane_record *l), void *ctx)
{
	struct key_buffer prefix = channel_key('L', channel);
	struct kv_cursor *cursor = NULL;
	struct span key, value;
	struct lane_record l;
	enum status s = kv_seek(t, &cursor, key_span_of(&prefix), span_of("", 0));

	while (s == STATUS_OK) {
		s = kv_next(cursor, &key, &value);
		if (s == STATUS_OK && record_decode(&l, sizeof(l), &lane_table, value, RECORD_DECLARED) != STATUS_OK)
			s = STATUS_CORRUPT;
		if (s == STATUS_OK)
			s = each(ctx, &l);
	}
	kv_cursor_free(&cursor);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static struct key_buffer voucher_key(const struct address *channel, uint64_t lane, uint64_t nonce)
{
	struct key_buffer key = channel_key('V', channel);

	key_number(&key, lane);
	key_number(&key, nonce);
	return key;
}

enum status store_put_voucher(
	struct kv_txn *t, const struct address *channel, uint64_t lane, uint64_t nonce, struct span voucher)
{
	struct key_buffer key = voucher_key(channel, lane, nonce);
	struct span old;
	enum status s = kv_get(t, &old, key_span_of(&key));

	if (s == STATUS_OK)
		return span_equal(old, voucher) ? STATUS_OK : STATUS_EXISTS;
	return s == STATUS_NOT_FOUND ? kv_put(t, key_span_of(&key), voucher) : s;
}

enum status store_get_voucher(
	struct kv_txn *t, struct bytes *voucher, const struct address *channel, uint64_t lane, uint64_t nonce)
{
	struct key_buffer key = voucher_key(channel, lane, nonce);
	struct span value;
	enum status s = kv_get(t, &value, key_span_of(&key));

	if (s != STATUS_OK)
		return s;
	bytes_append(voucher, value.data, value.len);
	return bytes_status(voucher);
}

enum status store_each_voucher(struct kv_txn *t, const struct address *channel,
	enum status (*each)(void *ctx, uint64_t lane, uint64_t nonce, struct span voucher), void *ctx)
{
	struct key_buffer prefix = channel_key('V', channel);
	struct kv_cursor *cursor = NULL;
	struct span key, value;
	enum status s = kv_seek(t, &cursor, key_span_of(&prefix), span_of("", 0));

	while (s == STATUS_OK) {
		s = kv_next(cursor, &key, &value);
		if (s == STATUS_OK)
			s = each(ctx, span_number(key, prefix.len), span_number(key, prefix.len + 8), value);
	}
	kv_cursor_free(&cursor);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static struct key_buffer pending_key(struct span about)
{
	struct key_buffer key = key_begin('X');

	key_span(&key, about);
	return key;
}

enum status store_get_pending(struct kv_txn *t, struct bytes *message, struct span about)
{
	struct key_buffer key = pending_key(about);
	struct span value;
	enum status s = kv_get(t, &value, key_span_of(&key));

	if (s != STATUS_OK)
		return s;
	bytes_append(message, value.data, value.len);
	return bytes_status(message);
}

enum status store_put_pending(struct kv_txn *t, struct span about, struct span message)
{
	struct key_buffer key = pending_key(about);

	return kv_put(t, key_span_of(&key), message);
}

enum status store_delete_pending(struct kv_txn *t, struct span about)
{
	struct key_buffer key = pending_key(about);
	enum status s = kv_delete(t, key_span_of(&key));

	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}
