/* conditional.c - secrets of vouchers, and vouchers that wait. Does not decode a voucher. */
#include "store/conditional.h"

#include "store/store_private.h"

enum status store_put_secret(
	struct kv_txn *t, const struct address *channel, uint64_t lane, uint64_t nonce, struct span secret)
{
	struct key_buffer key = voucher_key('Q', channel, lane, nonce);

	return value_put(t, &key, secret);
}

enum status store_get_secret(
	struct kv_txn *t, struct bytes *secret, const struct address *channel, uint64_t lane, uint64_t nonce)
{
	struct key_buffer key = voucher_key('Q', channel, lane, nonce);
	enum status s = value_get(t, secret, &key);

	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

enum status store_put_waiting(
	struct kv_txn *t, const struct address *channel, uint64_t lane, uint64_t nonce, struct span voucher)
{
	struct key_buffer key = voucher_key('q', channel, lane, nonce);

	return voucher_put(t, &key, voucher);
}

enum status store_has_waiting(
	struct kv_txn *t, bool *waits, const struct address *channel, uint64_t lane, uint64_t nonce)
{
	struct key_buffer key = voucher_key('q', channel, lane, nonce);
	struct span voucher;
	enum status s = kv_get(t, &voucher, key_span_of(&key));

	*waits = s == STATUS_OK;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

enum status store_drop_waiting(struct kv_txn *t, const struct address *channel, uint64_t lane, uint64_t nonce)
{
	struct key_buffer key = voucher_key('q', channel, lane, nonce);

	return value_drop(t, &key);
}

enum status store_each_waiting(struct kv_txn *t, const struct address *channel,
	enum status (*each)(void *ctx, uint64_t lane, uint64_t nonce, struct span voucher), void *ctx)
{
	struct key_buffer prefix = channel_key('q', channel);

	return voucher_each(t, &prefix, prefix.len, each, ctx);
}
