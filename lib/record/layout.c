/* layout.c - names and JSON of a recording. Trusts no file that is read. */
#include "record/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/multibase.h"
#include "base/number.h"
#include "base/text.h"

#define META_MAX (1u << 20) /* bytes */

const char *recording_stream(enum deal_side side)
{
	return side == SIDE_CLIENT ? "client.frames" : "provider.frames";
}

const char *recording_side(enum deal_side side)
{
	return side == SIDE_CLIENT ? "client" : "provider";
}

char *recording_path(char *path, const char *folder, const char *name)
{
	snprintf(path, RECORDING_PATH_MAX, "%s/%s", folder, name);
	return path;
}

enum status recording_read_file(struct bytes *out, const char *folder, const char *name, size_t max)
{
	char path[RECORDING_PATH_MAX];

	return file_slurp_regular(out, recording_path(path, folder, name), max);
}

enum status recording_read_meta(json_t **meta, const char *folder)
{
	CLEAN_BYTES struct bytes text = {0};
	json_t *object;
	enum status s = recording_read_file(&text, folder, RECORDING_META, META_MAX);

	if (s != STATUS_OK)
		return s;
	object = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
	if (text.len != 0)
		explicit_bzero(text.data, text.len); /* the text may hold a key */
	if (!json_is_object(object)) {
		json_decref(object);
		return STATUS_BAD_TEXT;
	}
	*meta = object;
	return STATUS_OK;
}

/* Fields. */

bool field_is_there(const json_t *object, const char *name)
{
	return json_object_get(object, name) != NULL;
}

const char *field_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

uint64_t field_number(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	uint64_t number = 0;

	if (json_is_string(value))
		return number_parse(&number, span_text(json_string_value(value))) == STATUS_OK ? number : 0;
	return json_integer_value(value) > 0 ? (uint64_t)json_integer_value(value) : 0;
}

struct amount field_amount(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	struct amount a;

	if (!json_is_string(value))
		return amount_u64(field_number(object, name));
	return amount_from_decimal(&a, json_string_value(value)) == STATUS_OK ? a : amount_zero();
}

struct address field_address(const json_t *object, const char *name)
{
	struct address a;

	if (address_parse(&a, NULL, span_text(field_text(object, name))) != STATUS_OK)
		return (struct address){0};
	return a;
}

bool field_hex(uint8_t *out, size_t len, const json_t *object, const char *name)
{
	CLEAN_BYTES struct bytes bytes = {0};
	const char *text = field_text(object, name);

	if (strlen(text) != 2 * len || base_decode(&bytes, BASE16, span_text(text)) != STATUS_OK || bytes.len != len)
		return false;
	memcpy(out, bytes.data, len);
	explicit_bzero(bytes.data, len); /* the text may hold a key */
	return true;
}

json_t *hex_json(const uint8_t *bytes, size_t len)
{
	CLEAN_BYTES struct bytes text = {0};
	json_t *made;

	base_encode(&text, BASE16, span_of(bytes, len));
	if (bytes_status(&text) != STATUS_OK)
		return NULL;
	made = json_stringn((const char *)text.data, text.len);
	explicit_bzero(text.data, text.len);
	return made;
}

json_t *text_json(const char *text)
{
	CLEAN_BYTES struct bytes clean = {0};

	text_append_utf8(&clean, span_text(text));
	return bytes_status(&clean) == STATUS_OK ? json_string(bytes_text(&clean)) : NULL;
}

/* Lines. */

static bool side_of(enum deal_side *side, const json_t *object)
{
	const char *from = field_text(object, "from");

	*side = strcmp(from, recording_side(SIDE_CLIENT)) == 0 ? SIDE_CLIENT : SIDE_PROVIDER;
	return strcmp(from, recording_side(*side)) == 0;
}

json_t *frame_line_json(const struct frame_line *line)
{
	char hash[17];

	snprintf(hash, sizeof(hash), "%016" PRIx64, line->hash);
	return json_pack("{s:I, s:s, s:s, s:s, s:I, s:I}", "bytes", (json_int_t)line->bytes, "from",
		recording_side(line->from), "hash", hash, "kind", line->transfer ? "data-transfer" : "graphsync", "n",
		(json_int_t)line->number, "seq", (json_int_t)line->sequence);
}

enum status frame_line_read(struct frame_line *line, const json_t *object)
{
	uint8_t hash[8];
	enum deal_side from;

	if (!side_of(&from, object) || field_number(object, "bytes") == 0)
		return STATUS_BAD_VALUE;
	*line = (struct frame_line){.from = from, .bytes = field_number(object, "bytes")};
	if (field_hex(hash, sizeof(hash), object, "hash"))
		line->hash = span_number(span_of(hash, sizeof(hash)), 0);
	return STATUS_OK;
}

static const char *bytes_name(enum deal_side side)
{
	return side == SIDE_CLIENT ? "totalReceived" : "totalSent";
}

static const char *funds_name(enum deal_side side)
{
	return side == SIDE_CLIENT ? "fundsSpent" : "fundsReceived";
}

json_t *event_line_json(const struct event_line *line)
{
	return json_pack("{s:I, s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:I}", "currentInterval", (json_int_t)line->interval,
		"event", line->event, "from", recording_side(line->from), funds_name(line->from), line->funds,
		"message", line->message, "seq", (json_int_t)line->sequence, "sequence", (json_int_t)line->own,
		"status", line->state, bytes_name(line->from), (json_int_t)line->bytes);
}

enum status event_line_read(struct event_line *line, const json_t *object)
{
	enum deal_side from;

	if (!side_of(&from, object) || !json_is_string(json_object_get(object, "event")))
		return STATUS_NOT_FOUND;
	*line = (struct event_line){.from = from,
		.event = field_text(object, "event"),
		.state = field_text(object, "status"),
		.message = field_text(object, "message"),
		.bytes = field_number(object, bytes_name(from)),
		.has_bytes = json_object_get(object, bytes_name(from)) != NULL,
		.interval = field_number(object, "currentInterval"),
		.funds = field_text(object, funds_name(from)),
		.own = field_number(object, "sequence")};
	return STATUS_OK;
}
