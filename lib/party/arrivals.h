/* arrivals.h - the blocks of one graphsync message, checked and put where they belong.
 *
 * DATA 1: a block is kept only if its bytes match its CID and it is the next
 * one that a local walk of (root, selector) asks for; so the CAR that grows
 * in the store is in walk order by construction.
 * DATA 2: a block that we have already is announced, not sent, and not paid
 * for; the walk goes through it without waiting for the provider. So what a
 * provider sends twice is ignored, wherever it begins again.
 */
#ifndef PARTY_ARRIVALS_H
#define PARTY_ARRIVALS_H

#include "party/inlet.h"
#include "party/kept.h"

#define NO_ARRIVAL SIZE_MAX
/** arrivals_index - note for the CID of each block of @d its place in the message; the first, if it is there twice. */
MUST_CHECK enum status arrivals_index(struct blockset *index, const struct delivery *d);
/** arrivals_find - the place of a block, or NO_ARRIVAL. */
size_t arrivals_find(const struct blockset *index, const struct cid *c);

/** struct arrival_count - what a message added. */
struct arrival_count {
	uint64_t blocks;
	uint64_t bytes;
};

/**
 * arrivals_take - take the blocks of @d that @response announces into @k.
 * @good: verified bytes before this message, for the explanation of a failure.
 * On failure @k may hold part of the message: go back to a mark.
 */
MUST_CHECK enum status arrivals_take(struct kept *k, struct arrival_count *count, const struct delivery *d,
	const struct graphsync_response *response, uint64_t good);

#endif
