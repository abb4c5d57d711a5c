/* requests.c - the frames that a client sends, built from its deal.
 *
 * Knows how messages nest: a deal message in a data-transfer message in a
 * graphsync extension. Decides nothing.
 */
#include "buyer/requests.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ipld/selector.h"
#include "wire/frame.h"

void frames_query(struct bytes *out, const struct query *q)
{
	struct bytes body = {0};

	query_encode(&body, q);
	frame_put_body(out, &body);
}

static struct transfer request_of(enum transfer_type type, uint64_t id)
{
	return (struct transfer){.is_request = true, .has_request = true, .request = {.type = type, .id = id}};
}

/*
 * The key under which go-graphsync drops duplicate blocks: one key per transfer, and one for each request that restarts
 * the transfer. Blocks sent for an earlier request may have got lost with its connection while go-graphsync still
 * counts that request.
 */
static void put_dedup_key(struct bytes *out, const struct client_deal *d, enum transfer_type type)
{
	char client[ADDRESS_TEXT_MAX] = "client", provider[ADDRESS_TEXT_MAX] = "provider", text[4 * ADDRESS_TEXT_MAX];
	size_t len;

	if (!address_is_none(&d->client))
		address_text(client, &d->client, NETWORK_MAIN);
	if (!address_is_none(&d->provider))
		address_text(provider, &d->provider, NETWORK_MAIN);
	len = (size_t)snprintf(text, sizeof(text), "data-transfer-%s-%s-%" PRIu64, client, provider, d->transfer);
	for (size_t i = 0; type == TRANSFER_RESTART && i < REQUEST_ID_SIZE; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%02x", i == 0 ? "-" : "", d->request[i]);
	cbor_put_text(out, text);
}

void request_id_of(uint8_t id[REQUEST_ID_SIZE], const uint8_t drawn[REQUEST_ID_SIZE])
{
	memcpy(id, drawn, REQUEST_ID_SIZE);
	id[6] = (uint8_t)(0x40 | (id[6] & 0x0f));
	id[8] = (uint8_t)(0x80 | (id[8] & 0x3f));
}

static void put_proposal(struct bytes *out, const struct client_deal *d, enum transfer_type type, uint64_t skip)
{
	struct proposal proposal = {.payload = d->payload, .id = d->id, .params = d->params};
	struct transfer t = request_of(type, d->transfer);
	struct graphsync_request request = {.type = GRAPHSYNC_NEW, .root = d->payload, .selector = selector_all()};
	struct graphsync_message message = {.request_count = 1, .has_requests = true};
	CLEAN_BYTES struct bytes voucher = {0}, transfer = {0}, key = {0}, links = {0}, extensions = {0}, item = {0};

	proposal_encode(&voucher, &proposal, RECORD_SORTED);
	t.request.base = d->payload;
	t.request.pull = true;
	t.request.selector = selector_all();
	t.request.voucher = bytes_span(&voucher);
	t.request.voucher_type = span_text(TYPE_PROPOSAL);
	transfer_encode(&transfer, &t, RECORD_SORTED);
	put_dedup_key(&key, d, type);
	cbor_put_uint(&links, skip);
	graphsync_extensions(&extensions,
		(const struct graphsync_extension_item[]){{EXT_TRANSFER, bytes_span(&transfer)},
			{EXT_DEDUP_BY_KEY, bytes_span(&key)}, {EXT_DO_NOT_SEND_FIRST_BLOCKS, bytes_span(&links)}},
		skip != 0 ? 3 : 2);
	memcpy(request.id, d->request, REQUEST_ID_SIZE);
	request.extensions = bytes_span(&extensions);
	graphsync_put_request(&item, &request);
	message.requests = bytes_span(&item);
	frame_put_message(out, &message);
	if (voucher.failed || transfer.failed || key.failed || links.failed || extensions.failed || item.failed)
		out->failed = true;
}

void frames_proposal(struct bytes *out, const struct client_deal *d, uint64_t skip)
{
	put_proposal(out, d, TRANSFER_NEW, skip);
}

static void put_request_cancel(struct bytes *out, const uint8_t *id)
{
	struct graphsync_request request = {.type = GRAPHSYNC_CANCEL};
	struct graphsync_message message = {.request_count = 1, .has_requests = true};
	CLEAN_BYTES struct bytes item = {0};

	memcpy(request.id, id, REQUEST_ID_SIZE);
	graphsync_put_request(&item, &request);
	message.requests = bytes_span(&item);
	frame_put_message(out, &message);
	if (item.failed)
		out->failed = true;
}

void frames_restart(struct bytes *out, const struct client_deal *d, uint64_t skip)
{
	put_proposal(out, d, TRANSFER_RESTART, skip);
}

void frames_resume(struct bytes *out, const struct client_deal *d, const uint8_t *before, uint64_t skip)
{
	put_request_cancel(out, before);
	frames_restart(out, d, skip);
}

void frames_payment(struct bytes *out, const struct client_deal *d, const struct voucher *voucher)
{
	struct payment payment = {.id = d->id, .channel = voucher->channel, .voucher = *voucher};
	struct transfer t = request_of(TRANSFER_VOUCHER, d->transfer);
	CLEAN_BYTES struct bytes item = {0};

	payment_encode(&item, &payment, RECORD_DECLARED);
	t.request.voucher = bytes_span(&item);
	t.request.voucher_type = span_text(TYPE_PAYMENT);
	frame_put_transfer(out, &t);
	if (item.failed)
		out->failed = true;
}

void frames_client_cancel(struct bytes *out, const struct client_deal *d)
{
	struct transfer t = request_of(TRANSFER_CANCEL, d->transfer);

	frame_put_transfer(out, &t);
	put_request_cancel(out, d->request);
}
