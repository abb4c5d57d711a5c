/* deals.c - deals as records, and how they are named and found. */
#include <stdio.h>
#include <string.h>

#include "ipld/selector.h"
#include "store/store_private.h"

/* A deal and its parts that no record kind fits: bytes and texts, as spans. */
struct client_view {
	struct client_deal d;
	struct span request, message;
	uint64_t state;
};
struct provider_view {
	struct provider_deal d;
	struct span request, message;
	uint64_t state;
};

#define PARAMS(member) offsetof(struct deal_params, member)
static const struct field params_fields[] = {
	{"selector", FIELD_ANY_OR_NULL, PARAMS(selector)},
	{"price", FIELD_AMOUNT, PARAMS(price_per_byte)},
	{"interval", FIELD_UINT, PARAMS(payment_interval)},
	{"increase", FIELD_UINT, PARAMS(payment_interval_increase)},
	{"unseal", FIELD_AMOUNT, PARAMS(unseal_price)},
};
static const struct record params_record = RECORD(params_fields);

#define CLIENT(member) offsetof(struct client_view, d.member)
static const struct field client_fields[] = {
	{"id", FIELD_UINT, CLIENT(id)},
	{"number", FIELD_UINT, CLIENT(number)},
	{"request", FIELD_BYTES, offsetof(struct client_view, request)},
	{"transfer", FIELD_UINT, CLIENT(transfer)},
	{"payload", FIELD_CID, CLIENT(payload)},
	{"params", FIELD_RECORD, CLIENT(params), &params_record},
	{"state", FIELD_UINT, offsetof(struct client_view, state)},
	{"message", FIELD_TEXT, offsetof(struct client_view, message)},
	{"client", FIELD_ADDRESS_OR_NULL, CLIENT(client)},
	{"provider", FIELD_ADDRESS_OR_NULL, CLIENT(provider)},
	{"channel", FIELD_ADDRESS_OR_NULL, CLIENT(channel)},
	{"has_lane", FIELD_BOOL, CLIENT(has_lane)},
	{"lane", FIELD_UINT, CLIENT(lane)},
	{"wait", FIELD_CID_OR_NULL, CLIENT(wait_message)},
	{"size", FIELD_UINT, CLIENT(size)},
};
static const struct field client_money_fields[] = {
	{"total_funds", FIELD_AMOUNT, CLIENT(total_funds)},
	{"max_total", FIELD_AMOUNT, CLIENT(max_total)},
	{"spent", FIELD_AMOUNT, CLIENT(funds_spent)},
	{"requested", FIELD_AMOUNT, CLIENT(payment_requested)},
	{"shortfall", FIELD_AMOUNT, CLIENT(shortfall)},
	{"last_requested", FIELD_BOOL, CLIENT(last_payment_requested)},
	{"unseal_requested", FIELD_BOOL, CLIENT(unseal_requested)},
	{"all_received", FIELD_BOOL, CLIENT(all_blocks_received)},
	{"received", FIELD_UINT, CLIENT(total_received)},
	{"blocks", FIELD_UINT, CLIENT(blocks_received)},
	{"paid_for", FIELD_UINT, CLIENT(bytes_paid_for)},
	{"interval", FIELD_UINT, CLIENT(current_interval)},
	{"nonce", FIELD_UINT, CLIENT(voucher_nonce)},
};
static const struct record client_terms_record = RECORD(client_fields);
static const struct record client_money_record = RECORD(client_money_fields);
static const struct field client_inherited_fields[] = {
	{"bytes", FIELD_UINT, CLIENT(inherited)},
	{"blocks", FIELD_UINT, CLIENT(inherited_blocks)},
	{"held", FIELD_UINT, CLIENT(held)},
	{"unasked", FIELD_BOOL, CLIENT(unasked)},
};
static const struct record client_inherited_record = RECORD(client_inherited_fields);
/* All parts lie in one struct: each record's offsets count from its start. */
static const struct field client_parts[] = {
	{"deal", FIELD_RECORD, 0, &client_terms_record},
	{"money", FIELD_RECORD, 0, &client_money_record},
	{"inherited", FIELD_RECORD, 0, &client_inherited_record, .since = 1},
};
static const struct record client_record = RECORD(client_parts);

