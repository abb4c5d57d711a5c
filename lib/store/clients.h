/* clients.h - the clients of a provider, by the names that the transport gives them; "" is a name too.
 *
 * The store keeps a tally for each client, so that a limit is checked without
 * reading the client's deals.
 */
#ifndef STORE_CLIENTS_H
#define STORE_CLIENTS_H

#include "store/deals.h"

#define CLIENT_NAME_MAX 128 /* bytes, with the final zero */

/**
 * store_count_deal - replace @before, the old share of deal @d in its client's tally, with provider_tally() of @d.
 * Counts only deals that have a TEXT_CLIENT, which must be put before the deal is accepted.
 */
MUST_CHECK enum status store_count_deal(struct kv_txn *t, const struct provider_deal *d, const struct tally *before);
/** store_get_tally - the tally of all deals of @client; zeros if there is no deal. */
MUST_CHECK enum status store_get_tally(struct kv_txn *t, struct tally *tally, const char *client);
MUST_CHECK enum status store_each_tally(
	struct kv_txn *t, enum status (*each)(void *ctx, struct span client, const struct tally *tally), void *ctx);
/** store_each_unpaid - call @each for the open unpaid deals of @client (NULL: of all clients), the oldest first. A status other than OK from @each stops the walk and is returned. */
MUST_CHECK enum status store_each_unpaid(struct kv_txn *t, const char *client,
	enum status (*each)(void *ctx, struct span client, uint64_t number, uint64_t deal), void *ctx);
/** store_each_cancelled - call @each for the cancelled deals of @client with unpaid bytes, the oldest first. @each stops the walk as above. */
MUST_CHECK enum status store_each_cancelled(struct kv_txn *t, const char *client,
	enum status (*each)(void *ctx, struct span client, uint64_t number, uint64_t deal), void *ctx);

#endif
