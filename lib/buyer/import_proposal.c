/* import_proposal.c - a buyer takes up a deal that was proposed before, elsewhere: for recordings that are played again. */
#include "buyer/import_proposal.h"

#include <string.h>

#include "buyer/requests.h"
#include "ipld/selector.h"
#include "party/party.h"
#include "wire/frame.h"

/* The first request of @frame, and the proposal in it. */
static enum status find_proposal(
	struct graphsync_request *request, struct proposal *proposal, struct transfer *t, const struct frame *frame)
{
	struct span requests = frame->message.requests;
	enum status s;

	if (frame->decoded != STATUS_OK)
		return frame->decoded;
	if (frame->kind != FRAME_GRAPHSYNC || !graphsync_next_request(request, &requests))
		return STATUS_BAD_MESSAGE;
	s = request_proposal(proposal, t, request);
	return s == STATUS_NOT_FOUND ? STATUS_BAD_MESSAGE : s;
}

enum status buyer_import_proposal(
	struct party *p, struct client_deal *d, uint64_t *held, const struct frame *frame, const struct import *a)
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
	struct transfer transfer;
	struct kv_txn *t;
	uint64_t unused;
	enum status s = find_proposal(&request, &given, &transfer, frame);

	if (s == STATUS_OK)
		s = terms_check(&given.params);
	if (s != STATUS_OK)
		return party_fail(p, s, "not a proposal that can be taken up: %s", status_text(s));
	made.id = given.id;
	made.transfer = transfer.request.id;
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
	*held = request_skip_links(&request);
	return STATUS_OK;
}
