/* diff_files.c - two streams of frames, two CARs. Memory: a frame of each, or the index of each. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "diff/diff.h"
#include "ipld/car_index.h"

/* Frames. */

/* What show_graphsync() only counts: all links, and the CID of each block. */
static void add_parts(json_t *object, const struct frame *f)
{
	json_t *links = json_array(), *blocks = json_array();
	struct span responses = f->message.responses, rest = f->message.blocks; /* empty in other frames */
	struct graphsync_response response;
	struct graphsync_block block;
	enum graphsync_link kind;
	struct cid c;

	while (graphsync_next_response(&response, &responses))
		while (graphsync_next_link(&c, &kind, &response.links))
			json_array_append_new(links, show_cid(&c));
	while (graphsync_next_block(&block, &rest))
		json_array_append_new(blocks,
			cid_from_prefix(&c, block.prefix, block.data) == STATUS_OK ? show_cid(&c) : json_null());
	json_object_set_new(object, "links", links);
	json_object_set_new(object, "blocks", blocks);
}

static void diff_frame(
	struct differences *d, const struct frame_reader *a, struct span x, const struct frame_reader *b, struct span y)
{
	json_t *left = NULL, *right = NULL;
	struct frame one, two;
	char where[96];
	enum status s = frame_decode(&one, x), other = frame_decode(&two, y);

	if (s == STATUS_OK)
		s = show_frame_message(&left, &one);
	if (other == STATUS_OK)
		other = show_frame_message(&right, &two);
	if (a->offset == b->offset)
		snprintf(where, sizeof(where), "frame %" PRIu64 " at byte %" PRIu64 ": ", a->count, a->offset);
	else
		snprintf(where, sizeof(where), "frame %" PRIu64 " at bytes %" PRIu64 " / %" PRIu64 ": ", a->count,
			a->offset, b->offset);
	if (s != other) {
		difference(d,
			json_pack("{s:s, s:s, s:s}", "field", where, "a", status_text(s), "b", status_text(other)),
			"%s%s / %s", where, status_text(s), status_text(other));
	} else if (s == STATUS_OK) {
		add_parts(left, &one);
		add_parts(right, &two);
		if (diff_json(d, where, left, right) == 0)
			diff_bytes(d, where, x, y);
	} else {
		diff_bytes(d, where, x, y);
	}
	json_decref(left);
	json_decref(right);
}

static enum status explain(struct differences *d, const struct thing *x, enum status s, const char *what, uint64_t at)
{
	if (s == STATUS_CUT)
		s = STATUS_TRUNCATED;
	return party_fail(&d->t->party, s, "'%.200s': %s at byte %" PRIu64 ": %s", x->name, what, at,
		s == STATUS_IO ? strerror(errno) : status_text(s));
}

/* One stream is over: report the frames that the other still has. */
static enum status count_rest(
	struct differences *d, const struct thing *x, struct frame_reader *r, const char *side, uint64_t from)
{
	uint64_t number = r->count, more = 1;
	struct span body;
	enum status s;

	while ((s = frame_next(r, &body)) == STATUS_OK)
		more++;
	if (s != STATUS_END)
		return explain(d, x, s, "frame", r->position);
	difference(d,
		json_pack("{s:s, s:s, s:o, s:o, s:o}", "field", "frames", "only_in", side, "frames", show_bytes(more),
			"frame", show_bytes(number), "offset", show_bytes(from)),
		"only in %s: %" PRIu64 " frame%s, from frame %" PRIu64 " at byte %" PRIu64, side, more,
		more == 1 ? "" : "s", number, from);
	return STATUS_OK;
}

enum status diff_frames(struct differences *d, const struct thing *a, const struct thing *b)
{
	enum status s = STATUS_OK, left, right;
	struct frame_reader x, y;
	struct span p, q;

	frame_reader_init(&x, a->fd);
	frame_reader_init(&y, b->fd);
	for (;;) {
		left = frame_next(&x, &p);
		right = frame_next(&y, &q);
		if (left != STATUS_OK || right != STATUS_OK)
			break;
		if (!span_equal(p, q))
			diff_frame(d, &x, p, &y, q);
	}
	if (left != STATUS_OK && left != STATUS_END)
		s = explain(d, a, left, "frame", x.position);
	else if (right != STATUS_OK && right != STATUS_END)
		s = explain(d, b, right, "frame", y.position);
	else if (left == STATUS_OK)
		s = count_rest(d, a, &x, "a", x.offset);
	else if (right == STATUS_OK)
		s = count_rest(d, b, &y, "b", y.offset);
	frame_reader_release(&x);
	frame_reader_release(&y);
	return s;
}

/* CARs. */

/** struct side - one of two CARs. */
struct side {
	const struct thing *x;
	const char *name; /* "a" or "b" */
	struct car_index index;
	struct car_reader car;
	bool open;
	uint64_t sections; /* sections read so far */
};

static enum status rewind_car(struct differences *d, struct side *side)
{
	enum status s;

	if (side->open)
		car_release(&side->car);
	side->open = false;
	side->sections = 0;
	if (lseek(side->x->fd, 0, SEEK_SET) < 0)
		return explain(d, side->x, STATUS_IO, "header", 0);
	s = car_open(&side->car, side->x->fd);
	if (s != STATUS_OK)
		return explain(d, side->x, s, "header", 0);
	side->open = true;
	return STATUS_OK;
}

