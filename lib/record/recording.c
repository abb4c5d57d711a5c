/* recording.c - reads the files of a recording, and compares them with each other. Judges no frame. */
#include "record/recording.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"

#define STREAM_MAX (UINT64_C(4) << 30) /* bytes */
#define LINES_MAX  (256u << 20)

/** struct loading - a recording that is being loaded. */
struct loading {
	struct recording *r;
	struct flaw_taker flaws;
	size_t ordered[2]; /* frames of each stream that frames.jsonl has named */
	size_t line;       /* line number in the current file, from 1 */
};

static void flaw(const struct loading *l, const char *file, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void flaw(const struct loading *l, const char *file, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	l->flaws.flaw(l->flaws.ctx, file, text);
}

/* Read a file; a file that can't be read is a flaw. */
static enum status read_file(struct loading *l, struct bytes *out, const char *name, size_t max)
{
	enum status s = recording_read_file(out, l->r->folder, name, max);

	if (s != STATUS_OK && s != STATUS_NO_MEMORY)
		flaw(l, name, "%s", s == STATUS_IO ? strerror(errno) : status_text(s));
	return s;
}

/* Streams. */

static enum status add_frame(struct recorded_stream *stream, enum deal_side from, struct span body, struct span rest)
{
	struct recorded_frame *list = array_grow(stream->frames, stream->count, &stream->room, sizeof(*stream->frames));
	struct recorded_frame *one;
	uint64_t end = stream->bytes.len - rest.len;

	if (list == NULL)
		return STATUS_NO_MEMORY;
	stream->frames = list;
	one = &list[stream->count];
	*one = (struct recorded_frame){.from = from, .number = stream->count};
	if (stream->count != 0)
		one->offset = list[stream->count - 1].offset + list[stream->count - 1].size;
	one->size = end - one->offset;
	one->frame.decoded = frame_decode(&one->frame, body);
	stream->count++;
	return STATUS_OK;
}

static enum status load_stream(struct loading *l, enum deal_side side)
{
	struct recorded_stream *stream = &l->r->streams[side];
	const char *name = recording_stream(side);
	struct span rest, body;
	enum status s = read_file(l, &stream->bytes, name, STREAM_MAX);

	if (s != STATUS_OK)
		return s == STATUS_NO_MEMORY ? s : STATUS_OK;
	rest = bytes_span(&stream->bytes);
	while ((s = frame_take(&body, &rest)) == STATUS_OK) {
		s = add_frame(stream, side, body, rest);
		if (s != STATUS_OK)
			return s;
	}
	if (s != STATUS_END)
		flaw(l, name, "frame %zu: can't be read: %s", stream->count + 1, status_text(s));
	return STATUS_OK;
}

/* Lines. */

/* Call @each for every line that is an object. */
static enum status each_line(
	struct loading *l, struct span text, const char *name, enum status (*each)(struct loading *l, json_t *object))
{
	const char *at = (const char *)text.data, *end = at + text.len, *stop;
	enum status s = STATUS_OK;

	for (l->line = 1; s == STATUS_OK && at < end; at = stop + 1, l->line++) {
		json_t *object;

		stop = memchr(at, '\n', (size_t)(end - at));
		if (stop == NULL)
			stop = end;
		object = json_loadb(at, (size_t)(stop - at), 0, NULL);
		if (json_is_object(object))
			s = each(l, object);
		else
			flaw(l, name, "line %zu is no JSON object", l->line);
		json_decref(object);
	}
	return s;
}

/* @there: out, does the file exist? A missing file is no flaw. */
static enum status load_lines(
	struct loading *l, bool *there, const char *name, enum status (*each)(struct loading *l, json_t *object))
{
	CLEAN_BYTES struct bytes text = {0};
	enum status s = recording_read_file(&text, l->r->folder, name, LINES_MAX);

	*there = !(s == STATUS_IO && errno == ENOENT);
	if (s == STATUS_NO_MEMORY || !*there)
		return s == STATUS_NO_MEMORY ? s : STATUS_OK;
	if (s != STATUS_OK) {
		flaw(l, name, "%s", s == STATUS_IO ? strerror(errno) : status_text(s));
		return STATUS_OK;
	}
	return each_line(l, bytes_span(&text), name, each);
}

/* The next line of frames.jsonl belongs to the next frame of its stream. */
static enum status take_frame_line(struct loading *l, json_t *object)
{
	struct recording *r = l->r;
	struct recorded_frame **list, *frame;
	struct frame_line line;

	if (frame_line_read(&line, object) != STATUS_OK) {
		flaw(l, RECORDING_ORDER, "line %zu does not say whose frame it is, or how long", l->line);
		return STATUS_OK;
	}
	if (l->ordered[line.from] >= r->streams[line.from].count) {
		flaw(l, RECORDING_ORDER, "line %zu is a frame that %s does not have", l->line,
			recording_stream(line.from));
		return STATUS_OK;
	}
	frame = &r->streams[line.from].frames[l->ordered[line.from]++];
	if (frame->size != line.bytes)
		flaw(l, RECORDING_ORDER, "line %zu says %" PRIu64 " bytes, but frame %zu of %s has %" PRIu64, l->line,
			line.bytes, frame->number + 1, recording_stream(line.from), frame->size);
	/* a list of pointers */
	list = array_grow(r->order, r->count, &r->order_room, sizeof(frame)); // NOLINT(bugprone-sizeof-expression)
	if (list == NULL)
		return STATUS_NO_MEMORY;
	r->order = list;
	r->order[r->count++] = frame;
	return STATUS_OK;
}

static enum status take_event_line(struct loading *l, json_t *object)
{
	struct recording *r = l->r;
	struct event_line line, *list;

	if (event_line_read(&line, object) != STATUS_OK)
		return STATUS_OK;
	list = array_grow(r->events, r->event_count, &r->event_room, sizeof(*r->events));
	if (list == NULL)
		return STATUS_NO_MEMORY;
	r->events = list;
	if (json_array_append(r->event_lines, object) != 0)
		return STATUS_NO_MEMORY;
	r->events[r->event_count++] = line;
	return STATUS_OK;
}

/* Every frame must have a line. */
static void count_lines(const struct loading *l)
{
	const struct recording *r = l->r;

	for (int side = 0; r->has_order && side < 2; side++)
		if (l->ordered[side] < r->streams[side].count)
			flaw(l, RECORDING_ORDER, "has %zu frames of %s, which has %zu", l->ordered[side],
				recording_stream((enum deal_side)side), r->streams[side].count);
}

enum status recording_load(struct recording *r, const char *folder, struct flaw_taker flaws)
{
	struct loading l = {.r = r, .flaws = flaws};
	char why[160];
	enum status s;

	*r = (struct recording){0};
	if (strlen(folder) >= sizeof(r->folder))
		return STATUS_TOO_LARGE;
	memcpy(r->folder, folder, strlen(folder) + 1);
	s = recording_read_meta(&r->meta, folder);
	if (s != STATUS_OK)
		return s;
	r->scenario = json_object_get(r->meta, "scenario");
	if (!recording_check_meta(why, sizeof(why), r->meta))
		flaw(&l, RECORDING_META, "%s", why);
	r->event_lines = json_array();
	if (r->event_lines == NULL)
		return STATUS_NO_MEMORY;
	for (int side = 0; side < 2; side++) {
		s = load_stream(&l, (enum deal_side)side);
		if (s != STATUS_OK)
			return s;
	}
	s = load_lines(&l, &r->has_order, RECORDING_ORDER, take_frame_line);
	if (s != STATUS_OK)
		return s;
	count_lines(&l);
	return load_lines(&l, &r->has_events, RECORDING_EVENTS, take_event_line);
}

void recording_release(struct recording *r)
{
	for (int side = 0; side < 2; side++) {
		bytes_release(&r->streams[side].bytes);
		free(r->streams[side].frames);
	}
	free(r->order);
	free(r->events);
	json_decref(r->event_lines);
	json_decref(r->meta);
	*r = (struct recording){0};
}

enum status recording_content(struct bytes *path, const struct recording *r)
{
	const char *named = field_text(r->meta, "content");
	struct stat st;

	bytes_append_format(path, "%s/%s", r->folder, *named != '\0' ? named : RECORDING_CONTENT);
	if (bytes_status(path) != STATUS_OK)
		return STATUS_NO_MEMORY;
	if (stat(bytes_text(path), &st) != 0)
		return STATUS_IO;
	return S_ISREG(st.st_mode) ? STATUS_OK : STATUS_NOT_REGULAR;
}

const struct event_line *recording_last_event(const struct recording *r, enum deal_side side)
{
	for (size_t i = r->event_count; i > 0; i--)
		if (r->events[i - 1].from == side)
			return &r->events[i - 1];
	return NULL;
}
