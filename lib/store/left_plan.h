/* left_plan.h - what has to happen before a refused deal is proposed again, as kept in the store. */
#ifndef STORE_LEFT_PLAN_H
#define STORE_LEFT_PLAN_H

#include "store/store.h"
#include "wire/left_deals.h"

/** struct left_plan - deals of ours that stand in the way of a refused one. */
struct left_plan {
	uint64_t instead; /* the open deal for the same content that goes on in place of the refused deal; 0 if none */
	uint64_t first[LEFT_DEALS_MAX]; /* deals for other contents, to be paid and ended first */
	size_t count;                   /* of @first */
};

/** left_plan_get - the plan for the deal @refused; an empty plan if there is none. */
MUST_CHECK enum status left_plan_get(struct kv_txn *txn, struct left_plan *plan, uint64_t refused);
/** left_plan_put - keep the plan, unless it is empty. */
MUST_CHECK enum status left_plan_put(struct kv_txn *txn, const struct left_plan *plan, uint64_t refused);
/** left_plan_mark, left_plan_has_mark - record that a deal had been forgotten and came back. */
MUST_CHECK enum status left_plan_mark(struct kv_txn *txn, uint64_t deal);
MUST_CHECK enum status left_plan_has_mark(struct kv_txn *txn, bool *marked, uint64_t deal);

#endif
