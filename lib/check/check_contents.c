/* check_contents.c - checks offered contents in the same way as when they were offered: each block of the DAG is there, and
 * matches its CID.
 *
 * INVARIANT 29: the content of an offer is present, whole and unchanged. A seller that does not notice a moved or
 * damaged CAR turns its clients away.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "check/check_private.h"
#include "ipld/walk.h"
#include "store/block_set.h"
#include "store/contents.h"
#include "wire/frame.h"

#define RULE 29

/** struct content_check - the content of one offer, during its walk. */
struct content_check {
	struct store_check *k;
	const struct offer *offer;
	char payload[CID_TEXT_MAX];
	const struct content *content;
	const char *path;
	int fd;
	struct walk *walk;     /* folded, like the walk that measured the offer */
	struct block_set seen; /* blocks that were checked */
	struct bytes block;
	uint64_t bytes; /* bytes of the blocks in @seen */
};

/* Opens the file at @path. Does the file look unchanged since it was offered? */
static bool open_file(struct content_check *c)
{
	struct stat st;
	enum status s = file_open_regular(&c->fd, c->path);

	if (s == STATUS_NOT_REGULAR) {
		finding(c->k->f, RULE, "offer of %s: '%s' was changed: it is not a regular file", c->payload, c->path);
		return false;
	}
	if (s != STATUS_OK || fstat(c->fd, &st) != 0) {
		finding_absent(
			c->k->f, RULE, "offer of %s: cannot open '%s': %s", c->payload, c->path, strerror(errno));
		return false;
	}
	if ((uint64_t)st.st_size == c->content->file_size)
		return true;
	finding(c->k->f, RULE, "offer of %s: '%s' was changed: it has %" PRIu64 " bytes, not %" PRIu64, c->payload,
		c->path, st.st_size, c->content->file_size);
	return false;
}

/* Read the block of a link, and compare it with its CID. A finding, and BAD_BLOCK, if the block does not match. */
static enum status read_block(struct content_check *c, const struct cid *link, const struct block_place *place)
{
	uint8_t *room = place->len <= FRAME_MAX ? bytes_grow(&c->block, place->len) : NULL;
	char text[CID_TEXT_MAX];
	enum status s;

	if (room == NULL)
		return place->len <= FRAME_MAX ? STATUS_NO_MEMORY : STATUS_CORRUPT;
	s = file_pread_full(c->fd, room, place->len, place->offset);
	if (s == STATUS_OK)
		s = cid_verify(link, bytes_span(&c->block));
	if (s == STATUS_OK || s == STATUS_NO_MEMORY)
		return s;
	finding(c->k->f, RULE, "offer of %s: block %s, at byte %" PRIu64 " of '%s', %s", c->payload,
		cid_text(text, link), place->offset, c->path,
		s == STATUS_BAD_HASH ? "does not match its CID" : "cannot be read");
	return STATUS_BAD_BLOCK;
}

/* Check the block of the current link, if the block is new, and load it if it has links. */
static enum status check_block(struct content_check *c, const struct cid *link)
{
	const struct block_place *known;
	char text[CID_TEXT_MAX];
	struct block_place place;
	enum status s;

	bytes_clear(&c->block);
	if (link->hash == HASH_IDENTITY) {
		bytes_append(&c->block, cid_digest(link).data, cid_digest(link).len);
		return bytes_status(&c->block);
	}
	known = block_set_find(&c->seen, link);
	if (known != NULL && link->codec == CODEC_RAW)
		return STATUS_OK;
	s = store_get_block(c->k->t, &place, c->content->number, link);
	if (s == STATUS_NOT_FOUND) {
		finding(c->k->f, RULE, "offer of %s: block %s is not in the index of '%s'", c->payload,
			cid_text(text, link), c->path);
		return STATUS_BAD_BLOCK;
	}
	if (s != STATUS_OK)
		return s;
	if (known == NULL) {
		s = block_set_add(&c->seen, link, &place);
		if (s != STATUS_OK)
			return s;
		c->bytes += place.len;
	}
	return read_block(c, link, &place);
}

/* Go to the next link; a bad block without links is a finding, and the walk goes on. */
static enum status step(struct content_check *c)
{
	struct cid link;
	enum status s;

	walk_set_budget(c->walk, c->bytes);
	s = walk_next(c->walk, &link);
	if (s != STATUS_OK)
		return s;
	s = check_block(c, &link);
	if (s == STATUS_BAD_BLOCK)
		return link.codec == CODEC_RAW ? walk_enter(c->walk, (struct span){0}) : STATUS_BAD_BLOCK;
	if (s != STATUS_OK)
		return s;
	s = walk_enter(c->walk, link.codec == CODEC_RAW ? (struct span){0} : bytes_span(&c->block));
	if (s == STATUS_OK || s == STATUS_NO_MEMORY)
		return s;
	finding(c->k->f, RULE, "offer of %s, in '%s': a block has links that cannot be followed: %s", c->payload,
		c->path, status_text(s));
	return STATUS_BAD_BLOCK;
}

/* Check all blocks below the root. */
static enum status check_walk(struct content_check *c)
{
	uint64_t before = c->k->f->count;
	enum status s = walk_new_folded(&c->walk, SELECTOR_ALL, &c->offer->payload);

	while (s == STATUS_OK)
		s = step(c);
	if (s == STATUS_TOO_LARGE)
		finding(c->k->f, RULE, "offer of %s, in '%s': its blocks link to each other so often that no client %s",
			c->payload, c->path, "could walk all links");
	else if (s == STATUS_END && c->k->f->count == before && c->bytes != c->offer->size)
		finding(c->k->f, RULE,
			"offer of %s: its size is %" PRIu64 " bytes, but the blocks in '%s' have %" PRIu64, c->payload,
			c->offer->size, c->path, c->bytes);
	walk_free(c->walk);
	block_set_release(&c->seen);
	bytes_release(&c->block);
	return s == STATUS_END || s == STATUS_BAD_BLOCK || s == STATUS_TOO_LARGE ? STATUS_OK : s;
}

enum status check_offer(void *ctx, const struct offer *offer, uint64_t number_of_content)
{
	struct store_check *k = ctx;
	CLEAN_BYTES struct bytes owned = {0}, path = {0};
	struct content_check c = {.k = k, .offer = offer, .fd = -1};
	struct content content;
	enum status s = store_get_content(k->t, &content, &owned, number_of_content);

	cid_text(c.payload, &offer->payload);
	if (s == STATUS_NOT_FOUND) {
		finding(k->f, RULE, "offer of %s: its content, number %" PRIu64 ", is not in the store", c.payload,
			number_of_content);
		return STATUS_OK;
	}
	if (s != STATUS_OK)
		return judge_read(k, s, "a content");
	if (content.bytes != offer->size)
		finding(k->f, RULE, "offer of %s: its size is %" PRIu64 " bytes, but its content has %" PRIu64,
			c.payload, offer->size, content.bytes);
	bytes_append(&path, content.path.data, content.path.len);
	c.content = &content;
	c.path = bytes_text(&path);
	if (bytes_status(&path) != STATUS_OK)
		return STATUS_NO_MEMORY;
	if (open_file(&c))
		s = check_walk(&c);
	if (c.fd >= 0)
		close(c.fd);
	return judge_read(k, s, "the index of a content");
}
