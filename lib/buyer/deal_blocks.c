/* deal_blocks.c - a buyer's blocks of one deal: a CAR that grows in walk order, its index and its cursor.
 *
 * Knows nothing of messages or money. A block gets here with its hash checked.
 */
#include "buyer/deal_blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "ipld/car.h"
#include "ipld/car_copy.h"
#include "party/party.h"
#include "store/block_set.h"
#include "store/blocks.h"
#include "store/deal_texts.h"
#include "store/payloads.h"
#include "wire/frame.h"

#define TAIL_MAX     (256u << 10) /* bytes that are gathered before they are written */
#define COPY_BELOW   (32u << 10)  /* bytes of a block that is cheaper to gather than to write alone */
#define WRITE_BEHIND (512u << 10) /* the disk is set to work this often, so that a sync finds little left to do */
#define WRITE_AHEAD  (64u << 10)  /* and before a sync, if so much is left */

void buyer_blocks_path(const struct party *p, struct bytes *path, uint64_t deal)
{
	char name[40];

	snprintf(name, sizeof(name), "blocks/%llu.car", (unsigned long long)deal);
	store_path(path, p->store, name);
}

enum status deal_blocks_find(struct deal_blocks *k, struct block_place *place, const struct cid *c)
{
	const struct block_place *fresh = block_set_find(&k->fresh, c);
	struct kv_txn *t;
	enum status s;

	if (fresh != NULL) {
		*place = *fresh;
		return STATUS_OK;
	}
	if (k->committed_size == 0)
		return STATUS_NOT_FOUND;
	s = kv_begin_read(store_kv(k->p->store), &t);
	if (s != STATUS_OK)
		return s;
	s = store_get_kept(t, place, SIDE_CLIENT, k->deal, c);
	kv_abort(&t);
	return s;
}

/* How much of the CAR is in its file. */
static uint64_t in_file(const struct deal_blocks *k)
{
	return k->size - k->tail.len;
}

/* Append the bytes of a block that we have. */
static enum status load(void *ctx, struct bytes *out, const struct cid *c)
{
	struct deal_blocks *k = ctx;
	struct block_place place;
	uint8_t *room;
	enum status s;

	if (c->hash == HASH_IDENTITY) {
		struct span inline_bytes = cid_digest(c);

		bytes_append(out, inline_bytes.data, inline_bytes.len);
		return bytes_status(out);
	}
	s = deal_blocks_find(k, &place, c);
	if (s != STATUS_OK)
		return s;
	if (place.len > FRAME_MAX)
		return STATUS_CORRUPT;
	room = bytes_grow(out, place.len);
	if (room == NULL)
		return STATUS_NO_MEMORY;
	if (place.offset >= in_file(k) && place.offset - in_file(k) + place.len <= k->tail.len)
		memcpy(room, k->tail.data + (place.offset - in_file(k)), place.len);
	else
		s = file_pread_full(k->fd, room, place.len, place.offset);
	return s == STATUS_OK ? cid_verify(c, span_of(room, place.len)) : s;
}

/* The walk may have as many links as the bytes that we have allow, and ends when we are to end. */
static void bound_walk(struct deal_blocks *k)
{
	walk_set_budget(k->walk, k->size);
	walk_set_stop(k->walk, k->p->stop);
}

/* Go through every link that needs nothing from the provider: identity CIDs, and blocks that we have. */
static enum status advance(struct deal_blocks *k)
{
	struct block_place place;
	struct cid next;
	enum status s;

	while ((s = walk_next(k->walk, &next)) == STATUS_OK) {
		if (next.hash != HASH_IDENTITY) {
			s = deal_blocks_find(k, &place, &next);
			if (s != STATUS_OK)
				return s == STATUS_NOT_FOUND ? STATUS_OK : s;
		}
		bytes_clear(&k->scratch);
		if (next.codec != CODEC_RAW)
			s = load(k, &k->scratch, &next);
		if (s == STATUS_OK)
			s = walk_enter(k->walk, bytes_span(&k->scratch));
		if (s != STATUS_OK)
			return s;
	}
	if (s == STATUS_TOO_LARGE)
		return party_fail(
			k->p, s, "the blocks that came link to each other so often that nobody could walk all links");
	return s == STATUS_END ? STATUS_OK : s;
}

