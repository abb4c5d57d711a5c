/* index.h - indexing a CAR in the store, and removing contents that are no longer needed.
 *
 * A CAR gets a new number each time it is indexed: the previous content stays
 * until an offer names the new one, and also after a refusal.
 */
#ifndef CONTENT_INDEX_H
#define CONTENT_INDEX_H

#include "content/serving_lock.h"
#include "party/party.h"
#include "store/contents.h"

/** struct indexed - a CAR that is indexed, but not offered yet; released by indexed_release(). */
struct indexed {
	struct content content; /* the path borrows from the caller */
	struct cid root;
	struct serving_lock lock; /* shows that the indexing process is alive */
};

/**
 * index_car - index the CAR at @path (absolute): hash each block, and follow each link of the DAG below @root (none:
 * the only root of the CAR), so that no deal begins that can't be delivered. Works in bounded transactions.
 * The content is marked (store/old_contents.h) until it is offered. On failure nothing is left to release.
 * NOT_FOUND if the DAG is not whole, USAGE if @root is none and the CAR does not have exactly one root, TRUNCATED for a
 * file that is cut off, IO, BAD_CAR, BAD_HASH, TOO_LARGE, all explained.
 */
MUST_CHECK enum status index_car(
	struct party *party, struct indexed *indexed, const char *path, const struct cid *root);
void indexed_release(struct indexed *indexed);
#define CLEAN_INDEXED __attribute__((cleanup(indexed_release)))
/**
 * index_sweep - remove, in bounded steps, the marked contents that are no longer needed: none that another process is
 * indexing, and none that an open deal may need.
 */
MUST_CHECK enum status index_sweep(struct party *party);

#endif
