/* propose.h - making a deal, and where it stands. */
#ifndef BUYER_PROPOSE_H
#define BUYER_PROPOSE_H

#include "deal/client.h"
#include "party/party.h"

/** struct proposal_request - what the buyer wants. */
struct proposal_request {
	struct cid payload;
	struct address provider; /* payee */
	uint64_t size;           /* bytes, if known */
	uint64_t seeded_bytes;   /* bytes of them that an earlier deal brought, and with which this one is to begin */
	struct deal_params params;
	struct amount max_price, max_total; /* ceilings; negative means none was given */
	uint64_t only;                      /* not 0: go on with this open deal; NOT_FOUND if the request is not its */
	bool dry_run;                       /* make nothing, only check */
	bool unless_here;                   /* make nothing if a deal has brought all of it already */
};
/**
 * buyer_propose - make a deal and append its first frame to @frames.
 * @frames: NULL if buyer_run_all() is to ask for the deal: only such a deal can inherit, for what a request says is fixed.
 * The same request again, while that deal is open, gives the same deal and the same bytes. TOO_DEAR above a ceiling; USAGE with no ceiling for a deal that costs.
 * EXISTS, with the newest deal that has brought all of it in @d, if there is to be none then.
 */
MUST_CHECK enum status buyer_propose(
	struct party *p, struct bytes *frames, struct client_deal *d, const struct proposal_request *r);
/** buyer_find_complete - the newest deal that brought all of @payload; NOT_FOUND. */
MUST_CHECK enum status buyer_find_complete(struct party *p, uint64_t *deal, const struct cid *payload);
/** buyer_find_part - the deal that, of all that have not brought all of @payload, has brought the most; NOT_FOUND. */
MUST_CHECK enum status buyer_find_part(struct party *p, struct client_deal *d, const struct cid *payload);
/** buyer_restart - look again at the funds of a deal that ran dry. */
MUST_CHECK enum status buyer_restart(struct party *p, uint64_t deal);
/** buyer_cancel - end a deal; @frames tells the provider. */
MUST_CHECK enum status buyer_cancel(struct party *p, struct bytes *frames, uint64_t deal);
/** buyer_outcome - what a script should do next: OK, PAYMENT_NEEDED, END (stream ended early), REJECTED. */
enum status buyer_outcome(const struct client_deal *deal);

#endif
