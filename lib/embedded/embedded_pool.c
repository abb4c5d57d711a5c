/* embedded_pool.c - the messages that the embedded ledger has taken and not executed: its mempool.
 *
 * Knows Lotus's rules: a sender has at most one message of each nonce; a second
 * one takes its place with a premium that is high enough; a nonce may be
 * missing before a message, which then waits.  Refuses to know when a message is
 * executed: embedded_queue.c.
 * Source: Lotus 1.36, chain/messagepool, msgSet.add.
 */
#include "embedded/embedded_private.h"

enum status pool_find(struct kv_txn *txn, struct queued *out, const struct address *from, uint64_t nonce)
{
	struct account a;
	struct slot slot;
	enum status s = account_load(txn, &a, from);

	if (s != STATUS_OK)
		return s;
	if (nonce < a.nonce || a.queued == 0)
		return STATUS_NOT_FOUND;
	s = slot_load(txn, &slot, from, nonce);
	if (s != STATUS_OK)
		return s;
	s = queued_load(txn, out, &slot);
	return s == STATUS_NOT_FOUND ? STATUS_CORRUPT : s;
}

enum status pool_move(struct kv_txn *txn, struct queued *q, int64_t due)
{
	struct slot slot;
	enum status s = queued_delete(txn, q);

	if (s != STATUS_OK)
		return s;
	q->due = due;
	s = queued_save(txn, q);
	if (s != STATUS_OK)
		return s;
	slot = (struct slot){.signed_cid = q->signed_cid, .due = due, .number = q->number};
	return slot_save(txn, &slot, &q->from, q->nonce);
}

enum status pool_next_nonce(struct kv_txn *txn, uint64_t *nonce, const struct account *a, const struct address *who)
{
	struct slot slot;
	enum status s = STATUS_OK;

	*nonce = a->nonce;
	if (a->queued == 0)
		return STATUS_OK;
	while (s == STATUS_OK) {
		s = slot_load(txn, &slot, who, *nonce);
		*nonce += s == STATUS_OK;
	}
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static void fill(struct queued *q, const struct call *c)
{
	q->signed_cid = c->signed_cid;
	q->fee_cap = c->m->gas_fee_cap;
	q->premium = c->m->gas_premium;
}

/* Put the message in the place of @old, whose turn it takes over. */
static enum status replace(struct call *c, struct queued *old, const struct signed_message *m)
{
	struct amount least;
	enum status s;

	if (!message_least_premium(&least, &old->premium))
		return STATUS_BAD_AMOUNT;
	if (amount_cmp(&c->m->gas_premium, &least) < 0)
		return STATUS_EXISTS;
	s = message_save(c->txn, m, &c->signed_cid);
	if (s != STATUS_OK)
		return s;
	fill(old, c);
	return pool_move(c->txn, old, old->due > c->epoch ? old->due : c->epoch);
}

/* Let the message wait until it is due. */
static enum status append(struct call *c, struct account *a, const struct signed_message *m)
{
	struct queued q = {.number = c->books->next_queued++,
		.due = c->epoch + c->books->delay,
		.from = c->m->from,
		.nonce = c->m->nonce};
	struct slot slot;
	enum status s = message_save(c->txn, m, &c->signed_cid);

	if (s != STATUS_OK)
		return s;
	a->queued++;
	s = account_save(c->txn, a, &c->m->from);
	if (s != STATUS_OK)
		return s;
	fill(&q, c);
	s = queued_save(c->txn, &q);
	if (s != STATUS_OK)
		return s;
	slot = (struct slot){.signed_cid = q.signed_cid, .due = q.due, .number = q.number};
	s = slot_save(c->txn, &slot, &q.from, q.nonce);
	return s == STATUS_OK ? books_save(c->txn, c->books) : s;
}

/* The value is not a pool's business: with @strict the sender must have it all the same. */
static enum status check_funds(const struct call *c, const struct account *a, bool strict)
{
	struct amount needed = c->m->value, fee;

	if (books_priced(c->books) && (!message_fee(&fee, c->m) || !amount_add(&needed, &needed, &fee)))
		return STATUS_BAD_AMOUNT;
	return strict && amount_cmp(&needed, &a->balance) > 0 ? STATUS_NO_FUNDS : STATUS_OK;
}

enum status pool_add(struct call *c, const struct signed_message *m, bool strict)
{
	struct account a;
	struct queued old;
	uint64_t next;
	enum status s;

	if (amount_is_negative(&c->m->value))
		return STATUS_BAD_AMOUNT;
	s = account_get(c->txn, &a, &c->m->from);
	if (s != STATUS_OK)
		return s;
	s = check_funds(c, &a, strict);
	if (s != STATUS_OK)
		return s;
	s = pool_find(c->txn, &old, &c->m->from, c->m->nonce);
	if (s != STATUS_NOT_FOUND)
		return s == STATUS_OK ? replace(c, &old, m) : s;
	s = pool_next_nonce(c->txn, &next, &a, &c->m->from);
	if (s != STATUS_OK)
		return s;
	if (strict && c->m->nonce != next)
		return STATUS_BAD_STATE;
	return a.queued < EMBEDDED_PENDING_MAX ? append(c, &a, m) : STATUS_BUSY;
}

static enum status has_older(struct embedded *e, bool *yes)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct queued q;
	enum status s = kv_begin_read(e->kv, &txn);

	if (s != STATUS_OK)
		return s;
	s = queued_find_older(txn, &q);
	*yes = s == STATUS_OK;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

enum status embedded_renew(struct embedded *e)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct queued q;
	bool yes;
	enum status s = has_older(e, &yes);

	if (s != STATUS_OK || !yes)
		return s;
	s = kv_begin_write(e->kv, &txn);
	if (s != STATUS_OK)
		return s;
	for (s = queued_find_older(txn, &q); s == STATUS_OK; s = queued_find_older(txn, &q)) {
		s = queued_renew(txn, &q);
		if (s != STATUS_OK)
			return s;
	}
	return s == STATUS_NOT_FOUND ? kv_commit(&txn) : s;
}
