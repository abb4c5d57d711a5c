/* check.h - does a store or a ledger hold together?
 *
 * The invariants are numbered as in the project's list (retrieval(7) has
 * them in words). A check reads one moment, and gives its findings as a list;
 * it prints nothing.
 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include "chain/embedded.h"
#include "chain/ledger.h"
#include "check/findings.h"
#include "deal/client.h"
#include "store/store.h"

/**
 * check_store - hold a store to all invariants, in one moment of it.
 * @store: where its files lie. @txn: the moment.
 * @ledger: to compare channels with; NULL if there is none. @network: how addresses are written.
 * OK if the check could be made; what it found is in @f.
 */
MUST_CHECK enum status check_store(
	struct findings *f, struct store *store, struct kv_txn *txn, struct ledger *ledger, enum network network);
/**
 * check_deal_blocks - INVARIANTS 15 and 16, for one client deal: its CAR has each block that the store speaks of, in the order of the walk.
 * @whole: out; the walk ends, so that no block is missing.
 */
MUST_CHECK enum status check_deal_blocks(
	struct findings *f, bool *whole, struct store *store, struct kv_txn *txn, const struct client_deal *d);
/** check_ledger - INVARIANT 11: accounts and channels have together what was funded. @present: out, their sum, on OK without findings. */
MUST_CHECK enum status check_ledger(struct findings *f, struct amount *present, struct embedded *e);

#endif