/* In the store: eight bytes with the size of the CAR, then the walk's cursor. */
static enum status load_position(struct party *p, uint64_t deal, uint64_t *size, struct bytes *saved)
{
	struct kv_txn *t;
	enum status s = kv_begin_read(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	s = store_get_cursor(t, saved, SIDE_CLIENT, deal, CURSOR_NEXT);
	kv_abort(&t);
	if (s == STATUS_OK && saved->len < 8)
		return STATUS_CORRUPT;
	*size = s == STATUS_OK ? span_number(bytes_span(saved), 0) : 0;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

/*
 * Whoever adds to the CAR has it alone: another process would cut off what is not committed yet. The lock belongs to the
 * open file, and the group that is to sync it has that too: it ends once all that was added is committed.
 */
static enum status lock_car(const struct deal_blocks *k)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	enum status s = file_lock(k->fd, F_OFD_SETLK, &whole);

	return s == STATUS_IO && (errno == EAGAIN || errno == EACCES) ? STATUS_BUSY : s;
}

/* The file itself; the folder is made for the first one. */
static int open_file(struct deal_blocks *k, const char *path)
{
	struct bytes folder = {0};
	int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, fd = open(path, flags, 0600);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	store_path(&folder, k->p->store, "blocks");
	if (bytes_status(&folder) == STATUS_OK && file_make_folders(bytes_text(&folder), 0700) == STATUS_OK)
		fd = open(path, flags, 0600);
	bytes_release(&folder);
	return fd;
}

/* Open the CAR, see how much of it is committed, and cut off what a killed run left behind that. */
static enum status open_car(struct deal_blocks *k, const char *path, struct bytes *saved, bool over)
{
	enum status s = STATUS_OK;
	off_t size;

	k->fd = open_file(k, path);
	if (k->fd < 0)
		return STATUS_IO;
	if (!over)
		s = lock_car(k);
	if (s == STATUS_OK)
		s = load_position(k->p, k->deal, &k->committed_size, saved);
	if (s != STATUS_OK)
		return s;
	size = lseek(k->fd, 0, SEEK_END);
	if (size < (off_t)k->committed_size)
		return size < 0 ? STATUS_IO : STATUS_CORRUPT;
	if (over || size == (off_t)k->committed_size)
		return STATUS_OK;
	return ftruncate(k->fd, (off_t)k->committed_size) == 0 ? STATUS_OK : STATUS_IO;
}

static enum status find_car(struct deal_blocks *k, struct bytes *saved, bool over)
{
	struct bytes path = {0};
	enum status s;

	buyer_blocks_path(k->p, &path, k->deal);
	s = bytes_status(&path);
	if (s == STATUS_OK)
		s = open_car(k, bytes_text(&path), saved, over);
	if (s == STATUS_BUSY)
		s = party_fail(k->p, s, "another process works on deal %llu", (unsigned long long)k->deal);
	else if (s != STATUS_OK)
		s = party_fail(k->p, s, "the blocks of deal %llu in '%s' can't be used: %s",
			(unsigned long long)k->deal, bytes_text(&path),
			s == STATUS_IO ? strerror(errno) : status_text(s));
	bytes_release(&path);
	return s;
}

enum status deal_blocks_committed_size(struct party *p, uint64_t deal, uint64_t *size)
{
	struct bytes saved = {0};
	enum status s = load_position(p, deal, size, &saved);

	bytes_release(&saved);
	return s;
}

enum status deal_blocks_open(struct deal_blocks *k, struct party *p, uint64_t deal, const struct cid *root, bool over)
{
	struct bytes saved = {0};
	enum status s;

