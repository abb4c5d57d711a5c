/* recorder_private.h - shared by the files of the recorder; for lib/record only. */
#ifndef RECORD_RECORDER_PRIVATE_H
#define RECORD_RECORDER_PRIVATE_H

#include <sys/types.h>

#include "record/layout.h"
#include "record/recorder.h"
#include "wire/graphsync.h"

/** struct line_file - a file of JSON lines that others may append to at the same time. */
struct line_file {
	int fd;
	off_t seen;     /* bytes read so far, whole lines */
	uint64_t lines; /* number of these lines */
};

/** struct deal_ids - the ids by which the frames of a deal are recognised. */
struct deal_ids {
	uint64_t deal, transfer;
	uint8_t request[REQUEST_ID_SIZE];
	struct cid payload; /* zero if not known */
};

/** struct recorder - an open recording. */
struct recorder {
	struct party *party;
	const char *seed;
	bool with_keys;
	char folder[RECORDING_FOLDER_MAX]; /* absolute */
	struct line_file frames, events;
	int streams[2];         /* by enum deal_side, the sender */
	uint64_t recorded[2];   /* bytes of each stream, by frames.jsonl */
	uint64_t last_event[2]; /* the highest number of an event in deal.jsonl */
	struct bytes hashes[2]; /* hashes of the frames of each stream, uint64_t each */
	uint64_t noted[2][2];   /* [reader or writer][sender]: the frames of that stream that this side has seen */
	bool bound;             /* the deal is known */
	struct deal_ids ids;    /* ids of the deal */
	bool sold;              /* we wrote frames of a provider */
	bool met_other;         /* a frame of another deal came */
	bool reported_other;    /* and recorder_met_another_deal() has reported it */
	enum status failed;
};

/** struct frame_subject - the information about its deal in a frame. */
struct frame_subject {
	enum deal_side from;
	bool transfer; /* the frame is a data-transfer message: recognised by ids.transfer, not by ids.request */
	bool proposal, cancel; /* the frame is a proposal, which has all of @ids */
	struct deal_ids ids;
};

/** frame_subject_of - NOT_FOUND for a frame of no deal, or one that does not decode. */
MUST_CHECK enum status frame_subject_of(struct frame_subject *subject, const struct frame *frame);
/** recorder_claims - does the frame belong to the deal of this recording? The first frame chooses the deal. */
bool recorder_claims(struct recorder *r, const struct frame_subject *subject);

/** recorder_lock - wait for the lock, and read the lines that others have added; recorder_unlock() ends it. IO with errno set, CORRUPT, NO_MEMORY. */
MUST_CHECK enum status recorder_lock(struct recorder *r);
void recorder_unlock(struct recorder *r);
/** recorder_append - add @object, which is stolen, as a line. */
MUST_CHECK enum status recorder_append(struct line_file *file, json_t *object);
/** recorder_next - the number of the next line: frames and events are counted together. */
static inline uint64_t recorder_next(const struct recorder *r)
{
	return r->frames.lines + r->events.lines;
}

/** recorder_add_events - the events of the deal in the party's store that are not recorded yet. Locked. */
MUST_CHECK enum status recorder_add_events(struct recorder *r);
/** recorder_update_meta - write meta.json again with the current facts. Locked. */
MUST_CHECK enum status recorder_update_meta(struct recorder *r);
/** recorder_recall - the deal of the existing recording, from its meta.json, if there is one. Locked. */
void recorder_recall(struct recorder *r);

#endif
