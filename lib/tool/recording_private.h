/* recording_private.h - what the files of a recording share; for lib/tool only. */
#ifndef TOOL_RECORDING_PRIVATE_H
#define TOOL_RECORDING_PRIVATE_H

#include "tool/recording.h"

#define RECORDING_HASH_SIZE 20 /* bytes of a frame's hash; frames.jsonl has its first eight */

/** struct recording_list - a file of JSON lines that others may append to at the same time. */
struct recording_list {
	int fd;
	off_t seen;     /* bytes read so far, whole lines */
	uint64_t lines; /* in them */
};

/** struct recorder - an open recording. */
struct recorder {
	char folder[4096]; /* absolute */
	struct recording_list frames, events;
	int streams[2];         /* by enum deal_side, of who speaks */
	uint64_t recorded[2];   /* bytes of each stream by frames.jsonl */
	uint64_t last_event[2]; /* the highest sequence number in deal.jsonl */
	struct bytes hashes[2]; /* of the frames of each stream, 8 bytes each */
	uint64_t noted[2][2];   /* by whom, from whom: how many frames of that stream this side has seen */
	bool bound;             /* the deal is known */
	uint64_t deal, transfer;
	uint8_t request[REQUEST_ID_SIZE];
	struct cid payload; /* none if not known */
	bool sold;          /* we wrote what a provider says */
	bool complained;    /* about frames of another deal */
	enum status failed;
};

/** recording_lock - wait for our turn and read what others have added; recording_unlock() ends it. */
MUST_CHECK enum status recording_lock(struct recorder *r);
void recording_unlock(struct recorder *r);
/** recording_append - add @object, which is stolen, as a line. */
MUST_CHECK enum status recording_append(struct recording_list *list, json_t *object);
/** recording_add_events - the events of the deal in @t's store that are not recorded yet. Locked. */
MUST_CHECK enum status recording_add_events(struct tool *t, struct recorder *r);
/** recording_update_meta - write meta.json again with what is known now. Locked. */
MUST_CHECK enum status recording_update_meta(struct tool *t, struct recorder *r);
/** recording_read_meta - meta.json as it is, an empty object if it is not there; a new reference. */
json_t *recording_read_meta(const struct recorder *r);
/** recording_next - the number of the next frame or event: they are counted together. */
static inline json_int_t recording_next(const struct recorder *r)
{
	uint64_t lines = r->frames.lines + r->events.lines;

	return (json_int_t)lines;
}

#endif
