/* embedded_submit.c - applies a signed message to the embedded ledger.
 *
 * Knows the steps of a message: check the signature, the nonce and the funds,
 * call the actor (embedded_act.c), save the receipt, all in one transaction.
 */
#include <string.h>

#include "chain/embedded_private.h"

/* Check the sender's nonce and funds, and use up the nonce, whether the actor accepts the call or not. */
static enum status admit(struct call *c)
{
	struct account a = {0};
	enum status s = account_load(c->txn, &a, &c->m->from);

	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	if (amount_is_negative(&c->m->value))
		return STATUS_BAD_AMOUNT;
	if (c->m->nonce != a.nonce)
		return STATUS_BAD_STATE;
	if (amount_cmp(&c->m->value, &a.balance) > 0)
		return STATUS_NO_FUNDS;
	a.nonce++;
	return account_save(c->txn, &a, &c->m->from);
}

static enum status apply(struct embedded *e, struct call *c, const struct cid *id)
{
	struct books b;
	enum status s = books_load(c->txn, &b);

	if (s != STATUS_OK)
		return s;
	c->books = &b;
	c->epoch = books_epoch(e, &b);
	c->entry = (struct embedded_entry){.epoch = c->epoch, .from = c->m->from, .to = c->m->to, .value = c->m->value};
	c->entry.message = *id;
	s = admit(c);
	if (s != STATUS_OK)
		return s;
	s = embedded_act(c);
	if (s != STATUS_OK)
		return s;
	c->receipt.epoch = c->epoch;
	c->entry.exit_code = c->receipt.exit_code;
	memcpy(c->entry.text, c->receipt.text, sizeof(c->entry.text));
	s = receipt_save(c->txn, &c->receipt, id);
	return s == STATUS_OK ? entry_append(c->txn, &b, &c->entry) : s;
}
_Static_assert(sizeof(((struct receipt *)0)->text) == sizeof(((struct embedded_entry *)0)->text), "texts are as long");

/* What has become of the message @id of @m, by the receipts and the sender's nonce? */
static enum status find_outcome(struct kv_txn *txn, struct outcome *out, const struct message *m, const struct cid *id)
{
	struct account a = {0};
	enum status s = receipt_load(txn, &out->receipt, id);

	if (s == STATUS_OK) {
		out->state = MESSAGE_FINAL;
		return STATUS_OK;
	}
	if (s != STATUS_NOT_FOUND)
		return s;
	s = account_load(txn, &a, &m->from);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	out->state = m->nonce < a.nonce ? MESSAGE_REPLACED : MESSAGE_UNKNOWN;
	return STATUS_OK;
}

enum status embedded_outcome(void *self, struct outcome *out, const struct signed_message *m)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct outcome found = {.receipt = {0}};
	struct embedded *e = self;
	struct cid id;
	enum status s = signed_message_cid(&id, m);

	if (s != STATUS_OK)
		return s;
	s = kv_begin_read(e->kv, &txn);
	if (s != STATUS_OK)
		return s;
	s = find_outcome(txn, &found, &m->message, &id);
	if (s != STATUS_OK)
		return s;
	*out = found;
	return STATUS_OK;
}

enum status embedded_submit(void *self, struct outcome *out, const struct signed_message *m)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct outcome found = {.receipt = {0}};
	struct embedded *e = self;
	struct call c = {.m = &m->message};
	struct cid id;
	enum status s = signed_message_verify(m);

	if (s != STATUS_OK)
		return s;
	s = signed_message_cid(&id, m);
	if (s != STATUS_OK)
		return s;
	s = kv_begin_write(e->kv, &txn);
	if (s != STATUS_OK)
		return s;
	s = find_outcome(txn, &found, &m->message, &id);
	if (s != STATUS_OK)
		return s;
	if (found.state != MESSAGE_UNKNOWN) {
		*out = found;
		return STATUS_OK;
	}
	c.txn = txn;
	s = apply(e, &c, &id);
	if (s != STATUS_OK)
		return s;
	s = kv_commit(&txn);
	if (s != STATUS_OK)
		return s;
	*out = (struct outcome){.state = MESSAGE_FINAL, .receipt = c.receipt};
	return STATUS_OK;
}
