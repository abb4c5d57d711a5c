/* deal_blocks.c - a buyer's blocks of one deal: a CAR that grows in walk order, its index and its cursor.
 *
 * Knows nothing of messages or money. Every block given to this file has a
 * checked hash.
 */
#include "blocks/deal_blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ipld/car.h"
#include "party/party.h"
#include "store/block_set.h"
#include "store/blocks.h"
#include "store/deal_texts.h"
#include "store/payloads.h"
#include "wire/frame.h"

#define TAIL_MAX     (256u << 10) /* bytes that are gathered before a write */
#define COPY_BELOW   (32u << 10)  /* bytes; a smaller block is cheaper to gather than to write alone */
#define WRITE_BEHIND (512u << 10) /* bytes after which the disk starts to write, so that a sync has little to do */
#define WRITE_AHEAD  (64u << 10)  /* bytes from which the disk also starts before a sync */

void buyer_blocks_path(const struct party *p, struct bytes *path, uint64_t deal)
{
	char name[40];

	snprintf(name, sizeof(name), "blocks/%" PRIu64 ".car", deal);
	store_path(path, p->store, name);
}

static enum status get_committed(struct deal_blocks *blocks, struct block_place *place, const struct cid *c)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(blocks->p->store), &txn);

	return s == STATUS_OK ? store_get_kept(txn, place, SIDE_CLIENT, blocks->deal, c) : s;
}

enum status deal_blocks_find(struct deal_blocks *blocks, struct block_place *place, const struct cid *c)
{
	const struct block_place *fresh = block_set_find(&blocks->fresh, c);

	if (fresh != NULL) {
		*place = *fresh;
		return STATUS_OK;
	}
	return blocks->committed_size != 0 ? get_committed(blocks, place, c) : STATUS_NOT_FOUND;
}

/* The bytes of the CAR that are in its file. */
static uint64_t in_file(const struct deal_blocks *blocks)
{
	return blocks->size - blocks->tail.len;
}

/* Read the bytes of a block at @place: from the file, or from the tail that is not written yet. */
static enum status read_block(struct deal_blocks *blocks, uint8_t *room, const struct block_place *place)
{
	uint64_t written = in_file(blocks);

	if (place->offset < written || place->offset - written + place->len > blocks->tail.len)
		return file_pread_full(blocks->fd, room, place->len, place->offset);
	memcpy(room, blocks->tail.data + (place->offset - written), place->len);
	return STATUS_OK;
}

/* Append the bytes of a block that we have. */
static enum status load(void *ctx, struct bytes *out, const struct cid *c)
{
	struct deal_blocks *blocks = ctx;
	struct span inline_bytes = cid_digest(c);
	struct block_place place;
	uint8_t *room;
	enum status s;

	if (c->hash == HASH_IDENTITY) {
		bytes_append(out, inline_bytes.data, inline_bytes.len);
		return bytes_status(out);
	}
	s = deal_blocks_find(blocks, &place, c);
	if (s != STATUS_OK)
		return s;
	if (place.len > FRAME_MAX)
		return STATUS_CORRUPT;
	room = bytes_grow(out, place.len);
	if (room == NULL)
		return STATUS_NO_MEMORY;
	s = read_block(blocks, room, &place);
	return s == STATUS_OK ? cid_verify(c, span_of(room, place.len)) : s;
}

/* Pass the next link if the link needs nothing from the provider; NOT_FOUND if its block is one that we lack. */
static enum status pass_link(struct deal_blocks *blocks, const struct cid *next)
{
	struct block_place place;
	enum status s = next->hash == HASH_IDENTITY ? STATUS_OK : deal_blocks_find(blocks, &place, next);

	if (s != STATUS_OK)
		return s;
	bytes_clear(&blocks->scratch);
	if (next->codec != CODEC_RAW)
		s = load(blocks, &blocks->scratch, next);
	return s == STATUS_OK ? walk_enter(blocks->walk, bytes_span(&blocks->scratch)) : s;
}

/* The bytes that we have limit the number of links of the walk; the walk also ends when the run must stop. */
static void bound_walk(struct deal_blocks *blocks)
{
	walk_set_budget(blocks->walk, blocks->size);
	walk_set_stop(blocks->walk, blocks->p->stop);
}

/* Pass every link that needs nothing from the provider: identity CIDs, and blocks that we have. */
static enum status advance(struct deal_blocks *blocks)
{
	struct cid next;
	enum status s;

