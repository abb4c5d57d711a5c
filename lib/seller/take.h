/* take.h - judging a client's frames. */
#ifndef SELLER_TAKE_H
#define SELLER_TAKE_H

#include "content/limits.h"
#include "party/party.h"
#include "wire/frame.h"

/**
 * seller_take - judge one frame from a client: a proposal, a payment, a cancellation or a query; append the answer.
 * @deal: gets the id of the frame's deal, 0 if none. @limits: this client's limits, and the number of its new deals;
 * NULL for a client without a name, and no limit.
 * A refusal is answered too. The same frame again gets the same answer and changes nothing.
 */
MUST_CHECK enum status seller_take(
	struct party *p, struct bytes *frames, uint64_t *deal, const struct frame *frame, struct limits *limits);
/** seller_may_answer - may seller_take() append an answer to @frame? For a caller that must know of a place for the answer first. */
bool seller_may_answer(const struct frame *frame);
/** seller_take_request - the same for one of the requests of a graphsync message. */
MUST_CHECK enum status seller_take_request(struct party *p, struct bytes *frames, uint64_t *deal,
	const struct graphsync_request *request, struct limits *limits);
/**
 * seller_is_refusal - @s, from a function above, means that one frame was refused and answered, and that other frames do
 * not suffer; any other failure is our own, or that of a client that breaks the protocol.
 */
bool seller_is_refusal(enum status s);
/** seller_cancel - end a deal; @frames gets the cancellation for the client. */
MUST_CHECK enum status seller_cancel(struct party *p, struct bytes *frames, uint64_t deal);

#endif
