/* pending.c - chain messages in flight. Does not decode a message. */
#include "store/pending.h"

#include "store/store_private.h"

static struct key_buffer pending_key(struct span about)
{
	struct key_buffer key = key_begin('X');

	key_span(&key, about);
	return key;
}

enum status store_get_pending(struct kv_txn *t, struct bytes *message, struct span about)
{
	struct key_buffer key = pending_key(about);

	return value_get(t, message, &key);
}

enum status store_put_pending(struct kv_txn *t, struct span about, struct span message)
{
	struct key_buffer key = pending_key(about);

	return value_put(t, &key, message);
}

enum status store_delete_pending(struct kv_txn *t, struct span about)
{
	struct key_buffer key = pending_key(about);

	return value_drop(t, &key);
}
