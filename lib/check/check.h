/* check.h - are the invariants of a store or a ledger true?
 *
 * The invariants are numbered as in the project's list (retrieval(7) has
 * them in words). A check reads one moment, and gives its findings as a list;
 * it prints nothing.
 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include "chain/ledger.h"
#include "check/findings.h"
#include "deal/client.h"
#include "embedded/embedded.h"
#include "store/store.h"

/**
 * check_store - check all invariants of a store, in one transaction.
 * @store: for the paths of its files. @txn: the transaction that is read.
 * @ledger: to compare channels with; NULL if there is none. @network: how addresses are written.
 * OK if the check could be made; the findings are in @f.
 */
MUST_CHECK enum status check_store(
	struct findings *f, struct store *store, struct kv_txn *txn, struct ledger *ledger, enum network network);
/**
 * check_deal_blocks - INVARIANTS 15 and 16, for one client deal: its CAR has each block that the store records, in the order of the walk.
 * @whole: out; the walk reached its end, so no block is missing.
 */
MUST_CHECK enum status check_deal_blocks(
	struct findings *f, bool *whole, struct store *store, struct kv_txn *txn, const struct client_deal *d);
/** check_ledger - INVARIANT 11: accounts and channels together hold the funded amount. @present: out, their sum, on OK without findings. */
MUST_CHECK enum status check_ledger(struct findings *f, struct amount *present, struct embedded *e);

#endif
