/* embedded_queue.c - the messages of the embedded ledger that wait for their epoch.
 *
 * Knows that a ledger with a delay executes each message so many epochs after
 * the message was submitted, in the order of submission, whenever somebody asks
 * the ledger and the epoch has come.  Refuses to know what a message does.
 */
#include "embedded/embedded_private.h"

/* Execute a message for the epoch at which it was due. */
static enum status execute(struct kv_txn *txn, struct books *b, const struct queued *q)
{
	struct call c = {.txn = txn, .books = b, .epoch = q->due, .signed_cid = q->signed_cid};
	CLEAN_BYTES struct bytes encoded = {0};
	struct signed_message m;
	enum status s = message_load(txn, &encoded, &q->signed_cid);

	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_CORRUPT : s;
	s = signed_message_decode(&m, bytes_span(&encoded));
	if (s != STATUS_OK)
		return s == STATUS_NO_MEMORY ? s : STATUS_CORRUPT;
	s = queued_delete(txn, q);
	if (s != STATUS_OK)
		return s;
	c.m = &m.message;
	return embedded_execute(&c);
}

enum status embedded_catch_up(struct embedded *e, struct kv_txn *txn, struct books *b)
{
	int64_t now = books_epoch(e, b);
	struct queued q;
	enum status s;

	if (b->delay == 0)
		return STATUS_OK;
	for (s = queued_first(txn, &q); s == STATUS_OK && q.due <= now; s = queued_first(txn, &q)) {
		s = execute(txn, b, &q);
		if (s != STATUS_OK)
			return s;
	}
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

enum status embedded_begin_write(struct embedded *e, struct kv_txn **out, struct books *b)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_write(e->kv, &txn);

	if (s != STATUS_OK)
		return s;
	s = books_load(txn, b);
	if (s != STATUS_OK)
		return s;
	s = embedded_catch_up(e, txn, b);
	if (s != STATUS_OK)
		return s;
	*out = txn;
	txn = NULL;
	return STATUS_OK;
}

/* Does the message in front wait no longer? */
static enum status is_due(struct embedded *e, bool *due)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct queued q;
	struct books b;
	enum status s = kv_begin_read(e->kv, &txn);

	*due = false;
	if (s != STATUS_OK)
		return s;
	s = books_load(txn, &b);
	if (s != STATUS_OK)
		return s;
	s = queued_first(txn, &q);
	if (s == STATUS_OK)
		*due = q.due <= books_epoch(e, &b);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static enum status execute_due(struct embedded *e)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct books b;
	bool due = false;
	enum status s = e->delay != 0 ? is_due(e, &due) : STATUS_OK;

	if (s != STATUS_OK || !due)
		return s;
	s = embedded_begin_write(e, &txn, &b);
	if (s == STATUS_READ_ONLY)
		return STATUS_OK;
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

enum status embedded_begin_read(struct embedded *e, struct kv_txn **txn)
{
	enum status s = execute_due(e);

	return s == STATUS_OK ? kv_begin_read(e->kv, txn) : s;
}
