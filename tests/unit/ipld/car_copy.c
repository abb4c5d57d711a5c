/* car_copy.c - what is copied is the CAR of a walk, whole and verified; everything else is refused. */
#include "../../support/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ipld/car_copy.h"
#include "ipld/cbor.h"

#define LARGE (300u << 10) /* bytes of a block that is not gathered */

struct block {
	struct cid cid;
	struct bytes data;
};

static struct block leaf, other, none, large, inner, root;

static void make(struct block *b, uint32_t codec)
{
	CHECK_EQUAL(cid_of(&b->cid, 1, codec, HASH_SHA2_256, bytes_span(&b->data)), STATUS_OK, "a block");
}

static void make_list(struct block *b, const struct cid *const *links, size_t count)
{
	cbor_put_array(&b->data, count);
	for (size_t i = 0; i < count; i++)
		cbor_put_link(&b->data, links[i]);
	make(b, CODEC_DAG_CBOR);
}

/* root -> inner, none, large, inner, leaf, none; inner -> leaf, other, leaf */
static void make_all(struct cid *identity)
{
	CHECK_EQUAL(cid_of(identity, 1, CODEC_RAW, HASH_IDENTITY, span_text("inline")), STATUS_OK, "an identity");
	bytes_append_text(&leaf.data, "leaf");
	make(&leaf, CODEC_RAW);
	bytes_append_text(&other.data, "other");
	make(&other, CODEC_RAW);
	for (size_t i = 0; i < LARGE; i++)
		bytes_append_byte(&large.data, (uint8_t)(i * 2654435761u >> 20));
	make(&large, CODEC_RAW);
	make_list(&none, NULL, 0);
	make_list(&inner, (const struct cid *[]){&leaf.cid, identity, &other.cid, &leaf.cid}, 4);
	make_list(
		&root, (const struct cid *[]){&inner.cid, &none.cid, &large.cid, &inner.cid, &leaf.cid, &none.cid}, 6);
}

static int file_of(const struct bytes *b)
{
	FILE *f = tmpfile();
	int fd = -1;

	if (f && (b->len == 0 || fwrite(b->data, b->len, 1, f) == 1) && fflush(f) == 0)
		fd = dup(fileno(f));
	if (f)
		fclose(f);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static void put_blocks(struct bytes *car, const struct block *const *blocks)
{
	car_put_header(car, &root.cid);
	for (; *blocks != NULL; blocks++) {
		car_put_section_head(car, &(*blocks)->cid, (*blocks)->data.len);
		bytes_append(car, (*blocks)->data.data, (*blocks)->data.len);
	}
}

/* Copies @car, which is released; if that should go well the copy is the same. */
static void copy(struct bytes *car, const struct cid *of, enum status want, const struct cid *at, const char *why)
{
	struct bytes empty = {0}, got = {0};
	struct car_copy c = {.from = file_of(car), .to = file_of(&empty), .root = *of};
	uint8_t *room;

	CHECK_EQUAL(car_copy(&c), want, why);
	if (want == STATUS_OK) {
		room = bytes_grow(&got, car->len);
		CHECK_EQUAL(pread(c.to, room, car->len, 0), car->len, why);
		CHECK(span_equal(bytes_span(&got), bytes_span(car)), why);
		CHECK_EQUAL(lseek(c.to, 0, SEEK_END), car->len, why);
	} else if (at != NULL) {
		CHECK(cid_equal(&c.at, at), why);
	}
	close(c.from);
	close(c.to);
	bytes_release(car);
	bytes_release(&got);
}

static void test_rows(void)
{
	static const struct block changed = {{.len = 0}, {0}};
	const struct {
		const struct block *blocks[8];
		enum status want;
		const struct block *at;
		const char *why;
	} rows[] = {
		{{&root, &inner, &leaf, &other, &none, &large}, STATUS_OK, &changed,
			"the blocks of the walk, each once"},
		{{&root, &inner, &leaf, &other, &none}, STATUS_CORRUPT, &large, "the last one is missing"},
		{{&root, &inner, &other, &none, &large}, STATUS_CORRUPT, &other, "one is missing before others"},
		{{&root, &inner, &other, &leaf, &none, &large}, STATUS_CORRUPT, &other, "two are exchanged"},
		{{&root, &inner, &leaf, &other, &leaf, &none, &large}, STATUS_CORRUPT, &leaf, "one comes twice"},
		{{&root, &inner, &leaf, &other, &none, &large, &leaf}, STATUS_CORRUPT, &leaf, "one is too many"},
		{{&inner, &leaf, &other}, STATUS_CORRUPT, &inner, "another root"},
		{{NULL}, STATUS_CORRUPT, &root, "no blocks"},
	};
	struct bytes car = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put_blocks(&car, rows[i].blocks);
		copy(&car, &root.cid, rows[i].want, &rows[i].at->cid, rows[i].why);
	}
}

static void test_damage(void)
{
	const struct block *const all[] = {&root, &inner, &leaf, &other, &none, &large, NULL};
	struct bytes car = {0};
	size_t len;

	put_blocks(&car, all);
	len = car.len;
	car.data[len - 1] ^= 1;
	copy(&car, &root.cid, STATUS_BAD_HASH, &large.cid, "a bit of the last block");
	put_blocks(&car, all);
	car.len--;
	copy(&car, &root.cid, STATUS_TRUNCATED, NULL, "a byte less");
	put_blocks(&car, all);
	car.len = 20;
	copy(&car, &root.cid, STATUS_TRUNCATED, NULL, "a part of its header");
	copy(&car, &root.cid, STATUS_CORRUPT, &root.cid, "no file at all");
}

/* A root of its own bytes: there may be no file, and the copy has a header. */
static void test_identity(const struct cid *identity)
{
	struct bytes car = {0}, header = {0};
	struct car_copy c = {.from = file_of(&car), .to = file_of(&car), .root = *identity};
	uint8_t got[256];

	car_put_header(&header, identity);
	CHECK_EQUAL(car_copy(&c), STATUS_OK, "an identity");
	CHECK_EQUAL(pread(c.to, got, sizeof(got), 0), header.len, "a header");
	CHECK(memcmp(got, header.data, header.len) == 0, "with its root");
	close(c.from);
	close(c.to);
	copy(&header, identity, STATUS_OK, NULL, "and that copies");
}

static void test_stop(void)
{
	const struct block *const all[] = {&root, &inner, &leaf, &other, &none, &large, NULL};
	volatile int stop = 1;
	struct bytes car = {0}, empty = {0};
	struct car_copy c = {.root = root.cid, .stop = &stop};

	put_blocks(&car, all);
	c.from = file_of(&car);
	c.to = file_of(&empty);
	CHECK_EQUAL(car_copy(&c), STATUS_STOPPED, "a signal stops it");
	close(c.from);
	close(c.to);
	bytes_release(&car);
}

int main(void)
{
	struct block *const all[] = {&leaf, &other, &none, &large, &inner, &root};
	struct cid identity;

	make_all(&identity);
	test_rows();
	test_damage();
	test_identity(&identity);
	test_stop();
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		bytes_release(&all[i]->data);
	return test_end();
}
