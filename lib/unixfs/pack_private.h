/* pack_private.h - shared by packing a file and packing a folder; for lib/unixfs only. */
#ifndef UNIXFS_PACK_PRIVATE_H
#define UNIXFS_PACK_PRIVATE_H

#include "unixfs/pack.h"

/** struct source - one file, whose leaves are read a second time. */
struct source {
	char *path;     /* owned; NULL if @fd is open from the beginning */
	int fd;         /* -1 while not open; owned if there is a @path */
	uint64_t start; /* of the file in it */
	uint64_t size;
};

struct node;
struct leaf;

/** struct packer - the nodes above the leaves of a DAG, and the files of the leaves. */
struct packer {
	const struct pack_options *o;
	struct pack_result result;
	struct node *nodes;
	size_t node_size, node_count;
	struct leaf *leaves; /* those written */
	size_t leaf_size, leaf_count;
	struct bytes arena;     /* the nodes' blocks */
	struct source *sources; /* in walk order */
	size_t source_count, source_room;
	size_t source;   /* the one that the next leaf is in */
	uint64_t offset; /* of the next leaf in it */
	unsigned chunk_size;
	uint8_t *chunk;
	struct bytes out;
};

MUST_CHECK enum status packer_open(struct packer *p, const struct pack_options *o);
/** packer_add_file - make the DAG of a file, read from @fd to its end. @source: the file for the second read of its leaves; taken over in any case. @dag_size: out; the bytes of all blocks below @root, each counted once per link. */
MUST_CHECK enum status packer_add_file(
	struct packer *p, struct cid *root, uint64_t *dag_size, int fd, const struct source *source);
/** packer_keep_node - keep a node above the leaves, once. */
MUST_CHECK enum status packer_keep_node(struct packer *p, const struct cid *c, struct span block);
/** packer_write - write the CAR of the DAG below p->result.root. */
MUST_CHECK enum status packer_write(struct packer *p);
void packer_release(struct packer *p);

#endif
