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

/** struct channel_claim - what a store counts on in a channel. */
struct channel_claim {
	struct address channel;
	struct amount committed;
	struct amount sum; /* of the best vouchers of its lanes */
	bool outbound;     /* we are the payer */
	bool differs;      /* the two differ, and the store alone does not tell why they may */
};
/** struct channel_claims - the channels of a store, to be compared with a ledger. All zero is a valid empty list. */
struct channel_claims {
	struct channel_claim *at; /* @count of them */
	size_t count, room;
};
void channel_claims_release(struct channel_claims *claims);
#define CLEAN_CLAIMS __attribute__((cleanup(channel_claims_release)))

/**
 * check_store - check all invariants of a store that need no ledger, in one transaction.
 * @store: for the paths of its files. @txn: the transaction that is read. @network: how addresses are written.
 * @claims: out, for check_claims(); NULL if there is no ledger to compare with.
 * OK if the check could be made; the findings are in @f.
 */
MUST_CHECK enum status check_store(struct findings *f, struct store *store, struct kv_txn *txn, enum network network,
	struct channel_claims *claims);
/**
 * check_claims - INVARIANTS 4 and 6: does the ledger cover what the store counts on? Call it after the transaction of
 * check_store(): what a ledger has only grows meanwhile, so that a change in between brings no finding.
 */
MUST_CHECK enum status check_claims(
	struct findings *f, struct ledger *ledger, const struct channel_claims *claims, enum network network);
/**
 * check_deal_blocks - INVARIANTS 15 and 16, for one client deal: its CAR has each block that the store records, in the order of the walk.
 * @whole: out; the walk reached its end, so no block is missing.
 */
MUST_CHECK enum status check_deal_blocks(
	struct findings *f, bool *whole, struct store *store, struct kv_txn *txn, const struct client_deal *d);
/** check_ledger - INVARIANT 11: accounts and channels together hold the funded amount. @present: out, their sum, on OK without findings. */
MUST_CHECK enum status check_ledger(struct findings *f, struct amount *present, struct embedded *e);

#endif