	while ((s = walk_next(blocks->walk, &next)) == STATUS_OK) {
		s = pass_link(blocks, &next);
		if (s != STATUS_OK)
			break;
	}
	if (s == STATUS_TOO_LARGE)
		return party_fail(blocks->p, s,
			"the received blocks link to each other so often that nobody could walk all links");
	return s == STATUS_END || s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

/* The stored position: eight bytes with the size of the CAR, then the walk's cursor. */
static enum status load_position(struct party *p, uint64_t deal, uint64_t *size, struct bytes *saved)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_cursor(txn, saved, SIDE_CLIENT, deal, CURSOR_NEXT);
	if (s == STATUS_OK && saved->len < 8)
		return STATUS_CORRUPT;
	*size = s == STATUS_OK ? span_number(bytes_span(saved), 0) : 0;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

/*
 * A process that appends to the CAR has the CAR alone: another process would cut off uncommitted bytes. The lock
 * belongs to the open file, which the group that will sync the file has too: the lock ends once all appended bytes are
 * committed.
 */
static enum status lock_car(const struct deal_blocks *blocks)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	enum status s = file_lock(blocks->fd, F_OFD_SETLK, &whole);

	return s == STATUS_IO && (errno == EAGAIN || errno == EACCES) ? STATUS_BUSY : s;
}

static enum status make_folder(struct deal_blocks *blocks)
{
	CLEAN_BYTES struct bytes folder = {0};
	enum status s;

	store_path(&folder, blocks->p->store, "blocks");
	s = bytes_status(&folder);
	return s == STATUS_OK ? file_make_folders(bytes_text(&folder), 0700) : s;
}

/* Open the file; the first file makes its folder too. */
static int open_file(struct deal_blocks *blocks, const char *path)
{
	int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, fd = open(path, flags, 0600);

	if (fd >= 0 || errno != ENOENT || make_folder(blocks) != STATUS_OK)
		return fd;
	return open(path, flags, 0600);
}

/* Open the CAR, get its committed size, and cut off the bytes that a killed run left after that. */
static enum status open_car(struct deal_blocks *blocks, const char *path, struct bytes *saved, bool over)
{
	enum status s = STATUS_OK;
	off_t size;

	blocks->fd = open_file(blocks, path);
	if (blocks->fd < 0)
		return STATUS_IO;
	if (!over)
		s = lock_car(blocks);
	if (s != STATUS_OK)
		return s;
	s = load_position(blocks->p, blocks->deal, &blocks->committed_size, saved);
	if (s != STATUS_OK)
		return s;
	size = lseek(blocks->fd, 0, SEEK_END);
	if (size < (off_t)blocks->committed_size)
		return size < 0 ? STATUS_IO : STATUS_CORRUPT;
	if (over || size == (off_t)blocks->committed_size)
		return STATUS_OK;
	return ftruncate(blocks->fd, (off_t)blocks->committed_size) == 0 ? STATUS_OK : STATUS_IO;
}

enum status deal_blocks_committed_size(struct party *p, uint64_t deal, uint64_t *size)
{
	CLEAN_BYTES struct bytes saved = {0};

	return load_position(p, deal, size, &saved);
}

enum status deal_blocks_are_lost(struct party *p, bool *lost, uint64_t deal)
{
	CLEAN_BYTES struct bytes path = {0};
	uint64_t committed = 0;
	struct stat st;
	enum status s = deal_blocks_committed_size(p, deal, &committed);

	if (s != STATUS_OK)
		return s;
	buyer_blocks_path(p, &path, deal);
	s = bytes_status(&path);
	if (s != STATUS_OK)
		return s;
	if (lstat(bytes_text(&path), &st) != 0)
		*lost = committed != 0 && errno == ENOENT;
	else
		*lost = !S_ISREG(st.st_mode) || (uint64_t)st.st_size < committed;
	return STATUS_OK;
}

static enum status find_car(struct deal_blocks *blocks, struct bytes *saved, bool over)
{
	CLEAN_BYTES struct bytes path = {0};
	struct party *p = blocks->p;
	bool lost = false;
	enum status s = over ? deal_blocks_are_lost(p, &lost, blocks->deal) : STATUS_OK;

