/* stored.h - records at rest: the form of record.h with the version of its layout in front.
 *
 * New programs read old records. A field that is added to the table of a stored
 * record names its version with .since: one more than the highest version in
 * the table and its nested tables. Writers write all fields and the newest
 * version; readers leave the fields of later versions at zero.
 *
 * In bytes: the version as a CBOR number, unless it is 0; then the record.
 * The number of fields gives the version of older records, which do not name
 * their version.
 */
#ifndef WIRE_STORED_H
#define WIRE_STORED_H

#include "wire/record.h"

/** stored_write - append the stored form of @in. */
void stored_write(struct bytes *b, const struct record *rec, const void *in);
/**
 * stored_decode - fill @out, of @size bytes, from the stored form; its spans borrow from @value; untouched on failure.
 * NEWER_VERSION if the layout is newer than the table; CORRUPT for any other record that does not decode.
 */
MUST_CHECK enum status stored_decode(void *out, size_t size, const struct record *rec, struct span value);

#endif
