/* seed.h - the blocks of an earlier deal for the same payload, as the beginning of a new deal.
 *
 * DATA 6: a block is inherited only if the block hashes to its CID and is next
 * in the new deal's own walk, as if a provider had sent the block. The older
 * CAR is used up to the first damage; the rest is bought.
 */
#ifndef BUYER_SEED_H
#define BUYER_SEED_H

#include "blocks/deal_blocks.h"
#include "ipld/car.h"

/** struct seed - the CAR of an older deal, while the CAR is read; all zero but fd -1 before seed_open(). */
struct seed {
	int fd;
	uint64_t end; /* end of the older deal's committed bytes; UINT64_MAX for a file; 0 for no bytes */
	struct car_reader car;
};

/**
 * seed_open - begin with the blocks of deal @from: none, if deal @from has none, or if its CAR can't be read.
 * NOT_FOUND or WRONG_DEAL, explained, if there is no such deal, or if the deal is for another payload than @root.
 */
MUST_CHECK enum status seed_open(struct seed *seed, struct party *p, uint64_t from, const struct cid *root);
/** seed_open_file - begin with the blocks of the CAR at @path, from any source. */
MUST_CHECK enum status seed_open_file(struct seed *seed, struct party *p, const char *path);
/**
 * seed_next - add the next block that @blocks lacks, of @bytes bytes; END if no more blocks can be used. The block is
 * durable only once @blocks is.
 */
MUST_CHECK enum status seed_next(struct seed *seed, uint64_t *bytes, struct deal_blocks *blocks);
void seed_close(struct seed *seed);

#endif
