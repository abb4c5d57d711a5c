/* inherit.h - the blocks of an earlier deal for the same payload, as the beginning of a new one's.
 *
 * DATA 6: a block is inherited only if it hashes to its CID and is next in the
 * new deal's own walk, as if a provider had sent it. Where the older CAR is
 * damaged its use ends, and the rest is bought.
 */
#ifndef PARTY_INHERIT_H
#define PARTY_INHERIT_H

#include "ipld/car.h"
#include "party/kept.h"

/** struct legacy - the CAR of an older deal, being read; all zero but fd -1 before legacy_open(). */
struct legacy {
	int fd;
	uint64_t end; /* of what that deal has committed, or of any offset in the file; 0 if there is nothing to read */
	struct car_reader car;
};

/**
 * legacy_open - begin with what deal @from has brought; that this is nothing, or can't be read as a CAR, is no failure.
 * NOT_FOUND or WRONG_DEAL, explained, if there is no such deal, or it is for another payload than @root.
 */
MUST_CHECK enum status legacy_open(struct legacy *l, struct party *p, uint64_t from, const struct cid *root);
/** legacy_open_file - begin with the CAR at @path, wherever it comes from. */
MUST_CHECK enum status legacy_open_file(struct legacy *l, struct party *p, const char *path);
/** legacy_next - add the next block that @k lacks, of @bytes bytes; END once nothing more can be had. Durable only once @k is. */
MUST_CHECK enum status legacy_next(struct legacy *l, uint64_t *bytes, struct kept *k);
void legacy_close(struct legacy *l);

#endif
