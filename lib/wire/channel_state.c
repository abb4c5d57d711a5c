/* channel_state.c - the blocks of a payment channel's state, and of the manifest of actors.
 *
 * Knows the bytes.  Refuses to know rules of channels, and where blocks are kept.
 */
#include "wire/channel_state.h"

#include <string.h>

#include "wire/record.h"

#define ROW(kind, member)                                                                                              \
	{                                                                                                              \
		NULL, kind, offsetof(struct channel_state, member), NULL, 0                                            \
	}

#define ACTORS_MAX     256 /* in a manifest */
#define ACTOR_NAME_MAX 256 /* bytes */

static const struct field state_fields[] = {
	ROW(FIELD_ADDRESS, from),
	ROW(FIELD_ADDRESS, to),
	ROW(FIELD_AMOUNT, to_send),
	ROW(FIELD_INT, settling_at),
	ROW(FIELD_INT, min_settle_height),
	ROW(FIELD_CID, lanes),
};
static const struct record state_record = TUPLE(state_fields);

enum status channel_state_decode(struct channel_state *out, struct span block)
{
	return record_decode(out, sizeof(*out), &state_record, block, RECORD_DECLARED);
}

void channel_state_encode(struct bytes *b, const struct channel_state *state)
{
	record_write(b, &state_record, state, RECORD_DECLARED);
}

unsigned lanes_slot(uint64_t lane, unsigned height)
{
	return (unsigned)(lane >> (LANES_BITS * height)) & (LANES_SLOTS - 1);
}

static bool in_use(const struct lanes_node *node, unsigned slot)
{
	return (node->map >> slot & 1) != 0;
}

/* A node is [map, links, lanes]; one of the two lists is empty, and the other has an entry for each bit of the map. */
static void read_node(struct cbor_reader *r, struct lanes_node *node, unsigned height)
{
	struct span map;
	size_t used;

	memset(node, 0, sizeof(*node));
	node->height = height;
	cbor_expect_array(r, 3);
	map = cbor_read_bytes(r, 1);
	if (map.len != 1)
		cbor_fail(r, STATUS_BAD_VALUE);
	node->map = map.len == 1 ? map.data[0] : 0;
	used = (size_t)__builtin_popcount(node->map);
	cbor_expect_array(r, height > 0 ? used : 0);
	for (unsigned i = 0; height > 0 && i < LANES_SLOTS; i++) {
		if (in_use(node, i))
			cbor_read_link(r, &node->links[i]);
	}
	cbor_expect_array(r, height > 0 ? 0 : used);
	for (unsigned i = 0; height == 0 && i < LANES_SLOTS; i++) {
		if (!in_use(node, i))
			continue;
		cbor_expect_array(r, 2);
		cbor_read_amount(r, &node->lanes[i].redeemed);
		node->lanes[i].nonce = cbor_read_uint(r);
	}
}

void lanes_node_encode(struct bytes *b, const struct lanes_node *node)
{
	size_t used = (size_t)__builtin_popcount(node->map);

	cbor_put_array(b, 3);
	cbor_put_bytes(b, span_of(&node->map, 1));
	cbor_put_array(b, node->height > 0 ? used : 0);
	for (unsigned i = 0; node->height > 0 && i < LANES_SLOTS; i++) {
		if (in_use(node, i))
			cbor_put_link(b, &node->links[i]);
	}
	cbor_put_array(b, node->height > 0 ? 0 : used);
	for (unsigned i = 0; node->height == 0 && i < LANES_SLOTS; i++) {
		if (!in_use(node, i))
			continue;
		cbor_put_array(b, 2);
		cbor_put_amount(b, &node->lanes[i].redeemed);
		cbor_put_uint(b, node->lanes[i].nonce);
	}
}

enum status lanes_node_decode(struct lanes_node *out, unsigned height, struct span block)
{
	struct cbor_reader r = cbor_reader(block);
	struct lanes_node local;
	enum status s;

	read_node(&r, &local, height);
	s = cbor_end(&r);
	if (s != STATUS_OK)
		return s;
	*out = local;
	return STATUS_OK;
}

enum status lanes_root_decode(struct lanes_root *out, struct span block)
{
	struct cbor_reader r = cbor_reader(block);
	struct lanes_root local = {0};
	uint64_t height;
	enum status s;

