/* recorder_files.c - two files of lines and two streams, to which both sides of a deal append in turn.
 *
 * A line of frames.jsonl is written after its frame: the bytes of a
 * stream after the frame of the last line are from a killed run, and are cut off.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "record/recorder_private.h"

#define LINES_MAX (1u << 30) /* bytes of JSON lines in a recording */

static enum status take_frame_line(struct recorder *r, const json_t *object)
{
	struct frame_line line;
	enum status s = frame_line_read(&line, object);

	if (s != STATUS_OK)
		return s;
	r->recorded[line.from] += line.bytes;
	bytes_append(&r->hashes[line.from], &line.hash, sizeof(line.hash));
	return bytes_status(&r->hashes[line.from]);
}

static enum status take_event_line(struct recorder *r, const json_t *object)
{
	struct event_line line;

	if (event_line_read(&line, object) == STATUS_OK && line.own > r->last_event[line.from])
		r->last_event[line.from] = line.own;
	return STATUS_OK;
}

static enum status take_line(struct recorder *r, const struct line_file *file, const char *line, size_t len)
{
	json_t *object = json_loadb(line, len, 0, NULL);
	enum status s = STATUS_BAD_TEXT;

	if (json_is_object(object))
		s = file == &r->frames ? take_frame_line(r, object) : take_event_line(r, object);
	json_decref(object);
	return s;
}

/* Read the lines that were added since the last call; half a line is from a killed run, and is cut off. */
static enum status catch_up(struct recorder *r, struct line_file *file)
{
	CLEAN_BYTES struct bytes text = {0};
	const char *at, *end, *newline;
	enum status s;

	if (lseek(file->fd, file->seen, SEEK_SET) < 0)
		return STATUS_IO;
	s = file_slurp(&text, file->fd, LINES_MAX);
	if (s != STATUS_OK)
		return s;
	at = (const char *)text.data;
	end = at + text.len;
	while (at < end && (newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		s = take_line(r, file, at, (size_t)(newline - at));
		if (s != STATUS_OK)
			return s;
		file->seen += newline + 1 - at;
		file->lines++;
		at = newline + 1;
	}
	return at < end && ftruncate(file->fd, file->seen) != 0 ? STATUS_IO : STATUS_OK;
}

/* Cut off the bytes of a stream that have no line in frames.jsonl. */
static enum status trim_stream(const struct recorder *r, int side)
{
	off_t size = lseek(r->streams[side], 0, SEEK_END), recorded = (off_t)r->recorded[side];

	if (size < recorded)
		return STATUS_CORRUPT;
	return size > recorded && ftruncate(r->streams[side], recorded) != 0 ? STATUS_IO : STATUS_OK;
}

static enum status catch_up_all(struct recorder *r)
{
	enum status s = catch_up(r, &r->frames);

	if (s != STATUS_OK)
		return s;
	s = catch_up(r, &r->events);
	for (int side = 0; s == STATUS_OK && side < 2; side++)
		s = trim_stream(r, side);
	return s;
}

enum status recorder_lock(struct recorder *r)
{
	enum status s;

	while (flock(r->frames.fd, LOCK_EX) != 0) {
		if (errno != EINTR)
			return STATUS_IO;
	}
	s = catch_up_all(r);
	if (s != STATUS_OK)
		recorder_unlock(r);
	return s;
}

void recorder_unlock(struct recorder *r)
{
	int before = errno;

	flock(r->frames.fd, LOCK_UN);
	errno = before;
}

enum status recorder_append(struct line_file *file, json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
	size_t len;
	enum status s;

	json_decref(object);
	if (text == NULL)
		return STATUS_NO_MEMORY;
	len = strlen(text);
	text[len] = '\n'; /* the newline replaces the final zero, for one write */
	s = file_write_full(file->fd, text, len + 1);
	free(text);
	if (s != STATUS_OK)
		return s;
	file->seen += (off_t)(len + 1);
	file->lines++;
	return STATUS_OK;
}
