/* query.c - what a deal would cost, before there is one: asking, answering, and an answer as an offer.
 *
 * Nothing is written to a store. An answer binds nobody: what counts is the
 * offer as it stands when a proposal comes, and the buyer's ceilings.
 */
#include "ipld/selector.h"
#include "party/party_private.h"
#include "party/seller_private.h"

enum status buyer_query(struct bytes *frames, const struct cid *payload)
{
	struct query query = {.payload = *payload};

	frames_query(frames, &query);
	return bytes_status(frames);
}

enum status buyer_take_answer(struct query_response *a, struct span body)
{
	enum frame_kind kind;
	enum status s = frame_kind(&kind, body);

	if (s == STATUS_OK && kind != FRAME_QUERY_RESPONSE)
		s = STATUS_BAD_MESSAGE;
	return s == STATUS_OK ? query_response_decode(a, body) : s;
}

static struct deal_params terms_of(const struct query_response *a)
{
	return (struct deal_params){.price_per_byte = a->min_price_per_byte,
		.payment_interval = a->max_payment_interval,
		.payment_interval_increase = a->max_payment_interval_increase,
		.unseal_price = a->unseal_price};
}

enum status buyer_weigh(struct party *p, struct amount *cost, const struct query_response *a, uint64_t size)
{
	struct deal_params terms = terms_of(a);
	char message[DEAL_MESSAGE_MAX];

	span_clean(message, sizeof(message), a->message.len != 0 ? a->message : span_text("no reason is given"));
	if (a->status == QUERY_UNAVAILABLE)
		return party_fail(p, STATUS_NOT_FOUND, "unavailable: %s", message);
	if (a->status == QUERY_ERROR)
		return party_fail(p, STATUS_REJECTED, "error: %s", message);
	if (a->status != QUERY_AVAILABLE)
		return party_fail(p, STATUS_BAD_MESSAGE, "status %llu means nothing", (unsigned long long)a->status);
	if (terms_check(&terms) != STATUS_OK || !price_of(cost, &terms, size))
		return party_fail(p, STATUS_BAD_MESSAGE, "the terms make no sense");
	return STATUS_OK;
}

enum status buyer_offer(struct party *p, struct offer *offer, const struct cid *payload, const struct query_response *a)
{
	struct amount cost;
	enum status s = buyer_weigh(p, &cost, a, a->size);

	if (s != STATUS_OK)
		return s;
	*offer = (struct offer){.id = span_text("query"), /* an answer does not name its offer */
		.payload = *payload,
		.size = a->size,
		.payment_address = a->payment_address,
		.min_price_per_byte = a->min_price_per_byte,
		.max_payment_interval = a->max_payment_interval,
		.max_payment_interval_increase = a->max_payment_interval_increase,
		.unseal_price = a->unseal_price};
	return STATUS_OK;
}

/* Is it sold here, and on which terms? */
static enum status judge_query(struct party *p, struct refusal *why, struct offer *offer, const struct query *q)
{
	enum selector_kind kind;
	uint64_t content;

	if (selector_parse(&kind, q->params.selector) != STATUS_OK)
		*why = (struct refusal){STATUS_REJECTED, "selector is not supported"};
	else if (!cid_is_none(&q->params.piece))
		*why = (struct refusal){STATUS_REJECTED, "pieces are not known here"};
	else
		return seller_find_offer(p, why, offer, &content, &q->payload);
	return why->status;
}

static struct query_response answer_to(const struct refusal *why, const struct offer *offer)
{
	/* An address has to be there: that of the system actor is nobody's. */
	struct query_response refusal = {.status = QUERY_UNAVAILABLE,
		.piece_found = ITEM_UNAVAILABLE,
		.payment_address = address_of_id(0),
		.message = span_text(why->reason)};

	if (why->status == STATUS_OK)
		return (struct query_response){.status = QUERY_AVAILABLE,
			.piece_found = ITEM_AVAILABLE,
			.size = offer->size,
			.payment_address = offer->payment_address,
			.min_price_per_byte = offer->min_price_per_byte,
			.max_payment_interval = offer->max_payment_interval,
			.max_payment_interval_increase = offer->max_payment_interval_increase,
			.unseal_price = offer->unseal_price};
	if (why->status != STATUS_NOT_FOUND) {
		refusal.status = QUERY_ERROR;
		refusal.piece_found = ITEM_UNKNOWN;
	}
	return refusal;
}

enum status seller_take_query(struct party *p, struct bytes *frames, struct span body)
{
	struct query_response answer;
	struct refusal why = {0};
	struct offer offer = {0};
	struct query query;
	char cid[CID_TEXT_MAX];
	enum status s = query_decode(&query, body), put;

	if (s != STATUS_OK)
		return s;
	s = judge_query(p, &why, &offer, &query);
	if (s != STATUS_OK && why.reason[0] == '\0')
		return s; /* our own trouble is no answer */
	answer = answer_to(&why, &offer);
	frames_query_response(frames, &answer);
	put = bytes_status(frames);
	if (put != STATUS_OK)
		return put;
	return s == STATUS_OK ? s : party_fail(p, s, "%s: %s", cid_text(cid, &query.payload), why.reason);
}
