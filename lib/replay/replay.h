/* replay.h - runs a recorded deal again between our two sides, in a scratch store, and compares.
 *
 * A recording is a folder in the layout of tests/data/vectors/deals/NAME; see
 * retrieval(5).  Each simulated side receives the frames that the other side sent
 * in the recording; its own frames are compared with the recording, frame by
 * frame.  Nothing outside the scratch folder is read or written.
 */
#ifndef REPLAY_REPLAY_H
#define REPLAY_REPLAY_H

#include "tool/tool.h"

enum fault_kind { FAULT_NONE, FAULT_DROP, FAULT_DUP, FAULT_FLIP, FAULT_CUT, FAULT_DELAY, FAULT_SWAP, FAULT_ALL };
#define FAULT_EVERYWHERE UINT64_MAX

/** struct fault - the fault of a line, and the frame that it hits, counted from 0 in the order of delivery; FAULT_EVERYWHERE: each frame in turn, in a deal of its own. */
struct fault {
	enum fault_kind kind;
	uint64_t at;
};

/** struct replay_options - how to replay. */
struct replay_options {
	bool client, provider; /* which sides are ours */
	bool foreign;          /* made by another implementation: frames may be cut differently */
	bool check;            /* print differences only */
	bool step, stats, keep;
	bool expect_resume;
	bool limited; /* only frames below @until */
	uint64_t until;
	struct fault fault;    /* a deal over a lossy line, instead of a comparison */
	const struct key *key; /* the client's key, if the recording has none; may be NULL */
};

/**
 * replay_run - replay the recording in @folder and print the results.
 * OK if all agrees; DIFFERS; of the class MALFORMED if the folder is no recording. With a fault: the status at the end of the deal.
 */
MUST_CHECK enum status replay_run(struct tool *t, const char *folder, const struct replay_options *o);

/** fault_parse - "drop@3", and the like with dup, flip, cut, delay, swap; "drop@all", at each frame in turn; "all", each fault at each frame; USAGE. */
MUST_CHECK enum status fault_parse(struct fault *f, const char *text);

#endif
