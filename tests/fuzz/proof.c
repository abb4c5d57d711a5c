/* proof.c - signed statements, and the offers that bring one. */
#include "fuzz.h"
#include "proof/offer_statement.h"

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

static void check_body(const struct signed_statement *statement)
{
	struct bytes out = {0};
	struct offer_statement said;
	struct offer offer;

	if (statement->kind == STATEMENT_OFFER && offer_statement_decode(&said, &offer, statement->body) == STATUS_OK) {
		offer_statement_encode(&out, &said);
		fuzz_same(&out, statement->body, "what an offer says is written back the same");
	}
}

/* The statement in an answer, whose other terms are zeros. */
static void check_answer(struct span in)
{
	struct query_response answer = {.message = in};
	struct bytes bytes = {0}, message = {0};
	struct offer_file file;

	if (answer_signed_offer(&bytes, &answer) != STATUS_OK)
		return;
	MUST(offer_file_decode(&file, bytes_span(&bytes)) == STATUS_OK, "what an answer brings is an offer");
	answer_put_proof(&message, file.proof);
	fuzz_same(&message, in, "the message of an answer is written back the same");
	bytes_release(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);
	struct signed_statement statement;
	struct bytes out = {0};

	check_offer_file(in);
	check_answer(in);
	if (signed_decode(&statement, in) != STATUS_OK)
		return 0;
	signed_encode(&out, &statement);
	fuzz_same(&out, in, "a signed statement is written back the same");
	if (signed_verify(&statement) == STATUS_OK)
		MUST(address_protocol(&statement.signer) == ADDRESS_SECP256K1, "a signer has an f1 address");
	check_body(&statement);
	return 0;
}
