/* line_private.h - a deal over a line that may have a fault; for replay_line*.c only. */
#ifndef REPLAY_LINE_PRIVATE_H
#define REPLAY_LINE_PRIVATE_H

#include "replay/replay_private.h"

/** struct line_run - a deal over the line. */
struct line_run {
	struct replay *r;
	struct fault fault;
	uint64_t frames;      /* frames that were put on the line */
	bool hit;             /* the fault has happened */
	struct bytes late[2]; /* delayed frames, by receiver */
	bool swapped[2];      /* the delayed frames come after the first frame of the next batch, not before */
	struct error failure; /* the first failure since the fault */
	size_t paid;
	unsigned deals, stuck;
	uint64_t rounds_after; /* since the fault */
};

/** line_note_failure - remember the first failure after the fault, with the message of @p; does nothing before the fault. */
void line_note_failure(struct line_run *x, enum status s, const struct party *p);
/**
 * line_carry - deliver a batch of frames to a side, like one run of a tool that reads the output of another: up to the first failure.
 * @answer: gets the provider's answer; NULL for frames to the client.
 */
MUST_CHECK enum status line_carry(struct line_run *x, enum deal_side to, struct bytes *answer, struct span batch);
/** line_ask - deliver a batch to the provider, and the answer to the client. */
MUST_CHECK enum status line_ask(struct line_run *x, struct span batch);
void line_release(struct line_run *x);

#endif
