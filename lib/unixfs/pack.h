/* pack.h - packs a file or a folder into a CAR, in walk order; unpack.h is the reverse. */
#ifndef UNIXFS_PACK_H
#define UNIXFS_PACK_H

#include "unixfs/unixfs.h"

/**
 * struct pack_options - the layout of the DAG, the spool and the output.
 * @spool: an empty file, open for reading and writing, that keeps the input while its DAG is made; -1 if the input can be
 *         read twice.
 * @write: called with the CAR in pieces, in order; a status other than OK stops packing.
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
 * pack_file - read @fd from its offset to its end, and write the CARv1 of its UnixFS DAG: one root, blocks in the
 * order in which the walk of "all" meets them first, each once.
 * DIFFERS if the file changes between the two reads. Nothing is written before the whole input is read.
 * Memory: the nodes above the leaves, and 64 to 128 bytes for each different leaf.
 */
MUST_CHECK enum status pack_file(struct pack_result *r, int fd, const struct pack_options *o);

/** struct pack_tree - a folder, and the file at which packing failed; the caller releases @at. */
struct pack_tree {
	const char *path;
	bool hidden;     /* also pack names that begin with a dot */
	struct bytes at; /* out: the current file or folder */
};
/**
 * pack_tree - the same for a folder and all its files and folders, read by name; ignores @o->spool.
 * As pack_file(); UNSUPPORTED for an entry that is neither file nor folder, such as a symlink; TOO_LARGE for a folder that
 * would need shards; TOO_DEEP; DIFFERS also for a file that is gone at the second read.
 * Memory: also a path for each file.
 */
MUST_CHECK enum status pack_tree(struct pack_result *r, struct pack_tree *tree, const struct pack_options *o);

#endif
