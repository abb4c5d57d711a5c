/* offer.h - offering content, and removing offers.
 *
 * An offer and the index of its content change in one transaction or not at
 * all: a command that is refused or killed leaves the old offer working.
 */
#ifndef SELLER_OFFER_H
#define SELLER_OFFER_H

#include "party/party.h"

/** struct offer_terms - the seller's terms. */
struct offer_terms {
	struct amount price_per_byte, unseal_price;
	uint64_t interval, increase; /* bytes: the most that a proposal may contain */
	struct address payee;
	struct cid root; /* the part of the CAR that is offered; none: the CAR's only root */
	int64_t expires; /* unix seconds, for the signed statement; 0: no end */
};
/**
 * seller_offer - check and index the CAR at @path (absolute), and offer the DAG below its root; @offer gets the offer's
 * bytes, and its signed statement: see party_sign_offer().
 * The statuses of index_car(); USAGE for terms that make no sense.
 */
MUST_CHECK enum status seller_offer(
	struct party *party, struct bytes *offer, const char *path, const struct offer_terms *terms);
/**
 * seller_move - from now on, read the content offered for @payload from the CAR at @path (absolute); the terms stay.
 * The CAR is checked as by seller_offer(). NOT_FOUND if there is no offer for @payload; DIFFERS if the CAR does not
 * hold @payload.
 */
MUST_CHECK enum status seller_move(struct party *party, const char *path, const struct cid *payload);
/** seller_remove_offer - remove the offer for @payload; deals under way go on. NOT_FOUND if there is no offer. */
MUST_CHECK enum status seller_remove_offer(struct party *party, const struct cid *payload);

#endif
