/* frame.c - decodes a frame's body, its sender's role, and the deal messages inside.
 *
 * Knows how messages nest: a deal message in a data-transfer message, alone or
 * in a graphsync extension. Does not check the rules of a deal.
 */
#include "wire/frame.h"

#include <string.h>

enum status frame_kind(enum frame_kind *kind, struct span body)
{
	static const struct {
		const char *start;
		enum frame_kind kind;
	} starts[] = {
		{"\xa1\x63gs2", FRAME_GRAPHSYNC},
		{"\xa3\x64IsRq", FRAME_TRANSFER},
		{"\xa2\x6aPayloadCID", FRAME_QUERY},
		{"\xa9\x66Status", FRAME_QUERY_RESPONSE},
	};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		size_t len = strlen(starts[i].start);

		if (body.len >= len && memcmp(body.data, starts[i].start, len) == 0) {
			*kind = starts[i].kind;
			return STATUS_OK;
		}
	}
	return STATUS_BAD_MESSAGE;
}

enum status frame_decode(struct frame *f, struct span body)
{
	*f = (struct frame){.body = body};
	f->decoded = frame_kind(&f->kind, body);
	if (f->decoded != STATUS_OK)
		return f->decoded;
	switch (f->kind) {
	case FRAME_GRAPHSYNC:
		f->decoded = graphsync_decode(&f->message, body);
		f->from_client = f->message.request_count != 0;
		break;
	case FRAME_TRANSFER:
		f->decoded = transfer_decode_either(&f->transfer, &f->order, body);
		f->from_client = f->transfer.is_request;
		break;
	case FRAME_QUERY:
	case FRAME_QUERY_RESPONSE:
		f->from_client = f->kind == FRAME_QUERY;
		break;
	}
	return f->decoded;
}

bool frame_is_of_deal(const struct frame *f)
{
	return f->decoded != STATUS_OK || (f->kind != FRAME_QUERY && f->kind != FRAME_QUERY_RESPONSE);
}

enum status frame_query(struct query *q, const struct frame *f)
{
	if (f->decoded != STATUS_OK || f->kind != FRAME_QUERY)
		return STATUS_BAD_MESSAGE;
	return query_decode(q, f->body);
}

enum status frame_query_response(struct query_response *r, const struct frame *f)
{
	if (f->decoded != STATUS_OK || f->kind != FRAME_QUERY_RESPONSE)
		return STATUS_BAD_MESSAGE;
	return query_response_decode(r, f->body);
}

enum status transfer_proposal(struct proposal *p, const struct transfer *t, enum record_order order)
{
	if (!t->is_request || !span_is(t->request.voucher_type, TYPE_PROPOSAL))
		return STATUS_UNKNOWN_TYPE;
	return proposal_decode(p, t->request.voucher, order);
}

enum status transfer_payment(struct payment *p, const struct transfer *t, enum record_order order)
{
	if (!t->is_request || !span_is(t->request.voucher_type, TYPE_PAYMENT))
		return STATUS_UNKNOWN_TYPE;
	return payment_decode(p, t->request.voucher, order);
}

enum status transfer_deal_response(struct response *r, const struct transfer *t, enum record_order order)
{
	if (t->is_request)
		return STATUS_UNKNOWN_TYPE;
	if (t->response.result.len == 0)
		return STATUS_NOT_FOUND;
	if (!span_is(t->response.result_type, TYPE_RESPONSE))
		return STATUS_UNKNOWN_TYPE;
	return response_decode(r, t->response.result, order);
}

enum status request_transfer(struct transfer *t, const struct graphsync_request *request)
{
	struct span value;
	enum status s;

	if (request->extensions.len == 0)
		return STATUS_NOT_FOUND;
	s = graphsync_extension(&value, request->extensions, EXT_TRANSFER);
	if (s != STATUS_OK)
		return s;
	s = transfer_decode(t, value, RECORD_SORTED);
	if (s != STATUS_OK)
		return s;
	return t->is_request ? STATUS_OK : STATUS_BAD_MESSAGE;
}

enum status request_proposal(struct proposal *p, struct transfer *t, const struct graphsync_request *request)
{
	enum status s;

	if (request->type != GRAPHSYNC_NEW)
		return STATUS_NOT_FOUND;
	s = request_transfer(t, request);
	if (s != STATUS_OK)
		return s;
	s = transfer_proposal(p, t, RECORD_SORTED);
	return s == STATUS_UNKNOWN_TYPE ? STATUS_NOT_FOUND : s;
}

uint64_t request_skip_links(const struct graphsync_request *request)
{
	struct cbor_reader reader;
	struct span value;
	uint64_t links;

	if (request->extensions.len == 0 ||
		graphsync_extension(&value, request->extensions, EXT_DO_NOT_SEND_FIRST_BLOCKS) != STATUS_OK)
		return 0;
	reader = cbor_reader(value);
	links = cbor_read_uint(&reader);
	return cbor_end(&reader) == STATUS_OK ? links : 0;
}

struct span request_skip_cids(const struct graphsync_request *request)
{
	struct cbor_reader reader;
	struct span value, links;
	struct cid cid;
	size_t count;

	if (request->extensions.len == 0 ||
		graphsync_extension(&value, request->extensions, EXT_DO_NOT_SEND_CIDS) != STATUS_OK)
		return (struct span){0};
	reader = cbor_reader(value);
	count = cbor_read_array(&reader);
	if (reader.status != STATUS_OK)
		return (struct span){0};
	links = span_of(value.data + cbor_offset(&reader), value.len - cbor_offset(&reader));
	for (size_t i = 0; i < count && reader.status == STATUS_OK; i++)
		cbor_read_link(&reader, &cid);
	return cbor_end(&reader) == STATUS_OK ? links : (struct span){0};
}

static bool was_seen(const struct response_transfers *r, struct span value)
{
	for (size_t i = 0; i < r->seen_count; i++)
		if (span_equal(r->seen[i], value))
			return true;
	return false;
}

enum status response_next_transfer(struct transfer *t, struct response_transfers *r)
{
	static const char *const names[RESPONSE_TRANSFERS] = {EXT_TRANSFER, EXT_INCOMING_REQUEST, EXT_OUTGOING_BLOCK};
	struct span value;

	while (r->response->extensions.len != 0 && r->next < RESPONSE_TRANSFERS) {
		const char *name = names[r->next++];

		if (graphsync_extension(&value, r->response->extensions, name) != STATUS_OK || was_seen(r, value))
			continue;
		r->seen[r->seen_count++] = value;
		return transfer_decode(t, value, RECORD_SORTED);
	}
	return STATUS_END;
}

void frame_put_body(struct bytes *out, struct bytes *body)
{
	if (body->failed)
		out->failed = true;
	else
		frame_put(out, bytes_span(body));
	bytes_release(body);
}

void frame_put_message(struct bytes *out, const struct graphsync_message *m)
{
	struct bytes body = {0};

	graphsync_encode(&body, m);
	frame_put_body(out, &body);
}

void frame_put_transfer(struct bytes *out, const struct transfer *t)
{
	struct bytes body = {0};

	transfer_encode(&body, t, RECORD_DECLARED);
	frame_put_body(out, &body);
}
