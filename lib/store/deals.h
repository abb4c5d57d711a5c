/* deals.h - the deals of either side, and functions that name, list and find them. */
#ifndef STORE_DEALS_H
#define STORE_DEALS_H

#include "deal/client.h"
#include "deal/provider.h"
#include "store/store.h"

/* Load or save all of a deal (deal/client.h, deal/provider.h) by its id; loading gives NOT_FOUND. The first save of a deal adds the deal to the lists. */
MUST_CHECK enum status store_get_client(struct kv_txn *t, struct client_deal *d, uint64_t id);
MUST_CHECK enum status store_put_client(struct kv_txn *t, const struct client_deal *d);
MUST_CHECK enum status store_get_provider(struct kv_txn *t, struct provider_deal *d, uint64_t id);
MUST_CHECK enum status store_put_provider(struct kv_txn *t, const struct provider_deal *d);

/** struct deal_name - the side and the id of a deal. */
struct deal_name {
	enum deal_side side;
	uint64_t id;
};
/** store_list_deals - fill @names with the deals whose numbers are below @before (0: all deals), newest first. @count: in: room; out: deals found. @lowest: out; the @before of the next call. */
MUST_CHECK enum status store_list_deals(
	struct kv_txn *t, struct deal_name *names, size_t *count, uint64_t *lowest, uint64_t before);
/**
 * store_find_deal - the deal that @text names: an id, a unique prefix of one, or "@" (the newest).
 * @sides: 1 client, 2 provider, 3 either. NOT_FOUND, AMBIGUOUS.
 */
MUST_CHECK enum status store_find_deal(struct kv_txn *t, struct deal_name *name, const char *text, unsigned sides);
#define SIDES_CLIENT   1u
#define SIDES_PROVIDER 2u
#define SIDES_BOTH     3u
/** store_find_transfer - the deal with this transfer id. */
MUST_CHECK enum status store_find_transfer(struct kv_txn *t, uint64_t *id, enum deal_side side, uint64_t transfer);
/** store_find_request - the deal that has this graphsync request id, of REQUEST_ID_SIZE bytes, or had this id before the deal was resumed. */
MUST_CHECK enum status store_find_request(struct kv_txn *t, uint64_t *id, enum deal_side side, const uint8_t *request);
/** store_put_request - let store_find_request() find deal @id by this request id too. */
MUST_CHECK enum status store_put_request(struct kv_txn *t, enum deal_side side, uint64_t id, const uint8_t *request);

#endif
