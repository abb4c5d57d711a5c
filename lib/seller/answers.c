/* answers.c - the frames that a provider sends, built from its deal.
 *
 * Knows how messages nest: a deal message in a data-transfer message in a
 * graphsync extension. Decides nothing.
 */
#include "seller/answers.h"

#include <string.h>

#include "wire/frame.h"

void frames_query_response(struct bytes *out, const struct query_response *r)
{
	struct bytes body = {0};

	query_response_encode(&body, r);
	frame_put_body(out, &body);
}

struct response_head deal_head(const struct provider_deal *deal)
{
	return (struct response_head){deal->request, deal->transfer, provider_wire_id(deal)};
}

/* Append the data-transfer response for @a, in @order, to @out. */
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
	frame_put_body(out, &body);
}

void answer_extensions(struct bytes *out, const struct response_head *h, const struct deal_answer *a, const char *also)
{
	struct graphsync_extension_item items[3];
	struct bytes transfer = {0};
	size_t n = 0;

	if (a == NULL)
		return;
	put_answer(&transfer, h, a, RECORD_SORTED);
	items[n++] = (struct graphsync_extension_item){EXT_TRANSFER, bytes_span(&transfer)};
	if (also != NULL)
		items[n++] = (struct graphsync_extension_item){also, bytes_span(&transfer)};
	if (a->more.name != NULL)
		items[n++] = a->more;
	graphsync_extensions(out, items, n);
	if (transfer.failed)
		out->failed = true;
	bytes_release(&transfer);
}

/* A response with this map of extensions, which may be empty. */
static void put_response(
	struct bytes *out, const struct response_head *h, enum graphsync_status status, const struct bytes *extensions)
{
	struct graphsync_response response = {.status = status};
	struct graphsync_message message = {.response_count = 1, .has_responses = true};
	CLEAN_BYTES struct bytes item = {0};

	memcpy(response.id, h->request, REQUEST_ID_SIZE);
	response.extensions = bytes_span(extensions);
	graphsync_put_response(&item, &response);
	message.responses = bytes_span(&item);
	frame_put_message(out, &message);
	if (extensions->failed || item.failed)
		out->failed = true;
}

void frames_extension(struct bytes *out, const struct response_head *h, enum graphsync_status status,
	const struct graphsync_extension_item *extension)
{
	CLEAN_BYTES struct bytes extensions = {0};

	graphsync_extensions(&extensions, extension, 1);
	put_response(out, h, status, &extensions);
}

void frames_response(struct bytes *out, const struct response_head *h, enum graphsync_status status,
	const struct deal_answer *a, const char *also)
{
	CLEAN_BYTES struct bytes extensions = {0};

	answer_extensions(&extensions, h, a, also);
	put_response(out, h, status, &extensions);
}
