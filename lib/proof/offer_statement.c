/* offer_statement.c - signed offers: their bytes, and who must have signed. */
#include "proof/offer_statement.h"

#include <string.h>

#include "base/multibase.h"

static const struct field offer_statement_fields[] = {
	{"offer", FIELD_BYTES, offsetof(struct offer_statement, offer), NULL, 0},
	{"issued", FIELD_INT, offsetof(struct offer_statement, issued), NULL, 0},
	{"ledger", FIELD_RECORD, offsetof(struct offer_statement, ledger), &named_ledger_record, 0},
	{"expires", FIELD_INT, offsetof(struct offer_statement, expires), NULL, 0},
	{"selector", FIELD_ANY_OR_NULL, offsetof(struct offer_statement, selector), NULL, 0},
};
static const struct record offer_statement_record = RECORD(offer_statement_fields);

enum status offer_statement_decode(struct offer_statement *said, struct offer *offer, struct span in)
{
	struct offer_statement local;
	struct offer inside;
	enum status s = record_decode(&local, sizeof(local), &offer_statement_record, in, RECORD_SORTED);

	if (s != STATUS_OK)
		return s;
	if (local.issued < 0 || local.expires < 0 || !named_ledger_is_valid(&local.ledger))
		return STATUS_BAD_VALUE;
	s = offer_decode(&inside, local.offer);
	if (s != STATUS_OK)
		return s;
	*said = local;
	*offer = inside;
	return STATUS_OK;
}

void offer_statement_encode(struct bytes *out, const struct offer_statement *said)
{
	record_write(out, &offer_statement_record, said, RECORD_SORTED);
}

bool offer_statement_is_over(const struct offer_statement *said, int64_t now)
{
	return said->expires != 0 && said->expires < now;
}

static enum status decode_proof(struct offer_file *file)
{
	struct offer inside;
	enum status s = signed_decode(&file->statement, file->proof);

	if (s != STATUS_OK)
		return s;
	if (file->statement.kind != STATEMENT_OFFER)
		return STATUS_BAD_MESSAGE;
	return offer_statement_decode(&file->said, &inside, file->statement.body);
}

enum status offer_file_decode(struct offer_file *file, struct span in)
{
	struct cbor_reader r = cbor_reader(in);
	struct offer_file local = {.encoded = cbor_read_any(&r, CBOR_ANY_ORDER)};
	enum status s;

	if (r.status != STATUS_OK)
		return r.status;
	s = offer_decode(&local.offer, local.encoded);
	if (s != STATUS_OK)
		return s;
	local.proof = span_of(in.data + local.encoded.len, in.len - local.encoded.len);
	s = local.proof.len != 0 ? decode_proof(&local) : STATUS_OK;
	if (s != STATUS_OK)
		return s;
	*file = local;
	return STATUS_OK;
}

enum status offer_file_verify(const struct offer_file *file)
{
	enum status s;

	if (file->proof.len == 0)
		return STATUS_OK;
	s = signed_verify(&file->statement);
	if (s != STATUS_OK)
		return s;
	if (!span_equal(file->said.offer, file->encoded) ||
		!address_equal(&file->statement.signer, &file->offer.payment_address))
		return STATUS_WRONG_PART;
	return STATUS_OK;
}

void answer_put_proof(struct bytes *message, struct span proof)
{
	bytes_append_text(message, ANSWER_PROOF);
	base_encode(message, BASE64URL, proof);
}

struct offer answer_offer(const struct cid *payload, const struct query_response *answer)
{
	return (struct offer){.id = span_text("query"), /* the answer does not name its offer */
		.payload = *payload,
		.size = answer->size,
		.payment_address = answer->payment_address,
		.min_price_per_byte = answer->min_price_per_byte,
		.max_payment_interval = answer->max_payment_interval,
		.max_payment_interval_increase = answer->max_payment_interval_increase,
		.unseal_price = answer->unseal_price};
}

/* Would the answer make this offer, but for its names? */
static bool has_terms_of(const struct query_response *answer, const struct offer *offer)
{
	struct offer made = answer_offer(&offer->payload, answer);
	CLEAN_BYTES struct bytes a = {0}, b = {0};

	made.id = offer->id;
	made.peer = offer->peer;
	offer_encode(&a, &made);
	offer_encode(&b, offer);
	return !a.failed && !b.failed && span_equal(bytes_span(&a), bytes_span(&b));
}

enum status answer_signed_offer(struct bytes *file, const struct query_response *answer)
{
	const size_t mark = sizeof(ANSWER_PROOF) - 1;
	CLEAN_BYTES struct bytes proof = {0};
	struct offer_file decoded = {0};
	enum status s;

	if (answer->status != QUERY_AVAILABLE || answer->message.len < mark ||
		memcmp(answer->message.data, ANSWER_PROOF, mark) != 0)
		return STATUS_NOT_FOUND;
	s = base_decode(&proof, BASE64URL, span_of(answer->message.data + mark, answer->message.len - mark));
	if (s != STATUS_OK)
		return s;
	decoded.proof = bytes_span(&proof);
	s = decode_proof(&decoded);
	if (s != STATUS_OK)
		return s;
	s = offer_decode(&decoded.offer, decoded.said.offer);
	if (s != STATUS_OK)
		return s;
	if (!has_terms_of(answer, &decoded.offer))
		return STATUS_WRONG_PART;
	bytes_append(file, decoded.said.offer.data, decoded.said.offer.len);
	bytes_append(file, proof.data, proof.len);
	return bytes_status(file);
}
