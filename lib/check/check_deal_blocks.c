/* check_deal_blocks.c - compares the blocks of a buyer's deal in the store's records with the blocks in the CAR.
 *
 * The blocks came from the deal's provider, or from an earlier deal of the same payload.
 *
 * INVARIANT 15: a kept block hashes to its CID, and was next in the walk.
 * INVARIANT 16: the blocks are kept in the order of the walk.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "check/check.h"
#include "ipld/car_verify.h"
#include "ipld/walk.h"
#include "store/blocks.h"
#include "store/deal_texts.h"
#include "wire/frame.h"

struct blocks_check {
	struct findings *f;
	struct kv_txn *t;
	const struct client_deal *d;
	int fd;
	uint64_t recorded; /* recorded length of the CAR, in bytes */
	struct walk *walk;
	struct bytes block;
	uint64_t blocks, bytes; /* in the store */
	bool whole;             /* nothing more is to be said of the blocks */
};

static enum status add_place(void *ctx, const struct cid *c, const struct block_place *p)
{
	struct blocks_check *k = ctx;
	char text[CID_TEXT_MAX];

	k->blocks++;
	k->bytes += p->len;
	if (p->offset > k->recorded || p->len > k->recorded - p->offset)
		finding(k->f, 15,
			"client deal %" PRIu64 ": block %s lies beyond the %" PRIu64 " bytes that were recorded",
			k->d->id, cid_text(text, c), k->recorded);
	return STATUS_OK;
}

/* The recorded length of the CAR is the first eight bytes of the deal's position. */
static enum status load_recorded(struct blocks_check *k)
{
	struct bytes position = {0};
	enum status s = store_get_cursor(k->t, &position, SIDE_CLIENT, k->d->id, CURSOR_NEXT);

	if (s == STATUS_OK && position.len < 8)
		s = STATUS_CORRUPT;
	for (size_t i = 0; s == STATUS_OK && i < 8; i++)
		k->recorded = k->recorded << 8 | position.data[i];
	bytes_release(&position);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

/* The bytes of a block that lies before @before; NOT_FOUND if the walk reaches the block for the first time. */
static enum status load_earlier(struct blocks_check *k, const struct cid *c, uint64_t before)
{
	struct block_place place;
	uint8_t *room;
	enum status s;

	bytes_clear(&k->block);
	if (c->hash == HASH_IDENTITY) {
		bytes_append(&k->block, cid_digest(c).data, cid_digest(c).len);
		return bytes_status(&k->block);
	}
	s = store_get_kept(k->t, &place, SIDE_CLIENT, k->d->id, c);
	if (s == STATUS_OK && place.offset >= before)
		s = STATUS_NOT_FOUND;
	if (s != STATUS_OK || c->codec == CODEC_RAW)
		return s;
	if (place.len > FRAME_MAX)
		return STATUS_CORRUPT;
	room = bytes_grow(&k->block, place.len);
	return room != NULL ? file_pread_full(k->fd, room, place.len, place.offset) : STATUS_NO_MEMORY;
}

/* Walk on to the first link whose block is not before @before; END if there is none. */
static enum status walk_on(struct blocks_check *k, struct cid *next, uint64_t before)
{
	enum status s;

	while ((s = walk_next(k->walk, next)) == STATUS_OK) {
		s = load_earlier(k, next, before);
		if (s == STATUS_NOT_FOUND)
			return STATUS_OK;
		if (s != STATUS_OK)
			return s;
		s = walk_enter(k->walk, bytes_span(&k->block));
		if (s != STATUS_OK)
			return s;
	}
	return s;
}

/* One section of the CAR, and whether it matches its CID. BAD_BLOCK, with a finding, if the check can't go on. */
static enum status check_section(struct blocks_check *k, const struct car_section *section, enum status s)
{
	uint64_t id = k->d->id, at = section->offset;
	char text[CID_TEXT_MAX], wanted[CID_TEXT_MAX];
	struct block_place place;
	struct cid next;

	cid_text(text, &section->cid);
	if (s != STATUS_OK) {
		finding(k->f, 15, "client deal %" PRIu64 ": block %s, at byte %" PRIu64 ": %s", id, text, at,
			status_text(s));
		return STATUS_BAD_BLOCK;
	}
	s = store_get_kept(k->t, &place, SIDE_CLIENT, k->d->id, &section->cid);
	if (s == STATUS_NOT_FOUND)
		finding(k->f, 15, "client deal %" PRIu64 ": block %s, at byte %" PRIu64 ", is not in the store", id,
			text, at);
	else if (s == STATUS_OK && (place.offset != section->offset || place.len != section->block.len))
		finding(k->f, 15, "client deal %" PRIu64 ": block %s lies at byte %" PRIu64 ", not at %" PRIu64, id,
			text, at, place.offset);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	s = walk_on(k, &next, section->offset);
	if (s == STATUS_OK && cid_equal(&next, &section->cid))
		return walk_enter(k->walk, section->block);
	if (s == STATUS_OK || s == STATUS_END) {
		finding(k->f, 16,
			"client deal %" PRIu64 ": block %s, at byte %" PRIu64
			", is not next in the walk, which is at %s",
			id, text, at, s == STATUS_END ? "its end" : cid_text(wanted, &next));
		s = STATUS_BAD_BLOCK;
	}
	return s;
}

/* The recorded sections; bytes behind them are from a killed run and do not count. */
static enum status check_sections(struct blocks_check *k, struct car_verifier *v)
{
	struct car_section section;
	enum status s = STATUS_OK;

