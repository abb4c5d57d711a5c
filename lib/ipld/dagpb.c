/* dagpb.c - dag-pb nodes: a node's links and its data, without copying.
 *
 * Knows the protobuf of PBNode and PBLink in the forms that readers must accept
 * by the specification; refuses to decode Data (see unixfs.c).
 *
 * Source: https://ipld.io/specs/codecs/dag-pb/spec/
 */
#include "ipld/dagpb.h"

#include "base/varint.h"

/* A protobuf tag is the field's number and a wire type: type 2 is a length and bytes, type 0 a varint. */
enum node_tag { NODE_DATA = 1 << 3 | 2, NODE_LINKS = 2 << 3 | 2 };
enum link_tag { LINK_HASH = 1 << 3 | 2, LINK_NAME = 2 << 3 | 2, LINK_SIZE = 3 << 3 | 0 };

static void skip(struct span *in, size_t n)
{
	in->data += n;
	in->len -= n;
}

/* Take the tag of the next field if the tag is @tag. */
static bool take_tag(struct span *in, uint8_t tag)
{
	if (in->len == 0 || in->data[0] != tag)
		return false;
	skip(in, 1);
	return true;
}

static bool take_varint(struct span *in, uint64_t *value)
{
	size_t used;

	if (varint_decode(value, &used, in->data, in->len) != STATUS_OK)
		return false;
	skip(in, used);
	return true;
}

/* Take a length and so many bytes. */
static bool take_bytes(struct span *in, struct span *out)
{
	uint64_t len;

	if (!take_varint(in, &len) || len > in->len)
		return false;
	*out = span_of(in->data, (size_t)len);
	skip(in, (size_t)len);
	return true;
}

static bool decode_link(struct dagpb_link *link, struct span in)
{
	struct dagpb_link got = {0};
	struct span hash;

	if (!take_tag(&in, LINK_HASH) || !take_bytes(&in, &hash) || cid_decode(&got.hash, hash) != STATUS_OK)
		return false;
	got.has_name = take_tag(&in, LINK_NAME);
	if (got.has_name && !take_bytes(&in, &got.name))
		return false;
	got.has_size = take_tag(&in, LINK_SIZE);
	if (got.has_size && !take_varint(&in, &got.size))
		return false;
	*link = got;
	return in.len == 0;
}

bool dagpb_next_link(struct dagpb_link *link, struct span *links)
{
	struct span rest = *links, body;

	if (!take_tag(&rest, NODE_LINKS) || !take_bytes(&rest, &body) || !decode_link(link, body))
		return false;
	*links = rest;
	return true;
}

/* Take the Data field if that field is next. */
static bool take_data(struct dagpb_node *node, struct span *in)
{
	node->has_data = take_tag(in, NODE_DATA);
	return !node->has_data || take_bytes(in, &node->data);
}

enum status dagpb_decode(struct dagpb_node *node, struct span block)
{
	struct dagpb_node got = {0};
	struct span rest = block;
	struct dagpb_link link;

	if (!take_data(&got, &rest))
		return STATUS_BAD_BLOCK;
	got.links = rest;
	while (dagpb_next_link(&link, &rest))
		got.link_count++;
	got.links.len -= rest.len;
	got.data_first = got.has_data && got.link_count > 0;
	if (!got.has_data && !take_data(&got, &rest))
		return STATUS_BAD_BLOCK;
	if (rest.len > 0)
		return STATUS_BAD_BLOCK;
	*node = got;
	return STATUS_OK;
}

/* Why a link, without its tag and length, does not decode. */
static const char *link_fault(struct span in)
{
	struct span hash;
	struct cid c;

	if (in.len == 0 || in.data[0] != LINK_HASH)
		return "a link does not begin with its hash";
	skip(&in, 1);
	if (!take_bytes(&in, &hash))
		return "the hash of a link is longer than the link";
	if (cid_decode(&c, hash) != STATUS_OK)
		return "the hash of a link is not a CID that is read here";
	return "a link has fields that are unknown, twice, out of order or too long";
}

const char *dagpb_fault(struct span block, size_t *at)
{
	struct span rest = block, body;
	bool has_data = false, links_after = false;

	while (rest.len > 0) {
		struct dagpb_link link;

		*at = block.len - rest.len;
		if (take_tag(&rest, NODE_DATA)) {
			if (has_data)
				return "Data stands twice";
			has_data = true;
			links_after = *at != 0;
			if (!take_bytes(&rest, &body))
				return "Data has no valid length, or is longer than the block";
			continue;
		}
		if (!take_tag(&rest, NODE_LINKS))
			return "a field is neither Data nor Links";
		if (links_after)
			return "Links stand before and after Data";
		if (!take_bytes(&rest, &body))
			return "a link has no valid length, or is longer than the block";
		if (!decode_link(&link, body))
			return link_fault(body);
	}
	return NULL;
}

static size_t varint_length(uint64_t value)
{
	uint8_t scratch[VARINT_MAX];

	return varint_encode(scratch, value);
}

static void put_bytes(struct bytes *out, uint8_t tag, struct span value)
{
	bytes_append_byte(out, tag);
	varint_append(out, value.len);
	bytes_append(out, value.data, value.len);
}

void dagpb_put_link(struct bytes *out, const struct dagpb_link *link)
{
	size_t len = 1 + varint_length(link->hash.len) + link->hash.len;

	if (link->has_name)
		len += 1 + varint_length(link->name.len) + link->name.len;
	if (link->has_size)
		len += 1 + varint_length(link->size);
	bytes_append_byte(out, NODE_LINKS);
	varint_append(out, len);
	put_bytes(out, LINK_HASH, cid_span(&link->hash));
	if (link->has_name)
		put_bytes(out, LINK_NAME, link->name);
	if (link->has_size) {
		bytes_append_byte(out, LINK_SIZE);
		varint_append(out, link->size);
	}
}

void dagpb_put_data(struct bytes *out, struct span data)
{
	put_bytes(out, NODE_DATA, data);
}
