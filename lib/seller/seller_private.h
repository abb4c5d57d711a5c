/* seller_private.h - how the provider's files hand frames to each other; for lib/party only. */
#ifndef SELLER_SELLER_PRIVATE_H
#define SELLER_SELLER_PRIVATE_H

#include "party/party.h"
#include "seller/answers.h"
#include "seller/limits.h"
#include "wire/frame.h"
#include "wire/graphsync.h"

/** seller_head - whom an answer about @d is for. */
struct response_head seller_head(const struct provider_deal *d);
/**
 * seller_find_offer - the offer for @payload, without its texts, and the number of the content that is there for it.
 * NOT_FOUND, with the reason in @why, if there is no offer or its file is gone or was changed.
 */
MUST_CHECK enum status seller_find_offer(
	struct party *p, struct refusal *why, struct offer *offer, uint64_t *content, const struct cid *payload);
/** seller_take_query - answer a query; nothing is written. */
MUST_CHECK enum status seller_take_query(struct party *p, struct bytes *frames, const struct frame *frame);
/** seller_take_proposal - judge a proposal, and append the answer. @t is the data-transfer request in @request. */
MUST_CHECK enum status seller_take_proposal(struct party *p, struct bytes *frames, uint64_t *deal,
	const struct graphsync_request *request, const struct transfer *t, struct limits *limits);
/**
 * seller_check_limits - may this client have one more deal? REJECTED, with the reason in @why, if it would be above a limit.
 * A deal is left if it is open, has bytes sent beyond what is paid, and no process that lives is serving it. So what a
 * client can have for nothing is an interval and a block of each of its open deals, once; and deals in parallel, over
 * one connection or many, do not disturb each other.
 */
MUST_CHECK enum status seller_check_limits(
	struct party *p, struct kv_txn *t, struct refusal *why, const struct limits *l);
/** seller_take_payment - judge a payment for @d, and append the answer; @d is as it stands afterwards. */
MUST_CHECK enum status seller_take_payment(
	struct party *p, struct bytes *frames, struct provider_deal *d, const struct payment *payment);

#endif
