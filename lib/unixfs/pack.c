/* pack.c - packs files into a CAR in walk order.
 *
 * The builder makes children before parents, and a CAR in walk order has
 * parents first.  So each file is read twice: first to make the DAG, of which
 * only the few nodes above the leaves are kept; then, while the DAG is walked,
 * to write the leaves, which come in the order of the files and of their bytes.
 * An input that can't be read twice is spooled.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "base/keyed_hash.h"
#include "ipld/car.h"
#include "ipld/walk.h"
#include "unixfs/pack_private.h"

#define DIGEST_SIZE 32         /* of both hashes that the builder accepts */
#define WRITE_SIZE  (1u << 20) /* bytes written at a time */

/* Blocks of one codec by digest: open addressing, the size is a power of two. */
struct node {
	uint8_t digest[DIGEST_SIZE];
	bool used, written;
	size_t offset, len; /* of a node's bytes in the arena */
};
struct leaf {
	uint8_t digest[DIGEST_SIZE];
	bool used;
};

static size_t slot_of(const uint8_t *digest, size_t size)
{
	return (size_t)keyed_hash(span_of(digest, DIGEST_SIZE)) & (size - 1);
}

static struct node *probe_node(struct node *nodes, size_t size, const uint8_t *digest)
{
	size_t slot = slot_of(digest, size);

	while (nodes[slot].used && memcmp(nodes[slot].digest, digest, DIGEST_SIZE) != 0)
		slot = (slot + 1) & (size - 1);
	return &nodes[slot];
}

static struct leaf *probe_leaf(struct leaf *leaves, size_t size, const uint8_t *digest)
{
	size_t slot = slot_of(digest, size);

	while (leaves[slot].used && memcmp(leaves[slot].digest, digest, DIGEST_SIZE) != 0)
		slot = (slot + 1) & (size - 1);
	return &leaves[slot];
}

static enum status grow_nodes(struct packer *p)
{
	size_t size = p->node_size != 0 ? 2 * p->node_size : 64;
	struct node *grown = calloc(size, sizeof(*grown));

	if (!grown)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < p->node_size; i++)
		if (p->nodes[i].used)
			*probe_node(grown, size, p->nodes[i].digest) = p->nodes[i];
	free(p->nodes);
	p->nodes = grown;
	p->node_size = size;
	return STATUS_OK;
}

static enum status grow_leaves(struct packer *p)
{
	size_t size = p->leaf_size != 0 ? 2 * p->leaf_size : 64;
	struct leaf *grown = calloc(size, sizeof(*grown));

	if (!grown)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < p->leaf_size; i++)
		if (p->leaves[i].used)
			*probe_leaf(grown, size, p->leaves[i].digest) = p->leaves[i];
	free(p->leaves);
	p->leaves = grown;
	p->leaf_size = size;
	return STATUS_OK;
}

enum status packer_keep_node(struct packer *p, const struct cid *c, struct span block)
{
	struct node *node;

	assert(cid_digest(c).len == DIGEST_SIZE);
	if (2 * (p->node_count + 1) > p->node_size) {
		enum status s = grow_nodes(p);

		if (s != STATUS_OK)
			return s;
	}
	node = probe_node(p->nodes, p->node_size, cid_digest(c).data);
	if (node->used)
		return STATUS_OK;
	*node = (struct node){.used = true, .offset = p->arena.len, .len = block.len};
	memcpy(node->digest, cid_digest(c).data, DIGEST_SIZE);
	p->node_count++;
	bytes_append(&p->arena, block.data, block.len);
	return bytes_status(&p->arena);
}

/* Keep a node that the builder made; leaves are read again when they are written. */
static enum status keep_node(void *ctx, const struct cid *c, struct span block)
{
	return c->codec == CODEC_RAW ? STATUS_OK : packer_keep_node(ctx, c, block);
}

/* Read the input to its end in chunks, make the DAG, and spool an input that can't be read twice. */
static enum status build(struct packer *p, struct unixfs_builder *b, int fd)
{
	enum status s = STATUS_OK;
	size_t got = p->chunk_size;

