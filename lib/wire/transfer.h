/* transfer.h - data-transfer 1.1 messages: /fil/datatransfer/1.1.0, and graphsync's extensions.
 *
 * Source: go-data-transfer v1.7.0, message/message1_1; PROTOCOL section 1.
 * In a message that is a frame of its own, v1 writes the keys in the order of
 * declaration, and v2 writes sorted keys (v2.0.0-rc8, message/message1_1prime,
 * protocol 1.2.0: the same messages, through DAG-CBOR).  v2 reads both orders
 * (make check-interop).  This code reads both orders and writes the first.
 */
#ifndef WIRE_TRANSFER_H
#define WIRE_TRANSFER_H

#include "wire/deal_types.h"

enum transfer_type {
	TRANSFER_NEW = 0,
	TRANSFER_UPDATE = 1, /* pause or resume */
	TRANSFER_CANCEL = 2,
	TRANSFER_COMPLETE = 3,
	TRANSFER_VOUCHER = 4,
	TRANSFER_VOUCHER_RESULT = 5,
	TRANSFER_RESTART = 6,
	TRANSFER_RESTART_EXISTING = 7,
};

struct transfer_channel {
	struct span initiator, responder; /* names of peers, whose bytes Go writes as text: not always UTF-8 */
	uint64_t id;
};
struct transfer_request {
	struct cid base; /* none for null */
	uint64_t type;   /* enum transfer_type */
	bool pause, partial, pull;
	struct span selector;     /* empty for null */
	struct span voucher;      /* one item in the order of the message; empty for null */
	struct span voucher_type; /* text: TYPE_PROPOSAL, TYPE_PAYMENT, or empty */
	uint64_t id;              /* of the transfer */
	struct transfer_channel restart;
};
struct transfer_response {
	uint64_t type; /* enum transfer_type */
	bool accepted, paused;
	uint64_t id;
	struct span result;      /* one item; empty for null */
	struct span result_type; /* text: TYPE_RESPONSE, or empty */
};

/** struct transfer - one message: a request or a response. Its spans borrow. */
struct transfer {
	bool is_request;
	bool has_request, has_response; /* exactly one is set, as is_request says */
	struct transfer_request request;
	struct transfer_response response;
};

/** transfer_decode - decode one message that fills @in; BAD_MESSAGE if IsRq and the two parts disagree, or the type is unknown. */
MUST_CHECK enum status transfer_decode(struct transfer *t, struct span in, enum record_order order);
/**
 * transfer_decode_either - the same for a frame of its own, whose keys are in either order; sets @order.
 * The parts inside must have the same order.
 */
MUST_CHECK enum status transfer_decode_either(struct transfer *t, enum record_order *order, struct span in);
void transfer_encode(struct bytes *b, const struct transfer *t, enum record_order order);

#endif
