/* offer.c - offering content, and removing offers. */
#include "seller/offer.h"

#include <inttypes.h>
#include <stdio.h>

#include "content/index.h"
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

static enum status put_offer(struct party *party, const struct offer *offer, const struct indexed *indexed)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_write(store_kv(party->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = mark_replaced(txn, &offer->payload);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	s = store_put_content(txn, &indexed->content);
	if (s != STATUS_OK)
		return s;
	s = store_unmark_content(txn, indexed->content.number);
	if (s != STATUS_OK)
		return s;
	s = store_put_offer(txn, offer, indexed->content.number);
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
	return s == STATUS_OK ? put_offer(party, &offer, indexed) : s;
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

static enum status find_terms(struct party *party, struct offer_terms *terms, const struct cid *payload)
{
	char cid[CID_TEXT_MAX];
	CLEAN_TXN struct kv_txn *txn = NULL;
	CLEAN_BYTES struct bytes owned = {0};
	struct offer offer;
	uint64_t number;
	enum status s = kv_begin_read(store_kv(party->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_offer(txn, &offer, &number, &owned, payload);
	if (s == STATUS_NOT_FOUND)
		return party_fail(party, s, "there is no offer for %s", cid_text(cid, payload));
	if (s != STATUS_OK)
		return s;
	*terms = (struct offer_terms){.price_per_byte = offer.min_price_per_byte,
		.unseal_price = offer.unseal_price,
		.interval = offer.max_payment_interval,
		.increase = offer.max_payment_interval_increase,
		.payee = offer.payment_address};
	return STATUS_OK;
}

static enum status move_to(struct party *party, const struct indexed *indexed, const struct cid *payload)
{
	CLEAN_BYTES struct bytes offer = {0};
	struct offer_terms terms;
	enum status s = find_terms(party, &terms, payload); /* current terms: indexing the CAR may have taken long */

	if (s != STATUS_OK)
		return s;
	return offer_indexed(party, &offer, indexed, &terms);
}

enum status seller_move(struct party *party, const char *path, const struct cid *payload)
{
	struct offer_terms terms;
	struct indexed indexed;
	enum status s = find_terms(party, &terms, payload); /* before the CAR is read */

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
