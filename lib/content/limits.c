/* limits.c - how much one client of a seller may have at once.
 *
 * The limits are checked inside the transaction that would accept one more
 * deal, from the store's tally of each client; the deals themselves are not
 * searched.
 */
#include "content/limits.h"

#include <inttypes.h>

#include "base/text.h"
#include "content/serving_lock.h"

/** struct search - a search for deals that a client has left. */
struct search {
	struct kv_txn *txn;
	struct serving_lock lock;
	uint64_t found, enough;
	uint64_t oldest; /* id of the oldest deal */
};

/* EXISTS once enough deals are found. */
static enum status look_at(void *ctx, struct span client, uint64_t deal_number, uint64_t deal)
{
	struct search *x = ctx;
	struct provider_deal left;
	struct tally tally;
	bool served = false;
	enum status s = serving_lock_is_held(&x->lock, &served, deal_number);

	(void)client;
	if (s != STATUS_OK || served)
		return s;
	s = store_get_provider(x->txn, &left, deal);
	if (s != STATUS_OK)
		return s;
	tally = provider_tally(&left);
	if (left.moved != 0 && amount_is_zero(&tally.owed)) /* the new deal carries that debt */
		return STATUS_OK;
	if (x->found++ == 0)
		x->oldest = deal;
	return x->found >= x->enough ? STATUS_EXISTS : STATUS_OK;
}

static enum status check_left(struct party *p, struct kv_txn *t, struct refusal *why, const struct limits *l)
{
	struct search x = {.txn = t, .enough = l->max_unpaid};
	enum status s = serving_lock_open(&x.lock, p->store);

	if (s == STATUS_OK)
		s = store_each_unpaid(t, l->client, look_at, &x);
	serving_lock_close(&x.lock);
	if (s != STATUS_EXISTS)
		return s;
	return provider_refuse(why, STATUS_REJECTED,
		"deal %" PRIu64 " was left unpaid: resume it or cancel it before a new one", x.oldest);
}

enum status seller_check_limits(struct party *p, struct kv_txn *t, struct refusal *why, const struct limits *l,
	const struct provider_deal *deal)
{
	bool free = amount_is_zero(&deal->params.price_per_byte) && amount_is_zero(&deal->params.unseal_price);
	struct tally now = {0};
	enum status s;

	if (l->max_deals != 0 && l->deals >= l->max_deals)
		return provider_refuse(why, STATUS_REJECTED, "more than %" PRIu64 " deal%s on one connection",
			l->max_deals, text_plural(l->max_deals));
	if (l->max_open == 0 && l->max_unpaid == 0 && l->max_cancelled == 0)
		return STATUS_OK;
	s = store_get_tally(t, &now, l->client);
	if (s != STATUS_OK)
		return s;
	if (l->max_open != 0 && now.open >= l->max_open)
		return provider_refuse(why, STATUS_REJECTED,
			"%" PRIu64 " deal%s open, and no more than %" PRIu64 " may be", now.open,
			now.open == 1 ? " is" : "s are", l->max_open);
	if (l->max_cancelled != 0 && now.cancelled >= l->max_cancelled &&
		now.cancelled - l->max_cancelled >= now.completed)
		return provider_refuse(why, STATUS_REJECTED,
			"%" PRIu64 " deal%s cancelled with unpaid bytes, and only %" PRIu64 " completed", now.cancelled,
			now.cancelled == 1 ? " was" : "s were", now.completed);
	return !free && l->max_unpaid != 0 && now.unpaid >= l->max_unpaid ? check_left(p, t, why, l) : STATUS_OK;
}
