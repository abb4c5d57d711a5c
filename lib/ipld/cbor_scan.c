/* cbor_scan.c - checks whole DAG-CBOR items of any shape, and finds their links.
 *
 * Knows nesting and the order of map keys; refuses to know what the items
 * mean.  No recursion and no allocation: the stack of open containers and the
 * list of their keys have fixed sizes, and an item that does not fit is refused.
 */
#include <string.h>

#include "ipld/cbor.h"
#include "ipld/cbor_private.h"

#define KEYS_UNSORTED_MAX 256  /* keys of one map that is not sorted */
#define KEYS_KEPT_MAX     2048 /* keys kept at a time, over all open maps */

/* The order of map keys that a scan demands. */
enum order {
	ORDER_SORTED,
	ORDER_ANY,     /* any order; refused if duplicates can't be found */
	ORDER_CONTENT, /* any order; duplicates are refused if they can be found */
};

/* One open array or map. */
struct frame {
	uint64_t left; /* items left; in a map, two per pair */
	struct span last_key;
	uint16_t first_key; /* index of its first key in the scan's list */
	bool is_map;
	bool sorted;    /* every key so far was above the one before */
	bool keys_kept; /* all its keys are in the list */
};

struct scan {
	struct cbor_reader *r;
	enum order order;
	enum status (*each)(void *ctx, const struct cid *c);
	void *ctx;
	size_t depth, key_count;
	struct frame frames[CBOR_DEPTH_MAX];
	struct span keys[KEYS_KEPT_MAX];
};

_Static_assert(KEYS_KEPT_MAX <= UINT16_MAX, "first_key fits");

bool cbor_is_utf8(struct span text)
{
	const uint8_t *p = text.data, *end = p + text.len;
	uint64_t word;

	while (p < end) {
		if (end - p >= 8 && (memcpy(&word, p, 8), (word & 0x8080808080808080u) == 0)) {
			p += 8;
		} else if (p[0] < 0x80) {
			p++;
		} else if (p[0] >= 0xc2 && p[0] <= 0xdf && end - p >= 2 && (p[1] & 0xc0) == 0x80) {
			p += 2;
		} else if ((p[0] & 0xf0) == 0xe0 && end - p >= 3 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80) {
			if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f))
				return false; /* overlong; a surrogate */
			p += 3;
		} else if (p[0] >= 0xf0 && p[0] <= 0xf4 && end - p >= 4 && (p[1] & 0xc0) == 0x80 &&
			   (p[2] & 0xc0) == 0x80 && (p[3] & 0xc0) == 0x80) {
			if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
				return false; /* overlong; above U+10FFFF */
			p += 4;
		} else {
			return false;
		}
	}
	return true;
}

/* DAG-CBOR's order of map keys: the shorter first, then by their bytes. */
static int compare_keys(struct span a, struct span b)
{
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return a.len ? memcmp(a.data, b.data, a.len) : 0;
}

/* True if @key is among the kept keys of the map @f. */
static bool holds_key(const struct scan *s, const struct frame *f, struct span key)
{
	for (size_t i = f->first_key; i < s->key_count; i++)
		if (s->keys[i].len == key.len && compare_keys(s->keys[i], key) == 0)
			return true;
	return false;
}

/* Check the next key of the innermost map. */
static void take_key(struct scan *s, struct frame *f, struct span key)
{
	int order = f->last_key.data ? compare_keys(key, f->last_key) : 1;

	if (order == 0) {
		cbor_fail(s->r, STATUS_DUPLICATE_KEY);
		return;
	}
	if (order < 0)
		f->sorted = false;
	f->last_key = key;
	if (s->order == ORDER_SORTED) {
		if (!f->sorted)
			cbor_fail(s->r, STATUS_BAD_KEY);
		return;
	}
	if (!f->sorted && !f->keys_kept && s->order == ORDER_ANY)
		cbor_fail(s->r, STATUS_TOO_LARGE);
	else if (!f->sorted && holds_key(s, f, key))
		cbor_fail(s->r, STATUS_DUPLICATE_KEY);
	if (f->keys_kept && (s->key_count == KEYS_KEPT_MAX || s->key_count - f->first_key == KEYS_UNSORTED_MAX)) {
		f->keys_kept = false;
		s->key_count = f->first_key;
	}
	if (f->keys_kept)
		s->keys[s->key_count++] = key;
}

