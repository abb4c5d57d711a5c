/* pages.c - tests of the check of a store's pages: a flipped bit in the head of a page or in the list of free pages is
 * found, or does no harm to what is written afterwards. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../support/test.h"
#include "kv/kv.h"

#define PAGE           4096
#define PAGE_HEAD      16
#define FREE_LIST_ROOT 80 /* in a header page */
#define HEADER_TXN     144
#define RECORDS        400
#define BIG            20000 /* bytes of a value on pages of its own */
#define TRIAL          40    /* of the bits that are not found, each 40th is tried by writing */

static char folder[64], file[96];
static uint8_t *whole; /* the file as it should be */
static size_t whole_len;

/* The value of record @i after @round. */
static size_t value_of(char out[BIG], unsigned i, unsigned round)
{
	size_t len = i % 100 == 7 ? BIG - i : 20 + i * 37 % 900;

	memset(out, (int)('a' + (i + round) % 26), len);
	return len;
}

static enum status put_some(struct kv *kv, unsigned step, unsigned round)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	static char value[BIG];
	char key[8];
	enum status s = kv_begin_write(kv, &txn);

	for (unsigned i = round % step; i < RECORDS && s == STATUS_OK; i += step) {
		size_t len = value_of(value, i, round);

		snprintf(key, sizeof(key), "k%05u", i);
		s = kv_put(txn, span_text(key), span_of(value, len));
	}
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

static enum status check(char why[KV_WHY_MAX])
{
	struct kv_txn *txn = NULL;
	struct kv *kv;
	enum status s = kv_open(&kv, folder, KV_READ_ONLY);

	if (s != STATUS_OK)
		return s;
	s = kv_begin_read(kv, &txn);
	if (s == STATUS_OK)
		s = kv_check_pages(txn, why);
	kv_abort(&txn);
	kv_close(kv);
	return s;
}

/* Write to the store, and read it; DIFFERS if a record is lost. A damaged store may refuse to be written. */
static enum status use(void)
{
	struct kv *kv;
	enum status s = kv_open(&kv, folder, KV_READ_WRITE);
	struct kv_txn *txn = NULL;
	unsigned found = 0;

	if (s != STATUS_OK)
		return s;
	for (unsigned round = 10; round < 12 && s == STATUS_OK; round++)
		s = put_some(kv, 3, round);
	if (s == STATUS_OK)
		s = kv_begin_read(kv, &txn);
	if (s == STATUS_OK) {
		struct kv_walk walk = kv_walk(txn, span_text("k"), span_of("", 0));

		while (kv_walk_next(&walk))
			found++;
		s = walk.status;
		kv_walk_end(&walk);
	}
	kv_abort(&txn);
	kv_close(kv);
	return s == STATUS_OK && found != RECORDS ? STATUS_DIFFERS : s;
}

static void write_file(void)
{
	int fd = open(file, O_WRONLY | O_TRUNC);

	CHECK(pwrite(fd, whole, whole_len, 0) == (ssize_t)whole_len, "the store is put back");
	close(fd);
}

/* In a process of its own: a store that was not found to be damaged has to stay whole. */
static bool is_harmless(void)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(use() == STATUS_OK ? 0 : 1);
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void flip(size_t byte, unsigned bit, unsigned *found, unsigned *unseen)
{
	char why[KV_WHY_MAX] = "";
	enum status s;
	int fd = open(file, O_WRONLY);
	uint8_t changed = whole[byte] ^ (uint8_t)(1u << bit);

	CHECK(pwrite(fd, &changed, 1, (off_t)byte) == 1, "a bit is flipped");
	s = check(why);
	CHECK(s == STATUS_OK || s == STATUS_CORRUPT, "the check ends");
	*found += s == STATUS_CORRUPT;
	*unseen += s == STATUS_OK;
	if (s == STATUS_OK && *unseen % TRIAL == 0) {
		if (!CHECK(is_harmless(), "a bit that is not found does no harm"))
			fprintf(stderr, "  page %zu, byte %zu, bit %u\n", byte / PAGE, byte % PAGE, bit);
		write_file();
	}
	CHECK(pwrite(fd, &whole[byte], 1, (off_t)byte) == 1, "it is flipped back");
	close(fd);
}

static uint64_t number_at(size_t at)
{
	uint64_t v;

	memcpy(&v, whole + at, sizeof(v));
	return v;
}

static void test_flips(void)
{
	size_t newer = number_at(PAGE + HEADER_TXN) > number_at(HEADER_TXN) ? PAGE : 0;
	size_t free_list = (size_t)number_at(newer + FREE_LIST_ROOT) * PAGE;
	unsigned found = 0, unseen = 0, n = 0;

	for (size_t page = 2; page < whole_len / PAGE; page++)
		for (size_t byte = 0; byte < PAGE_HEAD && number_at(page * PAGE) == page;
			byte++)                     /* not inside a value */
			if (byte < 8 || byte >= 10) /* bytes 8 and 9 have no use */
				flip(page * PAGE + byte, n++ % 8, &found, &unseen);
	printf("heads of pages: %u found, %u unseen\n", found, unseen);
	CHECK(found > 500, "bits in the heads of pages that are in use are found");
	found = unseen = 0;
	for (size_t byte = 0; byte < PAGE; byte++)
		if (whole[free_list + byte] != 0 && byte != 8 && byte != 9)
			flip(free_list + byte, n++ % 8, &found, &unseen);
	printf("list of free pages: %u found, %u unseen\n", found, unseen);
	CHECK(found > 50, "bits in the list of free pages are found");
}

int main(void)
{
	char why[KV_WHY_MAX] = "", command[128];
	struct stat st;
	struct kv *kv;
	int fd;

	snprintf(folder, sizeof(folder), "/tmp/test-pages-XXXXXX");
	if (!CHECK(mkdtemp(folder) != NULL, "a folder to work in"))
		return test_end();
	snprintf(file, sizeof(file), "%s/data.mdb", folder);
	CHECK_EQUAL(kv_open(&kv, folder, KV_CREATE), STATUS_OK, "a store");
	for (unsigned round = 0; round < 6; round++)
		CHECK_EQUAL(put_some(kv, round == 0 ? 1 : 5, round), STATUS_OK, "a round of records");
	kv_close(kv);
	CHECK_EQUAL(check(why), STATUS_OK, why);
	fd = open(file, O_RDONLY);
	if (CHECK(fstat(fd, &st) == 0, "the file is there")) {
		whole_len = (size_t)st.st_size;
		whole = malloc(whole_len);
		CHECK(pread(fd, whole, whole_len, 0) == (ssize_t)whole_len, "the file is read");
		while (whole_len > 2 * PAGE && number_at(whole_len - PAGE) == 0)
			whole_len -= PAGE; /* the hole at its end */
		test_flips();
	}
	close(fd);
	free(whole);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_EQUAL(system(command), 0, "tidy up");
	return test_end();
}
