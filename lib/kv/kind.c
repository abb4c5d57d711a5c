/* kind.c - the kind of a store: the home of a party, or a ledger.
 *
 * Both kinds keep a data.mdb in a folder, and a program that took a ledger for
 * a home would write records into the ledger that a ledger can't read. Knows
 * the record that names the kind, and the first record of older stores, which
 * have no such record.
 */
#include <assert.h>

#include "base/array.h"
#include "kv/kv_private.h"

#define KIND_KEY "!kind"

static const struct kind {
	const char *name;
	const char *first_key; /* of a record that each store of this kind has */
	enum status mistaken;  /* the status if the caller wants another kind */
} kinds[] = {
	[KV_HOME] = {"home", "M", STATUS_IS_HOME},
	[KV_LEDGER] = {"ledger", "m", STATUS_IS_LEDGER},
};

static enum status has(struct kv_txn *txn, bool *found, const char *key)
{
	struct span value;
	enum status s = kv_get(txn, &value, span_text(key));

	if (s != STATUS_OK && s != STATUS_NOT_FOUND && s != STATUS_CORRUPT)
		return s;
	*found = s != STATUS_NOT_FOUND;
	return STATUS_OK;
}

/* A store without a kind record is of this kind if the store is empty or has the first record of this kind. */
static enum status recognise(struct kv_txn *txn, enum kv_kind kind)
{
	bool found = false;
	enum status s = has(txn, &found, kinds[kind].first_key);

	if (s != STATUS_OK || found)
		return s;
	for (size_t other = 0; other < COUNT(kinds); other++) {
		s = has(txn, &found, kinds[other].first_key);
		if (s != STATUS_OK)
			return s;
		if (found)
			return kinds[other].mistaken;
	}
	return STATUS_OK;
}

enum status kv_check_kind(struct kv_txn *txn, enum kv_kind kind)
{
	struct span said;
	enum status s = kv_get(txn, &said, span_text(KIND_KEY));

	if (s == STATUS_NOT_FOUND)
		return recognise(txn, kind);
	if (s != STATUS_OK)
		return s;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (span_is(said, kinds[i].name))
			return i == kind ? STATUS_OK : kinds[i].mistaken;
	}
	return STATUS_NEWER_VERSION;
}

enum status kv_put_kind(struct kv_txn *txn, enum kv_kind kind)
{
	struct span said;
	enum status s = kv_check_kind(txn, kind);

	if (s != STATUS_OK)
		return s;
	s = kv_get(txn, &said, span_text(KIND_KEY));
	return s == STATUS_NOT_FOUND ? kv_put(txn, span_text(KIND_KEY), span_text(kinds[kind].name)) : s;
}

enum status kv_open_kind(struct kv **out, const char *path, enum kv_mode mode, enum kv_kind kind)
{
	struct kv_txn *txn;
	struct kv *kv;
	enum status s = kv_open(&kv, path, mode);

	if (s != STATUS_OK)
		return s;
	kv->kind = kind;
	s = kv_begin_read(kv, &txn);
	if (s == STATUS_OK) {
		s = kv_check_kind(txn, kind);
		kv_abort(&txn);
	}
	if (s != STATUS_OK) {
		kv_close(kv);
		return s;
	}
	*out = kv;
	return STATUS_OK;
}
