/* index.c - indexing a CAR in the store, and removing contents that are no longer needed.
 *
 * Every hash is checked, and every link of the DAG followed. A write
 * transaction holds a batch of places, never a walk or a wait.
 */
#include "content/index.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "content/block_max.h"
#include "content/content.h"
#include "content/offset_set.h"
#include "ipld/block_fault.h"
#include "ipld/car_verify.h"
#include "ipld/walk.h"
#include "store/old_contents.h"

#define BATCH       8192 /* links per read transaction */
#define WRITE_BATCH 1024 /* blocks per write transaction: other writers wait for one batch at most */
#define GIVE_WAY    1 /* milliseconds between two write transactions: a loop that begins again at once keeps others out */

static uint64_t lock_number(uint64_t content)
{
	return SERVING_LOCK_CONTENTS + content;
}

/* The mark is in the store before the first block, and the lock is held before the mark can be seen. */
static enum status begin_content(struct party *party, struct indexed *indexed)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = serving_lock_open(&indexed->lock, party->store);

	if (s != STATUS_OK)
		return party_fail(party, s, "cannot open 'serving' in the store: %s", strerror(errno));
	s = kv_begin_write(store_kv(party->store), &txn);
	if (s != STATUS_OK)
		return s;
	s = store_next_content(txn, &indexed->content.number);
	if (s != STATUS_OK)
		return s;
	s = serving_lock_enter(&indexed->lock, lock_number(indexed->content.number));
	if (s != STATUS_OK)
		return s;
	s = store_mark_content(txn, indexed->content.number);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/*
 * Read the next section of the CAR, and the place of its data; END after the last. A section that can't be verified is
 * left out: if the DAG needs the section, its block counts as missing.
 */
static enum status index_next(struct party *party, struct kv_txn *txn, struct car_verifier *verifier, uint64_t number)
{
	uint64_t begin = car_verifier_offset(verifier);
	char text[CID_TEXT_MAX];
	struct car_section section;
	enum status s = car_verifier_next(verifier, &section);

	if (s == STATUS_BAD_CID || s == STATUS_UNKNOWN_HASH)
		return STATUS_OK;
	if (s == STATUS_TRUNCATED || s == STATUS_BAD_CAR || s == STATUS_BAD_SECTION || s == STATUS_EMPTY_SECTION)
		return party_fail(party, s, "the CAR is damaged at byte %" PRIu64 ": %s", begin, status_text(s));
	if (s == STATUS_BAD_HASH)
		return party_fail(party, s, "block %s, at byte %" PRIu64 ", does not match its CID",
			cid_text(text, &section.cid), section.offset);
	if (s != STATUS_OK)
		return s;
	if (section.block.len > BLOCK_MAX)
		return party_fail(party, STATUS_TOO_LARGE, "block %s has %zu bytes, more than the %u that fit a frame",
			cid_text(text, &section.cid), section.block.len, BLOCK_MAX);
	return store_put_block(txn, number, &section.cid, &(struct block_place){section.offset, section.block.len});
}

/* Index one batch of sections; END after the last one. */
static enum status index_batch(struct party *party, struct car_verifier *verifier, uint64_t number)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_write(store_kv(party->store), &txn), committed;

	for (size_t n = 0; n < WRITE_BATCH && s == STATUS_OK; n++)
		s = index_next(party, txn, verifier, number);
	if (s != STATUS_OK && s != STATUS_END)
		return s;
	committed = kv_commit(&txn);
	return committed == STATUS_OK ? s : committed;
}

static enum status index_blocks(struct party *party, struct car_reader *car, uint64_t number)
{
	struct car_verifier *verifier = NULL;
	enum status s = car_verifier_new(&verifier, car);

	while (s == STATUS_OK) {
		s = index_batch(party, verifier, number);
		if (s == STATUS_OK)
			clock_pause(GIVE_WAY);
	}
	car_verifier_free(verifier);
	return s == STATUS_END ? STATUS_OK : s;
}

/**
 * struct measuring - a walk over the whole DAG: all blocks must exist, and the unique blocks give the size of the
 * offer.
 */
struct measuring {
	struct content *content;
	struct content_reader reader;
	struct walk *walk;      /* folded: the walk passes each block with links once */
	struct offset_set seen; /* places of the blocks that were counted */
	struct bytes block;
	struct cid at; /* the current link */
};

static enum status explain_missing(struct party *party, const struct cid *link)
{
	char text[CID_TEXT_MAX], hash[CID_NAME_MAX];

	if (!cid_can_verify(link))
		return party_fail(party, STATUS_NOT_FOUND,
			"the DAG is not whole: block %s is not in the CAR (its hash is %s, which is not computed here)",
			cid_text(text, link), cid_hash_text(hash, link->hash));
	return party_fail(
		party, STATUS_NOT_FOUND, "the DAG is not whole: block %s is not in the CAR", cid_text(text, link));
}

/* Find the block of the current link, count a new block, and read the block if the walk needs its links. */
static enum status measure_block(struct measuring *m, struct kv_txn *txn)
{
	struct block_place place;
	bool added;
	enum status s;

	bytes_clear(&m->block);
	if (m->at.hash == HASH_IDENTITY) {
		bytes_append(&m->block, cid_digest(&m->at).data, cid_digest(&m->at).len);
		return bytes_status(&m->block);
	}
	s = store_get_block(txn, &place, m->content->number, &m->at);
	if (s == STATUS_NOT_FOUND)
		return explain_missing(m->reader.party, &m->at);
	if (s != STATUS_OK)
		return s;
	/* A block is sent and paid for under each of its CIDs; no two blocks lie as close as there are names. */
	s = offset_set_add(&m->seen, &added, place.offset + place.twin);
	if (s != STATUS_OK)
		return s;
	m->content->blocks += added;
	m->content->bytes += added ? place.len : 0;
	return m->at.codec != CODEC_RAW ? content_read(&m->reader, &m->block, &m->at, &place) : STATUS_OK;
}

