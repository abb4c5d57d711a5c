/* unpack.h - a file or a folder out of a UnixFS DAG.
 *
 * First unpack_measure(), which reads the nodes alone and says how much will
 * be written, then unpack_file() or unpack_tree().  What a DAG holds is no
 * measure of what it unpacks to: four blocks can make a file of terabytes.
 */
#ifndef UNIXFS_UNPACK_H
#define UNIXFS_UNPACK_H

#include "unixfs/unixfs.h"

#define UNPACK_FILES_MAX 1000000 /* files and folders, where nobody says how many */

/**
 * struct unpack - where blocks come from, where the files' bytes go, and where it failed.
 * @load: appends the bytes of a block; NOT_FOUND if it has none. Their hash is checked here.
 * @length: the bytes of a block, without loading it; NOT_FOUND. NULL: it is loaded.
 * @begin, @end: for unpack_tree() alone. @path: of a folder or a file that begins, below the root, with slashes; "" for the
 *               root itself. A folder comes before what is in it; a file ends before the next one begins.
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
	bool folder;              /* out of unpack_measure(): the root is one */
	uint64_t size, files; /* out of unpack_measure(): bytes of all files; files and folders. Not above INT64_MAX */
	uint64_t written;     /* bytes of files, out */
	struct cid at;        /* the block where it failed, out */
};

/**
 * unpack_measure - see what unpacking would write; all that can be refused is refused here, before anything is written.
 * Each node is read once, however often it is linked. The size of a file is what its root says; unpacking fails where
 * that is not true.
 * BAD_HASH; BAD_BLOCK for a node that contradicts itself, a name that leads out of its folder, a shard that is none;
 * DUPLICATE_KEY for a folder with a name twice; NOT_FOUND for a node that is not there; UNSUPPORTED for a symlink, or what is no UnixFS; TOO_DEEP;
 * TOO_LARGE for a DAG of more links than its size allows: WALK_LINKS_FREE, two for each file, and one for each
 * WALK_BYTES_PER_LINK bytes of the files.
 * Memory: 64 to 128 bytes for each node, and 16 for each name of a folder and those around it.
 */
MUST_CHECK enum status unpack_measure(struct unpack *u, const struct cid *root);
/** unpack_file - write the bytes of the file below @root in order, every hash and every size checked. The statuses of unpack_measure(), and of @write. */
MUST_CHECK enum status unpack_file(struct unpack *u, const struct cid *root);
/** unpack_tree - the same for a file or a folder and all that is in it, sharded folders too. */
MUST_CHECK enum status unpack_tree(struct unpack *u, const struct cid *root);

#endif
