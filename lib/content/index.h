/* index.h - taking a CAR into the index of the store, and removing contents that nobody needs.
 *
 * A CAR gets a number of its own each time it is taken in: what was taken in
 * before stands until an offer names the new one, and after a refusal.
 */
#ifndef CONTENT_INDEX_H
#define CONTENT_INDEX_H

#include "content/serving_lock.h"
#include "party/party.h"
#include "store/contents.h"

/** struct indexed - a CAR that was taken in, not offered yet; released by indexed_release(). */
struct indexed {
	struct content content; /* its path borrows from the caller */
	struct cid root;
	struct serving_lock lock; /* says that who takes it in is alive */
};

/**
 * index_car - take in the CAR at @path (absolute): each block is hashed, and each link of the DAG below @root (none: the
 * only root of the CAR) is followed, so that no deal begins that can't be delivered. Works in bounded transactions.
 * NOT_FOUND if the DAG is not whole, USAGE if @root is none and the CAR has not one root, TRUNCATED for a file that is cut
 * off, IO, BAD_CAR, BAD_HASH, TOO_LARGE, all explained.
 * The content is marked (store/old_contents.h) until it is offered. On failure nothing is left to release.
 */
MUST_CHECK enum status index_car(
	struct party *party, struct indexed *indexed, const char *path, const struct cid *root);
void indexed_release(struct indexed *indexed);
#define CLEAN_INDEXED __attribute__((cleanup(indexed_release)))
/**
 * index_sweep - remove in bounded steps the marked contents that nobody needs: none that another process takes in, and
 * none that an open deal may need.
 */
MUST_CHECK enum status index_sweep(struct party *party);

#endif
