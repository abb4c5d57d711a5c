/* frame.h - one decoded frame: the message in its body, and the sender's role.
 *
 * The reader of a frame decodes the frame once and passes the decoded frame on.
 * Separate functions decode the deal messages inside, because most callers need
 * none of these messages.
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
	enum status decoded;  /* the result of decoding the body; unless OK, only @body and @kind are valid */
	enum frame_kind kind; /* by the first bytes of the body */
	bool from_client;     /* requests come from clients, answers from providers */
	struct graphsync_message message; /* of a FRAME_GRAPHSYNC */
	struct transfer transfer;         /* of a FRAME_TRANSFER */
	enum record_order order;          /* of the keys in @transfer */
};

/** frame_kind - the kind of a body, by its first bytes; BAD_MESSAGE for an unknown kind. */
MUST_CHECK enum status frame_kind(enum frame_kind *kind, struct span body);
/**
 * frame_decode - decode @body, which @f then borrows; returns the result, which is also in f->decoded.
 * BAD_MESSAGE for a body of no known kind, and the statuses of graphsync_decode() and transfer_decode_either().
 * Recognises a query or its answer by the first bytes alone: see frame_query() and frame_query_response().
 */
MUST_CHECK enum status frame_decode(struct frame *f, struct span body);
/** frame_is_of_deal - false for a query and its answer, which belong to no deal; true for any other frame, decoded or not. */
bool frame_is_of_deal(const struct frame *f);
/** frame_query, frame_query_response - decode the message of a FRAME_QUERY or FRAME_QUERY_RESPONSE; BAD_MESSAGE for any other frame. */
MUST_CHECK enum status frame_query(struct query *q, const struct frame *f);
MUST_CHECK enum status frame_query_response(struct query_response *r, const struct frame *f);

/* Deal messages in a data-transfer message, whose keys are in @order: the frame's, or RECORD_SORTED inside graphsync. */
/** transfer_proposal, transfer_payment - decode the proposal or payment in a request; UNKNOWN_TYPE if the request has another message or none. */
MUST_CHECK enum status transfer_proposal(struct proposal *p, const struct transfer *t, enum record_order order);
MUST_CHECK enum status transfer_payment(struct payment *p, const struct transfer *t, enum record_order order);
/** transfer_deal_response - decode the deal response in a response; NOT_FOUND if the response has no message, UNKNOWN_TYPE if the response has another message. */
MUST_CHECK enum status transfer_deal_response(struct response *r, const struct transfer *t, enum record_order order);

/* Data-transfer messages in graphsync extensions. */
/** request_transfer - the data-transfer request in a graphsync request; NOT_FOUND if there is none, BAD_MESSAGE for a data-transfer response. */
MUST_CHECK enum status request_transfer(struct transfer *t, const struct graphsync_request *request);
/** request_proposal - the proposal in a graphsync request of type "n", and the data-transfer request around it; NOT_FOUND if there is none. */
MUST_CHECK enum status request_proposal(
	struct proposal *p, struct transfer *t, const struct graphsync_request *request);
/** request_skip_links - the number of links of the walk that the client has, by its request; 0 if the request has no valid number. */
uint64_t request_skip_links(const struct graphsync_request *request);
/**
 * request_skip_cids - the blocks that the client has, by its request: encoded links in a row, to be read one by one;
 * empty if the request has no valid list.
 * Source: go-graphsync v0.6.4, cidset: a list of links.
 */
struct span request_skip_cids(const struct graphsync_request *request);

/** frame_put_message, frame_put_transfer - append the message as a frame; a transfer's keys are written as declared. */
void frame_put_message(struct bytes *out, const struct graphsync_message *m);
void frame_put_transfer(struct bytes *out, const struct transfer *t);
/** frame_put_body - append @body as a frame and release @body. */
void frame_put_body(struct bytes *out, struct bytes *body);

#define RESPONSE_TRANSFERS 3 /* names of extensions that carry a data-transfer message */
/** struct response_transfers - the data-transfer messages of one graphsync response; {.response = r} before the first call. */
struct response_transfers {
	const struct graphsync_response *response;
	size_t next; /* the next name to look up */
	struct span seen[RESPONSE_TRANSFERS];
	size_t seen_count;
};
/**
 * response_next_transfer - the next message; END after the last, or the status of a message that does not decode.
 * PROTOCOL 1: the same message under several names is one message.
 */
MUST_CHECK enum status response_next_transfer(struct transfer *t, struct response_transfers *r);

#endif
