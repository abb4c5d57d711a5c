/* store.c - opens the store, and gives out numbers and ids.
 *
 * Knows the folder and the counters. Does not know the protocol or the engine.
 */
#include "store/store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "store/store_private.h"

struct store {
	struct kv *kv;
	char *home;
};

enum status store_open(struct store **out, const char *home, enum kv_mode mode)
{
	struct store *store = calloc(1, sizeof(*store));
	enum status s;

	if (store == NULL)
		return STATUS_NO_MEMORY;
	store->home = strdup(home);
	s = store->home != NULL ? kv_open_kind(&store->kv, home, mode, KV_HOME) : STATUS_NO_MEMORY;
	if (s != STATUS_OK) {
		store_close(store);
		return s;
	}
	*out = store;
	return STATUS_OK;
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	kv_close(store->kv);
	free(store->home);
	free(store);
}

struct kv *store_kv(struct store *store)
{
	return store->kv;
}

void store_path(struct bytes *out, const struct store *store, const char *name)
{
	bytes_append_format(out, "%s/%s", store->home, name);
	bytes_append_byte(out, 0);
}

/* The salt of a store, and the last numbers that the store gave out. */
struct counters {
	struct span salt;
	uint64_t deal, content, event;
};
static const struct field counter_fields[] = {
	{"salt", FIELD_BYTES, offsetof(struct counters, salt)},
	{"deal", FIELD_UINT, offsetof(struct counters, deal)},
	{"content", FIELD_UINT, offsetof(struct counters, content)},
	{"event", FIELD_UINT, offsetof(struct counters, event)},
};
static const struct record counter_record = RECORD(counter_fields);

enum status store_init_ids(struct kv_txn *t, const uint8_t salt[32])
{
	struct counters c = {.salt = span_of(salt, 32)};
	struct key_buffer key = key_begin('M');
	struct span value;
	enum status s = kv_put_kind(t, KV_HOME);

	if (s != STATUS_OK)
		return s;
	s = kv_get(t, &value, key_span_of(&key));
	return s == STATUS_NOT_FOUND ? record_put(t, &key, &counter_record, &c) : s;
}

/* @owned: out; what @c borrows. */
static enum status load_counters(struct kv_txn *t, struct bytes *owned, struct counters *c)
{
	struct key_buffer key = key_begin('M');
	enum status s = record_copy(t, owned, &key);

	return s == STATUS_OK ? stored_decode(c, sizeof(*c), &counter_record, bytes_span(owned)) : s;
}

/* Take the next number of the counter at @offset. */
static enum status count(struct kv_txn *t, uint64_t *number, size_t offset)
{
	struct key_buffer key = key_begin('M');
	CLEAN_BYTES struct bytes owned = {0};
	struct counters c;
	uint64_t *counter = (uint64_t *)(void *)((char *)&c + offset);
	enum status s = load_counters(t, &owned, &c);

	if (s != STATUS_OK)
		return s;
	++*counter;
	s = record_put(t, &key, &counter_record, &c);
	if (s != STATUS_OK)
		return s;
	*number = *counter;
	return STATUS_OK;
}

enum status store_derive(struct kv_txn *t, uint8_t out[32], const char *label, uint64_t number)
{
	CLEAN_BYTES struct bytes owned = {0}, text = {0};
	struct counters c;
	enum status s = load_counters(t, &owned, &c);

	if (s != STATUS_OK)
		return s;
	bytes_append(&text, c.salt.data, c.salt.len);
	bytes_append_format(&text, "%s %" PRIu64, label, number);
	s = bytes_status(&text);
	if (s != STATUS_OK)
		return s;
	blake2b(out, 32, bytes_span(&text));
	return STATUS_OK;
}

enum status store_next_number(struct kv_txn *t, uint64_t *number)
{
	return count(t, number, offsetof(struct counters, deal));
}

enum status store_next_content(struct kv_txn *t, uint64_t *number)
{
	return count(t, number, offsetof(struct counters, content));
}

enum status store_next_event(struct kv_txn *t, uint64_t *number)
{
	return count(t, number, offsetof(struct counters, event));
}

enum status store_draw(struct kv_txn *t, uint8_t out[32], const uint8_t entropy[32], uint64_t number)
{
	CLEAN_BYTES struct bytes text = {0};
	uint8_t own[32];
	enum status s = store_derive(t, own, "draw", number);

	if (s != STATUS_OK)
		return s;
	bytes_append(&text, own, sizeof(own));
	bytes_append(&text, entropy, 32);
	s = bytes_status(&text);
	if (s != STATUS_OK)
		return s;
	blake2b(out, 32, bytes_span(&text));
	return STATUS_OK;
}

/* A ledger id as stored: as spans and numbers, because no kind of field fits its members. */
struct stored_ledger {
	uint64_t network; /* enum network */
	struct span genesis;
	uint64_t height;
};
static const struct field ledger_fields[] = {
	{"network", FIELD_UINT, offsetof(struct stored_ledger, network)},
	{"genesis", FIELD_BYTES, offsetof(struct stored_ledger, genesis)},
	{"height", FIELD_UINT, offsetof(struct stored_ledger, height)},
};
static const struct record ledger_record = RECORD(ledger_fields);

static struct key_buffer ledger_key(void)
{
	struct key_buffer key = key_begin('!');

	key_text(&key, "ledger");
	return key;
}

enum status store_get_ledger(struct kv_txn *t, struct ledger_id *id, uint64_t *height)
{
	struct key_buffer key = ledger_key();
	struct stored_ledger stored;
	enum status s = record_get(t, &key, &ledger_record, &stored, sizeof(stored));

	if (s != STATUS_OK)
		return s;
	if (stored.genesis.len != sizeof(id->genesis) ||
		(stored.network != NETWORK_MAIN && stored.network != NETWORK_TEST))
		return STATUS_CORRUPT;
	id->network = (enum network)stored.network;
	memcpy(id->genesis, stored.genesis.data, sizeof(id->genesis));
	*height = stored.height;
	return STATUS_OK;
}

enum status store_put_ledger(struct kv_txn *t, const struct ledger_id *id, uint64_t height)
{
	struct key_buffer key = ledger_key();
	struct stored_ledger stored = {id->network, span_of(id->genesis, sizeof(id->genesis)), height};

	return record_put(t, &key, &ledger_record, &stored);
}

enum status store_each_record(struct kv_txn *t, void (*each)(void *ctx, char letter, enum status verified), void *ctx)
{
	CLEAN_CURSOR struct kv_cursor *cursor = NULL;
	struct span key = {0}, value;
	enum status s = kv_seek(t, &cursor, (struct span){0}, (struct span){0});

	if (s != STATUS_OK)
		return s;
	for (;;) {
		key.len = 0;
		s = kv_next(cursor, &key, &value);
		if (s != STATUS_OK && (s != STATUS_CORRUPT || key.len == 0))
			break;
		each(ctx, key.len != 0 ? (char)key.data[0] : '\0', s);
	}
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}
