/* memo.h - a table of two numbers for each block, by CID.
 *
 * The keys are hashes of CIDs, of 128 bits under a random key, so that nobody
 * can make two CIDs with the same key.
 */
#ifndef IPLD_MEMO_H
#define IPLD_MEMO_H

#include "base/keyed_hash.h"
#include "ipld/cid.h"

struct memo_entry {
	struct wide_hash key; /* all zero: this entry is free */
	uint64_t value[2];
};

/** struct memo - all zero is an empty memo. Memory: 64 to 128 bytes for each block. */
struct memo {
	struct memo_entry *entries; /* open addressing; the size is a power of two */
	size_t size, count;
};

/** memo_find - the entry of @key, borrowed until the next memo_put(); NULL if there is none. */
const struct memo_entry *memo_find(const struct memo *m, struct wide_hash key);
/** memo_put - set the two numbers of @key. */
MUST_CHECK enum status memo_put(struct memo *m, struct wide_hash key, uint64_t first, uint64_t second);
void memo_release(struct memo *m);

static inline struct wide_hash memo_key(const struct cid *c)
{
	return keyed_hash_wide(cid_span(c));
}

#endif
