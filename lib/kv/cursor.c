/* cursor.c - walks the keys under a prefix, in order or backwards.
 *
 * Knows where a prefix begins and ends.  Refuses to know the meaning of a key.
 * A cursor stands on the next pair, so the caller may delete the pair that the
 * cursor returned last.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kv/kv_private.h"

struct kv_cursor {
	struct kv_txn *txn;
	MDB_cursor *at;
	bool over; /* no pair is under the cursor */
	size_t prefix_len;
	uint8_t prefix[KV_KEY_MAX];
};

static enum status cursor_new(struct kv_txn *txn, struct kv_cursor **out, struct span prefix)
{
	struct kv_cursor *c = calloc(1, sizeof(*c));
	int rc;

	assert(prefix.len <= KV_KEY_MAX);
	if (!c)
		return STATUS_NO_MEMORY;
	rc = mdb_cursor_open(txn->at, txn->kv->dbi, &c->at);
	if (rc != MDB_SUCCESS) {
		free(c);
		return kv_status(rc);
	}
	c->txn = txn;
	c->prefix_len = prefix.len;
	if (prefix.len)
		memcpy(c->prefix, prefix.data, prefix.len);
	*out = c;
	return STATUS_OK;
}

/* Finish a seek: if no key was found, the cursor is at its end, and the seek has not failed. */
static enum status seek_done(struct kv_cursor **out, struct kv_cursor *c, int rc)
{
	if (rc != MDB_SUCCESS && rc != MDB_NOTFOUND) {
		kv_cursor_free(&c);
		return kv_status(rc);
	}
	c->over = rc == MDB_NOTFOUND;
	*out = c;
	return STATUS_OK;
}

enum status kv_seek(struct kv_txn *txn, struct kv_cursor **out, struct span prefix, struct span after)
{
	uint8_t start[KV_KEY_MAX];
	MDB_val k = {prefix.len + after.len, start}, v;
	struct kv_cursor *c;
	enum status s = cursor_new(txn, &c, prefix);

	assert(prefix.len + after.len <= KV_KEY_MAX);
	if (s != STATUS_OK)
		return s;
	if (prefix.len)
		memcpy(start, prefix.data, prefix.len);
	if (after.len)
		memcpy(start + prefix.len, after.data, after.len);
	return seek_done(out, c, mdb_cursor_get(c->at, &k, &v, k.mv_size ? MDB_SET_RANGE : MDB_FIRST));
}

enum status kv_seek_last(struct kv_txn *txn, struct kv_cursor **out, struct span prefix)
{
	uint8_t beyond[KV_KEY_MAX];
	MDB_val k = {prefix.len, beyond}, v;
	struct kv_cursor *c;
	enum status s = cursor_new(txn, &c, prefix);
	int rc = MDB_NOTFOUND;

	if (s != STATUS_OK)
		return s;
	/* Find the first key behind the prefix, and step back; if there is no such key, take the last key of the store. */
	if (prefix.len)
		memcpy(beyond, prefix.data, prefix.len);
	while (k.mv_size && beyond[k.mv_size - 1] == UINT8_MAX)
		k.mv_size--;
	if (k.mv_size) {
		beyond[k.mv_size - 1]++;
		rc = mdb_cursor_get(c->at, &k, &v, MDB_SET_RANGE);
	}
	if (rc == MDB_SUCCESS)
		rc = mdb_cursor_get(c->at, &k, &v, MDB_PREV);
	else if (rc == MDB_NOTFOUND)
		rc = mdb_cursor_get(c->at, &k, &v, MDB_LAST);
	return seek_done(out, c, rc);
}

static enum status take(struct kv_cursor *c, struct span *key, struct span *value, MDB_cursor_op move)
{
	MDB_val k, v, next_k, next_v;
	struct span found;
	int rc;

	if (c->over)
		return STATUS_NOT_FOUND;
	rc = mdb_cursor_get(c->at, &k, &v, MDB_GET_CURRENT);
	if (rc == MDB_SUCCESS && (k.mv_size < c->prefix_len || memcmp(k.mv_data, c->prefix, c->prefix_len) != 0))
		rc = MDB_NOTFOUND;
	if (rc != MDB_SUCCESS) {
		c->over = true;
		return kv_status(rc);
	}
	rc = mdb_cursor_get(c->at, &next_k, &next_v, move);
	c->over = rc != MDB_SUCCESS;
	if (rc != MDB_SUCCESS && rc != MDB_NOTFOUND)
		return kv_status(rc);
	found = span_of(k.mv_data, k.mv_size);
	*key = found;
	return kv_open_value(c->txn, value, found, &v);
}

enum status kv_next(struct kv_cursor *c, struct span *key, struct span *value)
{
	return take(c, key, value, MDB_NEXT);
}

enum status kv_prev(struct kv_cursor *c, struct span *key, struct span *value)
{
	return take(c, key, value, MDB_PREV);
}

void kv_cursor_free(struct kv_cursor **cursor)
{
	struct kv_cursor *c = *cursor;

	if (c == NULL)
		return;
	*cursor = NULL;
	mdb_cursor_close(c->at);
	free(c);
}

struct kv_walk kv_walk(struct kv_txn *txn, struct span prefix, struct span after)
{
	struct kv_walk w = {.cursor = NULL};

	w.status = kv_seek(txn, &w.cursor, prefix, after);
	return w;
}

bool kv_walk_next(struct kv_walk *w)
{
	if (w->cursor == NULL) /* the walk is at its end, or the seek failed */
		return false;
	do {
		w->key.len = 0;
		w->status = kv_next(w->cursor, &w->key, &w->value);
		w->damaged |= w->status == STATUS_CORRUPT;
	} while (w->past_damaged && w->status == STATUS_CORRUPT && w->key.len != 0);
	if (w->status == STATUS_OK)
		return true;
	if (w->status == STATUS_NOT_FOUND)
		w->status = w->damaged ? STATUS_CORRUPT : STATUS_OK;
	kv_cursor_free(&w->cursor);
	return false;
}

void kv_walk_end(struct kv_walk *w)
{
	kv_cursor_free(&w->cursor);
}
