/* offers.c - reading offers. */
#include "content/offers.h"

#include <stdio.h>
#include <string.h>

#include "content/content.h"
#include "proof/offer_statement.h"
#include "store/contents.h"

/** struct offer_copy - the data before the bytes of each offer in a list. */
struct offer_copy {
	uint64_t content;
	size_t len;
};

/** struct offer_copying - a list that gets all offers, each behind its struct offer_copy. */
struct offer_copying {
	struct kv_txn *txn;
	struct bytes *list;
};

static enum status copy_offer(void *ctx, const struct offer *offer, uint64_t content)
{
	CLEAN_BYTES struct bytes file = {0};
	struct offer_copy copy = {.content = content};
	struct offer_copying *copying = ctx;
	enum status s;

	offer_encode(&file, offer);
	s = store_get_offer_proof(copying->txn, &file, &offer->payload);
	if (s != STATUS_OK)
		return s;
	copy.len = file.len;
	bytes_append(copying->list, &copy, sizeof(copy));
	bytes_append(copying->list, file.data, file.len);
	return bytes_status(copying->list);
}

static enum status list_offers(struct party *p, struct bytes *list)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(p->store), &txn);
	struct offer_copying copying = {txn, list};

	return s == STATUS_OK ? store_each_offer(txn, copy_offer, &copying) : s;
}

/* Get the path of a content's CAR; empty if there is no such content. */
static enum status load_path(struct party *p, struct span *path, struct bytes *owned, uint64_t number)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct content content = {.number = number};
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	*path = (struct span){0};
	if (s != STATUS_OK)
		return s;
	s = store_get_content(txn, &content, owned, number);
	if (s == STATUS_OK)
		*path = content.path;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

/* @why: the reason that the content can't be read now; otherwise unchanged. */
static enum status look_for_content(struct party *p, char *why, size_t size, uint64_t number)
{
	CLEAN_CONTENT struct content_reader reader = {.fd = -1};
	enum status s = content_open(&reader, p, number);

	if (s != STATUS_NOT_NOW)
		return s;
	snprintf(why, size, "%s", party_words(p, s));
	error_clear(&p->error);
	return STATUS_OK;
}

static enum status give_offer(struct party *p, const struct offer_copy *copy, struct span file,
	enum status (*each)(void *ctx, const struct listed_offer *listed), void *ctx)
{
	char absent[sizeof(p->error.why)] = "";
	struct listed_offer listed = {.file = file, .absent = absent};
	CLEAN_BYTES struct bytes owned = {0};
	struct offer_file decoded;
	enum status s = offer_file_decode(&decoded, file);

	if (s != STATUS_OK)
		return s;
	listed.offer = decoded.offer;
	s = load_path(p, &listed.path, &owned, copy->content);
	if (s != STATUS_OK)
		return s;
	s = look_for_content(p, absent, sizeof(absent), copy->content);
	if (s != STATUS_OK)
		return s;
	return each(ctx, &listed);
}

enum status seller_each_offer(
	struct party *p, enum status (*each)(void *ctx, const struct listed_offer *listed), void *ctx)
{
	CLEAN_BYTES struct bytes list = {0};
	struct offer_copy copy;
	enum status s = list_offers(p, &list);

	for (size_t at = 0; s == STATUS_OK && at < list.len; at += copy.len) {
		memcpy(&copy, list.data + at, sizeof(copy));
		at += sizeof(copy);
		s = give_offer(p, &copy, span_of(list.data + at, copy.len), each, ctx);
	}
	return s;
}

/** struct newest_offer - the offer whose content has the highest number so far. */
struct newest_offer {
	struct cid payload;
	uint64_t content;
	bool any;
};

static enum status note_newest(void *ctx, const struct offer *offer, uint64_t content)
{
	struct newest_offer *newest = ctx;

	if (newest->any && content < newest->content)
		return STATUS_OK;
	*newest = (struct newest_offer){offer->payload, content, true};
	return STATUS_OK;
}

static enum status append_offer(struct kv_txn *txn, struct bytes *file, const struct cid *payload)
{
	CLEAN_BYTES struct bytes owned = {0};
	struct offer offer;
	uint64_t content;
	enum status s = store_get_offer(txn, &offer, &content, &owned, payload);

	if (s != STATUS_OK)
		return s;
	offer_encode(file, &offer);
	return store_get_offer_proof(txn, file, payload);
}

enum status seller_get_offer(struct party *p, struct bytes *file, const struct cid *payload)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct newest_offer newest = {0};
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	if (payload != NULL)
		return append_offer(txn, file, payload);
	s = store_each_offer(txn, note_newest, &newest);
	if (s != STATUS_OK)
		return s;
	return newest.any ? append_offer(txn, file, &newest.payload) : STATUS_NOT_FOUND;
}
