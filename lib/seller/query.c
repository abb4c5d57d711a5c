/* query.c - answering what a deal would cost.
 *
 * Nothing is written to the store. An answer binds nobody: what counts is the
 * offer as it stands when a proposal comes.
 */
#include "ipld/selector.h"
#include "party/party.h"
#include "seller/answers.h"
#include "seller/seller_private.h"

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

enum status seller_take_query(struct party *p, struct bytes *frames, const struct frame *frame)
{
	struct query_response answer;
	struct refusal why = {0};
	struct offer offer = {0};
	struct query query;
	char cid[CID_TEXT_MAX];
	enum status s = frame_query(&query, frame), put;

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
