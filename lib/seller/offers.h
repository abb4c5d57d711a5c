/* offers.h - what is offered: all of it, or one of it. */
#ifndef SELLER_OFFERS_H
#define SELLER_OFFERS_H

#include "party/party.h"
#include "wire/deal_types.h"

/** struct listed_offer - an offer of the store; borrowed for the call that gets it. */
struct listed_offer {
	struct offer offer;
	struct span encoded; /* its bytes, as clients need them */
	struct span path;    /* the CAR that holds the content; empty if that is not known */
	const char *
		absent; /* why the content can't be read now, as far as its file can tell without reading it; "" if it can */
};

/** seller_each_offer - call @each for all offers, in the order of their payloads; no transaction is open while it runs. Ends early with what @each returns, if that is not OK. */
MUST_CHECK enum status seller_each_offer(
	struct party *p, enum status (*each)(void *ctx, const struct listed_offer *listed), void *ctx);
/** seller_get_offer - append the bytes of the offer for @payload; NULL for the offer whose content was taken in last. NOT_FOUND. */
MUST_CHECK enum status seller_get_offer(struct party *p, struct bytes *encoded, const struct cid *payload);

#endif
