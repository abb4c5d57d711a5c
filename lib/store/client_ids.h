/* client_ids.h - a provider's deals by the ids that their clients gave them.
 *
 * Two clients may give two deals one id, and nobody can take an id away from
 * another one: the ids of each client are its own. Clients are told apart by
 * the names that the transport gives them; "" is a name too.
 */
#ifndef STORE_CLIENT_IDS_H
#define STORE_CLIENT_IDS_H

#include "store/store.h"

/** struct client_ids - what a client calls a deal: its own id of the deal, and the id of the transfer. */
struct client_ids {
	const char *client;
	uint64_t deal, transfer;
};
/** store_put_client_ids - deal @id of this store is what the client calls @ids. */
MUST_CHECK enum status store_put_client_ids(struct kv_txn *txn, const struct client_ids *ids, uint64_t id);
/** store_find_client_deal, store_find_client_transfer - the deal of this store that @client calls so; NOT_FOUND. */
MUST_CHECK enum status store_find_client_deal(struct kv_txn *txn, uint64_t *id, const char *client, uint64_t deal);
MUST_CHECK enum status store_find_client_transfer(
	struct kv_txn *txn, uint64_t *id, const char *client, uint64_t transfer);
/** store_free_deal - an id that no deal of a provider has here: @wanted if that is free, else one that this store draws. */
MUST_CHECK enum status store_free_deal(struct kv_txn *txn, uint64_t *id, uint64_t wanted, uint64_t number);

#endif
