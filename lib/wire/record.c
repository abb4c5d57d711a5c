/* record.c - reads and writes records from their tables.
 *
 * Knows the two orders of keys and the Go types that cbor-gen maps to CBOR.
 * Does not know any message: the tables are in other files.
 */
#include "wire/record.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include "wire/address.h"
#include "wire/voucher.h"

#define RECORD_SIZE_MAX 4096 /* bytes of the largest struct that has a table */

/* The order of DAG-CBOR: shorter keys first, then bytewise. */
static int key_cmp(const char *a, const char *b)
{
	size_t alen = strlen(a), blen = strlen(b);

	if (alen != blen)
		return alen < blen ? -1 : 1;
	return memcmp(a, b, alen);
}

/** struct form - the order and the version of a record. */
struct form {
	enum record_order order;
	unsigned version; /* fields of later versions are absent */
};

/* List the fields of @rec in wire order; returns their number. */
static size_t arrange(const struct field *out[RECORD_FIELDS_MAX], const struct record *rec, struct form form)
{
	bool sort = form.order == RECORD_SORTED && !rec->tuple;
	size_t count = 0;

	assert(rec->count <= RECORD_FIELDS_MAX);
	for (size_t i = 0; i < rec->count; i++) {
		size_t at = count;

		if (rec->fields[i].since > form.version)
			continue;
		count++;
		for (; sort && at > 0 && key_cmp(rec->fields[i].key, out[at - 1]->key) < 0; at--)
			out[at] = out[at - 1];
		out[at] = &rec->fields[i];
	}
	return count;
}

/* True, and the null consumed, if the next item is null. */
static bool read_null(struct cbor_reader *r)
{
	if (cbor_peek(r) != CBOR_NULL)
		return false;
	cbor_read_null(r);
	return true;
}

static struct span read_any_text(struct cbor_reader *r)
{
	bool any_text = r->any_text;
	struct span text;

	r->any_text = true;
	text = cbor_read_text(r, RECORD_TEXT_MAX);
	r->any_text = any_text;
	return text;
}

static struct span read_any(struct cbor_reader *r, enum record_order order)
{
	if (read_null(r))
		return (struct span){0};
	return cbor_read_any(r, order == RECORD_SORTED ? CBOR_SORTED : CBOR_ANY_ORDER);
}

static void read_record(struct cbor_reader *r, const struct record *rec, void *out, struct form form);

static void read_field(struct cbor_reader *r, const struct field *f, void *out, struct form form)
{
	void *at = (uint8_t *)out + f->offset;
	bool *present;

	switch (f->kind) {
	case FIELD_UINT:
		*(uint64_t *)at = cbor_read_uint(r);
		break;
	case FIELD_INT:
		*(int64_t *)at = cbor_read_int(r);
		break;
	case FIELD_BOOL:
		*(bool *)at = cbor_read_bool(r);
		break;
	case FIELD_AMOUNT:
		cbor_read_amount(r, at);
		break;
	case FIELD_ADDRESS:
		address_read(r, at);
		break;
	case FIELD_ADDRESS_OR_NULL:
		*(struct address *)at = (struct address){0};
		if (!read_null(r))
			address_read(r, at);
		break;
	case FIELD_CID_OR_NULL:
		*(struct cid *)at = (struct cid){0};
		if (!read_null(r))
			cbor_read_link(r, at);
		break;
	case FIELD_CID:
		cbor_read_link(r, at);
		break;
	case FIELD_TEXT_ANY:
		*(struct span *)at = read_any_text(r);
		break;
	case FIELD_TEXT:
		*(struct span *)at = cbor_read_text(r, RECORD_TEXT_MAX);
		break;
	case FIELD_BYTES:
		*(struct span *)at = cbor_read_bytes(r, RECORD_TEXT_MAX);
		break;
	case FIELD_ANY_OR_NULL:
		*(struct span *)at = read_any(r, form.order);
		break;
	case FIELD_RECORD:
		read_record(r, f->sub, at, form);
		break;
	case FIELD_RECORD_OR_NULL:
		present = (bool *)((uint8_t *)out + f->present);
		*present = !read_null(r);
		if (*present)
			read_record(r, f->sub, at, form);
		break;
	case FIELD_VOUCHER:
		voucher_read(r, at);
		break;
	}
}