#define PROVIDER(member) offsetof(struct provider_view, d.member)
static const struct field provider_fields[] = {
	{"id", FIELD_UINT, PROVIDER(id)},
	{"number", FIELD_UINT, PROVIDER(number)},
	{"request", FIELD_BYTES, offsetof(struct provider_view, request)},
	{"transfer", FIELD_UINT, PROVIDER(transfer)},
	{"payload", FIELD_CID, PROVIDER(payload)},
	{"params", FIELD_RECORD, PROVIDER(params), &params_record},
	{"state", FIELD_UINT, offsetof(struct provider_view, state)},
	{"message", FIELD_TEXT, offsetof(struct provider_view, message)},
	{"content", FIELD_UINT, PROVIDER(content)},
	{"payee", FIELD_ADDRESS_OR_NULL, PROVIDER(payee)},
	{"channel", FIELD_ADDRESS_OR_NULL, PROVIDER(channel)},
	{"lane", FIELD_UINT, PROVIDER(lane)},
};
static const struct field provider_money_fields[] = {
	{"received", FIELD_AMOUNT, PROVIDER(funds_received)},
	{"sent", FIELD_UINT, PROVIDER(total_sent)},
	{"blocks", FIELD_UINT, PROVIDER(blocks_sent)},
	{"interval", FIELD_UINT, PROVIDER(current_interval)},
	{"all_sent", FIELD_BOOL, PROVIDER(all_blocks_sent)},
	{"resume_sent", FIELD_UINT, PROVIDER(resume_sent)},
	{"resume_blocks", FIELD_UINT, PROVIDER(resume_blocks)},
};
static const struct record provider_terms_record = RECORD(provider_fields);
static const struct record provider_money_record = RECORD(provider_money_fields);
static const struct field provider_held_fields[] = {
	{"links", FIELD_UINT, PROVIDER(held)},
	{"blocks", FIELD_UINT, PROVIDER(held_blocks)},
};
static const struct record provider_held_record = RECORD(provider_held_fields);
static const struct field provider_parts[] = {
	{"deal", FIELD_RECORD, 0, &provider_terms_record},
	{"money", FIELD_RECORD, 0, &provider_money_record},
	{"held", FIELD_RECORD, 0, &provider_held_record, .since = 1},
};
static const struct record provider_record = RECORD(provider_parts);

/* Deals are kept under the decimal text of their id, so that a prefix of it finds them. */
static struct key_buffer deal_key(enum deal_side side, uint64_t id)
{
	struct key_buffer key = key_begin(side == SIDE_CLIENT ? 'D' : 'd');
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)id);
	key_text(&key, text);
	return key;
}

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

/* What cannot be borrowed from the store must be copied, and checked, on the way in. */
static enum status restore(uint8_t *request, char *message, struct deal_params *params, enum deal_state *state,
	struct span request_in, struct span message_in, uint64_t state_in)
{
	enum selector_kind kind;

	if (request_in.len != REQUEST_ID_SIZE || message_in.len >= DEAL_MESSAGE_MAX || state_in >= DEAL_STATE_COUNT ||
		selector_parse(&kind, params->selector) != STATUS_OK || terms_check(params) != STATUS_OK)
		return STATUS_CORRUPT;
	memcpy(request, request_in.data, REQUEST_ID_SIZE);
	memcpy(message, message_in.data, message_in.len);
	message[message_in.len] = '\0';
	if (params->selector.len != 0)
		params->selector = selector_all();
	*state = (enum deal_state)state_in;
	return STATUS_OK;
}

enum status store_get_client(struct kv_txn *t, struct client_deal *d, uint64_t id)
{
	struct key_buffer key = deal_key(SIDE_CLIENT, id);
	struct client_view v = {0};
	enum status s = record_get(t, key_span_of(&key), &client_record, &v, sizeof(v), NULL);

	if (s == STATUS_OK)
		s = restore(v.d.request, v.d.message, &v.d.params, &v.d.state, v.request, v.message, v.state);
	if (s == STATUS_OK && v.d.id != id)
		s = STATUS_CORRUPT;
	if (s == STATUS_OK)
		*d = v.d;
	return s;
}

enum status store_get_provider(struct kv_txn *t, struct provider_deal *d, uint64_t id)
{
	struct key_buffer key = deal_key(SIDE_PROVIDER, id);
	struct provider_view v = {0};
	enum status s = record_get(t, key_span_of(&key), &provider_record, &v, sizeof(v), NULL);

	if (s == STATUS_OK)
		s = restore(v.d.request, v.d.message, &v.d.params, &v.d.state, v.request, v.message, v.state);
	if (s == STATUS_OK && v.d.id != id)
		s = STATUS_CORRUPT;
	if (s == STATUS_OK)
		*d = v.d;
	return s;
}

/* A deal that is put for the first time also gets its place in the list and under the ids of its messages. */
static enum status put_names(
	struct kv_txn *t, enum deal_side side, uint64_t id, uint64_t number, uint64_t transfer, const uint8_t *request)
{
	struct key_buffer in_list = key_begin('N'), by_transfer = transfer_key(side, transfer);
	struct key_buffer by_request = request_key(side, request);
	struct key_buffer name = {.len = 0};
	struct span old;
	enum status s;

