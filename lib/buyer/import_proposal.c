/* import_proposal.c - importing a deal that was proposed elsewhere: for recordings that are played again. */
#include "buyer/import_proposal.h"

#include <string.h>

#include "buyer/requests.h"
#include "ipld/selector.h"
#include "party/party.h"
#include "wire/frame.h"

/* Find the first request of @frame, and the proposal in the request. */
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

/* The deal that @frame proposes, in its state before the first event. */
static enum status read_deal(struct client_deal *made, uint64_t *skip_links, const struct frame *frame)
{
	struct graphsync_request request;
	struct proposal given;
	struct transfer transfer;
	enum status s = find_proposal(&request, &given, &transfer, frame);

	if (s != STATUS_OK)
		return s;
	s = terms_check(&given.params);
	if (s != STATUS_OK)
		return s;
	made->id = given.id;
	made->transfer = transfer.request.id;
	made->payload = given.payload;
	made->params = given.params;
	made->params.selector = selector_all();
	memcpy(made->request, request.id, REQUEST_ID_SIZE);
	made->current_interval = interval_next(&made->params, 0);
	*skip_links = request_skip_links(&request);
	return STATUS_OK;
}

static enum status put_new(struct party *p, struct client_deal *made)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_write(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_next_number(txn, &made->number);
	if (s != STATUS_OK)
		return s;
	s = party_client_event(p, txn, made, CLIENT_OPEN, NULL);
	if (s != STATUS_OK)
		return s;
	s = party_client_event(p, txn, made, CLIENT_DEAL_PROPOSED, NULL);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

enum status buyer_import_proposal(struct party *p, struct client_deal *deal, uint64_t *skip_links,
	const struct frame *frame, const struct import *known)
{
	struct client_deal made = {.client = known->client,
		.provider = known->provider,
		.size = known->size,
		.total_funds = known->total_funds,
		.max_total = known->max_total,
		.unasked = true,
		.state = DEAL_NEW};
	uint64_t skip;
	enum status s = read_deal(&made, &skip, frame);

	if (s != STATUS_OK)
		return party_fail(p, s, "not a proposal that can be taken up: %s", status_text(s));
	s = put_new(p, &made);
	if (s != STATUS_OK)
		return s;
	*deal = made;
	*skip_links = skip;
	return STATUS_OK;
}