	while (s == STATUS_OK && got == p->chunk_size) {
		s = file_read_full(fd, p->chunk, p->chunk_size, &got);
		if (s == STATUS_END || s == STATUS_CUT)
			s = STATUS_OK;
		if (s == STATUS_OK && got > 0 && p->o->spool >= 0)
			s = file_write_full(p->o->spool, p->chunk, got);
		if (s == STATUS_OK && got > 0)
			s = unixfs_builder_add(b, span_of(p->chunk, got));
	}
	return s;
}

static enum status add_source(struct packer *p, const struct source *source)
{
	struct source *grown = array_grow(p->sources, p->source_count, &p->source_room, sizeof(*grown));

	if (grown == NULL)
		return STATUS_NO_MEMORY;
	p->sources = grown;
	p->sources[p->source_count++] = *source;
	p->result.file_size += source->size;
	return STATUS_OK;
}

enum status packer_add_file(struct packer *p, struct cid *root, uint64_t *dag_size, int fd, const struct source *source)
{
	struct unixfs_builder_options options = {p->o->chunk_size, p->o->width, p->o->hash, keep_node, p};
	struct unixfs_builder *b = NULL;
	struct source kept = *source;
	enum status s = unixfs_builder_new(&b, &options);

	if (s != STATUS_OK)
		goto out;
	s = build(p, b, fd);
	if (s != STATUS_OK)
		goto out;
	s = unixfs_builder_finish(b, root, &kept.size, dag_size);
	if (s != STATUS_OK)
		goto out;
	s = add_source(p, &kept);
out:
	unixfs_builder_free(b);
	if (s != STATUS_OK)
		free(kept.path);
	return s;
}

static enum status flush(struct packer *p, size_t least)
{
	enum status s = bytes_status(&p->out);

	if (s == STATUS_OK && p->out.len > least) {
		s = p->o->write(p->o->ctx, bytes_span(&p->out));
		bytes_clear(&p->out);
	}
	return s;
}

static enum status put_block(struct packer *p, const struct cid *c, struct span block)
{
	car_put_section_head(&p->out, c, block.len);
	bytes_append(&p->out, block.data, block.len);
	p->result.blocks++;
	p->result.bytes += block.len;
	return flush(p, WRITE_SIZE);
}

static void close_source(struct source *source)
{
	if (source->path != NULL && source->fd >= 0) {
		close(source->fd);
		source->fd = -1;
	}
}

/* Open the file of the next leaf. */
static enum status open_source(struct packer *p, struct source **out)
{
	struct source *source;

	assert(p->source < p->source_count);
	source = &p->sources[p->source];
	*out = source;
	if (source->fd >= 0)
		return STATUS_OK;
	source->fd = open(source->path, O_RDONLY | O_CLOEXEC);
	if (source->fd >= 0)
		return STATUS_OK;
	return errno == ENOENT ? STATUS_DIFFERS : STATUS_IO;
}

/* Move behind a leaf, or to the next file at the end of a file. */
static void pass_leaf(struct packer *p, size_t len)
{
	struct source *source = &p->sources[p->source];

	p->offset += len;
	if (p->offset < source->size)
		return;
	close_source(source);
	p->source++;
	p->offset = 0;
}

/* Read the next leaf into the chunk; DIFFERS if the file has changed since the first read. */
static enum status read_leaf(struct packer *p, const struct cid *c, size_t len)
{
	struct source *source;
	enum status s = open_source(p, &source);

	if (s != STATUS_OK)
		return s;
	s = file_pread_full(source->fd, p->chunk, len, source->start + p->offset);
	if (s != STATUS_OK)
		return s == STATUS_TRUNCATED ? STATUS_DIFFERS : s;
	s = cid_verify(c, span_of(p->chunk, len));
	return s == STATUS_BAD_HASH ? STATUS_DIFFERS : s;
}

