/* frame_queue.c - a thread that reads frames ahead, workers that hash blocks, and a ring of messages to the caller.
 *
 * Knows frames and hashes; nothing of deals. The reading thread owns the slot
 * that it fills until the slot is published; the caller owns the oldest
 * published slot until the caller requests the next one.
 */
#include "peer/frame_queue.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/workers.h"

#define SLOTS      16
#define READ_AHEAD (4u << 20)   /* bytes not yet taken by the caller at which reading pauses */
#define CHUNK      (128u << 10) /* least bytes that are hashed as one job */
#define CHUNKS_MAX (FRAME_MAX / CHUNK + 1)

/** struct chunk - blocks of one message that are hashed together. */
struct chunk {
	struct job job;
	struct received_frame *d;
	size_t first, count;
	enum status status;
};

/** struct slot - one message between the reading thread and the caller. */
struct slot {
	struct bytes owner; /* owns the bytes that @d borrows */
	struct received_frame d;
	enum status status; /* status of reading the message; no slot follows one that is not OK */
	struct chunk chunks[CHUNKS_MAX];
	size_t chunk_count;
};

struct frame_queue {
	struct frame_reader reader;
	int wake;
	bool own_wake;
	struct workers *crew;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t published, taken;
	size_t head, tail; /* slots [head, tail) are published; head belongs to the caller */
	size_t ahead;      /* bytes in the published slots */
	bool in_use;       /* the caller uses slot head */
	bool closing;
	struct slot slots[SLOTS];
};

static void hash_chunk(struct job *j)
{
	struct chunk *c = (struct chunk *)j;

	c->status = received_frame_hash(c->d, c->first, c->count);
}

/* Give the blocks of a message to the workers. */
static void start_hashing(struct frame_queue *in, struct slot *slot)
{
	struct received_frame *d = &slot->d;
	size_t count = d->frame.decoded == STATUS_OK ? d->frame.message.block_count : 0, bytes;

	slot->chunk_count = 0;
	for (size_t i = 0; i < count;) {
		struct chunk *c = &slot->chunks[slot->chunk_count++];

		*c = (struct chunk){.job = {.run = hash_chunk}, .d = d, .first = i};
		for (bytes = 0; i < count && bytes < CHUNK; i++)
			bytes += d->blocks[i].data.len;
		c->count = i - c->first;
		workers_add(in->crew, &c->job);
	}
}

static void finish_hashing(struct frame_queue *in, struct slot *slot)
{
	for (size_t i = 0; i < slot->chunk_count; i++) {
		workers_wait(in->crew, &slot->chunks[i].job);
		if (slot->d.frame.decoded == STATUS_OK)
			slot->d.frame.decoded = slot->chunks[i].status;
	}
	slot->chunk_count = 0;
}

/* Wait for a free slot; NULL once the frame queue is closing. */
static struct slot *free_slot(struct frame_queue *in)
{
	struct slot *slot;

	pthread_mutex_lock(&in->lock);
	while (!in->closing && (in->tail - in->head == SLOTS || in->ahead > READ_AHEAD))
		pthread_cond_wait(&in->taken, &in->lock);
	slot = in->closing ? NULL : &in->slots[in->tail % SLOTS];
	pthread_mutex_unlock(&in->lock);
	return slot;
}

static void publish(struct frame_queue *in, const struct slot *slot)
{
	pthread_mutex_lock(&in->lock);
	in->ahead += slot->d.frame.body.len;
	in->tail++;
	pthread_cond_signal(&in->published);
	pthread_mutex_unlock(&in->lock);
}

static void fill(struct frame_queue *in, struct slot *slot)
{
	struct span body;

	slot->chunk_count = 0;
	slot->d.frame.body = (struct span){0};
	slot->status = frame_next(&in->reader, &body);
	if (slot->status == STATUS_OK)
		slot->status = frame_keep(&in->reader, &slot->owner, &body);
	if (slot->status != STATUS_OK)
		return;
	slot->d.offset = in->reader.offset;
	slot->d.number = in->reader.count - 1;
	received_frame_decode(&slot->d, body);
	start_hashing(in, slot);
}

