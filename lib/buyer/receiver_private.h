/* receiver_private.h - the fields of a receiver, for the files that process a provider's stream; for lib/buyer only. */
#ifndef BUYER_RECEIVER_PRIVATE_H
#define BUYER_RECEIVER_PRIVATE_H

#include "blocks/deal_blocks.h"
#include "buyer/receive.h"

struct receiver {
	struct party *p;
	bool bound;                /* the deal is known and its blocks are open */
	bool live;                 /* bound on a connection, where only answers to the deal's last request count */
	bool not_final;            /* the last response says that the channel is not final */
	bool asked_again;          /* the proposal was sent again; the first one may or may not have arrived */
	bool resume_due;           /* the first proposal had arrived: the deal must be resumed */
	struct client_deal deal;   /* the deal with all that this run has received */
	struct client_deal stored; /* the deal as stored */
	struct deal_blocks blocks;
	struct cid missing;             /* the next block, if the provider reported that it lacks the block */
	uint64_t left;                  /* a left deal that the provider wants paid first; 0 if none */
	bool asked;                     /* the current frame requests a payment that was made */
	bool apart;                     /* the current frame is a data-transfer message outside a response */
	struct amount early;            /* the last amount that was requested before its blocks; 0 if they have come */
	bool complete_early;            /* the provider said complete before the last blocks */
	struct deal_blocks_mark before; /* position of the blocks before the current message */
	bool recovered;                 /* vouchers were taken back since the last refused payment */
	unsigned recoveries;            /* how many times on this stream */
	uint64_t first_nonce;           /* nonce of the deal's last voucher when the stream began */
	uint64_t stale_refusals;        /* refused vouchers of this stream that are older than the provider's */
	uint64_t commits;               /* how many times this run has written to the store */
};

/**
 * receiver_bind - bind the stream to the deal of its first frame: by the request id, or by the transfer id if the
 * request id is NULL. The requests that a deal made before a resume also belong to the deal.
 */
MUST_CHECK enum status receiver_bind(struct receiver *r, const uint8_t *request, uint64_t transfer);
/**
 * receiver_apply_all - apply @n events, with all blocks that led to the events, in one transaction: the CAR is made
 * durable before the records that refer to the CAR. With no events: only make durable.
 */
MUST_CHECK enum status receiver_apply_all(
	struct receiver *r, const enum client_event *events, size_t n, const struct client_input *in);
MUST_CHECK enum status receiver_apply(struct receiver *r, enum client_event event, const struct client_input *in);
/** receiver_commit - make all received bytes durable. */
MUST_CHECK enum status receiver_commit(struct receiver *r);
/** receiver_put_deal - write the deal in its current state, with its blocks; applies no event. */
MUST_CHECK enum status receiver_put_deal(struct receiver *r);
/** receiver_is_current - @request is the deal's last request: earlier requests are cancelled. */
bool receiver_is_current(const struct receiver *r, const uint8_t *request);
/** receiver_is_full - a commit is due: COMMIT_BYTES or COMMIT_BLOCKS are not durable yet. */
bool receiver_is_full(const struct receiver *r);
/** receiver_is_over - the deal has ended: a repeated response changes nothing. */
bool receiver_is_over(const struct receiver *r);
/** receiver_walk_is_over - set *@over if all blocks are here. */
MUST_CHECK enum status receiver_walk_is_over(struct receiver *r, bool *over);

/** receiver_take_blocks_end - the last block is here: apply that, and a "complete" that came before the block. */
MUST_CHECK enum status receiver_take_blocks_end(struct receiver *r);
/** receiver_take_transfer - apply a data-transfer response, alone or in an extension. */
MUST_CHECK enum status receiver_take_transfer(
	struct receiver *r, const struct transfer *transfer, enum record_order order);
/** receiver_take_cancel - apply the provider's cancellation of the deal. */
MUST_CHECK enum status receiver_take_cancel(struct receiver *r);
/**
 * receiver_take_refused_restart - the request failed without a word. @done: set if all blocks are here and paid, which
 * completes the deal: a go-data-transfer provider that has completed a transfer refuses to restart the transfer, and the
 * client may have been killed before the last answer.
 */
MUST_CHECK enum status receiver_take_refused_restart(struct receiver *r, bool *done);

#endif
