/* old_contents.c - marks contents that no offer names, and removes contents in steps. */
#include "store/old_contents.h"

#include "store/store_private.h"

static struct key_buffer mark_key(uint64_t number)
{
	struct key_buffer key = key_begin('G');

	key_number(&key, number);
	return key;
}

enum status store_mark_content(struct kv_txn *txn, uint64_t number)
{
	struct key_buffer key = mark_key(number);

	return number_put(txn, &key, number);
}

enum status store_unmark_content(struct kv_txn *txn, uint64_t number)
{
	struct key_buffer key = mark_key(number);

	return value_drop(txn, &key);
}

enum status store_next_marked(struct kv_txn *txn, uint64_t *number, uint64_t after)
{
	struct key_buffer prefix = key_begin('G'), from = key_of_number(after + 1);
	CLEAN_WALK struct kv_walk walk = kv_walk(txn, key_span_of(&prefix), key_span_of(&from));

	if (!kv_walk_next(&walk))
		return walk.status == STATUS_OK ? STATUS_NOT_FOUND : walk.status;
	if (walk.key.len != 9)
		return STATUS_CORRUPT;
	*number = span_number(walk.key, 1);
	return STATUS_OK;
}

enum status store_delete_blocks(struct kv_txn *txn, bool *left, uint64_t number, size_t max)
{
	struct key_buffer prefix = key_begin('B');
	CLEAN_WALK struct kv_walk walk = {0};

	key_number(&prefix, number);
	walk = store_walk(txn, &prefix);
	*left = false;
	for (size_t deleted = 0; kv_walk_next(&walk); deleted++) {
		struct key_buffer key = {.len = 0};
		enum status s;

		if (deleted == max) {
			*left = true;
			return STATUS_OK;
		}
		key_span(&key, walk.key);
		s = kv_delete(txn, key_span_of(&key));
		if (s != STATUS_OK)
			return s;
	}
	return walk.status;
}

enum status store_delete_content(struct kv_txn *txn, uint64_t number)
{
	struct key_buffer key = key_begin('C');
	enum status s;

	key_number(&key, number);
	s = value_drop(txn, &key);
	return s == STATUS_OK ? store_unmark_content(txn, number) : s;
}
