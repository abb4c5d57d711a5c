/* store.c - opening the store, and the numbers that it gives out.
 *
 * Knows where things lie; knows no rule of the protocol and no engine.
 */
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
	struct store *s = calloc(1, sizeof(*s));
	enum status status = STATUS_NO_MEMORY;

	if (s == NULL)
		return status;
	s->home = strdup(home);
	if (s->home != NULL)
		status = kv_open(&s->kv, home, mode);
	if (status != STATUS_OK) {
		store_close(s);
		return status;
	}
	*out = s;
	return STATUS_OK;
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	if (s->kv != NULL)
		kv_close(s->kv);
	free(s->home);
	free(s);
}

struct kv *store_kv(struct store *s)
{
	return s->kv;
}

void store_path(struct bytes *out, const struct store *s, const char *name)
{
	bytes_append_format(out, "%s/%s", s->home, name);
	bytes_append_byte(out, 0);
}

struct key_buffer key_begin(char letter)
{
	return (struct key_buffer){.bytes = {(uint8_t)letter}, .len = 1};
}

void key_number(struct key_buffer *k, uint64_t number)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		k->bytes[k->len++] = (uint8_t)(number >> shift);
}

void key_span(struct key_buffer *k, struct span bytes)
{
	memcpy(k->bytes + k->len, bytes.data, bytes.len);
	k->len += bytes.len;
}

void key_text(struct key_buffer *k, const char *text)
{
	key_span(k, span_text(text));
}

struct span key_span_of(const struct key_buffer *k)
{
	return span_of(k->bytes, k->len);
}

enum status record_get(
	struct kv_txn *t, struct span key, const struct record *rec, void *out, size_t size, struct bytes *owned)
{
	struct span value;
	enum status s = kv_get(t, &value, key);

	if (s != STATUS_OK)
		return s;
	if (owned != NULL) {
		bytes_clear(owned);
		bytes_append(owned, value.data, value.len);
		if (bytes_status(owned) != STATUS_OK)
			return STATUS_NO_MEMORY;
		value = bytes_span(owned);
	}
	return stored_decode(out, size, rec, value);
}

enum status record_put(struct kv_txn *t, struct span key, const struct record *rec, const void *in)
{
	struct bytes value = {0};
	enum status s;

	stored_write(&value, rec, in);
	s = bytes_status(&value);
	if (s == STATUS_OK)
		s = kv_put(t, key, bytes_span(&value));
	bytes_release(&value);
	return s;
}

/* The counters of a store: its salt, and the last numbers given out. */
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
	enum status s = kv_get(t, &value, key_span_of(&key));

	return s == STATUS_NOT_FOUND ? record_put(t, key_span_of(&key), &counter_record, &c) : s;
}

/* Take the next number of the counter at @offset. */
static enum status count(struct kv_txn *t, uint64_t *number, size_t offset)
{
	struct key_buffer key = key_begin('M');
	struct bytes owned = {0};
	struct counters c;
	enum status s = record_get(t, key_span_of(&key), &counter_record, &c, sizeof(c), &owned);

	if (s == STATUS_OK) {
		uint64_t *counter = (uint64_t *)(void *)((char *)&c + offset);

		*number = ++*counter;
		s = record_put(t, key_span_of(&key), &counter_record, &c);
	}
	bytes_release(&owned);
	return s;
}

enum status store_derive(struct kv_txn *t, uint8_t out[32], const char *label, uint64_t number)
{
	struct key_buffer key = key_begin('M');
	struct bytes owned = {0}, text = {0};
	struct counters c;
	enum status s = record_get(t, key_span_of(&key), &counter_record, &c, sizeof(c), &owned);

	if (s == STATUS_OK) {
		bytes_append(&text, c.salt.data, c.salt.len);
		bytes_append_format(&text, "%s %llu", label, (unsigned long long)number);
		s = bytes_status(&text);
	}
	if (s == STATUS_OK)
		blake2b(out, 32, bytes_span(&text));
	bytes_release(&text);
	bytes_release(&owned);
	return s;
}

enum status store_next_number(struct kv_txn *t, uint64_t *number)
{
	return count(t, number, offsetof(struct counters, deal));
}

enum status store_next_content(struct kv_txn *t, uint64_t *number)
{
	return count(t, number, offsetof(struct counters, content));
}

