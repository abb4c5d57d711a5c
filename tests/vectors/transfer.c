/* transfer.c - every recorded data-transfer message decodes to its fields and encodes back to its bytes.
 * usage: transfer VECTORS
 */
#include "../support/test.h"
#include "../support/vectors.h"

#include <stdlib.h>

#include "wire/transfer.h"

/* What the name of a row says about its message. */
static const struct shape {
	const char *name;
	bool is_request;
	enum transfer_type type;
	bool paused, pull;
	const char *voucher_type; /* of a request */
} shapes[] = {
	{"new-pull-request", true, TRANSFER_NEW, false, true, TYPE_PROPOSAL},
	{"restart-pull-request", true, TRANSFER_RESTART, false, true, TYPE_PROPOSAL},
	{"new-push-request", true, TRANSFER_NEW, false, false, TYPE_PROPOSAL},
	{"cancel-request", true, TRANSFER_CANCEL, false, false, ""},
	{"pause-request", true, TRANSFER_UPDATE, true, false, ""},
	{"resume-request", true, TRANSFER_UPDATE, false, false, ""},
	{"voucher-request", true, TRANSFER_VOUCHER, false, false, TYPE_PAYMENT},
	{"new-response", false, TRANSFER_NEW, false, false, ""},
	{"voucher-result-response", false, TRANSFER_VOUCHER_RESULT, false, false, ""},
	{"complete-response", false, TRANSFER_COMPLETE, false, false, ""},
	{"pause-response", false, TRANSFER_UPDATE, true, false, ""},
	{"cancel-response", false, TRANSFER_CANCEL, false, false, ""},
};

static const struct {
	const char *name;
	uint64_t status;
} statuses[] = {
	{"DealStatusAccepted", 6},
	{"DealStatusRejected", 9},
	{"DealStatusFundsNeeded", 10},
	{"DealStatusFundsNeededLastPayment", 14},
	{"DealStatusCompleted", 15},
	{"DealStatusErrored", 17},
};

static uint64_t status_of(const char *name)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (strcmp(statuses[i].name, name) == 0)
			return statuses[i].status;
	return UINT64_MAX;
}

static void check_voucher(struct span in, json_t *fields)
{
	json_t *signed_fields = json_object_get(fields, "SignedVoucher");
	char text[ADDRESS_TEXT_MAX], digits[AMOUNT_TEXT_MAX];
	struct bytes signing = {0};
	struct address signer;
	struct payment p;

	if (!CHECK_EQUAL(payment_decode(&p, in, RECORD_DECLARED), STATUS_OK, "the payment decodes"))
		return;
	CHECK_TEXT(address_text(text, &p.channel, NETWORK_MAIN), vectors_text(signed_fields, "ChannelAddr"),
		"the channel");
	CHECK(address_equal(&p.channel, &p.voucher.channel), "twice");
	CHECK_TEXT(amount_decimal(digits, &p.voucher.amount), vectors_text(signed_fields, "Amount"), "Amount");
	CHECK_EQUAL(p.voucher.lane, json_integer_value(json_object_get(signed_fields, "Lane")), "Lane");
	CHECK_EQUAL(p.voucher.nonce, json_integer_value(json_object_get(signed_fields, "Nonce")), "Nonce");
	voucher_signing_bytes(&signing, &p.voucher);
	CHECK(vectors_bytes_equal(bytes_span(&signing), vectors_text(signed_fields, "signing_bytes")), "signing_bytes");
	CHECK_EQUAL(voucher_signer(&signer, &p.voucher), STATUS_OK, "the signature recovers");
	CHECK_TEXT(
		address_text(text, &signer, NETWORK_MAIN), vectors_text(signed_fields, "signer_address"), "the signer");
	bytes_release(&signing);
}

