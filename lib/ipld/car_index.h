/* car_index.h - the places of the blocks of a CAR, found in one pass, for files outside the store.
 *
 * Memory: 32 to 64 bytes per block; the CIDs themselves stay in the file.
 */
#ifndef IPLD_CAR_INDEX_H
#define IPLD_CAR_INDEX_H

#include "ipld/car.h"

/** struct car_place - the place of one block. */
struct car_place {
	uint64_t offset; /* of its data in the file */
	uint64_t tag;    /* a keyed hash of its CID */
	uint32_t len;
	uint8_t cid_len; /* the CID is in the file before the data; 0: this entry is free */
	bool seen;       /* for the user */
};

/** struct car_index - all zero but @fd is an empty index. */
struct car_index {
	int fd;                   /* borrowed; must allow reading anywhere */
	struct car_place *places; /* open addressing; the size is a power of two */
	size_t size, count;
	uint64_t repeated; /* sections whose CID an earlier section has */
	uint64_t unknown;  /* sections whose CID can't be read: these sections have no place */
	struct cid *roots; /* of the header, set by car_index_read() */
	size_t root_count;
};

/** car_index_add - add a section of the file. */
MUST_CHECK enum status car_index_add(struct car_index *x, const struct car_section *s);
/** car_index_read - add the roots and all blocks of the CAR in x->fd, read from its offset. The statuses of car_open() and car_next(), except that a section whose CID can't be read is only counted. */
MUST_CHECK enum status car_index_read(struct car_index *x);
/** car_index_find - the place of a block, under any CID of its hash (cid_twin()), borrowed until the next add; NOT_FOUND. */
MUST_CHECK enum status car_index_find(struct car_index *x, struct car_place **place, const struct cid *c);
/** car_index_load - append a block to @out; NOT_FOUND. For struct unpack and walk_restore(), with @ctx the index. Does not check the hash. */
MUST_CHECK enum status car_index_load(void *ctx, struct bytes *out, const struct cid *c);
/** car_index_length - the size of a block in bytes; NOT_FOUND. For struct unpack. */
MUST_CHECK enum status car_index_length(void *ctx, uint64_t *bytes, const struct cid *c);
void car_index_release(struct car_index *x);

#endif
