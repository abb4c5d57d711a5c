/* seed.h - the blocks of an earlier deal for the same payload, as the beginning of a new one's.
 *
 * DATA 6: a block is inherited only if it hashes to its CID and is next in the
 * new deal's own walk, as if a provider had sent it. Where the older CAR is
 * damaged its use ends, and the rest is bought.
 */
#ifndef BUYER_SEED_H
#define BUYER_SEED_H

#include "blocks/deal_blocks.h"
#include "ipld/car.h"

/** struct seed - the CAR of an older deal, being read; all zero but fd -1 before seed_open(). */
struct seed {
	int fd;
	uint64_t end; /* of what that deal has committed, or of any offset in the file; 0 if there is nothing to read */
	struct car_reader car;
};

/**
 * seed_open - begin with what deal @from has brought: nothing, if that is nothing, or can't be read as a CAR.
 * NOT_FOUND or WRONG_DEAL, explained, if there is no such deal, or it is for another payload than @root.
 */
MUST_CHECK enum status seed_open(struct seed *seed, struct party *p, uint64_t from, const struct cid *root);
/** seed_open_file - begin with the CAR at @path, wherever it comes from. */
MUST_CHECK enum status seed_open_file(struct seed *seed, struct party *p, const char *path);
/** seed_next - add the next block that @blocks lacks, of @bytes bytes; END once nothing more can be had. Durable only once @blocks is. */
MUST_CHECK enum status seed_next(struct seed *seed, uint64_t *bytes, struct deal_blocks *blocks);
void seed_close(struct seed *seed);

#endif
