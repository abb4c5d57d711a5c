/* line_private.h - a deal over a line that may have a fault; for replay_line*.c only. */
#ifndef REPLAY_LINE_PRIVATE_H
#define REPLAY_LINE_PRIVATE_H

#include "replay/replay_private.h"

/** struct line_run - a deal over the line. */
struct line_run {
	struct replay *r;
	struct fault fault;
	uint64_t frames;      /* that were put on the line */
	bool hit;             /* the fault has happened */
	struct bytes late[2]; /* frames that come late, by whom they go to */
	bool swapped[2];      /* they come behind the first frame of the next batch, not before it */
	struct error failure; /* the first one since the fault */
	size_t paid;
	unsigned deals, stuck;
	uint64_t rounds_after; /* since the fault */
};

/** line_note_failure - remember the first failure behind the fault, with the words of @p; nothing before the fault. */
void line_note_failure(struct line_run *x, enum status s, const struct party *p);
/**
 * line_carry - bring a batch of frames to a side, as one run of a tool reads what one run of another wrote: up to the first failure.
 * @answer: gets what the provider says; NULL for frames to the client.
 */
MUST_CHECK enum status line_carry(struct line_run *x, enum deal_side to, struct bytes *answer, struct span batch);
/** line_ask - bring a batch to the provider, and its answer back. */
MUST_CHECK enum status line_ask(struct line_run *x, struct span batch);
void line_release(struct line_run *x);

#endif
