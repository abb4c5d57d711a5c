/* unixfs_builder.c - one file as a balanced UnixFS DAG, in one pass.
 *
 * Knows the layout that kubo and ipfs-car give (IPIP-499, unixfs-v1-2025):
 * raw leaves, all at one depth, nodes filled from the left.  Refuses to read
 * the file or to store a block: chunks come in, blocks go out.
 *
 * Each level keeps the fields of its unfinished node already encoded; a node
 * is made when its level is full and one more link is added, so the last link
 * that remains at the end is the root.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/varint.h"
#include "ipld/dagpb.h"
#include "unixfs/unixfs.h"

#define LEVELS_MAX 64 /* a width of 2 and 2^64 chunks */

/* The unfinished node of one level. */
struct level {
	struct bytes links; /* encoded dag-pb link fields */
	struct bytes sizes; /* encoded UnixFS block size fields */
	unsigned count;
	uint64_t file_size; /* bytes of the file below it */
	uint64_t dag_size;  /* bytes of the blocks below it: the sum of the links' Tsize */
	struct cid last;    /* the link added last */
};

struct unixfs_builder {
	struct unixfs_builder_options options;
	struct level levels[LEVELS_MAX];
	unsigned height;          /* levels in use */
	bool saw_last;            /* a chunk was added that was not full */
	struct bytes block, data; /* of the node being made */
};

enum status unixfs_builder_new(struct unixfs_builder **b, const struct unixfs_builder_options *o)
{
	struct unixfs_builder *made;
	struct unixfs_builder_options options = *o;

	if (options.chunk_size == 0)
		options.chunk_size = UNIXFS_CHUNK_SIZE;
	if (options.width == 0)
		options.width = UNIXFS_WIDTH;
	if (options.hash == 0)
		options.hash = HASH_SHA2_256;
	if (options.chunk_size > UNIXFS_CHUNK_MAX || options.width < 2 || options.width > UNIXFS_WIDTH_MAX)
		return STATUS_BAD_NUMBER;
	if (options.hash != HASH_SHA2_256 && options.hash != HASH_BLAKE2B_256)
		return STATUS_UNSUPPORTED;
	made = calloc(1, sizeof(*made));
	if (!made)
		return STATUS_NO_MEMORY;
	made->options = options;
	*b = made;
	return STATUS_OK;
}

static enum status name_and_emit(struct unixfs_builder *b, struct cid *c, uint32_t codec, struct span block)
{
	enum status s = cid_of(c, 1, codec, b->options.hash, block);

	return s == STATUS_OK ? b->options.emit(b->options.ctx, c, block) : s;
}

/* Add one link to a level that has room. */
static enum status level_add(struct level *l, const struct cid *c, uint64_t file_size, uint64_t dag_size)
{
	struct dagpb_link link = {.hash = *c, .has_name = true, .has_size = true, .size = dag_size};
	enum status s;

	dagpb_put_link(&l->links, &link);
	bytes_append_byte(&l->sizes, 4 << 3); /* blocksizes, a varint */
	varint_append(&l->sizes, file_size);
	l->count++;
	l->file_size += file_size;
	l->dag_size += dag_size;
	l->last = *c;
	s = bytes_status(&l->links);
	return s == STATUS_OK ? bytes_status(&l->sizes) : s;
}

static void level_clear(struct level *l)
{
	bytes_clear(&l->links);
	bytes_clear(&l->sizes);
	l->count = 0;
	l->file_size = 0;
	l->dag_size = 0;
}

/* Make the node of @l; @size is set to the length of its block.  UnixFS fields in order: type, size, block sizes. */
static enum status make_node(struct unixfs_builder *b, const struct level *l, struct cid *c, size_t *size)
{
	bytes_clear(&b->data);
	bytes_append_byte(&b->data, 1 << 3);
	varint_append(&b->data, UNIXFS_FILE);
	bytes_append_byte(&b->data, 3 << 3);
	varint_append(&b->data, l->file_size);
	bytes_append(&b->data, l->sizes.data, l->sizes.len);
	bytes_clear(&b->block);
	bytes_append(&b->block, l->links.data, l->links.len);
	dagpb_put_data(&b->block, bytes_span(&b->data));
	if (b->data.failed || b->block.failed)
		return STATUS_NO_MEMORY;
	*size = b->block.len;
	return name_and_emit(b, c, CODEC_DAG_PB, bytes_span(&b->block));
}

/* Add a link to level @at, after moving full nodes upwards. */
static enum status add_link(struct unixfs_builder *b, unsigned at, struct cid c, uint64_t file_size, uint64_t dag_size)
{
	for (;; at++) {
		struct level *l;
		struct cid node;
		uint64_t full_file_size, full_dag_size;
		size_t size;
		enum status s;

		assert(at < LEVELS_MAX);
		l = &b->levels[at];
		if (at == b->height)
			b->height++;
		if (l->count < b->options.width)
			return level_add(l, &c, file_size, dag_size);
		s = make_node(b, l, &node, &size);
		if (s != STATUS_OK)
			return s;
		full_file_size = l->file_size;
		full_dag_size = l->dag_size + size;
		level_clear(l);
		s = level_add(l, &c, file_size, dag_size);
		if (s != STATUS_OK)
			return s;
		c = node;
		file_size = full_file_size;
		dag_size = full_dag_size;
	}
}

enum status unixfs_builder_add(struct unixfs_builder *b, struct span chunk)
{
	struct cid leaf;
	enum status s;

	assert(chunk.len > 0 && chunk.len <= b->options.chunk_size && !b->saw_last);
	b->saw_last = chunk.len < b->options.chunk_size;
	s = name_and_emit(b, &leaf, CODEC_RAW, chunk);
	return s == STATUS_OK ? add_link(b, 0, leaf, chunk.len, chunk.len) : s;
}

enum status unixfs_builder_finish(struct unixfs_builder *b, struct cid *root, uint64_t *file_size, uint64_t *dag_size)
{
	struct cid node;
	enum status s;
	size_t size;

	/* boxo's balanced.Layout: an empty file gives one empty leaf. */
	if (b->height == 0) {
		s = name_and_emit(b, &node, CODEC_RAW, span_of(NULL, 0));
		if (s == STATUS_OK) {
			*root = node;
			*file_size = *dag_size = 0;
		}
		return s;
	}
	for (unsigned at = 0; at + 1 < b->height || b->levels[at].count > 1; at++) {
		struct level *l = &b->levels[at];

		s = make_node(b, l, &node, &size);
		if (s != STATUS_OK)
			return s;
		s = add_link(b, at + 1, node, l->file_size, l->dag_size + size);
		if (s != STATUS_OK)
			return s;
	}
	*root = b->levels[b->height - 1].last;
	*file_size = b->levels[b->height - 1].file_size;
	*dag_size = b->levels[b->height - 1].dag_size;
	return STATUS_OK;
}

void unixfs_builder_free(struct unixfs_builder *b)
{
	if (!b)
		return;
	for (unsigned i = 0; i < LEVELS_MAX; i++) {
		bytes_release(&b->levels[i].links);
		bytes_release(&b->levels[i].sizes);
	}
	bytes_release(&b->block);
	bytes_release(&b->data);
	free(b);
}
