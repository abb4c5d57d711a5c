/* unpack_measure.c - measures the files of a DAG without writing files.
 *
 * Each folder and each root of a file is read once and remembered, so that the
 * cost depends on the bytes of the nodes, not on the bytes of the files.  Trusts
 * the size in the root of a file: unpacking checks that size.
 */
#include <stdlib.h>

#include "base/array.h"
#include "ipld/memo.h"
#include "ipld/walk.h"
#include "unixfs/unpack_private.h"

struct measure {
	struct unpack *u;
	struct memo known; /* of each file and folder: its size, and the number of its files */
};

struct extent {
	uint64_t size, files;
};

/* One folder: the hashes of its names over all its shards, and its shards, each of which may occur only once. */
struct folder {
	struct measure *m;
	struct extent *extent; /* so far */
	const struct cid *at;  /* of the folder */
	uint64_t fanout;       /* of a folder in shards */
	struct wide_hash *names;
	size_t count, room;
	struct memo shards;
};

static uint64_t sum(uint64_t a, uint64_t b)
{
	return b < INT64_MAX - a ? a + b : INT64_MAX;
}

static int compare_names(const void *a, const void *b)
{
	const struct wide_hash *x = a, *y = b;

	if (x->half[0] != y->half[0])
		return x->half[0] < y->half[0] ? -1 : 1;
	return (x->half[1] > y->half[1]) - (x->half[1] < y->half[1]);
}

static bool has_name_twice(struct folder *f)
{
	if (f->count != 0)
		qsort(f->names, f->count, sizeof(*f->names), compare_names);
	for (size_t i = 1; i < f->count; i++)
		if (wide_hash_equal(f->names[i - 1], f->names[i]))
			return true;
	return false;
}

static enum status measure_entry(struct measure *m, struct extent *e, const struct cid *c, unsigned depth);

/* Measure one entry of a folder. */
static enum status measure_named(struct folder *f, struct span name, const struct cid *c, unsigned depth)
{
	struct wide_hash *grown;
	struct extent inner;
	enum status s;

	if (!unpack_name(name)) {
		f->m->u->at = *f->at;
		return STATUS_BAD_NAME;
	}
	grown = array_grow(f->names, f->count, &f->room, sizeof(*grown));
	if (grown == NULL)
		return STATUS_NO_MEMORY;
	f->names = grown;
	f->names[f->count++] = keyed_hash_wide(name);
	s = measure_entry(f->m, &inner, c, depth);
	if (s != STATUS_OK)
		return s;
	f->extent->size = sum(f->extent->size, inner.size);
	f->extent->files = sum(f->extent->files, inner.files);
	return STATUS_OK;
}

static enum status measure_links(struct folder *f, const struct dagpb_node *node, unsigned depth)
{
	struct span links = node->links;
	struct dagpb_link link;
	enum status s = STATUS_OK;

	while (s == STATUS_OK && dagpb_next_link(&link, &links))
		s = measure_named(f, link.name, &link.hash, depth + 1);
	return s;
}

static enum status measure_shard(struct folder *f, const struct dagpb_node *node, unsigned depth);

/* Measure a slot that holds another shard, with the loaded @block. */
static enum status measure_slot(struct folder *f, struct span block, unsigned depth)
{
	struct dagpb_node node;
	struct unixfs_data shard;
	enum status s = unpack_node(&node, &shard, block);

	if (s != STATUS_OK)
		return s;
	if (shard.type != UNIXFS_HAMT || shard.fanout != f->fanout)
		return STATUS_BAD_UNIXFS;
	return measure_shard(f, &node, depth);
}

static enum status measure_inner_shard(struct folder *f, const struct cid *c, unsigned depth)
{
	CLEAN_BYTES struct bytes block = {0};
	enum status s;

	f->m->u->at = *c;
	if (c->codec != CODEC_DAG_PB)
		return STATUS_BAD_UNIXFS;
	if (memo_find(&f->shards, memo_key(c)) != NULL)
		return STATUS_DUPLICATE_KEY;
	s = memo_put(&f->shards, memo_key(c), 0, 0);
	if (s != STATUS_OK)
		return s;
	s = unpack_load(f->m->u, &block, c);
	return s == STATUS_OK ? measure_slot(f, bytes_span(&block), depth) : s;
}

static enum status measure_shard(struct folder *f, const struct dagpb_node *node, unsigned depth)
{
	size_t digits = unpack_slot_digits(f->fanout);
	struct span links = node->links;
	struct dagpb_link link;
	enum status s = depth < WALK_DEPTH_MAX ? STATUS_OK : STATUS_TOO_DEEP;

