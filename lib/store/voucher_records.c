/* voucher_records.c - the records of signed vouchers, of whatever sort: their keys, and a walk. Does not decode a voucher. */
#include "store/store_private.h"

struct key_buffer channel_key(char letter, const struct address *channel)
{
	struct key_buffer key = key_begin(letter);

	key_byte(&key, channel->len);
	key_span(&key, address_span(channel));
	return key;
}

struct key_buffer voucher_key(char letter, const struct address *channel, uint64_t lane, uint64_t nonce)
{
	struct key_buffer key = channel_key(letter, channel);

	key_number(&key, lane);
	key_number(&key, nonce);
	return key;
}

enum status voucher_put(struct kv_txn *t, const struct key_buffer *key, struct span voucher)
{
	struct span old;
	enum status s = kv_get(t, &old, key_span_of(key));

	if (s == STATUS_OK)
		return span_equal(old, voucher) ? STATUS_OK : STATUS_EXISTS;
	return s == STATUS_NOT_FOUND ? value_put(t, key, voucher) : s;
}

enum status voucher_each(struct kv_txn *t, const struct key_buffer *prefix, size_t of_channel,
	enum status (*each)(void *ctx, uint64_t lane, uint64_t nonce, struct span voucher), void *ctx)
{
	CLEAN_WALK struct kv_walk walk = store_walk(t, prefix);

	walk.past_damaged = true;
	while (kv_walk_next(&walk)) {
		enum status s =
			each(ctx, span_number(walk.key, of_channel), span_number(walk.key, of_channel + 8), walk.value);

		if (s != STATUS_OK)
			return s;
	}
	return walk.status;
}
