/* unpack_private.h - what measuring and unpacking share; for lib/unixfs only. */
#ifndef UNIXFS_UNPACK_PRIVATE_H
#define UNIXFS_UNPACK_PRIVATE_H

#include "ipld/dagpb.h"
#include "unixfs/unpack.h"

/** unpack_load - append the bytes of a block, which match its CID; u->at is where it failed. STOPPED. */
MUST_CHECK enum status unpack_load(struct unpack *u, struct bytes *block, const struct cid *c);
/** unpack_node - a dag-pb node, and the UnixFS message in it. UNSUPPORTED without one. */
MUST_CHECK enum status unpack_node(struct dagpb_node *node, struct unixfs_data *data, struct span block);
/** unpack_name - does @name stay in its folder? */
bool unpack_name(struct span name);
/** unpack_slot_digits - how many hexadecimal digits of a shard's slot are before each name. */
size_t unpack_slot_digits(uint64_t fanout);
/** unpack_is_slot - @name begins with so many of them. */
bool unpack_is_slot(struct span name, size_t digits);

static inline bool unpack_is_folder(const struct unixfs_data *data)
{
	return data->type == UNIXFS_DIRECTORY || data->type == UNIXFS_HAMT;
}

#endif
