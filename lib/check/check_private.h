/* check_private.h - shared by the files that check a store. */
#ifndef CHECK_CHECK_PRIVATE_H
#define CHECK_CHECK_PRIVATE_H

#include "check/check.h"
#include "store/channels.h"
#include "wire/deal_types.h"

/** struct store_check - a store being checked, in one transaction. */
struct store_check {
	struct findings *f;
	struct store *store;
	struct kv_txn *t;
	struct channel_claims *claims; /* NULL: not wanted */
	enum network network;
	uint64_t damaged; /* records */
	void *clients;    /* sums over the provider deals, by client: a tree of <search.h> */
	uint64_t unpaid, unpaid_listed;
};

/** judge_read - turn a failure to read a part of the store into a finding, so that the check goes on. */
MUST_CHECK enum status judge_read(struct store_check *k, enum status s, const char *what);
/** check_channel - INVARIANTS 2, 4, 6, 14, 18, for one channel; for store_each_channel(), with @ctx the check. */
MUST_CHECK enum status check_channel(void *ctx, const struct channel *c);
/** check_offer - INVARIANT 29, for one offer: all blocks of its content are read; for store_each_offer(), with @ctx the check. */
MUST_CHECK enum status check_offer(void *ctx, const struct offer *offer, uint64_t number_of_content);
/** check_messages - INVARIANT 30, for all messages to the ledger. */
MUST_CHECK enum status check_messages(struct store_check *k);
/** check_count - add a deal to the sums of its client. */
MUST_CHECK enum status check_count(struct store_check *k, const struct provider_deal *d);
/** check_clients - INVARIANT 20 for the tallies, after check_count() for each deal. */
MUST_CHECK enum status check_clients(struct store_check *k);
/** check_clients_release - release the sums of check_count(). */
void check_clients_release(struct store_check *k);

#endif
