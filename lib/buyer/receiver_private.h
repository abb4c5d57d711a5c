/* receiver_private.h - a receiver from inside, for the files that take in what a provider sends; for lib/buyer only. */
#ifndef BUYER_RECEIVER_PRIVATE_H
#define BUYER_RECEIVER_PRIVATE_H

#include "blocks/deal_blocks.h"
#include "buyer/receive.h"

struct receiver {
	struct party *p;
	bool bound;                /* the deal is known and its blocks are open */
	bool live;                 /* bound for a connection, on which only the deal's last request is answered */
	bool asked_again;          /* the proposal left again, and nobody knows whether it had come the first time */
	bool resume_due;           /* it had: the deal is to be resumed */
	struct client_deal deal;   /* with what this run has received */
	struct client_deal stored; /* as it is in the store */
	struct deal_blocks blocks;
	struct cid missing;             /* the provider said that it does not have this block, which is the next one */
	bool asked;                     /* the current frame asks for money that is paid */
	struct deal_blocks_mark before; /* where the blocks stood before the current message */
	bool recovered;                 /* vouchers were taken back since the last refusal of a payment */
	unsigned recoveries;            /* how often, on this stream */
	uint64_t first_nonce;           /* of the deal's last voucher when the stream began */
	uint64_t stale_refusals;        /* of vouchers of this stream that are older than what the provider holds */
	uint64_t commits;               /* how often this run has written to the store */
};

/**
 * receiver_bind - bind the stream to the deal that its first frame is about: by the request id, or, if that is NULL, by the
 * transfer id. A request that the deal made before it was resumed is the deal's too.
 */
MUST_CHECK enum status receiver_bind(struct receiver *r, const uint8_t *request, uint64_t transfer);
/**
 * receiver_apply_all - apply @n events, with everything that led to them, in one transaction: first the CAR is made
 * durable, then all that speaks of it. Without events: only make durable.
 */
MUST_CHECK enum status receiver_apply_all(
	struct receiver *r, const enum client_event *events, size_t n, const struct client_input *in);
MUST_CHECK enum status receiver_apply(struct receiver *r, enum client_event event, const struct client_input *in);
/** receiver_commit - make durable what was received. */
MUST_CHECK enum status receiver_commit(struct receiver *r);
/** receiver_put_deal - write the deal as it is now, with the blocks that it speaks of; applies no event. */
MUST_CHECK enum status receiver_put_deal(struct receiver *r);
/** receiver_is_current - @request is the last one that the deal made: one that it made before is cancelled. */
bool receiver_is_current(const struct receiver *r, const uint8_t *request);
/** receiver_is_full - so much is not durable yet that it is time to make it so. */
bool receiver_is_full(const struct receiver *r);
/** receiver_is_over - the deal has ended: what is said of it again changes nothing. */
bool receiver_is_over(const struct receiver *r);
/** receiver_walk_is_over - *@over: all blocks are here. */
MUST_CHECK enum status receiver_walk_is_over(struct receiver *r, bool *over);

/** receiver_take_transfer - apply a data-transfer response, alone or in an extension. */
MUST_CHECK enum status receiver_take_transfer(
	struct receiver *r, const struct transfer *transfer, enum record_order order);
/** receiver_take_cancel - the provider cancels the deal. */
MUST_CHECK enum status receiver_take_cancel(struct receiver *r);

#endif