	key_number(&in_list, number);
	name.bytes[name.len++] = (uint8_t)side;
	key_number(&name, id);
	s = kv_get(t, &old, key_span_of(&in_list));
	if (s != STATUS_NOT_FOUND)
		return s;
	s = kv_put(t, key_span_of(&in_list), key_span_of(&name));
	if (s == STATUS_OK)
		s = kv_put(t, key_span_of(&by_transfer), key_span_of(&name));
	return s == STATUS_OK ? kv_put(t, key_span_of(&by_request), key_span_of(&name)) : s;
}

enum status store_put_client(struct kv_txn *t, const struct client_deal *d)
{
	struct key_buffer key = deal_key(SIDE_CLIENT, d->id);
	struct client_view v = {.d = *d, .request = span_of(d->request, REQUEST_ID_SIZE), .state = d->state};
	enum status s = put_names(t, SIDE_CLIENT, d->id, d->number, d->transfer, d->request);

	v.message = span_text(v.d.message);
	return s == STATUS_OK ? record_put(t, key_span_of(&key), &client_record, &v) : s;
}

enum status store_put_provider(struct kv_txn *t, const struct provider_deal *d)
{
	struct key_buffer key = deal_key(SIDE_PROVIDER, d->id);
	struct provider_view v = {.d = *d, .request = span_of(d->request, REQUEST_ID_SIZE), .state = d->state};
	enum status s = put_names(t, SIDE_PROVIDER, d->id, d->number, d->transfer, d->request);

	v.message = span_text(v.d.message);
	return s == STATUS_OK ? record_put(t, key_span_of(&key), &provider_record, &v) : s;
}

static enum status read_name(struct deal_name *name, struct span value)
{
	if (value.len != 9 || value.data[0] > SIDE_PROVIDER)
		return STATUS_CORRUPT;
	*name = (struct deal_name){(enum deal_side)value.data[0], span_number(value, 1)};
	return STATUS_OK;
}

enum status store_list_deals(
	struct kv_txn *t, struct deal_name *names, size_t *count, uint64_t *lowest, uint64_t before)
{
	struct key_buffer prefix = key_begin('N'), after = {.len = 0};
	struct kv_cursor *cursor = NULL;
	struct span key, value;
	size_t found = 0;
	enum status s;

	if (before == 0) {
		s = kv_seek_last(t, &cursor, key_span_of(&prefix));
	} else {
		key_number(&after, before);
		s = kv_seek(t, &cursor, key_span_of(&prefix), key_span_of(&after));
		if (s == STATUS_OK)
			s = kv_prev(cursor, &key, &value);
		if (s == STATUS_NOT_FOUND) { /* no deal has that number or a higher one: all are before it */
			kv_cursor_free(&cursor);
			cursor = NULL;
			s = kv_seek_last(t, &cursor, key_span_of(&prefix));
		}
	}
	while (s == STATUS_OK && found < *count) {
		s = kv_prev(cursor, &key, &value);
		if (s == STATUS_OK)
			s = read_name(&names[found], value);
		if (s == STATUS_OK) {
			found++;
			*lowest = span_number(key, 1);
		}
	}
	kv_cursor_free(&cursor);
	*count = found;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

/* The newest deal on one of @sides. */
static enum status find_newest(struct kv_txn *t, struct deal_name *name, unsigned sides)
{
	struct key_buffer prefix = key_begin('N');
	struct kv_cursor *cursor = NULL;
	struct deal_name found = {0};
	struct span key, value;
	enum status s = kv_seek_last(t, &cursor, key_span_of(&prefix));

	while (s == STATUS_OK) {
		s = kv_prev(cursor, &key, &value);
		if (s == STATUS_OK)
			s = read_name(&found, value);
		if (s == STATUS_OK && (sides & (1u << found.side)) != 0) {
			*name = found;
			break;
		}
	}
	kv_cursor_free(&cursor);
	return s;
}

/* Deals of one side whose id begins with @text: sets @name to the exact or only one, and adds to @matches. */
static enum status find_prefix(
	struct kv_txn *t, struct deal_name *name, unsigned *matches, const char *text, enum deal_side side)
{
	struct key_buffer prefix = key_begin(side == SIDE_CLIENT ? 'D' : 'd');
	struct kv_cursor *cursor = NULL;
	struct span key, value;
	enum status s;

	key_text(&prefix, text);
	s = kv_seek(t, &cursor, key_span_of(&prefix), span_of("", 0));
	while (s == STATUS_OK && *matches < 2) {
		s = kv_next(cursor, &key, &value);
		if (s != STATUS_OK)
			break;
		*name = (struct deal_name){side, 0};
		for (size_t i = 1; i < key.len; i++)
			name->id = name->id * 10 + (uint64_t)(key.data[i] - '0');
		++*matches;
		if (key.len == prefix.len)
			break;
	}
	kv_cursor_free(&cursor);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

enum status store_find_deal(struct kv_txn *t, struct deal_name *name, const char *text, unsigned sides)
{
	struct deal_name found = {0};
	unsigned matches = 0;
	enum status s = STATUS_OK;

