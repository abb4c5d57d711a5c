/* take.h - judging what a client sends. */
#ifndef SELLER_TAKE_H
#define SELLER_TAKE_H

#include "party/party.h"
#include "seller/limits.h"
#include "wire/frame.h"

/**
 * seller_take - judge one frame from a client: a proposal, a payment, a cancellation or a query; append the answer.
 * The answer is there for refusals too. The same frame again gets the same answer and changes nothing.
 * @deal: gets the id of the deal it was about, 0 if none. @limits: what this client may have, and how many
 * new deals it has had; NULL for a client without a name, and no limit.
 */
MUST_CHECK enum status seller_take(
	struct party *p, struct bytes *frames, uint64_t *deal, const struct frame *frame, struct limits *limits);
/** seller_take_body - the same for a frame that was not decoded yet. */
MUST_CHECK enum status seller_take_body(
	struct party *p, struct bytes *frames, uint64_t *deal, struct span body, struct limits *limits);
/** seller_take_request - the same for one of the requests of a graphsync message. */
MUST_CHECK enum status seller_take_request(struct party *p, struct bytes *frames, uint64_t *deal,
	const struct graphsync_request *request, struct limits *limits);
/** seller_cancel - end a deal; @frames tells the client. */
MUST_CHECK enum status seller_cancel(struct party *p, struct bytes *frames, uint64_t deal);

#endif
