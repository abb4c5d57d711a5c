/* transfer.c - data-transfer 1.1 messages.
 *
 * Knows the envelope.  The vouchers and results inside stay bytes: their decoders
 * are in deal_types.h, and the caller passes the same order to them.
 */
#include "wire/transfer.h"

#include <assert.h>

#define ROW(name, kind, type, member)                                                                                  \
	{                                                                                                              \
		name, kind, offsetof(struct type, member), NULL, 0                                                     \
	}

static const struct field channel_fields[] = {
	ROW(NULL, FIELD_TEXT_ANY, transfer_channel, initiator),
	ROW(NULL, FIELD_TEXT_ANY, transfer_channel, responder),
	ROW(NULL, FIELD_UINT, transfer_channel, id),
};
static const struct record channel_record = TUPLE(channel_fields);

static const struct field request_fields[] = {
	ROW("BCid", FIELD_CID_OR_NULL, transfer_request, base),
	ROW("Type", FIELD_UINT, transfer_request, type),
	ROW("Paus", FIELD_BOOL, transfer_request, pause),
	ROW("Part", FIELD_BOOL, transfer_request, partial),
	ROW("Pull", FIELD_BOOL, transfer_request, pull),
	ROW("Stor", FIELD_ANY_OR_NULL, transfer_request, selector),
	ROW("Vouch", FIELD_ANY_OR_NULL, transfer_request, voucher),
	ROW("VTyp", FIELD_TEXT, transfer_request, voucher_type),
	ROW("XferID", FIELD_UINT, transfer_request, id),
	{"RestartChannel", FIELD_RECORD, offsetof(struct transfer_request, restart), &channel_record, 0},
};
static const struct record request_record = RECORD(request_fields);

static const struct field response_fields[] = {
	ROW("Type", FIELD_UINT, transfer_response, type),
	ROW("Acpt", FIELD_BOOL, transfer_response, accepted),
	ROW("Paus", FIELD_BOOL, transfer_response, paused),
	ROW("XferID", FIELD_UINT, transfer_response, id),
	ROW("VRes", FIELD_ANY_OR_NULL, transfer_response, result),
	ROW("VTyp", FIELD_TEXT, transfer_response, result_type),
};
static const struct record result_record = RECORD(response_fields);

static const struct field transfer_fields[] = {
	ROW("IsRq", FIELD_BOOL, transfer, is_request),
	{"Request", FIELD_RECORD_OR_NULL, offsetof(struct transfer, request), &request_record,
		offsetof(struct transfer, has_request)},
	{"Response", FIELD_RECORD_OR_NULL, offsetof(struct transfer, response), &result_record,
		offsetof(struct transfer, has_response)},
};
static const struct record transfer_record = RECORD(transfer_fields);

static bool parts_agree(const struct transfer *t)
{
	return t->has_request == t->is_request && t->has_response == !t->is_request;
}

enum status transfer_decode(struct transfer *t, struct span in, enum record_order order)
{
	struct transfer local;
	enum status s = record_decode(&local, sizeof(local), &transfer_record, in, order);

	if (s != STATUS_OK)
		return s;
	if (!parts_agree(&local))
		return STATUS_BAD_MESSAGE;
	if ((local.is_request ? local.request.type : local.response.type) > TRANSFER_RESTART_EXISTING)
		return STATUS_BAD_MESSAGE;
	*t = local;
	return STATUS_OK;
}

enum status transfer_decode_either(struct transfer *t, enum record_order *order, struct span in)
{
	enum status s = transfer_decode(t, in, RECORD_DECLARED);

	*order = RECORD_DECLARED;
	if (s != STATUS_BAD_KEY)
		return s;
	*order = RECORD_SORTED;
	return transfer_decode(t, in, RECORD_SORTED);
}

void transfer_encode(struct bytes *b, const struct transfer *t, enum record_order order)
{
	assert(parts_agree(t));
	record_write(b, &transfer_record, t, order);
}
