/* car_verify.c - reads runs of sections ahead; worker threads hash the runs while the caller takes sections in order.
 *
 * The caller accepts the sections that a thread has verified, and itself hashes
 * all other sections, damaged or unhashed.  So one function reports damage, and
 * a file too small for threads takes the same path.
 */
#include "ipld/car_verify.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/workers.h"

#define RUNS   4
#define AHEAD  (4u << 20)   /* bytes read ahead before reading pauses */
#define CHUNK  (128u << 10) /* at least so many bytes are hashed as one job */
#define CHUNKS 10           /* of a run; the last chunk takes the rest */
#define SMALL  (256u << 10) /* bytes that are hashed sooner than threads start */
#define KEPT   (2u << 20) /* a run with more memory is freed, so that a few large blocks do not hold memory for good */

/** struct chunk - some whole sections of a run. */
struct chunk {
	struct job job; /* has a function if the workers got this job */
	struct span sections;
	size_t good; /* bytes at the front that are whole sections and match their CIDs */
};

/** struct run - sections from one read. */
struct run {
	struct bytes owner;
	size_t len;
	struct chunk chunks[CHUNKS];
	size_t chunk_count;
};

struct car_verifier {
	struct car_reader *car;
	struct workers *crew; /* NULL until there is enough to hash */
	enum status status;   /* of reading; after one that is not OK no more runs come */
	struct run runs[RUNS];
	size_t head, tail; /* runs [head, tail) are read; the caller is in head */
	size_t ahead;      /* bytes in these runs */
	size_t chunk, at;  /* the caller's place: the chunk, and bytes of that chunk */
	uint64_t offset;   /* the caller's place in the file */
};

static struct span after(struct span s, size_t n)
{
	return span_of(s.data + n, s.len - n);
}

static void hash(struct job *j)
{
	struct chunk *c = (struct chunk *)j;
	struct car_section section;
	size_t size;

	while (c->good < c->sections.len &&
		car_section_decode(&section, &size, after(c->sections, c->good), 0) == STATUS_OK &&
		cid_verify(&section.cid, section.block) == STATUS_OK)
		c->good += size;
}

static void split(struct run *run, struct span rest)
{
	run->chunk_count = 0;
	while (rest.len > 0) {
		struct chunk *c = &run->chunks[run->chunk_count++];
		size_t len = 0;

		do
			len += car_section_size(after(rest, len));
		while (len < rest.len && (len < CHUNK || run->chunk_count == CHUNKS));
		*c = (struct chunk){.sections = span_of(rest.data, len)};
		rest = after(rest, len);
	}
}

/* Without workers (not needed yet, or not available) the caller hashes all sections. */
static void start_hashing(struct car_verifier *v, struct run *run)
{
	if (v->crew == NULL && (run->len < SMALL || workers_new(&v->crew) != STATUS_OK))
		return;
	for (size_t i = 0; i < run->chunk_count; i++) {
		run->chunks[i].job.run = hash;
		workers_add(v->crew, &run->chunks[i].job);
	}
}

static void read_ahead(struct car_verifier *v)
{
	struct span sections;

	while (v->status == STATUS_OK && v->tail - v->head < RUNS && v->ahead < AHEAD) {
		struct run *run = &v->runs[v->tail % RUNS];

		v->status = car_next_run(v->car, &run->owner, &sections);
		if (v->status != STATUS_OK)
			return;
		run->len = sections.len;
		split(run, sections);
		start_hashing(v, run);
		v->ahead += run->len;
		v->tail++;
	}
}

static void wait_for(struct car_verifier *v, struct chunk *c)
{
	if (c->job.run != NULL)
		workers_wait(v->crew, &c->job);
}

static struct run *first_run(struct car_verifier *v)
{
	return &v->runs[v->head % RUNS];
}

static void give_back(struct car_verifier *v)
{
	struct run *run = first_run(v);

	v->ahead -= run->len;
	v->head++;
	if (run->owner.cap > KEPT)
		bytes_release(&run->owner);
}

/* Move the caller to the next chunk, and wait until that chunk is hashed. */
static enum status move_on(struct car_verifier *v)
{
	v->at = 0;
	if (v->head != v->tail && ++v->chunk == first_run(v)->chunk_count) {
		v->chunk = 0;
		give_back(v);
	}
	read_ahead(v);
	if (v->head == v->tail)
		return v->status;
	wait_for(v, &first_run(v)->chunks[v->chunk]);
	return STATUS_OK;
}

enum status car_verifier_next(struct car_verifier *v, struct car_section *section)
{
	struct chunk *c = &first_run(v)->chunks[v->chunk];
	enum status s = STATUS_OK;
	size_t size;

	if (v->head == v->tail || v->at == c->sections.len)
		s = move_on(v);
	if (s != STATUS_OK)
		return s;
	c = &first_run(v)->chunks[v->chunk];
	s = car_section_decode(section, &size, after(c->sections, v->at), v->offset);
	if (s != STATUS_OK && s != STATUS_BAD_CID)
		return s;
	v->at += size;
	v->offset += size;
	if (s != STATUS_OK)
		return s;
	return v->at <= c->good ? STATUS_OK : cid_verify(&section->cid, section->block);
}

enum status car_verifier_new(struct car_verifier **out, struct car_reader *car)
{
	struct car_verifier *v = calloc(1, sizeof(*v));

	if (v == NULL)
		return STATUS_NO_MEMORY;
	v->car = car;
	v->offset = car->offset;
	posix_fadvise(car->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	*out = v;
	return STATUS_OK;
}

uint64_t car_verifier_offset(const struct car_verifier *v)
{
	return v->offset;
}

void car_verifier_free(struct car_verifier *v)
{
	if (v == NULL)
		return;
	for (; v->head != v->tail; v->head++)
		for (size_t i = 0; i < first_run(v)->chunk_count; i++)
			wait_for(v, &first_run(v)->chunks[i]);
	workers_free(v->crew);
	for (size_t i = 0; i < RUNS; i++)
		bytes_release(&v->runs[i].owner);
	free(v);
}
