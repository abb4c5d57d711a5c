/* take_body.h - steps of either side for a frame that is not decoded yet: a tool's reader decodes it, a test does so here. */
#ifndef TESTS_TAKE_BODY_H
#define TESTS_TAKE_BODY_H

#include "buyer/receive.h"
#include "seller/take.h"

/** receiver_take_body - as receiver_take(). */
static inline enum status receiver_take_body(struct receiver *r, struct span body)
{
	struct frame frame;
	enum status s = frame_decode(&frame, body);

	return s == STATUS_OK ? receiver_take(r, &frame) : s;
}

/** seller_take_body - as seller_take(). */
static inline enum status seller_take_body(
	struct party *p, struct bytes *frames, uint64_t *deal, struct span body, struct limits *limits)
{
	struct frame frame;
	enum status s = frame_decode(&frame, body);

	*deal = 0;
	return s == STATUS_OK ? seller_take(p, frames, deal, &frame, limits) : s;
}

#endif
