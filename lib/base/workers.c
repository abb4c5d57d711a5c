/* workers.c - a few threads that do small jobs, with one queue and one lock. */
#include "base/workers.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS_MAX 4 /* more threads would only wait for jobs */

struct workers {
	pthread_mutex_t lock;
	pthread_cond_t added, finished;
	struct job *first, **last; /* not begun yet */
	bool over;
	unsigned thread_count;
	pthread_t threads[THREADS_MAX];
};

/* Do the first job of the queue. The lock is held before and after, not while it runs. */
static void do_one(struct workers *c)
{
	struct job *j = c->first;

	c->first = j->next;
	if (c->first == NULL)
		c->last = &c->first;
	pthread_mutex_unlock(&c->lock);
	j->run(j);
	pthread_mutex_lock(&c->lock);
	j->done = true;
	pthread_cond_broadcast(&c->finished);
}

static void *work(void *arg)
{
	struct workers *c = arg;

	pthread_mutex_lock(&c->lock);
	while (!c->over) {
		if (c->first != NULL)
			do_one(c);
		else
			pthread_cond_wait(&c->added, &c->lock);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

enum status workers_new(struct workers **out)
{
	struct workers *c = calloc(1, sizeof(*c));
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	sigset_t all, old;

	if (c == NULL)
		return STATUS_NO_MEMORY;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->added, NULL);
	pthread_cond_init(&c->finished, NULL);
	c->last = &c->first;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (c->thread_count < THREADS_MAX && (long)c->thread_count < cores &&
		pthread_create(&c->threads[c->thread_count], NULL, work, c) == 0)
		c->thread_count++;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	*out = c;
	return STATUS_OK;
}

void workers_add(struct workers *c, struct job *j)
{
	j->next = NULL;
	j->done = false;
	pthread_mutex_lock(&c->lock);
	*c->last = j;
	c->last = &j->next;
	pthread_cond_signal(&c->added);
	pthread_mutex_unlock(&c->lock);
}

void workers_wait(struct workers *c, struct job *j)
{
	pthread_mutex_lock(&c->lock);
	while (!j->done) {
		if (c->first != NULL)
			do_one(c);
		else
			pthread_cond_wait(&c->finished, &c->lock);
	}
	pthread_mutex_unlock(&c->lock);
}

void workers_free(struct workers *c)
{
	if (c == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	c->over = true;
	pthread_cond_broadcast(&c->added);
	pthread_mutex_unlock(&c->lock);
	for (unsigned i = 0; i < c->thread_count; i++)
		pthread_join(c->threads[i], NULL);
	pthread_cond_destroy(&c->finished);
	pthread_cond_destroy(&c->added);
	pthread_mutex_destroy(&c->lock);
	free(c);
}
