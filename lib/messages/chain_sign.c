/* chain_sign.c - signing messages to the ledger, and their newest signed form.
 *
 * MONEY 19: no message takes a fee above the ceiling.  Refuses to know why a
 * message is sent, and what becomes of it.
 */
#include "messages/chain_sign.h"

#include "messages/in_flight.h"
#include "store/pending.h"

enum status chain_newest(struct party *p, struct signed_message *m, struct bytes *encoded, struct span about)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	bytes_clear(encoded);
	s = store_get_pending(txn, encoded, about);
	if (s != STATUS_OK)
		return s;
	s = signed_message_decode(m, bytes_span(encoded));
	return s == STATUS_OK || s == STATUS_NO_MEMORY ? s : STATUS_CORRUPT;
}

enum status chain_check_fee(struct party *p, const struct message *m)
{
	char ceiling[AMOUNT_TEXT_MAX], fee_text[AMOUNT_TEXT_MAX];
	struct amount fee;

	if (!message_fee(&fee, m))
		return STATUS_BAD_AMOUNT;
	if (amount_cmp(&fee, &p->max_fee) <= 0)
		return STATUS_OK;
	return party_fail(p, STATUS_TOO_DEAR, "the fee of up to %s afil is above the ceiling of %s afil",
		amount_decimal(fee_text, &fee), amount_decimal(ceiling, &p->max_fee));
}

/* MONEY 19: the ledger is told the ceiling of the fee, and is not trusted with it. */
enum status chain_sign(struct party *p, struct bytes *encoded, const struct message *m)
{
	struct signed_message out;
	enum status s = chain_check_fee(p, m);

	if (s != STATUS_OK)
		return s;
	s = message_sign(&out, m, &p->key);
	if (s != STATUS_OK)
		return s;
	signed_message_encode(encoded, &out);
	return bytes_status(encoded);
}

enum status chain_explain_no_funds(struct party *p, const struct address *who, const struct amount *needed)
{
	char text[ADDRESS_TEXT_MAX], want[AMOUNT_TEXT_MAX], have[AMOUNT_TEXT_MAX], lack[AMOUNT_TEXT_MAX];
	struct amount spendable, missing;
	uint64_t height;
	enum status s = in_flight_spendable(p, &spendable, who, NULL);

	if (s != STATUS_OK && s != STATUS_CORRUPT) /* a damaged message is not counted: at least this much is missing */
		return s;
	if (!amount_sub(&missing, needed, &spendable))
		return STATUS_BAD_AMOUNT;
	address_text(text, who, p->network);
	amount_decimal(lack, &missing);
	if (ledger_height(p->ledger, &height) != STATUS_NOT_FOUND) /* a chain makes no money out of nothing */
		party_hint(p, "ledger fund %s %safil", text, lack);
	return party_fail(p, STATUS_NO_FUNDS,
		"not enough in account %s: needed %s afil, available %s afil, short %s afil", text,
		amount_decimal(want, needed), amount_decimal(have, &spendable), lack);
}
