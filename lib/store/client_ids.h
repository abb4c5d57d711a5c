/* client_ids.h - a provider's deals by the ids that their clients gave them.
 *
 * Each client has its own ids: two clients may give two deals the same id, and
 * no client can take an id away from another client. Clients are told apart by
 * the names that the transport gives them; "" is a name too.
 */
#ifndef STORE_CLIENT_IDS_H
#define STORE_CLIENT_IDS_H

#include "store/store.h"

/** struct client_ids - the ids that a client gave: the id of the deal and the id of the transfer. */
struct client_ids {
	const char *client;
	uint64_t deal, transfer;
};
/** store_put_client_ids - map the client's @ids to deal @id of this store. */
MUST_CHECK enum status store_put_client_ids(struct kv_txn *txn, const struct client_ids *ids, uint64_t id);
/** store_find_client_deal, store_find_client_transfer - the deal of this store to which @client gave this id; NOT_FOUND. */
MUST_CHECK enum status store_find_client_deal(struct kv_txn *txn, uint64_t *id, const char *client, uint64_t deal);
MUST_CHECK enum status store_find_client_transfer(
	struct kv_txn *txn, uint64_t *id, const char *client, uint64_t transfer);
/** store_free_deal - an id that no provider deal of this store has: @wanted if that id is free, else an id that the store draws. */
MUST_CHECK enum status store_free_deal(struct kv_txn *txn, uint64_t *id, uint64_t wanted, uint64_t number);

#endif
