/* deal_types.c - the tables of the messages of retrieval.
 *
 * Knows the keys, their order and their types.  Does not check a price, a status
 * or an interval: lib/deal does.
 */
#include "wire/deal_types.h"

/* One row of a table: the member @member of struct @type under @name. */
#define ROW(name, kind, type, member)                                                                                  \
	{                                                                                                              \
		name, kind, offsetof(struct type, member), NULL, 0                                                     \
	}
#define SUB(name, type, member, sub)                                                                                   \
	{                                                                                                              \
		name, FIELD_RECORD, offsetof(struct type, member), sub, 0                                              \
	}

static const struct field params_fields[] = {
	ROW("Selector", FIELD_ANY_OR_NULL, deal_params, selector),
	ROW("PieceCID", FIELD_CID_OR_NULL, deal_params, piece),
	ROW("PricePerByte", FIELD_AMOUNT, deal_params, price_per_byte),
	ROW("PaymentInterval", FIELD_UINT, deal_params, payment_interval),
	ROW("PaymentIntervalIncrease", FIELD_UINT, deal_params, payment_interval_increase),
	ROW("UnsealPrice", FIELD_AMOUNT, deal_params, unseal_price),
};
static const struct record params_record = RECORD(params_fields);

static const struct field proposal_fields[] = {
	ROW("PayloadCID", FIELD_CID, proposal, payload),
	ROW("ID", FIELD_UINT, proposal, id),
	SUB("Params", proposal, params, &params_record),
};
const struct record proposal_record = RECORD(proposal_fields);

static const struct field response_fields[] = {
	ROW("Status", FIELD_UINT, response, status),
	ROW("ID", FIELD_UINT, response, id),
	ROW("PaymentOwed", FIELD_AMOUNT, response, owed),
	ROW("Message", FIELD_TEXT, response, message),
};
const struct record response_record = RECORD(response_fields);

static const struct field payment_fields[] = {
	ROW("ID", FIELD_UINT, payment, id),
	ROW("PaymentChannel", FIELD_ADDRESS, payment, channel),
	ROW("PaymentVoucher", FIELD_VOUCHER, payment, voucher),
};
const struct record payment_record = RECORD(payment_fields);

/* The offsets are in struct query itself: its params are a struct without a name. */
static const struct field query_params_fields[] = {
	ROW("PieceCID", FIELD_CID_OR_NULL, query, params.piece),
	ROW("Selector", FIELD_ANY_OR_NULL, query, params.selector),
};
static const struct record query_params_record = RECORD(query_params_fields);

static const struct field query_fields[] = {
	ROW("PayloadCID", FIELD_CID, query, payload),
	{"QueryParams", FIELD_RECORD, 0, &query_params_record, 0},
};
const struct record query_record = RECORD(query_fields);

static const struct field query_response_fields[] = {
	ROW("Status", FIELD_UINT, query_response, status),
	ROW("PieceCIDFound", FIELD_UINT, query_response, piece_found),
	ROW("Size", FIELD_UINT, query_response, size),
	ROW("PaymentAddress", FIELD_ADDRESS, query_response, payment_address),
	ROW("MinPricePerByte", FIELD_AMOUNT, query_response, min_price_per_byte),
	ROW("MaxPaymentInterval", FIELD_UINT, query_response, max_payment_interval),
	ROW("MaxPaymentIntervalIncrease", FIELD_UINT, query_response, max_payment_interval_increase),
	ROW("Message", FIELD_TEXT, query_response, message),
	ROW("UnsealPrice", FIELD_AMOUNT, query_response, unseal_price),
};
const struct record query_response_record = RECORD(query_response_fields);

static const struct field offer_fields[] = {
	ROW("ID", FIELD_TEXT, offer, id),
	ROW("PeerAddr", FIELD_BYTES, offer, peer),
	ROW("PayloadCID", FIELD_CID, offer, payload),
	ROW("Size", FIELD_UINT, offer, size),
	ROW("PaymentAddress", FIELD_ADDRESS, offer, payment_address),
	ROW("MinPricePerByte", FIELD_AMOUNT, offer, min_price_per_byte),
	ROW("MaxPaymentInterval", FIELD_UINT, offer, max_payment_interval),
	ROW("MaxPaymentIntervalIncrease", FIELD_UINT, offer, max_payment_interval_increase),
	ROW("UnsealPrice", FIELD_AMOUNT, offer, unseal_price),
};
const struct record offer_record = RECORD(offer_fields);

enum status proposal_decode(struct proposal *p, struct span in, enum record_order order)
{
	return record_decode(p, sizeof(*p), &proposal_record, in, order);
}

enum status response_decode(struct response *r, struct span in, enum record_order order)
{
	return record_decode(r, sizeof(*r), &response_record, in, order);
}

enum status payment_decode(struct payment *p, struct span in, enum record_order order)
{
	return record_decode(p, sizeof(*p), &payment_record, in, order);
}

enum status query_decode(struct query *q, struct span in)
{
	return record_decode(q, sizeof(*q), &query_record, in, RECORD_DECLARED);
}

enum status query_response_decode(struct query_response *q, struct span in)
{
	return record_decode(q, sizeof(*q), &query_response_record, in, RECORD_DECLARED);
}

enum status offer_decode(struct offer *o, struct span in)
{
	return record_decode(o, sizeof(*o), &offer_record, in, RECORD_DECLARED);
}

void proposal_encode(struct bytes *b, const struct proposal *p, enum record_order order)
{
	record_write(b, &proposal_record, p, order);
}

void response_encode(struct bytes *b, const struct response *r, enum record_order order)
{
	record_write(b, &response_record, r, order);
}

void payment_encode(struct bytes *b, const struct payment *p, enum record_order order)
{
	record_write(b, &payment_record, p, order);
}

void query_encode(struct bytes *b, const struct query *q)
{
	record_write(b, &query_record, q, RECORD_DECLARED);
}

void query_response_encode(struct bytes *b, const struct query_response *q)
{
	record_write(b, &query_response_record, q, RECORD_DECLARED);
}

void offer_encode(struct bytes *b, const struct offer *o)
{
	record_write(b, &offer_record, o, RECORD_DECLARED);
}