	while (s == STATUS_OK && dagpb_next_link(&link, &links)) {
		struct span name = link.name;

		if (!unpack_is_slot(name, digits))
			return STATUS_BAD_UNIXFS;
		name = span_of(name.data + digits, name.len - digits);
		if (name.len == 0)
			s = measure_inner_shard(f, &link.hash, depth + 1);
		else
			s = measure_named(f, name, &link.hash, depth + 1);
	}
	return s;
}

static enum status measure_folder(struct folder *f, const struct cid *c, const struct dagpb_node *node, unsigned depth)
{
	enum status s;

	*f->extent = (struct extent){.files = 1};
	s = f->fanout != 0 ? measure_shard(f, node, depth) : measure_links(f, node, depth);
	if (s == STATUS_OK && has_name_twice(f)) {
		f->m->u->at = *c;
		s = STATUS_DUPLICATE_KEY;
	}
	free(f->names);
	memo_release(&f->shards);
	return s;
}

static void measure_file(struct extent *e, const struct unixfs_data *file)
{
	struct span sizes = file->block_sizes;
	uint64_t size;

	*e = (struct extent){file->data.len, 1};
	while (unixfs_next_size(&size, &sizes))
		e->size = sum(e->size, size);
}

static enum status measure_node(
	struct measure *m, struct extent *e, const struct cid *c, struct span block, unsigned depth)
{
	struct unixfs_data data;
	struct dagpb_node node;
	enum status s = unpack_node(&node, &data, block);

	if (s != STATUS_OK)
		return s;
	if (depth == 0)
		m->u->folder = unpack_is_folder(&data);
	if (unpack_is_folder(&data)) {
		struct folder folder = {
			.m = m, .extent = e, .at = c, .fanout = data.type == UNIXFS_HAMT ? data.fanout : 0};

		return measure_folder(&folder, c, &node, depth);
	}
	if (data.type != UNIXFS_FILE && data.type != UNIXFS_RAW)
		return STATUS_UNSUPPORTED;
	if (data.block_count != node.link_count)
		return STATUS_BAD_UNIXFS;
	measure_file(e, &data);
	return STATUS_OK;
}

/* Measure a raw leaf, of which only the length is needed. */
static enum status measure_leaf(struct measure *m, struct extent *e, const struct cid *c)
{
	CLEAN_BYTES struct bytes block = {0};
	uint64_t length;
	enum status s;

	if (c->hash != HASH_IDENTITY && m->u->length != NULL) {
		s = m->u->length(m->u->load_ctx, &length, c);
	} else {
		s = unpack_load(m->u, &block, c);
		length = block.len;
	}
	if (s != STATUS_OK)
		return s;
	*e = (struct extent){length, 1};
	return STATUS_OK;
}

static enum status measure_new(struct measure *m, struct extent *e, const struct cid *c, unsigned depth)
{
	CLEAN_BYTES struct bytes block = {0};
	enum status s;

	m->u->at = *c;
	if (depth >= WALK_DEPTH_MAX)
		return STATUS_TOO_DEEP;
	if (c->codec == CODEC_RAW)
		return measure_leaf(m, e, c);
	if (c->codec != CODEC_DAG_PB)
		return STATUS_UNSUPPORTED;
	s = unpack_load(m->u, &block, c);
	return s == STATUS_OK ? measure_node(m, e, c, bytes_span(&block), depth) : s;
}

static enum status measure_entry(struct measure *m, struct extent *e, const struct cid *c, unsigned depth)
{
	struct wide_hash key = memo_key(c);
	const struct memo_entry *known = memo_find(&m->known, key);
	enum status s;

	if (known != NULL) {
		*e = (struct extent){known->value[0], known->value[1]};
		return STATUS_OK;
	}
	s = measure_new(m, e, c, depth);
	return s == STATUS_OK ? memo_put(&m->known, key, e->size, e->files) : s;
}

static enum status load_verified(void *ctx, struct bytes *out, const struct cid *c)
{
	return unpack_load(ctx, out, c);
}

/* Limit the links of a DAG, because even an empty file can have any number of links. */
static enum status check_links(struct unpack *u, const struct cid *root)
{
	uint64_t links, limit = sum(sum(WALK_LINKS_FREE, u->size / WALK_BYTES_PER_LINK), sum(u->files, u->files));
	enum status s = walk_count(&links, root, load_verified, u, u->stop);

	if (s != STATUS_OK)
		return s;
	u->at = *root;
	return links <= limit ? STATUS_OK : STATUS_TOO_LARGE;
}

enum status unpack_measure(struct unpack *u, const struct cid *root)
{
	struct measure m = {.u = u};
	struct extent e;
	enum status s;

	u->folder = false;
	s = measure_entry(&m, &e, root, 0);
	memo_release(&m.known);
	if (s != STATUS_OK)
		return s;
	u->size = e.size;
	u->files = e.files;
	return check_links(u, root);
}
