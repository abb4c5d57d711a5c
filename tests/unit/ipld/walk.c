/* walk.c - the order of links, its limits, and its cursor. */
#include "../../support/test.h"

#include <stdlib.h>

#include "ipld/cbor.h"
#include "ipld/dagpb.h"
#include "ipld/walk.h"

#define BLOCKS_MAX 4096

/* A small store: blocks in the order in which they were made. */
static struct {
	struct cid cid;
	struct bytes data;
} blocks[BLOCKS_MAX];
static size_t block_count;

static struct cid put_block(uint32_t codec, struct span data)
{
	struct cid c;

	CHECK_EQUAL(cid_of(&c, 1, codec, HASH_SHA2_256, data), STATUS_OK, "a block has a CID");
	blocks[block_count].cid = c;
	bytes_append(&blocks[block_count++].data, data.data, data.len);
	return c;
}

static struct cid leaf(const char *text)
{
	return put_block(CODEC_RAW, span_text(text));
}

/* A dag-cbor list of links, or a dag-pb node of the same. */
static struct cid node(uint32_t codec, const struct cid *links, size_t n)
{
	struct bytes b = {0};
	struct cid c;

	if (codec == CODEC_DAG_CBOR)
		cbor_put_array(&b, n);
	for (size_t i = 0; i < n; i++) {
		if (codec == CODEC_DAG_CBOR)
			cbor_put_link(&b, &links[i]);
		else
			dagpb_put_link(&b, &(struct dagpb_link){.hash = links[i]});
	}
	c = put_block(codec, bytes_span(&b));
	bytes_release(&b);
	return c;
}

static void drop_blocks(void)
{
	while (block_count > 0)
		bytes_release(&blocks[--block_count].data);
}

static enum status load(void *ctx, struct bytes *out, const struct cid *c)
{
	(void)ctx;
	for (size_t i = 0; i < block_count; i++) {
		if (cid_equal(&blocks[i].cid, c)) {
			bytes_append(out, blocks[i].data.data, blocks[i].data.len);
			return STATUS_OK;
		}
	}
	return STATUS_NOT_FOUND;
}

static enum status enter(struct walk *w, const struct cid *c)
{
	struct bytes data = {0};
	enum status s = load(NULL, &data, c);

	if (s == STATUS_OK)
		s = walk_enter(w, bytes_span(&data));
	bytes_release(&data);
	return s;
}

static struct walk *begin(const struct cid *root)
{
	struct walk *w = NULL;

	CHECK_EQUAL(walk_new(&w, SELECTOR_ALL, root), STATUS_OK, "a walk begins");
	return w;
}

/* Walks to the end, or to the first failure, and checks each link against @want. */
static enum status walk_all(const struct cid *root, const struct cid *want, size_t n)
{
	struct walk *w = begin(root);
	struct cid link;
	enum status s;
	size_t i = 0;

	while ((s = walk_next(w, &link)) == STATUS_OK) {
		if (want)
			CHECK(i < n && cid_equal(&link, &want[i]), "links come in order");
		i++;
		s = enter(w, &link);
		if (s != STATUS_OK)
			break;
	}
	if (want)
		CHECK_EQUAL(i, n, "all of them");
	walk_free(w);
	return s;
}

static void test_order(void)
{
	struct cid a = leaf("a"), b = leaf("b"), c = leaf("c");
	struct cid ab = node(CODEC_DAG_PB, (struct cid[]){a, b}, 2);
	struct cid bc = node(CODEC_DAG_CBOR, (struct cid[]){b, c}, 2);
	struct cid none = node(CODEC_DAG_CBOR, NULL, 0);
	struct cid root = node(CODEC_DAG_CBOR, (struct cid[]){ab, none, c, bc, ab}, 5);
	struct cid want[] = {root, ab, a, b, none, c, bc, b, c, ab, a, b};

	CHECK_EQUAL(walk_all(&root, want, sizeof(want) / sizeof(want[0])), STATUS_END, "depth first, repeats too");
	CHECK_EQUAL(walk_all(&a, &a, 1), STATUS_END, "a leaf alone");
	drop_blocks();
}

