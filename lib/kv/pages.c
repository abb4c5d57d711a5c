/* pages.c - checks the pages of a store: both trees of LMDB, the records and the list of free pages.
 *
 * LMDB has no checksum and trusts its pages. A flipped bit in the page of a
 * record is found by the record's checksum, once the record is read. A flipped
 * bit in the list of free pages is not read before the next write, which may
 * then fail, or overwrite a page that is in use. So this check reads the pages
 * as they lie in the file, and follows no reference that it has not checked.
 *
 * Knows the pages of a 64-bit LMDB, data version 1 (mdb.c, MDB_page and
 * MDB_node). Refuses to know the content of the records.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "kv/kv_private.h"

enum page_layout {
	PAGE_NUMBER = 0,
	PAGE_FLAGS = 10,
	PAGE_LOWER = 12,
	PAGE_UPPER = 14,
	PAGE_COUNT = 12,
	PAGE_HEAD = 16
};
enum page_flags { PAGE_BRANCH = 1, PAGE_LEAF = 2, PAGE_OVERFLOW = 4 };
enum node_layout { NODE_LOW = 0, NODE_HIGH = 2, NODE_FLAGS = 4, NODE_KEY = 6, NODE_HEAD = 8 };
#define NODE_BIG  1 /* the value lies on pages of its own */
#define DEPTH_MAX 32
#define NO_PAGE   UINT64_MAX

/** struct pages - one check. */
struct pages {
	int fd;
	unsigned page_size;
	uint64_t last;   /* the last page of the snapshot */
	uint64_t number; /* of the snapshot's transaction */
	uint8_t *used;   /* a bit for each page */
	char *why;       /* KV_WHY_MAX bytes */
};

/** struct node - one entry of a page. */
struct node {
	struct span key, value; /* borrowed from the page */
	uint64_t below;         /* on a branch: the page below; with a big value: the first page of the value */
	uint64_t size;          /* of a big value, in bytes */
	size_t room;            /* bytes that the entry takes */
	bool big;
};

static uint64_t load(const uint8_t *at, size_t bytes)
{
	uint64_t v = 0;

	memcpy(&v, at, bytes); /* little endian, as everything else in the file of this machine */
	return v;
}

static enum status damaged(struct pages *p, uint64_t page, const char *what)
{
	snprintf(p->why, KV_WHY_MAX, "page %" PRIu64 " of its file %s", page, what);
	return STATUS_CORRUPT;
}

/* Each page has one use. */
static enum status take(struct pages *p, uint64_t page)
{
	if (page < 2 || page > p->last)
		return damaged(p, page, "is referred to, but is none of its pages");
	if ((p->used[page / 8] >> page % 8 & 1) != 0)
		return damaged(p, page, "is referred to twice");
	p->used[page / 8] |= (uint8_t)(1u << page % 8);
	return STATUS_OK;
}

static enum status read_page(struct pages *p, struct bytes *out, uint64_t page, uint64_t count)
{
	size_t len = (size_t)count * p->page_size;
	uint8_t *at = bytes_grow(out, len);
	enum status s = at != NULL ? file_pread_full(p->fd, at, len, page * p->page_size) : STATUS_NO_MEMORY;

	if (s == STATUS_TRUNCATED)
		return damaged(p, page, "lies behind the end of the file");
	return s == STATUS_OK && load(at + PAGE_NUMBER, 8) != page ? damaged(p, page, "has the number of another") : s;
}

static enum status read_node(struct pages *p, struct node *node, const struct bytes *page, uint64_t number, size_t i)
{
	const uint8_t *data = page->data;
	size_t at = (size_t)load(data + PAGE_HEAD + 2 * i, 2), head, key, value;
	bool leaf = load(data + PAGE_FLAGS, 2) == PAGE_LEAF;

	if (at < load(data + PAGE_UPPER, 2) || at % 2 != 0 || at + NODE_HEAD > p->page_size)
		return damaged(p, number, "has an entry outside of it");
	head = at + NODE_HEAD;
	key = (size_t)load(data + at + NODE_KEY, 2);
	*node = (struct node){.size = load(data + at + NODE_LOW, 4)};
	node->big = leaf && (load(data + at + NODE_FLAGS, 2) & NODE_BIG) != 0;
	value = !leaf ? 0 : node->big ? sizeof(uint64_t) : (size_t)node->size;
	if (key > KV_KEY_MAX || value > p->page_size || head + key + value > p->page_size)
		return damaged(p, number, "has an entry that is longer than the page");
	node->room = (NODE_HEAD + key + value + 1) / 2 * 2;
	node->key = span_of(data + head, key);
	node->value = span_of(data + head + key, value);
	if (!leaf)
		node->below = node->size | load(data + at + NODE_FLAGS, 2) << 32;
	else if (node->big)
		node->below = load(node->value.data, 8);
	return STATUS_OK;
}

/* A value on pages of its own; its bytes are appended to @out, if they are wanted. */
static enum status check_big(struct pages *p, const struct node *node, struct bytes *out)
{
	uint64_t count = (PAGE_HEAD - 1 + node->size) / p->page_size + 1;
	CLEAN_BYTES struct bytes pages = {0};
	enum status s = take(p, node->below);

