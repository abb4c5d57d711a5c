/* cbor_private.h - one item head, shared by the two halves of the CBOR reader. */
#ifndef IPLD_CBOR_PRIVATE_H
#define IPLD_CBOR_PRIVATE_H

#include "ipld/cbor.h"

/**
 * struct cbor_item - a scalar with its value, or the head of an array or map.
 * @value: the integer, the -1-n of a negative one, the length of a string, the count of an array or map.
 * @data: the content of a string, or the bytes of a link's CID; borrowed.
 */
struct cbor_item {
	enum cbor_type type;
	uint64_t value;
	struct span data;
};

/** cbor_item_next - take the next head off @r, with the content of a string or link; false, with the error in @r, if the item is not strict. */
bool cbor_item_next(struct cbor_reader *r, struct cbor_item *item);
/** cbor_is_utf8 - well-formed UTF-8: no surrogates, nothing overlong, nothing above U+10FFFF. */
bool cbor_is_utf8(struct span text);

#endif
