/* take.c - dispatching a client's frames: queries, proposals, payments, cancellations. */
#include "seller/take.h"

#include <inttypes.h>

#include "seller/answers.h"
#include "seller/credit.h"
#include "seller/known_deals.h"
#include "seller/payment.h"
#include "seller/proposal.h"
#include "seller/query.h"
#include "store/deals.h"

static enum status cancel(struct party *party, struct provider_deal *deal, const char *reason)
{
	struct provider_input in = {.reason = reason};
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_write(store_kv(party->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_provider(txn, deal, deal->id);
	if (s == STATUS_OK && !deal_is_final(SIDE_PROVIDER, deal->state)) {
		s = party_provider_event(party, txn, deal, PROVIDER_CLIENT_CANCELLED, &in);
		if (s == STATUS_OK)
			s = party_provider_event(party, txn, deal, PROVIDER_CANCEL_COMPLETE, NULL);
	}
	if (s != STATUS_OK)
		return s;
	party_done(party, "deal %" PRIu64 " is over: %s", deal->id, deal->message);
	return kv_commit(&txn);
}

static enum status read_payment(struct party *party, struct payment *payment, const struct frame *frame)
{
	enum status s = transfer_payment(payment, &frame->transfer, frame->order);

	if (s == STATUS_UNKNOWN_TYPE)
		return party_fail(party, s, "a voucher request needs a " TYPE_PAYMENT);
	if (s != STATUS_OK)
		return party_fail(party, s, "the payment does not decode: %s", status_text(s));
	return s;
}

/* No deal here has this transfer id. The money of a payment is taken all the same, where possible. */
static enum status take_stray(struct party *party, const struct frame *frame)
{
	const struct transfer_request *request = &frame->transfer.request;
	struct payment payment;
	enum status s;

	if (request->type == TRANSFER_VOUCHER) {
		s = read_payment(party, &payment, frame);
		if (s == STATUS_OK)
			s = seller_add_voucher(party, &payment.voucher);
		if (s == STATUS_OK || status_class(s) == CLASS_IO || status_class(s) == CLASS_BUSY)
			return s;
	}
	return party_fail(party, STATUS_WRONG_DEAL, "no deal here has transfer %" PRIu64, request->id);
}

/* Take a data-transfer request that is a frame of its own: a payment, or the client's cancellation of the deal. */
static enum status take_transfer(
	struct party *party, struct bytes *frames, uint64_t *id, const struct frame *frame, const struct limits *limits)
{
	const struct transfer *transfer = &frame->transfer;
	struct payment payment;
	struct provider_deal deal;
	enum status s;

	if (!transfer->is_request)
		return party_fail(
			party, STATUS_BAD_MESSAGE, "a provider's answer came where a client's request is expected");
	if (transfer->request.type == TRANSFER_NEW)
		return party_fail(party, STATUS_REJECTED, "No pushes accepted");
	s = known_deal_find_transfer(party, &deal, limits->client, transfer->request.id);
	if (s == STATUS_NOT_FOUND)
		return take_stray(party, frame);
	if (s != STATUS_OK)
		return s;
	*id = deal.id;
	if (transfer->request.type == TRANSFER_CANCEL)
		return cancel(party, &deal, NULL);
	if (transfer->request.type != TRANSFER_VOUCHER)
		return STATUS_OK;
	s = read_payment(party, &payment, frame);
	return s == STATUS_OK ? seller_take_payment(party, frames, &deal, &payment) : s;
}

static enum status find_request(struct party *party, const struct graphsync_request *request)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	uint64_t id;
	enum status s = kv_begin_read(store_kv(party->store), &txn);

	return s == STATUS_OK ? store_find_request(txn, &id, SIDE_PROVIDER, request->id) : s;
}

/* The requester has gone, and may come again with another request: only a data-transfer cancel ends a deal. */
static enum status take_request_cancel(struct party *party, const struct graphsync_request *request)
{
	enum status s = find_request(party, request);

