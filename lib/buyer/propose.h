/* propose.h - making a deal, and its outcome. */
#ifndef BUYER_PROPOSE_H
#define BUYER_PROPOSE_H

#include "deal/client.h"
#include "party/party.h"

/** struct proposal_request - the content that the buyer wants, and the terms. */
struct proposal_request {
	struct cid payload;
	struct address provider; /* payee */
	uint64_t size;           /* bytes; 0 if not known */
	uint64_t seeded_bytes;   /* bytes of @size that an earlier deal brought and this deal begins with */
	struct deal_params params;
	struct amount max_price, max_total; /* ceilings; negative if none was given */
	struct span
		signed_offer; /* the offer's bytes and its signed statement, to be kept with the deal; empty: not signed */
	uint64_t only;        /* not 0: continue this open deal; NOT_FOUND if the request made another deal */
	bool dry_run;         /* only check; make no deal */
	bool unless_here;     /* make no deal if an earlier deal has brought the whole content */
};
/**
 * buyer_propose - make a deal and append its first frame to @frames.
 * @frames: NULL if buyer_run_all() is to send the deal's request. Only a deal without a sent request can inherit
 * blocks, because the contents of a sent request are fixed.
 * The same request again, while its deal is open, gives the same deal and the same bytes.
 * TOO_DEAR above a ceiling; USAGE with no ceiling for a deal that costs; EXISTS, with the newest complete deal in @d,
 * if no deal is to be made for content that is here.
 */
MUST_CHECK enum status buyer_propose(
	struct party *p, struct bytes *frames, struct client_deal *d, const struct proposal_request *r);
/** buyer_find_complete - the newest deal that brought all of @payload; NOT_FOUND. */
MUST_CHECK enum status buyer_find_complete(struct party *p, uint64_t *deal, const struct cid *payload);
/**
 * buyer_find_part - of the deals that have brought only a part of @payload, the one that has brought the most;
 * NOT_FOUND.
 */
MUST_CHECK enum status buyer_find_part(struct party *p, struct client_deal *d, const struct cid *payload);
/** buyer_restart - check the funds again of a deal that ran out of funds. */
MUST_CHECK enum status buyer_restart(struct party *p, uint64_t deal);
/** buyer_cancel - end a deal; @frames gets the cancellation for the provider. */
MUST_CHECK enum status buyer_cancel(struct party *p, struct bytes *frames, uint64_t deal);
/** buyer_outcome - the status that a script acts on: OK, PAYMENT_NEEDED, END (stream ended early), REJECTED. */
enum status buyer_outcome(const struct client_deal *deal);
/**
 * buyer_verdict - the outcome of a deal on a connection that the deal leaves now; @s is the status of the deal's last
 * step. OK if the deal completed; REJECTED, END, explained; or @s.
 */
enum status buyer_verdict(struct party *p, const struct client_deal *deal, enum status s);

#endif