	while (s == STATUS_OK && car_verifier_offset(v) < k->recorded) {
		s = car_verifier_next(v, &section);
		if (s == STATUS_OK || s == STATUS_BAD_HASH)
			s = check_section(k, &section, s);
		else
			finding(k->f, 8, "client deal %" PRIu64 ": its CAR, at byte %" PRIu64 ": %s", k->d->id,
				car_verifier_offset(v), status_text(s));
	}
	return s;
}

static enum status check_car(struct blocks_check *k)
{
	uint64_t id = k->d->id;
	struct car_verifier *v = NULL;
	struct car_reader car;
	enum status s = car_open(&car, k->fd);

	if (s != STATUS_OK) {
		finding(k->f, 8, "client deal %" PRIu64 ": its CAR has no valid header: %s", id, status_text(s));
		return STATUS_BAD_BLOCK;
	}
	s = car_verifier_new(&v, &car);
	if (s == STATUS_OK)
		s = check_sections(k, v);
	car_verifier_free(v);
	car_release(&car);
	return s;
}

static void check_sums(struct blocks_check *k)
{
	const struct client_deal *d = k->d;
	uint64_t id = d->id, bytes = d->inherited + d->total_received;
	uint64_t blocks = d->inherited_blocks + d->blocks_received;

	if (k->bytes != bytes)
		finding(k->f, 8,
			"client deal %" PRIu64 ": %" PRIu64 " bytes received, but its blocks are %" PRIu64 " bytes", id,
			bytes, k->bytes);
	if (k->blocks != blocks)
		finding(k->f, 8, "client deal %" PRIu64 ": %" PRIu64 " blocks received, but %" PRIu64 " are there", id,
			blocks, k->blocks);
}

/* Of a deal that ended early nothing is delivered: a new deal takes from its CAR what is good there. */
static bool may_be_lost(struct blocks_check *k)
{
	k->whole = client_ended_early(k->d);
	return k->whole;
}

/* The CAR in @store's folder, which must be as long as recorded. Bytes beyond that length are from a killed run and do not count. */
static bool open_kept(struct blocks_check *k, const struct store *store)
{
	struct bytes path = {0};
	char name[40];
	struct stat st;
	off_t size;

	snprintf(name, sizeof(name), "blocks/%" PRIu64 ".car", k->d->id);
	store_path(&path, store, name);
	k->fd = open(bytes_text(&path), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	bytes_release(&path);
	if (k->fd >= 0 && (fstat(k->fd, &st) != 0 || !S_ISREG(st.st_mode))) {
		close(k->fd);
		k->fd = -1;
		errno = EISDIR;
	}
	if (k->fd < 0 && errno == ENOENT && k->d->all_blocks_received) {
		finding_absent(k->f, 8, "client deal %" PRIu64 ": its blocks are gone", k->d->id);
		k->whole = true;
		return false;
	}
	if (k->fd < 0) {
		if (!may_be_lost(k))
			finding(k->f, 8, "client deal %" PRIu64 ": its blocks can't be read: %s", k->d->id,
				strerror(errno));
		return false;
	}
	size = lseek(k->fd, 0, SEEK_END);
	if (size < 0 || (uint64_t)size < k->recorded) {
		if (may_be_lost(k))
			return false;
		finding(k->f, 8, "client deal %" PRIu64 ": its CAR has %lld bytes, but %" PRIu64 " were recorded",
			k->d->id, (long long)size, k->recorded);
		return false;
	}
	return lseek(k->fd, 0, SEEK_SET) == 0;
}

/* END if the walk is over at the end of the blocks, BAD_BLOCK if a finding ended the check. */
static enum status check_walk(struct blocks_check *k, const struct store *store)
{
	struct cid next;
	enum status s = load_recorded(k);

	if (s != STATUS_OK)
		return s;
	s = store_each_kept(k->t, SIDE_CLIENT, k->d->id, add_place, k);
	if (s != STATUS_OK)
		return s;
	check_sums(k);
	s = walk_new_folded(&k->walk, SELECTOR_ALL, &k->d->payload);
	if (s != STATUS_OK)
		return s;
	if (k->recorded != 0)
		s = open_kept(k, store) ? check_car(k) : STATUS_BAD_BLOCK;
	return s == STATUS_OK ? walk_on(k, &next, UINT64_MAX) : s;
}

enum status check_deal_blocks(
	struct findings *f, bool *whole, struct store *store, struct kv_txn *txn, const struct client_deal *d)
{
	struct blocks_check k = {.f = f, .t = txn, .d = d, .fd = -1};
	enum status s = check_walk(&k, store);

	*whole = s == STATUS_END || k.whole;
	if (k.fd >= 0)
		close(k.fd);
	walk_free(k.walk);
	bytes_release(&k.block);
	return s == STATUS_END || s == STATUS_BAD_BLOCK ? STATUS_OK : s;
}
