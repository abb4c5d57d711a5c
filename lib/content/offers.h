/* offers.h - listing all offers, or reading one. */
#ifndef CONTENT_OFFERS_H
#define CONTENT_OFFERS_H

#include "party/party.h"
#include "wire/deal_types.h"

/** struct listed_offer - an offer of the store; borrowed for the duration of the callback. */
struct listed_offer {
	struct offer offer;
	struct span file; /* the offer's bytes, as clients need them, and its signed statement */
	struct span path; /* path of the CAR with the content; empty if not known */
	const char *
		absent; /* the reason that the content can't be read now, found without reading the file; "" if there is none */
};

/**
 * seller_each_offer - call @each for all offers, in the order of their payloads; no transaction is open during a call.
 * Ends early with the status of @each, if that is not OK.
 */
MUST_CHECK enum status seller_each_offer(
	struct party *p, enum status (*each)(void *ctx, const struct listed_offer *listed), void *ctx);
/**
 * seller_get_offer - append the bytes of the offer for @payload, and its signed statement if the offer was signed; NULL for
 * the offer with the newest content. NOT_FOUND.
 */
MUST_CHECK enum status seller_get_offer(struct party *p, struct bytes *file, const struct cid *payload);

#endif
