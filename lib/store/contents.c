/* contents.c - what a provider sells, and the blocks of contents and deals. */
#include "store/store_private.h"

static const struct field content_fields[] = {
	{"path", FIELD_BYTES, offsetof(struct content, path)},
	{"file_size", FIELD_UINT, offsetof(struct content, file_size)},
	{"blocks", FIELD_UINT, offsetof(struct content, blocks)},
	{"bytes", FIELD_UINT, offsetof(struct content, bytes)},
};
static const struct record content_record = RECORD(content_fields);

/* An offer as it is on the wire, and the content behind it. */
struct offer_entry {
	struct offer offer;
	uint64_t content;
};
static const struct field offer_entry_fields[] = {
	{"offer", FIELD_RECORD, offsetof(struct offer_entry, offer), &offer_record},
	{"content", FIELD_UINT, offsetof(struct offer_entry, content)},
};
static const struct record offer_entry_record = RECORD(offer_entry_fields);

static struct key_buffer content_key(uint64_t number)
{
	struct key_buffer key = key_begin('C');

	key_number(&key, number);
	return key;
}

enum status store_get_content(struct kv_txn *t, struct content *c, struct bytes *owned, uint64_t number)
{
	struct key_buffer key = content_key(number);
	enum status s = record_get(t, key_span_of(&key), &content_record, c, sizeof(*c), owned);

	if (s == STATUS_OK)
		c->number = number;
	return s;
}

enum status store_put_content(struct kv_txn *t, const struct content *c)
{
	struct key_buffer key = content_key(c->number);

	return record_put(t, key_span_of(&key), &content_record, c);
}

static struct key_buffer offer_key(const struct cid *payload)
{
	struct key_buffer key = key_begin('O');

	key_span(&key, cid_span(payload));
	return key;
}

enum status store_get_offer(
	struct kv_txn *t, struct offer *o, uint64_t *content, struct bytes *owned, const struct cid *payload)
{
	struct key_buffer key = offer_key(payload);
	struct offer_entry e;
	enum status s = record_get(t, key_span_of(&key), &offer_entry_record, &e, sizeof(e), owned);

	if (s == STATUS_OK) {
		*o = e.offer;
		*content = e.content;
	}
	return s;
}

enum status store_put_offer(struct kv_txn *t, const struct offer *o, uint64_t content)
{
	struct key_buffer key = offer_key(&o->payload);
	struct offer_entry e = {*o, content};

	return record_put(t, key_span_of(&key), &offer_entry_record, &e);
}

enum status store_delete_offer(struct kv_txn *t, const struct cid *payload)
{
	struct key_buffer key = offer_key(payload);

	return kv_delete(t, key_span_of(&key));
}

enum status store_each_offer(
	struct kv_txn *t, enum status (*each)(void *ctx, const struct offer *o, uint64_t content), void *ctx)
{
	struct key_buffer prefix = key_begin('O');
	struct kv_cursor *cursor = NULL;
	struct span key, value;
	struct offer_entry e;
	enum status s = kv_seek(t, &cursor, key_span_of(&prefix), span_of("", 0));

	while (s == STATUS_OK) {
		s = kv_next(cursor, &key, &value);
		if (s == STATUS_OK &&
			record_decode(&e, sizeof(e), &offer_entry_record, value, RECORD_DECLARED) != STATUS_OK)
			s = STATUS_CORRUPT;
		if (s == STATUS_OK)
			s = each(ctx, &e.offer, e.content);
	}
	kv_cursor_free(&cursor);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

/* A place is two numbers of eight bytes. */
static enum status read_place(struct block_place *p, struct span value)
{
	if (value.len != 16)
		return STATUS_CORRUPT;
	*p = (struct block_place){span_number(value, 0), span_number(value, 8)};
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
	struct key_buffer value = {.len = 0};

	key_number(&value, p->offset);
	key_number(&value, p->len);
	return kv_put(t, key_span_of(key), key_span_of(&value));
}

static struct key_buffer block_key(char letter, uint64_t owner, const struct cid *c)
{
	struct key_buffer key = key_begin(letter);

	key_number(&key, owner);
	key_span(&key, cid_span(c));
	return key;
}

enum status store_get_block(struct kv_txn *t, struct block_place *p, uint64_t content, const struct cid *c)
{
	struct key_buffer key = block_key('B', content, c);

	return get_place(t, p, &key);
}

enum status store_put_block(struct kv_txn *t, uint64_t content, const struct cid *c, const struct block_place *p)
{
	struct key_buffer key = block_key('B', content, c);

	return put_place(t, &key, p);
}

enum status store_get_kept(
	struct kv_txn *t, struct block_place *p, enum deal_side side, uint64_t deal, const struct cid *c)
{
	struct key_buffer key = block_key(side == SIDE_CLIENT ? 'S' : 's', deal, c);

	return get_place(t, p, &key);
}

enum status store_put_kept(
	struct kv_txn *t, enum deal_side side, uint64_t deal, const struct cid *c, const struct block_place *p)
{
	struct key_buffer key = block_key(side == SIDE_CLIENT ? 'S' : 's', deal, c);

	return put_place(t, &key, p);
}

enum status store_each_kept(struct kv_txn *t, enum deal_side side, uint64_t deal,
	enum status (*each)(void *ctx, const struct cid *c, const struct block_place *p), void *ctx)
{
	struct key_buffer prefix = key_begin(side == SIDE_CLIENT ? 'S' : 's');
	struct kv_cursor *cursor = NULL;
	struct block_place place;
	struct span key, value;
	struct cid c;
	enum status s;

	key_number(&prefix, deal);
	s = kv_seek(t, &cursor, key_span_of(&prefix), span_of("", 0));
	while (s == STATUS_OK) {
		s = kv_next(cursor, &key, &value);
		if (s == STATUS_OK && cid_decode(&c, span_of(key.data + prefix.len, key.len - prefix.len)) != STATUS_OK)
			s = STATUS_CORRUPT;
		if (s == STATUS_OK)
			s = read_place(&place, value);
		if (s == STATUS_OK)
			s = each(ctx, &c, &place);
	}
	kv_cursor_free(&cursor);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}
