/* check_recording.h - does a recording hold together? Its findings carry no number. */
#ifndef CHECK_CHECK_RECORDING_H
#define CHECK_CHECK_RECORDING_H

#include "check/findings.h"
#include "record/recording.h"
#include "wire/deal_types.h"

/** struct recording_sums - what the frames of a recording come to. */
struct recording_sums {
	struct cid root;          /* none if meta.json has none */
	struct deal_params terms; /* of the last proposal, without its selector */
	bool has_terms;
	uint64_t blocks, bytes; /* that were sent, each block once */
	uint64_t links, payments;
	struct amount paid; /* by the last voucher */
};

/**
 * check_recording - load the recording in @folder, and hold it against itself.
 * @r: out; to be released, on failure too. The statuses of recording_load(), and IO with errno set if the CAR can't be read.
 * OK if the check could be made; what it found is in @f.
 */
MUST_CHECK enum status check_recording(
	struct findings *f, struct recording_sums *sums, struct recording *r, const char *folder);

#endif
