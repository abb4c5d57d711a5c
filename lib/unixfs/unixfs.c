/* unixfs.c - reads the UnixFS message in a dag-pb node.
 *
 * Knows the message's fields and their rules; refuses to know the node around
 * the message, and the blocks below.  Mode and times are ignored.
 *
 * Source: https://specs.ipfs.tech/unixfs/
 */
#include "unixfs/unixfs.h"

#include "base/varint.h"

#define FANOUT_MIN 8
#define FANOUT_MAX 1024

enum wire { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

/* The fields, as protobuf tags: number and wire type. */
enum tag {
	TAG_TYPE = 1 << 3 | WIRE_VARINT,
	TAG_DATA = 2 << 3 | WIRE_BYTES,
	TAG_SIZE = 3 << 3 | WIRE_VARINT,
	TAG_BLOCK_SIZE = 4 << 3 | WIRE_VARINT,
	TAG_HASH_TYPE = 5 << 3 | WIRE_VARINT,
	TAG_FANOUT = 6 << 3 | WIRE_VARINT,
	TAG_MODE = 7 << 3 | WIRE_VARINT,
	TAG_TIME = 8 << 3 | WIRE_BYTES,
};

/* One field: its tag, and its value of either kind. */
struct field {
	uint64_t tag, number;
	struct span bytes;
};

static bool take_varint(struct span *in, uint64_t *value)
{
	size_t used;

	if (varint_decode(value, &used, in->data, in->len) != STATUS_OK)
		return false;
	in->data += used;
	in->len -= used;
	return true;
}

static bool take_field(struct field *f, struct span *in)
{
	uint64_t len;

	*f = (struct field){0};
	if (!take_varint(in, &f->tag) || f->tag >> 3 == 0)
		return false;
	switch (f->tag & 7) {
	case WIRE_VARINT:
		return take_varint(in, &f->number);
	case WIRE_FIXED64:
		len = 8;
		break;
	case WIRE_BYTES:
		if (!take_varint(in, &len))
			return false;
		break;
	case WIRE_FIXED32:
		len = 4;
		break;
	default:
		return false;
	}
	if (len > in->len)
		return false;
	f->bytes = span_of(in->data, (size_t)len);
	in->data += len;
	in->len -= (size_t)len;
	return true;
}

/* Block sizes must be adjacent, so that one span can hold all of them. */
static bool take_block_size(struct unixfs_data *u, const uint8_t *from, const uint8_t *to)
{
	if (u->block_count++ == 0)
		u->block_sizes.data = from;
	else if (u->block_sizes.data + u->block_sizes.len != from)
		return false;
	u->block_sizes.len = (size_t)(to - u->block_sizes.data);
	return true;
}

/* A known field with the wrong wire type is malformed; an unknown field is skipped. */
static bool set_field(struct unixfs_data *u, const struct field *f, bool *has_type)
{
	switch (f->tag) {
	case TAG_TYPE:
		*has_type = f->number <= UNIXFS_HAMT;
		u->type = (enum unixfs_type)f->number;
		return *has_type;
	case TAG_DATA:
		u->data = f->bytes;
		return u->has_data = true;
	case TAG_SIZE:
		u->size = f->number;
		return u->has_size = true;
	case TAG_HASH_TYPE:
		u->hash_type = f->number;
		return true;
	case TAG_FANOUT:
		u->fanout = f->number;
		return true;
	case TAG_MODE:
	case TAG_TIME:
		return true;
	}
	return f->tag >> 3 > TAG_TIME >> 3;
}

/* True if the size of a file is the sum of its data and its block sizes. */
static bool sizes_add_up(const struct unixfs_data *u)
{
	struct span sizes = u->block_sizes;
	uint64_t sum = u->data.len, size;

	while (unixfs_next_size(&size, &sizes))
		if (__builtin_add_overflow(sum, size, &sum))
			return false;
	return !u->has_size || u->size == sum;
}

static bool is_consistent(const struct unixfs_data *u)
{
	switch (u->type) {
	case UNIXFS_RAW:
	case UNIXFS_FILE:
		return sizes_add_up(u);
	case UNIXFS_HAMT:
		return u->fanout >= FANOUT_MIN && u->fanout <= FANOUT_MAX && (u->fanout & (u->fanout - 1)) == 0 &&
		       u->data.len <= u->fanout / 8; /* the data is a bit per slot */
	case UNIXFS_DIRECTORY:
	case UNIXFS_METADATA:
	case UNIXFS_SYMLINK:
		return true;
	}
	return false;
}

static enum status read_fields(struct unixfs_data *u, bool *has_type, struct span in)
{
	struct field f;

	while (in.len > 0) {
		const uint8_t *from = in.data;

		if (!take_field(&f, &in))
			return STATUS_BAD_BLOCK;
		if (f.tag == TAG_BLOCK_SIZE ? !take_block_size(u, from, in.data) : !set_field(u, &f, has_type))
			return STATUS_BAD_BLOCK;
	}
	return is_consistent(u) ? STATUS_OK : STATUS_BAD_UNIXFS;
}

enum status unixfs_decode(struct unixfs_data *u, struct span in)
{
	struct unixfs_data got = {0};
	bool has_type = false;
	enum status s = read_fields(&got, &has_type, in);

	if (!has_type)
		return STATUS_UNSUPPORTED;
	if (s != STATUS_OK)
		return s;
	*u = got;
	return STATUS_OK;
}

bool unixfs_next_size(uint64_t *size, struct span *sizes)
{
	struct span rest = *sizes;
	struct field f;

	if (rest.len == 0 || !take_field(&f, &rest) || f.tag != TAG_BLOCK_SIZE)
		return false;
	*size = f.number;
	*sizes = rest;
	return true;
}
