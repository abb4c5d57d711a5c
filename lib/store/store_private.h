/* store_private.h - how the files of the store make keys and records; for lib/store only. */
#ifndef STORE_STORE_PRIVATE_H
#define STORE_STORE_PRIVATE_H

#include "store/store.h"
#include "wire/stored.h"

/** struct key_buffer - a key being put together. */
struct key_buffer {
	uint8_t bytes[KV_KEY_MAX];
	size_t len;
};

struct key_buffer key_begin(char letter);
void key_number(struct key_buffer *k, uint64_t number);
void key_span(struct key_buffer *k, struct span bytes);
void key_text(struct key_buffer *k, const char *text);
struct span key_span_of(const struct key_buffer *k);

/** record_get - read the record at @key into @out; its spans borrow from @owned if not NULL, else they must not be kept. */
enum status record_get(
	struct kv_txn *t, struct span key, const struct record *rec, void *out, size_t size, struct bytes *owned);
enum status record_put(struct kv_txn *t, struct span key, const struct record *rec, const void *in);

#endif
