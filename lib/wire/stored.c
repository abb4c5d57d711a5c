/* stored.c - reads and writes records with the version of their layout.
 *
 * Knows the fields of each version. Does not know where records are stored.
 */
#include "wire/stored.h"

#include <assert.h>
#include <string.h>

#define STORED_SIZE_MAX 4096 /* bytes of the largest struct that is stored */

void stored_write(struct bytes *b, const struct record *rec, const void *in)
{
	unsigned version = record_version(rec);

	if (version != 0)
		cbor_put_uint(b, version);
	record_write(b, rec, in, RECORD_DECLARED);
}

static size_t count_fields(const struct record *rec, unsigned version)
{
	size_t count = 0;

	for (size_t i = 0; i < rec->count; i++)
		count += rec->fields[i].since <= version;
	return count;
}

/* The layout of a record without a version: the first layout with as many fields as the head of the map or array counts. */
static unsigned layout_by_count(const struct record *rec, struct span value)
{
	unsigned newest = record_version(rec), version = 0;
	size_t count = value.data[0] & 0x1f; /* in the head itself, as RECORD_FIELDS_MAX is below 24 */

	while (version < newest && count_fields(rec, version) != count)
		version++;
	return version;
}

static enum status read_version(struct cbor_reader *r, unsigned *out, const struct record *rec, struct span value)
{
	uint64_t version;

	if (cbor_peek(r) != CBOR_UINT) {
		*out = value.len != 0 ? layout_by_count(rec, value) : 0;
		return STATUS_OK;
	}
	version = cbor_read_uint(r);
	if (r->status == STATUS_OK && version > record_version(rec))
		return STATUS_NEWER_VERSION;
	*out = (unsigned)version;
	return r->status == STATUS_OK ? STATUS_OK : STATUS_CORRUPT;
}

enum status stored_decode(void *out, size_t size, const struct record *rec, struct span value)
{
	_Alignas(max_align_t) uint8_t local[STORED_SIZE_MAX] = {0};
	struct cbor_reader r = cbor_reader(value);
	unsigned version;
	enum status s = read_version(&r, &version, rec, value);

	assert(size <= sizeof(local));
	if (s != STATUS_OK)
		return s;
	record_read_version(&r, rec, local, RECORD_DECLARED, version);
	s = cbor_end(&r);
	if (s != STATUS_OK)
		return s == STATUS_NO_MEMORY ? s : STATUS_CORRUPT;
	memcpy(out, local, size);
	return STATUS_OK;
}
