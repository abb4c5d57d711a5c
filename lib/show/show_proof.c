/* show_proof.c - signed statements for people, and for programs that verify them by themselves. */
#include "show/show_proof.h"

#include <inttypes.h>
#include <string.h>

#include "base/multibase.h"
#include "base/text.h"
#include "deal/state.h"
#include "party/statement.h"
#include "show/deal_view.h"

static json_t *show_based(enum base base, struct span bytes)
{
	CLEAN_BYTES struct bytes text = {0};

	base_encode(&text, base, bytes);
	return json_string(bytes_text(&text));
}

json_t *show_signed(const struct signed_statement *statement, bool whole)
{
	json_t *object = json_pack("{s:s, s:o, s:b}", "type", statement_name(statement->kind), "signer",
		show_address(&statement->signer), "verified", signed_verify(statement) == STATUS_OK);

	if (!whole)
		return object;
	json_object_set_new(object, "signature", show_based(BASE16, span_of(statement->signature, KEY_SIGNATURE_SIZE)));
	json_object_set_new(object, "body", show_based(BASE64URL, statement->body));
	return object;
}

static json_t *show_named_ledger(const struct named_ledger *named)
{
	char text[LEDGER_ID_TEXT_MAX];
	struct ledger_id id = {.network = span_is(named->network, "t") ? NETWORK_TEST : NETWORK_MAIN};

	if (named->genesis.len == 0)
		return json_null();
	memcpy(id.genesis, named->genesis.data, sizeof(id.genesis));
	return json_string(ledger_id_text(text, &id));
}

json_t *show_offer_statement(const struct offer_file *file, bool whole)
{
	json_t *object = show_signed(&file->statement, whole);
	bool same = span_equal(file->said.offer, file->encoded);

	json_object_set_new(object, "issued", json_integer(file->said.issued));
	json_object_set_new(
		object, "expires", file->said.expires != 0 ? json_integer(file->said.expires) : json_null());
	json_object_set_new(object, "ledger", show_named_ledger(&file->said.ledger));
	json_object_set_new(object, "of_this_offer", json_boolean(same));
	return object;
}

static enum network network_of(const struct deal_receipt *receipt)
{
	return span_is(receipt->ledger.network, "t") ? NETWORK_TEST : NETWORK_MAIN;
}

static const char *state_name(const struct deal_receipt *receipt)
{
	return deal_short_state(receipt->state < DEAL_STATE_COUNT ? (unsigned)receipt->state : DEAL_STATE_COUNT);
}

/* What a receipt says, as a sentence of its signer. */
static json_t *receipt_words(const struct deal_receipt *receipt)
{
	char other[ADDRESS_TEXT_MAX] = "a buyer without a name", cid[CID_TEXT_MAX], paid[TOOL_AMOUNT_MAX];
	char ended[SHOW_TIME_MAX];
	bool sold = receipt_is_sellers(receipt);
	const struct address *party = sold ? &receipt->buyer : &receipt->seller;
	size_t vouchers = receipt_vouchers(receipt).left;
	CLEAN_BYTES struct bytes words = {0};

	if (!address_is_none(party))
		address_text(other, party, network_of(receipt));
	bytes_append_format(&words,
		"in deal %" PRIu64 " I %s %" PRIu64
		" bytes of %s %s %s, and %s %s, by %zu voucher%s; at %s the deal was %s",
		receipt->deal.id, sold ? "delivered" : "received", receipt->bytes,
		cid_text(cid, &receipt->deal.payload), sold ? "to" : "from", other, sold ? "was paid" : "paid",
		tool_amount_text(paid, &receipt->paid), vouchers, text_plural(vouchers),
		show_time(ended, receipt->ended), state_name(receipt));
	return json_string(bytes_text(&words));
}

static json_t *show_vouchers(const struct deal_receipt *receipt)
{
	struct receipt_vouchers list = receipt_vouchers(receipt);
	struct receipt_voucher voucher;
	json_t *array = json_array();

	while (receipt_next_voucher(&voucher, &list))
		json_array_append_new(
			array, json_pack("{s:o, s:o, s:o, s:o}", "channel", show_address(&voucher.channel), "lane",
				       tool_json_id(voucher.lane), "nonce", tool_json_id(voucher.nonce), "amount",
				       tool_json_amount(&voucher.amount)));
	return array;
}

