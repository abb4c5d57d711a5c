/* unpack_private.h - shared by measuring and unpacking; for lib/unixfs only. */
#ifndef UNIXFS_UNPACK_PRIVATE_H
#define UNIXFS_UNPACK_PRIVATE_H

#include "ipld/dagpb.h"
#include "unixfs/unpack.h"

/** unpack_load - append the bytes of a block, checked against its CID; sets u->at to the block. STOPPED. */
MUST_CHECK enum status unpack_load(struct unpack *u, struct bytes *block, const struct cid *c);
/** unpack_node - decode a dag-pb node and its UnixFS message. UNSUPPORTED without a message. */
MUST_CHECK enum status unpack_node(struct dagpb_node *node, struct unixfs_data *data, struct span block);
/** unpack_name - true if @name stays in its folder. */
bool unpack_name(struct span name);
/** unpack_slot_digits - the number of hexadecimal digits of the slot before each name of a shard. */
size_t unpack_slot_digits(uint64_t fanout);
/** unpack_is_slot - true if @name begins with @digits hexadecimal digits. */
bool unpack_is_slot(struct span name, size_t digits);

static inline bool unpack_is_folder(const struct unixfs_data *data)
{
	return data->type == UNIXFS_DIRECTORY || data->type == UNIXFS_HAMT;
}

#endif
