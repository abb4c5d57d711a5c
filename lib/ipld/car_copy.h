/* car_copy.h - a CAR to another place, and nothing but what was verified. */
#ifndef IPLD_CAR_COPY_H
#define IPLD_CAR_COPY_H

#include "ipld/car.h"

/** struct car_copy - from where to where. */
struct car_copy {
	int from;                 /* borrowed; read from where it stands to its end; may be a file of no bytes */
	int to;                   /* borrowed; written front to back, may be a pipe */
	struct cid root;          /* what the CAR is for */
	const volatile int *stop; /* not NULL: STOPPED once it is not 0 */
	struct cid at;            /* out: the block where it failed; none if that was no block */
};

/**
 * car_copy - write a CARv1 with the one root, and the blocks below it in walk order, each once, as @from has them.
 * What is written was hashed on the way. A root that carries its own bytes makes a CAR without sections.
 * BAD_HASH; CORRUPT if a block is not next in the walk, or a block is missing or too many; the statuses of car_next(); IO for
 * both sides, with errno. On failure a part was written.
 * Memory: that of a verifier, 64 to 128 bytes for each block with links, and 16 to 32 for each block.
 */
MUST_CHECK enum status car_copy(struct car_copy *c);

#endif
