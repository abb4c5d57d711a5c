/* contents.c - contents and offers. Does not judge prices. */
#include "store/contents.h"

#include "store/store_private.h"

static const struct field content_fields[] = {
	{"path", FIELD_BYTES, offsetof(struct content, path)},
	{"file_size", FIELD_UINT, offsetof(struct content, file_size)},
	{"blocks", FIELD_UINT, offsetof(struct content, blocks)},
	{"bytes", FIELD_UINT, offsetof(struct content, bytes)},
};
static const struct record content_record = RECORD(content_fields);

/* An offer as on the wire, the number of its content, and its signed statement. */
struct offer_entry {
	struct offer offer;
	uint64_t content;
	struct span proof;
};
static const struct field offer_entry_fields[] = {
	{"offer", FIELD_RECORD, offsetof(struct offer_entry, offer), &offer_record},
	{"content", FIELD_UINT, offsetof(struct offer_entry, content)},
	{"proof", FIELD_BYTES, offsetof(struct offer_entry, proof), .since = 1},
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
	enum status s = record_copy(t, owned, &key);

	if (s != STATUS_OK)
		return s;
	s = stored_decode(c, sizeof(*c), &content_record, bytes_span(owned));
	if (s != STATUS_OK)
		return s;
	c->number = number;
	return STATUS_OK;
}

enum status store_put_content(struct kv_txn *t, const struct content *c)
{
	struct key_buffer key = content_key(c->number);

	return record_put(t, &key, &content_record, c);
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
	enum status s = record_copy(t, owned, &key);

	if (s != STATUS_OK)
		return s;
	s = stored_decode(&e, sizeof(e), &offer_entry_record, bytes_span(owned));
	if (s != STATUS_OK)
		return s;
	*o = e.offer;
	*content = e.content;
	return STATUS_OK;
}

enum status store_get_offer_proof(struct kv_txn *t, struct bytes *proof, const struct cid *payload)
{
	struct key_buffer key = offer_key(payload);
	struct offer_entry e;
	enum status s = record_get(t, &key, &offer_entry_record, &e, sizeof(e));

	if (s != STATUS_OK)
		return s;
	bytes_append(proof, e.proof.data, e.proof.len);
	return bytes_status(proof);
}

enum status store_put_offer(struct kv_txn *t, const struct offer *o, uint64_t content, struct span proof)
{
	struct key_buffer key = offer_key(&o->payload);
	struct offer_entry e = {*o, content, proof};

	return record_put(t, &key, &offer_entry_record, &e);
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
	CLEAN_WALK struct kv_walk walk = store_walk(t, &prefix);
	struct offer_entry e;

	while (kv_walk_next(&walk)) {
		enum status s = stored_decode(&e, sizeof(e), &offer_entry_record, walk.value);

		if (s != STATUS_OK)
			return s;
		s = each(ctx, &e.offer, e.content);
		if (s != STATUS_OK)
			return s;
	}
	return walk.status;
}
