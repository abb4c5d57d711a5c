/* embedded_queue.c - when the messages that wait are executed.
 *
 * Knows that a message is executed once its epoch has come, its fee cap covers
 * the price of gas, and the messages before it are executed; in the order of
 * epochs, whenever somebody asks the ledger.  Refuses to know what a message
 * does.
 */
#include "embedded/embedded_private.h"

/* The message after an executed one may have waited for that one alone: it can't have been executed earlier. */
static enum status let_next_follow(struct call *c)
{
	struct queued next;
	enum status s = pool_find(c->txn, &next, &c->m->from, c->m->nonce + 1);

	if (s != STATUS_OK || next.due >= c->epoch)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	return pool_move(c->txn, &next, c->epoch);
}

/* Execute a message for the epoch at which it was due. */
static enum status execute(struct kv_txn *txn, struct books *b, const struct queued *q)
{
	struct call c = {.txn = txn, .books = b, .epoch = q->due, .signed_cid = q->signed_cid};
	CLEAN_BYTES struct bytes encoded = {0};
	struct signed_message m;
	enum status s = message_known(txn, &m, &encoded, &q->signed_cid);

	if (s != STATUS_OK)
		return s;
	s = queued_delete(txn, q);
	if (s != STATUS_OK)
		return s;
	c.m = &m.message;
	s = embedded_execute(&c);
	return s == STATUS_OK ? let_next_follow(&c) : s;
}

static enum status is_ready(struct kv_txn *txn, const struct books *b, bool *ready, const struct queued *q)
{
	struct account a;
	enum status s;

	*ready = false;
	if (amount_cmp(&q->fee_cap, &b->gas_price) < 0)
		return STATUS_OK;
	s = account_load(txn, &a, &q->from);
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_CORRUPT : s;
	*ready = a.nonce == q->nonce;
	return STATUS_OK;
}

/* The first message that can be executed; NOT_FOUND. */
static enum status first_ready(struct embedded *e, struct kv_txn *txn, struct queued *out, const struct books *b)
{
	CLEAN_WALK struct kv_walk walk = queued_walk(txn);
	int64_t now = books_epoch(e, b);
	struct queued q;
	bool ready;

	while (kv_walk_next(&walk)) {
		enum status s = queued_decode(&q, walk.value);

		if (s != STATUS_OK)
			return s;
		if (q.due > now)
			return STATUS_NOT_FOUND;
		s = is_ready(txn, b, &ready, &q);
		if (s != STATUS_OK)
			return s;
		if (ready) {
			*out = q;
			return STATUS_OK;
		}
	}
	return walk.status == STATUS_OK ? STATUS_NOT_FOUND : walk.status;
}

enum status embedded_catch_up(struct embedded *e, struct kv_txn *txn, struct books *b)
{
	struct queued q;
	enum status s;

	for (s = first_ready(e, txn, &q, b); s == STATUS_OK; s = first_ready(e, txn, &q, b)) {
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

/* Can a message be executed now? */
static enum status is_due(struct embedded *e, bool *due)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct queued q;
	struct books b;
	enum status s = kv_begin_read(e->kv, &txn);

	*due = false;
	if (s != STATUS_OK)
		return s;
	s = queued_first(txn, &q);
	if (s == STATUS_NOT_FOUND) /* as nearly always */
		return STATUS_OK;
	if (s != STATUS_OK)
		return s;
	s = books_load(txn, &b);
	if (s != STATUS_OK)
		return s;
	s = first_ready(e, txn, &q, &b);
	*due = s == STATUS_OK;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static enum status execute_due(struct embedded *e)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct books b;
	bool due = false;
	enum status s = is_due(e, &due);

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
