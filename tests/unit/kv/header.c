/* header.c - tests of the two header pages: no flipped bit brings an old state back, and no kill makes a store look damaged. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../support/test.h"
#include "kv/kv.h"

#define PAGE         4096
#define HEADER_START 16
#define HEADER_TXN   144
#define HEADER_END   152
#define SEAL_START   256
#define SEAL_END     288

static char folder[64], file[96];
static uint8_t pages[2][PAGE]; /* the headers as they should be */

static void read_pages(void)
{
	int fd = open(file, O_RDONLY);

	CHECK(pread(fd, pages, sizeof(pages), 0) == sizeof(pages), "the headers are read");
	close(fd);
}

static void write_pages(void)
{
	int fd = open(file, O_WRONLY);

	CHECK(pwrite(fd, pages, sizeof(pages), 0) == sizeof(pages), "the headers are written");
	close(fd);
}

static uint64_t number_of(int page)
{
	uint64_t number;

	memcpy(&number, pages[page] + HEADER_TXN, sizeof(number));
	return number;
}

static int newer_page(void)
{
	return number_of(1) > number_of(0);
}

static bool put(struct kv *kv, const char *value)
{
	CLEAN_TXN struct kv_txn *txn = NULL;

	return kv_begin_write(kv, &txn) == STATUS_OK && kv_put(txn, span_text("n"), span_text(value)) == STATUS_OK &&
	       kv_commit(&txn) == STATUS_OK;
}

/* Open, put unless @value is NULL, close. */
static enum status reopen(const char *value)
{
	struct kv *kv;
	enum status s = kv_open(&kv, folder, KV_READ_WRITE);

	if (s != STATUS_OK)
		return s;
	if (value != NULL && !put(kv, value))
		s = STATUS_STORE;
	kv_close(kv);
	return s;
}

/* Opened and read: OK if @want is there, DIFFERS if something else is. */
static enum status look(const char *want)
{
	struct kv_txn *txn;
	struct span value;
	struct kv *kv;
	enum status s = kv_open(&kv, folder, KV_READ_ONLY);

	if (s != STATUS_OK)
		return s;
	s = kv_begin_read(kv, &txn);
	if (s == STATUS_OK) {
		s = kv_get(txn, &value, span_text("n"));
		if (s == STATUS_OK && !span_is(value, want))
			s = STATUS_DIFFERS;
		kv_abort(&txn);
	}
	kv_close(kv);
	return s;
}

static bool harmless(enum status s)
{
	return s == STATUS_OK || s == STATUS_CORRUPT || s == STATUS_NEWER_VERSION;
}