	cbor_expect_array(&r, 4);
	if (cbor_read_uint(&r) != LANES_BITS)
		cbor_fail(&r, STATUS_BAD_VALUE);
	height = cbor_read_uint(&r);
	if (height > LANES_HEIGHT_MAX)
		cbor_fail(&r, STATUS_BAD_VALUE);
	local.count = cbor_read_uint(&r);
	read_node(&r, &local.node, height > LANES_HEIGHT_MAX ? 0 : (unsigned)height);
	s = cbor_end(&r);
	if (s != STATUS_OK)
		return s;
	*out = local;
	return STATUS_OK;
}

void lanes_root_encode(struct bytes *b, const struct lanes_root *root)
{
	cbor_put_array(b, 4);
	cbor_put_uint(b, LANES_BITS);
	cbor_put_uint(b, root->node.height);
	cbor_put_uint(b, root->count);
	lanes_node_encode(b, &root->node);
}

static enum status load_root(struct lanes_root *root, const struct cid *cid, const struct block_source *source)
{
	CLEAN_BYTES struct bytes block = {0};
	enum status s = source->load(source->ctx, &block, cid);

	return s == STATUS_OK ? lanes_root_decode(root, bytes_span(&block)) : s;
}

/* Replace @node by the node that its slot @slot names. */
static enum status load_child(struct lanes_node *node, unsigned slot, const struct block_source *source)
{
	CLEAN_BYTES struct bytes block = {0};
	enum status s = source->load(source->ctx, &block, &node->links[slot]);

	return s == STATUS_OK ? lanes_node_decode(node, node->height - 1, bytes_span(&block)) : s;
}

enum status lanes_find(struct lane_state *out, const struct cid *root, uint64_t lane, const struct block_source *source)
{
	struct lanes_root top;
	struct lanes_node *node = &top.node;
	enum status s = load_root(&top, root, source);

	if (s != STATUS_OK)
		return s;
	if (lane > LANES_ID_MAX)
		return STATUS_NOT_FOUND;
	if (node->height < LANES_HEIGHT_MAX && lane >> (LANES_BITS * (node->height + 1)) != 0)
		return STATUS_NOT_FOUND;
	while (node->height > 0) {
		unsigned slot = lanes_slot(lane, node->height);

		if (!in_use(node, slot))
			return STATUS_NOT_FOUND;
		s = load_child(node, slot, source);
		if (s != STATUS_OK)
			return s;
	}
	if (!in_use(node, lanes_slot(lane, 0)))
		return STATUS_NOT_FOUND;
	*out = node->lanes[lanes_slot(lane, 0)];
	out->id = lane;
	return STATUS_OK;
}

/* The highest slot in use; the map is not 0. */
static unsigned last_slot(const struct lanes_node *node)
{
	unsigned slot = LANES_SLOTS - 1;

	while (!in_use(node, slot))
		slot--;
	return slot;
}

enum status lanes_last(struct lane_state *out, const struct cid *root, const struct block_source *source)
{
	struct lanes_root top;
	struct lanes_node *node = &top.node;
	uint64_t id = 0;
	enum status s = load_root(&top, root, source);

	if (s != STATUS_OK)
		return s;
	if (node->map == 0)
		return STATUS_NOT_FOUND;
	while (node->height > 0) {
		unsigned slot = last_slot(node);

		id = id << LANES_BITS | slot;
		s = load_child(node, slot, source);
		if (s != STATUS_OK)
			return s;
		if (node->map == 0)
			return STATUS_BAD_VALUE;
	}
	*out = node->lanes[last_slot(node)];
	out->id = id << LANES_BITS | last_slot(node);
	return STATUS_OK;
}

static enum status keep_block(struct cid *cid, const struct bytes *b, const struct block_sink *sink)
{
	enum status s = bytes_status(b);

	if (s != STATUS_OK)
		return s;
	s = cid_of(cid, 1, CODEC_DAG_CBOR, HASH_BLAKE2B_256, bytes_span(b));
	return s == STATUS_OK ? sink->keep(sink->ctx, cid, bytes_span(b)) : s;
}

/** struct building - the tree while lanes_build() adds one lane after another. */
struct building {
	struct lanes_node *path; /* by height: the nodes on the way to the last lane; of @height + 1 */
	unsigned height;
	const struct block_sink *sink;
	struct bytes block;
};