	return s == STATUS_NOT_FOUND ? party_fail(party, STATUS_WRONG_DEAL, "no deal here has this request") : s;
}

enum status seller_take_request(struct party *party, struct bytes *frames, uint64_t *deal,
	const struct graphsync_request *request, struct limits *limits)
{
	struct limits none = {0};

	*deal = 0;
	switch (request->type) {
	case GRAPHSYNC_CANCEL:
		return take_request_cancel(party, request);
	case GRAPHSYNC_UPDATE:
		return party_fail(party, STATUS_UNSUPPORTED, "graphsync updates are not used in retrieval deals");
	case GRAPHSYNC_NEW:
		break;
	}
	return seller_take_proposal(party, frames, deal, request, limits != NULL ? limits : &none);
}

static enum status take_requests(struct party *party, struct bytes *frames, uint64_t *deal,
	const struct graphsync_message *message, struct limits *limits)
{
	struct graphsync_request request;
	struct span requests = message->requests;

	if (message->response_count != 0 || message->block_count != 0 || message->request_count == 0)
		return party_fail(party, STATUS_BAD_MESSAGE, "expected a client's request");
	while (graphsync_next_request(&request, &requests)) {
		enum status s = seller_take_request(party, frames, deal, &request, limits);

		if (s != STATUS_OK)
			return s;
	}
	return STATUS_OK;
}

static bool has_proposal(const struct graphsync_message *message)
{
	struct graphsync_request request;
	struct span requests = message->requests;

	while (graphsync_next_request(&request, &requests))
		if (request.type == GRAPHSYNC_NEW)
			return true;
	return false;
}

bool seller_may_answer(const struct frame *frame)
{
	if (frame->decoded != STATUS_OK)
		return false;
	switch (frame->kind) {
	case FRAME_GRAPHSYNC:
		return has_proposal(&frame->message);
	case FRAME_TRANSFER:
		return frame->transfer.is_request && frame->transfer.request.type == TRANSFER_VOUCHER;
	case FRAME_QUERY:
		return true;
	case FRAME_QUERY_RESPONSE:
		break;
	}
	return false;
}

enum status seller_take(
	struct party *party, struct bytes *frames, uint64_t *deal, const struct frame *frame, struct limits *limits)
{
	static const struct limits none;

	*deal = 0;
	if (frame->decoded != STATUS_OK)
		return frame->decoded;
	switch (frame->kind) {
	case FRAME_GRAPHSYNC:
		return take_requests(party, frames, deal, &frame->message, limits);
	case FRAME_TRANSFER:
		return take_transfer(party, frames, deal, frame, limits != NULL ? limits : &none);
	case FRAME_QUERY:
		return seller_take_query(party, frames, frame);
	case FRAME_QUERY_RESPONSE:
		break;
	}
	return party_fail(party, STATUS_BAD_MESSAGE, "a provider's answer came where a client's request is expected");
}

/* A request with an unsupported selector, or an update of a request, concerns no other deal. */
bool seller_is_refusal(enum status s)
{
	enum status_class class = status_class(s);

	return class == CLASS_NO || class == CLASS_PAYMENT || class == CLASS_STATE || s == STATUS_BAD_SIGNATURE ||
	       s == STATUS_NOT_NOW || s == STATUS_NOT_FINAL || s == STATUS_BAD_SELECTOR ||
	       s == STATUS_BAD_SELECTOR_KIND || s == STATUS_UNSUPPORTED;
}

enum status seller_cancel(struct party *party, struct bytes *frames, uint64_t id)
{
	struct deal_answer answer = {.type = TRANSFER_CANCEL};
	struct response_head head;
	struct provider_deal deal;
	enum status s = party_get_provider(party, &deal, id);

	if (s != STATUS_OK)
		return s;
	if (deal_is_final(SIDE_PROVIDER, deal.state) && deal.state != DEAL_CANCELLED)
		return party_fail(
			party, STATUS_BAD_STATE, "deal %" PRIu64 " is over: %s", id, deal_state_name(deal.state));
	s = cancel(party, &deal, "cancelled by the provider");
	if (s != STATUS_OK)
		return s;
	head = deal_head(&deal);
	frames_answer(frames, &head, &answer);
	frames_response(frames, &head, GRAPHSYNC_CANCELLED, NULL, NULL);
	return bytes_status(frames);
}
