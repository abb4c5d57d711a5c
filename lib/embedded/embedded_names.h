/* embedded_names.h - the keys of the records of the embedded ledger, for the two files that know the form of records. */
#ifndef EMBEDDED_EMBEDDED_NAMES_H
#define EMBEDDED_EMBEDDED_NAMES_H

#include "embedded/embedded_private.h"

/** struct name - a key: a letter, and the name of the record. */
struct name {
	uint8_t bytes[2 + ADDRESS_MAX + CID_MAX + 8];
	size_t len;
};

static inline struct span name_span(const struct name *n)
{
	return span_of(n->bytes, n->len);
}
struct name name_of(char letter, struct span rest);
/** name_add_number - append 8 bytes, most significant first. */
void name_add_number(struct name *n, uint64_t number);
/** record_load, record_save - one record in its stored form; NOT_FOUND, CORRUPT. */
MUST_CHECK enum status record_load(
	struct kv_txn *txn, void *out, size_t size, const struct record *rec, struct name name);
MUST_CHECK enum status record_save(struct kv_txn *txn, const struct record *rec, const void *in, struct name name);

#endif
