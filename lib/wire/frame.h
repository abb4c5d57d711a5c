/* frame.h - one frame, decoded: which message is in its body, and who speaks.
 *
 * Whoever reads a frame decodes it, once; everybody else is given the decoded
 * frame. The deal messages inside are calls, because most readers of a frame
 * need none of them.
 */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include "wire/frame_reader.h"
#include "wire/graphsync.h"
#include "wire/transfer.h"

enum frame_kind {
	FRAME_GRAPHSYNC,      /* graphsync.h */
	FRAME_TRANSFER,       /* transfer.h */
	FRAME_QUERY,          /* deal_types.h: struct query */
	FRAME_QUERY_RESPONSE, /* deal_types.h: struct query_response */
};

/** struct frame - a decoded frame. All spans borrow from @body. */
struct frame {
	struct span body;
	enum status decoded;  /* what is wrong with the body; unless OK, only @body and @kind mean anything */
	enum frame_kind kind; /* by the first bytes of the body */
	bool from_client;     /* requests come from clients, answers from providers */
	struct graphsync_message message; /* of a FRAME_GRAPHSYNC */
	struct transfer transfer;         /* of a FRAME_TRANSFER */
	enum record_order order;          /* of the keys in @transfer */
};

/** frame_kind - what a body is, by its first bytes; BAD_MESSAGE if none of these. */
MUST_CHECK enum status frame_kind(enum frame_kind *kind, struct span body);
/**
 * frame_decode - decode @body, which @f borrows from then on; returns what is wrong with it, as f->decoded says too.
 * BAD_MESSAGE for a body of no known kind, and the statuses of graphsync_decode() and transfer_decode_either().
 * A query or its answer is told by its first bytes alone: see frame_query() and frame_query_response().
 */
MUST_CHECK enum status frame_decode(struct frame *f, struct span body);
/** frame_is_of_deal - false for a query and its answer, which are of no deal; true for all else, whether it decoded or not. */
bool frame_is_of_deal(const struct frame *f);
/** frame_query, frame_query_response - the message of a FRAME_QUERY, of a FRAME_QUERY_RESPONSE; BAD_MESSAGE for any other frame. */
MUST_CHECK enum status frame_query(struct query *q, const struct frame *f);
MUST_CHECK enum status frame_query_response(struct query_response *r, const struct frame *f);

/* Deal messages in a data-transfer message, whose keys are in @order: the frame's, or RECORD_SORTED inside graphsync. */
/** transfer_proposal, transfer_payment - of a request; UNKNOWN_TYPE if the request carries something else, or nothing. */
MUST_CHECK enum status transfer_proposal(struct proposal *p, const struct transfer *t, enum record_order order);
MUST_CHECK enum status transfer_payment(struct payment *p, const struct transfer *t, enum record_order order);
/** transfer_deal_response - of a response; NOT_FOUND if the response carries nothing, UNKNOWN_TYPE if it carries something else. */
MUST_CHECK enum status transfer_deal_response(struct response *r, const struct transfer *t, enum record_order order);

/* Data-transfer messages in graphsync extensions. */
/** request_transfer - the data-transfer request in a graphsync request; NOT_FOUND if there is none, BAD_MESSAGE if it is a response. */
MUST_CHECK enum status request_transfer(struct transfer *t, const struct graphsync_request *request);
/** request_proposal - the proposal in a graphsync request of type "n", and the data-transfer request around it; NOT_FOUND if there is none. */
MUST_CHECK enum status request_proposal(
	struct proposal *p, struct transfer *t, const struct graphsync_request *request);
/** request_skip_links - how many links of the walk a request says that its client has; 0 if it does not say so, or not clearly. */
uint64_t request_skip_links(const struct graphsync_request *request);

/** frame_put_message, frame_put_transfer - append the message as a frame; a transfer's keys are written as declared. */
void frame_put_message(struct bytes *out, const struct graphsync_message *m);
void frame_put_transfer(struct bytes *out, const struct transfer *t);
/** frame_put_body - append @body as a frame, and release @body. */
void frame_put_body(struct bytes *out, struct bytes *body);

#define RESPONSE_TRANSFERS 3 /* names of extensions that carry a data-transfer message */
/** struct response_transfers - the data-transfer messages of one graphsync response; {.response = r} before the first. */
struct response_transfers {
	const struct graphsync_response *response;
	size_t next; /* name to look at */
	struct span seen[RESPONSE_TRANSFERS];
	size_t seen_count;
};
/**
 * response_next_transfer - the next message; END after the last, and what is wrong with it if it does not decode.
 * PROTOCOL 1: the same message under several names is one message.
 */
MUST_CHECK enum status response_next_transfer(struct transfer *t, struct response_transfers *r);

#endif
