/* pack.h - a file or a folder into a CAR, in walk order; unpack.h is the way back. */
#ifndef UNIXFS_PACK_H
#define UNIXFS_PACK_H

#include "unixfs/unixfs.h"

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

/** struct pack_tree - a folder, and where packing it failed; @at is the caller's to release. */
struct pack_tree {
	const char *path;
	bool hidden;     /* take the names that begin with a dot, too */
	struct bytes at; /* the file or folder at hand, out */
};
/**
 * pack_tree - the same for a folder and all that is in it, read by name; @o->spool is not used.
 * As pack_file(); UNSUPPORTED for what is neither file nor folder, a symlink for example; TOO_LARGE for a folder that
 * would need shards; TOO_DEEP; DIFFERS also for a file that is gone when it is read again.
 * Memory: also a path for each file.
 */
MUST_CHECK enum status pack_tree(struct pack_result *r, struct pack_tree *tree, const struct pack_options *o);

#endif
