/* receive.h - a buyer receives a provider's stream: blocks and deal responses. */
#ifndef BUYER_RECEIVE_H
#define BUYER_RECEIVE_H

#include "party/party.h"
#include "peer/received_frame.h"

/** struct receiver - receives the provider's stream for one deal. */
struct receiver;
MUST_CHECK enum status receiver_new(struct receiver **r, struct party *p);
/**
 * receiver_take - process one frame: verify its blocks, keep the blocks, apply the rest. An incomplete or wrong frame
 * applies nothing.
 * Work is made durable from time to time, and at each pause; receiver_finish() makes the rest durable.
 */
MUST_CHECK enum status receiver_take(struct receiver *r, const struct frame *frame);
/** receiver_take_received - the same for a frame whose blocks were hashed by a frame queue. */
MUST_CHECK enum status receiver_take_received(struct receiver *r, const struct received_frame *frame);
MUST_CHECK enum status receiver_finish(struct receiver *r);
/** receiver_reload - read the deal again after another step (a payment) has changed the deal. */
MUST_CHECK enum status receiver_reload(struct receiver *r);
/** receiver_deal - the deal of the stream; NULL before the first frame. Valid until receiver_free(). */
const struct client_deal *receiver_deal(const struct receiver *r);
void receiver_free(struct receiver *r);
/** receiver_open - bind the receiver to a deal of ours before the first frame has come. */
MUST_CHECK enum status receiver_open(struct receiver *r, uint64_t deal);
/**
 * receiver_seed - begin the deal that @r is bound to with the blocks of deal @from, for the same payload.
 * Each block is checked as if a provider had sent the block, and no block is owed for. Does nothing once the deal has
 * been requested. Durable in bounded steps: the next run continues a killed one. Seeding ends where the older CAR is
 * damaged, which is OK.
 * NOT_FOUND or WRONG_DEAL, explained, if @from does not exist or is for another payload.
 */
MUST_CHECK enum status receiver_seed(struct receiver *r, uint64_t from);
/** receiver_seed_file - the same from any CAR, up to link @links of the walk and no further. */
MUST_CHECK enum status receiver_seed_file(struct receiver *r, const char *car, uint64_t links);
/**
 * receiver_request - append the deal's request, which says how much of the content we have; from then on the deal
 * counts as requested. An accepted deal is resumed.
 */
MUST_CHECK enum status receiver_request(struct receiver *r, struct bytes *frames);
/**
 * receiver_resume - append the frames that resume the deal, under a new request id that is durable before a frame
 * leaves. From then on, answers to the earlier request are ignored.
 */
MUST_CHECK enum status receiver_resume(struct receiver *r, struct bytes *frames);
/** receiver_resume_as - the same, with @next as the new request id, REQUEST_ID_SIZE bytes. For recordings only. */
MUST_CHECK enum status receiver_resume_as(struct receiver *r, struct bytes *frames, const uint8_t *next);
/**
 * receiver_resume_due - true, once, if the provider already knows a deal that was proposed again: only a resume
 * continues the deal.
 */
bool receiver_resume_due(struct receiver *r);
/** receiver_recoveries - how many times on this stream forgotten vouchers were taken back: see buyer_recover(). */
unsigned receiver_recoveries(const struct receiver *r);
/**
 * receiver_find - the deal of ours whose current or earlier request the first response of @frame answers; *@deal is 0
 * if there is none.
 */
MUST_CHECK enum status receiver_find(struct party *p, uint64_t *deal, const struct received_frame *frame);
/**
 * receiver_asked - the last frame requested a payment that we have made by our own count: the voucher may have got
 * lost.
 */
bool receiver_asked(const struct receiver *r);
/** receiver_early - the amount that the provider has requested before the blocks came; 0 if there is none. */
struct amount receiver_early(const struct receiver *r);

#endif
