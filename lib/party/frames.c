/* frames.c - the frames of a deal, from the records of the two sides.
 *
 * Knows how messages nest: a deal message in a data-transfer message in a
 * graphsync extension.  Decides nothing.
 */
#include "party/frames.h"

#include <stdio.h>
#include <string.h>

#include "ipld/selector.h"

enum status frames_from_client(bool *client, struct span body)
{
	struct graphsync_message m;
	enum record_order order;
	enum frame_kind kind;
	struct transfer t;
	enum status s = frame_kind(&kind, body);

	if (s != STATUS_OK)
		return s;
	switch (kind) {
	case FRAME_GRAPHSYNC:
		s = graphsync_decode(&m, body);
		*client = s == STATUS_OK && m.request_count != 0;
		break;
	case FRAME_TRANSFER:
		s = transfer_decode_either(&t, &order, body);
		*client = s == STATUS_OK && t.is_request;
		break;
	case FRAME_QUERY:
	case FRAME_QUERY_RESPONSE:
		*client = kind == FRAME_QUERY;
		break;
	}
	return s;
}

bool frames_of_deal(struct span body)
{
	enum frame_kind kind;

	return frame_kind(&kind, body) != STATUS_OK || (kind != FRAME_QUERY && kind != FRAME_QUERY_RESPONSE);
}

/* @body as a frame; it is released. */
static void put_body(struct bytes *out, struct bytes *body)
{
	if (body->failed)
		out->failed = true;
	else
		frame_put(out, bytes_span(body));
	bytes_release(body);
}

static void put_message(struct bytes *out, const struct graphsync_message *m)
{
	struct bytes body = {0};

	graphsync_encode(&body, m);
	put_body(out, &body);
}

static void put_transfer(struct bytes *out, const struct transfer *t)
{
	struct bytes body = {0};

	transfer_encode(&body, t, RECORD_DECLARED);
	put_body(out, &body);
}

void frames_query(struct bytes *out, const struct query *q)
{
	struct bytes body = {0};

	query_encode(&body, q);
	put_body(out, &body);
}

void frames_query_response(struct bytes *out, const struct query_response *r)
{
	struct bytes body = {0};

	query_response_encode(&body, r);
	put_body(out, &body);
}

static struct transfer request_of(enum transfer_type type, uint64_t id)
{
	return (struct transfer){.is_request = true, .has_request = true, .request = {.type = type, .id = id}};
}

/* The key under which go-graphsync drops duplicate blocks: one per transfer. */
static void put_dedup_key(struct bytes *out, const struct client_deal *d)
{
	char client[ADDRESS_TEXT_MAX] = "client", provider[ADDRESS_TEXT_MAX] = "provider", text[3 * ADDRESS_TEXT_MAX];

	if (!address_is_none(&d->client))
		address_text(client, &d->client, NETWORK_MAIN);
	if (!address_is_none(&d->provider))
		address_text(provider, &d->provider, NETWORK_MAIN);
	snprintf(text, sizeof(text), "data-transfer-%s-%s-%llu", client, provider, (unsigned long long)d->transfer);
	cbor_put_text(out, text);
}

void frames_proposal(struct bytes *out, const struct client_deal *d, uint64_t skip)
{
	struct proposal proposal = {.payload = d->payload, .id = d->id, .params = d->params};
	struct transfer t = request_of(TRANSFER_NEW, d->transfer);
	struct graphsync_request request = {.type = GRAPHSYNC_NEW, .root = d->payload, .selector = selector_all()};
	struct graphsync_message message = {.request_count = 1, .has_requests = true};
	struct bytes voucher = {0}, transfer = {0}, key = {0}, held = {0}, extensions = {0}, item = {0};

	proposal_encode(&voucher, &proposal, RECORD_SORTED);
	t.request.base = d->payload;
	t.request.pull = true;
	t.request.selector = selector_all();
	t.request.voucher = bytes_span(&voucher);
	t.request.voucher_type = span_text(TYPE_PROPOSAL);
	transfer_encode(&transfer, &t, RECORD_SORTED);
	put_dedup_key(&key, d);
	cbor_put_uint(&held, skip);
	graphsync_extensions(&extensions,
		(const struct graphsync_extension_item[]){{EXT_TRANSFER, bytes_span(&transfer)},
			{EXT_DEDUP_BY_KEY, bytes_span(&key)}, {EXT_DO_NOT_SEND_FIRST_BLOCKS, bytes_span(&held)}},
		skip != 0 ? 3 : 2);
	memcpy(request.id, d->request, REQUEST_ID_SIZE);
	request.extensions = bytes_span(&extensions);
	graphsync_put_request(&item, &request);
	message.requests = bytes_span(&item);
	put_message(out, &message);
	if (voucher.failed || transfer.failed || key.failed || held.failed || extensions.failed || item.failed)
		out->failed = true;
	bytes_release(&voucher);
	bytes_release(&transfer);
	bytes_release(&key);
	bytes_release(&held);
	bytes_release(&extensions);
	bytes_release(&item);
}

