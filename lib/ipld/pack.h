/* pack.h - a file into a CAR in walk order, and a file or a folder out of a DAG. */
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

/**
 * struct unpack - where blocks come from, where the files' bytes go, and where it failed.
 * @load: appends the bytes of a block; NOT_FOUND if it has none. Their hash is checked here.
 * @begin, @end: for unpack_tree() alone. @path: of a folder or a file that begins, below the root, with slashes; "" for the
 *               root itself. A folder comes before what is in it; a file ends before the next one begins.
 */
struct unpack {
	enum status (*load)(void *load_ctx, struct bytes *out, const struct cid *c);
	void *load_ctx;
	enum status (*begin)(void *write_ctx, const char *path, bool folder);
	enum status (*write)(void *write_ctx, struct span bytes);
	enum status (*end)(void *write_ctx);
	void *write_ctx;
	uint64_t written; /* bytes of files, out */
	struct cid at;    /* the block where it failed, out */
};
/**
 * unpack_file - write the bytes of the file below @root in order, every hash and every size checked.
 * BAD_HASH; BAD_BLOCK for a node that is no part of a file, or sizes that are wrong; TOO_DEEP, TOO_LARGE as walks are;
 * UNSUPPORTED for a folder, a symlink, or what is no UnixFS at all, told by the root.
 */
MUST_CHECK enum status unpack_file(struct unpack *u, const struct cid *root);
/**
 * unpack_tree - the same for a file or a folder and all that is in it, sharded folders too.
 * As unpack_file(); BAD_BLOCK also for a name that could lead out of its folder, and for a shard that is none;
 * UNSUPPORTED for a symlink, or what is no UnixFS at all, wherever it is.
 */
MUST_CHECK enum status unpack_tree(struct unpack *u, const struct cid *root);
/** unpack_is_folder - is that what unpack_tree() would make? The statuses of reading the root. */
MUST_CHECK enum status unpack_is_folder(struct unpack *u, bool *folder, const struct cid *root);

#endif
