/* client_ids.c - a provider's deals by the ids that their clients gave them. */
#include "store/client_ids.h"

#include "store/deals.h"
#include "store/store_private.h"

#define DRAWS_MAX 64 /* an id has 63 bits, so a second draw is rare */

/* The zero separates the ids of a client from the ids of a client whose name begins with the same letters. */
static struct key_buffer id_key(char letter, const char *client, uint64_t number)
{
	struct key_buffer key = key_begin(letter);

	key_text(&key, client);
	key_byte(&key, 0);
	key_number(&key, number);
	return key;
}

enum status store_put_client_ids(struct kv_txn *txn, const struct client_ids *ids, uint64_t id)
{
	struct key_buffer deal = id_key('I', ids->client, ids->deal);
	struct key_buffer transfer = id_key('J', ids->client, ids->transfer);
	enum status s = number_put(txn, &deal, id);

	return s == STATUS_OK ? number_put(txn, &transfer, id) : s;
}

enum status store_find_client_deal(struct kv_txn *txn, uint64_t *id, const char *client, uint64_t deal)
{
	struct key_buffer key = id_key('I', client, deal);

	return number_get(txn, id, &key);
}

enum status store_find_client_transfer(struct kv_txn *txn, uint64_t *id, const char *client, uint64_t transfer)
{
	struct key_buffer key = id_key('J', client, transfer);

	return number_get(txn, id, &key);
}

enum status store_free_deal(struct kv_txn *txn, uint64_t *id, uint64_t wanted, uint64_t number)
{
	struct provider_deal taken;
	uint8_t drawn[32];
	enum status s = store_get_provider(txn, &taken, wanted);

	for (uint64_t draw = 0; s == STATUS_OK && draw < DRAWS_MAX; draw++) {
		s = store_derive(txn, drawn, "provider deal", number + (draw << 48));
		if (s != STATUS_OK)
			return s;
		wanted = span_number(span_of(drawn, sizeof(drawn)), 0) >> 1;
		s = wanted != 0 ? store_get_provider(txn, &taken, wanted) : STATUS_OK;
	}
	if (s != STATUS_NOT_FOUND)
		return s == STATUS_OK ? STATUS_EXISTS : s;
	*id = wanted;
	return STATUS_OK;
}