uint64_t frames_held(const struct graphsync_request *request)
{
	struct cbor_reader r;
	struct span value;
	uint64_t held;

	if (request->extensions.len == 0 ||
		graphsync_extension(&value, request->extensions, EXT_DO_NOT_SEND_FIRST_BLOCKS) != STATUS_OK)
		return 0;
	r = cbor_reader(value);
	held = cbor_read_uint(&r);
	return cbor_end(&r) == STATUS_OK ? held : 0;
}

void frames_payment(struct bytes *out, const struct client_deal *d, const struct voucher *voucher)
{
	struct payment payment = {.id = d->id, .channel = voucher->channel, .voucher = *voucher};
	struct transfer t = request_of(TRANSFER_VOUCHER, d->transfer);
	struct bytes item = {0};

	payment_encode(&item, &payment, RECORD_DECLARED);
	t.request.voucher = bytes_span(&item);
	t.request.voucher_type = span_text(TYPE_PAYMENT);
	put_transfer(out, &t);
	if (item.failed)
		out->failed = true;
	bytes_release(&item);
}

void frames_client_cancel(struct bytes *out, const struct client_deal *d)
{
	struct transfer t = request_of(TRANSFER_CANCEL, d->transfer);
	struct graphsync_request request = {.type = GRAPHSYNC_CANCEL};
	struct graphsync_message message = {.request_count = 1, .has_requests = true};
	struct bytes item = {0};

	put_transfer(out, &t);
	memcpy(request.id, d->request, REQUEST_ID_SIZE);
	graphsync_put_request(&item, &request);
	message.requests = bytes_span(&item);
	put_message(out, &message);
	if (item.failed)
		out->failed = true;
	bytes_release(&item);
}

/* The data-transfer response for @a, in @order, appended to @out. */
static void put_answer(
	struct bytes *out, const struct response_head *h, const struct deal_answer *a, enum record_order order)
{
	struct transfer t = {.has_response = true};
	struct bytes result = {0};

	t.response = (struct transfer_response){
		.type = a->type, .accepted = a->accepted, .paused = a->paused, .id = h->transfer};
	if (a->has_result) {
		struct response r = {.status = a->status,
			.id = h->deal,
			.owed = a->owed,
			.message = span_text(a->message != NULL ? a->message : "")};

		response_encode(&result, &r, order);
		t.response.result = bytes_span(&result);
		t.response.result_type = span_text(TYPE_RESPONSE);
	}
	transfer_encode(out, &t, order);
	if (result.failed)
		out->failed = true;
	bytes_release(&result);
}

void frames_answer(struct bytes *out, const struct response_head *h, const struct deal_answer *a)
{
	struct bytes body = {0};

	put_answer(&body, h, a, RECORD_DECLARED);
	put_body(out, &body);
}

void answer_extensions(struct bytes *out, const struct response_head *h, const struct deal_answer *a, const char *name1,
	const char *name2)
{
	struct bytes transfer = {0};

	if (a == NULL)
		return;
	put_answer(&transfer, h, a, RECORD_SORTED);
	graphsync_extensions(out,
		(const struct graphsync_extension_item[]){
			{name1, bytes_span(&transfer)}, {name2, bytes_span(&transfer)}},
		name2 != NULL ? 2 : 1);
	if (transfer.failed)
		out->failed = true;
	bytes_release(&transfer);
}

void frames_response(struct bytes *out, const struct response_head *h, enum graphsync_status status,
	const struct deal_answer *a, const char *name1, const char *name2)
{
	struct graphsync_response response = {.status = status};
	struct graphsync_message message = {.response_count = 1, .has_responses = true};
	struct bytes extensions = {0}, item = {0};

	answer_extensions(&extensions, h, a, name1, name2);
	memcpy(response.id, h->request, REQUEST_ID_SIZE);
	response.extensions = bytes_span(&extensions);
	graphsync_put_response(&item, &response);
	message.responses = bytes_span(&item);
	put_message(out, &message);
	if (extensions.failed || item.failed)
		out->failed = true;
	bytes_release(&extensions);
	bytes_release(&item);
}
