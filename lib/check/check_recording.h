/* check_recording.h - checks that the files of a recording agree. Its findings have no number. */
#ifndef CHECK_CHECK_RECORDING_H
#define CHECK_CHECK_RECORDING_H

#include "check/findings.h"
#include "record/recording.h"
#include "wire/deal_types.h"

/** struct recording_sums - sums over the frames of a recording. */
struct recording_sums {
	struct cid root;          /* none if meta.json has none */
	struct deal_params terms; /* terms of the last proposal, without the selector */
	bool has_terms;
	uint64_t blocks, bytes; /* bytes of the blocks sent, each block once */
	uint64_t links, payments;
	struct amount paid; /* amount of the last voucher */
};

/**
 * check_recording - load the recording in @folder, and compare its files.
 * @r: out; to be released, on failure too. The statuses of recording_load(), and IO with errno set if the CAR can't be read.
 * OK if the check could be made; the findings are in @f.
 */
MUST_CHECK enum status check_recording(
	struct findings *f, struct recording_sums *sums, struct recording *r, const char *folder);

#endif
