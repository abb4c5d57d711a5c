/* header.c - checks the two header pages of a store, and seals them for the next check.
 *
 * LMDB has two header pages, writes them in turn, and uses the header with the
 * higher transaction number. LMDB has no checksum: one flipped bit in a number
 * silently takes the store back by one transaction. So the two headers must fit
 * each other, and behind each header, where LMDB leaves the page unused, this
 * file writes a seal: the number of the transaction and a checksum of the rest
 * of the header.
 *
 * A seal is written after the commit, without a sync. A kill between commit and
 * seal leaves the older seal of that page, which proves nothing about the new
 * header. Seal and header lie in one sector, so that a loss of power never
 * leaves a seal without its header.
 *
 * Knows the header part of LMDB's file layout (mdb.c, MDB_meta). Refuses to
 * know the content of the store.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "kv/kv_private.h"

/* Offsets in a header page of a 64-bit LMDB, data version 1. */
enum header_layout {
	HEADER_MAGIC = 16, /* behind the page's own header */
	HEADER_VERSION = 20,
	HEADER_PAGE_SIZE = 40, /* MDB_db.md_pad of the free list */
	HEADER_FREE_ROOT = 80,
	HEADER_MAIN_ROOT = 128,
	HEADER_LAST_PAGE = 136,
	HEADER_TXN = 144,
	HEADER_END = 152,
	SEAL_AT = 256, /* in the same sector */
};
#define HEADER_MAGIC_VALUE   0xBEEFC0DEu
#define HEADER_VERSION_VALUE 1u
#define READ_AGAIN_MAX       100

/** struct seal - the bytes behind a header, in the machine's byte order, as in LMDB. */
struct seal {
	char magic[8];
	uint64_t number; /* of the transaction */
	uint64_t fields; /* checksum of the header without its number */
	uint64_t own;    /* checksum of the seal up to here */
};
static const char seal_magic[8] = "rt-seal1";

/** struct header - the fields of one header page. */
struct header {
	uint32_t page_size;
	uint64_t number, last_page;
	uint64_t fields; /* checksum of all but the number */
	bool roots_fit;  /* the roots lie before the last page */
	bool sealed;
	struct seal seal;
};

