/* check_private.h - what the files that check a store share. */
#ifndef TOOL_CHECK_PRIVATE_H
#define TOOL_CHECK_PRIVATE_H

#include "tool/check.h"

/** struct store_check - a store being checked, in one transaction. */
struct store_check {
	struct findings *f;
	struct store *store;
	struct kv_txn *t;
	struct ledger *ledger;
	enum network network;
	uint64_t damaged; /* records */
};

typedef unsigned long long number;

/** judge_read - a part of the store that can't be read is a finding, not the end of the check. */
MUST_CHECK enum status judge_read(struct store_check *k, enum status s, const char *what);
/** check_channel - INVARIANTS 2, 4, 6, 14, 18, for one channel; for store_each_channel(), with @ctx the check. */
MUST_CHECK enum status check_channel(void *ctx, const struct channel *c);

#endif
