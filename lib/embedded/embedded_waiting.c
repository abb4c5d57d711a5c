/* embedded_waiting.c - the tables and keys of the records about messages that wait, and about nonces.
 *
 * Refuses to know why a message waits: embedded_pool.c and embedded_queue.c do.
 */
#include "embedded/embedded_names.h"

static const struct field queued_fields[] = {
	{NULL, FIELD_UINT, offsetof(struct queued, number)},
	{NULL, FIELD_INT, offsetof(struct queued, due)},
	{NULL, FIELD_CID, offsetof(struct queued, signed_cid)},
	{NULL, FIELD_ADDRESS, offsetof(struct queued, from), .since = 1},
	{NULL, FIELD_UINT, offsetof(struct queued, nonce), .since = 1},
	{NULL, FIELD_AMOUNT, offsetof(struct queued, fee_cap), .since = 1},
	{NULL, FIELD_AMOUNT, offsetof(struct queued, premium), .since = 1},
};
static const struct record queued_record = TUPLE(queued_fields);

static const struct field slot_fields[] = {
	{NULL, FIELD_CID, offsetof(struct slot, signed_cid)},
	{NULL, FIELD_INT, offsetof(struct slot, due)},
	{NULL, FIELD_UINT, offsetof(struct slot, number)},
};
static const struct record slot_record = TUPLE(slot_fields);

enum status queued_decode(struct queued *q, struct span value)
{
	return stored_decode(q, sizeof(*q), &queued_record, value);
}

static struct name name_of_queued(int64_t due, uint64_t number)
{
	struct name name = {.bytes = {'q'}, .len = 1};

	name_add_number(&name, (uint64_t)due);
	name_add_number(&name, number);
	return name;
}

struct kv_walk queued_walk(struct kv_txn *txn)
{
	return kv_walk(txn, span_of("q", 1), (struct span){0});
}

enum status queued_load(struct kv_txn *txn, struct queued *q, const struct slot *slot)
{
	return record_load(txn, q, sizeof(*q), &queued_record, name_of_queued(slot->due, slot->number));
}

enum status queued_first(struct kv_txn *txn, struct queued *q)
{
	CLEAN_WALK struct kv_walk walk = queued_walk(txn);

	if (kv_walk_next(&walk))
		return queued_decode(q, walk.value);
	return walk.status == STATUS_OK ? STATUS_NOT_FOUND : walk.status;
}

enum status queued_save(struct kv_txn *txn, const struct queued *q)
{
	return record_save(txn, &queued_record, q, name_of_queued(q->due, q->number));
}

enum status queued_delete(struct kv_txn *txn, const struct queued *q)
{
	struct name name = name_of_queued(q->due, q->number);

	return kv_delete(txn, name_span(&name));
}

static struct name name_of_slot(const struct address *from, uint64_t nonce)
{
	struct name name = name_of('w', address_span(from));

	name_add_number(&name, nonce);
	return name;
}

enum status slot_load(struct kv_txn *txn, struct slot *slot, const struct address *from, uint64_t nonce)
{
	return record_load(txn, slot, sizeof(*slot), &slot_record, name_of_slot(from, nonce));
}

enum status slot_save(struct kv_txn *txn, const struct slot *slot, const struct address *from, uint64_t nonce)
{
	return record_save(txn, &slot_record, slot, name_of_slot(from, nonce));
}

enum status slot_delete(struct kv_txn *txn, const struct address *from, uint64_t nonce)
{
	struct name name = name_of_slot(from, nonce);

	return kv_delete(txn, name_span(&name));
}

/* Before ledgers had mempools, the key of a message that waits was its number alone. */
static struct name name_of_older(uint64_t number)
{
	struct name name = {.bytes = {'q'}, .len = 1};

	name_add_number(&name, number);
	return name;
}

enum status queued_find_older(struct kv_txn *txn, struct queued *q)
{
	CLEAN_WALK struct kv_walk walk = queued_walk(txn);
	struct name older = name_of_older(0);

	while (kv_walk_next(&walk))
		if (walk.key.len == older.len)
			return queued_decode(q, walk.value);
	return walk.status == STATUS_OK ? STATUS_NOT_FOUND : walk.status;
}

enum status queued_renew(struct kv_txn *txn, struct queued *q)
{
	struct slot slot = {.signed_cid = q->signed_cid, .due = q->due, .number = q->number};
	struct name older = name_of_older(q->number);
	CLEAN_BYTES struct bytes encoded = {0};
	struct signed_message m;
	enum status s = message_known(txn, &m, &encoded, &q->signed_cid);

	if (s != STATUS_OK)
		return s;
	q->from = m.message.from;
	q->nonce = m.message.nonce;
	q->fee_cap = m.message.gas_fee_cap;
	q->premium = m.message.gas_premium;
	s = kv_delete(txn, name_span(&older));
	if (s != STATUS_OK)
		return s;
	s = queued_save(txn, q);
	return s == STATUS_OK ? slot_save(txn, &slot, &q->from, q->nonce) : s;
}
