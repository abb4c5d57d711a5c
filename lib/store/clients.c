/* clients.c - the tally of each client of a provider.
 *
 * There is one record for each client, and one for each unpaid open deal. Both
 * change in the transaction that changes a deal, and no function reads through
 * all deals. Does not know any limit.
 */
#include "store/clients.h"

#include <string.h>

#include "store/deal_texts.h"
#include "store/store_private.h"

static const struct field tally_fields[] = {
	{"open", FIELD_UINT, offsetof(struct tally, open)},
	{"unpaid", FIELD_UINT, offsetof(struct tally, unpaid)},
	{"cancelled", FIELD_UINT, offsetof(struct tally, cancelled)},
	{"completed", FIELD_UINT, offsetof(struct tally, completed)},
	{"owed", FIELD_AMOUNT, offsetof(struct tally, owed), .since = 1},
};
static const struct record tally_record = RECORD(tally_fields);

static struct key_buffer tally_key(const char *client)
{
	struct key_buffer key = key_begin('A');

	key_text(&key, client);
	return key;
}

/* The zero separates the deals of a client from the deals of a client whose name begins with the same letters. */
static struct key_buffer list_key(char letter, const char *client)
{
	struct key_buffer key = key_begin(letter);

	key_text(&key, client);
	key_byte(&key, 0);
	return key;
}

enum status store_get_tally(struct kv_txn *t, struct tally *tally, const char *client)
{
	struct key_buffer key = tally_key(client);
	struct tally found = {.owed = amount_zero()};
	enum status s = record_get(t, &key, &tally_record, &found, sizeof(found));

	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	*tally = found;
	return STATUS_OK;
}

static bool move_count(uint64_t *sum, uint64_t before, uint64_t now)
{
	if (*sum < before)
		return false;
	*sum += now - before;
	return true;
}

/* A debt that is older than the sum in the tally may be paid now: the sum then stays at 0 and does not fall below. */
static bool move_owed(struct amount *sum, const struct amount *before, const struct amount *now)
{
	if (!amount_add(sum, sum, now) || !amount_sub(sum, sum, before))
		return false;
	if (amount_is_negative(sum))
		*sum = amount_zero();
	return true;
}

static enum status adjust_tally(
	struct kv_txn *t, const char *client, const struct tally *before, const struct tally *now)
{
	struct key_buffer key = tally_key(client);
	struct tally sum;
	enum status s = store_get_tally(t, &sum, client);

	if (s != STATUS_OK)
		return s;
	if (!move_count(&sum.open, before->open, now->open) || !move_count(&sum.unpaid, before->unpaid, now->unpaid) ||
		!move_count(&sum.cancelled, before->cancelled, now->cancelled) ||
		!move_count(&sum.completed, before->completed, now->completed) ||
		!move_owed(&sum.owed, &before->owed, &now->owed))
		return STATUS_CORRUPT;
	return record_put(t, &key, &tally_record, &sum);
}

/* List an open deal that became unpaid, or unlist a deal that was paid or has ended. */
static enum status list_unpaid(struct kv_txn *t, const char *client, const struct provider_deal *d, bool unpaid)
{
	struct key_buffer key = list_key('a', client);
	enum status s;

	key_number(&key, d->number);
	if (unpaid)
		return number_put(t, &key, d->id);
	s = kv_delete(t, key_span_of(&key));
	return s == STATUS_NOT_FOUND ? STATUS_CORRUPT : s;
}

/* The same for cancelled deals. Older stores do not list cancelled deals. */
static enum status list_cancelled(struct kv_txn *t, const char *client, const struct provider_deal *d, bool unpaid)
{
	struct key_buffer key = list_key('c', client);

	key_number(&key, d->number);
	return unpaid ? number_put(t, &key, d->id) : value_drop(t, &key);
}

enum status store_count_deal(struct kv_txn *t, const struct provider_deal *d, const struct tally *before)
{
	struct tally now = provider_tally(d);
	CLEAN_BYTES struct bytes client = {0};
	enum status s;

	if (tally_equal(&now, before))
		return STATUS_OK;
	s = store_get_text(t, &client, d->id, TEXT_CLIENT);
	if (s == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (s != STATUS_OK)
		return s;
	if (client.len >= CLIENT_NAME_MAX)
		return STATUS_CORRUPT;
	s = adjust_tally(t, bytes_text(&client), before, &now);
	if (s == STATUS_OK && now.cancelled != before->cancelled)
		s = list_cancelled(t, bytes_text(&client), d, now.cancelled != 0);
	if (s != STATUS_OK || now.unpaid == before->unpaid)
		return s;
	return list_unpaid(t, bytes_text(&client), d, now.unpaid != 0);
}

enum status store_each_tally(
	struct kv_txn *t, enum status (*each)(void *ctx, struct span client, const struct tally *tally), void *ctx)
{
	struct key_buffer prefix = key_begin('A');
	CLEAN_WALK struct kv_walk walk = store_walk(t, &prefix);
	struct tally tally;

	while (kv_walk_next(&walk)) {
		enum status s = stored_decode(&tally, sizeof(tally), &tally_record, walk.value);

		if (s != STATUS_OK)
			return s;
		s = each(ctx, span_of(walk.key.data + 1, walk.key.len - 1), &tally);
		if (s != STATUS_OK)
			return s;
	}
	return walk.status;
}

/* The key is a letter, the client's name, a zero and the number. */
static enum status read_unpaid(
	struct span *client, uint64_t *number, uint64_t *deal, struct span key, struct span value)
{
	if (key.len < 10 || value.len != 8)
		return STATUS_CORRUPT;
	*client = span_of(key.data + 1, key.len - 10);
	*number = span_number(key, key.len - 8);
	*deal = span_number(value, 0);
	return STATUS_OK;
}

static enum status each_listed(struct kv_txn *t, const struct key_buffer *prefix,
	enum status (*each)(void *ctx, struct span client, uint64_t number, uint64_t deal), void *ctx)
{
	CLEAN_WALK struct kv_walk walk = store_walk(t, prefix);
	uint64_t number, deal;
	struct span name;

	while (kv_walk_next(&walk)) {
		enum status s = read_unpaid(&name, &number, &deal, walk.key, walk.value);

		if (s != STATUS_OK)
			return s;
		s = each(ctx, name, number, deal);
		if (s != STATUS_OK)
			return s;
	}
	return walk.status;
}

enum status store_each_unpaid(struct kv_txn *t, const char *client,
	enum status (*each)(void *ctx, struct span client, uint64_t number, uint64_t deal), void *ctx)
{
	struct key_buffer prefix = client != NULL ? list_key('a', client) : key_begin('a');

	return each_listed(t, &prefix, each, ctx);
}

enum status store_each_cancelled(struct kv_txn *t, const char *client,
	enum status (*each)(void *ctx, struct span client, uint64_t number, uint64_t deal), void *ctx)
{
	struct key_buffer prefix = list_key('c', client);

	return each_listed(t, &prefix, each, ctx);
}
