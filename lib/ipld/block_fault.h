/* block_fault.h - why a block does not decode, in words for people. */
#ifndef IPLD_BLOCK_FAULT_H
#define IPLD_BLOCK_FAULT_H

#include "ipld/cid.h"

#define BLOCK_FAULT_MAX 160

/**
 * block_fault - the first fault of @block under the codec of @c, and its place, into @out. Returns @out; if the block
 * decodes, "block does not decode".
 * For messages only, after a call has said BAD_BLOCK. Does not check the hash.
 */
const char *block_fault(char out[BLOCK_FAULT_MAX], const struct cid *c, struct span block);

#endif
