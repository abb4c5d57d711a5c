/* recorder_private.h - what the files of the recorder share; for lib/record only. */
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
	uint64_t lines; /* in them */
};

/** struct deal_ids - by what the frames of a deal are recognised. */
struct deal_ids {
	uint64_t deal, transfer;
	uint8_t request[REQUEST_ID_SIZE];
	struct cid payload; /* none if not known */
};

/** struct recorder - an open recording. */
struct recorder {
	struct party *party;
	const char *seed;
	bool with_keys;
	char folder[RECORDING_FOLDER_MAX]; /* absolute */
	struct line_file frames, events;
	int streams[2];         /* by enum deal_side, of who speaks */
	uint64_t recorded[2];   /* bytes of each stream by frames.jsonl */
	uint64_t last_event[2]; /* the highest number of an event in deal.jsonl */
	struct bytes hashes[2]; /* of the frames of each stream, uint64_t each */
	uint64_t noted[2][2];   /* by whom, from whom: how many frames of that stream this side has seen */
	bool bound;             /* the deal is known */
	struct deal_ids ids;    /* of it */
	bool sold;              /* we wrote frames of a provider */
	bool met_other;         /* a frame of another deal came */
	bool told_other;        /* and recorder_met_another_deal() has said so */
	enum status failed;
};

/** struct frame_subject - what a frame says about its deal. */
struct frame_subject {
	enum deal_side from;
	bool transfer;         /* it is a data-transfer message: known by ids.transfer, not by ids.request */
	bool proposal, cancel; /* of a proposal all of @ids is known */
	struct deal_ids ids;
};

/** frame_subject_of - NOT_FOUND for a frame of no deal, or one that does not decode. */
MUST_CHECK enum status frame_subject_of(struct frame_subject *subject, const struct frame *frame);
/** recorder_claims - is the frame of the deal of this recording? The first frame decides which deal that is. */
bool recorder_claims(struct recorder *r, const struct frame_subject *subject);

/** recorder_lock - wait for our turn and read what others have added; recorder_unlock() ends it. IO with errno set, CORRUPT, NO_MEMORY. */
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
/** recorder_update_meta - write meta.json again with what is known now. Locked. */
MUST_CHECK enum status recorder_update_meta(struct recorder *r);
/** recorder_recall - the deal that the folder is about already, from its meta.json, if there is one. Locked. */
void recorder_recall(struct recorder *r);

#endif