static uint32_t load32(const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

static uint64_t load64(const uint8_t *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

static uint64_t checksum(const void *data, size_t len)
{
	uint8_t sum[BLAKE2B_256_SIZE];

	blake2b(sum, sizeof(sum), span_of(data, len));
	return load64(sum);
}

static uint64_t fields_of(const uint8_t *header)
{
	return checksum(header + HEADER_MAGIC, HEADER_TXN - HEADER_MAGIC);
}

static bool root_fits(const uint8_t *at, uint64_t last_page)
{
	uint64_t root = load64(at);

	return root == UINT64_MAX || (root >= 2 && root <= last_page);
}

static bool seal_holds(const struct seal *seal)
{
	return memcmp(seal->magic, seal_magic, sizeof(seal_magic)) == 0 &&
	       seal->own == checksum(seal, offsetof(struct seal, own));
}

/* Read one header page; @page_size is 0 for the first page, which has the page size. */
static enum status read_header(struct header *out, int fd, unsigned number, uint32_t page_size)
{
	uint8_t bytes[SEAL_AT + sizeof(struct seal)];
	struct header h;
	enum status s = file_pread_full(fd, bytes, sizeof(bytes), (uint64_t)number * page_size);

	if (s != STATUS_OK)
		return s;
	if (load32(bytes + HEADER_MAGIC) != HEADER_MAGIC_VALUE)
		return STATUS_CORRUPT;
	if (load32(bytes + HEADER_VERSION) != HEADER_VERSION_VALUE)
		return STATUS_NEWER_VERSION;
	memset(&h, 0, sizeof(h)); /* headers are compared as bytes */
	h.page_size = load32(bytes + HEADER_PAGE_SIZE);
	if (h.page_size < 512 || h.page_size > 65536 || (h.page_size & (h.page_size - 1)) != 0)
		return STATUS_CORRUPT;
	if (page_size != 0 && h.page_size != page_size)
		return STATUS_CORRUPT;
	h.number = load64(bytes + HEADER_TXN);
	h.last_page = load64(bytes + HEADER_LAST_PAGE);
	h.fields = fields_of(bytes);
	h.roots_fit =
		root_fits(bytes + HEADER_FREE_ROOT, h.last_page) && root_fits(bytes + HEADER_MAIN_ROOT, h.last_page);
	memcpy(&h.seal, bytes + SEAL_AT, sizeof(h.seal));
	h.sealed = seal_holds(&h.seal);
	*out = h;
	return STATUS_OK;
}

static enum status read_pair(struct header pair[2], int fd)
{
	enum status s = read_header(&pair[0], fd, 0, 0);

	return s == STATUS_OK ? read_header(&pair[1], fd, 1, pair[0].page_size) : s;
}

/*
 * Check the number against the seal. The number can't be below the seal's number. A number above the seal's number
 * belongs to a transaction whose seal is not written yet, or never was, because its program was killed or another
 * writer was faster. A flipped bit can make the older header look like the next one: the number is then the next
 * number of this page, and all other fields are unchanged. A commit never leaves all other fields unchanged, because
 * its root lies on a page that the two transactions before did not use. An older seal proves nothing: a root may lie
 * on the page of the root four transactions ago.
 */
static bool number_holds(const struct header *h)
{
	if (!h->sealed || h->seal.number == h->number)
		return true;
	if (h->seal.number > h->number)
		return false;
	return h->seal.number + 2 != h->number || h->seal.fields != h->fields;
}

static enum status judge_pair(const struct header pair[2])
{
	const struct header *newer = &pair[pair[1].number > pair[0].number];
	bool fresh = pair[0].number == 0 && pair[1].number == 0;

	if (!number_holds(&pair[0]) || !number_holds(&pair[1]))
		return STATUS_CORRUPT;
	/* Numbers rise by one, and even numbers are on the first page; in a new store both numbers are 0. */
	if (!fresh && (pair[0].number % 2 != 0 || pair[1].number % 2 != 1))
		return STATUS_CORRUPT;
	if (!fresh && pair[0].number + 1 != pair[1].number && pair[1].number + 1 != pair[0].number)
		return STATUS_CORRUPT;
	/* Only the newer header is used. A failed commit (a full disk) leaves new roots in the older header, under its old number. */
	if (newer->sealed && newer->seal.number == newer->number && newer->seal.fields != newer->fields)
		return STATUS_CORRUPT;
	return newer->roots_fit ? STATUS_OK : STATUS_CORRUPT;
}

/* A writer may have changed the headers during the read, so headers that do not fit are read again. */
static enum status read_and_judge(struct header pair[2], int fd)
{
	struct header before[2];
	enum status s = STATUS_CORRUPT;

	memset(pair, 0, 2 * sizeof(*pair));
	for (unsigned i = 0; i < READ_AGAIN_MAX; i++) {
		memcpy(before, pair, sizeof(before));
		s = read_pair(pair, fd);
		if (s == STATUS_OK)
			s = judge_pair(pair);
		if (s != STATUS_CORRUPT || (i > 0 && memcmp(before, pair, sizeof(before)) == 0))
			return s;
	}
	return STATUS_BUSY;
}

enum status header_check(int fd, uint64_t *file_size)
{
	struct header pair[2];
	uint64_t last_page = 1;
	struct stat st;
	enum status s = read_and_judge(pair, fd);

	for (int i = 0; i < 2; i++) {
		if (pair[i].last_page > last_page)
			last_page = pair[i].last_page;
	}
	/* The length is read last: a file in use only grows, and its header never names a page beyond its end. */
	if (fstat(fd, &st) != 0)
		return STATUS_IO;
	if (!S_ISREG(st.st_mode))
		return STATUS_CORRUPT;
	if (st.st_size == 0)
		return STATUS_NOT_FOUND;
	if (s != STATUS_OK)
		return s == STATUS_TRUNCATED ? STATUS_CORRUPT : s;
	if (last_page >= (uint64_t)st.st_size / pair[0].page_size)
		return STATUS_CORRUPT;
	*file_size = (uint64_t)st.st_size;
	return STATUS_OK;
}

void header_seal(int fd, unsigned page_size, uint64_t number)
{
	off_t here = number % 2 != 0 ? page_size : 0, other = number % 2 != 0 ? 0 : page_size;
	struct seal seal = {.number = number};
	uint8_t header[HEADER_END];
	uint64_t newer;

	/* If the other header is newer already, this page may hold the rest of a failed commit. */
	if (pread(fd, header, sizeof(header), here) != sizeof(header) || load64(header + HEADER_TXN) != number)
		return;
	if (pread(fd, &newer, sizeof(newer), other + HEADER_TXN) != sizeof(newer) || newer > number)
		return;
	memcpy(seal.magic, seal_magic, sizeof(seal.magic));
	seal.fields = fields_of(header);
	seal.own = checksum(&seal, offsetof(struct seal, own));
	/* A missing seal does no harm: the store is intact, and only this check is weaker. */
	if (pwrite(fd, &seal, sizeof(seal), here + SEAL_AT) < 0)
		return;
}

enum status header_roots(struct header_roots *out, int fd, unsigned page_size, uint64_t number)
{
	uint8_t header[HEADER_END];
	enum status s = file_pread_full(fd, header, sizeof(header), number % 2 != 0 ? page_size : 0);

	if (s != STATUS_OK)
		return s;
	if (load64(header + HEADER_TXN) != number)
		return STATUS_NOT_FOUND;
	*out = (struct header_roots){load64(header + HEADER_FREE_ROOT), load64(header + HEADER_MAIN_ROOT),
		load64(header + HEADER_LAST_PAGE)};
	return STATUS_OK;
}
