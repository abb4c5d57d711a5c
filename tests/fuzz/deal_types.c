/* deal_types.c - the messages of retrieval: all six, those that have two orders in both. */
#include "wire/deal_types.h"
#include "fuzz.h"

static void check_ordered(struct span in, enum record_order order)
{
	struct bytes out = {0};
	struct proposal proposal;
	struct response response;
	struct payment payment;

	if (proposal_decode(&proposal, in, order) == STATUS_OK) {
		proposal_encode(&out, &proposal, order);
		fuzz_same(&out, in, "a proposal is written back the same");
	}
	if (response_decode(&response, in, order) == STATUS_OK) {
		response_encode(&out, &response, order);
		fuzz_same(&out, in, "a response is written back the same");
	}
	if (payment_decode(&payment, in, order) == STATUS_OK) {
		payment_encode(&out, &payment, order);
		fuzz_same(&out, in, "a payment is written back the same");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);
	struct bytes out = {0};
	struct query query;
	struct query_response answer;
	struct offer offer;

	check_ordered(in, RECORD_DECLARED);
	check_ordered(in, RECORD_SORTED);
	if (query_decode(&query, in) == STATUS_OK) {
		query_encode(&out, &query);
		fuzz_same(&out, in, "a query is written back the same");
	}
	if (query_response_decode(&answer, in) == STATUS_OK) {
		query_response_encode(&out, &answer);
		fuzz_same(&out, in, "an answer is written back the same");
	}
	if (offer_decode(&offer, in) == STATUS_OK) {
		offer_encode(&out, &offer);
		fuzz_same(&out, in, "an offer is written back the same");
	}
	return 0;
}
