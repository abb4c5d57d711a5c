/* offer.h - putting content up for sale. */
#ifndef SELLER_OFFER_H
#define SELLER_OFFER_H

#include "party/party.h"

/** struct offer_terms - what the seller asks. */
struct offer_terms {
	struct amount price_per_byte, unseal_price;
	uint64_t interval, increase; /* bytes: the most that a proposal may have */
	struct address payee;
	struct cid root; /* what is offered of the CAR; none: its only root */
};
/** seller_offer - check and index the CAR at @path (absolute), and offer what lies below its root. @offer gets the offer's bytes. */
MUST_CHECK enum status seller_offer(
	struct party *p, struct bytes *offer, const char *path, const struct offer_terms *terms);

#endif
