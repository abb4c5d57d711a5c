/* embedded_list.c - lists the records of the embedded ledger, and checks that its books balance.
 *
 * Knows how to read many records without holding a transaction while the
 * caller prints them (INVARIANT 26).  Refuses to know the output.
 */
#include <stdlib.h>
#include <string.h>

#include "embedded/embedded_private.h"

#define BATCH 64

struct pair {
	size_t key, key_len, value, value_len; /* in the batch's bytes; the key is without its letter */
};

struct batch {
	struct pair pairs[BATCH];
	size_t count;
	struct bytes bytes;
};

typedef enum status visit(void *ctx, struct span key, struct span value);

static void keep(struct batch *b, struct span key, struct span value)
{
	struct pair *p = &b->pairs[b->count++];

	p->key = b->bytes.len;
	p->key_len = key.len - 1;
	bytes_append(&b->bytes, key.data + 1, key.len - 1);
	p->value = b->bytes.len;
	p->value_len = value.len;
	bytes_append(&b->bytes, value.data, value.len);
}

/* Read the next records under @letter whose key is at or after @from. */
static enum status read_batch(struct embedded *e, struct batch *b, char letter, struct span from)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	CLEAN_WALK struct kv_walk walk = {0};
	enum status s = embedded_begin_read(e, &txn);

	b->count = 0;
	bytes_clear(&b->bytes);
	if (s != STATUS_OK)
		return s;
	walk = kv_walk(txn, span_of(&letter, 1), from);
	while (b->count < BATCH && kv_walk_next(&walk))
		keep(b, walk.key, walk.value);
	return walk.status == STATUS_OK ? bytes_status(&b->bytes) : walk.status;
}

static enum status walk(struct embedded *e, char letter, struct span from, visit *each, void *ctx)
{
	struct batch *b = calloc(1, sizeof(*b));
	struct bytes next = {0};
	enum status s;

	if (!b)
		return STATUS_NO_MEMORY;
	bytes_append(&next, from.data, from.len);
	do {
		s = bytes_status(&next);
		if (s == STATUS_OK)
			s = read_batch(e, b, letter, bytes_span(&next));
		for (size_t i = 0; s == STATUS_OK && i < b->count; i++) {
			const struct pair *p = &b->pairs[i];
			struct span key = {b->bytes.data + p->key, p->key_len};

			s = each(ctx, key, span_of(b->bytes.data + p->value, p->value_len));
			bytes_clear(&next);
			bytes_append(&next, key.data, key.len);
		}
		/* The smallest key after the last one. */
		bytes_append_byte(&next, 0);
	} while (s == STATUS_OK && b->count == BATCH);
	bytes_release(&next);
	bytes_release(&b->bytes);
	free(b);
	return s;
}

struct entry_visit {
	enum status (*each)(void *ctx, const struct embedded_entry *entry);
	void *ctx;
};

static enum status visit_entry(void *ctx, struct span key, struct span value)
{
	const struct entry_visit *v = ctx;
	struct embedded_entry entry;
	enum status s = entry_decode(&entry, value);

	(void)key;
	return s == STATUS_OK ? v->each(v->ctx, &entry) : s;
}

enum status embedded_log(struct embedded *e, uint64_t from,
	enum status (*each)(void *ctx, const struct embedded_entry *entry), void *ctx)
{
	struct entry_visit v = {each, ctx};
	uint8_t number[8];

	for (int i = 0; i < 8; i++)
		number[i] = (uint8_t)(from >> (56 - 8 * i));
	return walk(e, 'e', span_of(number, sizeof(number)), visit_entry, &v);
}

/** struct collect_search - the message that collected a channel. */
struct collect_search {
	const struct address *channel;
	struct cid message;
	bool found;
};

static enum status find_collect(void *ctx, const struct embedded_entry *entry)
{
	struct collect_search *search = ctx;

	if (entry->exit_code != 0 || strcmp(entry->what, "collect") != 0 ||
		!address_equal(&entry->channel, search->channel))
		return STATUS_OK;
	search->message = entry->message;
	search->found = true;
	return STATUS_OK;
}

enum status embedded_collected(void *self, struct receipt *out, const struct address *channel)
{
	struct collect_search search = {.channel = channel};
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct embedded *e = self;
	enum status s = embedded_log(e, 0, find_collect, &search);

	if (s != STATUS_OK)
		return s;
	if (!search.found)
		return STATUS_NOT_FOUND;
	s = kv_begin_read(e->kv, &txn);
	return s == STATUS_OK ? receipt_load(txn, out, &search.message) : s;
}

struct account_visit {
	enum status (*each)(void *ctx, const struct address *who, const struct amount *balance);
	void *ctx;
};

static enum status visit_account(void *ctx, struct span key, struct span value)
{
	const struct account_visit *v = ctx;
	struct address who;
	struct account a;
	enum status s = account_decode(&a, value);

