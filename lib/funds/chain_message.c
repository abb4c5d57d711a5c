/* chain_message.c - a message to the ledger: stored, then submitted, and kept until its end is recorded.
 *
 * MONEY 9: a chain message is in the store before it is submitted; a killed run
 * submits the same message again, which the ledger applies once.
 */
#include "funds/chain_message.h"
#include "funds/binding.h"
#include "store/pending.h"

#include <inttypes.h>

#define SUBMIT_TRIES 8 /* how many times another process may take our nonce */

enum status chain_message_sign(struct party *p, struct signed_message *out, const struct chain_message *message)
{
	struct message unsigned_message = {
		.to = message->to, .method = message->method, .value = message->value, .params = message->params};
	enum status s = party_address(p, &unsigned_message.from);

	if (s != STATUS_OK)
		return s;
	s = ledger_nonce(p->ledger, &unsigned_message.nonce, &unsigned_message.from);
	return s == STATUS_OK ? message_sign(out, &unsigned_message, &p->key) : s;
}

enum status chain_explain_no_funds(struct party *p, const struct address *who, const struct amount *needed)
{
	char text[ADDRESS_TEXT_MAX], want[AMOUNT_TEXT_MAX], have[AMOUNT_TEXT_MAX], lack[AMOUNT_TEXT_MAX];
	struct amount balance, missing;
	enum status s = ledger_balance(p->ledger, &balance, who);

	if (s != STATUS_OK)
		return s;
	if (!amount_sub(&missing, needed, &balance))
		return STATUS_BAD_AMOUNT;
	address_text(text, who, p->network);
	amount_decimal(lack, &missing);
	party_hint(p, "ledger fund %s %safil", text, lack);
	return party_fail(p, STATUS_NO_FUNDS,
		"not enough in account %s: needed %s afil, available %s afil, short %s afil", text,
		amount_decimal(want, needed), amount_decimal(have, &balance), lack);
}

/* Does the deal of the message still wait for its channel? BUSY if another process was faster. */
static enum status check_waiting(struct party *p, struct kv_txn *txn, uint64_t id)
{
	struct client_deal deal;
	enum status s;

	if (id == 0)
		return STATUS_OK;
	s = store_get_client(txn, &deal, id);
	if (s == STATUS_OK && !client_wants_channel(&deal))
		return party_fail(p, STATUS_BUSY, "another process has opened the channel of deal %" PRIu64, id);
	return s;
}

/* Has another process sent this message, and finished with it, since the caller looked? EXISTS. */
static enum status check_undone(struct kv_txn *txn, struct span done)
{
	CLEAN_BYTES struct bytes record = {0};
	enum status s = done.len != 0 ? store_get_pending(txn, &record, done) : STATUS_NOT_FOUND;

	if (s == STATUS_NOT_FOUND)
		return STATUS_OK;
	return s == STATUS_OK ? STATUS_EXISTS : s;
}

/*
 * Sign the message, and store it before submitting. If another process has stored a message meanwhile, that message is
 * used.
 */
static enum status prepare(struct party *p, const struct chain_message *message)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	CLEAN_BYTES struct bytes encoded = {0}, known = {0};
	struct signed_message out;
	enum status s = chain_message_sign(p, &out, message);

	if (s != STATUS_OK)
		return s;
	signed_message_encode(&encoded, &out);
	s = bytes_status(&encoded);
	if (s != STATUS_OK)
		return s;
	s = kv_begin_write(store_kv(p->store), &txn);
	if (s != STATUS_OK)
		return s;
	s = check_waiting(p, txn, message->deal);
	if (s != STATUS_OK)
		return s;
	s = check_undone(txn, message->done);
	if (s != STATUS_OK)
		return s;
	s = store_get_pending(txn, &known, message->about);
	if (s == STATUS_NOT_FOUND)
		s = store_put_pending(txn, message->about, bytes_span(&encoded));
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/*
 * The ledger will never accept @message, stored under @about: delete the message, unless another process has stored a
 * new one there.
 */
static enum status forget(struct party *p, struct span about, struct span message)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	CLEAN_BYTES struct bytes known = {0};
	enum status s = kv_begin_write(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_pending(txn, &known, about);
	if (s == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (s == STATUS_OK && span_equal(bytes_span(&known), message))
		s = store_delete_pending(txn, about);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

static enum status get_pending(struct party *p, struct bytes *encoded, struct span about)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	return s == STATUS_OK ? store_get_pending(txn, encoded, about) : s;
}

/* Submit, and give a status for the outcome. */
static enum status submit(struct party *p, struct receipt *receipt, const struct signed_message *m)
{
	struct outcome outcome = {.state = MESSAGE_UNKNOWN};
	enum status s = ledger_submit(p->ledger, &outcome, m);

	if (s == STATUS_NO_FUNDS)
		return chain_explain_no_funds(p, &m->message.from, &m->message.value);
	if (s != STATUS_OK)
		return s;
	switch (outcome.state) {
	case MESSAGE_PENDING:
	case MESSAGE_UNKNOWN:
		return STATUS_PENDING;
	case MESSAGE_REPLACED:
		return STATUS_REPLACED;
	case MESSAGE_FINAL:
		break;
	}
	*receipt = outcome.receipt;
	if (receipt->exit_code != 0)
		return party_fail(p, STATUS_REJECTED, "the ledger refused the message: %s", receipt->text);
	return STATUS_OK;
}

enum status chain_message_submit(struct party *p, struct receipt *receipt, struct span about)
{
	CLEAN_BYTES struct bytes encoded = {0};
	struct signed_message m;
	enum status s = get_pending(p, &encoded, about), forgotten = STATUS_OK;

	if (s != STATUS_OK)
		return s;
	s = signed_message_decode(&m, bytes_span(&encoded));
	if (s != STATUS_OK)
		return s;
	s = kv_group_commit(store_kv(p->store)); /* MONEY 9, where transactions are grouped */
	if (s != STATUS_OK)
		return s;
	s = submit(p, receipt, &m);
	if (s == STATUS_OK || s == STATUS_REJECTED)
		binding_note(p);
	if (s == STATUS_NO_FUNDS || s == STATUS_BAD_STATE || s == STATUS_REPLACED || s == STATUS_REJECTED)
		forgotten = forget(p, about, bytes_span(&encoded));
	return forgotten != STATUS_OK ? forgotten : s;
}

enum status chain_message_send(struct party *p, struct receipt *receipt, const struct chain_message *message)
{
	enum status s = chain_message_submit(p, receipt, message->about);

	for (int i = 0; i < SUBMIT_TRIES && (s == STATUS_NOT_FOUND || s == STATUS_BAD_STATE || s == STATUS_REPLACED);
		i++) {
		s = prepare(p, message);
		if (s == STATUS_OK)
			s = chain_message_submit(p, receipt, message->about);
	}
	return s;
}