/* Measure a batch of links in one read transaction; END after the last one. */
static enum status measure_batch(struct measuring *m)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(m->reader.party->store), &txn);

	for (size_t n = 0; n < BATCH && s == STATUS_OK; n++) {
		walk_set_budget(m->walk, m->content->bytes);
		s = walk_next(m->walk, &m->at);
		if (s == STATUS_OK)
			s = measure_block(m, txn);
		if (s == STATUS_OK)
			s = walk_enter(m->walk, bytes_span(&m->block));
	}
	return s;
}

static enum status explain_measure(struct party *party, enum status s, const struct cid *at, struct span block)
{
	char text[CID_TEXT_MAX], codec[CID_NAME_MAX], fault[BLOCK_FAULT_MAX];

	if (s == STATUS_BAD_BLOCK)
		return party_fail(party, s, "block %s: %s", cid_text(text, at), block_fault(fault, at, block));
	if (s == STATUS_TOO_DEEP)
		return party_fail(party, s, "block %s: %s", cid_text(text, at), status_text(s));
	if (s == STATUS_UNKNOWN_CODEC)
		return party_fail(party, s, "block %s: its codec is %s, which is not read here", cid_text(text, at),
			cid_codec_text(codec, at->codec));
	if (s == STATUS_TOO_LARGE)
		return party_fail(
			party, s, "its blocks link to each other so often that no client could walk all links");
	return s;
}

static enum status measure(struct party *party, struct indexed *indexed, int fd)
{
	struct measuring m = {.content = &indexed->content,
		.reader = {.party = party, .fd = fd, .number = indexed->content.number},
		.at = indexed->root};
	enum status s;

	bytes_append(&m.reader.path, indexed->content.path.data, indexed->content.path.len);
	s = walk_new_folded(&m.walk, SELECTOR_ALL, &indexed->root);
	if (s == STATUS_OK)
		walk_set_stop(m.walk, party->stop);
	while (s == STATUS_OK)
		s = measure_batch(&m);
	if (s != STATUS_END)
		s = explain_measure(party, s, &m.at, bytes_span(&m.block));
	walk_free(m.walk);
	offset_set_release(&m.seen);
	bytes_release(&m.block);
	bytes_release(&m.reader.path);
	return s == STATUS_END ? STATUS_OK : s;
}

/* The root that was requested, or the only one. */
static enum status choose_root(
	struct party *party, struct indexed *indexed, const struct car_reader *car, const struct cid *wanted)
{
	const char *path = (const char *)indexed->content.path.data;
	enum status s;

	indexed->root = *wanted;
	if (!cid_is_none(wanted))
		return STATUS_OK;
	s = car_only_root(&indexed->root, car->roots, car->root_count);
	if (s == STATUS_NOT_FOUND)
		return party_fail(
			party, STATUS_USAGE, "'%s' has no roots: name the root to offer with --root CID", path);
	if (s == STATUS_AMBIGUOUS)
		return party_fail(party, STATUS_USAGE, "'%s' has %zu roots: name the one to offer with --root CID",
			path, car->root_count);
	return s;
}

static enum status index_file(struct party *party, struct indexed *indexed, struct car_reader *car, int fd)
{
	enum status s = begin_content(party, indexed);

	if (s != STATUS_OK)
		return s;
	s = index_blocks(party, car, indexed->content.number);
	if (s == STATUS_OK)
		s = measure(party, indexed, fd);
	return party_about(party, s, (const char *)indexed->content.path.data);
}

static enum status open_car(
	struct party *party, struct indexed *indexed, const char *path, const struct cid *root, int fd)
{
	struct car_reader car = {0};
	struct stat st;
	enum status s;

	if (fd < 0 || fstat(fd, &st) != 0)
		return party_fail(party, STATUS_IO, "cannot open '%s': %s", path, strerror(errno));
	indexed->content.file_size = (uint64_t)st.st_size;
	s = car_open(&car, fd);
	if (s != STATUS_OK)
		return s == STATUS_BAD_CAR ? party_fail(party, s, "'%s' is not a CAR", path)
					   : party_fail(party, s, "cannot read '%s': %s", path,
						     s == STATUS_IO ? strerror(errno) : status_text(s));
	s = choose_root(party, indexed, &car, root);
	if (s == STATUS_OK)
		s = index_file(party, indexed, &car, fd);
	car_release(&car);
	return s;
}

enum status index_car(struct party *party, struct indexed *indexed, const char *path, const struct cid *root)
{
	struct indexed taken = {.content.path = span_text(path), .lock.fd = -1};
	int fd;
	enum status s = file_open_regular(&fd, path);

	if (s == STATUS_NOT_REGULAR)
		return party_fail(party, STATUS_IO, "cannot read '%s': %s", path, status_text(s));
	s = open_car(party, &taken, path, root, fd);
	if (fd >= 0)
		close(fd);
	if (s != STATUS_OK) {
		indexed_release(&taken);
		return s;
	}
	*indexed = taken;
	return STATUS_OK;
}

void indexed_release(struct indexed *indexed)
{
	serving_lock_close(&indexed->lock);
}
