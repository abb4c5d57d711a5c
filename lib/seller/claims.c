/* claims.c - the blocks that a client of a deal has, by its requests, named by their CIDs. */
#include "seller/claims.h"

#include "ipld/cbor.h"
#include "store/deal_texts.h"

/* Add the links of a list to a set, each once. */
static enum status read_links(struct block_set *set, struct span links, size_t most)
{
	struct cbor_reader reader = cbor_reader(links);
	struct cid cid;

	for (size_t i = 0; i < most && cbor_offset(&reader) < links.len; i++) {
		enum status s;

		cbor_read_link(&reader, &cid);
		if (reader.status != STATUS_OK)
			return reader.status;
		if (block_set_find(set, &cid) != NULL)
			continue;
		s = block_set_add(set, &cid, &(struct block_place){0});
		if (s != STATUS_OK)
			return s;
	}
	return STATUS_OK;
}

static enum status load(struct kv_txn *txn, struct block_set *set, uint64_t deal, char which)
{
	CLEAN_BYTES struct bytes links = {0};
	enum status s = store_get_text(txn, &links, deal, which);

	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	return read_links(set, bytes_span(&links), SIZE_MAX) == STATUS_OK ? STATUS_OK : STATUS_CORRUPT;
}

static enum status save(struct kv_txn *txn, const struct block_set *set, uint64_t deal, char which)
{
	CLEAN_BYTES struct bytes links = {0};
	enum status s;

	for (size_t i = 0; i < set->item_count; i++)
		cbor_put_link(&links, &set->items[i].cid);
	s = bytes_status(&links);
	return s == STATUS_OK ? store_put_text(txn, deal, which, bytes_span(&links)) : s;
}

/*
 * MONEY 14: a claimed block that the deal has sent stays billed; any other is never sent in this deal. A block that is
 * not for sale is ignored.
 */
static enum status sort_claim(
	struct kv_txn *txn, struct claims *claims, const struct provider_deal *deal, const struct cid *cid)
{
	const struct block_place nowhere = {0};
	struct block_place place;
	enum status s = store_get_kept(txn, &place, SIDE_PROVIDER, deal->id, cid);

	if (s == STATUS_OK)
		return block_set_add(&claims->received, cid, &nowhere);
	if (s != STATUS_NOT_FOUND || block_set_find(&claims->own, cid) != NULL)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	s = store_get_block(txn, &place, deal->content, cid);
	if (s == STATUS_NOT_FOUND)
		return STATUS_OK;
	return s == STATUS_OK ? block_set_add(&claims->own, cid, &nowhere) : s;
}

static enum status put(struct kv_txn *txn, struct claims *claims, const struct provider_deal *deal, struct span links)
{
	struct block_set named = {0};
	size_t before = claims->own.item_count;
	bool had = claims->received.item_count != 0;
	enum status s = read_links(&named, links, CLAIMS_MAX);

	block_set_truncate(&claims->received, 0);
	for (size_t i = 0; i < named.item_count && s == STATUS_OK; i++)
		s = sort_claim(txn, claims, deal, &named.items[i].cid);
	block_set_release(&named);
	if (s == STATUS_OK && claims->own.item_count != before)
		s = save(txn, &claims->own, deal->id, TEXT_OWN);
	if (s == STATUS_OK && (had || claims->received.item_count != 0))
		s = save(txn, &claims->received, deal->id, TEXT_RECEIVED);
	return s;
}

enum status claims_put(struct kv_txn *txn, const struct provider_deal *deal, struct span links)
{
	CLEAN_CLAIMS struct claims claims = {0};
	enum status s = claims_load(txn, &claims, deal->id);

	return s == STATUS_OK ? put(txn, &claims, deal, links) : s;
}

enum status claims_load(struct kv_txn *txn, struct claims *claims, uint64_t deal)
{
	enum status s = load(txn, &claims->own, deal, TEXT_OWN);

	return s == STATUS_OK ? load(txn, &claims->received, deal, TEXT_RECEIVED) : s;
}

void claims_release(struct claims *claims)
{
	block_set_release(&claims->own);
	block_set_release(&claims->received);
}