	*k = (struct deal_blocks){.p = p, .deal = deal, .root = *root, .fd = -1};
	s = find_car(k, &saved, over);
	k->size = k->writing = k->committed_size;
	if (s == STATUS_OK && saved.len != 0)
		s = walk_restore(&k->walk, span_of(saved.data + 8, saved.len - 8), load, k);
	else if (s == STATUS_OK)
		s = walk_new(&k->walk, SELECTOR_ALL, root);
	if (s == STATUS_OK) {
		bound_walk(k);
		s = advance(k);
	}
	bytes_release(&saved);
	if (s != STATUS_OK)
		deal_blocks_close(k);
	return s;
}

void deal_blocks_close(struct deal_blocks *k)
{
	if (k->fd >= 0)
		close(k->fd);
	walk_free(k->walk);
	block_set_release(&k->fresh);
	bytes_release(&k->tail);
	bytes_release(&k->scratch);
	*k = (struct deal_blocks){.fd = -1};
}

enum status deal_blocks_next(struct deal_blocks *k, struct cid *next)
{
	return walk_next(k->walk, next);
}

/* Set the disk to work, if it has at least so many bytes to write. */
static void start_writing(struct deal_blocks *k, uint64_t least)
{
	if (in_file(k) < k->writing + least)
		return;
	sync_file_range(k->fd, (off_t)k->writing, (off_t)(in_file(k) - k->writing), SYNC_FILE_RANGE_WRITE);
	k->writing = in_file(k);
}

/* Write the tail to the file, and @block after it. */
static enum status write_tail(struct deal_blocks *k, struct span block)
{
	enum status s = bytes_status(&k->tail);

	if (s == STATUS_OK && k->tail.len + block.len != 0)
		s = file_pwrite_pair(k->fd, bytes_span(&k->tail), block, in_file(k));
	if (s != STATUS_OK)
		return party_fail(
			k->p, s, "a block can't be written: %s", s == STATUS_IO ? strerror(errno) : status_text(s));
	bytes_clear(&k->tail);
	k->size += block.len;
	start_writing(k, WRITE_BEHIND);
	return STATUS_OK;
}

/* Append a section: its head is gathered, and so is a small block. */
static enum status append(struct deal_blocks *k, const struct cid *c, struct span block, struct block_place *place)
{
	size_t before = k->tail.len;

	if (k->size == 0)
		car_put_header(&k->tail, &k->root);
	car_put_section_head(&k->tail, c, block.len);
	*place = (struct block_place){k->size + (k->tail.len - before), block.len};
	if (block.len < COPY_BELOW)
		bytes_append(&k->tail, block.data, block.len);
	k->size += k->tail.len - before;
	if (block.len >= COPY_BELOW)
		return write_tail(k, block);
	return k->tail.len >= TAIL_MAX || k->tail.failed ? write_tail(k, (struct span){0}) : STATUS_OK;
}

enum status deal_blocks_add(struct deal_blocks *k, const struct cid *c, struct span block)
{
	struct block_place place;
	enum status s = append(k, c, block, &place);

	if (s == STATUS_OK)
		s = block_set_add(&k->fresh, c, &place);
	if (s == STATUS_OK)
		s = walk_enter(k->walk, block);
	if (s != STATUS_OK)
		return s;
	bound_walk(k);
	return advance(k);
}

enum status deal_blocks_mark(struct deal_blocks *k, struct deal_blocks_mark *mark)
{
	mark->size = k->size;
	mark->fresh = k->fresh.item_count;
	bytes_clear(&mark->cursor);
	walk_save(k->walk, &mark->cursor);
	return bytes_status(&mark->cursor);
}

enum status deal_blocks_go_back(struct deal_blocks *k, const struct deal_blocks_mark *mark)
{
	uint64_t written = in_file(k);
	enum status s;

	if (mark->size > written)
		k->tail.len = (size_t)(mark->size - written);
	else
		bytes_clear(&k->tail);
	k->size = mark->size;
	block_set_truncate(&k->fresh, mark->fresh);
	walk_free(k->walk);
	k->walk = NULL;
	s = walk_restore(&k->walk, bytes_span(&mark->cursor), load, k);
	if (s == STATUS_OK)
		bound_walk(k);
	return s;
}

uint64_t deal_blocks_position(const struct deal_blocks *k)
{
	return walk_links(k->walk);
}

bool deal_blocks_is_dirty(const struct deal_blocks *k)
{
	return k->size != k->committed_size;
}

/* A file that is new is durable once its folder says that it is there. */
static enum status sync_folder(struct deal_blocks *k)
{
	struct bytes path = {0};
	enum status s;
	int fd;