static void test_skip_and_bad(void)
{
	struct cid a = leaf("a"), bad = put_block(CODEC_DAG_PB, span_text("not a node"));
	struct cid piece, identity, link;
	struct cid root;
	struct walk *w;

	CHECK_EQUAL(cid_of(&identity, 1, CODEC_DAG_CBOR, HASH_IDENTITY, span_text("\x80")), STATUS_OK, "an identity");
	CHECK_EQUAL(cid_of(&piece, 1, CODEC_FIL_UNSEALED, HASH_SHA2_256, span_text("")), STATUS_OK, "a commitment");
	root = node(CODEC_DAG_CBOR, (struct cid[]){bad, identity, piece, a}, 4);
	w = begin(&root);
	CHECK_EQUAL(enter(w, &root), STATUS_OK, "the root is entered");
	for (int i = 0; i < 2; i++) {
		CHECK_EQUAL(walk_next(w, &link), STATUS_OK, "a link comes");
		CHECK(cid_equal(&link, &bad), "and again, until it is entered");
		CHECK_EQUAL(enter(w, &bad), STATUS_BAD_BLOCK, "a block that does not decode");
	}
	walk_skip(w);
	CHECK_EQUAL(walk_next(w, &link), STATUS_OK, "after a skip the next comes");
	CHECK(cid_equal(&link, &identity), "an identity is a link like others");
	CHECK_EQUAL(walk_enter(w, cid_digest(&identity)), STATUS_OK, "its digest is its block");
	CHECK_EQUAL(walk_next(w, &link), STATUS_OK, "a commitment comes");
	CHECK_EQUAL(walk_enter(w, span_text("")), STATUS_UNKNOWN_CODEC, "it has no block");
	walk_skip(w);
	CHECK_EQUAL(walk_next(w, &link), STATUS_OK, "the last");
	walk_skip(w);
	CHECK_EQUAL(walk_next(w, &link), STATUS_END, "the end");
	CHECK_EQUAL(walk_enter(w, span_text("")), STATUS_END, "nothing to enter");
	walk_skip(w);
	CHECK_EQUAL(walk_links(w), 5, "entered and skipped are counted, once");
	walk_free(w);
	drop_blocks();
}

/* A chain of @n nodes, each with its next as the last link, or with a leaf behind it. */
static struct cid chain(unsigned n, bool tail)
{
	struct cid end = leaf("end"), at = end;

	for (unsigned i = 0; i < n; i++)
		at = node(CODEC_DAG_CBOR, (struct cid[]){at, end}, tail ? 2 : 1);
	return at;
}

static void test_depth(void)
{
	struct bytes cursor = {0};
	struct cid root = chain(3000, false), link;
	struct walk *w = begin(&root);

	for (int i = 0; i < 2000 && walk_next(w, &link) == STATUS_OK; i++)
		CHECK_EQUAL(enter(w, &link), STATUS_OK, "a chain may be longer than the depth");
	walk_save(w, &cursor);
	CHECK(cursor.len < 64, "its cursor stays short");
	walk_free(w);
	bytes_release(&cursor);
	drop_blocks();
	root = chain(WALK_DEPTH_MAX, true);
	CHECK_EQUAL(walk_all(&root, NULL, 0), STATUS_END, "1,024 open blocks");
	drop_blocks();
	root = chain(WALK_DEPTH_MAX + 1, true);
	CHECK_EQUAL(walk_all(&root, NULL, 0), STATUS_TOO_DEEP, "1,025 open blocks");
	drop_blocks();
}

/* Blocks that each hold many links, one below the other: the links held are bounded. */
static void test_pending(void)
{
	enum { WIDE = 50000 };
	struct cid *links = calloc(WIDE, sizeof(*links));
	struct cid at = leaf("end");

	for (int level = 0; links && level < 30; level++) {
		for (int i = 0; i < WIDE; i++)
			links[i] = at;
		at = node(CODEC_DAG_PB, links, WIDE);
	}
	CHECK_EQUAL(walk_all(&at, NULL, 0), STATUS_TOO_LARGE, "links held are bounded");
	free(links);
	drop_blocks();
}

