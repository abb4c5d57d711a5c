/* pack_private.h - what packing a file and packing a folder share; for lib/unixfs only. */
#ifndef UNIXFS_PACK_PRIVATE_H
#define UNIXFS_PACK_PRIVATE_H

#include "unixfs/pack.h"

/** struct source - one file, from which leaves are read a second time. */
struct source {
	char *path;     /* owned; NULL if @fd is open from the beginning */
	int fd;         /* -1 while it is not open; ours if there is a @path */
	uint64_t start; /* of the file in it */
	uint64_t size;
};

struct node;
struct leaf;

/** struct packer - the DAG of which the nodes above the leaves are kept, and the files that the leaves are in. */
struct packer {
	const struct pack_options *o;
	struct pack_result result;
	struct node *nodes;
	size_t node_size, node_count;
	struct leaf *leaves; /* those written */
	size_t leaf_size, leaf_count;
	struct bytes arena;     /* the nodes' blocks */
	struct source *sources; /* in the order in which the walk meets them */
	size_t source_count, source_room;
	size_t source;   /* the one that the next leaf is in */
	uint64_t offset; /* of the next leaf in it */
	unsigned chunk_size;
	uint8_t *chunk;
	struct bytes out;
};

MUST_CHECK enum status packer_open(struct packer *p, const struct pack_options *o);
/** packer_add_file - make the DAG of the file that is read from @fd to its end; @source, which is taken over in any case, is where its leaves will be. @dag_size: of all blocks below @root, each as often as it is linked. */
MUST_CHECK enum status packer_add_file(
	struct packer *p, struct cid *root, uint64_t *dag_size, int fd, const struct source *source);
/** packer_keep_node - keep a node above the leaves, once. */
MUST_CHECK enum status packer_keep_node(struct packer *p, const struct cid *c, struct span block);
/** packer_write - write the CAR of what lies below p->result.root. */
MUST_CHECK enum status packer_write(struct packer *p);
void packer_release(struct packer *p);

#endif
