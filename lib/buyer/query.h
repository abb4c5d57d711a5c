/* query.h - asking what a deal would cost, and reading the answers. */
#ifndef BUYER_QUERY_H
#define BUYER_QUERY_H

#include "party/party.h"
#include "peer/connection.h"

/** buyer_query - append a query for the terms on which @payload, all of it, can be had. */
MUST_CHECK enum status buyer_query(struct bytes *frames, const struct cid *payload);
/**
 * buyer_weigh - what a deal over @size bytes would cost on the terms of an answer.
 * Else explained: NOT_FOUND if the content is unavailable, REJECTED for an error, BAD_MESSAGE for terms without a sense.
 */
MUST_CHECK enum status buyer_weigh(
	struct party *p, struct amount *cost, const struct query_response *answer, uint64_t size);
/** buyer_offer - the answer to a query for @payload as an offer, from which a deal can be proposed; refuses what buyer_weigh() refuses. Its texts are static. */
MUST_CHECK enum status buyer_offer(
	struct party *p, struct offer *offer, const struct cid *payload, const struct query_response *answer);
/** struct questions - what a provider is asked for the terms of. */
struct questions {
	const struct cid *payloads;
	size_t count;
	/* The answer for payload @i, in order; what it points to is gone after the call. */
	void (*answered)(void *ctx, size_t i, const struct query_response *answer);
	void *ctx;
};
/** buyer_ask - ask the provider at the other end of @connection, before any deal on it. END if it went away. */
MUST_CHECK enum status buyer_ask(
	struct party *p, const struct connection *connection, const struct questions *questions);

#endif
