/* known_deals.c - finding a provider's deals by their clients' ids. */
#include "seller/known_deals.h"

#include "content/serving_lock.h"
#include "store/client_ids.h"
#include "store/deal_texts.h"
#include "store/deals.h"

static enum status find_own(struct kv_txn *txn, struct provider_deal *deal, const char *client, uint64_t wire_id)
{
	uint64_t id;
	enum status s = store_find_client_deal(txn, &id, client, wire_id);

	if (s != STATUS_OK)
		return s;
	s = store_get_provider(txn, deal, id);
	return s == STATUS_NOT_FOUND ? STATUS_CORRUPT : s;
}

/* Deals made before clients had their own ids are known by the client's name, which may be missing. */
static enum status is_of_client(struct kv_txn *txn, bool *own, const struct provider_deal *deal, const char *client)
{
	CLEAN_BYTES struct bytes name = {0};
	enum status s = store_get_text(txn, &name, deal->id, TEXT_CLIENT);

	*own = s == STATUS_NOT_FOUND || span_is(bytes_span(&name), client);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static enum status is_served(struct party *party, bool *served, uint64_t number)
{
	struct serving_lock lock;
	enum status s = serving_lock_open(&lock, party->store);

	if (s == STATUS_OK)
		s = serving_lock_is_held(&lock, served, number);
	serving_lock_close(&lock);
	return s;
}

enum status known_deal_find(
	struct party *party, struct provider_deal *deal, bool *roams, const char *client, uint64_t wire_id)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	bool own, served;
	enum status s = kv_begin_read(store_kv(party->store), &txn);

	*roams = false;
	if (s != STATUS_OK)
		return s;
	s = find_own(txn, deal, client, wire_id);
	if (s != STATUS_NOT_FOUND)
		return s;
	s = store_get_provider(txn, deal, wire_id);
	if (s != STATUS_OK)
		return s;
	s = is_of_client(txn, &own, deal, client);
	if (s != STATUS_OK)
		return s;
	if (provider_wire_id(deal) != wire_id)
		return STATUS_NOT_FOUND;
	if (own)
		return STATUS_OK;
	if (deal_is_final(SIDE_PROVIDER, deal->state))
		return STATUS_NOT_FOUND;
	s = is_served(party, &served, deal->number);
	if (s != STATUS_OK)
		return s;
	*roams = !served;
	return served ? STATUS_NOT_FOUND : STATUS_OK;
}

enum status known_deal_find_transfer(
	struct party *party, struct provider_deal *deal, const char *client, uint64_t transfer)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	uint64_t id;
	enum status s = kv_begin_read(store_kv(party->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_find_client_transfer(txn, &id, client, transfer);
	if (s == STATUS_NOT_FOUND)
		s = store_find_transfer(txn, &id, SIDE_PROVIDER, transfer);
	return s == STATUS_OK ? store_get_provider(txn, deal, id) : s;
}
