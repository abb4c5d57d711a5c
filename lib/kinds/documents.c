/* documents.c - JSON, tables, text, and bytes of no known kind. */
#include "kinds/documents.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ipld/cid.h"

#define KEYS_SHOWN      32
#define DOCUMENT_MEMORY (40u << 20) /* bytes; JSON that may need more is shown as text */

/* The subject of a list of recorded vectors, by a key that only such lists have. */
static const struct {
	const char *key, *about;
} topics[] = {
	{"IntervalLowerBound", "payment intervals and what is owed"},
	{"gas_fee_cap", "chain messages"},
	{"ops", "histories of the payment channel actor"},
	{"loads", "orders in which selectors load links"},
	{"prefix", "CIDs"},
	{"decimal", "token amounts"},
	{"address", "addresses"},
	{"scenario", "how a recorded deal was made"},
	{"cbor", "named items of CBOR"},
};

static json_t *keys_of(const json_t *object)
{
	json_t *keys = json_array(), *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		if (json_array_size(keys) < KEYS_SHOWN)
			json_array_append_new(keys, show_text(span_text(key)));
	}
	return keys;
}

static void add_topic(json_t *out, const json_t *object)
{
	if (json_object_get(object, "fields") != NULL && json_object_get(object, "cbor") != NULL) {
		json_object_set_new(out, "about",
			json_string(json_object_get(object, "type") != NULL
					    ? "messages of retrieval, vouchers and offers"
					    : "data-transfer messages"));
		return;
	}
	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
		if (json_object_get(object, topics[i].key) != NULL) {
			json_object_set_new(out, "about", json_string(topics[i].about));
			return;
		}
	}
}

/* The most memory that reading @text as JSON can take: an object of nothing takes 230 bytes. */
static size_t memory_of(struct span text)
{
	size_t memory = text.len;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '{')
			memory += 240;
		else if (text.data[i] == '[')
			memory += 140;
		else if (text.data[i] == ',' || text.data[i] == ':')
			memory += 50;
	}
	return memory;
}

json_t *document_json(struct span text)
{
	json_t *value = NULL, *out;
	const json_t *sample;
	char what[64];

	if (memory_of(text) <= DOCUMENT_MEMORY)
		value = json_loadb((const char *)text.data, text.len, 0, NULL);
	sample = value;
	if (value == NULL)
		return NULL;
	if (json_is_array(value)) {
		snprintf(what, sizeof(what), "JSON, %zu entries", json_array_size(value));
		sample = json_array_get(value, 0);
	} else {
		snprintf(what, sizeof(what), "JSON, an object of %zu keys", json_object_size(value));
	}
	out = json_pack("{s:s, s:s, s:o, s:o}", "is", what, "type", json_is_array(value) ? "list" : "object", "entries",
		show_bytes(json_is_array(value) ? json_array_size(value) : json_object_size(value)), "keys",
		keys_of(sample));
	add_topic(out, sample);
	json_decref(value);
	return out;
}

/* The next line of @text, taken off it; false at the end. */
static bool next_line(struct span *line, struct span *text)
{
	const uint8_t *newline;

	if (text->len == 0)
		return false;
	newline = memchr(text->data, '\n', text->len);
	*line = span_of(text->data, newline != NULL ? (size_t)(newline - text->data) : text->len);
	*text = span_of(text->data + line->len + (newline != NULL), text->len - line->len - (newline != NULL));
	return true;
}

json_t *document_json_lines(struct span text)
{
	json_t *out, *first = NULL, *value;
	uint64_t count = 0;
	struct span line;
	char what[64];

	if (text.len == 0 || text.data[0] != '{')
		return NULL;
	while (next_line(&line, &text)) {
		value = json_loadb((const char *)line.data, line.len, 0, NULL);
		if (!json_is_object(value)) {
			json_decref(value);
			json_decref(first);
			return NULL;
		}
		count++;
		if (first == NULL)
			first = value;
		else
			json_decref(value);
	}
	snprintf(what, sizeof(what), "JSON lines, %" PRIu64 " objects", count);
	out = json_pack("{s:s, s:o, s:o}", "is", what, "lines", show_bytes(count), "keys", keys_of(first));
	json_decref(first);
	return out;
}

/* UTF-8 without control characters but tab, newline and return. */
static bool is_text(struct span text)
{
	json_t *checked;
	bool yes;

	for (size_t i = 0; i < text.len; i++)
		if ((text.data[i] < 0x20 && strchr("\t\n\r", text.data[i]) == NULL) || text.data[i] == 0 ||
			text.data[i] == 0x7f)
			return false;
	checked = text.len != 0 ? json_stringn((const char *)text.data, text.len) : NULL;
	yes = checked != NULL;
	json_decref(checked);
	return yes;
}

static size_t columns_of(struct span line)
{
	size_t n = 1;

	for (size_t i = 0; i < line.len; i++)
		n += line.data[i] == '\t';
	return n;
}

static json_t *split(struct span line)
{
	json_t *names = json_array();

	while (json_array_size(names) < KEYS_SHOWN) {
		const uint8_t *tab = line.len != 0 ? memchr(line.data, '\t', line.len) : NULL;
		size_t len = tab != NULL ? (size_t)(tab - line.data) : line.len;

		json_array_append_new(names, show_text(span_of(line.data, len)));
		if (tab == NULL)
			break;
		line = span_of(tab + 1, line.len - len - 1);
	}
	return names;
}

json_t *document_table(struct span text)
{
	struct span rest = text, line, first = {0};
	uint64_t rows = 0;
	size_t columns = 0;
	char what[80];

	if (!is_text(text))
		return NULL;
	while (next_line(&line, &rest)) {
		if (rows++ == 0) {
			first = line;
			columns = columns_of(line);
		}
		if (columns_of(line) != columns)
			return NULL;
	}
	if (columns < 2 || rows < 2)
		return NULL;
	snprintf(what, sizeof(what), "table, %" PRIu64 " rows of %zu columns below its head", rows - 1, columns);
	return json_pack("{s:s, s:o, s:o, s:o}", "is", what, "rows", show_bytes(rows - 1), "columns",
		show_bytes(columns), "head", split(first));
}

json_t *document_text(struct span text)
{
	struct span rest = text, line, first = {0};
	uint64_t lines = 0;

	if (!is_text(text))
		return NULL;
	while (next_line(&line, &rest)) {
		if (first.len == 0)
			first = span_of(line.data, line.len < 200 ? line.len : 200);
		lines++;
	}
	return json_pack("{s:s, s:o, s:o, s:o}", "is", "text, not of a known kind", "size", show_bytes(text.len),
		"lines", show_bytes(lines), "first", show_text(first));
}

enum status document_bytes(json_t **object, int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	void *map = MAP_FAILED;
	struct span all;
	struct cid c;
	enum status s;

	if (size < 0)
		return STATUS_IO;
	if (size > 0)
		map = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (size > 0 && map == MAP_FAILED)
		return STATUS_IO;
	all = span_of(size > 0 ? map : "", (size_t)size);
	s = cid_of(&c, 1, CODEC_RAW, HASH_SHA2_256, all);
	if (s == STATUS_OK)
		*object = json_pack("{s:s, s:o, s:o, s:o}", "is", "bytes, not of a known kind", "size",
			show_bytes((uint64_t)size), "cid", show_cid(&c), "first",
			show_hex(span_of(all.data, all.len < 16 ? all.len : 16)));
	if (size > 0)
		munmap(map, (size_t)size);
	return s;
}