static void add_receipt(json_t *object, const struct deal_receipt *receipt)
{
	char began[SHOW_TIME_MAX], ended[SHOW_TIME_MAX];

	json_object_set_new(object, "says", receipt_words(receipt));
	json_object_set_new(object, "role", show_text(receipt->role));
	json_object_set_new(object, "buyer", show_address(&receipt->buyer));
	json_object_set_new(object, "seller", show_address(&receipt->seller));
	json_object_set_new(object, "ledger", show_named_ledger(&receipt->ledger));
	json_object_set_new(object, "proposal", show_record(&proposal_record, &receipt->deal));
	json_object_set_new(object, "state",
		json_string(deal_state_name(
			(unsigned)(receipt->state < DEAL_STATE_COUNT ? receipt->state : DEAL_STATE_COUNT))));
	json_object_set_new(object, "bytes", show_bytes(receipt->bytes));
	json_object_set_new(object, "blocks", show_bytes(receipt->blocks));
	json_object_set_new(object, "paid", tool_json_amount(&receipt->paid));
	json_object_set_new(object, "began", json_string(show_time(began, receipt->began)));
	json_object_set_new(object, "ended", json_string(show_time(ended, receipt->ended)));
	json_object_set_new(object, "vouchers", show_vouchers(receipt));
}

/* The receipts inside; one that does not decode is left out: --verify says what is wrong with it. */
static json_t *show_receipts(struct span receipts)
{
	struct cbor_reader r = cbor_reader(receipts);
	json_t *array = json_array();

	for (size_t n = cbor_read_array(&r); n > 0 && r.status == STATUS_OK; n--) {
		struct span encoded = cbor_read_bytes(&r, STATEMENT_BODY_MAX);
		struct signed_statement statement;

		if (r.status == STATUS_OK && signed_decode(&statement, encoded) == STATUS_OK &&
			statement.kind == STATEMENT_RECEIPT)
			json_array_append_new(array, show_statement(&statement, true));
	}
	return array;
}

static json_t *show_signed_vouchers(struct span vouchers)
{
	struct cbor_reader r = cbor_reader(vouchers);
	json_t *array = json_array();
	struct voucher voucher;

	for (size_t n = cbor_read_array(&r); n > 0; n--) {
		voucher_read(&r, &voucher);
		if (r.status != STATUS_OK)
			break;
		json_array_append_new(array, show_voucher(&voucher));
	}
	return array;
}

/* The receipt of each party as a sentence, under "seller says" and "buyer says". */
static void add_sentences(json_t *object, const struct bundle *bundle)
{
	struct cbor_reader r = cbor_reader(bundle->receipts);
	struct signed_statement statement;
	struct deal_receipt receipt;

	for (size_t n = cbor_read_array(&r); n > 0; n--) {
		struct span encoded = cbor_read_bytes(&r, STATEMENT_BODY_MAX);

		if (r.status != STATUS_OK || signed_decode(&statement, encoded) != STATUS_OK ||
			receipt_decode(&receipt, statement.body) != STATUS_OK)
			return;
		json_object_set_new(
			object, receipt_is_sellers(&receipt) ? "seller" : "buyer", show_address(&statement.signer));
		json_object_set_new(
			object, receipt_is_sellers(&receipt) ? "seller_says" : "buyer_says", receipt_words(&receipt));
	}
}

