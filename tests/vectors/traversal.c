/* traversal.c - links are loaded in the order in which go-ipld-prime loads them, across save and restore.
 * usage: traversal VECTORS
 */
#include "../support/test.h"
#include "../support/vectors.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "ipld/car.h"
#include "ipld/walk.h"

#define BLOCKS_MAX 1024

/* The blocks of one CAR, in memory. */
struct blocks {
	size_t count;
	struct cid cids[BLOCKS_MAX];
	struct bytes data[BLOCKS_MAX];
};

static bool load_car(struct blocks *b, const char *dir, const char *dag)
{
	char path[2 * PATH_MAX];
	struct car_reader r;
	struct car_section section;
	int fd;
	bool ok;

	snprintf(path, sizeof(path), "%s/traversal/%s.car", dir, dag);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = CHECK_EQUAL(car_open(&r, fd), STATUS_OK, "the CAR opens");
	while (ok && b->count < BLOCKS_MAX && car_next(&r, &section) == STATUS_OK) {
		CHECK_EQUAL(cid_verify(&section.cid, section.block), STATUS_OK, "its blocks are what they claim");
		b->cids[b->count] = section.cid;
		bytes_append(&b->data[b->count++], section.block.data, section.block.len);
	}
	if (ok)
		car_release(&r);
	close(fd);
	return ok;
}

static void drop_blocks(struct blocks *b)
{
	for (size_t i = 0; i < b->count; i++)
		bytes_release(&b->data[i]);
	free(b);
}

static const struct bytes *find(const struct blocks *b, const struct cid *c)
{
	for (size_t i = 0; i < b->count; i++)
		if (cid_equal(&b->cids[i], c))
			return &b->data[i];
	return NULL;
}

static enum status load_block(void *ctx, struct bytes *out, const struct cid *c)
{
	const struct bytes *data = find(ctx, c);

	if (!data)
		return STATUS_NOT_FOUND;
	bytes_append(out, data->data, data->len);
	return STATUS_OK;
}

/* Saves and restores the walk; the restored one saves the same. */
static bool through_cursor(struct walk **w, struct blocks *b)
{
	struct bytes cursor = {0}, again = {0};
	struct walk *restored;
	bool ok;

	walk_save(*w, &cursor);
	ok = CHECK_EQUAL(walk_restore(&restored, bytes_span(&cursor), load_block, b), STATUS_OK, "a cursor restores");
	if (ok) {
		walk_save(restored, &again);
		CHECK(span_equal(bytes_span(&cursor), bytes_span(&again)), "and is saved the same");
		walk_free(*w);
		*w = restored;
	}
	bytes_release(&again);
	bytes_release(&cursor);
	return ok;
}

static void check_walk(json_t *row, struct blocks *b, bool restoring)
{
	json_t *loads = json_object_get(row, "loads");
	char text[CID_TEXT_MAX];
	struct cid root, link;
	struct walk *w = NULL;
	size_t n = 0;

	if (!CHECK_EQUAL(cid_parse(&root, span_text(vectors_text(row, "root"))), STATUS_OK, "the root parses") ||
		!CHECK_EQUAL(walk_new(&w, SELECTOR_ALL, &root), STATUS_OK, "a walk begins"))
		return;
	while (walk_next(w, &link) == STATUS_OK) {
		const struct bytes *block = find(b, &link);
		const char *want = json_string_value(json_array_get(loads, n++));

		if (!CHECK_TEXT(cid_text(text, &link), want ? want : "(no more)", "links come in Go's order"))
			break;
		if (!block || walk_enter(w, bytes_span(block)) != STATUS_OK) {
			CHECK(0, "every block is there and decodes");
			break;
		}
		if (restoring && !through_cursor(&w, b))
			break;
	}
	CHECK_EQUAL(n, json_array_size(loads), "as many links as Go loads");
	CHECK_EQUAL(walk_links(w), n, "and they are counted");
	walk_free(w);
}

int main(int argc, char **argv)
{
	json_t *rows = argc > 1 ? vectors_load(argv[1], "traversal/traversals.json") : NULL, *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		struct blocks *b;

		if (strcmp(vectors_text(row, "selector"), "all") != 0)
			continue;
		b = calloc(1, sizeof(*b));
		if (b && CHECK(load_car(b, argv[1], vectors_text(row, "dag")), "the DAG's CAR is there")) {
			check_walk(row, b, false);
			check_walk(row, b, true);
		}
		if (b)
			drop_blocks(b);
	}
	json_decref(rows);
	return test_end();
}
