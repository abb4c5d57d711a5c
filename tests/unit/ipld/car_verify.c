/* car_verify.c - sections are given in order with the right verdict, whatever their sizes, and however the file ends. */
#include "../../support/test.h"

#include <stdlib.h>
#include <unistd.h>

#include "ipld/car_verify.h"

#define BLOCKS_MAX 20000

/** struct file - a CAR in memory, and where its sections begin. */
struct file {
	struct bytes car;
	size_t starts[BLOCKS_MAX + 1], count;
};

static uint8_t content[CAR_SECTION_MAX];

static void begin(struct file *f)
{
	struct cid root;

	bytes_clear(&f->car);
	f->count = 0;
	CHECK_EQUAL(cid_of(&root, 1, CODEC_RAW, HASH_SHA2_256, span_text("root")), STATUS_OK, "a root");
	car_put_header(&f->car, &root);
	f->starts[0] = f->car.len;
}

static void add(struct file *f, size_t len)
{
	struct span block = span_of(content + f->count % 7, len);
	struct cid c;

	if (cid_of(&c, 1, CODEC_RAW, HASH_SHA2_256, block) != STATUS_OK)
		abort();
	car_put_section_head(&f->car, &c, len);
	bytes_append(&f->car, block.data, len);
	f->starts[++f->count] = f->car.len;
}