	if (s != STATUS_OK || lost) /* a deal that is over needs no blocks: only its money is still spoken of */
		return s;
	buyer_blocks_path(p, &path, blocks->deal);
	s = bytes_status(&path);
	if (s != STATUS_OK)
		return s;
	s = open_car(blocks, bytes_text(&path), saved, over);
	if (s == STATUS_OK)
		return s;
	if (s == STATUS_BUSY)
		return party_fail(p, s, "another process works on deal %" PRIu64, blocks->deal);
	if (s == STATUS_CORRUPT)
		party_hint(p, "deals cancel %" PRIu64, blocks->deal);
	if (s == STATUS_CORRUPT && blocks->committed_size != 0)
		return party_fail(p, s, "the blocks of deal %" PRIu64 " are lost: '%s' has less than %" PRIu64 " bytes",
			blocks->deal, bytes_text(&path), blocks->committed_size);
	return party_fail(p, s, "the blocks of deal %" PRIu64 " in '%s' can't be used: %s", blocks->deal,
		bytes_text(&path), s == STATUS_IO ? strerror(errno) : status_text(s));
}

/* Begin the walk at the saved cursor. */
static enum status begin_walk(struct deal_blocks *blocks, struct span saved)
{
	enum status s;

	if (saved.len != 0)
		s = walk_restore(&blocks->walk, span_of(saved.data + 8, saved.len - 8), load, blocks);
	else
		s = walk_new(&blocks->walk, SELECTOR_ALL, &blocks->root);
	if (s != STATUS_OK)
		return s;
	bound_walk(blocks);
	return advance(blocks);
}

enum status deal_blocks_open(
	struct deal_blocks *blocks, struct party *p, uint64_t deal, const struct cid *root, bool over)
{
	CLEAN_BYTES struct bytes saved = {0};
	enum status s;

	*blocks = (struct deal_blocks){.p = p, .deal = deal, .root = *root, .fd = -1};
	s = find_car(blocks, &saved, over);
	blocks->size = blocks->writing = blocks->committed_size;
	if (s == STATUS_OK)
		s = begin_walk(blocks, bytes_span(&saved));
	if (s != STATUS_OK)
		deal_blocks_close(blocks);
	return s;
}

void deal_blocks_close(struct deal_blocks *blocks)
{
	if (blocks->fd >= 0)
		close(blocks->fd);
	walk_free(blocks->walk);
	block_set_release(&blocks->fresh);
	bytes_release(&blocks->tail);
	bytes_release(&blocks->scratch);
	*blocks = (struct deal_blocks){.fd = -1};
}

enum status deal_blocks_next(struct deal_blocks *blocks, struct cid *next)
{
	return walk_next(blocks->walk, next);
}

/* Start writing to disk, if at least @least bytes are unwritten. */
static void start_writing(struct deal_blocks *blocks, uint64_t least)
{
	if (in_file(blocks) < blocks->writing + least)
		return;
	sync_file_range(
		blocks->fd, (off_t)blocks->writing, (off_t)(in_file(blocks) - blocks->writing), SYNC_FILE_RANGE_WRITE);
	blocks->writing = in_file(blocks);
}

static enum status explain_write(const struct deal_blocks *blocks, enum status s)
{
	const char *why = s == STATUS_IO ? strerror(errno) : status_text(s);
	CLEAN_BYTES struct bytes path = {0};

	buyer_blocks_path(blocks->p, &path, blocks->deal);
	if (bytes_status(&path) != STATUS_OK)
		return STATUS_NO_MEMORY;
	return party_fail(blocks->p, s, "a block can't be written to '%.300s': %s", bytes_text(&path), why);
}

/* Write the tail to the file, and @block after it. */
static enum status write_tail(struct deal_blocks *blocks, struct span block)
{
	enum status s = bytes_status(&blocks->tail);

	if (s == STATUS_OK && blocks->tail.len + block.len != 0)
		s = file_pwrite_pair(blocks->fd, bytes_span(&blocks->tail), block, in_file(blocks));
	if (s != STATUS_OK)
		return explain_write(blocks, s);
	bytes_clear(&blocks->tail);
	blocks->size += block.len;
	start_writing(blocks, WRITE_BEHIND);
	return STATUS_OK;
}

/* Append a section: the section's head is gathered, and so is a small block. */
static enum status append(struct deal_blocks *blocks, const struct cid *c, struct span block, struct block_place *place)
{
	size_t before = blocks->tail.len;

