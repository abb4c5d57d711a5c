/* content.c - taking a CAR into the index, offering it, and reading its blocks.
 *
 * The blocks stay in the CAR; the store holds where each one lies. Every hash
 * is checked when the CAR is taken in, and the DAG must be whole, so that no
 * deal begins that can't be delivered.
 */
#include "seller/offer.h"

#include "party/party.h"
#include "seller/content.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ipld/car_verify.h"
#include "ipld/walk.h"
#include "store/contents.h"
#include "wire/frame.h"

#define BLOCK_MAX   (FRAME_MAX - 4096) /* bytes: a block, its announcement and a payment request fit one frame */
#define INDEX_BATCH 8192               /* blocks per transaction */

enum status content_open(struct content_reader *c, struct party *p, uint64_t number)
{
	struct bytes owned = {0};
	struct content content;
	struct stat st;
	struct kv_txn *t;
	enum status s = kv_begin_read(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	s = store_get_content(t, &content, &owned, number);
	kv_abort(&t);
	if (s == STATUS_OK) {
		struct bytes path = {0};

		bytes_append(&path, content.path.data, content.path.len);
		*c = (struct content_reader){p, -1, number};
		if (bytes_status(&path) == STATUS_OK)
			c->fd = open(bytes_text(&path), O_RDONLY | O_CLOEXEC);
		if ((c->fd < 0 && errno != ENOENT && errno != ENOTDIR) || (c->fd >= 0 && fstat(c->fd, &st) != 0))
			s = party_fail(p, STATUS_IO, "cannot open the content for sale, '%s': %s", bytes_text(&path),
				strerror(errno));
		else if (c->fd < 0 || (uint64_t)st.st_size != content.file_size)
			s = party_fail(p, STATUS_NOT_FOUND, "the content for sale is gone or changed: '%s'",
				bytes_text(&path));
		bytes_release(&path);
		if (s != STATUS_OK)
			content_close(c);
	}
	bytes_release(&owned);
	return s;
}

void content_close(struct content_reader *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

enum status content_find(struct content_reader *c, struct kv_txn *t, struct block_place *place, const struct cid *cid)
{
	char text[CID_TEXT_MAX], hash[CID_NAME_MAX];
	enum status s = store_get_block(t, place, c->number, cid);

	if (s == STATUS_NOT_FOUND && !cid_can_verify(cid))
		return party_fail(c->p, s,
			"the content for sale lacks block %s (its hash is %s, which is not computed here)",
			cid_text(text, cid), cid_hash_text(hash, cid->hash));
	if (s == STATUS_NOT_FOUND)
		return party_fail(c->p, s, "the content for sale lacks block %s", cid_text(text, cid));
	return s == STATUS_OK && place->len > BLOCK_MAX ? STATUS_CORRUPT : s;
}

enum status content_read(struct content_reader *c, struct bytes *out, const struct block_place *place)
{
	uint8_t *room = bytes_grow(out, place->len);

	if (room == NULL)
		return STATUS_NO_MEMORY;
	return file_pread_full(c->fd, room, place->len, place->offset);
}

enum status content_load(void *ctx, struct bytes *out, const struct cid *cid)
{
	struct content_reader *c = ctx;
	struct block_place place;
	struct kv_txn *t;
	enum status s;

	if (cid->hash == HASH_IDENTITY) {
		bytes_append(out, cid_digest(cid).data, cid_digest(cid).len);
		return bytes_status(out);
	}
	s = kv_begin_read(store_kv(c->p->store), &t);
	if (s != STATUS_OK)
		return s;
	s = content_find(c, t, &place, cid);
	kv_abort(&t);
	return s == STATUS_OK ? content_read(c, out, &place) : s;
}

/* Take in the next section of the CAR, and where its data lies. One that can't be judged is left out: if it is needed, it is missing. */
static enum status index_next(struct party *p, struct kv_txn *t, struct car_verifier *v, uint64_t number)
{
	unsigned long long begin = (unsigned long long)car_verifier_offset(v);
	char text[CID_TEXT_MAX];
	struct car_section section;
	enum status s = car_verifier_next(v, &section);

	if (s == STATUS_BAD_CID || s == STATUS_UNKNOWN_HASH)
		return STATUS_OK;
	if (s == STATUS_TRUNCATED || s == STATUS_BAD_CAR || s == STATUS_EMPTY_SECTION)
		return party_fail(p, s, "the CAR is damaged at byte %llu: %s", begin, status_text(s));
	if (s == STATUS_BAD_HASH)
		return party_fail(p, s, "block %s, at byte %llu, does not match its CID", cid_text(text, &section.cid),
			(unsigned long long)section.offset);
	if (s != STATUS_OK)
		return s;
	if (section.block.len > BLOCK_MAX)
		return party_fail(p, STATUS_TOO_LARGE, "block %s has %zu bytes, more than the %u that fit a frame",
			cid_text(text, &section.cid), section.block.len, BLOCK_MAX);
	return store_put_block(t, number, &section.cid, &(struct block_place){section.offset, section.block.len});
}

/* Take in one batch of sections; *end is set after the last. */
static enum status index_batch(struct party *p, struct car_verifier *v, uint64_t number, bool *end)
{
	struct kv_txn *t;
	enum status s = kv_begin_write(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	for (size_t n = 0; n < INDEX_BATCH && s == STATUS_OK; n++)
		s = index_next(p, t, v, number);
	*end = s == STATUS_END;
	return party_end(t, *end ? STATUS_OK : s);
}

static enum status index_car(struct party *p, struct car_reader *car, uint64_t number)
{
	struct car_verifier *v = NULL;
	bool end = false;
	enum status s = car_verifier_new(&v, car);

	while (s == STATUS_OK && !end)
		s = index_batch(p, v, number, &end);
	car_verifier_free(v);
	return s;
}

/* The bytes of a block of the content, if its links are wanted; a block that is met again has been counted: its place says so in @t. */
static enum status measure_block(struct content *content, struct content_reader *reader, struct kv_txn *t,
	struct bytes *block, const struct cid *link)
{
	struct block_place place, seen;
	enum status s;

	bytes_clear(block);
	if (link->hash == HASH_IDENTITY) {
		bytes_append(block, cid_digest(link).data, cid_digest(link).len);
		return bytes_status(block);
	}
	s = content_find(reader, t, &place, link);
	if (s == STATUS_OK && link->codec != CODEC_RAW)
		s = content_read(reader, block, &place);
	if (s != STATUS_OK)
		return s;
	s = store_get_kept(t, &seen, SIDE_PROVIDER, 0, link);
	if (s != STATUS_NOT_FOUND)
		return s;
	content->blocks++;
	content->bytes += place.len;
	return store_put_kept(t, SIDE_PROVIDER, 0, link, &place);
}

static enum status explain_measure(struct party *p, enum status s, const struct cid *at)
{
	char text[CID_TEXT_MAX], codec[CID_NAME_MAX];

	if (s == STATUS_BAD_BLOCK || s == STATUS_TOO_DEEP)
		return party_fail(p, s, "block %s: %s", cid_text(text, at), status_text(s));
	if (s == STATUS_UNKNOWN_CODEC)
		return party_fail(p, s, "block %s: its codec is %s, which is not read here", cid_text(text, at),
			cid_codec_text(codec, at->codec));
	if (s == STATUS_TOO_LARGE)
		return party_fail(p, s, "its blocks link to each other so often that no client could walk all links");
	return s;
}

/* Walk the whole DAG once: it must be there, and its unique blocks give the size of the offer. What is noted in the transaction is dropped. */
static enum status measure(
	struct party *p, struct content *content, struct content_reader *reader, const struct cid *root)
{
	struct bytes block = {0};
	struct walk *walk = NULL;
	struct kv_txn *t = NULL;
	struct cid link = *root;
	enum status s = walk_new_folded(&walk, SELECTOR_ALL, root);

	if (s != STATUS_OK)
		return s;
	s = kv_begin_write(store_kv(p->store), &t);
	while (s == STATUS_OK) {
		walk_set_budget(walk, content->bytes);
		s = walk_next(walk, &link);
		if (s == STATUS_OK)
			s = measure_block(content, reader, t, &block, &link);
		if (s == STATUS_OK)
			s = walk_enter(walk, bytes_span(&block));
	}
	kv_abort(&t);
	walk_free(walk);
	bytes_release(&block);
	return s == STATUS_END ? STATUS_OK : explain_measure(p, s, &link);
}

static enum status content_number(struct party *p, uint64_t *number, const struct cid *root)
{
	struct bytes owned = {0};
	struct offer old;
	struct kv_txn *t;
	enum status s = kv_begin_write(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	s = store_get_offer(t, &old, number, &owned, root);
	if (s == STATUS_NOT_FOUND)
		s = store_next_content(t, number);
	bytes_release(&owned);
	return party_end(t, s);
}

static enum status put_offer(struct party *p, struct bytes *out, const struct content *content, const struct cid *root,
	const struct offer_terms *terms)
{
	char id[32];
	struct offer offer = {.payload = *root,
		.size = content->bytes,
		.payment_address = terms->payee,
		.min_price_per_byte = terms->price_per_byte,
		.max_payment_interval = terms->interval,
		.max_payment_interval_increase = terms->increase,
		.unseal_price = terms->unseal_price};
	struct kv_txn *t;
	enum status s = kv_begin_write(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	snprintf(id, sizeof(id), "offer-%llu", (unsigned long long)content->number);
	offer.id = span_text(id);
	s = store_put_content(t, content);
	if (s == STATUS_OK)
		s = store_put_offer(t, &offer, content->number);
	s = party_end(t, s);
	if (s != STATUS_OK)
		return s;
	offer_encode(out, &offer);
	return bytes_status(out);
}

/* The root that was asked for, or the only one. */
static enum status choose_root(
	struct party *p, struct cid *root, const struct car_reader *car, const struct cid *wanted, const char *path)
{
	if (!cid_is_none(wanted)) {
		*root = *wanted;
		return STATUS_OK;
	}
	if (car->root_count == 0)
		return party_fail(p, STATUS_USAGE, "'%s' has no roots: --root CID says what is offered", path);
	for (size_t i = 1; i < car->root_count; i++)
		if (!cid_equal(&car->roots[i], &car->roots[0]))
			return party_fail(p, STATUS_USAGE, "'%s' has %zu roots: --root CID says which is offered", path,
				car->root_count);
	*root = car->roots[0];
	return STATUS_OK;
}

static enum status take_car(
	struct party *p, struct bytes *out, int fd, const char *path, const struct offer_terms *terms)
{
	struct content_reader reader = {p, fd, 0};
	struct content content = {.path = span_text(path)};
	struct car_reader car = {0};
	struct stat st;
	struct cid root;
	enum status s = fstat(fd, &st) == 0 ? car_open(&car, fd) : STATUS_IO;

	if (s != STATUS_OK)
		return party_fail(p, s, "'%s' is not a CAR: %s", path, status_text(s));
	content.file_size = (uint64_t)st.st_size;
	s = choose_root(p, &root, &car, &terms->root, path);
	if (s == STATUS_OK)
		s = content_number(p, &content.number, &root);
	reader.number = content.number;
	if (s == STATUS_OK)
		s = index_car(p, &car, content.number);
	if (s == STATUS_OK)
		s = measure(p, &content, &reader, &root);
	if (s == STATUS_OK)
		s = put_offer(p, out, &content, &root, terms);
	car_release(&car);
	return s;
}

enum status seller_offer(struct party *p, struct bytes *offer, const char *path, const struct offer_terms *terms)
{
	struct deal_params check = {.price_per_byte = terms->price_per_byte,
		.unseal_price = terms->unseal_price,
		.payment_interval = terms->interval,
		.payment_interval_increase = terms->increase};
	enum status s = terms_check(&check);
	int fd;

	if (s != STATUS_OK)
		return party_fail(
			p, STATUS_USAGE, "an offer needs an interval above 0 and prices that are not negative");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return party_fail(p, STATUS_IO, "cannot open '%s': %s", path, strerror(errno));
	s = take_car(p, offer, fd, path, terms);
	close(fd);
	return s;
}
