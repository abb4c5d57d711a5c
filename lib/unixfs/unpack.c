/* unpack.c - writes the bytes of UnixFS files from their DAG.
 *
 * Knows how nodes and leaves make up a file, and how shards make up a folder.
 * Trusts no block: each block must match its CID, each must hold as many bytes
 * of the file as its parent says, and a name must stay in its folder.
 *
 * Source: https://specs.ipfs.tech/unixfs/
 */
#include <string.h>

#include "ipld/walk.h"
#include "unixfs/unpack_private.h"

/* A part of the file: a block, and the bytes that the block holds by its parent. */
struct part {
	struct cid cid;
	bool has_size;
	uint64_t size;
};

struct unpacker {
	struct unpack *u;
	struct bytes path; /* of the current entry */
};

/* Write bytes, but never more than unpack_measure() found, whatever the nodes say. */
static enum status write_out(struct unpacker *x, struct span bytes)
{
	enum status s;

	if (bytes.len > x->u->size - x->u->written)
		return STATUS_BAD_UNIXFS;
	if (bytes.len == 0)
		return STATUS_OK;
	s = x->u->write(x->u->write_ctx, bytes);
	if (s != STATUS_OK)
		return s;
	x->u->written += bytes.len;
	return STATUS_OK;
}

enum status unpack_load(struct unpack *u, struct bytes *block, const struct cid *c)
{
	enum status s = STATUS_OK;

	u->at = *c;
	if (u->stop != NULL && *u->stop != 0)
		return STATUS_STOPPED;
	if (c->hash == HASH_IDENTITY)
		bytes_append(block, cid_digest(c).data, cid_digest(c).len);
	else
		s = u->load(u->load_ctx, block, c);
	if (s != STATUS_OK)
		return s;
	s = bytes_status(block);
	return s == STATUS_OK ? cid_verify(c, bytes_span(block)) : s;
}

enum status unpack_node(struct dagpb_node *node, struct unixfs_data *data, struct span block)
{
	enum status s = dagpb_decode(node, block);

	if (s != STATUS_OK)
		return s;
	return node->has_data ? unixfs_decode(data, node->data) : STATUS_UNSUPPORTED;
}

bool unpack_name(struct span name)
{
	return name.len != 0 && !span_is(name, ".") && !span_is(name, "..") &&
	       memchr(name.data, '/', name.len) == NULL && memchr(name.data, '\0', name.len) == NULL;
}

size_t unpack_slot_digits(uint64_t fanout)
{
	size_t digits = 0;

	for (uint64_t last = fanout - 1; last != 0; last >>= 4)
		digits++;
	return digits;
}

bool unpack_is_slot(struct span name, size_t digits)
{
	if (name.len < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		char c = (char)name.data[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'F'))
			return false;
	}
	return true;
}

static enum status put_part(struct unpacker *x, const struct part *part, unsigned depth);

/* Write the parts below a node, in order. */
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

static enum status put_file(
	struct unpacker *x, const struct dagpb_node *node, const struct unixfs_data *file, unsigned depth)
{
	enum status s;

	if (file->block_count != node->link_count)
		return STATUS_BAD_UNIXFS;
	s = write_out(x, file->data);
	return s == STATUS_OK ? put_children(x, node, file, depth) : s;
}

static enum status put_node(struct unpacker *x, struct span block, unsigned depth)
{
	struct dagpb_node node;
	struct unixfs_data file;
	enum status s = unpack_node(&node, &file, block);

	if (s != STATUS_OK)
		return s;
	if (file.type != UNIXFS_FILE && file.type != UNIXFS_RAW)
		return depth == 0 ? STATUS_UNSUPPORTED : STATUS_BAD_UNIXFS;
	return put_file(x, &node, &file, depth);
}

static enum status put_block(struct unpacker *x, const struct part *part, struct span block, unsigned depth)
{
	if (part->cid.codec == CODEC_RAW)
		return write_out(x, block);
	if (part->cid.codec == CODEC_DAG_PB)
		return put_node(x, block, depth);
	return depth == 0 ? STATUS_UNSUPPORTED : STATUS_BAD_UNIXFS;
}

static enum status put_part(struct unpacker *x, const struct part *part, unsigned depth)
{
	uint64_t before = x->u->written;
	CLEAN_BYTES struct bytes block = {0};
	enum status s;

	if (depth >= WALK_DEPTH_MAX)
		return STATUS_TOO_DEEP;
	s = unpack_load(x->u, &block, &part->cid);
	if (s != STATUS_OK)
		return s;
	s = put_block(x, part, bytes_span(&block), depth);
	if (s != STATUS_OK || !part->has_size || x->u->written - before == part->size)
		return s;
	x->u->at = part->cid;
	return STATUS_BAD_UNIXFS;
}

enum status unpack_file(struct unpack *u, const struct cid *root)
{
	struct unpacker x = {.u = u};

	u->written = 0;
	return put_part(&x, &(struct part){.cid = *root}, 0);
}

/* Folders. */

static enum status put_entry(struct unpacker *x, const struct cid *c, unsigned depth);

