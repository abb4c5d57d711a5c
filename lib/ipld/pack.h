/* pack.h - a file into a CAR in walk order, and a file out of a DAG. */
#ifndef IPLD_PACK_H
#define IPLD_PACK_H

#include "ipld/unixfs.h"

/**
 * struct pack_options - how a file is packed.
 * @spool: a descriptor to keep the input in while its DAG is made, open for reading and writing, empty; -1 if the input
 *         can be read twice.
 * @write: takes the CAR in pieces, front to back; its status stops the work.
 */
struct pack_options {
	unsigned chunk_size, width; /* as in struct unixfs_builder_options */
	uint32_t hash;
	int spool;
	enum status (*write)(void *ctx, struct span bytes);
	void *ctx;
};
struct pack_result {
	struct cid root;
	uint64_t file_size;     /* bytes */
	uint64_t blocks, bytes; /* unique blocks, and their bytes */
};

/**
 * pack_file - read @fd from where it stands to its end, and write the CARv1 of its UnixFS DAG: one root, blocks in the
 * order in which the walk of "all" meets them first, each once.
 * DIFFERS if the file is not the same when it is read again. Nothing is written before the whole input was read.
 * Memory: the nodes above the leaves, and 64 to 128 bytes for each different leaf.
 */
MUST_CHECK enum status pack_file(struct pack_result *r, int fd, const struct pack_options *o);

/**
 * struct unpack - where blocks come from, where the file's bytes go, and where it failed.
 * @load: appends the bytes of a block; NOT_FOUND if it has none. Their hash is checked here.
 */
struct unpack {
	enum status (*load)(void *load_ctx, struct bytes *out, const struct cid *c);
	void *load_ctx;
	enum status (*write)(void *write_ctx, struct span bytes);
	void *write_ctx;
	uint64_t written; /* bytes of the file, out */
	struct cid at;    /* the block where it failed, out */
};
/**
 * unpack_file - write the bytes of the file below @root in order, every hash and every size checked.
 * BAD_HASH; BAD_BLOCK for a node that is no part of a file, or sizes that are wrong; TOO_DEEP, TOO_LARGE as walks are;
 * UNSUPPORTED for a folder, a symlink, or what is no UnixFS at all, told by the root.
 */
MUST_CHECK enum status unpack_file(struct unpack *u, const struct cid *root);

#endif
