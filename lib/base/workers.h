/* workers.h - a few threads that work off small jobs, such as hashing blocks.
 *
 * Who adds jobs keeps the memory that they work on, and waits for each before
 * touching it again. Waiting is work too: the waiting thread takes jobs itself,
 * so a crew without threads of its own (a machine that gives us none) is slower
 * and nothing else.
 */
#ifndef BASE_WORKERS_H
#define BASE_WORKERS_H

#include <stdbool.h>

#include "base/status.h"

struct workers;

/** struct job - one piece of work; the caller's memory, part of a larger struct as a rule. */
struct job {
	void (*run)(struct job *j); /* on any thread; touches nothing that another job touches */
	struct job *next;           /* the crew's */
	bool done;                  /* the crew's: see workers_wait() */
};

/** workers_new - start a crew, as large as the machine makes sense of. Its threads take no signals. */
MUST_CHECK enum status workers_new(struct workers **crew);
/** workers_add - have @j done; jobs are begun in the order of adding. */
void workers_add(struct workers *crew, struct job *j);
/** workers_wait - come back once @j, which was added, is done; its writes are seen. */
void workers_wait(struct workers *crew, struct job *j);
/** workers_free - end the threads; harmless on NULL. All jobs must have been waited for. */
void workers_free(struct workers *crew);

#endif
