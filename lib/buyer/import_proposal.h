/* import_proposal.h - importing a deal that was proposed elsewhere: for recordings that are played again. */
#ifndef BUYER_IMPORT_PROPOSAL_H
#define BUYER_IMPORT_PROPOSAL_H

#include "buyer/receive.h"
#include "party/party.h"

/** struct import - values that a recorded proposal does not contain. */
struct import {
	struct address client, provider; /* none if not known */
	uint64_t size;
	struct amount total_funds, max_total;
};
/**
 * buyer_import_proposal - make a client deal with the ids of a proposal that was made elsewhere. receiver_request()
 * gives our form of the proposal.
 * @skip_links: how many links of the walk the proposing client had. For recordings only.
 */
MUST_CHECK enum status buyer_import_proposal(struct party *p, struct client_deal *deal, uint64_t *skip_links,
	const struct frame *frame, const struct import *known);

#endif
