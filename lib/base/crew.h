/* crew.h - a few threads that work off small jobs, such as hashing blocks.
 *
 * Who adds jobs keeps the memory that they work on, and waits for each before
 * touching it again. Waiting is work too: the waiting thread takes jobs itself,
 * so a crew without threads of its own (a machine that gives us none) is slower
 * and nothing else.
 */
#ifndef BASE_CREW_H
#define BASE_CREW_H

#include <stdbool.h>

#include "base/status.h"

struct crew;

/** struct job - one piece of work; the caller's memory, part of a larger struct as a rule. */
struct job {
	void (*run)(struct job *j); /* on any thread; touches nothing that another job touches */
	struct job *next;           /* the crew's */
	bool done;                  /* the crew's: see crew_wait() */
};

/** crew_new - start a crew, as large as the machine makes sense of. Its threads take no signals. */
MUST_CHECK enum status crew_new(struct crew **crew);
/** crew_add - have @j done; jobs are begun in the order of adding. */
void crew_add(struct crew *crew, struct job *j);
/** crew_wait - come back once @j, which was added, is done; its writes are seen. */
void crew_wait(struct crew *crew, struct job *j);
/** crew_free - end the threads; harmless on NULL. All jobs must have been waited for. */
void crew_free(struct crew *crew);

#endif
