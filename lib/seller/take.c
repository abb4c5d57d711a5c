/* take.c - what a client sends, and whom it goes to: queries, proposals, payments, cancellations. */
#include "seller/take.h"

#include <string.h>

#include "party/party.h"
#include "seller/answers.h"
#include "seller/limits.h"
#include "seller/seller_private.h"
#include "wire/frame.h"

struct response_head seller_head(const struct provider_deal *d)
{
	return (struct response_head){d->request, d->transfer, d->id};
}

static enum status find_by_transfer(struct party *p, struct provider_deal *d, uint64_t transfer)
{
	struct kv_txn *t;
	uint64_t id;
	enum status s = kv_begin_read(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	s = store_find_transfer(t, &id, SIDE_PROVIDER, transfer);
	if (s == STATUS_OK)
		s = store_get_provider(t, d, id);
	kv_abort(&t);
	return s == STATUS_NOT_FOUND ? party_fail(p, STATUS_WRONG_DEAL, "no deal here has transfer %llu",
					       (unsigned long long)transfer)
				     : s;
}

static enum status cancel(struct party *p, struct provider_deal *d, const char *reason)
{
	struct provider_input in = {.reason = reason};
	struct kv_txn *t;
	enum status s = kv_begin_write(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	s = store_get_provider(t, d, d->id);
	if (s == STATUS_OK && !deal_is_final(SIDE_PROVIDER, d->state)) {
		s = party_provider_event(p, t, d, PROVIDER_CLIENT_CANCELLED, &in);
		if (s == STATUS_OK)
			s = party_provider_event(p, t, d, PROVIDER_CANCEL_COMPLETE, NULL);
	}
	if (s != STATUS_OK) {
		kv_abort(&t);
		return s;
	}
	party_done(p, "deal %llu is over: %s", (unsigned long long)d->id, d->message);
	return kv_commit(&t);
}

/* A data-transfer request that is a frame of its own: a payment, or the client's end of the deal. */
static enum status take_transfer(struct party *p, struct bytes *frames, uint64_t *deal, const struct frame *frame)
{
	struct payment payment;
	struct provider_deal d;
	const struct transfer *t = &frame->transfer;
	enum status s;

	if (!t->is_request)
		return party_fail(p, STATUS_BAD_MESSAGE, "an answer, where a client's requests are expected");
	if (t->request.type == TRANSFER_NEW)
		return party_fail(p, STATUS_REJECTED, "No pushes accepted");
	s = find_by_transfer(p, &d, t->request.id);
	if (s != STATUS_OK)
		return s;
	*deal = d.id;
	if (t->request.type == TRANSFER_CANCEL)
		return cancel(p, &d, NULL);
	if (t->request.type != TRANSFER_VOUCHER)
		return STATUS_OK;
	s = transfer_payment(&payment, t, frame->order);
	if (s == STATUS_UNKNOWN_TYPE)
		return party_fail(p, s, "a voucher request needs a " TYPE_PAYMENT);
	if (s != STATUS_OK)
		return party_fail(p, s, "the payment does not decode: %s", status_text(s));
	return seller_take_payment(p, frames, &d, &payment);
}

enum status seller_take_request(struct party *p, struct bytes *frames, uint64_t *deal,
	const struct graphsync_request *request, struct limits *limits)
{
	struct limits none = {0};
	struct provider_deal d;
	struct transfer transfer;
	struct kv_txn *t;
	uint64_t id;
	enum status s;

	*deal = 0;
	if (request->type == GRAPHSYNC_CANCEL) {
		s = kv_begin_read(store_kv(p->store), &t);
		if (s != STATUS_OK)
			return s;
		s = store_find_request(t, &id, SIDE_PROVIDER, request->id);
		if (s == STATUS_OK)
			s = store_get_provider(t, &d, id);
		kv_abort(&t);
		if (s == STATUS_NOT_FOUND)
			return party_fail(p, STATUS_WRONG_DEAL, "no deal here has this request");
		*deal = id;
		return s == STATUS_OK ? cancel(p, &d, NULL) : s;
	}
	if (request->type != GRAPHSYNC_NEW)
		return party_fail(p, STATUS_UNSUPPORTED, "graphsync updates are not used in retrieval deals");
	s = request_transfer(&transfer, request);
	if (s == STATUS_NOT_FOUND)
		return party_fail(p, STATUS_BAD_MESSAGE,
			"a request without a data-transfer message: nothing is free of terms here");
	if (s != STATUS_OK)
		return s;
	return seller_take_proposal(p, frames, deal, request, &transfer, limits != NULL ? limits : &none);
}

static enum status take_requests(
	struct party *p, struct bytes *frames, uint64_t *deal, const struct graphsync_message *m, struct limits *limits)
{
	struct graphsync_request request;
	struct span requests = m->requests;
	enum status s = STATUS_OK;

	if (m->response_count != 0 || m->block_count != 0 || m->request_count == 0)
		return party_fail(p, STATUS_BAD_MESSAGE, "expected a client's request");
	while (s == STATUS_OK && graphsync_next_request(&request, &requests))
		s = seller_take_request(p, frames, deal, &request, limits);
	return s;
}

enum status seller_take(
	struct party *p, struct bytes *frames, uint64_t *deal, const struct frame *frame, struct limits *limits)
{
	*deal = 0;
	if (frame->decoded != STATUS_OK)
		return frame->decoded;
	switch (frame->kind) {
	case FRAME_GRAPHSYNC:
		return take_requests(p, frames, deal, &frame->message, limits);
	case FRAME_TRANSFER:
		return take_transfer(p, frames, deal, frame);
	case FRAME_QUERY:
		return seller_take_query(p, frames, frame);
	case FRAME_QUERY_RESPONSE:
		break;
	}
	return party_fail(p, STATUS_BAD_MESSAGE, "an answer, where a client's requests are expected");
}

enum status seller_take_body(
	struct party *p, struct bytes *frames, uint64_t *deal, struct span body, struct limits *limits)
{
	struct frame frame;
	enum status s = frame_decode(&frame, body);

	*deal = 0;
	return s == STATUS_OK ? seller_take(p, frames, deal, &frame, limits) : s;
}

enum status seller_cancel(struct party *p, struct bytes *frames, uint64_t deal)
{
	struct response_head head;
	struct deal_answer answer = {.type = TRANSFER_CANCEL};
	struct provider_deal d;
	enum status s = party_get_provider(p, &d, deal);

	if (s == STATUS_OK && deal_is_final(SIDE_PROVIDER, d.state) && d.state != DEAL_CANCELLED)
		s = party_fail(p, STATUS_BAD_STATE, "deal %llu is over: %s", (unsigned long long)deal,
			deal_state_name(d.state));
	if (s == STATUS_OK)
		s = cancel(p, &d, "cancelled by the provider");
	if (s != STATUS_OK)
		return s;
	head = seller_head(&d);
	frames_answer(frames, &head, &answer);
	frames_response(frames, &head, GRAPHSYNC_CANCELLED, NULL, NULL, NULL);
	return bytes_status(frames);
}