/* Each bit of both headers and their seals. */
static void check_flips(const char *want)
{
	unsigned found = 0;

	for (int page = 0; page < 2; page++) {
		for (int bit = HEADER_START * 8; bit < SEAL_END * 8; bit++) {
			enum status s;

			if (bit == HEADER_END * 8)
				bit = SEAL_START * 8;
			pages[page][bit / 8] ^= (uint8_t)(1 << bit % 8);
			write_pages();
			s = look(want);
			pages[page][bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (!harmless(s))
				fprintf(stderr, "page %d byte %d bit %d: %s\n", page, bit / 8, bit % 8, status_text(s));
			CHECK(harmless(s), "a flipped bit is found, or the store reads as before");
			if (bit >= HEADER_TXN * 8 && bit < HEADER_END * 8)
				CHECK_EQUAL(s, STATUS_CORRUPT, "a flipped bit of a number is found");
			if (bit < HEADER_TXN * 8 && page == newer_page())
				CHECK(s != STATUS_OK, "a flipped bit of the newer header is found");
			found += s != STATUS_OK;
		}
	}
	CHECK(found > 1000, "most flips are found");
	write_pages();
	CHECK_EQUAL(look(want), STATUS_OK, "all is as before");
}

/* A program that is killed between its commit and the seal leaves the seal of its page's last transaction but one. */
static void check_without_seal(const char *want)
{
	uint8_t seals[2][SEAL_END - SEAL_START];
	int newer;

	read_pages();
	for (int page = 0; page < 2; page++)
		memcpy(seals[page], pages[page] + SEAL_START, sizeof(seals[page]));
	CHECK_EQUAL(reopen("next"), STATUS_OK, "one more commit");
	read_pages();
	newer = newer_page();
	memcpy(pages[newer] + SEAL_START, seals[newer], sizeof(seals[newer]));
	write_pages();
	CHECK_EQUAL(look("next"), STATUS_OK, "a commit that was not sealed counts");
	memset(pages[0] + SEAL_START, 0, SEAL_END - SEAL_START);
	memset(pages[1] + SEAL_START, 0, SEAL_END - SEAL_START);
	write_pages();
	CHECK_EQUAL(look("next"), STATUS_OK, "a store of an older program has no seals, and is good");
	CHECK_EQUAL(reopen("again"), STATUS_OK, "it goes on");
	CHECK_EQUAL(reopen(want), STATUS_OK, "and on");
	read_pages();
	check_flips(want);
}

/* What LMDB leaves when the header of a commit can't be written: the new header under the number of the one before. */
static void check_failed_commit(const char *want)
{
	uint8_t number[HEADER_END - HEADER_TXN];
	int older = !newer_page();

	memcpy(number, pages[older] + HEADER_TXN, sizeof(number));
	memcpy(pages[older] + HEADER_START, pages[!older] + HEADER_START, HEADER_END - HEADER_START);
	memcpy(pages[older] + HEADER_TXN, number, sizeof(number));
	write_pages();
	CHECK_EQUAL(look(want), STATUS_OK, "what a failed commit leaves behind is no damage");
	CHECK_EQUAL(reopen("after"), STATUS_OK, "and the next commit goes over it");
	CHECK_EQUAL(look("after"), STATUS_OK, "as if nothing had happened");
	read_pages();
	check_flips("after");
}

static int write_many(void)
{
	struct kv *kv;

	if (kv_open(&kv, folder, KV_READ_WRITE) != STATUS_OK)
		return 1;
	for (int i = 0; i < 300; i++) {
		if (!put(kv, "busy"))
			return 2;
	}
	kv_close(kv);
	return 0;
}

/* Two writers at work, and somebody who opens the store again and again. */
static void check_while_written(void)
{
	int status, running = 2;

	fflush(NULL);
	for (int i = 0; i < 2; i++) {
		if (fork() == 0)
			_exit(write_many());
	}
	while (running > 0) {
		enum status s = look("busy");

		if (s == STATUS_DIFFERS) /* not written yet, or by the other one */
			s = STATUS_OK;
		CHECK_EQUAL(s, STATUS_OK, "a store opens while others write");
		while (waitpid(-1, &status, WNOHANG) > 0) {
			CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a writer is done");
			running--;
		}
	}
	CHECK_EQUAL(look("busy"), STATUS_OK, "and holds what was written last");
}

int main(void)
{
	char command[128];
	struct kv *kv;

	snprintf(folder, sizeof(folder), "/tmp/test-header-XXXXXX");
	if (!CHECK(mkdtemp(folder) != NULL, "a folder to work in"))
		return test_end();
	snprintf(file, sizeof(file), "%s/data.mdb", folder);
	CHECK_EQUAL(kv_open(&kv, folder, KV_CREATE), STATUS_OK, "create");
	kv_close(kv);
	CHECK_EQUAL(look("x"), STATUS_NOT_FOUND, "a store that was never written is good");
	CHECK_EQUAL(reopen("one"), STATUS_OK, "a first commit");
	CHECK_EQUAL(look("one"), STATUS_OK, "is read");
	for (int i = 0; i < 6; i++) {
		char value[8];

		snprintf(value, sizeof(value), "%d", i);
		CHECK_EQUAL(reopen(value), STATUS_OK, "a commit");
		read_pages();
		check_flips(value);
	}
	check_without_seal("sealed");
	check_failed_commit("sealed");
	check_while_written();
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_EQUAL(system(command), 0, "tidy up");
	return test_end();
}
