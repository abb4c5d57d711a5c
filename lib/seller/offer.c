/* offer.c - offering content, and removing offers. */
#include "seller/offer.h"

#include <inttypes.h>
#include <stdio.h>

#include "content/index.h"
#include "content/offers.h"
#include "party/statement.h"
#include "store/old_contents.h"

/* The content offered for @payload so far, if any, is no longer needed. */
static enum status mark_replaced(struct kv_txn *txn, const struct cid *payload)
{
	CLEAN_BYTES struct bytes owned = {0};
	struct offer old;
	uint64_t number;
	enum status s = store_get_offer(txn, &old, &number, &owned, payload);

	if (s != STATUS_OK)
		return s;
	return store_mark_content(txn, number);
}

/* @file: an offer, and its signed statement if there is one. */
static enum status put_offer(struct party *party, struct span file, const struct indexed *indexed)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct offer_file decoded;
	enum status s = offer_file_decode(&decoded, file);

	if (s != STATUS_OK)
		return s;
	s = kv_begin_write(store_kv(party->store), &txn);
	if (s != STATUS_OK)
		return s;
	s = mark_replaced(txn, &decoded.offer.payload);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	s = store_put_content(txn, &indexed->content);
	if (s != STATUS_OK)
		return s;
	s = store_unmark_content(txn, indexed->content.number);
	if (s != STATUS_OK)
		return s;
	s = store_put_offer(txn, &decoded.offer, indexed->content.number, decoded.proof);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

static enum status offer_indexed(
	struct party *party, struct bytes *out, const struct indexed *indexed, const struct offer_terms *terms)
{
	char id[32];
	struct offer offer = {.payload = indexed->root,
		.size = indexed->content.bytes,
		.payment_address = terms->payee,
		.min_price_per_byte = terms->price_per_byte,
		.max_payment_interval = terms->interval,
		.max_payment_interval_increase = terms->increase,
		.unseal_price = terms->unseal_price};
	enum status s;

	snprintf(id, sizeof(id), "offer-%" PRIu64, indexed->content.number);
	offer.id = span_text(id);
	offer_encode(out, &offer);
	s = bytes_status(out);
	if (s != STATUS_OK)
		return s;
	s = party_sign_offer(party, out, terms->expires);
	return s == STATUS_OK ? put_offer(party, bytes_span(out), indexed) : s;
}

/* An explanation of @s is kept; the next offer tries a failed removal again. */
static enum status sweep(struct party *party, enum status s)
{
	enum status swept;

	if (s == STATUS_OK)
		return index_sweep(party);
	swept = index_sweep(party);
	(void)swept;
	return s;
}

enum status seller_offer(struct party *party, struct bytes *offer, const char *path, const struct offer_terms *terms)
{
	struct deal_params check = {.price_per_byte = terms->price_per_byte,
		.unseal_price = terms->unseal_price,
		.payment_interval = terms->interval,
		.payment_interval_increase = terms->increase};
	struct indexed indexed;
	enum status s = terms_check(&check);

	if (s != STATUS_OK)
		return party_fail(
			party, STATUS_USAGE, "an offer needs an interval above 0 and prices that are not negative");
	s = index_car(party, &indexed, path, &terms->root);
	if (s != STATUS_OK)
		return sweep(party, s);
	s = offer_indexed(party, offer, &indexed, terms);
	indexed_release(&indexed);
	return sweep(party, s);
}

/* The offer that is moved: it stays as it is, with its id and its signature. */
static enum status get_moved(struct party *party, struct bytes *file, const struct cid *payload)
{
	char cid[CID_TEXT_MAX];
	enum status s = seller_get_offer(party, file, payload);

	if (s == STATUS_NOT_FOUND)
		return party_fail(party, s, "there is no offer for %s", cid_text(cid, payload));
	return s;
}

static enum status move_to(struct party *party, const struct indexed *indexed, const struct cid *payload)
{
	CLEAN_BYTES struct bytes file = {0};
	enum status s = get_moved(party, &file, payload); /* current terms: indexing the CAR may have taken long */

	return s == STATUS_OK ? put_offer(party, bytes_span(&file), indexed) : s;
}

enum status seller_move(struct party *party, const char *path, const struct cid *payload)
{
	CLEAN_BYTES struct bytes before = {0};
	struct indexed indexed;
	enum status s = get_moved(party, &before, payload); /* before the CAR is read */

	if (s != STATUS_OK)
		return s;
	s = index_car(party, &indexed, path, payload);
	if (s == STATUS_NOT_FOUND) /* the CAR lacks some of the content */
		s = party_fail(party, STATUS_DIFFERS, "%s", error_text(&party->error, s));
	if (s != STATUS_OK)
		return sweep(party, s);
	s = move_to(party, &indexed, payload);
	indexed_release(&indexed);
	return sweep(party, s);
}

static enum status remove_now(struct party *party, const struct cid *payload)
{
	char cid[CID_TEXT_MAX];
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_write(store_kv(party->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = mark_replaced(txn, payload);
	if (s == STATUS_NOT_FOUND)
		return party_fail(party, s, "there is no offer for %s", cid_text(cid, payload));
	if (s != STATUS_OK)
		return s;
	s = store_delete_offer(txn, payload);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

enum status seller_remove_offer(struct party *party, const struct cid *payload)
{
	enum status s = remove_now(party, payload);

	return s == STATUS_OK ? index_sweep(party) : s;
}
