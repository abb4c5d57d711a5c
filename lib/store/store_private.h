/* store_private.h - the functions that make keys and records; for lib/store only. */
#ifndef STORE_STORE_PRIVATE_H
#define STORE_STORE_PRIVATE_H

#include "store/store.h"
#include "wire/stored.h"

/** struct key_buffer - a key under construction. */
struct key_buffer {
	uint8_t bytes[KV_KEY_MAX];
	size_t len;
};

struct key_buffer key_begin(char letter);
/** key_of_number - only the eight bytes of a number: a value, or the start of a walk. */
struct key_buffer key_of_number(uint64_t number);
void key_byte(struct key_buffer *k, uint8_t byte);
void key_number(struct key_buffer *k, uint64_t number);
void key_span(struct key_buffer *k, struct span bytes);
void key_text(struct key_buffer *k, const char *text);
struct span key_span_of(const struct key_buffer *k);

/** channel_key, voucher_key - the key of a record of a channel, or of one of its vouchers; each sort has its letter. */
struct key_buffer channel_key(char letter, const struct address *channel);
struct key_buffer voucher_key(char letter, const struct address *channel, uint64_t lane, uint64_t nonce);

/** store_walk - all pairs under @prefix. */
struct kv_walk store_walk(struct kv_txn *t, const struct key_buffer *prefix);

/** record_get - decode the record at @key into @out; the spans of @out are valid until the transaction ends. */
enum status record_get(
	struct kv_txn *t, const struct key_buffer *key, const struct record *rec, void *out, size_t size);
/** record_copy - replace the content of @owned with the stored bytes of the record at @key, for records whose spans outlive the transaction. */
enum status record_copy(struct kv_txn *t, struct bytes *owned, const struct key_buffer *key);
enum status record_put(struct kv_txn *t, const struct key_buffer *key, const struct record *rec, const void *in);

/** voucher_put - keep a signed voucher at @key; EXISTS if another one is there. */
enum status voucher_put(struct kv_txn *t, const struct key_buffer *key, struct span voucher);
/**
 * voucher_each - call @each for the vouchers below @prefix, whose first @of_channel bytes are the channel_key(), past
 * damaged records; CORRUPT at the end if there are any.
 */
enum status voucher_each(struct kv_txn *t, const struct key_buffer *prefix, size_t of_channel,
	enum status (*each)(void *ctx, uint64_t lane, uint64_t nonce, struct span voucher), void *ctx);

/* Values without a table: bytes (appended to @out), and numbers of eight bytes. */
enum status value_get(struct kv_txn *t, struct bytes *out, const struct key_buffer *key);
enum status value_put(struct kv_txn *t, const struct key_buffer *key, struct span value);
enum status number_get(struct kv_txn *t, uint64_t *number, const struct key_buffer *key);
enum status number_put(struct kv_txn *t, const struct key_buffer *key, uint64_t number);
/** value_drop - delete the value at @key; OK too if there is none. */
enum status value_drop(struct kv_txn *t, const struct key_buffer *key);

#endif
