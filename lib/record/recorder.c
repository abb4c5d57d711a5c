/* recorder.c - records the frames of a deal as they are read and written, in the order in which they were first seen.
 *
 * Knows no tool and no connection: the caller passes the frames.
 */
#include "record/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "record/recorder_private.h"

#define FRAME_HASH_SIZE 20 /* bytes of a hash; a line of frames.jsonl has the first eight */

static int open_in(const struct recorder *r, const char *name)
{
	char path[RECORDING_PATH_MAX];

	return open(recording_path(path, r->folder, name), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

static enum status open_files(struct recorder *r)
{
	enum status s;

	r->frames.fd = open_in(r, RECORDING_ORDER);
	r->events.fd = open_in(r, RECORDING_EVENTS);
	for (int side = 0; side < 2; side++)
		r->streams[side] = open_in(r, recording_stream((enum deal_side)side));
	if (r->frames.fd < 0 || r->events.fd < 0 || r->streams[0] < 0 || r->streams[1] < 0)
		return STATUS_IO;
	s = recorder_lock(r);
	if (s != STATUS_OK)
		return s;
	recorder_recall(r);
	recorder_unlock(r);
	return STATUS_OK;
}

static enum status open_folder(struct recorder *r, const char *folder)
{
	enum status s = file_make_folders(folder, 0755);
	char *full;

	if (s != STATUS_OK)
		return s;
	full = realpath(folder, NULL);
	if (full == NULL)
		return STATUS_IO;
	if (strlen(full) >= sizeof(r->folder)) {
		free(full);
		errno = ENAMETOOLONG;
		return STATUS_IO;
	}
	memcpy(r->folder, full, strlen(full) + 1);
	free(full);
	return open_files(r);
}

static enum status explain(struct party *p, enum status s, const char *folder)
{
	return party_fail(
		p, s, "cannot record in '%.400s': %s", folder, s == STATUS_IO ? strerror(errno) : status_text(s));
}

enum status recorder_open(struct recorder **r, struct party *p, const struct recorder_options *options)
{
	struct recorder *made = calloc(1, sizeof(*made));
	enum status s;

	if (made == NULL)
		return explain(p, STATUS_NO_MEMORY, options->folder);
	made->party = p;
	made->seed = options->seed;
	made->with_keys = options->with_keys;
	made->frames.fd = made->events.fd = made->streams[0] = made->streams[1] = -1;
	s = open_folder(made, options->folder);
	if (s != STATUS_OK) {
		s = explain(p, s, options->folder);
		recorder_free(made);
		return s;
	}
	*r = made;
	return STATUS_OK;
}

/*
 * Both sides may record here, and each sees every frame: as its writer or as its reader. A frame that the other side has
 * recorded is found from our position in the stream on; a frame that is really sent twice is recorded twice.
 */
static bool is_noted(struct recorder *r, enum deal_side by, enum deal_side from, uint64_t hash)
{
	const struct bytes *hashes = &r->hashes[from];
	bool writer_records = by != from && r->noted[from][from] != 0;
	uint64_t one;

	/* If the writer records too, a frame that was read before is not recorded again. */
	for (uint64_t i = writer_records ? 0 : r->noted[by][from]; (i + 1) * sizeof(one) <= hashes->len; i++) {
		memcpy(&one, hashes->data + i * sizeof(one), sizeof(one));
		if (one == hash) {
			r->noted[by][from] = i + 1 > r->noted[by][from] ? i + 1 : r->noted[by][from];
			return true;
		}
	}
	return false;
}

/* Add a frame, and then its line. The recording is locked. */
static enum status add_frame(
	struct recorder *r, const struct frame_subject *subject, enum deal_side by, struct span body)
{
	CLEAN_BYTES struct bytes frame = {0};
	struct bytes *hashes = &r->hashes[subject->from];
	struct frame_line line = {.from = subject->from,
		.transfer = subject->transfer,
		.number = r->frames.lines,
		.sequence = recorder_next(r)};
	uint8_t digest[FRAME_HASH_SIZE];
	enum status s;

	blake2b(digest, sizeof(digest), body);
	line.hash = span_number(span_of(digest, sizeof(line.hash)), 0);
	if (is_noted(r, by, subject->from, line.hash))
		return STATUS_OK;
	frame_put(&frame, body);
	line.bytes = frame.len;
	s = bytes_status(&frame);
	if (s != STATUS_OK)
		return s;
	s = file_write_full(r->streams[subject->from], frame.data, frame.len);
	if (s != STATUS_OK)
		return s;
	s = recorder_append(&r->frames, frame_line_json(&line));
	if (s != STATUS_OK)
		return s;
	r->recorded[subject->from] += frame.len;
	bytes_append(hashes, &line.hash, sizeof(line.hash));
	r->noted[by][subject->from] = hashes->len / sizeof(line.hash);
	return bytes_status(hashes);
}

static void take(struct recorder *r, const struct frame *frame, bool written)
{
	struct frame_subject subject;

	if (r->failed != STATUS_OK || frame_subject_of(&subject, frame) != STATUS_OK)
		return;
	if (!r->bound && subject.cancel) /* a recording never begins with the end of a deal */
		return;
	if (!recorder_claims(r, &subject)) {
		r->met_other = true;
		return;
	}
	r->failed = recorder_lock(r);
	if (r->failed != STATUS_OK)
		return;
	r->failed = add_frame(
		r, &subject, (subject.from == SIDE_CLIENT) == written ? SIDE_CLIENT : SIDE_PROVIDER, frame->body);
	recorder_unlock(r);
}

void recorder_read(struct recorder *r, const struct frame *frame)
{
	take(r, frame, false);
}

void recorder_wrote(struct recorder *r, struct span frames)
{
	struct frame frame;
	struct span body;

	while (frame_take(&body, &frames) == STATUS_OK) {
		if (frame_decode(&frame, body) == STATUS_OK && !frame.from_client)
			r->sold = true;
		take(r, &frame, true);
	}
}

bool recorder_met_another_deal(struct recorder *r)
{
	bool news = r->met_other && !r->reported_other;

	r->reported_other = r->met_other;
	return news;
}

const char *recorder_folder(const struct recorder *r)
{
	return r->folder;
}

/* Add the events before the results, because the results include the last event. */
static enum status add_results(struct recorder *r)
{
	enum status s = recorder_lock(r);

	if (s != STATUS_OK)
		return s;
	s = recorder_add_events(r);
	if (s == STATUS_OK)
		s = recorder_update_meta(r);
	recorder_unlock(r);
	return s;
}

enum status recorder_finish(struct recorder *r)
{
	enum status s = r->failed;

	if (s == STATUS_OK && r->bound && r->party->store != NULL)
		s = add_results(r);
	return s == STATUS_OK ? STATUS_OK : explain(r->party, s, r->folder);
}

void recorder_free(struct recorder *r)
{
	const int files[] = {r != NULL ? r->frames.fd : -1, r != NULL ? r->events.fd : -1,
		r != NULL ? r->streams[0] : -1, r != NULL ? r->streams[1] : -1};

	if (r == NULL)
		return;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (files[i] >= 0)
			close(files[i]);
	for (int side = 0; side < 2; side++)
		bytes_release(&r->hashes[side]);
	free(r);
}