enum status store_next_deal(struct kv_txn *t, uint64_t *id, uint64_t *number)
{
	uint8_t digest[32];
	uint64_t n, salt;
	enum status s = store_next_number(t, &n);

	if (s == STATUS_OK)
		s = store_derive(t, digest, "deal", 0);
	if (s != STATUS_OK)
		return s;
	/* 31 bits of the store's own salt, never zero, then the number: below 2^63, and not repeated here or elsewhere. */
	salt = ((uint64_t)digest[0] << 24 | digest[1] << 16 | digest[2] << 8 | digest[3]) & 0x7fffffff;
	*id = (salt | 0x40000000) << 32 | (n & 0xffffffff);
	*number = n;
	return STATUS_OK;
}

static const struct field event_fields[] = {
	{"time", FIELD_INT, offsetof(struct event, time)},
	{"side", FIELD_UINT, offsetof(struct event, side)},
	{"deal", FIELD_UINT, offsetof(struct event, deal)},
	{"event", FIELD_UINT, offsetof(struct event, event)},
	{"state", FIELD_UINT, offsetof(struct event, state)},
	{"bytes", FIELD_UINT, offsetof(struct event, bytes)},
	{"interval", FIELD_UINT, offsetof(struct event, interval)},
	{"funds", FIELD_AMOUNT, offsetof(struct event, funds)},
	{"message", FIELD_TEXT, offsetof(struct event, message)},
};
static const struct record event_record = RECORD(event_fields);

static struct key_buffer event_of_deal_key(uint64_t side, uint64_t deal)
{
	struct key_buffer key = key_begin('e');

	key.bytes[key.len++] = (uint8_t)side;
	key_number(&key, deal);
	return key;
}

enum status store_put_event(struct kv_txn *t, struct event *e)
{
	struct key_buffer key = key_begin('E'), of_deal = event_of_deal_key(e->side, e->deal);
	enum status s = count(t, &e->sequence, offsetof(struct counters, event));

	if (s != STATUS_OK)
		return s;
	key_number(&key, e->sequence);
	key_number(&of_deal, e->sequence);
	s = record_put(t, key_span_of(&key), &event_record, e);
	return s == STATUS_OK ? kv_put(t, key_span_of(&of_deal), span_of("", 0)) : s;
}

static enum status load_event(struct kv_txn *t, struct event *e, struct bytes *owned, uint64_t sequence)
{
	struct key_buffer key = key_begin('E');
	enum status s;

	key_number(&key, sequence);
	s = record_get(t, key_span_of(&key), &event_record, e, sizeof(*e), owned);
	e->sequence = sequence;
	return s;
}

enum status store_each_event(struct kv_txn *t, uint64_t from, const struct deal_name *name, size_t limit,
	enum status (*each)(void *ctx, const struct event *e), void *ctx)
{
	struct key_buffer prefix = name != NULL ? event_of_deal_key(name->side, name->id) : key_begin('E');
	struct key_buffer after = {.len = 0};
	struct kv_cursor *cursor = NULL;
	struct bytes owned = {0};
	struct span key, value;
	struct event e = {0};
	enum status s;

	key_number(&after, from);
	s = kv_seek(t, &cursor, key_span_of(&prefix), key_span_of(&after));
	for (size_t n = 0; s == STATUS_OK && n < limit; n++) {
		s = kv_next(cursor, &key, &value);
		if (s == STATUS_OK)
			s = load_event(t, &e, &owned, span_number(key, prefix.len));
		if (s == STATUS_OK)
			s = each(ctx, &e);
	}
	kv_cursor_free(&cursor);
	bytes_release(&owned);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

enum status store_each_record(struct kv_txn *t, void (*each)(void *ctx, char letter, enum status verified), void *ctx)
{
	struct kv_cursor *cursor = NULL;
	struct span key = {0}, value;
	enum status s = kv_seek(t, &cursor, span_of("", 0), span_of("", 0));

	while (s == STATUS_OK) {
		s = kv_next(cursor, &key, &value);
		if (s == STATUS_OK || (s == STATUS_CORRUPT && key.len != 0)) {
			each(ctx, key.len != 0 ? (char)key.data[0] : '\0', s);
			s = STATUS_OK;
		}
		key.len = 0;
	}
	kv_cursor_free(&cursor);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}