	if (k->committed_size != 0)
		return STATUS_OK;
	store_path(&path, k->p->store, "blocks");
	s = bytes_status(&path);
	if (s == STATUS_OK) {
		fd = open(bytes_text(&path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		s = fd >= 0 ? kv_sync_file(store_kv(k->p->store), fd) : STATUS_IO;
		if (fd >= 0)
			close(fd);
	}
	bytes_release(&path);
	return s;
}

enum status deal_blocks_sync(struct deal_blocks *k)
{
	enum status s;

	if (!deal_blocks_is_dirty(k))
		return STATUS_OK;
	s = write_tail(k, (struct span){0});
	if (s != STATUS_OK)
		return s;
	start_writing(k, WRITE_AHEAD);
	s = sync_folder(k);
	if (s == STATUS_OK)
		s = kv_sync_file(store_kv(k->p->store), k->fd);
	if (s == STATUS_IO)
		s = party_fail(k->p, s, "the received blocks can't be made durable: %s", strerror(errno));
	return s;
}

enum status deal_blocks_put(struct deal_blocks *k, struct kv_txn *t)
{
	struct bytes position = {0};
	enum status s;

	bytes_append_number(&position, k->size);
	walk_save(k->walk, &position);
	s = bytes_status(&position);
	if (s == STATUS_OK)
		s = block_set_write(&k->fresh, t, SIDE_CLIENT, k->deal);
	if (s == STATUS_OK)
		s = store_put_cursor(t, SIDE_CLIENT, k->deal, CURSOR_NEXT, bytes_span(&position));
	if (s == STATUS_OK && k->committed_size == 0)
		s = store_put_part(t, &k->root, k->deal);
	bytes_release(&position);
	return s;
}

void deal_blocks_committed(struct deal_blocks *k)
{
	block_set_truncate(&k->fresh, 0);
	k->committed_size = k->size;
}

/* Copy the CAR of @root from @from to @path, verified, whole or not at all. */
static enum status copy_whole(struct party *p, const char *from, const char *path, const struct cid *root)
{
	struct file_out out = {.fd = -1};
	struct car_copy copy = {.from = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), .root = *root, .stop = p->stop};
	char cid[CID_TEXT_MAX];
	enum status s = copy.from >= 0 ? file_out_open(&out, path, 0644) : STATUS_IO;

	if (s == STATUS_OK) {
		copy.to = out.fd;
		s = car_copy(&copy);
	}
	if (s == STATUS_OK)
		s = file_out_commit(&out);
	file_out_release(&out);
	if (copy.from >= 0)
		close(copy.from);
	if (s == STATUS_OK || s == STATUS_IO || s == STATUS_STOPPED)
		return s;
	if (cid_is_none(&copy.at))
		return party_fail(p, s, "the blocks that are kept in '%s' are damaged: %s", from, status_text(s));
	return party_fail(p, s, "the blocks that are kept in '%s' are damaged: block %s: %s", from,
		cid_text(cid, &copy.at), s == STATUS_CORRUPT ? "missing, or not in its place" : status_text(s));
}

enum status buyer_publish(struct party *p, uint64_t deal, const char *path)
{
	struct bytes from = {0};
	struct client_deal d;
	enum status s = party_get_client(p, &d, deal);

	if (s == STATUS_OK && !d.all_blocks_received)
		s = party_fail(p, STATUS_BAD_STATE, "deal %llu still lacks blocks", (unsigned long long)deal);
	if (s != STATUS_OK)
		return s;
	buyer_blocks_path(p, &from, deal);
	s = bytes_status(&from);
	if (s == STATUS_OK)
		s = copy_whole(p, bytes_text(&from), path, &d.payload);
	if (s == STATUS_IO && errno == EPIPE)
		s = party_fail(p, STATUS_END, "the reader of the output went away");
	else if (s == STATUS_IO)
		s = party_fail(p, s, "cannot write '%s': %s", path, strerror(errno));
	bytes_release(&from);
	return s;
}
