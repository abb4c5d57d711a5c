/* replay_intent.c - what a recorded frame was meant to do. */
#include <string.h>

#include "replay/replay_private.h"

static struct intent request_intent(const struct graphsync_request *request)
{
	struct intent intent = {.gone = request->type == GRAPHSYNC_CANCEL, .proposal = request->type == GRAPHSYNC_NEW};
	struct transfer transfer;

	if (!intent.proposal)
		return intent;
	intent.skip_links = request_skip_links(request);
	intent.restart = request_transfer(&transfer, request) == STATUS_OK && transfer.request.type == TRANSFER_RESTART;
	memcpy(intent.request, request->id, REQUEST_ID_SIZE);
	return intent;
}

struct intent intent_read(const struct frame *frame)
{
	const struct transfer *t = &frame->transfer;
	struct span requests = frame->message.requests, responses = frame->message.responses;
	struct graphsync_response response;
	struct graphsync_request request;

	if (frame->decoded != STATUS_OK)
		return (struct intent){0};
	if (frame->kind == FRAME_TRANSFER)
		return (struct intent){
			.cancel = (t->is_request ? t->request.type : t->response.type) == TRANSFER_CANCEL,
			.payment = t->is_request && t->request.type == TRANSFER_VOUCHER};
	if (frame->kind != FRAME_GRAPHSYNC)
		return (struct intent){0};
	if (graphsync_next_request(&request, &requests))
		return request_intent(&request);
	return (struct intent){
		.cancel = graphsync_next_response(&response, &responses) && response.status == GRAPHSYNC_CANCELLED};
}

bool replay_next_restart(const struct replay *r, struct intent *restart, size_t index)
{
	for (size_t i = index + 1; i < r->recording.count; i++) {
		if (replay_frame(r, i)->from != SIDE_CLIENT)
			continue;
		*restart = intent_read(&replay_frame(r, i)->frame);
		if (restart->restart)
			return true;
	}
	return false;
}