/* Keep the nodes below @height that are on the path, the lowest first, each as a link of the node above. */
static enum status close_below(struct building *t, unsigned height, uint64_t lane)
{
	for (unsigned h = 0; h < height; h++) {
		unsigned slot = lanes_slot(lane, h + 1);
		enum status s;

		bytes_clear(&t->block);
		lanes_node_encode(&t->block, &t->path[h]);
		s = keep_block(&t->path[h + 1].links[slot], &t->block, t->sink);
		if (s != STATUS_OK)
			return s;
		t->path[h + 1].map |= (uint8_t)(1u << slot);
		memset(&t->path[h], 0, sizeof(t->path[h]));
		t->path[h].height = h;
	}
	return STATUS_OK;
}

/* The height at which the ways to both lanes part. */
static unsigned parting(uint64_t a, uint64_t b)
{
	unsigned height = 0;

	while (height < LANES_HEIGHT_MAX && a >> (LANES_BITS * (height + 1)) != b >> (LANES_BITS * (height + 1)))
		height++;
	return height;
}

static enum status add_lanes(struct building *t, const struct lane_state *lanes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unsigned slot = lanes_slot(lanes[i].id, 0);
		enum status s;

		if (lanes[i].id > LANES_ID_MAX || (i > 0 && lanes[i].id <= lanes[i - 1].id))
			return STATUS_BAD_VALUE;
		s = i > 0 ? close_below(t, parting(lanes[i - 1].id, lanes[i].id), lanes[i - 1].id) : STATUS_OK;
		if (s != STATUS_OK)
			return s;
		t->path[0].map |= (uint8_t)(1u << slot);
		t->path[0].lanes[slot] = lanes[i];
	}
	return count > 0 ? close_below(t, t->height, lanes[count - 1].id) : STATUS_OK;
}

static enum status keep_root(struct cid *root, struct building *t, size_t count)
{
	struct lanes_root top = {.count = count, .node = t->path[t->height]};

	bytes_clear(&t->block);
	lanes_root_encode(&t->block, &top);
	return keep_block(root, &t->block, t->sink);
}

enum status lanes_build(struct cid *root, const struct lane_state *lanes, size_t count, const struct block_sink *sink)
{
	struct lanes_node path[LANES_HEIGHT_MAX + 1] = {0};
	struct building t = {.path = path, .sink = sink};
	struct cid cid = {0};
	enum status s;

	for (unsigned h = 0; h <= LANES_HEIGHT_MAX; h++)
		path[h].height = h;
	t.height = count > 0 ? parting(0, lanes[count - 1].id) : 0;
	s = add_lanes(&t, lanes, count);
	if (s == STATUS_OK)
		s = keep_root(&cid, &t, count);
	bytes_release(&t.block);
	if (s != STATUS_OK)
		return s;
	*root = cid;
	return STATUS_OK;
}

enum status manifest_find(struct cid *code, struct span manifest, const char *name)
{
	struct cbor_reader r = cbor_reader(manifest);
	size_t count = cbor_read_array(&r);
	struct cid found = {0};
	enum status s;

	if (count > ACTORS_MAX)
		cbor_fail(&r, STATUS_TOO_LARGE);
	for (size_t i = 0; i < count && r.status == STATUS_OK; i++) {
		struct cid cid = {0};
		struct span each;

		cbor_expect_array(&r, 2);
		each = cbor_read_text(&r, ACTOR_NAME_MAX);
		cbor_read_link(&r, &cid);
		if (span_is(each, name))
			found = cid;
	}
	s = cbor_end(&r);
	if (s != STATUS_OK)
		return s;
	if (cid_is_none(&found))
		return STATUS_NOT_FOUND;
	*code = found;
	return STATUS_OK;
}

void manifest_encode(struct bytes *b, const struct actor_code *codes, size_t count)
{
	cbor_put_array(b, count);
	for (size_t i = 0; i < count; i++) {
		cbor_put_array(b, 2);
		cbor_put_text(b, codes[i].name);
		cbor_put_link(b, &codes[i].code);
	}
}

enum status system_state_decode(struct cid *manifest, struct span block)
{
	struct cbor_reader r = cbor_reader(block);
	struct cid local = {0};
	enum status s;

	cbor_expect_array(&r, 1);
	cbor_read_link(&r, &local);
	s = cbor_end(&r);
	if (s != STATUS_OK)
		return s;
	*manifest = local;
	return STATUS_OK;
}

void system_state_encode(struct bytes *b, const struct cid *manifest)
{
	cbor_put_array(b, 1);
	cbor_put_link(b, manifest);
}