static void *read_ahead(void *arg)
{
	struct frame_queue *in = arg;
	enum status s = STATUS_OK;
	struct slot *slot;

	while (s == STATUS_OK && (slot = free_slot(in)) != NULL) {
		fill(in, slot);
		s = slot->status;
		publish(in, slot);
	}
	return NULL;
}

static enum status start(struct frame_queue *in)
{
	enum status s = STATUS_OK;
	sigset_t all, old;

	if (in->wake < 0) {
		in->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		in->own_wake = true;
	}
	in->reader.wake = in->wake;
	if (in->wake < 0)
		return STATUS_IO;
	s = workers_new(&in->crew);
	if (s != STATUS_OK)
		return s;
	/* Signals are for the caller's thread: a stopped tool makes @wake readable. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (pthread_create(&in->thread, NULL, read_ahead, in) != 0)
		s = STATUS_NO_MEMORY;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return s;
}

/* Release everything after all threads have ended. */
static void release(struct frame_queue *in)
{
	for (size_t i = 0; i < SLOTS; i++) {
		bytes_release(&in->slots[i].owner);
		received_frame_release(&in->slots[i].d);
	}
	workers_free(in->crew);
	frame_reader_release(&in->reader);
	pthread_cond_destroy(&in->taken);
	pthread_cond_destroy(&in->published);
	pthread_mutex_destroy(&in->lock);
	if (in->own_wake && in->wake >= 0)
		close(in->wake);
	free(in);
}

enum status frame_queue_open(struct frame_queue **out, int fd, int wake)
{
	struct frame_queue *in = calloc(1, sizeof(*in));
	enum status s;

	if (in == NULL)
		return STATUS_NO_MEMORY;
	pthread_mutex_init(&in->lock, NULL);
	pthread_cond_init(&in->published, NULL);
	pthread_cond_init(&in->taken, NULL);
	frame_reader_init(&in->reader, fd);
	in->wake = wake;
	s = start(in);
	if (s != STATUS_OK) {
		release(in);
		return s;
	}
	*out = in;
	return STATUS_OK;
}

bool frame_queue_is_ready(struct frame_queue *in)
{
	bool ready;

	pthread_mutex_lock(&in->lock);
	ready = in->tail - in->head > (in->in_use ? 1 : 0);
	pthread_mutex_unlock(&in->lock);
	return ready;
}

/* Release the caller's slot, and wait for the next one. */
static struct slot *next_slot(struct frame_queue *in)
{
	struct slot *slot;

	pthread_mutex_lock(&in->lock);
	if (in->in_use) {
		in->ahead -= in->slots[in->head % SLOTS].d.frame.body.len;
		in->head++;
		pthread_cond_signal(&in->taken);
	}
	while (in->head == in->tail)
		pthread_cond_wait(&in->published, &in->lock);
	slot = &in->slots[in->head % SLOTS];
	in->in_use = slot->status == STATUS_OK; /* the last slot stays, and its status repeats */
	pthread_mutex_unlock(&in->lock);
	return slot;
}

enum status frame_queue_next(struct frame_queue *in, struct received_frame *d)
{
	struct slot *slot = next_slot(in);

	if (slot->status == STATUS_OK) {
		finish_hashing(in, slot);
		*d = slot->d;
	}
	return slot->status;
}

void frame_queue_close(struct frame_queue *in)
{
	uint64_t one = 1;

	if (in == NULL)
		return;
	pthread_mutex_lock(&in->lock);
	in->closing = true;
	pthread_cond_signal(&in->taken);
	pthread_mutex_unlock(&in->lock);
	if (write(in->wake, &one, sizeof(one)) < 0) {
		/* A full eventfd is readable already. */
	}
	pthread_join(in->thread, NULL);
	for (size_t i = 0; i < SLOTS; i++)
		finish_hashing(in, &in->slots[i]);
	release(in);
}