/* Write the next leaf, @len bytes of a file, unless an equal leaf was written before. */
static enum status put_leaf(struct packer *p, const struct cid *c, size_t len)
{
	struct leaf *leaf;
	enum status s = 2 * (p->leaf_count + 1) > p->leaf_size ? grow_leaves(p) : STATUS_OK;

	if (s != STATUS_OK)
		return s;
	leaf = probe_leaf(p->leaves, p->leaf_size, cid_digest(c).data);
	if (leaf->used)
		return STATUS_OK;
	s = read_leaf(p, c, len);
	if (s != STATUS_OK)
		return s;
	leaf->used = true;
	memcpy(leaf->digest, cid_digest(c).data, DIGEST_SIZE);
	p->leaf_count++;
	return put_block(p, c, span_of(p->chunk, len));
}

/* Write the node @c unless written before; @block is set to its bytes in any case. */
static enum status put_node(struct packer *p, struct span *block, const struct cid *c)
{
	struct node *node = probe_node(p->nodes, p->node_size, cid_digest(c).data);

	assert(node->used);
	*block = span_of(p->arena.data + node->offset, node->len);
	if (node->written)
		return STATUS_OK;
	node->written = true;
	return put_block(p, c, *block);
}

/* Write the block of @c, and enter the block in the walk. */
static enum status write_link(struct packer *p, struct walk *walk, const struct cid *c)
{
	struct span block = {0};
	enum status s;

	if (c->codec == CODEC_RAW) {
		uint64_t left = p->sources[p->source].size - p->offset;
		size_t len = left < p->chunk_size ? (size_t)left : p->chunk_size;

		s = put_leaf(p, c, len);
		pass_leaf(p, len);
	} else {
		s = put_node(p, &block, c);
	}
	return s == STATUS_OK ? walk_enter(walk, block) : s;
}

enum status packer_write(struct packer *p)
{
	struct walk *walk = NULL;
	struct cid c;
	enum status s = walk_new(&walk, SELECTOR_ALL, &p->result.root);

	if (s != STATUS_OK)
		return s;
	car_put_header(&p->out, &p->result.root);
	while (s == STATUS_OK && (s = walk_next(walk, &c)) == STATUS_OK)
		s = write_link(p, walk, &c);
	walk_free(walk);
	return s == STATUS_END ? flush(p, 0) : s;
}

enum status packer_open(struct packer *p, const struct pack_options *o)
{
	*p = (struct packer){.o = o};
	p->chunk_size = o->chunk_size != 0 ? o->chunk_size : UNIXFS_CHUNK_SIZE;
	p->chunk = malloc(p->chunk_size);
	return p->chunk != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

void packer_release(struct packer *p)
{
	for (size_t i = 0; i < p->source_count; i++) {
		close_source(&p->sources[i]);
		free(p->sources[i].path);
	}
	free(p->sources);
	free(p->nodes);
	free(p->leaves);
	free(p->chunk);
	bytes_release(&p->arena);
	bytes_release(&p->out);
	*p = (struct packer){0};
}

static enum status pack_source(struct packer *p, int fd, const struct source *source)
{
	uint64_t dag_size;
	enum status s = packer_add_file(p, &p->result.root, &dag_size, fd, source);

	return s == STATUS_OK ? packer_write(p) : s;
}

enum status pack_file(struct pack_result *r, int fd, const struct pack_options *o)
{
	struct source source = {.fd = o->spool >= 0 ? o->spool : fd};
	off_t at = o->spool >= 0 ? 0 : lseek(fd, 0, SEEK_CUR);
	struct packer p = {0};
	enum status s;

	if (at < 0)
		return STATUS_IO;
	source.start = (uint64_t)at;
	s = packer_open(&p, o);
	if (s != STATUS_OK)
		goto out;
	s = pack_source(&p, fd, &source);
	if (s != STATUS_OK)
		goto out;
	*r = p.result;
out:
	packer_release(&p);
	return s;
}
