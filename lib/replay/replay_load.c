/* replay_load.c - reading a recording. Believes none of it: what does not fit together is no recording. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "replay/replay_private.h"

#define STREAM_MAX (UINT64_C(4) << 30) /* bytes */
#define LINES_MAX  (256u << 20)

const char *replay_text(const json_t *object, const char *field)
{
	const char *text = json_string_value(json_object_get(object, field));

	return text != NULL ? text : "";
}

uint64_t replay_number(const json_t *object, const char *field)
{
	const json_t *value = json_object_get(object, field);

	uint64_t number = 0;

	if (json_is_string(value) && number_parse(&number, span_text(json_string_value(value))) != STATUS_OK)
		return 0;
	if (json_integer_value(value) > 0)
		number = (uint64_t)json_integer_value(value);
	return number;
}

struct amount replay_amount(const json_t *object, const char *field)
{
	const json_t *value = json_object_get(object, field);
	struct amount a = amount_u64(replay_number(object, field));

	if (json_is_string(value) && amount_from_decimal(&a, json_string_value(value)) != STATUS_OK)
		a = amount_zero();
	return a;
}

struct address replay_address(const json_t *object, const char *field)
{
	struct address a = {0};

	if (address_parse(&a, NULL, span_text(replay_text(object, field))) != STATUS_OK)
		a = (struct address){0};
	return a;
}

enum status replay_broken(struct replay *r, const char *file, const char *why)
{
	return party_fail(
		&r->tool->party, STATUS_BAD_MESSAGE, "'%.400s' is not a recording: %s: %s", r->folder, file, why);
}

static enum status read_file(struct replay *r, struct bytes *out, const char *name, size_t max)
{
	char path[sizeof(r->folder) + 32];
	enum status s;

	snprintf(path, sizeof(path), "%s/%s", r->folder, name);
	s = file_slurp_regular(out, path, max);
	return s == STATUS_OK ? s : replay_broken(r, name, s == STATUS_IO ? strerror(errno) : status_text(s));
}

/* Call @each for every line, which is an object. */
static enum status each_line(struct replay *r, const char *name, enum status (*each)(struct replay *r, json_t *line))
{
	struct bytes text = {0};
	const char *at, *end, *stop;
	enum status s = read_file(r, &text, name, LINES_MAX);

	at = (const char *)text.data;
	end = at + text.len;
	for (; s == STATUS_OK && at < end; at = stop + 1) {
		json_t *line;

		stop = memchr(at, '\n', (size_t)(end - at));
		if (stop == NULL)
			stop = end;
		line = json_loadb(at, (size_t)(stop - at), 0, NULL);
		s = json_is_object(line) ? each(r, line) : replay_broken(r, name, "a line is no JSON object");
		json_decref(line);
	}
	bytes_release(&text);
	return s;
}

static enum status count_frame(struct replay *r, json_t *line)
{
	(void)line;
	r->frame_count++;
	return STATUS_OK;
}

/* The next line of frames.jsonl takes the next frame of its stream. */
static enum status add_frame(struct replay *r, json_t *line)
{
	const char *from = replay_text(line, "from");
	enum deal_side side = strcmp(from, "client") == 0 ? SIDE_CLIENT : SIDE_PROVIDER;
	const struct bytes *stream = &r->streams[side];
	struct replay_frame *f = &r->frames[r->frame_count];
	uint64_t offset = 0, len;
	size_t used;

	if (side == SIDE_PROVIDER && strcmp(from, "provider") != 0)
		return replay_broken(r, "frames.jsonl", "a frame is from neither side");
	for (size_t i = r->frame_count; i > 0; i--) {
		if (r->frames[i - 1].from == side) {
			offset = (uint64_t)(r->frames[i - 1].body.data - stream->data) + r->frames[i - 1].body.len;
			break;
		}
	}
	if (offset >= stream->len ||
		varint_decode(&len, &used, stream->data + offset, stream->len - offset) != STATUS_OK || len == 0 ||
		len > FRAME_MAX || len > stream->len - offset - used)
		return replay_broken(
			r, side == SIDE_CLIENT ? "client.frames" : "provider.frames", "a frame is missing");
	if (replay_number(line, "bytes") != used + len)
		return replay_broken(r, "frames.jsonl", "a frame has another length than its stream says");
	*f = (struct replay_frame){.from = side,
		.sequence = replay_number(line, "seq"),
		.offset = offset,
		.body = span_of(stream->data + offset + used, (size_t)len)};
	r->frame_count++;
	return STATUS_OK;
}

static enum status add_event(struct replay *r, json_t *line)
{
	return json_array_append(r->events, line) == 0 ? STATUS_OK : STATUS_NO_MEMORY;
}

/* All frames must have their line. */
static enum status check_whole(struct replay *r)
{
	uint64_t used[2] = {0, 0};

	for (size_t i = 0; i < r->frame_count; i++) {
		const struct replay_frame *f = &r->frames[i];

		used[f->from] = (uint64_t)(f->body.data - r->streams[f->from].data) + f->body.len;
	}
	for (int side = 0; side < 2; side++) {
		if (used[side] != r->streams[side].len)
			return replay_broken(r, side == SIDE_CLIENT ? "client.frames" : "provider.frames",
				"bytes that frames.jsonl does not speak of");
	}
	return STATUS_OK;
}

enum status replay_load(struct replay *r)
{
	char path[sizeof(r->folder) + 32];
	size_t count;
	enum status s;

	snprintf(path, sizeof(path), "%s/meta.json", r->folder);
	r->meta = tool_read_json(path);
	r->scenario = json_object_get(r->meta, "scenario");
	r->events = json_array();
	if (!json_is_object(r->scenario))
		return replay_broken(r, "meta.json", "not there, or not what it should be");
	s = replay_check_meta(r);
	if (s != STATUS_OK)
		return s;
	s = read_file(r, &r->streams[SIDE_CLIENT], "client.frames", STREAM_MAX);
	if (s == STATUS_OK)
		s = read_file(r, &r->streams[SIDE_PROVIDER], "provider.frames", STREAM_MAX);
	if (s == STATUS_OK)
		s = each_line(r, "frames.jsonl", count_frame);
	count = r->frame_count;
	r->frame_count = 0;
	r->frames = calloc(count + 1, sizeof(*r->frames));
	if (r->frames == NULL)
		s = STATUS_NO_MEMORY;
	if (s == STATUS_OK)
		s = each_line(r, "frames.jsonl", add_frame);
	if (s == STATUS_OK)
		s = check_whole(r);
	if (s == STATUS_OK && r->frame_count == 0)
		s = replay_broken(r, "frames.jsonl", "there is no frame in it");
	return s == STATUS_OK ? each_line(r, "deal.jsonl", add_event) : s;
}

void replay_unload(struct replay *r)
{
	for (int side = 0; side < 2; side++)
		bytes_release(&r->streams[side]);
	free(r->frames);
	json_decref(r->events);
	json_decref(r->meta);
}

bool replay_next_frame(struct span *body, struct span *stream)
{
	uint64_t len;
	size_t used;

	if (stream->len == 0 || varint_decode(&len, &used, stream->data, stream->len) != STATUS_OK ||
		len > stream->len - used)
		return false;
	*body = span_of(stream->data + used, (size_t)len);
	*stream = span_of(body->data + body->len, stream->len - used - body->len);
	return true;
}
