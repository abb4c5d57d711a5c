/* show_items.c - CBOR items and dag-pb nodes as JSON. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/multibase.h"
#include "ipld/dagpb.h"
#include "show/show.h"
#include "unixfs/unixfs.h"

#define DEPTH_SHOWN 16
#define ITEMS_SHOWN 64         /* of one array or map */
#define BYTES_SHOWN 64         /* of one byte string */
#define WHOLE_MAX   (1u << 20) /* bytes of an item that is shown whole */
#define MEMORY_MAX  1100000    /* memory of an item as JSON, in units of about 40 bytes: one for a number or a string */
#define NESTED_COST 6          /* such units for a list or a map; links and bytes are maps */

/** struct item_reader - an item being turned into DAG-JSON. */
struct item_reader {
	struct cbor_reader in;
	unsigned depth; /* levels that may still be shown */
	bool whole;     /* nothing is left out or cleaned */
	size_t memory;  /* units that may still be used: see MEMORY_MAX */
};

static json_t *read_item(struct item_reader *r);

static json_t *read_text(struct item_reader *r)
{
	struct span text = cbor_read_text(&r->in, SIZE_MAX);

	return r->whole ? json_stringn((const char *)text.data, text.len) : show_text(text);
}

/* Bytes are base64 without padding. */
static json_t *read_bytes(struct item_reader *r)
{
	struct span in = cbor_read_bytes(&r->in, SIZE_MAX);
	struct bytes text = {0};
	json_t *made;

	if (r->whole || in.len <= BYTES_SHOWN) {
		base_encode(&text, BASE64, in);
	} else {
		base_encode(&text, BASE64, span_of(in.data, BYTES_SHOWN));
		bytes_append_format(&text, "... (%zu bytes)", in.len);
	}
	made = json_pack("{s:{s:s}}", "/", "bytes", bytes_text(&text));
	bytes_release(&text);
	return made;
}

static json_t *read_map(struct item_reader *r)
{
	json_t *object = json_object();
	size_t n = cbor_read_map(&r->in);
	char clean[256];

	for (size_t i = 0; i < n && r->in.status == STATUS_OK; i++) {
		struct span key = cbor_read_text(&r->in, SIZE_MAX);

		if (r->whole) {
			json_object_setn_new_nocheck(object, (const char *)key.data, key.len, read_item(r));
		} else if (i < ITEMS_SHOWN) {
			span_clean(clean, sizeof(clean), key);
			json_object_set_new(object, clean, read_item(r));
		} else {
			cbor_read_any(&r->in, CBOR_ANY_ORDER);
		}
	}
	if (n > ITEMS_SHOWN && !r->whole)
		json_object_set_new(object, "...", show_bytes(n - ITEMS_SHOWN));
	return object;
}

static json_t *read_array(struct item_reader *r)
{
	json_t *array = json_array();
	size_t n = cbor_read_array(&r->in);

	for (size_t i = 0; i < n && r->in.status == STATUS_OK; i++) {
		if (i < ITEMS_SHOWN || r->whole)
			json_array_append_new(array, read_item(r));
		else
			cbor_read_any(&r->in, CBOR_ANY_ORDER);
	}
	if (n > ITEMS_SHOWN && !r->whole)
		json_array_append_new(array, json_string("..."));
	return array;
}

static json_t *read_link(struct item_reader *r)
{
	struct cid c = {0};

	cbor_read_link(&r->in, &c);
	return json_pack("{s:o}", "/", show_cid(&c));
}

/* A float is the last eight bytes of its item; the reader lets no other kind through. */
static json_t *read_float(struct item_reader *r)
{
	struct span item = cbor_read_any(&r->in, CBOR_ANY_ORDER);
	uint64_t bits = 0;
	double value;

	for (size_t i = 1; i < item.len && i < 9; i++)
		bits = bits << 8 | item.data[i];
	memcpy(&value, &bits, sizeof(value));
	return json_real(value);
}

/* A number below the signed 64-bit range is -1 - n: as a decimal string. */
static json_t *read_negative(struct item_reader *r)
{
	struct cbor_reader before = r->in;
	int64_t number = cbor_read_int(&r->in);
	char text[32];
	uint64_t n = 0;
	struct span item;

	if (r->in.status == STATUS_OK)
		return json_integer((json_int_t)number);
	r->in = before;
	item = cbor_read_any(&r->in, CBOR_ANY_ORDER);
	for (size_t i = 1; i < item.len && i < 9; i++)
		n = n << 8 | item.data[i];
	if (n == UINT64_MAX)
		return json_string("-18446744073709551616");
	n++;
	snprintf(text, sizeof(text), "-%" PRIu64, n);
	return json_string(text);
}

