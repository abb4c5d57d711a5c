/* check_private.h - what the files that check a store share. */
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
	struct ledger *ledger;
	enum network network;
	uint64_t damaged; /* records */
	void *clients;    /* what the provider deals seen add up to, by client: a tree of <search.h> */
	uint64_t unpaid, unpaid_listed;
};

typedef unsigned long long number;

/** judge_read - a part of the store that can't be read is a finding, not the end of the check. */
MUST_CHECK enum status judge_read(struct store_check *k, enum status s, const char *what);
/** check_channel - INVARIANTS 2, 4, 6, 14, 18, for one channel; for store_each_channel(), with @ctx the check. */
MUST_CHECK enum status check_channel(void *ctx, const struct channel *c);
/** check_offer - INVARIANT 29, for one offer: all blocks of its content are read; for store_each_offer(), with @ctx the check. */
MUST_CHECK enum status check_offer(void *ctx, const struct offer *offer, uint64_t number_of_content);
/** check_count - note what a deal adds to its client's tally. */
MUST_CHECK enum status check_count(struct store_check *k, const struct provider_deal *d);
/** check_clients - INVARIANT 20 for the tallies, after check_count() for each deal. */
MUST_CHECK enum status check_clients(struct store_check *k);
/** check_clients_release - release what check_count() noted. */
void check_clients_release(struct store_check *k);

#endif
