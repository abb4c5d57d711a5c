/* claims.h - the blocks that a client of a deal has, by its requests, named by their CIDs.
 *
 * The client of the original names all blocks that it has received when it
 * restarts a transfer (graphsync/do-not-send-cids). Such a block is announced
 * and not sent.
 * MONEY 14: a block that the deal has sent before is billed, as before: whoever
 * claims to have the block gets no other block instead. A block that the deal
 * has not sent is not billed, and the deal never sends the block.
 */
#ifndef SELLER_CLAIMS_H
#define SELLER_CLAIMS_H

#include "party/party.h"
#include "store/block_set.h"

#define CLAIMS_MAX                                                                                                     \
	16384 /* CIDs of one request that are read; other blocks are sent as if the client did not have them */

/** struct claims - what the client of one deal has; all zero is nothing; released by claims_release(). */
struct claims {
	struct block_set own;      /* not sent by the deal */
	struct block_set received; /* sent by the deal; as the last request says */
};

/**
 * claims_put - record what the latest request for @deal says: @links as from request_skip_cids(). A link to no block of
 * the deal's content is ignored, so the store grows by less than the request.
 */
MUST_CHECK enum status claims_put(struct kv_txn *txn, const struct provider_deal *deal, struct span links);
/** claims_load - the claims of a deal, into @claims, which is empty. */
MUST_CHECK enum status claims_load(struct kv_txn *txn, struct claims *claims, uint64_t deal);
void claims_release(struct claims *claims);
#define CLEAN_CLAIMS __attribute__((cleanup(claims_release)))

#endif
