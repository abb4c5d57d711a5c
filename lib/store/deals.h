/* deals.h - deals of either side, and how they are named, listed and found. */
#ifndef STORE_DEALS_H
#define STORE_DEALS_H

#include "deal/client.h"
#include "deal/provider.h"
#include "store/store.h"

/* A deal by its id: a struct client_deal (deal/client.h) or provider_deal (deal/provider.h), with all that is known of it; NOT_FOUND. One that is put for the first time is listed and found from then on. */
MUST_CHECK enum status store_get_client(struct kv_txn *t, struct client_deal *d, uint64_t id);
MUST_CHECK enum status store_put_client(struct kv_txn *t, const struct client_deal *d);
MUST_CHECK enum status store_get_provider(struct kv_txn *t, struct provider_deal *d, uint64_t id);
MUST_CHECK enum status store_put_provider(struct kv_txn *t, const struct provider_deal *d);

/** struct deal_name - which deal is meant. */
struct deal_name {
	enum deal_side side;
	uint64_t id;
};
/** store_list_deals - fill @names, newest first, from number @before down (0: from the newest); @count in: room, out: found. @lowest, to go on from. */
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
/** store_find_request - the deal that has, or had before it was resumed, this graphsync request id, of REQUEST_ID_SIZE bytes. */
MUST_CHECK enum status store_find_request(struct kv_txn *t, uint64_t *id, enum deal_side side, const uint8_t *request);
/** store_put_request - from now on deal @id is found by this request id too. */
MUST_CHECK enum status store_put_request(struct kv_txn *t, enum deal_side side, uint64_t id, const uint8_t *request);

#endif
