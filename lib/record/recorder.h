/* recorder.h - writes a recording: the frames that one side reads and writes, its events, and the results of the deal.
 *
 * A recording is of one deal. Both sides may record into one folder, at the
 * same time: a frame that the other side has recorded is not recorded again.
 */
#ifndef RECORD_RECORDER_H
#define RECORD_RECORDER_H

#include "party/party.h"
#include "wire/frame.h"

struct recorder;

/** struct recorder_options - how to record. */
struct recorder_options {
	const char *folder; /* the folder; made if it does not exist */
	const char *
		seed; /* the seed of this side's randomness, recorded for replay; NULL if there is none; borrowed as long as the recorder */
	bool with_keys; /* record the secret key of the party, too */
};

/**
 * recorder_open - begin a recording, or continue the recording in the folder.
 * @r: out; to be freed with recorder_free(). @p: borrowed as long as the recorder; its store may be opened later.
 * IO with errno set, or CORRUPT if the folder's files contradict each other; explained.
 */
MUST_CHECK enum status recorder_open(struct recorder **r, struct party *p, const struct recorder_options *options);
/** recorder_read, recorder_wrote - record a frame that was read; record whole frames, with their lengths, that were written. recorder_finish() gives their failures. */
void recorder_read(struct recorder *r, const struct frame *frame);
void recorder_wrote(struct recorder *r, struct span frames);
/** recorder_met_another_deal - a frame of another deal was not recorded; true once. */
bool recorder_met_another_deal(struct recorder *r);
/** recorder_folder - the absolute path of the folder; lives as long as the recorder. */
const char *recorder_folder(const struct recorder *r);
/** recorder_finish - add the new events of the deal and its results, from the party's store. IO with errno set, and the statuses of the store; explained. */
MUST_CHECK enum status recorder_finish(struct recorder *r);
/** recorder_free - close the files; harmless on NULL. */
void recorder_free(struct recorder *r);

#endif
