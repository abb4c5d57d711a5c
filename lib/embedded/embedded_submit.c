/* embedded_submit.c - submitting messages to the embedded ledger, and executing a message.
 *
 * Knows the steps of a message: check the signature, the nonce and the funds;
 * then, at once or when its epoch has come, call the actor (embedded_act.c) and
 * save the receipt.  Each step is one transaction.  Refuses to know which
 * messages are due: embedded_queue.c.
 */
#include <string.h>

#include "embedded/embedded_private.h"

/* An account that was never seen is empty. */
static enum status get_account(struct kv_txn *txn, struct account *a, const struct address *who)
{
	enum status s = account_load(txn, a, who);

	if (s == STATUS_NOT_FOUND)
		*a = (struct account){.balance = amount_zero()};
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

/* May the sender submit this message now? Its nonce must be the next one. */
static enum status admit(struct account *a, const struct message *m)
{
	if (amount_is_negative(&m->value))
		return STATUS_BAD_AMOUNT;
	if (m->nonce != a->nonce + a->queued)
		return STATUS_BAD_STATE;
	return amount_cmp(&m->value, &a->balance) > 0 ? STATUS_NO_FUNDS : STATUS_OK;
}

static enum status use_nonce(struct kv_txn *txn, const struct address *who)
{
	struct account a;
	enum status s = get_account(txn, &a, who);

	if (s != STATUS_OK)
		return s;
	a.nonce++;
	a.queued -= a.queued > 0;
	return account_save(txn, &a, who);
}

enum status embedded_execute(struct call *c)
{
	enum status s = use_nonce(c->txn, &c->m->from);

	if (s != STATUS_OK)
		return s;
	c->entry = (struct embedded_entry){.epoch = c->epoch, .from = c->m->from, .to = c->m->to, .value = c->m->value};
	c->entry.message = c->signed_cid;
	s = embedded_act(c);
	if (s != STATUS_OK)
		return s;
	c->receipt.epoch = c->epoch;
	c->entry.exit_code = c->receipt.exit_code;
	memcpy(c->entry.text, c->receipt.text, sizeof(c->entry.text));
	s = receipt_save(c->txn, &c->receipt, &c->signed_cid);
	return s == STATUS_OK ? entry_append(c->txn, c->books, &c->entry) : s;
}
_Static_assert(sizeof(((struct receipt *)0)->text) == sizeof(((struct embedded_entry *)0)->text), "texts are as long");

/* Let the message wait for its epoch. */
static enum status enqueue(struct call *c, struct account *a)
{
	struct queued q = {.due = c->epoch, .signed_cid = c->signed_cid};
	enum status s;

	q.number = c->books->next_queued++;
	a->queued++;
	s = account_save(c->txn, a, &c->m->from);
	if (s != STATUS_OK)
		return s;
	s = queued_save(c->txn, &q);
	return s == STATUS_OK ? books_save(c->txn, c->books) : s;
}

/* What has become of the message @id of @m, by the receipts, the messages that wait and the sender's nonce? */
static enum status find_outcome(struct kv_txn *txn, struct outcome *out, const struct message *m, const struct cid *id)
{
	CLEAN_BYTES struct bytes encoded = {0};
	struct account a;
	enum status s = receipt_load(txn, &out->receipt, id);

	out->state = MESSAGE_FINAL;
	if (s != STATUS_NOT_FOUND)
		return s;
	s = message_load(txn, &encoded, id);
	out->state = MESSAGE_PENDING;
	if (s != STATUS_NOT_FOUND)
		return s;
	s = get_account(txn, &a, &m->from);
	if (s == STATUS_OK)
		out->state = m->nonce < a.nonce + a.queued ? MESSAGE_REPLACED : MESSAGE_UNKNOWN;
	return s;
}

enum status embedded_outcome(void *self, struct outcome *out, const struct signed_message *m)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct outcome found = {.receipt = {0}};
	struct cid id;
	enum status s = signed_message_cid(&id, m);

	if (s != STATUS_OK)
		return s;
	s = embedded_begin_read(self, &txn);
	if (s != STATUS_OK)
		return s;
	s = find_outcome(txn, &found, &m->message, &id);
	if (s != STATUS_OK)
		return s;
	*out = found;
	return STATUS_OK;
}

/* Take a message that the ledger does not have yet. */
static enum status take(struct call *c, struct outcome *out, const struct signed_message *m)
{
	struct account a;
	enum status s = get_account(c->txn, &a, &c->m->from);

	if (s != STATUS_OK)
		return s;
	s = admit(&a, c->m);
	if (s != STATUS_OK)
		return s;
	s = message_save(c->txn, m, &c->signed_cid);
	if (s != STATUS_OK)
		return s;
	out->state = c->books->delay == 0 ? MESSAGE_FINAL : MESSAGE_PENDING;
	if (c->books->delay != 0) {
		c->epoch += c->books->delay;
		return enqueue(c, &a);
	}
	s = embedded_execute(c);
	out->receipt = c->receipt;
	return s;
}

enum status embedded_submit(void *self, struct outcome *out, const struct signed_message *m)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct outcome found = {.receipt = {0}};
	struct call c = {.m = &m->message};
	struct books b;
	enum status s = signed_message_verify(m);

	if (s != STATUS_OK)
		return s;
	s = signed_message_cid(&c.signed_cid, m);
	if (s != STATUS_OK)
		return s;
	s = embedded_begin_write(self, &txn, &b);
	if (s != STATUS_OK)
		return s;
	s = find_outcome(txn, &found, c.m, &c.signed_cid);
	if (s != STATUS_OK)
		return s;
	c.txn = txn;
	c.books = &b;
	c.epoch = books_epoch(self, &b);
	if (found.state == MESSAGE_UNKNOWN)
		s = take(&c, &found, m);
	if (s != STATUS_OK)
		return s;
	s = kv_commit(&txn);
	if (s != STATUS_OK)
		return s;
	*out = found;
	return STATUS_OK;
}

enum status embedded_message(
	struct embedded *e, struct bytes *encoded, struct outcome *out, const struct cid *signed_cid)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct outcome found = {.state = MESSAGE_FINAL};
	enum status s = embedded_begin_read(e, &txn);

	if (s != STATUS_OK)
		return s;
	s = receipt_load(txn, &found.receipt, signed_cid);
	if (s == STATUS_NOT_FOUND)
		found.state = MESSAGE_PENDING;
	else if (s != STATUS_OK)
		return s;
	s = message_load(txn, encoded, signed_cid);
	if (s != STATUS_OK)
		return s;
	*out = found;
	return STATUS_OK;
}

/* The transaction is dropped: nothing that the call writes remains. */
enum status embedded_call(struct embedded *e, struct receipt *out, const struct message *m)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct call c = {.m = m};
	struct books b;
	enum status s = embedded_begin_write(e, &txn, &b);

	if (s != STATUS_OK)
		return s;
	if (amount_is_negative(&m->value))
		return STATUS_BAD_AMOUNT;
	s = message_cid(&c.signed_cid, m); /* no message has this CID: it names no signature */
	if (s != STATUS_OK)
		return s;
	c.txn = txn;
	c.books = &b;
	c.epoch = books_epoch(e, &b);
	s = embedded_execute(&c);
	if (s != STATUS_OK)
		return s;
	*out = c.receipt;
	return STATUS_OK;
}
