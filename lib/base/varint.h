/* varint.h - unsigned varints (LEB128) as multiformats defines them: minimal, at most 9 bytes. */
#ifndef BASE_VARINT_H
#define BASE_VARINT_H

#include "base/bytes.h"

#define VARINT_READ_MAX 9  /* bytes of the longest varint that is read: 63 bits */
#define VARINT_MAX      10 /* bytes of the longest varint that is written (2^64-1) */

/**
 * varint_decode - read one varint from the start of @buf.
 * @value: out; below 2^63.
 * @used: out; bytes of @buf that it took, 1 to VARINT_READ_MAX.
 * Both are untouched on failure: TRUNCATED if @buf ends inside the varint,
 * NOT_MINIMAL if its last byte is a needless 0, TOO_LARGE past 9 bytes.
 * Source: multiformats/unsigned-varint; the 10-byte form of 64 bits is refused there too.
 */
MUST_CHECK enum status varint_decode(uint64_t *value, size_t *used, const uint8_t *buf, size_t len);
/** varint_encode - write @value to @buf, of VARINT_MAX bytes; returns the length.  From 2^63 on it is not read back. */
size_t varint_encode(uint8_t *buf, uint64_t value);
/** varint_append - the same to the end of @b. */
void varint_append(struct bytes *b, uint64_t value);

#endif