/* @f as a file, without what lies behind @len. */
static int file_of(const struct file *f, size_t len)
{
	FILE *file = tmpfile();
	int fd = -1;

	if (file != NULL && fwrite(f->car.data, len, 1, file) == 1 && fflush(file) == 0)
		fd = dup(fileno(file));
	if (file != NULL)
		fclose(file);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* Reads @fd to its end: @count sections, each with the verdict in @bad, and then @end. */
static void verify(const struct file *f, int fd, size_t count, const enum status *bad, enum status end, const char *why)
{
	struct car_verifier *v = NULL;
	struct car_section section;
	struct car_reader r;
	unsigned wrong = 0;

	CHECK_EQUAL(car_open(&r, fd), STATUS_OK, why);
	CHECK_EQUAL(car_verifier_new(&v, &r), STATUS_OK, why);
	for (size_t i = 0; i < count; i++) {
		enum status wanted = bad != NULL ? bad[i] : STATUS_OK;

		wrong += car_verifier_offset(v) != f->starts[i];
		if (car_verifier_next(v, &section) != wanted) {
			CHECK_EQUAL(i, count, why);
			break;
		}
		wrong += section.offset + section.block.len != f->starts[i + 1];
		wrong += !span_equal(section.block, span_of(f->car.data + section.offset, section.block.len));
	}
	CHECK_EQUAL(wrong, 0, "its bytes and where they lie");
	CHECK_EQUAL(car_verifier_next(v, &section), end, why);
	CHECK_EQUAL(car_verifier_offset(v), f->starts[count], "it ends behind the last section");
	CHECK_EQUAL(car_verifier_next(v, &section), end, "and says so again");
	car_verifier_free(v);
	car_release(&r);
	close(fd);
}

static void test_sizes(struct file *f)
{
	static const struct {
		size_t len, count;
		const char *why;
	} rows[] = {
		{0, 0, "no sections"},
		{3, 1, "one small section"},
		{0, 1000, "empty blocks"},
		{1, BLOCKS_MAX, "many tiny sections"},
		{1000, BLOCKS_MAX, "many small ones"},
		{100000, 100, "sections of an odd size"},
		{256 << 10, 40, "sections of 256 KiB"},
		{1 << 20, 10, "sections of 1 MiB"},
		{(3 << 20) + 1, 4, "sections of more than 3 MiB"},
		{CAR_SECTION_MAX - 36, 1, "one as large as can be"},
		{CAR_SECTION_MAX - 36, 3, "three of them"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(f);
		while (f->count < rows[i].count)
			add(f, rows[i].len);
		verify(f, file_of(f, f->car.len), f->count, NULL, STATUS_END, rows[i].why);
	}
}

/* Sections of all sizes, some 12 MiB in all. */
static void begin_mixed(struct file *f)
{
	static const size_t sizes[] = {5, 70000, 0, 1 << 20, 300, 262144, 2 << 20, 1};

	begin(f);
	for (size_t i = 0; i < 4 * sizeof(sizes) / sizeof(sizes[0]); i++)
		add(f, sizes[i % (sizeof(sizes) / sizeof(sizes[0]))]);
}

static void test_damage(struct file *f)
{
	static const size_t rows[][3] = {{0, 0, 0}, {3, 3, 3}, {3, 4, 5}, {12, 20, 31}, {13, 14, 31}, {31, 31, 31}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum status bad[32] = {STATUS_OK};

		begin_mixed(f);
		for (size_t k = 0; k < 3; k++) {
			size_t n = rows[i][k];

			if (bad[n] == STATUS_OK && f->starts[n + 1] - f->starts[n] > 40)
				f->car.data[f->starts[n + 1] - 1] ^= 1;
			else if (bad[n] == STATUS_OK) /* an empty block: its digest */
				f->car.data[f->starts[n + 1] - 1] ^= 0x80;
			bad[n] = STATUS_BAD_HASH;
		}
		verify(f, file_of(f, f->car.len), f->count, bad, STATUS_END,
			"damaged blocks are told, and the rest is good");
	}
}

static void test_cut(struct file *f)
{
	static const size_t rows[] = {0, 1, 3, 10, 19, 31};

	begin_mixed(f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = rows[i], len = f->starts[n];

		verify(f, file_of(f, len), n, NULL, STATUS_END, "a file that ends behind a section");
		verify(f, file_of(f, f->starts[n + 1] - 1), n, NULL, STATUS_TRUNCATED, "inside one");
		verify(f, file_of(f, len + 1), n, NULL, STATUS_TRUNCATED, "behind the first byte of one");
	}
}

/* What is no section ends it, after all sections before it; damage before it is told first. */
static void test_malformed(struct file *f)
{
	enum status bad[32] = {[9] = STATUS_BAD_HASH, [16] = STATUS_BAD_CID};

	begin_mixed(f);
	f->car.data[f->starts[20]] = 0;
	verify(f, file_of(f, f->car.len), 20, NULL, STATUS_EMPTY_SECTION, "a section of length 0");
	begin_mixed(f);
	f->car.data[f->starts[16] + 1] = 9; /* the version of its CID, behind a length of one byte */
	f->car.data[f->starts[10] - 1] ^= 1;
	verify(f, file_of(f, f->car.len), f->count, bad, STATUS_END, "a section without a CID, and the others");
}

/* Who found what he looked for leaves, whatever is being hashed. */
static void test_leaving(struct file *f)
{
	begin_mixed(f);
	for (size_t count = 0; count < 12; count++) {
		int fd = file_of(f, f->car.len);
		struct car_verifier *v = NULL;
		struct car_section section;
		struct car_reader r;

		CHECK_EQUAL(car_open(&r, fd), STATUS_OK, "open");
		CHECK_EQUAL(car_verifier_new(&v, &r), STATUS_OK, "new");
		for (size_t i = 0; i < count; i++)
			CHECK_EQUAL(car_verifier_next(v, &section), STATUS_OK, "a section");
		car_verifier_free(v);
		car_release(&r);
		close(fd);
	}
	car_verifier_free(NULL);
}

/* A pipe gives little at a time. */
static void test_pipe(struct file *f)
{
	int ends[2];

	begin(f);
	for (int i = 0; i < 30; i++)
		add(f, (size_t)i * 100);
	CHECK_EQUAL(pipe(ends), 0, "a pipe");
	CHECK_EQUAL(write(ends[1], f->car.data, f->car.len), f->car.len, "that takes all");
	close(ends[1]);
	verify(f, ends[0], f->count, NULL, STATUS_END, "a pipe");
}

int main(void)
{
	static struct file f;

	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (uint8_t)(i * 2654435761u >> 24);
	test_sizes(&f);
	test_damage(&f);
	test_cut(&f);
	test_malformed(&f);
	test_leaving(&f);
	test_pipe(&f);
	bytes_release(&f.car);
	return test_end();
}
