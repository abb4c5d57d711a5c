/* channels.c - channels, their lanes and vouchers. Does not ask the ledger and does not check signatures. */
#include "store/channels.h"

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
	{"lost", FIELD_AMOUNT, offsetof(struct channel, lost), .since = 1},
	{"written_off", FIELD_BOOL, offsetof(struct channel, written_off), .since = 1},
	{"redeemed", FIELD_AMOUNT, offsetof(struct channel, redeemed), .since = 2},
	{"given_up", FIELD_AMOUNT, offsetof(struct channel, given_up), .since = 3},
	{"forgotten", FIELD_AMOUNT, offsetof(struct channel, forgotten), .since = 4},
};
static const struct record channel_record = RECORD(channel_fields);

static const struct field lane_fields[] = {
	{"lane", FIELD_UINT, offsetof(struct lane_record, lane)},
	{"nonce", FIELD_UINT, offsetof(struct lane_record, nonce)},
	{"amount", FIELD_AMOUNT, offsetof(struct lane_record, amount)},
	{"deal", FIELD_UINT, offsetof(struct lane_record, deal)},
	{"expired", FIELD_UINT, offsetof(struct lane_record, expired), .since = 1},
};
static const struct record lane_table = RECORD(lane_fields);

enum status store_get_channel(struct kv_txn *t, struct channel *c, const struct address *a)
{
	struct key_buffer key = channel_key('H', a);

	return record_get(t, &key, &channel_record, c, sizeof(*c));
}

enum status store_put_channel(struct kv_txn *t, const struct channel *c)
{
	struct key_buffer key = channel_key('H', &c->address);

	return record_put(t, &key, &channel_record, c);
}

enum status store_each_channel(struct kv_txn *t, enum status (*each)(void *ctx, const struct channel *c), void *ctx)
{
	struct key_buffer prefix = key_begin('H');
	CLEAN_WALK struct kv_walk walk = store_walk(t, &prefix);
	struct channel c;

	walk.past_damaged = true;
	while (kv_walk_next(&walk)) {
		enum status s = stored_decode(&c, sizeof(c), &channel_record, walk.value);

		if (s != STATUS_OK)
			return s;
		s = each(ctx, &c);
		if (s != STATUS_OK)
			return s;
	}
	return walk.status;
}

enum status store_get_lane(struct kv_txn *t, struct lane_record *l, const struct address *channel, uint64_t lane)
{
	struct key_buffer key = channel_key('L', channel);

	key_number(&key, lane);
	return record_get(t, &key, &lane_table, l, sizeof(*l));
}

enum status store_put_lane(struct kv_txn *t, const struct address *channel, const struct lane_record *l)
{
	struct key_buffer key = channel_key('L', channel);
	struct lane_record old = {0};
	struct channel c;
	enum status s = store_get_channel(t, &c, channel);

	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_CORRUPT : s;
	s = store_get_lane(t, &old, channel, l->lane);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	if (!amount_sub(&c.committed, &c.committed, &old.amount) || !amount_add(&c.committed, &c.committed, &l->amount))
		return STATUS_BAD_AMOUNT;
	key_number(&key, l->lane);
	s = record_put(t, &key, &lane_table, l);
	return s == STATUS_OK ? store_put_channel(t, &c) : s;
}

enum status store_each_lane(struct kv_txn *t, const struct address *channel,
	enum status (*each)(void *ctx, const struct lane_record *l), void *ctx)
{
	struct key_buffer prefix = channel_key('L', channel);
	CLEAN_WALK struct kv_walk walk = store_walk(t, &prefix);
	struct lane_record l;

	walk.past_damaged = true;
	while (kv_walk_next(&walk)) {
		enum status s = stored_decode(&l, sizeof(l), &lane_table, walk.value);

		if (s != STATUS_OK)
			return s;
		s = each(ctx, &l);
		if (s != STATUS_OK)
			return s;
	}
	return walk.status;
}

enum status store_put_voucher(
	struct kv_txn *t, const struct address *channel, uint64_t lane, uint64_t nonce, struct span voucher)
{
	struct key_buffer key = voucher_key('V', channel, lane, nonce);

	return voucher_put(t, &key, voucher);
}

enum status store_drop_vouchers(struct kv_txn *t, const struct address *channel, uint64_t lane)
{
	struct key_buffer prefix = channel_key('V', channel);
	CLEAN_WALK struct kv_walk walk = {0};

	key_number(&prefix, lane);
	walk = store_walk(t, &prefix);
	while (kv_walk_next(&walk)) {
		enum status s = kv_delete(t, walk.key);

		if (s != STATUS_OK)
			return s;
	}
	return walk.status;
}

enum status store_get_voucher(
	struct kv_txn *t, struct bytes *voucher, const struct address *channel, uint64_t lane, uint64_t nonce)
{
	struct key_buffer key = voucher_key('V', channel, lane, nonce);

	return value_get(t, voucher, &key);
}

enum status store_each_voucher(struct kv_txn *t, const struct address *channel,
	enum status (*each)(void *ctx, uint64_t lane, uint64_t nonce, struct span voucher), void *ctx)
{
	struct key_buffer prefix = channel_key('V', channel);

	return voucher_each(t, &prefix, prefix.len, each, ctx);
}

enum status store_each_voucher_on(struct kv_txn *t, const struct address *channel, uint64_t lane,
	enum status (*each)(void *ctx, uint64_t lane, uint64_t nonce, struct span voucher), void *ctx)
{
	struct key_buffer prefix = channel_key('V', channel);
	size_t of_channel = prefix.len;

	key_number(&prefix, lane);
	return voucher_each(t, &prefix, of_channel, each, ctx);
}
