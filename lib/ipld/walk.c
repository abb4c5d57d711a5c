/* walk.c - the walk over links, depth first, as a pure state machine.
 *
 * Knows the order; refuses to know the source of blocks.  The links that are
 * not walked yet are in one arena, one list per open block, the innermost last.
 * A list is dropped when its last link is taken, before descending.
 */
#include "ipld/walk.h"

#include <assert.h>
#include <stdlib.h>

#include "base/varint.h"
#include "ipld/cbor.h"
#include "ipld/dagpb.h"
#include "ipld/walk_private.h"

#define CURSOR_VERSION 1
#define COUNT_MAX      INT64_MAX /* the limit of counted links */

/* One open block: its links are arena[at..] up to where the next frame's begin. */
struct frame {
	struct cid cid;
	size_t start, at; /* of its list in the arena, and of the next link to take */
	uint64_t taken;   /* links taken off its list */
};

struct walk {
	enum selector_kind selector;
	bool pending; /* @current must be entered or skipped; false: the walk is over */
	struct cid current;
	uint64_t links; /* entered, skipped or counted so far */
	uint64_t limit; /* of @links */
	const volatile int *stop;
	bool folded;
	bool no_memory; /* a folded walk had no memory for its table and can't go on */
	struct fold fold;
	struct bytes arena; /* each link: one byte of length, then the CID */
	size_t depth;
	struct frame frames[WALK_DEPTH_MAX];
};

enum status walk_new(struct walk **w, enum selector_kind selector, const struct cid *root)
{
	struct walk *made = calloc(1, sizeof(*made));

	if (!made)
		return STATUS_NO_MEMORY;
	made->selector = selector;
	made->pending = true;
	made->current = *root;
	made->limit = WALK_LINKS_MAX;
	*w = made;
	return STATUS_OK;
}

enum status walk_new_folded(struct walk **w, enum selector_kind selector, const struct cid *root)
{
	enum status s = walk_new(w, selector, root);

	if (s != STATUS_OK)
		return s;
	(*w)->folded = true;
	(*w)->limit = UINT64_MAX;
	return STATUS_OK;
}

static void count(struct walk *w, uint64_t links)
{
	w->links = links < COUNT_MAX - w->links ? w->links + links : COUNT_MAX;
}

void walk_add_root(struct walk *w, const struct cid *root)
{
	uint64_t known = fold_links(&w->fold, root);

	assert(w->folded && !w->pending);
	count(w, known);
	w->current = *root;
	w->pending = known == 0;
}

void walk_free(struct walk *w)
{
	if (!w)
		return;
	bytes_release(&w->arena);
	fold_release(&w->fold);
	free(w);
}

void walk_set_budget(struct walk *w, uint64_t bytes)
{
	uint64_t limit = WALK_LINKS_FREE + bytes / WALK_BYTES_PER_LINK;

	w->limit = limit < WALK_LINKS_MAX ? limit : WALK_LINKS_MAX;
}

void walk_set_stop(struct walk *w, const volatile int *stop)
{
	w->stop = stop;
}

enum status walk_next(struct walk *w, struct cid *link)
{
	if (w->no_memory)
		return STATUS_NO_MEMORY;
	if (w->links > w->limit)
		return STATUS_TOO_LARGE;
	if (!w->pending)
		return STATUS_END;
	if (w->links == w->limit)
		return STATUS_TOO_LARGE;
	if (w->stop != NULL && *w->stop != 0)
		return STATUS_STOPPED;
	*link = w->current;
	return STATUS_OK;
}

/* Take the next link off the innermost list, and drop the list after its last link. */
static void take_link(struct walk *w)
{
	struct frame *f = &w->frames[w->depth - 1];
	size_t len = w->arena.data[f->at];
	enum status s = cid_decode(&w->current, span_of(w->arena.data + f->at + 1, len));

	assert(s == STATUS_OK); /* the arena holds only valid CIDs */
	(void)s;
	f->at += 1 + len;
	f->taken++;
	if (f->at == w->arena.len) {
		w->arena.len = f->start;
		w->depth--;
	}
}

