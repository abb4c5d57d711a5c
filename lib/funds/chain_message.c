/* chain_message.c - a message to the ledger: kept, then submitted, and kept until its end is recorded.
 *
 * MONEY 9: a chain message is in the store before it is submitted; a killed
 * run submits the same message again, which the ledger applies once.
 */
#include "funds/chain_message.h"
#include "store/pending.h"

#include <string.h>

#define SUBMIT_TRIES 8 /* how often another process may take our nonce before we give up */

enum status chain_message_sign(struct party *p, struct signed_message *m, const struct address *to, uint64_t method,
	const struct amount *value, struct span params)
{
	struct message message = {.to = *to, .method = method, .value = *value, .params = params};
	enum status s = party_address(p, &message.from);

	if (s == STATUS_OK)
		s = ledger_nonce(p->ledger, &message.nonce, &message.from);
	return s == STATUS_OK ? message_sign(m, &message, &p->key) : s;
}

/* The account can't pay @needed: say by how much. */
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

/*
 * Make a message from us, and keep it under @about before anybody sees it. If another process has kept one meanwhile,
 * that is the message; if it has finished @deal's channel (0: it is for none), there is nothing to send.
 */
static enum status prepare(struct party *p, struct span about, uint64_t deal, const struct address *to, uint64_t method,
	const struct amount *value, struct span params)
{
	struct signed_message m;
	struct client_deal d;
	struct bytes encoded = {0}, known = {0};
	struct kv_txn *t = NULL;
	enum status s = chain_message_sign(p, &m, to, method, value, params);

	if (s != STATUS_OK)
		return s;
	signed_message_encode(&encoded, &m);
	s = bytes_status(&encoded);
	if (s == STATUS_OK)
		s = kv_begin_write(store_kv(p->store), &t);
	if (s == STATUS_OK) {
		if (deal != 0)
			s = store_get_client(t, &d, deal);
		if (s == STATUS_OK && deal != 0 && !client_wants_channel(&d))
			s = party_fail(p, STATUS_BUSY, "another process has opened the channel of deal %llu",
				(unsigned long long)deal);
		if (s == STATUS_OK)
			s = store_get_pending(t, &known, about);
		if (s == STATUS_NOT_FOUND)
			s = store_put_pending(t, about, bytes_span(&encoded));
		s = party_end(t, s);
	}
	bytes_release(&encoded);
	bytes_release(&known);
	return s;
}

/* The ledger will never take what is kept under @about: forget it, unless another process has put a new one there. */
static enum status forget(struct party *p, struct span about, struct span message)
{
	struct bytes known = {0};
	struct kv_txn *t;
	enum status s = kv_begin_write(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	s = store_get_pending(t, &known, about);
	if (s == STATUS_OK && span_equal(bytes_span(&known), message))
		s = store_delete_pending(t, about);
	bytes_release(&known);
	return party_end(t, s == STATUS_NOT_FOUND ? STATUS_OK : s);
}

/* Submit what is kept under @about. NOT_FOUND if nothing is. A message that the ledger will never take is forgotten. */
enum status chain_message_submit(struct party *p, struct receipt *receipt, struct span about)
{
	struct signed_message m;
	struct bytes encoded = {0};
	struct kv_txn *t = NULL;
	enum status s = kv_begin_read(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	s = store_get_pending(t, &encoded, about);
	kv_abort(&t);
	if (s == STATUS_OK)
		s = signed_message_decode(&m, bytes_span(&encoded));
	if (s == STATUS_OK)
		s = kv_group_commit(store_kv(p->store)); /* MONEY 9, where transactions are grouped */
	if (s == STATUS_OK)
		s = ledger_submit(p->ledger, receipt, &m);
	if (s == STATUS_NO_FUNDS || s == STATUS_BAD_STATE || (s == STATUS_OK && receipt->exit_code != 0)) {
		enum status forgotten = forget(p, about, bytes_span(&encoded));

		if (forgotten != STATUS_OK)
			s = forgotten;
	}
	if (s == STATUS_NO_FUNDS)
		s = chain_explain_no_funds(p, &m.message.from, &m.message.value);
	if (s == STATUS_OK && receipt->exit_code != 0)
		s = party_fail(p, STATUS_REJECTED, "the ledger refused the message: %s", receipt->text);
	bytes_release(&encoded);
	return s;
}

/* A message, prepared before or now, and its receipt. */
enum status chain_message_send(struct party *p, struct receipt *receipt, struct span about, uint64_t deal,
	const struct address *to, uint64_t method, const struct amount *value, struct span params)
{
	enum status s = chain_message_submit(p, receipt, about);

	for (int i = 0; i < SUBMIT_TRIES && (s == STATUS_NOT_FOUND || s == STATUS_BAD_STATE); i++) {
		s = prepare(p, about, deal, to, method, value, params);
		if (s == STATUS_OK)
			s = chain_message_submit(p, receipt, about);
	}
	return s;
}
