/* query.c - answering queries for the price of a deal.
 *
 * Nothing is written to the store. An answer binds nobody: the offer at the
 * time of a proposal counts.
 */
#include "seller/query.h"

#include "content/offers.h"
#include "ipld/selector.h"
#include "proof/offer_statement.h"
#include "seller/answers.h"
#include "seller/proposal.h"

/* The message of an answer on these terms: the offer's signed statement, if there is one that is not over. */
static enum status put_proof(
	struct party *party, struct bytes *message, const struct offer *offer, const struct cid *payload)
{
	CLEAN_BYTES struct bytes file = {0}, same = {0};
	struct offer_file decoded;
	struct offer named = *offer;
	enum status s = seller_get_offer(party, &file, payload);

	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	s = offer_file_decode(&decoded, bytes_span(&file));
	if (s != STATUS_OK || decoded.proof.len == 0 || offer_statement_is_over(&decoded.said, party->now))
		return s;
	named.id = decoded.offer.id;
	named.peer = decoded.offer.peer;
	offer_encode(&same, &named);
	if (span_equal(bytes_span(&same), decoded.encoded)) /* else the offer was replaced at this moment */
		answer_put_proof(message, decoded.proof);
	return bytes_status(message);
}

/* Is the content sold here, and on which terms? */
static enum status judge_query(struct party *party, struct refusal *why, struct offer *offer, const struct query *query)
{
	enum selector_kind kind;
	uint64_t content;
	enum status s;

	if (selector_parse(&kind, query->params.selector) != STATUS_OK)
		return provider_refuse(why, STATUS_REJECTED, "selector is not supported");
	if (!cid_is_none(&query->params.piece))
		return provider_refuse(why, STATUS_REJECTED, "pieces are not known here");
	s = seller_find_offer(party, why, offer, &content, &query->payload);
	if (s == STATUS_NOT_NOW) /* a query's answer binds nobody: unreadable content counts as not offered */
		return provider_refuse(why, STATUS_NOT_FOUND, "the content is not here");
	return s;
}

static struct query_response answer_to(const struct refusal *why, const struct offer *offer)
{
	bool unavailable = why->status == STATUS_NOT_FOUND;

	if (why->status == STATUS_OK)
		return (struct query_response){.status = QUERY_AVAILABLE,
			.piece_found = ITEM_AVAILABLE,
			.size = offer->size,
			.payment_address = offer->payment_address,
			.min_price_per_byte = offer->min_price_per_byte,
			.max_payment_interval = offer->max_payment_interval,
			.max_payment_interval_increase = offer->max_payment_interval_increase,
			.unseal_price = offer->unseal_price};
	/* The answer needs an address: the system actor's address belongs to nobody. */
	return (struct query_response){.status = unavailable ? QUERY_UNAVAILABLE : QUERY_ERROR,
		.piece_found = unavailable ? ITEM_UNAVAILABLE : ITEM_UNKNOWN,
		.payment_address = address_of_id(0),
		.message = span_text(why->reason)};
}

enum status seller_take_query(struct party *party, struct bytes *frames, const struct frame *frame)
{
	CLEAN_BYTES struct bytes message = {0};
	struct query_response answer;
	struct refusal why = {0};
	struct offer offer = {0};
	struct query query;
	char cid[CID_TEXT_MAX];
	enum status s = frame_query(&query, frame), judged;

	if (s != STATUS_OK)
		return s;
	judged = judge_query(party, &why, &offer, &query);
	if (judged != why.status)
		return judged; /* our own failure is not answered */
	answer = answer_to(&why, &offer);
	if (judged == STATUS_OK) {
		s = put_proof(party, &message, &offer, &query.payload);
		if (s != STATUS_OK)
			return s;
		answer.message = bytes_span(&message);
	}
	frames_query_response(frames, &answer);
	s = bytes_status(frames);
	if (s != STATUS_OK || judged == STATUS_OK)
		return s;
	return party_fail(party, judged, "%s: %s", cid_text(cid, &query.payload), why.reason);
}
