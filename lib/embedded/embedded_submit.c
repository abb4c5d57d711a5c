/* embedded_submit.c - submitting messages to the embedded ledger, and executing a message.
 *
 * Knows the steps of a message: check the signature; let the message wait in the
 * pool (embedded_pool.c); once it is due, which may be at once, call the actor
 * (embedded_act.c), take the fee (embedded_gas.c) and save the receipt.  Each
 * step is one transaction.  Refuses to know which messages are due:
 * embedded_queue.c.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "embedded/embedded_private.h"

/* The message waits no longer. A message that is turned away leaves its nonce to the next one. */
static enum status leave_pool(struct call *c)
{
	struct slot slot = {.signed_cid = c->signed_cid};
	const struct message *m = c->m;
	struct account a;
	enum status s = account_get(c->txn, &a, &m->from);

	if (s != STATUS_OK)
		return s;
	a.nonce += !c->turned_away;
	a.queued -= a.queued > 0;
	s = account_save(c->txn, &a, &m->from);
	if (s != STATUS_OK || c->dry)
		return s;
	return c->turned_away ? slot_delete(c->txn, &m->from, m->nonce) : slot_save(c->txn, &slot, &m->from, m->nonce);
}

static enum status act(struct call *c)
{
	enum status s;

	if (c->turned_away)
		return STATUS_OK;
	s = c->out_of_gas ? embedded_out_of_gas(c) : embedded_act(c);
	return s == STATUS_OK ? embedded_gas_end(c) : s;
}

enum status embedded_execute(struct call *c)
{
	enum status s = embedded_gas_begin(c);

	if (s != STATUS_OK)
		return s;
	s = leave_pool(c);
	if (s != STATUS_OK)
		return s;
	c->entry = (struct embedded_entry){.epoch = c->epoch, .from = c->m->from, .to = c->m->to, .value = c->m->value};
	c->entry.message = c->signed_cid;
	snprintf(c->entry.what, sizeof(c->entry.what), "%s", message_name(c->m));
	s = act(c);
	if (s != STATUS_OK)
		return s;
	c->receipt.epoch = c->epoch;
	c->entry.exit_code = c->receipt.exit_code;
	memcpy(c->entry.text, c->receipt.text, sizeof(c->entry.text));
	s = receipt_save(c->txn, &c->receipt, &c->signed_cid);
	return s == STATUS_OK ? entry_append(c->txn, c->books, &c->entry) : s;
}
_Static_assert(sizeof(((struct receipt *)0)->text) == sizeof(((struct embedded_entry *)0)->text), "texts are as long");

static enum status has_message(struct kv_txn *txn, bool *has, const struct cid *id)
{
	CLEAN_BYTES struct bytes encoded = {0};
	enum status s = message_load(txn, &encoded, id);

	*has = s == STATUS_OK;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

/* Another message with the nonce was executed: FINAL if that message differs in its gas only, for it did the same. */
static enum status judge_used(struct kv_txn *txn, struct outcome *out, const struct message *m)
{
	CLEAN_BYTES struct bytes encoded = {0};
	struct signed_message other;
	struct slot slot;
	enum status s = slot_load(txn, &slot, &m->from, m->nonce);

	out->state = MESSAGE_REPLACED;
	if (s == STATUS_NOT_FOUND) /* executed before ledgers noted nonces */
		return STATUS_OK;
	if (s != STATUS_OK)
		return s;
	s = message_known(txn, &other, &encoded, &slot.signed_cid);
	if (s != STATUS_OK)
		return s;
	if (!message_same_call(m, &other.message))
		return STATUS_OK;
	out->state = MESSAGE_FINAL;
	return receipt_load(txn, &out->receipt, &slot.signed_cid);
}

/* The message has no receipt of an execution, and its nonce was not used. */
static enum status judge_open(
	struct kv_txn *txn, struct outcome *out, const struct message *m, const struct cid *id, bool turned_away)
{
	struct queued q;
	bool known;
	enum status s = has_message(txn, &known, id);

	if (s != STATUS_OK)
		return s;
	s = pool_find(txn, &q, &m->from, m->nonce);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	out->state = s == STATUS_OK && known ? MESSAGE_PENDING : MESSAGE_UNKNOWN;
	if (s == STATUS_NOT_FOUND && turned_away)
		out->state = MESSAGE_TURNED_AWAY;
	return STATUS_OK;
}

/* What has become of the message @id of @m, by the receipts, the messages that wait and the sender's nonce? */
static enum status find_outcome(struct kv_txn *txn, struct outcome *out, const struct message *m, const struct cid *id)
{
	struct account a;
	bool turned_away;
	enum status s = receipt_load(txn, &out->receipt, id);

