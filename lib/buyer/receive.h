/* receive.h - a buyer takes in what a provider sends: blocks, and what it says of the deal. */
#ifndef BUYER_RECEIVE_H
#define BUYER_RECEIVE_H

#include "party/party.h"
#include "peer/received_frame.h"

/** struct receiver - takes in the provider's stream, which is about one deal. */
struct receiver;
MUST_CHECK enum status receiver_new(struct receiver **r, struct party *p);
/**
 * receiver_take - one frame: verify its blocks, keep them, apply the rest. An unfinished or wrong frame applies nothing.
 * Work is made durable now and then, and at each pause; receiver_finish() makes the rest durable.
 */
MUST_CHECK enum status receiver_take(struct receiver *r, struct span body);
/** receiver_take_frame - the same for a frame that was decoded and hashed elsewhere. */
MUST_CHECK enum status receiver_take_frame(struct receiver *r, const struct received_frame *frame);
MUST_CHECK enum status receiver_finish(struct receiver *r);
/** receiver_reload - the deal was changed by another step (a payment): read it again. */
MUST_CHECK enum status receiver_reload(struct receiver *r);
/** receiver_deal - the deal of the stream; NULL before its first frame. Valid until receiver_free(). */
const struct client_deal *receiver_deal(const struct receiver *r);
void receiver_free(struct receiver *r);
/** receiver_open - bind to a deal of ours before its first frame has come. */
MUST_CHECK enum status receiver_open(struct receiver *r, uint64_t deal);
/**
 * receiver_seed - let the deal, to which @r is bound, begin with the blocks that deal @from, for the same payload, has
 * brought: each is checked as if it had been sent, and none is owed for. Does nothing once the deal has been asked for.
 * Durable in bounded steps: a killed run is gone on with by the next. Where the older CAR is damaged it ends, and that is
 * OK; NOT_FOUND or WRONG_DEAL, explained, for a @from that can't be meant.
 */
MUST_CHECK enum status receiver_seed(struct receiver *r, uint64_t from);
/** receiver_seed_file - the same from any CAR, and no further than that the walk stands at link @links. */
MUST_CHECK enum status receiver_seed_file(struct receiver *r, const char *car, uint64_t links);
/**
 * receiver_request - append the deal's request, with how much of the content we have; from then on the deal has been asked
 * for. An accepted deal is resumed.
 */
MUST_CHECK enum status receiver_request(struct receiver *r, struct bytes *frames);
/**
 * receiver_resume - append what resumes the deal, under a new request id that is durable before anything leaves. Answers to
 * the request before are passed over from then on.
 */
MUST_CHECK enum status receiver_resume(struct receiver *r, struct bytes *frames);
/** receiver_resume_due - the provider knows the deal already that was proposed to it again: only a resume goes on with it. Said once. */
bool receiver_resume_due(struct receiver *r);
/** receiver_recoveries - how often vouchers that the store had forgotten were taken back on this stream: see buyer_recover(). */
unsigned receiver_recoveries(const struct receiver *r);
/** receiver_find - the deal of ours whose request, the last one or one before, the first response of @frame answers; *@deal is 0 if there is none. */
MUST_CHECK enum status receiver_find(struct party *p, uint64_t *deal, const struct received_frame *frame);
/** receiver_asked - the last frame asked for money that was paid by our own count: the voucher may have got lost. */
bool receiver_asked(const struct receiver *r);

#endif
