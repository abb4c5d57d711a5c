/* recorder_deal.c - finds the deal of a frame, and decides if the recording is of that deal. */
#include <string.h>

#include "record/recorder_private.h"

static void take_transfer(struct frame_subject *subject, const struct transfer *t)
{
	subject->transfer = true;
	subject->ids.transfer = t->is_request ? t->request.id : t->response.id;
	if (t->is_request && t->request.type == TRANSFER_RESTART_EXISTING) { /* a provider's request for a restart */
		subject->from = SIDE_PROVIDER;
		subject->ids.transfer = t->request.restart.id;
	}
	subject->cancel = (t->is_request ? t->request.type : t->response.type) == TRANSFER_CANCEL;
}

static void take_request(struct frame_subject *subject, const struct graphsync_request *request)
{
	struct proposal proposal;
	struct transfer t;

	memcpy(subject->ids.request, request->id, REQUEST_ID_SIZE);
	subject->cancel = request->type == GRAPHSYNC_CANCEL;
	if (request_proposal(&proposal, &t, request) != STATUS_OK)
		return;
	subject->proposal = true;
	subject->ids.deal = proposal.id;
	subject->ids.transfer = t.request.id;
	subject->ids.payload = proposal.payload;
}

enum status frame_subject_of(struct frame_subject *subject, const struct frame *frame)
{
	struct span requests = frame->message.requests, responses = frame->message.responses;
	struct graphsync_response response;
	struct graphsync_request request;

	if (frame->decoded != STATUS_OK || !frame_is_of_deal(frame))
		return STATUS_NOT_FOUND;
	*subject = (struct frame_subject){.from = frame->from_client ? SIDE_CLIENT : SIDE_PROVIDER};
	if (frame->kind == FRAME_TRANSFER) {
		take_transfer(subject, &frame->transfer);
		return STATUS_OK;
	}
	if (frame->from_client && graphsync_next_request(&request, &requests)) {
		take_request(subject, &request);
		return STATUS_OK;
	}
	if (frame->from_client || !graphsync_next_response(&response, &responses))
		return STATUS_NOT_FOUND;
	memcpy(subject->ids.request, response.id, REQUEST_ID_SIZE);
	return STATUS_OK;
}

/* @ended: out; the deal is over, but was not completed. */
static enum status get_ids(struct deal_ids *ids, bool *ended, struct kv_txn *txn, enum deal_side side, uint64_t id)
{
	struct provider_deal provider;
	struct client_deal client;
	enum status s;

	if (side == SIDE_CLIENT) {
		s = store_get_client(txn, &client, id);
		if (s != STATUS_OK)
			return s;
		*ended = client_ended_early(&client);
		*ids = (struct deal_ids){.deal = id, .transfer = client.transfer, .payload = client.payload};
		memcpy(ids->request, client.request, REQUEST_ID_SIZE);
		return STATUS_OK;
	}
	s = store_get_provider(txn, &provider, id);
	if (s != STATUS_OK)
		return s;
	*ended = deal_is_final(SIDE_PROVIDER, provider.state) && provider.state != DEAL_COMPLETED;
	*ids = (struct deal_ids){.deal = id, .transfer = provider.transfer, .payload = provider.payload};
	memcpy(ids->request, provider.request, REQUEST_ID_SIZE);
	return STATUS_OK;
}

/*
 * The deal of a frame that is no proposal, from the store: the recording begins in the middle of the deal. A recording never
 * begins with a late payment for a deal that is over: such a payment comes before the proposal of another deal.
 */
static bool find_deal(struct recorder *r, const struct frame_subject *subject)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct deal_ids ids;
	bool ended = false;
	uint64_t id;

	if (r->party->store == NULL || kv_begin_read(store_kv(r->party->store), &txn) != STATUS_OK)
		return false;
	for (int i = 0; i < 2; i++) {
		enum deal_side side = (enum deal_side)i;
		enum status s = subject->transfer ? store_find_transfer(txn, &id, side, subject->ids.transfer)
						  : store_find_request(txn, &id, side, subject->ids.request);

		if (s == STATUS_OK && get_ids(&ids, &ended, txn, side, id) == STATUS_OK) {
			if (ended && subject->transfer)
				return false;
			r->ids = ids;
			return true;
		}
	}
	return false;
}

bool recorder_claims(struct recorder *r, const struct frame_subject *subject)
{
	if (!r->bound && subject->proposal) {
		r->ids = subject->ids;
		r->bound = true;
	} else if (r->bound && subject->proposal && subject->ids.transfer == r->ids.transfer &&
		   subject->ids.deal == r->ids.deal) { /* resumed: the same deal under another request */
		memcpy(r->ids.request, subject->ids.request, REQUEST_ID_SIZE);
	} else if (!r->bound) {
		r->bound = find_deal(r, subject);
	}
	if (!r->bound)
		return false;
	return subject->transfer ? subject->ids.transfer == r->ids.transfer
				 : memcmp(subject->ids.request, r->ids.request, REQUEST_ID_SIZE) == 0;
}
