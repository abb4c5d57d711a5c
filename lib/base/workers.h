/* workers.h - a few threads that do small jobs, such as hashing blocks.
 *
 * The caller that adds a job keeps the job's memory, and waits for the job before
 * touching that memory again. A waiting thread does jobs itself, so workers
 * without threads (on a machine that gives none) are only slower.
 */
#ifndef BASE_WORKERS_H
#define BASE_WORKERS_H

#include <stdbool.h>

#include "base/status.h"

struct workers;

/** struct job - one piece of work, in the caller's memory, usually inside a larger struct. */
struct job {
	void (*run)(struct job *j); /* on any thread; touches nothing that another job touches */
	struct job *next;           /* the crew's */
	bool done;                  /* the crew's: see workers_wait() */
};

/** workers_new - start threads, as many as suit the machine. The threads receive no signals. */
MUST_CHECK enum status workers_new(struct workers **crew);
/** workers_add - queue the job @j; jobs begin in the order in which they were added. */
void workers_add(struct workers *crew, struct job *j);
/** workers_wait - wait until @j, which was added, is done; the job's writes are then visible. */
void workers_wait(struct workers *crew, struct job *j);
/** workers_free - end the threads; harmless on NULL. All jobs must have been waited for. */
void workers_free(struct workers *crew);

#endif
