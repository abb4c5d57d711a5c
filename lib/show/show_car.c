/* show_car.c - a CAR, front to back, shown and verified. Memory: a section at a time, and for verifying the index. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ipld/block_fault.h"
#include "ipld/car_index.h"
#include "ipld/car_verify.h"
#include "ipld/walk.h"
#include "show/show.h"

/** struct car_doubt - the first block that can't be read or checked; STATUS_OK if there is none. */
struct car_doubt {
	enum status status;
	uint64_t number, offset; /* offset of its section */
	struct cid cid;
};

/** struct car_totals - the counts of a CAR. */
struct car_totals {
	uint64_t blocks, bytes;              /* sections */
	uint64_t unique, below, below_bytes; /* different blocks; those below the roots */
	uint64_t links;                      /* links in the walks of the roots */
	bool in_order;                       /* sections in the order of the walk, from the first section on */
	struct car_doubt doubt;
	struct car_index index; /* index of all sections, to verify; to be released */
};

static void list_section(struct tool *t, const struct car_section *section)
{
	char text[CID_TEXT_MAX];

	if (!cid_is_none(&section->cid))
		cid_text(text, &section->cid);
	tool_report(t,
		json_pack("{s:s?, s:o, s:o}", "block", cid_is_none(&section->cid) ? NULL : text, "offset",
			show_bytes(section->offset), "length", show_bytes(section->block.len)),
		"%s %" PRIu64 " %zu\n", cid_is_none(&section->cid) ? "?" : text, section->offset, section->block.len);
}

static void doubt(struct car_totals *sum, enum status s, const struct car_section *section)
{
	if (sum->doubt.status == STATUS_OK)
		sum->doubt = (struct car_doubt){s, sum->blocks, section->offset, section->cid};
}

static enum status fail_doubt(struct tool *t, const struct car_doubt *d, const char *name)
{
	uint64_t number = d->number, at = d->offset;
	char text[CID_TEXT_MAX], kind[CID_NAME_MAX];

	cid_text(text, &d->cid);
	if (d->status == STATUS_BAD_CID)
		return party_fail(&t->party, d->status,
			"'%s': block %" PRIu64 ", at byte %" PRIu64 ": its CID can't be read", name, number, at);
	if (d->status == STATUS_UNKNOWN_HASH)
		return party_fail(&t->party, d->status,
			"'%s': block %" PRIu64 ", at byte %" PRIu64 ", %s: its hash is %s, which is not computed here",
			name, number, at, text, cid_hash_text(kind, d->cid.hash));
	return party_fail(&t->party, d->status,
		"'%s': block %s: its codec is %s, which is not read here: its links are not known", name, text,
		cid_codec_text(kind, d->cid.codec));
}

/* One section; its block matches its CID unless @s is a failure. */
static enum status take_section(struct tool *t, struct car_totals *sum, const struct car_section *section,
	enum status s, const struct show_options *o)
{
	char text[CID_TEXT_MAX];

	sum->blocks++;
	sum->bytes += section->block.len;
	if (o->list)
		list_section(t, section);
	if (s == STATUS_BAD_HASH)
		return party_fail(&t->party, s,
			"'%s': block %" PRIu64 ", at byte %" PRIu64 ", does not match its CID %s: %s", o->name,
			sum->blocks, section->offset, cid_text(text, &section->cid), status_text(s));
	if (s != STATUS_OK)
		doubt(sum, s, section);
	return o->verify && s != STATUS_BAD_CID ? car_index_add(&sum->index, section) : STATUS_OK;
}

/* Judge the end of reading: at @offset, where the section after @blocks would begin. */
static enum status end_sections(
	struct tool *t, enum status s, uint64_t blocks, uint64_t offset, const struct show_options *o)
{
	uint64_t number = blocks + 1, at = offset;

	if (s == STATUS_END)
		return STATUS_OK;
	if (s == STATUS_TRUNCATED)
		return party_fail(&t->party, s, "'%s' is cut off: it ends inside block %" PRIu64 ", at byte %" PRIu64,
			o->name, number, at);
	return party_fail(&t->party, s, "'%s': block %" PRIu64 ", at byte %" PRIu64 ": %s", o->name, number, at,
		s == STATUS_IO ? strerror(errno) : status_text(s));
}

/* Read front to back: count blocks, and to verify, note their offsets. */
static enum status read_sections(
	struct tool *t, struct car_reader *car, struct car_totals *sum, const struct show_options *o)
{
	struct car_verifier *verifier = NULL;
	struct car_section section;
	uint64_t offset;
	enum status s = o->verify ? car_verifier_new(&verifier, car) : STATUS_OK;

	while (s == STATUS_OK) {
		s = o->verify ? car_verifier_next(verifier, &section) : car_next(car, &section);
		if (s != STATUS_OK && s != STATUS_BAD_HASH && s != STATUS_UNKNOWN_HASH && s != STATUS_BAD_CID) {
			offset = o->verify ? car_verifier_offset(verifier) : car->offset;
			s = end_sections(t, s, sum->blocks, offset, o);
			break;
		}
		s = take_section(t, sum, &section, s, o);
	}
	car_verifier_free(verifier);
	return s;
}

