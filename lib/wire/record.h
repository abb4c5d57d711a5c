/* record.h - CBOR maps and tuples, read and written from one table each.
 *
 * Every message of data transfer and of retrieval is a struct with a table of
 * its fields.  A message has two byte forms: the form of cbor-gen, with keys in
 * the order of declaration (in a frame of its own), and DAG-CBOR, with sorted
 * keys (inside a graphsync extension).  One table serves both forms, and a
 * reader accepts exactly the form that its caller asks for.
 */
#ifndef WIRE_RECORD_H
#define WIRE_RECORD_H

#include <stddef.h>

#include "base/array.h"
#include "ipld/cbor.h"

#define RECORD_TEXT_MAX   (64u << 10) /* bytes of a text or byte string in a message */
#define RECORD_FIELDS_MAX 16

enum record_order { RECORD_DECLARED, RECORD_SORTED };

enum field_kind {
	FIELD_UINT,            /* uint64_t */
	FIELD_INT,             /* int64_t */
	FIELD_BOOL,            /* bool */
	FIELD_AMOUNT,          /* struct amount */
	FIELD_ADDRESS,         /* struct address */
	FIELD_ADDRESS_OR_NULL, /* struct address, none for null */
	FIELD_CID,             /* struct cid */
	FIELD_CID_OR_NULL,     /* struct cid, none for null */
	FIELD_TEXT,            /* struct span, borrowed */
	FIELD_TEXT_ANY,        /* the same, but need not be UTF-8: Go writes bytes as text */
	FIELD_BYTES,           /* struct span, borrowed */
	FIELD_ANY_OR_NULL,     /* struct span of one item, borrowed; empty for null */
	FIELD_RECORD,          /* a nested struct; .sub describes it */
	FIELD_RECORD_OR_NULL,  /* the same, or null; .present is the offset of a bool */
	FIELD_VOUCHER,         /* struct voucher (a tuple) */
};

struct record;
struct field {
	const char *key; /* NULL in a tuple */
	enum field_kind kind;
	size_t offset; /* in the struct */
	const struct record *sub;
	size_t present;
	unsigned since; /* the version of a stored record that brought the field; see stored.h */
};
struct record {
	const struct field *fields; /* in the order of declaration */
	size_t count;
	bool tuple; /* an array without keys, in either order */
};

/* A record or a tuple of all fields in @table. The macro counts the fields, because an uncounted field would not be written. */
#define RECORD(table)                                                                                                  \
	{                                                                                                              \
		table, COUNT(table), false                                                                             \
	}
#define TUPLE(table)                                                                                                   \
	{                                                                                                              \
		table, COUNT(table), true                                                                              \
	}

/**
 * record_read - fill @out from the next item of @r; spans in it borrow from the input.
 * @r keeps the first error; @out is then invalid.
 * A null FIELD_RECORD_OR_NULL leaves its member unchanged: the caller zeros @out first.
 */
void record_read(struct cbor_reader *r, const struct record *rec, void *out, enum record_order order);
/** record_version - the highest .since in the table of @rec and in its nested tables; 0 if no field has one. */
unsigned record_version(const struct record *rec);
/** record_read_version - read a record of an older version; fields of later versions stay unchanged. */
void record_read_version(
	struct cbor_reader *r, const struct record *rec, void *out, enum record_order order, unsigned version);
/** record_write - append @in as one item. */
void record_write(struct bytes *b, const struct record *rec, const void *in, enum record_order order);
/** record_decode - decode one item that fills @in; @out, of @size bytes, is untouched on failure. */
MUST_CHECK enum status record_decode(
	void *out, size_t size, const struct record *rec, struct span in, enum record_order order);

#endif
