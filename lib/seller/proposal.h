/* proposal.h - judging proposals. */
#ifndef SELLER_PROPOSAL_H
#define SELLER_PROPOSAL_H

#include "content/limits.h"
#include "party/party.h"
#include "wire/graphsync.h"

/**
 * seller_take_proposal - judge the proposal in a new graphsync request, and append the answer to @frames.
 * A proposal for a known deal resumes that deal, whether the transfer is new or a restart.
 * @deal: gets the id of the deal in the store, or of the proposal if the proposal was refused; 0 if none is known.
 * NOT_NOW if the content can't be read now: the client may come again. REJECTED, NOT_FOUND, EXISTS, BAD_STATE (the deal
 * is over without success), or the status of a faulty request, all explained and answered.
 */
MUST_CHECK enum status seller_take_proposal(struct party *party, struct bytes *frames, uint64_t *deal,
	const struct graphsync_request *request, struct limits *limits);
/**
 * seller_find_offer - the offer for @payload, without its texts, and the number of its current content.
 * NOT_FOUND, with the reason in @why, if there is no offer; NOT_NOW, with the reason in @why, if the content can't be
 * read. A status that is not in @why is our own failure.
 */
MUST_CHECK enum status seller_find_offer(
	struct party *party, struct refusal *why, struct offer *offer, uint64_t *content, const struct cid *payload);

#endif
