/* blocks.c - places of blocks. Does not read blocks. */
#include "store/blocks.h"

#include "ipld/cid.h"
#include "store/store_private.h"

/* A place is two numbers of eight bytes. */
static enum status read_place(struct block_place *p, struct span value)
{
	if (value.len != 16)
		return STATUS_CORRUPT;
	*p = (struct block_place){.offset = span_number(value, 0), .len = span_number(value, 8)};
	return STATUS_OK;
}

static enum status get_place(struct kv_txn *t, struct block_place *p, const struct key_buffer *key)
{
	struct span value;
	enum status s = kv_get(t, &value, key_span_of(key));

	return s == STATUS_OK ? read_place(p, value) : s;
}

static enum status put_place(struct kv_txn *t, const struct key_buffer *key, const struct block_place *p)
{
	struct key_buffer value = key_of_number(p->offset);

	key_number(&value, p->len);
	return value_put(t, key, key_span_of(&value));
}

/* All blocks of a content or a deal. */
static struct key_buffer blocks_key(char letter, uint64_t owner)
{
	struct key_buffer key = key_begin(letter);

	key_number(&key, owner);
	return key;
}

static char kept_letter(enum deal_side side)
{
	return side == SIDE_CLIENT ? 'S' : 's';
}

static struct key_buffer block_key(char letter, uint64_t owner, const struct cid *c)
{
	struct key_buffer key = blocks_key(letter, owner);

	key_span(&key, cid_span(c));
	return key;
}

enum status store_get_block(struct kv_txn *t, struct block_place *p, uint64_t content, const struct cid *c)
{
	struct key_buffer key = block_key('B', content, c);
	enum status s = get_place(t, p, &key);
	struct cid twin;

	for (unsigned n = 0; s == STATUS_NOT_FOUND && cid_twin(&twin, c, n); n++) {
		key = block_key('B', content, &twin);
		s = get_place(t, p, &key);
		if (s == STATUS_OK)
			p->twin = cid_name_number(c);
	}
	return s;
}

enum status store_put_block(struct kv_txn *t, uint64_t content, const struct cid *c, const struct block_place *p)
{
	struct key_buffer key = block_key('B', content, c);

	return put_place(t, &key, p);
}

enum status store_get_kept(
	struct kv_txn *t, struct block_place *p, enum deal_side side, uint64_t deal, const struct cid *c)
{
	struct key_buffer key = block_key(kept_letter(side), deal, c);

	return get_place(t, p, &key);
}

enum status store_put_kept(
	struct kv_txn *t, enum deal_side side, uint64_t deal, const struct cid *c, const struct block_place *p)
{
	struct key_buffer key = block_key(kept_letter(side), deal, c);

	return put_place(t, &key, p);
}

enum status store_each_kept(struct kv_txn *t, enum deal_side side, uint64_t deal,
	enum status (*each)(void *ctx, const struct cid *c, const struct block_place *p), void *ctx)
{
	struct key_buffer prefix = blocks_key(kept_letter(side), deal);
	CLEAN_WALK struct kv_walk walk = store_walk(t, &prefix);
	struct block_place place;
	struct cid c;

	while (kv_walk_next(&walk)) {
		enum status s = read_place(&place, walk.value);

		if (s != STATUS_OK)
			return s;
		if (cid_decode(&c, span_of(walk.key.data + prefix.len, walk.key.len - prefix.len)) != STATUS_OK)
			return STATUS_CORRUPT;
		s = each(ctx, &c, &place);
		if (s != STATUS_OK)
			return s;
	}
	return walk.status;
}