/* A map or an array, one level further down. */
static json_t *read_nested(struct item_reader *r, bool map)
{
	json_t *made;

	r->depth--;
	made = map ? read_map(r) : read_array(r);
	r->depth++;
	return made;
}

/* Room for the next item. Without room the item is left out; an item that must be shown whole then fails. */
static bool take_memory(struct item_reader *r)
{
	enum cbor_type type = cbor_peek(&r->in);
	size_t cost = 1;

	if (type == CBOR_ARRAY || type == CBOR_MAP || type == CBOR_LINK)
		cost = NESTED_COST;
	else if (type == CBOR_BYTES)
		cost = 2 * NESTED_COST;

	if (r->memory < cost) {
		if (r->whole)
			cbor_fail(&r->in, STATUS_TOO_LARGE);
		return false;
	}
	r->memory -= cost;
	return true;
}

static json_t *read_item(struct item_reader *r)
{
	if (r->depth == 0 || !take_memory(r)) {
		cbor_read_any(&r->in, CBOR_ANY_ORDER);
		return json_string("...");
	}
	switch (cbor_peek(&r->in)) {
	case CBOR_UINT:
		return show_bytes(cbor_read_uint(&r->in));
	case CBOR_NEGATIVE:
		return read_negative(r);
	case CBOR_BYTES:
		return read_bytes(r);
	case CBOR_TEXT:
		return read_text(r);
	case CBOR_ARRAY:
		return read_nested(r, false);
	case CBOR_MAP:
		return read_nested(r, true);
	case CBOR_LINK:
		return read_link(r);
	case CBOR_FALSE:
	case CBOR_TRUE:
		return json_boolean(cbor_read_bool(&r->in));
	case CBOR_NULL:
		cbor_read_null(&r->in);
		return json_null();
	case CBOR_FLOAT:
		return read_float(r);
	case CBOR_NONE:
		break;
	}
	cbor_fail(&r->in, STATUS_BAD_TYPE);
	return json_null();
}

json_t *show_item(struct span cbor)
{
	struct item_reader r = {cbor_reader(cbor), DEPTH_SHOWN, false, MEMORY_MAX};

	return cbor.len != 0 ? read_item(&r) : json_null();
}

json_t *show_whole_item(struct span cbor)
{
	struct item_reader r = {cbor_reader(cbor), CBOR_DEPTH_MAX + 1, true, MEMORY_MAX};
	json_t *whole;

	if (cbor.len == 0 || cbor.len > WHOLE_MAX)
		return show_item(cbor);
	whole = read_item(&r);
	if (r.in.status != STATUS_TOO_LARGE)
		return whole;
	json_decref(whole);
	return show_item(cbor);
}

static const char *unixfs_type_name(enum unixfs_type type)
{
	static const char *const names[] = {"raw", "directory", "file", "metadata", "symlink", "hamt"};

	return names[type];
}

json_t *show_dagpb(struct span block, size_t links)
{
	json_t *object = json_object(), *list;
	struct dagpb_node node;
	struct dagpb_link link;
	struct unixfs_data file;

	if (dagpb_decode(&node, block) != STATUS_OK)
		return object;
	list = json_array();
	if (node.has_data && unixfs_decode(&file, node.data) == STATUS_OK) {
		json_object_set_new(object, "unixfs", json_string(unixfs_type_name(file.type)));
		if (file.has_size)
			json_object_set_new(object, "size", show_bytes(file.size));
	}
	json_object_set_new(object, "data", show_bytes(node.data.len));
	json_object_set_new(object, "links", show_bytes(node.link_count));
	while (json_array_size(list) < links && dagpb_next_link(&link, &node.links)) {
		json_t *shown = json_pack("{s:o}", "cid", show_cid(&link.hash));

		if (link.has_name && link.name.len != 0)
			json_object_set_new(shown, "name", show_text(link.name));
		if (link.has_size)
			json_object_set_new(shown, "dag_size", show_bytes(link.size));
		json_array_append_new(list, shown);
	}
	json_object_set_new(object, "first", list);
	return object;
}