/* Move to the next link.  A folded walk passes over blocks that were walked before. */
static void advance(struct walk *w)
{
	uint64_t known = 1; /* links to count: first the current link, then the links of a block that is passed over */

	do {
		count(w, known);
		if (w->folded && fold_end(&w->fold, w->links, w->depth) != STATUS_OK)
			w->no_memory = true;
		w->pending = w->depth > 0;
		if (!w->pending)
			return;
		take_link(w);
		known = w->folded ? fold_links(&w->fold, &w->current) : 0;
	} while (known != 0);
}

static enum status put_link(void *ctx, const struct cid *c)
{
	struct bytes *arena = ctx;

	if (arena->len + 1 + c->len > WALK_PENDING_MAX)
		return STATUS_TOO_LARGE;
	bytes_append_byte(arena, c->len);
	bytes_append(arena, c->bytes, c->len);
	return bytes_status(arena);
}

static enum status put_dagpb_links(struct bytes *arena, struct span block)
{
	struct dagpb_node node;
	struct dagpb_link link;
	enum status s = dagpb_decode(&node, block);

	if (s != STATUS_OK)
		return s;
	while (dagpb_next_link(&link, &node.links)) {
		s = put_link(arena, &link.hash);
		if (s != STATUS_OK)
			return s;
	}
	return STATUS_OK;
}

/* Open the block of @c: put its links on the arena, and add a frame if the block has links.  On failure the walk is unchanged. */
static enum status open_block(struct walk *w, const struct cid *c, struct span block)
{
	size_t start = w->arena.len;
	enum status s = STATUS_UNKNOWN_CODEC;

	switch (c->codec) {
	case CODEC_RAW:
		s = STATUS_OK;
		break;
	case CODEC_DAG_PB:
		s = put_dagpb_links(&w->arena, block);
		break;
	case CODEC_DAG_CBOR:
		s = cbor_links(block, put_link, &w->arena);
		break;
	}
	if (s == STATUS_OK && w->arena.len > start && w->depth == WALK_DEPTH_MAX)
		s = STATUS_TOO_DEEP;
	if (s != STATUS_OK) {
		w->arena.len = start;
		return s;
	}
	if (w->arena.len > start)
		w->frames[w->depth++] = (struct frame){.cid = *c, .start = start, .at = start};
	return STATUS_OK;
}

enum status walk_enter(struct walk *w, struct span block)
{
	size_t floor = w->depth;
	enum status s;

	if (!w->pending)
		return STATUS_END;
	s = open_block(w, &w->current, block);
	if (s != STATUS_OK)
		return s;
	if (w->folded && w->depth > floor && fold_begin(&w->fold, &w->current, w->links, floor) != STATUS_OK)
		w->no_memory = true;
	advance(w);
	return STATUS_OK;
}

void walk_skip(struct walk *w)
{
	if (w->pending)
		advance(w);
}

uint64_t walk_links(const struct walk *w)
{
	return w->links;
}

static void put_cid(struct bytes *out, const struct cid *c)
{
	bytes_append_byte(out, c->len);
	bytes_append(out, c->bytes, c->len);
}

/* version, selector, links; 1 and the current CID, or 0 if over; the number of frames, and each: CID, links taken */
void walk_save(const struct walk *w, struct bytes *cursor)
{
	bytes_append_byte(cursor, CURSOR_VERSION);
	bytes_append_byte(cursor, (uint8_t)w->selector);
	varint_append(cursor, w->links);
	bytes_append_byte(cursor, w->pending);
	if (w->pending)
		put_cid(cursor, &w->current);
	varint_append(cursor, w->depth);
	for (size_t i = 0; i < w->depth; i++) {
		put_cid(cursor, &w->frames[i].cid);
		varint_append(cursor, w->frames[i].taken);
	}
}

static enum status take_byte(uint8_t *byte, struct span *in)
{
	if (in->len == 0)
		return STATUS_CORRUPT;
	*byte = in->data[0];
	*in = span_of(in->data + 1, in->len - 1);
	return STATUS_OK;
}

static enum status take_number(uint64_t *value, uint64_t max, struct span *in)
{
	size_t used;

	if (varint_decode(value, &used, in->data, in->len) != STATUS_OK || *value > max)
		return STATUS_CORRUPT;
	*in = span_of(in->data + used, in->len - used);
	return STATUS_OK;
}

static enum status take_cid(struct cid *c, struct span *in)
{
	uint8_t len;

	if (take_byte(&len, in) != STATUS_OK || len > in->len || cid_decode(c, span_of(in->data, len)) != STATUS_OK)
		return STATUS_CORRUPT;
	*in = span_of(in->data + len, in->len - len);
	return STATUS_OK;
}