	if (strcmp(text, "@") == 0)
		return find_newest(t, name, sides);
	if (*text == '\0' || strspn(text, "0123456789") != strlen(text) || strlen(text) > 20)
		return STATUS_USAGE;
	if (sides & SIDES_CLIENT)
		s = find_prefix(t, &found, &matches, text, SIDE_CLIENT);
	if (s == STATUS_OK && (sides & SIDES_PROVIDER))
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

	if (s == STATUS_OK)
		s = read_name(&name, value);
	if (s == STATUS_OK)
		*id = name.id;
	return s;
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

static struct key_buffer cursor_key(enum deal_side side, uint64_t id, char which)
{
	struct key_buffer key = key_begin(side == SIDE_CLIENT ? 'K' : 'k');

	key_number(&key, id);
	key.bytes[key.len++] = (uint8_t)which;
	return key;
}

static enum status get_bytes(struct kv_txn *t, struct bytes *out, const struct key_buffer *key)
{
	struct span value;
	enum status s = kv_get(t, &value, key_span_of(key));

	if (s != STATUS_OK)
		return s;
	bytes_append(out, value.data, value.len);
	return bytes_status(out);
}

enum status store_get_cursor(struct kv_txn *t, struct bytes *out, enum deal_side side, uint64_t id, char which)
{
	struct key_buffer key = cursor_key(side, id, which);

	return get_bytes(t, out, &key);
}

enum status store_put_cursor(struct kv_txn *t, enum deal_side side, uint64_t id, char which, struct span cursor)
{
	struct key_buffer key = cursor_key(side, id, which);

	return kv_put(t, key_span_of(&key), cursor);
}

static struct key_buffer text_key(uint64_t id, char which)
{
	struct key_buffer key = key_begin('U');

	key_number(&key, id);
	key.bytes[key.len++] = (uint8_t)which;
	return key;
}

enum status store_get_text(struct kv_txn *t, struct bytes *out, uint64_t id, char which)
{
	struct key_buffer key = text_key(id, which);

	return get_bytes(t, out, &key);
}

enum status store_put_text(struct kv_txn *t, uint64_t id, char which, const char *text)
{
	struct key_buffer key = text_key(id, which);

	return kv_put(t, key_span_of(&key), span_text(text));
}

static struct key_buffer payload_key(char letter, const struct cid *payload)
{
	struct key_buffer key = key_begin(letter);

	key_span(&key, cid_span(payload));
	return key;
}

enum status store_put_complete(struct kv_txn *t, const struct cid *payload, uint64_t id)
{
	struct key_buffer key = payload_key('P', payload);
	struct bytes value = {0};
	enum status s;

	bytes_append_number(&value, id);
	s = bytes_status(&value);
	if (s == STATUS_OK)
		s = kv_put(t, key_span_of(&key), bytes_span(&value));
	bytes_release(&value);
	return s;
}

enum status store_get_complete(struct kv_txn *t, uint64_t *id, const struct cid *payload)
{
	struct key_buffer key = payload_key('P', payload);
	struct span value;
	enum status s = kv_get(t, &value, key_span_of(&key));

	if (s == STATUS_OK && value.len != 8)
		return STATUS_CORRUPT;
	if (s == STATUS_OK)
		*id = span_number(value, 0);
	return s;
}

enum status store_put_part(struct kv_txn *t, const struct cid *payload, uint64_t id)
{
	struct key_buffer key = payload_key('p', payload);

	key_number(&key, id);
	return kv_put(t, key_span_of(&key), span_of("", 0));
}

enum status store_drop_part(struct kv_txn *t, const struct cid *payload, uint64_t id)
{
	struct key_buffer key = payload_key('p', payload);
	enum status s;

	key_number(&key, id);
	s = kv_delete(t, key_span_of(&key));
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

enum status store_each_part(
	struct kv_txn *t, const struct cid *payload, enum status (*each)(void *ctx, uint64_t id), void *ctx)
{
	struct key_buffer prefix = payload_key('p', payload);
	struct kv_cursor *cursor = NULL;
	struct span key, value;
	enum status s = kv_seek(t, &cursor, key_span_of(&prefix), span_of("", 0));

	while (s == STATUS_OK) {
		s = kv_next(cursor, &key, &value);
		if (s == STATUS_OK && key.len == prefix.len + 8)
			s = each(ctx, span_number(key, prefix.len));
	}
	kv_cursor_free(&cursor);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}
