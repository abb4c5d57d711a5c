/* content.c - finding and reading the blocks of a CAR that is offered. */
#include "content/content.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "content/block_max.h"
#include "store/contents.h"

static enum status open_file(struct content_reader *reader, const struct content *content)
{
	const char *path = bytes_text(&reader->path);
	struct stat st;
	enum status s = file_open_regular(&reader->fd, path);

	if (s == STATUS_OK && fstat(reader->fd, &st) != 0)
		s = STATUS_IO;
	if (s != STATUS_OK)
		return party_fail(reader->party, STATUS_NOT_NOW, "cannot open the content for sale, '%s': %s", path,
			s == STATUS_IO ? strerror(errno) : status_text(s));
	if ((uint64_t)st.st_size != content->file_size)
		return party_fail(reader->party, STATUS_NOT_NOW,
			"the content for sale was changed: '%s' has %" PRIu64 " bytes, not %" PRIu64, path,
			(uint64_t)st.st_size, content->file_size);
	return STATUS_OK;
}

enum status content_open(struct content_reader *reader, struct party *party, uint64_t number)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	CLEAN_BYTES struct bytes owned = {0};
	struct content content;
	enum status s = kv_begin_read(store_kv(party->store), &txn);

	*reader = (struct content_reader){.party = party, .fd = -1, .number = number};
	if (s != STATUS_OK)
		return s;
	s = store_get_content(txn, &content, &owned, number);
	if (s == STATUS_NOT_FOUND)
		return party_fail(
			party, STATUS_NOT_NOW, "the content for sale, number %" PRIu64 ", is not in the store", number);
	if (s != STATUS_OK)
		return s;
	bytes_append(&reader->path, content.path.data, content.path.len);
	s = bytes_status(&reader->path);
	if (s == STATUS_OK)
		s = open_file(reader, &content);
	if (s != STATUS_OK)
		content_close(reader);
	return s;
}

/* The number of the content offered for a payload; NOT_FOUND if the payload is no longer offered. */
static enum status offered_content(struct party *party, uint64_t *number, const struct cid *payload)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	CLEAN_BYTES struct bytes owned = {0};
	struct offer offer;
	enum status s = kv_begin_read(store_kv(party->store), &txn);

	return s == STATUS_OK ? store_get_offer(txn, &offer, number, &owned, payload) : s;
}

enum status content_open_deal(struct content_reader *reader, struct party *party, const struct provider_deal *deal)
{
	uint64_t offered;
	enum status s = offered_content(party, &offered, &deal->payload);

	if (s == STATUS_NOT_FOUND || (s == STATUS_OK && offered == deal->content))
		return content_open(reader, party, deal->content);
	if (s != STATUS_OK)
		return s;
	s = content_open(reader, party, offered);
	return s == STATUS_NOT_NOW ? content_open(reader, party, deal->content) : s;
}

void content_close(struct content_reader *reader)
{
	if (reader->fd >= 0)
		close(reader->fd);
	reader->fd = -1;
	bytes_release(&reader->path);
}

enum status content_find(
	struct content_reader *reader, struct kv_txn *txn, struct block_place *place, const struct cid *cid)
{
	char text[CID_TEXT_MAX];
	enum status s = store_get_block(txn, place, reader->number, cid);

	if (s == STATUS_NOT_FOUND)
		return party_fail(
			reader->party, STATUS_NOT_NOW, "the content for sale lacks block %s", cid_text(text, cid));
	return s == STATUS_OK && place->len > BLOCK_MAX ? STATUS_CORRUPT : s;
}

enum status content_read(
	struct content_reader *reader, struct bytes *out, const struct cid *cid, const struct block_place *place)
{
	char text[CID_TEXT_MAX];
	size_t before = out->len;
	uint8_t *room = bytes_grow(out, place->len);
	enum status s;

	if (room == NULL)
		return STATUS_NO_MEMORY;
	s = file_pread_full(reader->fd, room, place->len, place->offset);
	if (s == STATUS_OK)
		s = cid_verify(cid, span_of(room, place->len));
	if (s == STATUS_OK)
		return STATUS_OK;
	out->len = before;
	return party_fail(reader->party, STATUS_NOT_NOW,
		"block %s of the content for sale, at byte %" PRIu64 " of '%s', %s", cid_text(text, cid), place->offset,
		bytes_text(&reader->path), s == STATUS_BAD_HASH ? "does not match its CID" : "cannot be read");
}

enum status content_copy(struct content_reader *reader, struct bytes *out, const struct block_place *place)
{
	uint8_t *room = bytes_grow(out, place->len);

	return room != NULL ? file_pread_full(reader->fd, room, place->len, place->offset) : STATUS_NO_MEMORY;
}

static enum status find_block(struct content_reader *reader, struct block_place *place, const struct cid *cid)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(reader->party->store), &txn);

	return s == STATUS_OK ? content_find(reader, txn, place, cid) : s;
}

enum status content_load(void *ctx, struct bytes *out, const struct cid *cid)
{
	struct content_reader *reader = ctx;
	struct block_place place;
	enum status s;

	if (cid->hash == HASH_IDENTITY) {
		bytes_append(out, cid_digest(cid).data, cid_digest(cid).len);
		return bytes_status(out);
	}
	s = find_block(reader, &place, cid);
	return s == STATUS_OK ? content_read(reader, out, cid, &place) : s;
}
