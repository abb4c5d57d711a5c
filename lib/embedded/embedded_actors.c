/* embedded_actors.c - numbers of actors, and channels with all their lanes.
 *
 * Knows the keys and the order of these records.  Refuses to know what a node
 * makes of them.
 */
#include "embedded/embedded_actors.h"

#include <string.h>

#include "base/array.h"
#include "embedded/embedded_private.h"

/* The two records of a number, and their keys. */
struct actor_number {
	uint64_t number;
};
static const struct field number_fields[] = {
	{NULL, FIELD_UINT, offsetof(struct actor_number, number)},
};
static const struct record number_record = TUPLE(number_fields);

struct actor_address {
	struct address address;
};
static const struct field address_fields[] = {
	{NULL, FIELD_ADDRESS, offsetof(struct actor_address, address)},
};
static const struct record address_record = TUPLE(address_fields);

/** struct actor_key - a letter, and an address or a number. */
struct actor_key {
	uint8_t bytes[1 + ADDRESS_MAX];
	size_t len;
};

static struct actor_key key_of_address(const struct address *who)
{
	struct actor_key key = {.bytes = {'i'}, .len = 1u + who->len};

	memcpy(key.bytes + 1, who->bytes, who->len);
	return key;
}

static struct actor_key key_of_number(uint64_t number)
{
	struct actor_key key = {.bytes = {'n'}, .len = 1 + sizeof(number)};

	for (size_t i = 0; i < sizeof(number); i++)
		key.bytes[1 + i] = (uint8_t)(number >> (56 - 8 * i));
	return key;
}

static enum status load(struct kv_txn *txn, void *out, size_t size, const struct record *rec, struct actor_key key)
{
	struct span value;
	enum status s = kv_get(txn, &value, span_of(key.bytes, key.len));

	return s == STATUS_OK ? stored_decode(out, size, rec, value) : s;
}

static enum status save(struct kv_txn *txn, const struct record *rec, const void *in, struct actor_key key)
{
	CLEAN_BYTES struct bytes b = {0};
	enum status s;

	stored_write(&b, rec, in);
	s = bytes_status(&b);
	return s == STATUS_OK ? kv_put(txn, span_of(key.bytes, key.len), bytes_span(&b)) : s;
}

static enum status number_load(struct kv_txn *txn, uint64_t *number, const struct address *who)
{
	struct actor_number actor;
	enum status s = load(txn, &actor, sizeof(actor), &number_record, key_of_address(who));

	if (s == STATUS_OK)
		*number = actor.number;
	return s;
}

static enum status number_save(struct kv_txn *txn, uint64_t number, const struct address *who)
{
	struct actor_number forward = {number};
	struct actor_address back = {*who};
	enum status s = save(txn, &number_record, &forward, key_of_address(who));

	return s == STATUS_OK ? save(txn, &address_record, &back, key_of_number(number)) : s;
}

static enum status highest_number(struct kv_txn *txn, uint64_t *highest)
{
	CLEAN_CURSOR struct kv_cursor *cursor = NULL;
	struct span key, value;
	enum status s = kv_seek_last(txn, &cursor, span_text("n"));

	if (s != STATUS_OK)
		return s;
	s = kv_prev(cursor, &key, &value);
	if (s != STATUS_OK)
		return s;
	if (key.len != 1 + sizeof(uint64_t) || span_number(key, 1) >= INT64_MAX)
		return STATUS_CORRUPT;
	*highest = span_number(key, 1);
	return STATUS_OK;
}

static enum status next_number(struct kv_txn *txn, uint64_t *next)
{
	uint64_t highest = EMBEDDED_FIRST_NUMBER - 1;
	enum status s = highest_number(txn, &highest);

	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	*next = highest + 1;
	return STATUS_OK;
}

static enum status is_known(struct kv_txn *txn, const struct address *who)
{
	struct account account;
	struct paych head;
	enum status s = account_load(txn, &account, who);

	return s == STATUS_NOT_FOUND ? channel_load(txn, &head, who) : s;
}

static enum status number_of(struct embedded *e, uint64_t *number, const struct address *who, bool known)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct books b;
	enum status s = embedded_begin_read(e, &txn);

	if (s != STATUS_OK)
		return s;
	s = number_load(txn, number, who);
	if (s != STATUS_NOT_FOUND)
		return s;
	s = known ? STATUS_OK : is_known(txn, who);
	if (s != STATUS_OK)
		return s;
	kv_abort(&txn);
	s = embedded_begin_write(e, &txn, &b);
	if (s != STATUS_OK)
		return s;
	s = number_load(txn, number, who); /* another process may have given the number meanwhile */
	if (s != STATUS_NOT_FOUND)
		return s;
	s = next_number(txn, number);
	if (s != STATUS_OK)
		return s;
	s = number_save(txn, *number, who);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

enum status embedded_number_of(struct embedded *e, uint64_t *number, const struct address *who)
{
	uint64_t found;
	enum status s = number_of(e, &found, who, false);

	if (s == STATUS_OK)
		*number = found;
	return s;
}

enum status embedded_number_give(struct embedded *e, uint64_t *number, const struct address *who)
{
	uint64_t found;
	enum status s = number_of(e, &found, who, true);

	if (s == STATUS_OK)
		*number = found;
	return s;
}

enum status embedded_numbered(struct embedded *e, struct address *who, uint64_t number)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct actor_address actor;
	enum status s = kv_begin_read(e->kv, &txn);

	if (s != STATUS_OK)
		return s;
	s = load(txn, &actor, sizeof(actor), &address_record, key_of_number(number));
	if (s != STATUS_OK)
		return s;
	*who = actor.address;
	return STATUS_OK;
}

enum status embedded_account(struct embedded *e, struct amount *balance, uint64_t *nonce, const struct address *who)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct account account = {0};
	enum status s = embedded_begin_read(e, &txn);

	if (s != STATUS_OK)
		return s;
	s = account_load(txn, &account, who);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	*balance = account.balance;
	*nonce = account.nonce;
	return STATUS_OK;
}

/* The lanes are in the order of their keys, which end with the id, most significant byte first. */
static enum status load_lanes(struct kv_txn *txn, struct paych *p, const struct address *address)
{
	CLEAN_WALK struct kv_walk walk = lanes_walk(txn, address);
	struct paych_lane lane, *grown;
	size_t room = 0;

	while (kv_walk_next(&walk)) {
		enum status s = lane_decode(&lane, walk.value);

		if (s != STATUS_OK)
			return s;
		grown = array_grow(p->lanes, p->lane_count, &room, sizeof(*grown));
		if (!grown)
			return STATUS_NO_MEMORY;
		p->lanes = grown;
		p->lanes[p->lane_count++] = lane;
	}
	return walk.status;
}

enum status embedded_whole_channel(struct embedded *e, struct paych *out, const struct address *address)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct paych p = {0};
	enum status s = embedded_begin_read(e, &txn);

	if (s != STATUS_OK)
		return s;
	s = channel_load(txn, &p, address);
	if (s != STATUS_OK)
		return s;
	s = load_lanes(txn, &p, address);
	if (s != STATUS_OK) {
		paych_release(&p);
		return s;
	}
	*out = p;
	return STATUS_OK;
}
