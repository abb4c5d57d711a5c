/* import_proposal.c - a buyer takes up a deal that was proposed before, elsewhere: for recordings that are played again. */
#include "buyer/import_proposal.h"

#include <string.h>

#include "buyer/requests.h"
#include "ipld/selector.h"
#include "party/party.h"
#include "peer/deal_frames.h"

/* The proposal in a request, through its wrappings. */
static enum status unwrap(
	struct proposal *proposal, uint64_t *transfer, struct graphsync_request *request, struct span body)
{
	struct graphsync_message m;
	struct transfer t;
	struct span value;
	enum status s = graphsync_decode(&m, body);

	if (s == STATUS_OK && (!graphsync_next_request(request, &m.requests) || request->type != GRAPHSYNC_NEW ||
				      request->extensions.len == 0))
		s = STATUS_BAD_MESSAGE;
	if (s == STATUS_OK)
		s = graphsync_extension(&value, request->extensions, EXT_TRANSFER);
	if (s == STATUS_OK)
		s = transfer_decode(&t, value, RECORD_SORTED);
	if (s == STATUS_OK && (!t.is_request || !span_is(t.request.voucher_type, TYPE_PROPOSAL)))
		s = STATUS_BAD_MESSAGE;
	if (s == STATUS_OK)
		s = proposal_decode(proposal, t.request.voucher, RECORD_SORTED);
	if (s == STATUS_OK)
		*transfer = t.request.id;
	return s == STATUS_NOT_FOUND ? STATUS_BAD_MESSAGE : s;
}

enum status buyer_import_proposal(
	struct party *p, struct client_deal *d, uint64_t *held, struct span proposal, const struct import *a)
{
	struct client_deal made = {.client = a->client,
		.provider = a->provider,
		.size = a->size,
		.total_funds = a->total_funds,
		.max_total = a->max_total,
		.unasked = true,
		.state = DEAL_NEW};
	struct graphsync_request request;
	struct proposal given;
	struct kv_txn *t;
	uint64_t unused;
	enum status s = unwrap(&given, &made.transfer, &request, proposal);

	if (s == STATUS_OK)
		s = terms_check(&given.params);
	if (s != STATUS_OK)
		return party_fail(p, s, "not a proposal that can be taken up: %s", status_text(s));
	made.id = given.id;
	made.payload = given.payload;
	made.params = given.params;
	made.params.selector = selector_all();
	memcpy(made.request, request.id, REQUEST_ID_SIZE);
	made.current_interval = interval_next(&made.params, 0);
	s = kv_begin_write(store_kv(p->store), &t);
	if (s != STATUS_OK)
		return s;
	s = store_next_deal(t, &unused, &made.number);
	if (s == STATUS_OK)
		s = party_client_event(p, t, &made, CLIENT_OPEN, NULL);
	if (s == STATUS_OK)
		s = party_client_event(p, t, &made, CLIENT_DEAL_PROPOSED, NULL);
	s = party_end(t, s);
	if (s != STATUS_OK)
		return s;
	*d = made;
	*held = frames_held(&request);
	return STATUS_OK;
}
