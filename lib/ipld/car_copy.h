/* car_copy.h - copies a CAR, and writes only verified blocks. */
#ifndef IPLD_CAR_COPY_H
#define IPLD_CAR_COPY_H

#include "ipld/car.h"

/** struct car_copy - the source, the target and the root of a copy. */
struct car_copy {
	int from;                 /* borrowed; read from its offset to its end; may be an empty file */
	int to;                   /* borrowed; written front to back, may be a pipe */
	struct cid root;          /* the root of the new CAR */
	const volatile int *stop; /* not NULL: STOPPED once it is not 0 */
	struct cid at;            /* out: the block at which copying failed, or none */
};

/**
 * car_copy - write a CARv1 with the one root, and the blocks below it in walk order, each once, as @from has them.
 * Every written block was hashed first. An identity CID as the root makes a CAR without sections.
 * BAD_HASH; CORRUPT if a block is out of walk order, missing or surplus; the statuses of car_next(); IO for
 * both descriptors, with errno. On failure a part of the CAR may be written.
 * Memory: the memory of a verifier, 64 to 128 bytes for each block with links, and 16 to 32 for each block.
 */
MUST_CHECK enum status car_copy(struct car_copy *c);

#endif