/* Find the block of the current link of a walk. */
static enum status visit(struct car_totals *sum, struct bytes *block, const struct cid *c, uint64_t *last)
{
	struct car_place *place;
	enum status s;

	bytes_clear(block);
	if (c->hash == HASH_IDENTITY) {
		bytes_append(block, cid_digest(c).data, cid_digest(c).len);
		return bytes_status(block);
	}
	s = car_index_find(&sum->index, &place, c);
	if (s == STATUS_OK && !place->seen) {
		place->seen = true;
		sum->below++;
		sum->below_bytes += place->len;
		sum->in_order = sum->in_order && place->offset > *last;
		*last = place->offset;
	}
	return s == STATUS_OK && c->codec != CODEC_RAW ? car_index_load(&sum->index, block, c) : s;
}

/* The codec is not known: the block is named at the end, and the walk goes on without its links. */
static enum status enter(struct walk *walk, struct car_totals *sum, const struct cid *c, struct span block)
{
	enum status s = walk_enter(walk, block);

	if (s != STATUS_UNKNOWN_CODEC)
		return s;
	doubt(sum, s, &(struct car_section){.cid = *c});
	walk_skip(walk);
	return STATUS_OK;
}

static enum status fail_walk(struct tool *t, enum status s, const struct cid *c, struct span block, const char *name)
{
	char text[CID_TEXT_MAX], hash[CID_NAME_MAX], fault[BLOCK_FAULT_MAX];

	cid_text(text, c);
	if (s != STATUS_NOT_FOUND)
		return party_fail(&t->party, s, "'%s': block %s: %s", name, text,
			s == STATUS_BAD_BLOCK ? block_fault(fault, c, block) : status_text(s));
	if (cid_can_verify(c))
		return party_fail(&t->party, s, "'%s' is not whole: block %s is missing", name, text);
	return party_fail(&t->party, s, "'%s' is not whole: block %s is missing (its hash is %s)", name, text,
		cid_hash_text(hash, c->hash));
}

/* Is the DAG below each root whole? */
static enum status walk_car(
	struct tool *t, struct car_totals *sum, const struct car_reader *car, const struct show_options *o)
{
	struct bytes block = {0};
	struct walk *walk = NULL;
	uint64_t last = 0;
	struct cid c = {0};
	enum status s = STATUS_END;

	for (size_t i = 0; s == STATUS_END && i < car->root_count; i++) {
		if (i == 0)
			s = walk_new_folded(&walk, SELECTOR_ALL, &car->roots[i]);
		else
			walk_add_root(walk, &car->roots[i]);
		while ((s == STATUS_OK || s == STATUS_END) && (s = walk_next(walk, &c)) == STATUS_OK) {
			s = visit(sum, &block, &c, &last);
			if (s == STATUS_OK)
				s = enter(walk, sum, &c, bytes_span(&block));
		}
	}
	sum->links = walk != NULL ? walk_links(walk) : 0;
	walk_free(walk);
	s = s == STATUS_END ? STATUS_OK : fail_walk(t, s, &c, bytes_span(&block), o->name);
	bytes_release(&block);
	return s;
}

static json_t *describe(const struct car_reader *car, const struct car_totals *sum, const struct show_options *o)
{
	json_t *roots = json_array(), *object;

	for (size_t i = 0; i < car->root_count; i++)
		json_array_append_new(roots, show_cid(&car->roots[i]));
	object = json_pack("{s:o, s:s, s:i, s:o, s:o, s:o}", "thing", tool_json_text(o->name), "kind", "car", "version",
		car->end == UINT64_MAX ? 1 : 2, "roots", roots, "blocks", show_bytes(sum->blocks), "bytes",
		show_bytes(sum->bytes));
	if (car->padding != 0)
		json_object_set_new(object, "padding", show_bytes(car->padding));
	if (o->verify) {
		json_object_set_new(object, "verified", json_boolean(sum->doubt.status == STATUS_OK));
		json_object_set_new(object, "below_roots", show_bytes(sum->below));
		json_object_set_new(object, "links", show_bytes(sum->links));
		json_object_set_new(object, "outside", show_bytes(sum->index.count - sum->below));
		json_object_set_new(object, "repeated", show_bytes(sum->index.repeated));
		json_object_set_new(object, "walk_order",
			json_boolean(sum->in_order && sum->below == sum->blocks && car->root_count == 1));
	}
	return object;
}

enum status show_car(struct tool *t, int fd, const struct show_options *o)
{
	struct car_totals sum = {.in_order = true, .index = {.fd = fd}};
	struct car_reader car;
	enum status s = car_open(&car, fd);

	if (s != STATUS_OK)
		return party_fail(&t->party, s, "'%s' has no valid header of a CAR: %s", o->name,
			s == STATUS_IO ? strerror(errno) : status_text(s));
	s = read_sections(t, &car, &sum, o);
	if (s == STATUS_OK && o->verify)
		s = walk_car(t, &sum, &car, o);
	if (s == STATUS_OK) {
		show_print(t, describe(&car, &sum, o));
		if (sum.doubt.status != STATUS_OK)
			s = fail_doubt(t, &sum.doubt, o->name);
	}
	car_release(&car);
	car_index_release(&sum.index);
	return s;
}
