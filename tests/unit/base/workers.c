/* workers.c - jobs are done once each, in any order, and waiting for one is enough to use what it wrote. */
#include "base/workers.h"

#include "../../support/test.h"

#define JOBS 1000

struct square {
	struct job job;
	unsigned number, times;
	unsigned long long result;
};

static void run(struct job *j)
{
	struct square *s = (struct square *)j;

	s->times++;
	s->result = (unsigned long long)s->number * s->number;
}

int main(void)
{
	static struct square jobs[JOBS];
	struct workers *crew = NULL;
	unsigned wrong = 0;

	CHECK_EQUAL(workers_new(&crew), STATUS_OK, "a crew");
	for (int round = 0; round < 3; round++) {
		for (unsigned i = 0; i < JOBS; i++) {
			jobs[i] = (struct square){.job = {.run = run}, .number = i + (unsigned)round};
			workers_add(crew, &jobs[i].job);
		}
		for (unsigned i = JOBS; i-- > 0;) /* the last one first: the waiting thread has to work */
			workers_wait(crew, &jobs[i].job);
		for (unsigned i = 0; i < JOBS; i++) {
			unsigned n = i + (unsigned)round;

			wrong += jobs[i].times != 1 || jobs[i].result != (unsigned long long)n * n;
		}
		CHECK_EQUAL(wrong, 0, "each job is done once, and right");
	}
	workers_free(crew);
	workers_free(NULL);
	CHECK_EQUAL(workers_new(&crew), STATUS_OK, "a crew that gets nothing to do");
	workers_free(crew);
	return test_end();
}