/* The part of a cursor before its frames. */
static enum status restore_head(struct walk *w, uint64_t *depth, struct span *in)
{
	uint8_t version, selector, pending;

	if (take_byte(&version, in) != STATUS_OK || version == 0)
		return STATUS_CORRUPT;
	if (version > CURSOR_VERSION)
		return STATUS_NEWER_VERSION;
	if (take_byte(&selector, in) != STATUS_OK || selector != SELECTOR_ALL)
		return STATUS_CORRUPT;
	if (take_number(&w->links, WALK_LINKS_MAX, in) != STATUS_OK || take_byte(&pending, in) != STATUS_OK ||
		pending > 1)
		return STATUS_CORRUPT;
	if (pending && take_cid(&w->current, in) != STATUS_OK)
		return STATUS_CORRUPT;
	w->selector = SELECTOR_ALL;
	w->pending = pending;
	return take_number(depth, pending ? WALK_DEPTH_MAX : 0, in);
}

/* Restore one frame: load its block and pass over the links already taken, at least one but not all. */
static enum status restore_frame(struct walk *w, struct span *in,
	enum status (*load)(void *ctx, struct bytes *out, const struct cid *c), void *ctx)
{
	size_t depth = w->depth;
	struct bytes block = {0};
	uint64_t taken;
	struct cid c;
	enum status s;

	if (take_cid(&c, in) != STATUS_OK || take_number(&taken, UINT64_MAX, in) != STATUS_OK || taken == 0)
		return STATUS_CORRUPT;
	s = load(ctx, &block, &c);
	if (s == STATUS_OK)
		s = block.failed ? STATUS_NO_MEMORY : open_block(w, &c, bytes_span(&block));
	bytes_release(&block);
	if (s != STATUS_OK)
		return s;
	if (w->depth == depth)
		return STATUS_CORRUPT;
	for (struct frame *f = &w->frames[depth]; f->taken < taken; f->taken++) {
		f->at += 1u + w->arena.data[f->at];
		if (f->at == w->arena.len)
			return STATUS_CORRUPT;
	}
	return STATUS_OK;
}

enum status walk_restore(struct walk **w, struct span cursor,
	enum status (*load)(void *ctx, struct bytes *out, const struct cid *c), void *ctx)
{
	struct walk *made = calloc(1, sizeof(*made));
	uint64_t depth = 0;
	enum status s;

	if (!made)
		return STATUS_NO_MEMORY;
	made->limit = WALK_LINKS_MAX;
	s = restore_head(made, &depth, &cursor);
	for (; s == STATUS_OK && depth > 0; depth--)
		s = restore_frame(made, &cursor, load, ctx);
	if (s == STATUS_OK && cursor.len > 0)
		s = STATUS_CORRUPT;
	if (s != STATUS_OK) {
		walk_free(made);
		return s;
	}
	*w = made;
	return STATUS_OK;
}

/* Load the block of @c if its links are needed. */
static enum status load_links(struct bytes *block, const struct cid *c,
	enum status (*load)(void *ctx, struct bytes *out, const struct cid *c), void *ctx)
{
	enum status s = STATUS_OK;

	bytes_clear(block);
	if (c->hash == HASH_IDENTITY)
		bytes_append(block, cid_digest(c).data, cid_digest(c).len);
	else if (c->codec != CODEC_RAW)
		s = load(ctx, block, c);
	return s == STATUS_OK ? bytes_status(block) : s;
}

enum status walk_count(uint64_t *links, const struct cid *root,
	enum status (*load)(void *ctx, struct bytes *out, const struct cid *c), void *ctx, const volatile int *stop)
{
	CLEAN_BYTES struct bytes block = {0};
	struct walk *w = NULL;
	struct cid c;
	enum status s = walk_new_folded(&w, SELECTOR_ALL, root);

	if (s != STATUS_OK)
		return s;
	walk_set_stop(w, stop);
	while (s == STATUS_OK && (s = walk_next(w, &c)) == STATUS_OK) {
		s = load_links(&block, &c, load, ctx);
		if (s == STATUS_OK)
			s = walk_enter(w, bytes_span(&block));
	}
	if (s == STATUS_END)
		*links = w->links;
	walk_free(w);
	return s == STATUS_END ? STATUS_OK : s;
}