/* Every cut and every flipped bit of a cursor: an error or another walk, never a crash. */
static void spoil(struct span cursor)
{
	struct bytes copy = {0};
	struct walk *w;

	for (size_t cut = 0; cut < cursor.len; cut++)
		CHECK_EQUAL(walk_restore(&w, span_of(cursor.data, cut), load, NULL), STATUS_CORRUPT, "a cut cursor");
	bytes_append(&copy, cursor.data, cursor.len);
	for (size_t bit = 0; bit < 8 * cursor.len; bit++) {
		copy.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		w = NULL;
		if (walk_restore(&w, bytes_span(&copy), load, NULL) != STATUS_OK)
			CHECK(!w, "a failure leaves the output alone");
		walk_free(w);
		copy.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	bytes_append_byte(&copy, 0);
	CHECK_EQUAL(walk_restore(&w, bytes_span(&copy), load, NULL), STATUS_CORRUPT, "a byte behind");
	copy.len--;
	copy.data[0] = 2;
	CHECK_EQUAL(walk_restore(&w, bytes_span(&copy), load, NULL), STATUS_NEWER_VERSION, "a newer version");
	bytes_release(&copy);
}

static void test_cursor(void)
{
	struct cid a = leaf("a"), b = leaf("b"), link, again;
	struct cid inner = node(CODEC_DAG_PB, (struct cid[]){a, b, a}, 3);
	struct cid root = node(CODEC_DAG_CBOR, (struct cid[]){a, inner, b}, 3);
	struct walk *w = begin(&root), *restored;

	for (;;) {
		struct bytes cursor = {0};
		enum status s;

		walk_save(w, &cursor);
		spoil(bytes_span(&cursor));
		if (!CHECK_EQUAL(walk_restore(&restored, bytes_span(&cursor), load, NULL), STATUS_OK, "it restores"))
			break;
		bytes_release(&cursor);
		CHECK_EQUAL(walk_links(restored), walk_links(w), "with its count");
		s = walk_next(w, &link);
		CHECK_EQUAL(walk_next(restored, &again), s, "as far as the other");
		walk_free(w);
		w = restored;
		if (s != STATUS_OK)
			break;
		CHECK(cid_equal(&link, &again), "at the same link");
		CHECK_EQUAL(enter(w, &link), STATUS_OK, "and goes on");
	}
	CHECK_EQUAL(walk_links(w), 7, "to the end");
	walk_free(w);
	drop_blocks();
}

/* Walks to the end, and checks each link against @want, and how many links were counted. */
static void walk_folded(const struct cid *root, const struct cid *want, size_t n, uint64_t links, const char *why)
{
	struct walk *w = NULL;
	struct cid link;
	size_t i = 0;
	uint64_t counted;
	enum status s;

	CHECK_EQUAL(walk_new_folded(&w, SELECTOR_ALL, root), STATUS_OK, why);
	while ((s = walk_next(w, &link)) == STATUS_OK && i < 100000) {
		if (want)
			CHECK(i < n && cid_equal(&link, &want[i]), why);
		i++;
		CHECK_EQUAL(enter(w, &link), STATUS_OK, why);
	}
	CHECK_EQUAL(s, STATUS_END, why);
	if (want)
		CHECK_EQUAL(i, n, why);
	CHECK_EQUAL(walk_links(w), links, why);
	walk_free(w);
	CHECK_EQUAL(walk_count(&counted, root, load, NULL, NULL), STATUS_OK, why);
	CHECK_EQUAL(counted, links, why);
}

/* @depth nodes, each of which links @width times to the next; the last to a leaf. */
static struct cid fold(unsigned depth, size_t width)
{
	struct cid at = leaf("end"), links[1000];

	for (unsigned i = 0; i < depth; i++) {
		for (size_t k = 0; k < width; k++)
			links[k] = at;
		at = node(CODEC_DAG_CBOR, links, width);
	}
	return at;
}

static void test_folded(void)
{
	struct cid a = leaf("a"), b = leaf("b"), c = leaf("c");
	struct cid ab = node(CODEC_DAG_PB, (struct cid[]){a, b}, 2);
	struct cid bc = node(CODEC_DAG_CBOR, (struct cid[]){b, c}, 2);
	struct cid mid = node(CODEC_DAG_CBOR, (struct cid[]){ab, bc, ab}, 3);
	struct cid root = node(CODEC_DAG_CBOR, (struct cid[]){mid, a, ab, mid, bc, c}, 6);
	struct cid want[] = {root, mid, ab, a, b, bc, b, c, a, c};
	struct cid link;
	struct walk *w = NULL;

	walk_folded(&root, want, sizeof(want) / sizeof(want[0]), 1 + 10 + 1 + 3 + 10 + 3 + 1, "each node once");
	walk_folded(&a, &a, 1, 1, "a leaf alone");
	CHECK_EQUAL(walk_new_folded(&w, SELECTOR_ALL, &mid), STATUS_OK, "a part first");
	while (walk_next(w, &link) == STATUS_OK)
		CHECK_EQUAL(enter(w, &link), STATUS_OK, "of it all");
	walk_add_root(w, &bc);
	CHECK_EQUAL(walk_next(w, &link), STATUS_END, "a root that was walked");
	walk_add_root(w, &root);
	CHECK_EQUAL(walk_next(w, &link), STATUS_OK, "a root that was not");
	CHECK_EQUAL(enter(w, &link), STATUS_OK, "is entered");
	CHECK_EQUAL(walk_next(w, &link), STATUS_OK, "what it has in common was walked");
	CHECK(cid_equal(&link, &a), "so a leaf comes");
	walk_free(w);
	drop_blocks();
	root = chain(3000, false);
	walk_folded(&root, NULL, 0, 3001, "a long chain");
	drop_blocks();
	root = fold(28, 2);
	walk_folded(&root, NULL, 0, (1u << 29) - 1, "2^28 paths");
	drop_blocks();
	root = fold(8, 1000);
	walk_folded(&root, NULL, 0, INT64_MAX, "10^24 paths");
	drop_blocks();
}

static void test_budget(void)
{
	struct cid root = fold(3, 1000), link;
	volatile int stop = 0;
	struct walk *w = NULL;
	uint64_t n = 0, links;
	enum status s;

	w = begin(&root);
	walk_set_budget(w, 160);
	while ((s = walk_next(w, &link)) == STATUS_OK && enter(w, &link) == STATUS_OK)
		n++;
	CHECK_EQUAL(s, STATUS_TOO_LARGE, "the budget ends it");
	CHECK_EQUAL(n, WALK_LINKS_FREE + 10, "after as many links as it has");
	walk_set_budget(w, 320);
	CHECK_EQUAL(walk_next(w, &link), STATUS_OK, "a larger one lets it go on");
	walk_set_stop(w, &stop);
	CHECK_EQUAL(walk_next(w, &link), STATUS_OK, "so does a stop that is not wanted");
	stop = 1;
	CHECK_EQUAL(walk_next(w, &link), STATUS_STOPPED, "until it is");
	walk_free(w);
	CHECK_EQUAL(walk_count(&links, &root, load, NULL, &stop), STATUS_STOPPED, "counting stops, too");
	CHECK_EQUAL(walk_new_folded(&w, SELECTOR_ALL, &root), STATUS_OK, "a folded walk");
	walk_set_budget(w, 0);
	while ((s = walk_next(w, &link)) == STATUS_OK)
		CHECK_EQUAL(enter(w, &link), STATUS_OK, "goes on");
	CHECK_EQUAL(s, STATUS_TOO_LARGE, "until what it counted is beyond its budget");
	walk_free(w);
	drop_blocks();
}

int main(void)
{
	test_order();
	test_skip_and_bad();
	test_depth();
	test_pending();
	test_cursor();
	test_folded();
	test_budget();
	return test_end();
}