/* Unpack the entry @name, with @name appended to the path. */
static enum status put_named(struct unpacker *x, struct span name, const struct cid *c, unsigned depth)
{
	size_t before = x->path.len;
	enum status s;

	if (!unpack_name(name))
		return STATUS_BAD_NAME;
	if (before != 0)
		bytes_append_byte(&x->path, '/');
	bytes_append(&x->path, name.data, name.len);
	s = bytes_status(&x->path);
	if (s != STATUS_OK)
		return s;
	s = put_entry(x, c, depth);
	if (s != STATUS_OK)
		return s;
	x->path.len = before;
	return STATUS_OK;
}

static enum status put_folder(struct unpacker *x, const struct dagpb_node *node, unsigned depth)
{
	struct span links = node->links;
	struct dagpb_link link;
	enum status s = STATUS_OK;

	while (s == STATUS_OK && dagpb_next_link(&link, &links))
		s = put_named(x, link.name, &link.hash, depth + 1);
	return s;
}

static enum status put_shard(struct unpacker *x, const struct dagpb_node *node, uint64_t fanout, unsigned depth);

static enum status read_shard(
	struct unpacker *x, struct dagpb_node *node, struct bytes *block, const struct cid *c, uint64_t fanout)
{
	struct unixfs_data shard;
	enum status s = unpack_load(x->u, block, c);

	if (s != STATUS_OK)
		return s;
	if (c->codec != CODEC_DAG_PB)
		return STATUS_BAD_UNIXFS;
	s = unpack_node(node, &shard, bytes_span(block));
	if (s != STATUS_OK)
		return s;
	return shard.type == UNIXFS_HAMT && shard.fanout == fanout ? STATUS_OK : STATUS_BAD_UNIXFS;
}

/* Unpack a slot that holds another shard. */
static enum status put_inner_shard(struct unpacker *x, const struct cid *c, uint64_t fanout, unsigned depth)
{
	CLEAN_BYTES struct bytes block = {0};
	struct dagpb_node node;
	enum status s;

	if (depth >= WALK_DEPTH_MAX)
		return STATUS_TOO_DEEP;
	s = read_shard(x, &node, &block, c, fanout);
	return s == STATUS_OK ? put_shard(x, &node, fanout, depth) : s;
}

static enum status put_shard(struct unpacker *x, const struct dagpb_node *node, uint64_t fanout, unsigned depth)
{
	size_t digits = unpack_slot_digits(fanout);
	struct span links = node->links;
	struct dagpb_link link;
	enum status s = STATUS_OK;

	while (s == STATUS_OK && dagpb_next_link(&link, &links)) {
		if (!unpack_is_slot(link.name, digits))
			s = STATUS_BAD_UNIXFS;
		else if (link.name.len == digits)
			s = put_inner_shard(x, &link.hash, fanout, depth + 1);
		else
			s = put_named(
				x, span_of(link.name.data + digits, link.name.len - digits), &link.hash, depth + 1);
	}
	return s;
}

/* Read the node of a file or folder; a raw leaf is a file without a node. */
static enum status read_entry(struct dagpb_node *node, struct unixfs_data *data, const struct cid *c, struct span block)
{
	enum status s;

	*node = (struct dagpb_node){0};
	*data = (struct unixfs_data){.type = UNIXFS_RAW, .data = block};
	if (c->codec == CODEC_RAW)
		return STATUS_OK;
	if (c->codec != CODEC_DAG_PB)
		return STATUS_UNSUPPORTED;
	s = unpack_node(node, data, block);
	if (s != STATUS_OK)
		return s;
	return data->type == UNIXFS_SYMLINK || data->type == UNIXFS_METADATA ? STATUS_UNSUPPORTED : STATUS_OK;
}

/* Unpack the file or folder whose root has the loaded @block. */
static enum status put_root(struct unpacker *x, const struct cid *c, struct span block, unsigned depth)
{
	struct dagpb_node node;
	struct unixfs_data data;
	enum status s = read_entry(&node, &data, c, block);

	if (s != STATUS_OK)
		return s;
	s = x->u->begin(x->u->write_ctx, bytes_text(&x->path), unpack_is_folder(&data));
	if (s != STATUS_OK)
		return s;
	if (data.type == UNIXFS_DIRECTORY)
		return put_folder(x, &node, depth);
	if (data.type == UNIXFS_HAMT)
		return put_shard(x, &node, data.fanout, depth);
	s = put_file(x, &node, &data, depth);
	return s == STATUS_OK ? x->u->end(x->u->write_ctx) : s;
}

static enum status put_entry(struct unpacker *x, const struct cid *c, unsigned depth)
{
	CLEAN_BYTES struct bytes block = {0};
	enum status s;

	if (depth >= WALK_DEPTH_MAX)
		return STATUS_TOO_DEEP;
	s = unpack_load(x->u, &block, c);
	return s == STATUS_OK ? put_root(x, c, bytes_span(&block), depth) : s;
}

enum status unpack_tree(struct unpack *u, const struct cid *root)
{
	struct unpacker x = {.u = u};
	enum status s;

	u->written = 0;
	s = put_entry(&x, root, 0);
	bytes_release(&x.path);
	return s;
}
