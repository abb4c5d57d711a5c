/* memo.h - what was found out about blocks, by CID: two numbers for each.
 *
 * CIDs are known by a hash of 128 bits under a random key: nobody can make
 * two that meet.
 */
#ifndef IPLD_MEMO_H
#define IPLD_MEMO_H

#include "base/keyed_hash.h"
#include "ipld/cid.h"

struct memo_entry {
	struct wide_hash key; /* all zero: this entry is free */
	uint64_t value[2];
};

/** struct memo - all zero is an empty one. Memory: 64 to 128 bytes for each block. */
struct memo {
	struct memo_entry *entries; /* open addressing; a power of two of them */
	size_t size, count;
};

/** memo_find - what is kept under @key, borrowed until the next memo_put(); NULL if nothing is. */
const struct memo_entry *memo_find(const struct memo *m, struct wide_hash key);
/** memo_put - keep two numbers under @key, in the place of what was there. */
MUST_CHECK enum status memo_put(struct memo *m, struct wide_hash key, uint64_t first, uint64_t second);
void memo_release(struct memo *m);

static inline struct wide_hash memo_key(const struct cid *c)
{
	return keyed_hash_wide(cid_span(c));
}

#endif