static void check_request(const struct transfer_request *q, const struct shape *shape, json_t *fields)
{
	char text[CID_TEXT_MAX];
	struct proposal p;
	bool is_proposal = strcmp(shape->voucher_type, TYPE_PROPOSAL) == 0;

	CHECK_EQUAL(q->type, shape->type, "the type is as named");
	CHECK_EQUAL(q->pause, shape->paused, "so is Paus");
	CHECK_EQUAL(q->pull, shape->pull, "so is Pull");
	CHECK(!q->partial, "nothing is partial");
	CHECK_EQUAL(q->id, strtoull(vectors_text(fields, "TransferID"), NULL, 10), "TransferID");
	CHECK(vectors_bytes_equal(q->voucher, vectors_text(fields, "Voucher")), "Voucher");
	CHECK(span_is(q->voucher_type, shape->voucher_type), "the type of the voucher is as named");
	CHECK_EQUAL(q->selector.len > 0, is_proposal, "a selector comes with a proposal");
	CHECK(q->restart.initiator.len == 0 && q->restart.responder.len == 0 && q->restart.id == 0,
		"no restart channel");
	if (!is_proposal) {
		CHECK(cid_is_none(&q->base), "only a proposal has a base");
	} else if (CHECK_EQUAL(proposal_decode(&p, q->voucher, RECORD_DECLARED), STATUS_OK, "the proposal decodes")) {
		CHECK_TEXT(cid_text(text, &q->base), vectors_text(fields, "BaseCID"), "BaseCID");
		CHECK(cid_equal(&p.payload, &q->base), "and is what the proposal is for");
	}
	if (strcmp(shape->voucher_type, TYPE_PAYMENT) == 0)
		check_voucher(q->voucher, fields);
}

static void check_response(const struct transfer_response *p, const struct shape *shape, json_t *fields)
{
	const char *status = vectors_text(fields, "Status");
	struct response response = {0};

	CHECK_EQUAL(p->type, shape->type, "the type is as named");
	CHECK_EQUAL(p->id, strtoull(vectors_text(fields, "TransferID"), NULL, 10), "TransferID");
	CHECK(vectors_bytes_equal(p->result, vectors_text(fields, "VoucherResult")), "VoucherResult");
	CHECK(span_is(p->result_type, *status ? TYPE_RESPONSE : ""), "the type of the result");
	if (!*status) {
		CHECK_EQUAL(p->paused, shape->paused, "Paus is as named");
		CHECK(!p->accepted, "nothing is accepted without a result");
		return;
	}
	CHECK_EQUAL(response_decode(&response, p->result, RECORD_DECLARED), STATUS_OK, "the result decodes");
	CHECK_EQUAL(response.status, status_of(status), "Status");
	CHECK_EQUAL(p->accepted, p->type != TRANSFER_NEW || strcmp(status, "DealStatusRejected") != 0, "Acpt");
}

static void check_row(json_t *row)
{
	const struct shape *shape = NULL;
	struct bytes in = {0}, out = {0};
	struct transfer t;

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (strcmp(shapes[i].name, vectors_text(row, "name")) == 0)
			shape = &shapes[i];
	vectors_hex(&in, vectors_text(row, "cbor"));
	if (CHECK(shape, "the name of a row is known") &&
		CHECK_EQUAL(transfer_decode(&t, bytes_span(&in), RECORD_DECLARED), STATUS_OK, "a message decodes")) {
		CHECK_EQUAL(t.is_request, shape->is_request, "it is what its name says");
		if (t.is_request)
			check_request(&t.request, shape, json_object_get(row, "fields"));
		else
			check_response(&t.response, shape, json_object_get(row, "fields"));
		transfer_encode(&out, &t, RECORD_DECLARED);
		CHECK(span_equal(bytes_span(&out), bytes_span(&in)), "it encodes back to the same bytes");
	}
	bytes_release(&out);
	bytes_release(&in);
}

int main(int argc, char **argv)
{
	json_t *rows = argc > 1 ? vectors_load(argv[1], "codec/data-transfer.json") : NULL, *row;
	size_t i;

	json_array_foreach(rows, i, row) check_row(row);
	json_decref(rows);
	return test_end();
}
