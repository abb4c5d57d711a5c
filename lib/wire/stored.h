/* stored.h - records at rest: the form of record.h with the version of its layout in front.
 *
 * What was written yesterday is read tomorrow. A field that is added to the
 * table of a record that is stored says with .since which version brought it:
 * one more than the highest that the table, and the tables in it, name so far.
 * That is all: writers write all fields and the newest version; readers leave
 * the fields that came later than the version that they find at zero.
 *
 * In bytes: the version as a CBOR number, unless it is 0; then the record.
 * Records that were written before they said their version are told by the
 * number of their fields.
 */
#ifndef WIRE_STORED_H
#define WIRE_STORED_H

#include "wire/record.h"

/** stored_write - append the stored form of @in. */
void stored_write(struct bytes *b, const struct record *rec, const void *in);
/**
 * stored_decode - fill @out, of @size bytes, from the stored form; its spans borrow from @value; untouched on failure.
 * NEWER_VERSION if the layout is newer than the table; CORRUPT for whatever else does not decode.
 */
MUST_CHECK enum status stored_decode(void *out, size_t size, const struct record *rec, struct span value);

#endif
