/* clients.h - the clients of a provider, by the names that the transport gives them; "" is a name too.
 *
 * What the deals of a client add up to is kept, so that a limit is judged
 * without a look at the deals.
 */
#ifndef STORE_CLIENTS_H
#define STORE_CLIENTS_H

#include "store/deals.h"

#define CLIENT_NAME_MAX 128 /* bytes, with the final zero */

/**
 * store_count_deal - a deal that added @before to its client's tally adds provider_tally() from now on.
 * Only deals that have a TEXT_CLIENT are counted; to be put before the deal is accepted.
 */
MUST_CHECK enum status store_count_deal(struct kv_txn *t, const struct provider_deal *d, const struct tally *before);
/** store_get_tally - of all deals of @client; zeros if there is none. */
MUST_CHECK enum status store_get_tally(struct kv_txn *t, struct tally *tally, const char *client);
MUST_CHECK enum status store_each_tally(
	struct kv_txn *t, enum status (*each)(void *ctx, struct span client, const struct tally *tally), void *ctx);
/** store_each_unpaid - the open unpaid deals of @client, the oldest first; of all clients if that is NULL. Ends early with what @each returns, if that is not OK. */
MUST_CHECK enum status store_each_unpaid(struct kv_txn *t, const char *client,
	enum status (*each)(void *ctx, struct span client, uint64_t number, uint64_t deal), void *ctx);
/** store_each_cancelled - the cancelled deals of @client with unpaid bytes, the oldest first. Ends early as above. */
MUST_CHECK enum status store_each_cancelled(struct kv_txn *t, const char *client,
	enum status (*each)(void *ctx, struct span client, uint64_t number, uint64_t deal), void *ctx);

#endif
