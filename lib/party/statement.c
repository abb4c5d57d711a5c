/* statement.c - signs what a party says about its offers, and checks what other parties say about theirs.
 *
 * Knows the party's key, the ledger of its store, and its clock. What a
 * statement is, and when it proves something, is in lib/proof.
 */
#include "party/statement.h"

#include <inttypes.h>
#include <string.h>

#include "ipld/selector.h"

/* NOT_FOUND before the store belongs to a ledger. */
static enum status get_ledger(struct party *p, struct ledger_id *id)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	uint64_t height;
	enum status s;

	if (p->store == NULL)
		return STATUS_NOT_FOUND;
	s = kv_begin_read(store_kv(p->store), &txn);
	return s == STATUS_OK ? store_get_ledger(txn, id, &height) : s;
}

enum status party_find_ledger(struct party *p, struct ledger_id *id, bool *known)
{
	static const struct ledger_id nameless;
	enum status s = get_ledger(p, id);

	if (s == STATUS_NOT_FOUND && p->ledger != NULL)
		s = ledger_identity(p->ledger, id);
	*known = s == STATUS_OK && memcmp(id->genesis, nameless.genesis, sizeof(id->genesis)) != 0;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

/* Do we own @address? */
static bool is_ours(const struct party *p, const struct address *address)
{
	struct address own;

	if (!p->has_key)
		return false;
	own = address_of_key(p->key.public);
	return address_equal(&own, address);
}

enum status party_sign_offer(struct party *p, struct bytes *file, int64_t expires)
{
	CLEAN_BYTES struct bytes body = {0}, proof = {0};
	struct offer_statement said = {
		.offer = bytes_span(file), .selector = selector_all(), .issued = p->now, .expires = expires};
	struct ledger_id id;
	struct offer offer;
	bool known;
	enum status s = offer_decode(&offer, bytes_span(file));

	if (s != STATUS_OK || !is_ours(p, &offer.payment_address))
		return s;
	s = party_find_ledger(p, &id, &known);
	if (s != STATUS_OK)
		return s;
	said.ledger = named_ledger_of(known ? &id : NULL);
	offer_statement_encode(&body, &said);
	s = bytes_status(&body);
	if (s != STATUS_OK)
		return s;
	s = statement_sign(&proof, STATEMENT_OFFER, bytes_span(&body), &p->key);
	if (s != STATUS_OK)
		return s;
	bytes_append(file, proof.data, proof.len);
	return bytes_status(file);
}

enum status party_verify_offer(struct party *p, const struct offer_file *file)
{
	enum status s = offer_file_verify(file);
	char signer[ADDRESS_TEXT_MAX], payee[ADDRESS_TEXT_MAX];

	if (s == STATUS_OK)
		return s;
	address_text(signer, &file->statement.signer, p->network);
	address_text(payee, &file->offer.payment_address, p->network);
	if (s == STATUS_BAD_SIGNATURE)
		return party_fail(p, s, "the signature is not one of %s", signer);
	if (s == STATUS_WRONG_PART && !address_equal(&file->statement.signer, &file->offer.payment_address))
		return party_fail(p, s, "%s has signed, but the offer pays %s", signer, payee);
	if (s == STATUS_WRONG_PART)
		return party_fail(p, s, "%s has signed another offer", signer);
	if (s == STATUS_UNSUPPORTED)
		return party_fail(p, s, "BLS signatures can't be verified here");
	return s;
}

/* An offer of another ledger can't be paid from here. */
static enum status check_ledger(struct party *p, const struct named_ledger *named)
{
	char theirs[LEDGER_ID_TEXT_MAX], ours[LEDGER_ID_TEXT_MAX];
	struct ledger_id id, other = {0};
	struct named_ledger own;
	bool known;
	enum status s = party_find_ledger(p, &id, &known);

	if (s != STATUS_OK)
		return s;
	own = named_ledger_of(known ? &id : NULL);
	if (named_ledger_may_be(&own, named))
		return STATUS_OK;
	other.network = span_is(named->network, "t") ? NETWORK_TEST : NETWORK_MAIN;
	memcpy(other.genesis, named->genesis.data, sizeof(other.genesis));
	return party_fail(p, STATUS_OTHER_LEDGER, "it is for the ledger %s, but this home belongs to %s",
		ledger_id_text(theirs, &other), ledger_id_text(ours, &id));
}

enum status party_check_offer(struct party *p, const struct offer_file *file)
{
	enum status s = party_verify_offer(p, file);

	if (s != STATUS_OK || file->proof.len == 0)
		return s;
	if (offer_statement_is_over(&file->said, p->now))
		return party_fail(p, STATUS_REJECTED, "it was valid until %" PRId64 " (unix time), now it is %" PRId64,
			file->said.expires, p->now);
	return check_ledger(p, &file->said.ledger);
}

/* An answer without a signature does not name its payload; a signed offer does. */
static enum status check_payload(struct party *p, const struct offer *offer, const struct cid *payload)
{
	char wanted[CID_TEXT_MAX], got[CID_TEXT_MAX];

	if (payload == NULL || cid_equal(payload, &offer->payload))
		return STATUS_OK;
	return party_fail(p, STATUS_WRONG_PART, "the signed offer is for %s, not for %s",
		cid_text(got, &offer->payload), cid_text(wanted, payload));
}

enum status party_answer_offer(
	struct party *p, struct bytes *file, const struct cid *payload, const struct query_response *answer)
{
	CLEAN_BYTES struct bytes found = {0};
	struct offer_file decoded;
	struct offer made;
	enum status s = answer_signed_offer(&found, answer);

	if (s == STATUS_NOT_FOUND && payload != NULL) {
		made = answer_offer(payload, answer);
		offer_encode(file, &made);
		return bytes_status(file);
	}
	if (s == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (s != STATUS_OK)
		return party_explain(p, s, "the answer's signed offer is not one of these terms: %s", status_text(s));
	s = offer_file_decode(&decoded, bytes_span(&found));
	if (s != STATUS_OK)
		return s;
	s = party_check_offer(p, &decoded);
	if (s != STATUS_OK)
		return party_fail(p, s, "the answer's signed offer: %s", party_words(p, s));
	s = check_payload(p, &decoded.offer, payload);
	if (s != STATUS_OK)
		return s;
	bytes_append(file, found.data, found.len);
	return bytes_status(file);
}
