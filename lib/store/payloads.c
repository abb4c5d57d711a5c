/* payloads.c - the deal that has all of a payload, and the deals that have a part. Does not read deals. */
#include "store/payloads.h"

#include "store/store_private.h"

static struct key_buffer payload_key(char letter, const struct cid *payload)
{
	struct key_buffer key = key_begin(letter);

	key_span(&key, cid_span(payload));
	return key;
}

static struct key_buffer part_key(const struct cid *payload, uint64_t id)
{
	struct key_buffer key = payload_key('p', payload);

	key_number(&key, id);
	return key;
}

enum status store_put_part(struct kv_txn *t, const struct cid *payload, uint64_t id)
{
	struct key_buffer key = part_key(payload, id);

	return value_put(t, &key, (struct span){0});
}

enum status store_put_complete(struct kv_txn *t, const struct cid *payload, uint64_t id)
{
	struct key_buffer key = payload_key('P', payload), part = part_key(payload, id);
	enum status s = number_put(t, &key, id);

	return s == STATUS_OK ? value_drop(t, &part) : s;
}

enum status store_drop_complete(struct kv_txn *t, const struct cid *payload, uint64_t id)
{
	struct key_buffer key = payload_key('P', payload);
	uint64_t newest;
	enum status s = number_get(t, &newest, &key);

	if (s == STATUS_OK && newest == id)
		s = value_drop(t, &key);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	return store_put_part(t, payload, id);
}

enum status store_get_complete(struct kv_txn *t, uint64_t *id, const struct cid *payload)
{
	struct key_buffer key = payload_key('P', payload);

	return number_get(t, id, &key);
}

enum status store_each_part(
	struct kv_txn *t, const struct cid *payload, enum status (*each)(void *ctx, uint64_t id), void *ctx)
{
	struct key_buffer prefix = payload_key('p', payload);
	CLEAN_WALK struct kv_walk walk = store_walk(t, &prefix);

	while (kv_walk_next(&walk)) {
		enum status s;

		if (walk.key.len != prefix.len + sizeof(uint64_t))
			continue; /* a payload whose CID begins with this one */
		s = each(ctx, span_number(walk.key, prefix.len));
		if (s != STATUS_OK)
			return s;
	}
	return walk.status;
}
