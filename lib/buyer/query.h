/* query.h - asking for the price of a deal, and reading the answers. */
#ifndef BUYER_QUERY_H
#define BUYER_QUERY_H

#include "party/party.h"
#include "peer/connection.h"

/** buyer_query - append a query for the terms of all of @payload. */
MUST_CHECK enum status buyer_query(struct bytes *frames, const struct cid *payload);
/**
 * buyer_weigh - the price of a deal over @size bytes on the terms of an answer.
 * @payload: what was asked for; NULL if that is not known: then a signed offer may be for any payload.
 * Otherwise, explained: NOT_FOUND if the content is unavailable, REJECTED for an error, BAD_MESSAGE for terms that make
 * no sense, BAD_SIGNATURE or WRONG_PART for a signed offer that proves nothing: see party_answer_offer().
 */
MUST_CHECK enum status buyer_weigh(struct party *p, struct amount *cost, const struct query_response *answer,
	uint64_t size, const struct cid *payload);
/**
 * buyer_offer - append to @file the answer to a query for @payload as an offer, with its signed statement if the answer has
 * one; refuses the answers that buyer_weigh() refuses, and a signed offer for another payload.
 */
MUST_CHECK enum status buyer_offer(
	struct party *p, struct bytes *file, const struct cid *payload, const struct query_response *answer);
/** struct questions - the payloads whose terms a provider is asked for. */
struct questions {
	const struct cid *payloads;
	size_t count;
	/*
	 * Called with the answer for payload @i, in order; the data that @answer points to is valid only during the
	 * call.
	 */
	void (*answered)(void *ctx, size_t i, const struct query_response *answer);
	void *ctx;
};
/**
 * buyer_ask - query the provider at the other end of @connection, before the first deal. END if the provider went away.
 */
MUST_CHECK enum status buyer_ask(
	struct party *p, const struct connection *connection, const struct questions *questions);

#endif
