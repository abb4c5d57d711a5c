/* deal_texts.c - cursors and texts of deals. Does not read their content. */
#include "store/deal_texts.h"

#include "store/store_private.h"

static struct key_buffer named_key(char letter, uint64_t id, char which)
{
	struct key_buffer key = key_begin(letter);

	key_number(&key, id);
	key_byte(&key, (uint8_t)which);
	return key;
}

static struct key_buffer cursor_key(enum deal_side side, uint64_t id, char which)
{
	return named_key(side == SIDE_CLIENT ? 'K' : 'k', id, which);
}

enum status store_get_cursor(struct kv_txn *t, struct bytes *out, enum deal_side side, uint64_t id, char which)
{
	struct key_buffer key = cursor_key(side, id, which);

	return value_get(t, out, &key);
}

enum status store_put_cursor(struct kv_txn *t, enum deal_side side, uint64_t id, char which, struct span cursor)
{
	struct key_buffer key = cursor_key(side, id, which);

	return value_put(t, &key, cursor);
}

enum status store_get_text(struct kv_txn *t, struct bytes *out, uint64_t id, char which)
{
	struct key_buffer key = named_key('U', id, which);

	return value_get(t, out, &key);
}

enum status store_put_text(struct kv_txn *t, uint64_t id, char which, struct span text)
{
	struct key_buffer key = named_key('U', id, which);

	return value_put(t, &key, text);
}
