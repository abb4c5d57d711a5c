/* block_cache.h - the blocks that the node has named lately, by CID.
 *
 * The ledger keeps records, not blocks: the node encodes the state of an actor
 * when a client asks for the actor, and keeps the blocks here until the client
 * reads them. When the cache is full, the block that was not used for longest
 * is forgotten.
 */
#ifndef NODE_BLOCK_CACHE_H
#define NODE_BLOCK_CACHE_H

#include "ipld/cid.h"

#define BLOCK_CACHE_MAX (64u << 20) /* bytes */

struct block_cache;

/** block_cache_new - an empty cache; NULL without memory. */
struct block_cache *block_cache_new(void);
void block_cache_free(struct block_cache *cache);
/** block_cache_put - keep a copy of @block, whose CID is @cid; NO_MEMORY. */
MUST_CHECK enum status block_cache_put(struct block_cache *cache, const struct cid *cid, struct span block);
/** block_cache_get - find a block; @block is borrowed until the next block_cache_put(); may be NULL. False if the cache does not have the block. */
bool block_cache_get(struct block_cache *cache, struct span *block, const struct cid *cid);

#endif
