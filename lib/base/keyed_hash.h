/* keyed_hash.h - hashes for tables whose keys a stranger chooses.
 *
 * The key is drawn at random once per process, so nobody can choose keys that
 * collide. For memory only: another process has another key.
 */
#ifndef BASE_KEYED_HASH_H
#define BASE_KEYED_HASH_H

#include "base/bytes.h"

/** struct wide_hash - so wide that two inputs never have the same hash; all zero is no input's hash. */
struct wide_hash {
	uint64_t half[2];
};

/** keyed_hash - SipHash-2-4 of @in, of 64 bits. Any thread. */
uint64_t keyed_hash(struct span in);
/** keyed_hash_wide - SipHash-2-4 of @in, of 128 bits. Any thread. */
struct wide_hash keyed_hash_wide(struct span in);

static inline bool wide_hash_equal(struct wide_hash a, struct wide_hash b)
{
	return a.half[0] == b.half[0] && a.half[1] == b.half[1];
}

#endif
