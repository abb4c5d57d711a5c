/* records.c - makes the keys of the store, and loads and saves records and values.
 *
 * Knows the form of keys and records. Does not know the meaning of a record.
 */
#include <assert.h>
#include <string.h>

#include "store/store_private.h"

struct key_buffer key_begin(char letter)
{
	return (struct key_buffer){.bytes = {(uint8_t)letter}, .len = 1};
}

struct key_buffer key_of_number(uint64_t number)
{
	struct key_buffer key = {.len = 0};

	key_number(&key, number);
	return key;
}

void key_byte(struct key_buffer *k, uint8_t byte)
{
	key_span(k, span_of(&byte, 1));
}

void key_number(struct key_buffer *k, uint64_t number)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		key_byte(k, (uint8_t)(number >> shift));
}

void key_span(struct key_buffer *k, struct span bytes)
{
	assert(bytes.len <= sizeof(k->bytes) - k->len);
	if (bytes.len == 0)
		return;
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

struct kv_walk store_walk(struct kv_txn *t, const struct key_buffer *prefix)
{
	return kv_walk(t, key_span_of(prefix), (struct span){0});
}

enum status record_get(struct kv_txn *t, const struct key_buffer *key, const struct record *rec, void *out, size_t size)
{
	struct span value;
	enum status s = kv_get(t, &value, key_span_of(key));

	return s == STATUS_OK ? stored_decode(out, size, rec, value) : s;
}

enum status record_copy(struct kv_txn *t, struct bytes *owned, const struct key_buffer *key)
{
	struct span value;
	enum status s = kv_get(t, &value, key_span_of(key));

	if (s != STATUS_OK)
		return s;
	bytes_clear(owned);
	bytes_append(owned, value.data, value.len);
	return bytes_status(owned);
}

enum status record_put(struct kv_txn *t, const struct key_buffer *key, const struct record *rec, const void *in)
{
	CLEAN_BYTES struct bytes value = {0};
	enum status s;

	stored_write(&value, rec, in);
	s = bytes_status(&value);
	return s == STATUS_OK ? kv_put(t, key_span_of(key), bytes_span(&value)) : s;
}

enum status value_get(struct kv_txn *t, struct bytes *out, const struct key_buffer *key)
{
	struct span value;
	enum status s = kv_get(t, &value, key_span_of(key));

	if (s != STATUS_OK)
		return s;
	bytes_append(out, value.data, value.len);
	return bytes_status(out);
}

enum status value_put(struct kv_txn *t, const struct key_buffer *key, struct span value)
{
	return kv_put(t, key_span_of(key), value);
}

enum status number_get(struct kv_txn *t, uint64_t *number, const struct key_buffer *key)
{
	struct span value;
	enum status s = kv_get(t, &value, key_span_of(key));

	if (s != STATUS_OK)
		return s;
	if (value.len != sizeof(*number))
		return STATUS_CORRUPT;
	*number = span_number(value, 0);
	return STATUS_OK;
}

enum status number_put(struct kv_txn *t, const struct key_buffer *key, uint64_t number)
{
	struct key_buffer value = key_of_number(number);

	return kv_put(t, key_span_of(key), key_span_of(&value));
}

enum status value_drop(struct kv_txn *t, const struct key_buffer *key)
{
	enum status s = kv_delete(t, key_span_of(key));

	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}
