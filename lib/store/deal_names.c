/* deal_names.c - lists deals, and finds deals by number, id, prefix of an id, transfer and request.
 *
 * Knows the lists of deals. Does not know the members of a deal.
 */
#include <string.h>

#include "store/deals_private.h"

#define ID_DIGITS_MAX 20

static struct key_buffer transfer_key(enum deal_side side, uint64_t transfer)
{
	struct key_buffer key = key_begin(side == SIDE_CLIENT ? 'T' : 't');

	key_number(&key, transfer);
	return key;
}

static struct key_buffer request_key(enum deal_side side, const uint8_t *request)
{
	struct key_buffer key = key_begin(side == SIDE_CLIENT ? 'R' : 'r');

	key_span(&key, span_of(request, REQUEST_ID_SIZE));
	return key;
}

/* A deal's name as a value: the side, then the id. */
static struct key_buffer write_name(struct deal_name name)
{
	struct key_buffer value = {.len = 0};

	key_byte(&value, (uint8_t)name.side);
	key_number(&value, name.id);
	return value;
}

static enum status read_name(struct deal_name *name, struct span value)
{
	if (value.len != 9 || value.data[0] > SIDE_PROVIDER)
		return STATUS_CORRUPT;
	*name = (struct deal_name){(enum deal_side)value.data[0], span_number(value, 1)};
	return STATUS_OK;
}

enum status deal_put_names(struct kv_txn *t, struct deal_name name, const struct deal_labels *labels)
{
	struct key_buffer in_list = key_begin('N'), by_transfer = transfer_key(name.side, labels->transfer);
	struct key_buffer by_request = request_key(name.side, labels->request), value = write_name(name);
	struct span old;
	enum status s;

	key_number(&in_list, labels->number);
	s = kv_get(t, &old, key_span_of(&in_list));
	if (s != STATUS_NOT_FOUND)
		return s;
	s = value_put(t, &in_list, key_span_of(&value));
	if (s != STATUS_OK)
		return s;
	s = value_put(t, &by_transfer, key_span_of(&value));
	if (s != STATUS_OK)
		return s;
	return value_put(t, &by_request, key_span_of(&value));
}

/* Move behind the newest deal (@before 0), or behind the newest deal whose number is below @before. */
static enum status seek_back(struct kv_txn *t, struct kv_cursor **cursor, uint64_t before)
{
	struct key_buffer prefix = key_begin('N'), after = key_of_number(before);
	struct span key, value;
	enum status s;

	if (before == 0)
		return kv_seek_last(t, cursor, key_span_of(&prefix));
	s = kv_seek(t, cursor, key_span_of(&prefix), key_span_of(&after));
	if (s != STATUS_OK)
		return s;
	/* Step back over the first deal whose number is not below @before. */
	s = kv_prev(*cursor, &key, &value);
	if (s != STATUS_NOT_FOUND)
		return s;
	kv_cursor_free(cursor); /* all numbers are below @before */
	return kv_seek_last(t, cursor, key_span_of(&prefix));
}

enum status store_list_deals(
	struct kv_txn *t, struct deal_name *names, size_t *count, uint64_t *lowest, uint64_t before)
{
	CLEAN_CURSOR struct kv_cursor *cursor = NULL;
	size_t room = *count;
	struct span key, value;
	enum status s = seek_back(t, &cursor, before);

	*count = 0;
	if (s != STATUS_OK)
		return s;
	while (*count < room) {
		s = kv_prev(cursor, &key, &value);
		if (s == STATUS_NOT_FOUND)
			return STATUS_OK;
		if (s != STATUS_OK)
			return s;
		s = read_name(&names[*count], value);
		if (s != STATUS_OK)
			return s;
		++*count;
		*lowest = span_number(key, 1);
	}
	return STATUS_OK;
}

/* The newest deal whose side is in @sides. */
static enum status find_newest(struct kv_txn *t, struct deal_name *name, unsigned sides)
{
	CLEAN_CURSOR struct kv_cursor *cursor = NULL;
	struct deal_name found = {0};
	struct span key, value;
	enum status s = seek_back(t, &cursor, 0);

	if (s != STATUS_OK)
		return s;
	do {
		s = kv_prev(cursor, &key, &value);
		if (s != STATUS_OK)
			return s;
		s = read_name(&found, value);
		if (s != STATUS_OK)
			return s;
	} while ((sides & (1u << found.side)) == 0);
	*name = found;
	return STATUS_OK;
}

static uint64_t read_id(struct span digits)
{
	uint64_t id = 0;

	for (size_t i = 0; i < digits.len; i++)
		id = id * 10 + (uint64_t)(digits.data[i] - '0');
	return id;
}

/* Count the deals of one side whose id begins with @text in @matches, and set @name to the exact match, else to a match. */
static enum status find_prefix(
	struct kv_txn *t, struct deal_name *name, unsigned *matches, const char *text, enum deal_side side)
{
	struct key_buffer prefix = key_begin(side == SIDE_CLIENT ? 'D' : 'd');
	CLEAN_WALK struct kv_walk walk = {0};

	key_text(&prefix, text);
	walk = store_walk(t, &prefix);
	while (*matches < 2 && kv_walk_next(&walk)) {
		*name = (struct deal_name){side, read_id(span_of(walk.key.data + 1, walk.key.len - 1))};
		++*matches;
		if (walk.key.len == prefix.len)
			return STATUS_OK;
	}
	return walk.status;
}

enum status store_find_deal(struct kv_txn *t, struct deal_name *name, const char *text, unsigned sides)
{
	struct deal_name found = {0};
	unsigned matches = 0;
	enum status s = STATUS_OK;

	if (strcmp(text, "@") == 0)
		return find_newest(t, name, sides);
	if (*text == '\0' || strspn(text, "0123456789") != strlen(text) || strlen(text) > ID_DIGITS_MAX)
		return STATUS_USAGE;
	if (sides & SIDES_CLIENT)
		s = find_prefix(t, &found, &matches, text, SIDE_CLIENT);
	if (s != STATUS_OK)
		return s;
	if (sides & SIDES_PROVIDER)
		s = find_prefix(t, &found, &matches, text, SIDE_PROVIDER);
	if (s != STATUS_OK)
		return s;
	if (matches != 1)
		return matches == 0 ? STATUS_NOT_FOUND : STATUS_AMBIGUOUS;
	*name = found;
	return STATUS_OK;
}

static enum status find_name(struct kv_txn *t, uint64_t *id, const struct key_buffer *key)
{
	struct deal_name name;
	struct span value;
	enum status s = kv_get(t, &value, key_span_of(key));

	if (s != STATUS_OK)
		return s;
	s = read_name(&name, value);
	if (s != STATUS_OK)
		return s;
	*id = name.id;
	return STATUS_OK;
}

enum status store_find_transfer(struct kv_txn *t, uint64_t *id, enum deal_side side, uint64_t transfer)
{
	struct key_buffer key = transfer_key(side, transfer);

	return find_name(t, id, &key);
}

enum status store_find_request(struct kv_txn *t, uint64_t *id, enum deal_side side, const uint8_t *request)
{
	struct key_buffer key = request_key(side, request);

	return find_name(t, id, &key);
}

enum status store_put_request(struct kv_txn *t, enum deal_side side, uint64_t id, const uint8_t *request)
{
	struct key_buffer key = request_key(side, request), value = write_name((struct deal_name){side, id});

	return value_put(t, &key, key_span_of(&value));
}
