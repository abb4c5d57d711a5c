/* car_copy.c - writes the verified sections of a CAR that match the walk.
 *
 * The walk is folded, so that each node is walked once; a set of keyed hashes
 * records the blocks that were met.  Heads of sections are encoded again: a head
 * has only one encoding, so the bytes are the same.
 */
#include "ipld/car_copy.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/keyed_hash.h"
#include "ipld/car_verify.h"
#include "ipld/walk.h"

#define GATHER (256u << 10) /* bytes written at a time; larger blocks are written directly */

/* The hashes of the blocks that were met: open addressing, the size is a power of two; 0 is a free slot. */
struct seen {
	uint64_t *hashes;
	size_t size, count;
};

struct copying {
	struct car_copy *c;
	struct walk *walk;
	struct seen seen;
	struct bytes out;
};

static uint64_t hash_of(const struct cid *c)
{
	uint64_t hash = keyed_hash(cid_span(c));

	return hash != 0 ? hash : 1;
}

static size_t slot_of(const struct seen *s, uint64_t hash)
{
	size_t slot = (size_t)hash & (s->size - 1);

	while (s->hashes[slot] != 0 && s->hashes[slot] != hash)
		slot = (slot + 1) & (s->size - 1);
	return slot;
}

static bool was_seen(const struct seen *s, const struct cid *c)
{
	return s->size != 0 && s->hashes[slot_of(s, hash_of(c))] != 0;
}

static enum status grow(struct seen *s)
{
	struct seen grown = {.size = s->size != 0 ? 2 * s->size : 1024, .count = s->count};

	grown.hashes = calloc(grown.size, sizeof(*grown.hashes));
	if (grown.hashes == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < s->size; i++)
		if (s->hashes[i] != 0)
			grown.hashes[slot_of(&grown, s->hashes[i])] = s->hashes[i];
	free(s->hashes);
	*s = grown;
	return STATUS_OK;
}

static enum status see(struct seen *s, const struct cid *c)
{
	if (2 * (s->count + 1) > s->size) {
		enum status status = grow(s);

		if (status != STATUS_OK)
			return status;
	}
	s->hashes[slot_of(s, hash_of(c))] = hash_of(c);
	s->count++;
	return STATUS_OK;
}

static enum status flush(struct copying *x)
{
	enum status s = bytes_status(&x->out);

	if (s == STATUS_OK)
		s = file_write_full(x->c->to, x->out.data, x->out.len);
	bytes_clear(&x->out);
	return s;
}

static enum status write_section(struct copying *x, const struct car_section *section)
{
	enum status s;

	car_put_section_head(&x->out, &section->cid, section->block.len);
	if (section->block.len < GATHER) {
		bytes_append(&x->out, section->block.data, section->block.len);
		return x->out.len < GATHER && !x->out.failed ? STATUS_OK : flush(x);
	}
	s = flush(x);
	return s == STATUS_OK ? file_write_full(x->c->to, section->block.data, section->block.len) : s;
}

/* Move to the next link whose block was not met yet; END after the last. */
static enum status walk_on(struct copying *x, struct cid *next)
{
	enum status s;

	while ((s = walk_next(x->walk, next)) == STATUS_OK) {
		if (next->hash != HASH_IDENTITY && !was_seen(&x->seen, next))
			return STATUS_OK;
		if (next->hash != HASH_IDENTITY) {
			walk_skip(x->walk); /* a leaf, or a node without links */
			continue;
		}
		x->c->at = *next;
		s = walk_enter(x->walk, cid_digest(next));
		if (s != STATUS_OK)
			return s;
	}
	return s;
}

/* Take a section that matches its CID; its block must be the next block of the walk. */
static enum status take_section(struct copying *x, const struct car_section *section)
{
	struct cid next;
	enum status s = walk_on(x, &next);

	x->c->at = section->cid;
	if (s == STATUS_END || (s == STATUS_OK && !cid_equal(&next, &section->cid)))
		return STATUS_CORRUPT;
	if (s != STATUS_OK)
		return s;
	s = see(&x->seen, &next);
	if (s != STATUS_OK)
		return s;
	s = walk_enter(x->walk, section->block);
	if (s != STATUS_OK)
		return s;
	return write_section(x, section);
}

static enum status copy_sections(struct copying *x, struct car_reader *car)
{
	struct car_verifier *v = NULL;
	struct car_section section;
	enum status s = car_verifier_new(&v, car);

	while (s == STATUS_OK) {
		s = car_verifier_next(v, &section);
		if (s == STATUS_OK)
			s = take_section(x, &section);
		else if (s == STATUS_BAD_HASH || s == STATUS_UNKNOWN_HASH)
			x->c->at = section.cid;
	}
	car_verifier_free(v);
	return s == STATUS_END ? STATUS_OK : s;
}

static enum status copy_file(struct copying *x)
{
	struct car_reader car;
	enum status s = car_open(&car, x->c->from);

	if (s != STATUS_OK)
		return s;
	s = copy_sections(x, &car);
	car_release(&car);
	return s;
}

enum status car_copy(struct car_copy *c)
{
	struct copying x = {.c = c};
	struct cid next;
	struct stat st;
	enum status s = walk_new_folded(&x.walk, SELECTOR_ALL, &c->root);

	if (s != STATUS_OK)
		return s;
	walk_set_stop(x.walk, c->stop);
	car_put_header(&x.out, &c->root);
	c->at = (struct cid){0};
	s = fstat(c->from, &st) == 0 ? STATUS_OK : STATUS_IO;
	if (s == STATUS_OK && !(S_ISREG(st.st_mode) && st.st_size == 0))
		s = copy_file(&x);
	if (s == STATUS_OK) {
		s = walk_on(&x, &next);
		if (s == STATUS_OK)
			c->at = next;
		s = s == STATUS_END ? flush(&x) : s == STATUS_OK ? STATUS_CORRUPT : s;
	}
	walk_free(x.walk);
	free(x.seen.hashes);
	bytes_release(&x.out);
	return s;
}
