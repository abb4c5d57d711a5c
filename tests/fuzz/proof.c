/* proof.c - signed statements, and the offers that bring one. */
#include "fuzz.h"
#include "proof/bundle.h"

static void check_offer_file(struct span in)
{
	struct bytes out = {0};
	struct offer_file file;

	if (offer_file_decode(&file, in) != STATUS_OK)
		return;
	offer_encode(&out, &file.offer);
	if (file.proof.len != 0)
		signed_encode(&out, &file.statement);
	fuzz_same(&out, in, "an offer file is written back the same");
	if (offer_file_verify(&file) == STATUS_OK && file.proof.len != 0)
		MUST(address_equal(&file.statement.signer, &file.offer.payment_address), "who is paid has signed");
}

static void check_receipt(struct span in)
{
	struct bytes out = {0}, items = {0}, array = {0};
	struct receipt_vouchers list;
	struct receipt_voucher voucher;
	struct deal_receipt receipt;

	if (receipt_decode(&receipt, in) != STATUS_OK)
		return;
	receipt_encode(&out, &receipt);
	fuzz_same(&out, in, "a receipt is written back the same");
	list = receipt_vouchers(&receipt);
	cbor_put_array(&array, list.left);
	while (receipt_next_voucher(&voucher, &list))
		receipt_put_voucher(&items, &voucher);
	bytes_append(&array, items.data, items.len);
	fuzz_same(&array, receipt.vouchers, "its vouchers are written back the same");
	bytes_release(&items);
}

static void check_body(const struct signed_statement *statement)
{
	struct bytes out = {0};
	struct verified_bundle verified;
	struct offer_statement said;
	struct error error = {0};
	struct bundle bundle;
	struct offer offer;

	if (statement->kind == STATEMENT_OFFER && offer_statement_decode(&said, &offer, statement->body) == STATUS_OK) {
		offer_statement_encode(&out, &said);
		fuzz_same(&out, statement->body, "what an offer says is written back the same");
	}
	if (statement->kind == STATEMENT_RECEIPT)
		check_receipt(statement->body);
	if (statement->kind == STATEMENT_BUNDLE && bundle_decode(&bundle, statement->body) == STATUS_OK) {
		bundle_encode(&out, &bundle);
		fuzz_same(&out, statement->body, "a bundle is written back the same");
		if (bundle_verify(&verified, statement, &error) == STATUS_OK)
			MUST(verified.receipt_count > 0, "a bundle has the receipt of its maker");
		else
			MUST(error.why[0] != '\0', "a bundle that proves nothing is explained");
	}
}

/* The statement in an answer, whose other terms are zeros and f00. */
static void check_answer(struct span in)
{
	struct query_response answer = {.message = in, .payment_address = address_of_id(0)};
	CLEAN_BYTES struct bytes bytes = {0}, message = {0};
	struct offer_file file;

	if (answer_signed_offer(&bytes, &answer) != STATUS_OK)
		return;
	MUST(offer_file_decode(&file, bytes_span(&bytes)) == STATUS_OK, "what an answer brings is an offer");
	answer_put_proof(&message, file.proof);
	fuzz_same(&message, in, "the message of an answer is written back the same");
}

/* The message that hands a receipt over. */
static void check_handover(struct span in)
{
	CLEAN_BYTES struct bytes receipt = {0}, message = {0};

	if (in.len > RECEIPT_MESSAGE_MAX || receipt_of_message(&receipt, in) != STATUS_OK)
		return;
	receipt_put_message(&message, bytes_span(&receipt));
	if (message.len != 0)
		fuzz_same(&message, in, "the message of a receipt is written back the same");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);
	struct signed_statement statement;
	struct bytes out = {0};

	check_offer_file(in);
	check_answer(in);
	check_handover(in);
	if (signed_decode(&statement, in) != STATUS_OK)
		return 0;
	signed_encode(&out, &statement);
	fuzz_same(&out, in, "a signed statement is written back the same");
	if (signed_verify(&statement) == STATUS_OK)
		MUST(address_protocol(&statement.signer) == ADDRESS_SECP256K1, "a signer has an f1 address");
	check_body(&statement);
	return 0;
}
