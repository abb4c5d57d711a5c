/* pending.c - chain messages in flight. Does not decode a message. */
#include "store/pending.h"

#include <stdlib.h>

#include "base/array.h"
#include "store/store_private.h"

/* The record that is kept with a message. It also marks a message among the notes. */
static const struct field about_fields[] = {
	{"amount", FIELD_AMOUNT, offsetof(struct about_message, brings)},
	{"since", FIELD_INT, offsetof(struct about_message, since), .since = 1},
};
static const struct record about_record = RECORD(about_fields);

static struct key_buffer key_about(char letter, struct span about)
{
	struct key_buffer key = key_begin(letter);

	key_span(&key, about);
	return key;
}

enum status store_get_pending(struct kv_txn *t, struct bytes *message, struct span about)
{
	struct key_buffer key = key_about('X', about);

	return value_get(t, message, &key);
}

enum status store_put_pending(struct kv_txn *t, struct span about, struct span note)
{
	struct key_buffer key = key_about('X', about);

	return value_put(t, &key, note);
}

enum status store_delete_pending(struct kv_txn *t, struct span about)
{
	struct key_buffer message = key_about('X', about), brings = key_about('W', about),
			  tries = key_about('Y', about);
	enum status s = value_drop(t, &message);

	if (s != STATUS_OK)
		return s;
	s = value_drop(t, &tries);
	return s == STATUS_OK ? value_drop(t, &brings) : s;
}

enum status store_put_message(
	struct kv_txn *t, struct span about, struct span message, const struct about_message *record)
{
	struct key_buffer key = key_about('W', about);
	enum status s = store_put_pending(t, about, message);

	return s == STATUS_OK ? record_put(t, &key, &about_record, record) : s;
}

enum status store_get_about(struct kv_txn *t, struct about_message *out, struct span about)
{
	struct key_buffer key = key_about('W', about);
	struct about_message record = {.brings = amount_zero()};
	enum status s = record_get(t, &key, &about_record, &record, sizeof(record));

	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	*out = record;
	return STATUS_OK;
}

/* The older tries are kept one behind the other, each with its length in front. */
enum status store_put_try(struct kv_txn *t, struct span about, struct span message)
{
	struct key_buffer key = key_about('Y', about);
	CLEAN_BYTES struct bytes older = {0}, newest = {0};
	enum status s = store_get_pending(t, &newest, about);

	if (s != STATUS_OK)
		return s;
	s = value_get(t, &older, &key);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	bytes_append_number(&older, newest.len);
	bytes_append(&older, newest.data, newest.len);
	s = bytes_status(&older);
	if (s != STATUS_OK)
		return s;
	s = value_put(t, &key, bytes_span(&older));
	return s == STATUS_OK ? store_put_pending(t, about, message) : s;
}

enum status store_get_tries(struct kv_txn *t, struct bytes *older, struct span about)
{
	struct key_buffer key = key_about('Y', about);
	enum status s = value_get(t, older, &key);

	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

bool tries_next(struct span *rest, struct span *one)
{
	uint64_t len;

	if (rest->len < sizeof(len))
		return false;
	len = span_number(*rest, 0);
	if (len > rest->len - sizeof(len))
		return false;
	*one = span_of(rest->data + sizeof(len), (size_t)len);
	*rest = span_of(one->data + one->len, rest->len - sizeof(len) - one->len);
	return true;
}

enum status store_get_next_nonce(struct kv_txn *t, uint64_t *nonce, const struct address *who)
{
	struct key_buffer key = key_about('J', address_span(who));
	enum status s = number_get(t, nonce, &key);

	if (s == STATUS_NOT_FOUND)
		*nonce = 0;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

enum status store_put_next_nonce(struct kv_txn *t, uint64_t nonce, const struct address *who)
{
	struct key_buffer key = key_about('J', address_span(who));

	return number_put(t, &key, nonce);
}

static enum status add_message(struct kv_txn *t, struct message_list *list, struct span about)
{
	struct kept_message *at = array_grow(list->at, list->count, &list->room, sizeof(*at));
	size_t before;
	enum status s;

	if (at == NULL)
		return STATUS_NO_MEMORY;
	list->at = at;
	bytes_append(&list->bytes, about.data, about.len);
	before = list->bytes.len;
	s = store_get_pending(t, &list->bytes, about);
	if (s != STATUS_OK) {
		list->bytes.len = before - about.len;
		return s == STATUS_NOT_FOUND ? STATUS_CORRUPT : s;
	}
	list->at[list->count++] = (struct kept_message){{NULL, about.len}, {NULL, list->bytes.len - before}};
	return STATUS_OK;
}

static enum status add_all(struct kv_txn *t, struct message_list *list)
{
	struct key_buffer all = key_begin('W');
	CLEAN_WALK struct kv_walk walk = store_walk(t, &all);
	bool damaged = false;

	while (kv_walk_next(&walk)) {
		enum status s = add_message(t, list, span_of(walk.key.data + 1, walk.key.len - 1));

		if (s != STATUS_OK && s != STATUS_CORRUPT)
			return s;
		damaged |= s == STATUS_CORRUPT;
	}
	return walk.status == STATUS_OK && damaged ? STATUS_CORRUPT : walk.status;
}

enum status store_list_messages(struct store *store, struct message_list *list)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(store), &txn);

	return s == STATUS_OK ? store_list_messages_in(txn, list) : s;
}

enum status store_list_messages_in(struct kv_txn *txn, struct message_list *list)
{
	enum status s = add_all(txn, list);
	const uint8_t *at;

	if (s != STATUS_OK && s != STATUS_CORRUPT)
		return s;
	/* The bytes of the list moved while the list grew, so the spans are set now. */
	at = list->bytes.data;
	for (size_t i = 0; i < list->count; i++) {
		struct kept_message *m = &list->at[i];

		m->about.data = at;
		m->message.data = at + m->about.len;
		at = m->message.data + m->message.len;
	}
	return s;
}

void message_list_release(struct message_list *list)
{
	free(list->at);
	bytes_release(&list->bytes);
	*list = (struct message_list){0};
}
