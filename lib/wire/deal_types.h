/* deal_types.h - the messages of retrieval, which data transfer carries as vouchers and results.
 *
 * Source: myelnet/pop retrieval/deal/types.go; cbor-gen maps, keys in the order of declaration.
 */
#ifndef WIRE_DEAL_TYPES_H
#define WIRE_DEAL_TYPES_H

#include "wire/record.h"
#include "wire/voucher.h"

#define TYPE_PROPOSAL "RetrievalDealProposal/1"
#define TYPE_RESPONSE "RetrievalDealResponse/1"
#define TYPE_PAYMENT  "RetrievalDealPayment/1"

/** struct deal_params - the terms of a deal. */
struct deal_params {
	struct span selector;               /* one CBOR item; empty for null, which means "all" */
	struct cid piece;                   /* none for null */
	struct amount price_per_byte;       /* attoFIL */
	uint64_t payment_interval;          /* bytes */
	uint64_t payment_interval_increase; /* bytes */
	struct amount unseal_price;         /* attoFIL, once, before data */
};
struct proposal {
	struct cid payload;
	uint64_t id; /* deal id, chosen by the client */
	struct deal_params params;
};
struct response {
	uint64_t status; /* enum deal_state */
	uint64_t id;
	struct amount owed;  /* attoFIL */
	struct span message; /* text from a stranger: clean before showing */
};
struct payment {
	uint64_t id;
	struct address channel;
	struct voucher voucher;
};
struct query {
	struct cid payload;
	struct {
		struct cid piece;
		struct span selector;
	} params;
};
enum query_status { QUERY_AVAILABLE, QUERY_UNAVAILABLE, QUERY_ERROR };
enum query_item { ITEM_AVAILABLE, ITEM_UNAVAILABLE, ITEM_UNKNOWN };
struct query_response {
	uint64_t status;      /* enum query_status */
	uint64_t piece_found; /* enum query_item: of the payload in the piece, or in any */
	uint64_t size;        /* bytes */
	struct address payment_address;
	struct amount min_price_per_byte;
	uint64_t max_payment_interval, max_payment_interval_increase;
	struct span message; /* text from a stranger: clean before showing */
	struct amount unseal_price;
};
struct offer {
	struct span id;   /* text */
	struct span peer; /* multiaddr bytes; may be empty */
	struct cid payload;
	uint64_t size; /* bytes of unique blocks below the payload */
	struct address payment_address;
	struct amount min_price_per_byte;
	uint64_t max_payment_interval, max_payment_interval_increase;
	struct amount unseal_price;
};

extern const struct record proposal_record, response_record, payment_record;
extern const struct record query_record, query_response_record, offer_record;

/* Each function decodes one message that fills @in, with its keys in @order; spans borrow from @in. */
MUST_CHECK enum status proposal_decode(struct proposal *p, struct span in, enum record_order order);
MUST_CHECK enum status response_decode(struct response *r, struct span in, enum record_order order);
MUST_CHECK enum status payment_decode(struct payment *p, struct span in, enum record_order order);
MUST_CHECK enum status query_decode(struct query *q, struct span in);
MUST_CHECK enum status query_response_decode(struct query_response *q, struct span in);
MUST_CHECK enum status offer_decode(struct offer *o, struct span in);
void proposal_encode(struct bytes *b, const struct proposal *p, enum record_order order);
void response_encode(struct bytes *b, const struct response *r, enum record_order order);
void payment_encode(struct bytes *b, const struct payment *p, enum record_order order);
void query_encode(struct bytes *b, const struct query *q);
void query_response_encode(struct bytes *b, const struct query_response *q);
void offer_encode(struct bytes *b, const struct offer *o);

#endif
