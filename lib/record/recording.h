/* recording.h - a recording in memory: every frame decoded, once, when it is loaded; the events; the results.
 *
 * Trusts none of the files: each is an account of the same deal, and
 * contradictions are reported to the caller, who judges.
 */
#ifndef RECORD_RECORDING_H
#define RECORD_RECORDING_H

#include "record/layout.h"
#include "wire/frame.h"

/** struct recorded_frame - one frame of a stream. */
struct recorded_frame {
	struct frame frame; /* frame.decoded is true if the body decodes */
	enum deal_side from;
	uint64_t offset, size; /* offset in its stream, in bytes, of the length prefix */
	size_t number;         /* number in its stream, from 0 */
};

/** struct recorded_stream - the frames of one side, in order. */
struct recorded_stream {
	struct bytes bytes; /* the frames borrow from it */
	struct recorded_frame *frames;
	size_t count, room;
};

/** struct recording - a loaded recording; all zero is an empty one. Texts and frames live until recording_release(). */
struct recording {
	char folder[RECORDING_FOLDER_MAX];
	json_t *meta, *scenario;           /* meta.json, an object; its scenario, NULL if it has none */
	struct recorded_stream streams[2]; /* by enum deal_side */
	struct recorded_frame **order;     /* by frames.jsonl: the order of both sides */
	size_t count, order_room;          /* the frames in that order */
	struct event_line *events;         /* events of both sides, by deal.jsonl */
	size_t event_count, event_room;
	json_t *event_lines;        /* the lines that the events borrow from */
	bool has_order, has_events; /* frames.jsonl and deal.jsonl exist */
};

/** struct flaw_taker - a callback for contradictions. @text is borrowed for the call. */
struct flaw_taker {
	void (*flaw)(void *ctx, const char *file, const char *text);
	void *ctx;
};

/**
 * recording_load - read the recording in @folder.
 * @r: out; to be released with recording_release(), on failure too.
 * A frame that does not decode is no flaw. The subject of a flaw is left out: a frame, an event, or a whole file.
 * The statuses of recording_read_meta(); TOO_LARGE for too long a name of a folder; NO_MEMORY.
 */
MUST_CHECK enum status recording_load(struct recording *r, const char *folder, struct flaw_taker flaws);
void recording_release(struct recording *r);
/** CLEAN_RECORDING - `CLEAN_RECORDING struct recording r = {0};`: released at the end of the scope. */
#define CLEAN_RECORDING __attribute__((cleanup(recording_release)))

/** recording_content - the path of the CAR: content.car, or the CAR that meta.json names instead; IO with errno set if the CAR is missing, NOT_REGULAR. */
MUST_CHECK enum status recording_content(struct bytes *path, const struct recording *r);
/** recording_last_event - the last event of @side; NULL if the side has no event. */
const struct event_line *recording_last_event(const struct recording *r, enum deal_side side);

#endif
