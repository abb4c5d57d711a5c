/* left_plan.c - the plan for a refused deal, as numbers under a name.
 *
 * The plan names deals by id. What each of them needs follows from its record.
 */
#include "store/left_plan.h"

#include <inttypes.h>
#include <stdio.h>

#include "store/pending.h"

#define PLAN_NAME_MAX 40 /* bytes, with the final zero */

/* The name under which the plan for a refused deal is kept, or the mark of a deal that came back. */
static struct span plan_name(char text[PLAN_NAME_MAX], const char *what, uint64_t deal)
{
	snprintf(text, PLAN_NAME_MAX, "%s %" PRIu64, what, deal);
	return span_text(text);
}

enum status left_plan_get(struct kv_txn *txn, struct left_plan *plan, uint64_t refused)
{
	CLEAN_BYTES struct bytes kept = {0};
	char name[PLAN_NAME_MAX];
	enum status s = store_get_pending(txn, &kept, plan_name(name, "left", refused));

	*plan = (struct left_plan){0};
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	if (kept.len < 8 || kept.len % 8 != 0 || kept.len > 8 + sizeof(plan->first))
		return STATUS_CORRUPT;
	plan->instead = span_number(bytes_span(&kept), 0);
	plan->count = kept.len / 8 - 1;
	for (size_t i = 0; i < plan->count; i++)
		plan->first[i] = span_number(bytes_span(&kept), 8 * (i + 1));
	return STATUS_OK;
}

enum status left_plan_put(struct kv_txn *txn, const struct left_plan *plan, uint64_t refused)
{
	CLEAN_BYTES struct bytes kept = {0};
	char name[PLAN_NAME_MAX];
	enum status s;

	if (plan->instead == 0 && plan->count == 0)
		return STATUS_OK;
	bytes_append_number(&kept, plan->instead);
	for (size_t i = 0; i < plan->count; i++)
		bytes_append_number(&kept, plan->first[i]);
	s = bytes_status(&kept);
	return s == STATUS_OK ? store_put_pending(txn, plan_name(name, "left", refused), bytes_span(&kept)) : s;
}

enum status left_plan_mark(struct kv_txn *txn, uint64_t deal)
{
	char name[PLAN_NAME_MAX];

	return store_put_pending(txn, plan_name(name, "forgotten", deal), span_text("1"));
}

enum status left_plan_has_mark(struct kv_txn *txn, bool *marked, uint64_t deal)
{
	CLEAN_BYTES struct bytes mark = {0};
	char name[PLAN_NAME_MAX];
	enum status s = store_get_pending(txn, &mark, plan_name(name, "forgotten", deal));

	*marked = s == STATUS_OK;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}
