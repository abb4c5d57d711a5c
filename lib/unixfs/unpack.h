/* unpack.h - unpacks a file or a folder from a UnixFS DAG.
 *
 * First unpack_measure(), which reads only the nodes and finds how much will be
 * written, then unpack_file() or unpack_tree().  The size of a DAG does not
 * bound the size of its files: four blocks can make a file of terabytes.
 */
#ifndef UNIXFS_UNPACK_H
#define UNIXFS_UNPACK_H

#include "unixfs/unixfs.h"

#define UNPACK_FILES_MAX 1000000 /* files and folders, if the caller sets no limit */

/**
 * struct unpack - the source of blocks, the target of the files' bytes, and the block that failed.
 * @load: appends the bytes of a block; NOT_FOUND if missing. The unpacker checks the hash.
 * @length: the size of a block in bytes, without loading the block; NOT_FOUND. NULL: blocks are loaded.
 * @begin, @end: only for unpack_tree(). @path: of a folder or a file that begins, below the root, with slashes; "" for the
 *               root itself. A folder comes before its entries; a file ends before the next file begins.
 */
struct unpack {
	enum status (*load)(void *load_ctx, struct bytes *out, const struct cid *c);
	enum status (*length)(void *load_ctx, uint64_t *bytes, const struct cid *c);
	void *load_ctx;
	enum status (*begin)(void *write_ctx, const char *path, bool folder);
	enum status (*write)(void *write_ctx, struct span bytes);
	enum status (*end)(void *write_ctx);
	void *write_ctx;
	const volatile int *stop; /* not NULL: STOPPED once it is not 0 */
	bool folder;              /* out of unpack_measure(): the root is a folder */
	uint64_t size, files; /* out of unpack_measure(): bytes of all files; files and folders. Not above INT64_MAX */
	uint64_t written;     /* bytes of files, out */
	struct cid at;        /* out: the block that failed */
};

/**
 * unpack_measure - find what unpacking would write, and refuse an invalid DAG before anything is written.
 * Each node is read once, even if linked more than once. The size of a file is the size in its root; unpacking fails if
 * that size is wrong.
 * BAD_HASH; BAD_BLOCK for a node that does not decode; BAD_UNIXFS for a node that contradicts itself or the blocks below,
 * or an invalid shard; BAD_NAME for a name that leads out of its folder;
 * DUPLICATE_KEY for a folder with a name twice; NOT_FOUND for a missing node; UNSUPPORTED for a symlink, or a node that is not UnixFS; TOO_DEEP;
 * TOO_LARGE for a DAG of more links than its size allows: WALK_LINKS_FREE, two for each file, and one for each
 * WALK_BYTES_PER_LINK bytes of the files.
 * Memory: 64 to 128 bytes for each node, and 16 for each name of a folder and its parent folders.
 */
MUST_CHECK enum status unpack_measure(struct unpack *u, const struct cid *root);
/** unpack_file - write the bytes of the file below @root in order, every hash and every size checked. The statuses of unpack_measure(), and of @write. */
MUST_CHECK enum status unpack_file(struct unpack *u, const struct cid *root);
/** unpack_tree - the same for a file, or a folder and all its entries, sharded folders too. */
MUST_CHECK enum status unpack_tree(struct unpack *u, const struct cid *root);

#endif
