/* car.h - CARv1 files, read and written section by section. */
#ifndef IPLD_CAR_H
#define IPLD_CAR_H

#include "ipld/cid.h"

#define CAR_HEADER_MAX  (32u << 20)
#define CAR_SECTION_MAX (8u << 20)
#define CAR_ROOTS_MAX   65536

/**
 * struct car_reader - reads a CARv1 (or the CARv1 inside a CARv2) front to back.
 * @roots: malloced by car_open(), freed by car_release(). @block: the last section's data, borrowed until the next call.
 */
struct car_reader {
	int fd;           /* borrowed; read sequentially, may be a pipe for CARv1 */
	uint64_t offset;  /* of the next section, from the start of the file */
	uint64_t end;     /* where the CARv1 ends, UINT64_MAX if at the end of the file */
	uint64_t padding; /* bytes of zeros behind the last section, once read */
	struct cid *roots;
	size_t root_count; /* may be 0 */
	struct bytes buffer;
	size_t head, tail; /* bytes of buffer that are read but not yet consumed */
};

struct car_section {
	struct cid cid;    /* none if the CID can't be read: @block is then the whole section */
	struct span block; /* borrowed until the next car_next() */
	uint64_t offset;   /* of the block's data in the file */
};

/**
 * car_open - read the header, and for a CARv2 find the CARv1 inside.  On failure @r needs no release.
 * BAD_CAR for a header of 0 or above CAR_HEADER_MAX bytes, a header without a version or a list of roots, more roots than
 * CAR_ROOTS_MAX; BAD_CAR_VERSION; BAD_ROOT for a root that is no CID; BAD_CAR_V2 for impossible CARv2 offsets; TRUNCATED if
 * the file ends early.
 */
MUST_CHECK enum status car_open(struct car_reader *r, int fd);
/** car_only_root - the root of a header that names one, perhaps several times; NOT_FOUND for none, AMBIGUOUS for several. */
MUST_CHECK enum status car_only_root(struct cid *root, const struct cid *roots, size_t count);
/**
 * car_next - the next section; END at the end, where zeros may pad the file, as Filecoin pads pieces.
 * BAD_CID for a section whose CID can't be read; @s is still set, and the next call goes on behind the section.
 * BAD_SECTION for a length that is not minimal or a section above CAR_SECTION_MAX bytes, EMPTY_SECTION for a section of length 0 that is not padding, TRUNCATED for
 * a cut tail: the reader can't go on after these. Does not check hashes: see cid_verify().
 */
MUST_CHECK enum status car_next(struct car_reader *r, struct car_section *s);
/**
 * car_next_run - as many whole sections as one read gives, at least one, for callers that decode sections elsewhere.
 * @owner: belongs to the caller; receives the bytes that @run borrows, and gives its old memory to the reader.
 * The statuses are those of car_next(), except that car_section_decode() checks CIDs.
 */
MUST_CHECK enum status car_next_run(struct car_reader *r, struct bytes *owner, struct span *run);
void car_release(struct car_reader *r);

/** car_section_size - the size of the section at the start of @in, with its length and CID; 0 if the section is incomplete or invalid. */
size_t car_section_size(struct span in);
/** car_section_decode - decode the section at the start of @in, which is at @offset in the file; @size is set to car_section_size(). BAD_CAR; BAD_CID as car_next(). */
MUST_CHECK enum status car_section_decode(struct car_section *s, size_t *size, struct span in, uint64_t offset);

/** car_put_header - append a CARv1 header with one root. */
void car_put_header(struct bytes *out, const struct cid *root);
/** car_put_section_head - append the length and CID of a section whose block has @len bytes. */
void car_put_section_head(struct bytes *out, const struct cid *c, size_t len);

#endif
