/* unixfs.h - files as UnixFS DAGs: the Data message, and the balanced builder.
 *
 * The builder follows the profile unixfs-v1-2025 of IPIP-499: CIDv1, sha2-256,
 * raw leaves, balanced; chunk size and width settable (1 MiB and 1,024 by
 * default), so that the root is the same as from today's kubo and ipfs-car.
 */
#ifndef UNIXFS_UNIXFS_H
#define UNIXFS_UNIXFS_H

#include "ipld/cid.h"

#define UNIXFS_CHUNK_SIZE (1u << 20)
#define UNIXFS_WIDTH      1024
#define UNIXFS_CHUNK_MAX  (3u << 20) /* a block and its frame must fit 4 MiB */
#define UNIXFS_WIDTH_MAX  8192

enum unixfs_type { UNIXFS_RAW, UNIXFS_DIRECTORY, UNIXFS_FILE, UNIXFS_METADATA, UNIXFS_SYMLINK, UNIXFS_HAMT };

/** struct unixfs_data - the message in a dag-pb node's Data. */
struct unixfs_data {
	enum unixfs_type type;
	struct span data; /* borrowed */
	bool has_data, has_size;
	uint64_t size;           /* of the file below this node */
	struct span block_sizes; /* the encoded block sizes; see unixfs_next_size() */
	size_t block_count;
	uint64_t hash_type, fanout; /* HAMT only; 0 if absent */
};

/**
 * unixfs_decode - read the message. Borrows.
 * UNSUPPORTED if @in is not such a message (no type, or an unknown type), because a dag-pb node may hold other data. BAD_BLOCK if a
 * field is malformed, a HAMT's fanout is not a power of two from 8 to 1024, or the block sizes do not add up to the size.
 */
MUST_CHECK enum status unixfs_decode(struct unixfs_data *u, struct span in);
/** unixfs_next_size - take the next block size off @sizes; false at the end. */
MUST_CHECK bool unixfs_next_size(uint64_t *size, struct span *sizes);

/**
 * struct unixfs_builder - makes the DAG of one file from its chunks, in one pass.
 * @emit: called with each new block (children before parents); a status other than OK stops the build.
 * Memory: one list of links per level.
 */
struct unixfs_builder;
struct unixfs_builder_options {
	unsigned chunk_size; /* bytes; 0 for UNIXFS_CHUNK_SIZE */
	unsigned width;      /* links per node; 0 for UNIXFS_WIDTH */
	uint32_t hash;       /* HASH_SHA2_256 if 0 */
	enum status (*emit)(void *ctx, const struct cid *c, struct span block);
	void *ctx;
};
/** unixfs_builder_new - BAD_NUMBER for a chunk size above UNIXFS_CHUNK_MAX or a width not from 2 to UNIXFS_WIDTH_MAX; UNSUPPORTED for another hash than sha2-256 and blake2b-256. */
MUST_CHECK enum status unixfs_builder_new(struct unixfs_builder **b, const struct unixfs_builder_options *o);
/** unixfs_builder_add - the next chunk: chunk_size bytes, fewer only for the last chunk, never 0 (asserted). */
MUST_CHECK enum status unixfs_builder_add(struct unixfs_builder *b, struct span chunk);
/** unixfs_builder_finish - make the nodes above; @root gets the file's CID, @dag_size the bytes of all its blocks, each counted once per link. An empty file is one empty raw leaf, as from boxo's balanced.Layout. Call once, last. */
MUST_CHECK enum status unixfs_builder_finish(
	struct unixfs_builder *b, struct cid *root, uint64_t *file_size, uint64_t *dag_size);
void unixfs_builder_free(struct unixfs_builder *b);

#endif