static void read_record(struct cbor_reader *r, const struct record *rec, void *out, struct form form)
{
	const struct field *fields[RECORD_FIELDS_MAX];
	size_t count = arrange(fields, rec, form);

	if (rec->tuple)
		cbor_expect_array(r, count);
	else
		cbor_expect_map(r, count);
	for (size_t i = 0; i < count && r->status == STATUS_OK; i++) {
		if (!rec->tuple)
			cbor_expect_key(r, fields[i]->key);
		read_field(r, fields[i], out, form);
	}
}

void record_read(struct cbor_reader *r, const struct record *rec, void *out, enum record_order order)
{
	read_record(r, rec, out, (struct form){order, UINT_MAX});
}

void record_read_version(
	struct cbor_reader *r, const struct record *rec, void *out, enum record_order order, unsigned version)
{
	read_record(r, rec, out, (struct form){order, version});
}

unsigned record_version(const struct record *rec)
{
	unsigned version = 0;

	for (size_t i = 0; i < rec->count; i++) {
		const struct field *f = &rec->fields[i];
		unsigned nested = f->sub != NULL ? record_version(f->sub) : 0;

		version = f->since > version ? f->since : version;
		version = nested > version ? nested : version;
	}
	return version;
}

/* Write an item of CBOR or a nested record; null if absent. */
static void write_optional(struct bytes *b, const struct field *f, const void *in, enum record_order order)
{
	const void *at = (const uint8_t *)in + f->offset;
	const struct span *any = at;
	const struct cid *cid = at;

	if (f->kind == FIELD_RECORD_OR_NULL && *(const bool *)((const uint8_t *)in + f->present))
		record_write(b, f->sub, at, order);
	else if (f->kind == FIELD_ANY_OR_NULL && any->len > 0)
		cbor_put_raw(b, *any);
	else if (f->kind == FIELD_CID_OR_NULL && !cid_is_none(cid))
		cbor_put_link(b, cid);
	else
		cbor_put_null(b);
}

static void write_field(struct bytes *b, const struct field *f, const void *in, enum record_order order)
{
	const void *at = (const uint8_t *)in + f->offset;

	switch (f->kind) {
	case FIELD_UINT:
		cbor_put_uint(b, *(const uint64_t *)at);
		break;
	case FIELD_INT:
		cbor_put_int(b, *(const int64_t *)at);
		break;
	case FIELD_BOOL:
		cbor_put_bool(b, *(const bool *)at);
		break;
	case FIELD_AMOUNT:
		cbor_put_amount(b, at);
		break;
	case FIELD_ADDRESS:
		address_write(b, at);
		break;
	case FIELD_ADDRESS_OR_NULL:
		if (address_is_none(at))
			cbor_put_null(b);
		else
			address_write(b, at);
		break;
	case FIELD_CID:
		cbor_put_link(b, at);
		break;
	case FIELD_TEXT:
	case FIELD_TEXT_ANY:
		cbor_put_text_span(b, *(const struct span *)at);
		break;
	case FIELD_BYTES:
		cbor_put_bytes(b, *(const struct span *)at);
		break;
	case FIELD_RECORD:
		record_write(b, f->sub, at, order);
		break;
	case FIELD_VOUCHER:
		voucher_write(b, at);
		break;
	case FIELD_CID_OR_NULL:
	case FIELD_ANY_OR_NULL:
	case FIELD_RECORD_OR_NULL:
		write_optional(b, f, in, order);
		break;
	}
}

void record_write(struct bytes *b, const struct record *rec, const void *in, enum record_order order)
{
	const struct field *fields[RECORD_FIELDS_MAX];
	size_t count = arrange(fields, rec, (struct form){order, UINT_MAX});

	if (rec->tuple)
		cbor_put_array(b, count);
	else
		cbor_put_map(b, count);
	for (size_t i = 0; i < count; i++) {
		if (!rec->tuple)
			cbor_put_text(b, fields[i]->key);
		write_field(b, fields[i], in, order);
	}
}

enum status record_decode(void *out, size_t size, const struct record *rec, struct span in, enum record_order order)
{
	_Alignas(max_align_t) uint8_t local[RECORD_SIZE_MAX] = {0};
	struct cbor_reader r = cbor_reader(in);
	enum status s;

	assert(size <= sizeof(local));
	record_read(&r, rec, local, order);
	s = cbor_end(&r);
	if (s != STATUS_OK)
		return s;
	memcpy(out, local, size);
	return STATUS_OK;
}
