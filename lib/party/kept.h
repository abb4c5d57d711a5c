/* kept.h - the blocks that a buyer has of one deal, and how far the walk has come.
 *
 * The blocks lie in a CAR in the store's folder, in walk order; their index
 * and the walk's cursor lie in the store. What was added since the last
 * commit is in memory, and can be taken back to a mark.
 */
#ifndef PARTY_KEPT_H
#define PARTY_KEPT_H

#include "ipld/walk.h"
#include "party/blockset.h"
#include "party/party.h"

/** struct kept - open from kept_open() to kept_close(); before that all zero but fd -1. */
struct kept {
	struct party *p;
	uint64_t deal;
	struct cid root;
	struct walk *walk;
	int fd;                        /* the CAR */
	uint64_t size, committed_size; /* of the CAR: with what is not committed, and without */
	struct bytes tail;             /* the end of it, that is not in the file yet */
	uint64_t writing;              /* up to here the disk was told to write */
	struct blockset fresh;         /* not committed yet */
	struct bytes scratch;
};

/** struct kept_mark - a point to go back to. */
struct kept_mark {
	uint64_t size;
	size_t fresh;
	struct bytes cursor; /* owned; released by the caller */
};

/** kept_committed_size - how long the CAR of a deal is, as far as it is committed; 0 if it has no blocks. */
MUST_CHECK enum status kept_committed_size(struct party *p, uint64_t deal, uint64_t *size);
/**
 * kept_open - open the blocks of a deal as they were last committed; what a killed run left behind that is cut off.
 *
 * BUSY while another process has them open. Of a deal that is @over nothing is locked or cut off: it gets no more blocks.
 */
MUST_CHECK enum status kept_open(struct kept *k, struct party *p, uint64_t deal, const struct cid *root, bool over);
void kept_close(struct kept *k);
/** kept_find - where a block lies; NOT_FOUND if we do not have it. */
MUST_CHECK enum status kept_find(struct kept *k, struct block_place *place, const struct cid *c);
/** kept_next - the block that comes next, which is one that we lack; END once we have all. */
MUST_CHECK enum status kept_next(struct kept *k, struct cid *next);
/** kept_add - append the next block, and walk on through everything that we have already. Its hash must have been checked. */
MUST_CHECK enum status kept_add(struct kept *k, const struct cid *c, struct span block);
/** kept_mark, kept_go_back - remember where we are; forget what was added since. */
MUST_CHECK enum status kept_mark(struct kept *k, struct kept_mark *mark);
MUST_CHECK enum status kept_go_back(struct kept *k, const struct kept_mark *mark);
/** kept_position - links of the walk that are behind us. */
uint64_t kept_position(const struct kept *k);
/** kept_is_dirty - something is not committed. */
bool kept_is_dirty(const struct kept *k);
/** kept_sync - make the CAR durable; then kept_put() in a transaction; then kept_committed() once that is committed. */
MUST_CHECK enum status kept_sync(struct kept *k);
MUST_CHECK enum status kept_put(struct kept *k, struct kv_txn *t);
void kept_committed(struct kept *k);

#endif