static void open_container(struct scan *s, const struct cbor_item *item)
{
	bool is_map = item->type == CBOR_MAP;

	if (s->depth == CBOR_DEPTH_MAX) {
		cbor_fail(s->r, STATUS_TOO_DEEP);
		return;
	}
	s->frames[s->depth++] = (struct frame){
		.left = is_map ? item->value * 2 : item->value,
		.first_key = (uint16_t)s->key_count,
		.is_map = is_map,
		.sorted = true,
		.keys_kept = is_map && s->order != ORDER_SORTED,
	};
}

static void take_link(struct scan *s, struct span bytes)
{
	struct cid c;
	enum status st = cid_decode(&c, bytes);

	if (st == STATUS_OK && s->each)
		st = s->each(s->ctx, &c);
	if (st != STATUS_OK)
		cbor_fail(s->r, st);
}

/* Read one item and all its nested items. */
static void scan_item(struct scan *s)
{
	struct cbor_item item;

	do {
		struct frame *f = s->depth > 0 ? &s->frames[s->depth - 1] : NULL;
		bool is_key = f && f->is_map && f->left % 2 == 0;

		if (!cbor_item_next(s->r, &item))
			return;
		if (f)
			f->left--;
		if (is_key && item.type != CBOR_TEXT)
			cbor_fail(s->r, STATUS_BAD_TYPE);
		else if (is_key)
			take_key(s, f, item.data);
		else if (item.type == CBOR_ARRAY || item.type == CBOR_MAP)
			open_container(s, &item);
		else if (item.type == CBOR_LINK)
			take_link(s, item.data);
		while (s->depth > 0 && s->frames[s->depth - 1].left == 0)
			s->key_count = s->frames[--s->depth].first_key;
	} while (s->depth > 0 && s->r->status == STATUS_OK);
}

/* Sets only the members that are read before they are written, because the lists are large and most items small. */
static void scan_init(struct scan *s, struct cbor_reader *r, enum order order)
{
	s->r = r;
	s->order = order;
	s->each = NULL;
	s->ctx = NULL;
	s->depth = 0;
	s->key_count = 0;
}

struct span cbor_read_any(struct cbor_reader *r, enum cbor_keys keys)
{
	const uint8_t *from = r->at;
	struct scan s;

	scan_init(&s, r, keys == CBOR_SORTED ? ORDER_SORTED : ORDER_ANY);
	scan_item(&s);
	return r->status == STATUS_OK ? span_of(from, (size_t)(r->at - from)) : span_of(NULL, 0);
}

enum status cbor_check(struct span in, enum cbor_keys keys)
{
	struct cbor_reader r = cbor_reader(in);

	cbor_read_any(&r, keys);
	return cbor_end(&r);
}

/* Tells a status of the caller's @each from a status of the scan. */
struct relay {
	enum status (*each)(void *ctx, const struct cid *c);
	void *ctx;
	enum status status;
};

static enum status relay_link(void *ctx, const struct cid *c)
{
	struct relay *relay = ctx;

	relay->status = relay->each(relay->ctx, c);
	return relay->status;
}

enum status cbor_links_at(
	struct span in, enum status (*each)(void *ctx, const struct cid *c), void *ctx, enum status *why, size_t *at)
{
	struct relay relay = {each, ctx, STATUS_OK};
	struct cbor_reader r = cbor_reader(in);
	struct scan s;

	r.any_text = true;
	scan_init(&s, &r, ORDER_CONTENT);
	s.each = relay_link;
	s.ctx = &relay;
	scan_item(&s);
	*why = cbor_end(&r);
	*at = cbor_offset(&r);
	if (*why == STATUS_OK)
		return STATUS_OK;
	return relay.status != STATUS_OK ? relay.status : STATUS_BAD_BLOCK;
}

enum status cbor_links(struct span in, enum status (*each)(void *ctx, const struct cid *c), void *ctx)
{
	enum status why;
	size_t at;

	return cbor_links_at(in, each, ctx, &why, &at);
}
