/* unpack.c - the bytes of a UnixFS file, out of its DAG.
 *
 * Knows how a file is spread over nodes and leaves.  Trusts nothing: each
 * block must hash to its CID, and each must hold as many bytes of the file as
 * its parent says.  Refuses folders.
 */
#include "ipld/dagpb.h"
#include "ipld/pack.h"
#include "ipld/walk.h"

/* A part of the file: a block and how many bytes its parent says it holds. */
struct part {
	struct cid cid;
	bool has_size;
	uint64_t size;
};

struct unpacker {
	struct unpack *u;
	uint64_t blocks; /* visited, for the limit of walks */
};

static enum status write_out(struct unpacker *x, struct span bytes)
{
	enum status s = bytes.len > 0 ? x->u->write(x->u->write_ctx, bytes) : STATUS_OK;

	if (s == STATUS_OK)
		x->u->written += bytes.len;
	return s;
}

static enum status load(struct unpacker *x, struct bytes *block, const struct cid *c)
{
	enum status s = STATUS_OK;

	x->u->at = *c;
	if (++x->blocks > WALK_LINKS_MAX)
		return STATUS_TOO_LARGE;
	if (c->hash == HASH_IDENTITY)
		bytes_append(block, cid_digest(c).data, cid_digest(c).len);
	else
		s = x->u->load(x->u->load_ctx, block, c);
	if (s == STATUS_OK)
		s = bytes_status(block);
	return s == STATUS_OK ? cid_verify(c, bytes_span(block)) : s;
}

static enum status put_part(struct unpacker *x, const struct part *part, unsigned depth);

/* The parts below a node, in order. */
static enum status put_children(
	struct unpacker *x, const struct dagpb_node *node, const struct unixfs_data *file, unsigned depth)
{
	struct span links = node->links, sizes = file->block_sizes;
	struct dagpb_link link;
	enum status s = STATUS_OK;

	while (s == STATUS_OK && dagpb_next_link(&link, &links)) {
		struct part part = {.cid = link.hash};

		part.has_size = unixfs_next_size(&part.size, &sizes);
		s = put_part(x, &part, depth + 1);
	}
	return s;
}

static enum status put_node(struct unpacker *x, struct span block, unsigned depth)
{
	struct dagpb_node node;
	struct unixfs_data file;
	enum status s = dagpb_decode(&node, block);

	if (s == STATUS_OK)
		s = node.has_data ? unixfs_decode(&file, node.data) : STATUS_BAD_BLOCK;
	if (s != STATUS_OK)
		return s;
	if (file.type != UNIXFS_FILE && file.type != UNIXFS_RAW)
		return depth == 0 ? STATUS_UNSUPPORTED : STATUS_BAD_BLOCK;
	if (file.block_count != node.link_count)
		return STATUS_BAD_BLOCK;
	s = write_out(x, file.data);
	return s == STATUS_OK ? put_children(x, &node, &file, depth) : s;
}

static enum status put_part(struct unpacker *x, const struct part *part, unsigned depth)
{
	uint64_t before = x->u->written;
	struct bytes block = {0};
	enum status s = depth < WALK_DEPTH_MAX ? load(x, &block, &part->cid) : STATUS_TOO_DEEP;

	if (s == STATUS_OK && part->cid.codec == CODEC_RAW)
		s = write_out(x, bytes_span(&block));
	else if (s == STATUS_OK && part->cid.codec == CODEC_DAG_PB)
		s = put_node(x, bytes_span(&block), depth);
	else if (s == STATUS_OK)
		s = depth == 0 ? STATUS_UNSUPPORTED : STATUS_BAD_BLOCK;
	if (s == STATUS_OK && part->has_size && x->u->written - before != part->size) {
		x->u->at = part->cid;
		s = STATUS_BAD_BLOCK;
	}
	bytes_release(&block);
	return s;
}

enum status unpack_file(struct unpack *u, const struct cid *root)
{
	struct unpacker x = {.u = u};

	u->written = 0;
	return put_part(&x, &(struct part){.cid = *root}, 0);
}