	if (s != STATUS_OK)
		return s;
	return address_decode(&who, key) == STATUS_OK ? v->each(v->ctx, &who, &a.balance) : STATUS_CORRUPT;
}

enum status embedded_accounts(struct embedded *e,
	enum status (*each)(void *ctx, const struct address *who, const struct amount *balance), void *ctx)
{
	struct account_visit v = {each, ctx};

	return walk(e, 'a', span_of(NULL, 0), visit_account, &v);
}

static enum status visit_channel(void *ctx, struct span key, struct span value)
{
	const struct channel_visit *v = ctx;
	struct address channel;
	struct paych head;
	enum status s = channel_decode(&head, value);

	if (s != STATUS_OK)
		return s;
	return address_decode(&channel, key) == STATUS_OK ? v->each(v->ctx, &channel, &head) : STATUS_CORRUPT;
}

enum status embedded_channels(struct embedded *e,
	enum status (*each)(void *ctx, const struct address *channel, const struct paych *head), void *ctx)
{
	struct channel_visit v = {each, ctx};

	return walk(e, 'c', span_of(NULL, 0), visit_channel, &v);
}

/** struct pending_visit - a visit to the messages that wait for their epoch. */
struct pending_visit {
	struct embedded *e;
	enum status (*each)(void *ctx, const struct embedded_pending *pending);
	void *ctx;
};

static enum status read_message(struct embedded *e, struct bytes *encoded, const struct cid *signed_cid)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(e->kv, &txn);

	return s == STATUS_OK ? message_load(txn, encoded, signed_cid) : s;
}

static enum status visit_pending(void *ctx, struct span key, struct span value)
{
	const struct pending_visit *v = ctx;
	CLEAN_BYTES struct bytes encoded = {0};
	struct embedded_pending pending = {0};
	struct queued q;
	enum status s = queued_decode(&q, value);

	(void)key;
	if (s != STATUS_OK)
		return s;
	s = read_message(v->e, &encoded, &q.signed_cid);
	if (s == STATUS_OK)
		s = signed_message_decode(&pending.message, bytes_span(&encoded));
	if (s != STATUS_OK)
		return s == STATUS_NO_MEMORY ? s : STATUS_CORRUPT;
	pending.number = q.number;
	pending.due = q.due;
	pending.signed_cid = q.signed_cid;
	return v->each(v->ctx, &pending);
}

enum status embedded_each_pending(
	struct embedded *e, enum status (*each)(void *ctx, const struct embedded_pending *pending), void *ctx)
{
	struct pending_visit v = {e, each, ctx};

	return walk(e, 'q', span_of(NULL, 0), visit_pending, &v);
}

/* The balance in one record; CORRUPT for a balance that no message could have made. */
static enum status balance_of(struct amount *out, char letter, struct span value)
{
	struct account a;
	struct paych head;
	enum status s;

	if (letter == 'a') {
		s = account_decode(&a, value);
		if (s != STATUS_OK)
			return s;
		*out = a.balance;
	} else {
		s = channel_decode(&head, value);
		if (s != STATUS_OK)
			return s;
		*out = head.balance;
		if (amount_is_negative(&head.to_send) || amount_cmp(&head.to_send, &head.balance) > 0)
			return STATUS_CORRUPT;
	}
	return amount_is_negative(out) ? STATUS_CORRUPT : STATUS_OK;
}

static enum status add_all(struct kv_txn *txn, struct amount *sum, char letter)
{
	CLEAN_WALK struct kv_walk walk = kv_walk(txn, span_of(&letter, 1), (struct span){0});
	struct amount balance;

	while (kv_walk_next(&walk)) {
		enum status s = balance_of(&balance, letter, walk.value);

		if (s != STATUS_OK)
			return s;
		if (!amount_add(sum, sum, &balance))
			return STATUS_CORRUPT;
	}
	return walk.status;
}

/* INVARIANT 11: both sums come from one snapshot of the store. */
enum status embedded_check(struct embedded *e, struct amount *funded, struct amount *present)
{
	struct amount sum = amount_zero();
	CLEAN_TXN struct kv_txn *txn = NULL;
	char why[KV_WHY_MAX];
	struct books b;
	enum status s = embedded_begin_read(e, &txn);

	if (s != STATUS_OK)
		return s;
	s = kv_check_pages(txn, why);
	if (s != STATUS_OK)
		return s;
	s = books_load(txn, &b);
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_CORRUPT : s;
	s = add_all(txn, &sum, 'a');
	if (s != STATUS_OK)
		return s;
	s = add_all(txn, &sum, 'c');
	if (s != STATUS_OK)
		return s;
	*funded = b.funded;
	*present = sum;
	return amount_cmp(funded, present) == 0 ? STATUS_OK : STATUS_CORRUPT;
}