	if (blocks->size == 0)
		car_put_header(&blocks->tail, &blocks->root);
	car_put_section_head(&blocks->tail, c, block.len);
	*place = (struct block_place){blocks->size + (blocks->tail.len - before), block.len};
	if (block.len < COPY_BELOW)
		bytes_append(&blocks->tail, block.data, block.len);
	blocks->size += blocks->tail.len - before;
	if (block.len >= COPY_BELOW)
		return write_tail(blocks, block);
	return blocks->tail.len >= TAIL_MAX || blocks->tail.failed ? write_tail(blocks, (struct span){0}) : STATUS_OK;
}

enum status deal_blocks_add(struct deal_blocks *blocks, const struct cid *c, struct span block)
{
	struct block_place place;
	enum status s = append(blocks, c, block, &place);

	if (s != STATUS_OK)
		return s;
	s = block_set_add(&blocks->fresh, c, &place);
	if (s != STATUS_OK)
		return s;
	s = walk_enter(blocks->walk, block);
	if (s != STATUS_OK)
		return s;
	bound_walk(blocks);
	return advance(blocks);
}

enum status deal_blocks_mark(struct deal_blocks *blocks, struct deal_blocks_mark *mark)
{
	mark->size = blocks->size;
	mark->fresh = blocks->fresh.item_count;
	bytes_clear(&mark->cursor);
	walk_save(blocks->walk, &mark->cursor);
	return bytes_status(&mark->cursor);
}

enum status deal_blocks_go_back(struct deal_blocks *blocks, const struct deal_blocks_mark *mark)
{
	uint64_t written = in_file(blocks);
	enum status s;

	if (mark->size > written)
		blocks->tail.len = (size_t)(mark->size - written);
	else
		bytes_clear(&blocks->tail);
	blocks->size = mark->size;
	block_set_truncate(&blocks->fresh, mark->fresh);
	walk_free(blocks->walk);
	blocks->walk = NULL;
	s = walk_restore(&blocks->walk, bytes_span(&mark->cursor), load, blocks);
	if (s != STATUS_OK)
		return s;
	bound_walk(blocks);
	return STATUS_OK;
}

uint64_t deal_blocks_position(const struct deal_blocks *blocks)
{
	return walk_links(blocks->walk);
}

bool deal_blocks_is_dirty(const struct deal_blocks *blocks)
{
	return blocks->size != blocks->committed_size;
}

/* A new file is durable only once its folder is synced too. */
static enum status sync_folder(struct deal_blocks *blocks)
{
	CLEAN_BYTES struct bytes path = {0};
	enum status s;
	int fd;

	if (blocks->committed_size != 0)
		return STATUS_OK;
	store_path(&path, blocks->p->store, "blocks");
	s = bytes_status(&path);
	if (s != STATUS_OK)
		return s;
	fd = open(bytes_text(&path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return STATUS_IO;
	s = kv_sync_file(store_kv(blocks->p->store), fd);
	close(fd);
	return s;
}

static enum status sync_file(struct deal_blocks *blocks)
{
	enum status s;

	start_writing(blocks, WRITE_AHEAD);
	s = sync_folder(blocks);
	return s == STATUS_OK ? kv_sync_file(store_kv(blocks->p->store), blocks->fd) : s;
}

enum status deal_blocks_sync(struct deal_blocks *blocks)
{
	enum status s;

	if (!deal_blocks_is_dirty(blocks))
		return STATUS_OK;
	s = write_tail(blocks, (struct span){0});
	if (s != STATUS_OK)
		return s;
	s = sync_file(blocks);
	if (s == STATUS_IO)
		return party_fail(blocks->p, s, "the received blocks can't be made durable: %s", strerror(errno));
	return s;
}

enum status deal_blocks_put(struct deal_blocks *blocks, struct kv_txn *txn)
{
	CLEAN_BYTES struct bytes position = {0};
	enum status s;

	bytes_append_number(&position, blocks->size);
	walk_save(blocks->walk, &position);
	s = bytes_status(&position);
	if (s != STATUS_OK)
		return s;
	s = block_set_write(&blocks->fresh, txn, SIDE_CLIENT, blocks->deal);
	if (s != STATUS_OK)
		return s;
	s = store_put_cursor(txn, SIDE_CLIENT, blocks->deal, CURSOR_NEXT, bytes_span(&position));
	if (s != STATUS_OK || blocks->committed_size != 0)
		return s;
	return store_put_part(txn, &blocks->root, blocks->deal);
}

void deal_blocks_committed(struct deal_blocks *blocks)
{
	block_set_truncate(&blocks->fresh, 0);
	blocks->committed_size = blocks->size;
}