	turned_away = s == STATUS_OK && receipt_turned_away(&out->receipt);
	out->state = MESSAGE_FINAL;
	if (s != STATUS_NOT_FOUND && !turned_away)
		return s;
	s = account_get(txn, &a, &m->from);
	if (s != STATUS_OK)
		return s;
	return m->nonce < a.nonce ? judge_used(txn, out, m) : judge_open(txn, out, m, id, turned_away);
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

/* Take a message that the ledger does not have, or has turned away before, and execute what is due now. */
static enum status take(
	struct embedded *e, struct call *c, struct outcome *out, const struct signed_message *m, bool strict)
{
	enum status s = pool_add(c, m, strict);

	if (s != STATUS_OK)
		return s;
	s = embedded_catch_up(e, c->txn, c->books);
	return s == STATUS_OK ? find_outcome(c->txn, out, c->m, &c->signed_cid) : s;
}

static enum status submit(struct embedded *e, struct outcome *out, const struct signed_message *m, bool strict)
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
	s = embedded_begin_write(e, &txn, &b);
	if (s != STATUS_OK)
		return s;
	s = find_outcome(txn, &found, c.m, &c.signed_cid);
	if (s != STATUS_OK)
		return s;
	c.txn = txn;
	c.books = &b;
	c.epoch = books_epoch(e, &b);
	if (found.state == MESSAGE_UNKNOWN || (found.state == MESSAGE_TURNED_AWAY && !strict))
		s = take(e, &c, &found, m, strict);
	if (s != STATUS_OK)
		return s;
	s = kv_commit(&txn);
	if (s != STATUS_OK)
		return s;
	*out = found;
	return STATUS_OK;
}

static enum status explain_refusal(struct embedded *e, const struct message *m, enum status s)
{
	char least_text[AMOUNT_TEXT_MAX];
	struct amount premium, least;
	struct cid waiting;

	if (s == STATUS_EXISTS && embedded_waiting(e, &waiting, &premium, &m->from, m->nonce) == STATUS_OK &&
		message_least_premium(&least, &premium))
		return error_set(&e->error, STATUS_REJECTED,
			"a message with nonce %" PRIu64 " waits, and keeps its place below a premium of %s afil",
			m->nonce, amount_decimal(least_text, &least));
	return error_set(&e->error, STATUS_REJECTED, "the ledger does not take the message now");
}

enum status embedded_submit(void *self, struct outcome *out, const struct signed_message *m)
{
	enum status s = submit(self, out, m, true);

	if (s == STATUS_EXISTS || s == STATUS_BUSY)
		return explain_refusal(self, &m->message, s);
	return s;
}

enum status embedded_push(struct embedded *e, struct outcome *out, const struct signed_message *m)
{
	return submit(e, out, m, false);
}

enum status embedded_waiting(
	struct embedded *e, struct cid *signed_cid, struct amount *premium, const struct address *from, uint64_t nonce)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct queued q;
	enum status s = embedded_begin_read(e, &txn);

	if (s != STATUS_OK)
		return s;
	s = pool_find(txn, &q, from, nonce);
	if (s != STATUS_OK)
		return s;
	*signed_cid = q.signed_cid;
	*premium = q.premium;
	return STATUS_OK;
}

enum status embedded_executed(struct embedded *e, struct cid *signed_cid, const struct address *from, uint64_t nonce)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct account a;
	struct slot slot;
	enum status s = embedded_begin_read(e, &txn);

	if (s != STATUS_OK)
		return s;
	s = account_get(txn, &a, from);
	if (s != STATUS_OK)
		return s;
	if (nonce >= a.nonce)
		return STATUS_NOT_FOUND;
	s = slot_load(txn, &slot, from, nonce);
	if (s == STATUS_OK)
		*signed_cid = slot.signed_cid;
	return s;
}

enum status embedded_message(
	struct embedded *e, struct bytes *encoded, struct outcome *out, const struct cid *signed_cid)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct outcome found = {.state = MESSAGE_FINAL};
	struct signed_message m;
	size_t before = encoded->len;
	enum status s = embedded_begin_read(e, &txn);

	if (s != STATUS_OK)
		return s;
	s = message_load(txn, encoded, signed_cid);
	if (s != STATUS_OK)
		return s;
	s = signed_message_decode(&m, span_of(encoded->data + before, encoded->len - before));
	if (s != STATUS_OK)
		return s == STATUS_NO_MEMORY ? s : STATUS_CORRUPT;
	s = find_outcome(txn, &found, &m.message, signed_cid);
	if (s != STATUS_OK)
		return s;
	*out = found;
	return STATUS_OK;
}

/* The transaction is dropped: nothing that the call writes remains. */
enum status embedded_call(struct embedded *e, struct receipt *out, const struct message *m)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct call c = {.m = m, .dry = true};
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
