/* offers.c - reading offers. */
#include "content/offers.h"

#include <stdio.h>
#include <string.h>

#include "content/content.h"
#include "store/contents.h"

/** struct offer_copy - the data before the bytes of each offer in a list. */
struct offer_copy {
	uint64_t content;
	size_t len;
};

static enum status copy_offer(void *ctx, const struct offer *offer, uint64_t content)
{
	CLEAN_BYTES struct bytes encoded = {0};
	struct offer_copy copy = {.content = content};
	struct bytes *list = ctx;

	offer_encode(&encoded, offer);
	if (bytes_status(&encoded) != STATUS_OK)
		return STATUS_NO_MEMORY;
	copy.len = encoded.len;
	bytes_append(list, &copy, sizeof(copy));
	bytes_append(list, encoded.data, encoded.len);
	return bytes_status(list);
}

static enum status list_offers(struct party *p, struct bytes *list)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	return s == STATUS_OK ? store_each_offer(txn, copy_offer, list) : s;
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

static enum status give_offer(struct party *p, const struct offer_copy *copy, struct span encoded,
	enum status (*each)(void *ctx, const struct listed_offer *listed), void *ctx)
{
	char absent[sizeof(p->error.why)] = "";
	struct listed_offer listed = {.encoded = encoded, .absent = absent};
	CLEAN_BYTES struct bytes owned = {0};
	enum status s = offer_decode(&listed.offer, encoded);

	if (s != STATUS_OK)
		return s;
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
	struct bytes *encoded;
	uint64_t content;
	bool any;
};

static enum status note_newest(void *ctx, const struct offer *offer, uint64_t content)
{
	struct newest_offer *newest = ctx;

	if (newest->any && content < newest->content)
		return STATUS_OK;
	newest->any = true;
	newest->content = content;
	bytes_clear(newest->encoded);
	offer_encode(newest->encoded, offer);
	return bytes_status(newest->encoded);
}

enum status seller_get_offer(struct party *p, struct bytes *encoded, const struct cid *payload)
{
	CLEAN_BYTES struct bytes found = {0}, owned = {0};
	struct newest_offer newest = {.encoded = &found};
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct offer offer;
	uint64_t content;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	if (payload != NULL) {
		s = store_get_offer(txn, &offer, &content, &owned, payload);
		if (s != STATUS_OK)
			return s;
		offer_encode(&found, &offer);
	} else {
		s = store_each_offer(txn, note_newest, &newest);
		if (s != STATUS_OK)
			return s;
		if (!newest.any)
			return STATUS_NOT_FOUND;
	}
	if (bytes_status(&found) != STATUS_OK)
		return STATUS_NO_MEMORY;
	bytes_append(encoded, found.data, found.len);
	return bytes_status(encoded);
}