/* Read the next section; END is no failure. */
static enum status next_section(struct differences *d, struct side *side, struct car_section *section)
{
	enum status s = car_next(&side->car, section);

	if (s == STATUS_END)
		return s;
	if (s != STATUS_OK)
		return explain(d, side->x, s, "block", side->car.offset);
	side->sections++;
	return STATUS_OK;
}

static enum status index_car(struct differences *d, struct side *side)
{
	struct car_section section;
	enum status s = rewind_car(d, side);

	side->index.fd = side->x->fd;
	if (s != STATUS_OK)
		return s;
	while ((s = next_section(d, side, &section)) == STATUS_OK) {
		s = car_index_add(&side->index, &section);
		if (s != STATUS_OK)
			return s;
	}
	return s == STATUS_END ? STATUS_OK : s;
}

static void diff_roots(struct differences *d, const struct side *a, const struct side *b)
{
	json_t *left = json_array(), *right = json_array();

	for (size_t i = 0; i < a->car.root_count; i++)
		json_array_append_new(left, show_cid(&a->car.roots[i]));
	for (size_t i = 0; i < b->car.root_count; i++)
		json_array_append_new(right, show_cid(&b->car.roots[i]));
	diff_json(d, "roots", left, right);
	json_decref(left);
	json_decref(right);
}

/* Blocks of @a that @b does not have. */
static enum status find_missing(struct differences *d, struct side *a, struct side *b)
{
	struct car_section section;
	struct car_place *place;
	char text[CID_TEXT_MAX];
	enum status s = rewind_car(d, a);

	while (s == STATUS_OK && (s = next_section(d, a, &section)) == STATUS_OK) {
		s = car_index_find(&b->index, &place, &section.cid);
		if (s != STATUS_NOT_FOUND)
			continue;
		cid_text(text, &section.cid);
		difference(d,
			json_pack("{s:s, s:s, s:s, s:o, s:o}", "field", "block", "only_in", a->name, "cid", text,
				"block", show_bytes(a->sections), "offset", show_bytes(section.offset)),
			"only in %s: block %" PRIu64 " at byte %" PRIu64 ": %s", a->name, a->sections, section.offset,
			text);
		s = STATUS_OK;
	}
	return s == STATUS_END ? STATUS_OK : s;
}

/* The next section whose block the other CAR has too. */
static enum status next_common(
	struct differences *d, struct side *side, struct side *other, struct car_section *section)
{
	struct car_place *place;
	enum status s;

	do {
		s = next_section(d, side, section);
		if (s != STATUS_OK)
			return s;
		s = car_index_find(&other->index, &place, &section->cid);
	} while (s == STATUS_NOT_FOUND);
	return s;
}

/* Compare the order and the bytes of the blocks that both CARs have. */
static enum status compare_order(struct differences *d, struct side *a, struct side *b)
{
	char left[CID_TEXT_MAX], right[CID_TEXT_MAX];
	struct car_section x, y;
	enum status s = rewind_car(d, a), other;

	if (s != STATUS_OK)
		return s;
	s = rewind_car(d, b);
	while (s == STATUS_OK) {
		s = next_common(d, a, b, &x);
		other = next_common(d, b, a, &y);
		if (s == STATUS_END && other == STATUS_END)
			return STATUS_OK;
		if ((s != STATUS_OK && s != STATUS_END) || (other != STATUS_OK && other != STATUS_END))
			return s != STATUS_OK && s != STATUS_END ? s : other;
		cid_text(left, &x.cid);
		cid_text(right, &y.cid);
		if (s != other || !cid_equal(&x.cid, &y.cid)) {
			difference(d,
				json_pack("{s:s, s:s, s:s, s:o, s:o}", "field", "order", "a",
					s == STATUS_OK ? left : "nothing", "b", other == STATUS_OK ? right : "nothing",
					"block_a", show_bytes(a->sections), "block_b", show_bytes(b->sections)),
				"order: block %" PRIu64 " is %s / block %" PRIu64 " is %s", a->sections,
				s == STATUS_OK ? left : "nothing", b->sections, other == STATUS_OK ? right : "nothing");
			return STATUS_OK;
		}
		diff_bytes(d, left, x.block, y.block);
	}
	return s;
}

enum status diff_cars(struct differences *d, const struct thing *a, const struct thing *b)
{
	struct side x = {.x = a, .name = "a"}, y = {.x = b, .name = "b"};
	enum status s = index_car(d, &x);

	if (s != STATUS_OK)
		goto out;
	s = index_car(d, &y);
	if (s != STATUS_OK)
		goto out;
	diff_roots(d, &x, &y);
	s = find_missing(d, &x, &y);
	if (s != STATUS_OK)
		goto out;
	s = find_missing(d, &y, &x);
	if (s != STATUS_OK)
		goto out;
	s = compare_order(d, &x, &y);
out:
	if (x.open)
		car_release(&x.car);
	if (y.open)
		car_release(&y.car);
	car_index_release(&x.index);
	car_index_release(&y.index);
	return s;
}