	if (s != STATUS_OK)
		return s;
	if (count > p->last - node->below + 1)
		return damaged(p, node->below, "begins a value that is longer than the file");
	s = read_page(p, &pages, node->below, out != NULL ? count : 1);
	if (s != STATUS_OK)
		return s;
	if (load(pages.data + PAGE_FLAGS, 2) != PAGE_OVERFLOW || load(pages.data + PAGE_COUNT, 4) < count)
		return damaged(p, node->below, "is not the first page of a value");
	count = load(pages.data + PAGE_COUNT, 4);
	for (uint64_t i = 1; i < count && s == STATUS_OK; i++)
		s = take(p, node->below + i);
	if (s == STATUS_OK && out != NULL)
		bytes_append(out, pages.data + PAGE_HEAD, (size_t)node->size);
	return s == STATUS_OK && out != NULL ? bytes_status(out) : s;
}

/* An entry of the list of free pages: the number of a transaction, and the pages that it freed, the last page first. */
static enum status check_free(struct pages *p, const struct node *node, uint64_t number)
{
	CLEAN_BYTES struct bytes big = {0};
	struct span list = node->value;
	uint64_t before = NO_PAGE, page;
	enum status s = node->big ? check_big(p, node, &big) : STATUS_OK;

	if (s != STATUS_OK)
		return s;
	if (node->big)
		list = bytes_span(&big);
	if (node->key.len != 8 || load(node->key.data, 8) > p->number || list.len < 8 || list.len % 8 != 0 ||
		load(list.data, 8) > list.len / 8 - 1)
		return damaged(p, number, "has no valid list of free pages");
	for (uint64_t i = 1; i <= load(list.data, 8) && s == STATUS_OK; i++) {
		page = load(list.data + 8 * i, 8);
		if (page >= before)
			return damaged(p, number, "has a list of free pages that is out of order");
		before = page;
		s = take(p, page);
	}
	return s;
}

/** struct tree - a tree, and the depth of the current page. */
struct tree {
	bool free_list;
	unsigned depth;
};

/* Does @key come after @before? The keys of the list of free pages are numbers. */
static bool is_after(struct span key, struct span before, bool free_list)
{
	size_t shorter = key.len < before.len ? key.len : before.len;
	int order;

	if (free_list)
		return key.len == 8 && before.len == 8 && load(key.data, 8) > load(before.data, 8);
	order = shorter != 0 ? memcmp(key.data, before.data, shorter) : 0;
	return order > 0 || (order == 0 && key.len > before.len);
}

/*
 * The entries of a page lie side by side, in the order of their keys, and fill its end: a wrong count, or a wrong place,
 * leaves a gap. The first key of a branch has no use.
 */
static enum status check_entries(struct pages *p, const struct bytes *page, uint64_t number, bool free_list)
{
	size_t count = ((size_t)load(page->data + PAGE_LOWER, 2) - PAGE_HEAD) / 2, room = 0;
	size_t first = load(page->data + PAGE_FLAGS, 2) == PAGE_BRANCH ? 1 : 0;
	struct span before = {0};

	for (size_t i = 0; i < count; i++) {
		struct node node;
		enum status s = read_node(p, &node, page, number, i);

		if (s != STATUS_OK)
			return s;
		if (i > first && !is_after(node.key, before, free_list))
			return damaged(p, number, "has entries out of order");
		before = node.key;
		room += node.room;
	}
	return room == p->page_size - load(page->data + PAGE_UPPER, 2)
		       ? STATUS_OK
		       : damaged(p, number, "has a gap between its entries");
}

static enum status check_page(struct pages *p, struct tree tree, uint64_t number)
{
	CLEAN_BYTES struct bytes page = {0};
	size_t lower, upper;
	uint64_t flags;
	enum status s = take(p, number);

	if (s != STATUS_OK)
		return s;
	s = read_page(p, &page, number, 1);
	if (s != STATUS_OK)
		return s;
	flags = load(page.data + PAGE_FLAGS, 2);
	lower = (size_t)load(page.data + PAGE_LOWER, 2);
	upper = (size_t)load(page.data + PAGE_UPPER, 2);
	if ((flags != PAGE_BRANCH && flags != PAGE_LEAF) || tree.depth >= DEPTH_MAX)
		return damaged(p, number, "is not a page of a tree");
	if (lower <= PAGE_HEAD || lower % 2 != 0 || lower > upper || upper > p->page_size)
		return damaged(p, number, "has no valid bounds");
	s = check_entries(p, &page, number, tree.free_list);
	tree.depth++;
	for (size_t i = 0; i < (lower - PAGE_HEAD) / 2 && s == STATUS_OK; i++) {
		struct node node;

		s = read_node(p, &node, &page, number, i);
		if (s == STATUS_OK && flags == PAGE_BRANCH)
			s = check_page(p, tree, node.below);
		else if (s == STATUS_OK && tree.free_list)
			s = check_free(p, &node, number);
		else if (s == STATUS_OK && node.big)
			s = check_big(p, &node, NULL);
	}
	return s;
}

static enum status check_tree(struct pages *p, bool free_list, uint64_t root)
{
	return root == NO_PAGE ? STATUS_OK : check_page(p, (struct tree){.free_list = free_list}, root);
}

enum status kv_check_pages(struct kv_txn *txn, char why[KV_WHY_MAX])
{
	struct pages p = {
		.fd = kv_file(txn->kv), .page_size = txn->kv->page_size, .number = mdb_txn_id(txn->at), .why = why};
	struct header_roots roots;
	enum status s = header_roots(&roots, p.fd, p.page_size, p.number);

	if (s != STATUS_OK) /* NOT_FOUND: two later commits have overwritten the header of this snapshot */
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	p.last = roots.last_page;
	p.used = calloc(p.last / 8 + 1, 1);
	if (p.used == NULL)
		return STATUS_NO_MEMORY;
	s = check_tree(&p, false, roots.main);
	if (s == STATUS_OK)
		s = check_tree(&p, true, roots.free_list);
	free(p.used);
	return s;
}