/* For people: what the bundle is about, and what each party says. */
static void add_bundle_words(json_t *object, const struct bundle *bundle)
{
	char price[TOOL_AMOUNT_MAX], issued[SHOW_TIME_MAX];
	struct cbor_reader vouchers = cbor_reader(bundle->vouchers);
	CLEAN_BYTES struct bytes words = {0};
	struct proposal proposal;
	struct offer_file offer;

	if (proposal_decode(&proposal, bundle->proposal, RECORD_DECLARED) != STATUS_OK)
		return;
	json_object_set_new(object, "deal", tool_json_id(proposal.id));
	json_object_set_new(object, "payload", show_cid(&proposal.payload));
	json_object_set_new(object, "price_per_byte", tool_json_amount(&proposal.params.price_per_byte));
	json_object_set_new(object, "unseal_price", tool_json_amount(&proposal.params.unseal_price));
	if (bundle->offer.len != 0 && offer_file_decode(&offer, bundle->offer) == STATUS_OK) {
		bytes_append_format(&words, "%s per byte, signed by the seller at %s",
			tool_amount_text(price, &offer.offer.min_price_per_byte), show_time(issued, offer.said.issued));
		json_object_set_new(object, "offer", json_string(bytes_text(&words)));
	}
	add_sentences(object, bundle);
	json_object_set_new(object, "signed_vouchers", show_bytes(cbor_read_array(&vouchers)));
}

static void add_bundle(json_t *object, const struct bundle *bundle)
{
	struct proposal proposal;
	struct response response;
	struct offer_file offer;

	json_object_set_new(object, "proposal",
		proposal_decode(&proposal, bundle->proposal, RECORD_DECLARED) == STATUS_OK
			? show_record(&proposal_record, &proposal)
			: json_null());
	json_object_set_new(object, "acceptance",
		response_decode(&response, bundle->response, RECORD_DECLARED) == STATUS_OK
			? show_record(&response_record, &response)
			: json_null());
	json_object_set_new(object, "offer",
		bundle->offer.len != 0 && offer_file_decode(&offer, bundle->offer) == STATUS_OK && offer.proof.len != 0
			? show_offer_statement(&offer, true)
			: json_null());
	json_object_set_new(object, "receipts", show_receipts(bundle->receipts));
	json_object_set_new(object, "vouchers", show_signed_vouchers(bundle->vouchers));
}

json_t *show_statement(const struct signed_statement *statement, bool whole)
{
	json_t *object = show_signed(statement, whole);
	struct deal_receipt receipt;
	struct offer_statement said;
	struct bundle bundle;
	struct offer offer;

	switch (statement->kind) {
	case STATEMENT_OFFER:
		if (offer_statement_decode(&said, &offer, statement->body) == STATUS_OK)
			json_object_set_new(object, "offer", show_record(&offer_record, &offer));
		break;
	case STATEMENT_RECEIPT:
		if (receipt_decode(&receipt, statement->body) == STATUS_OK)
			add_receipt(object, &receipt);
		break;
	case STATEMENT_BUNDLE:
		if (bundle_decode(&bundle, statement->body) == STATUS_OK)
			whole ? add_bundle(object, &bundle) : add_bundle_words(object, &bundle);
		break;
	case STATEMENT_KINDS:
		break;
	}
	return object;
}

static enum status verify_offer(struct party *p, const struct signed_statement *statement)
{
	CLEAN_BYTES struct bytes bytes = {0};
	struct offer_statement said;
	struct offer_file file;
	struct offer offer;
	enum status s = offer_statement_decode(&said, &offer, statement->body);

	if (s != STATUS_OK)
		return s;
	bytes_append(&bytes, said.offer.data, said.offer.len);
	signed_encode(&bytes, statement);
	s = bytes_status(&bytes);
	if (s != STATUS_OK)
		return s;
	s = offer_file_decode(&file, bytes_span(&bytes));
	return s == STATUS_OK ? party_verify_offer(p, &file) : s;
}

enum status show_verify_statement(struct party *p, const struct signed_statement *statement)
{
	struct verified_bundle verified;
	struct deal_receipt receipt;

	switch (statement->kind) {
	case STATEMENT_OFFER:
		return verify_offer(p, statement);
	case STATEMENT_RECEIPT:
		return receipt_verify(&receipt, statement, &p->error);
	case STATEMENT_BUNDLE:
		return bundle_verify(&verified, statement, &p->error);
	case STATEMENT_KINDS:
		break;
	}
	return STATUS_UNKNOWN_TYPE;
}
