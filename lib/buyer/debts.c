/* debts.c - paying for bytes received under deals that are over.
 *
 * A provider sends nothing more to a client that seems to have left a deal
 * unpaid. The client pays only for verified bytes; the provider bears what got
 * lost on the way.
 */
#include "buyer/debts.h"

#include <stdlib.h>

#include "base/array.h"
#include "buyer/pay.h"
#include "buyer/recovery.h"
#include "buyer/requests.h"
#include "store/payloads.h"

/** struct ended_deals - the deals for a payload that are over but did not bring the whole payload. */
struct ended_deals {
	struct kv_txn *txn;
	const struct address *provider;
	struct client_deal *list;
	size_t count, room;
};

static enum status add_ended(void *ctx, uint64_t id)
{
	struct ended_deals *ended = ctx;
	struct client_deal deal, *grown;
	enum status s = store_get_client(ended->txn, &deal, id);

	if (s != STATUS_OK)
		return s;
	if (!client_ended_early(&deal) || !address_equal(&deal.provider, ended->provider))
		return STATUS_OK;
	grown = array_grow(ended->list, ended->count, &ended->room, sizeof(*grown));
	if (grown == NULL)
		return STATUS_NO_MEMORY;
	ended->list = grown;
	ended->list[ended->count++] = deal;
	return STATUS_OK;
}

static enum status find_ended(struct party *p, struct ended_deals *ended, const struct cid *payload)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	ended->txn = txn;
	return store_each_part(txn, payload, add_ended, ended);
}

/* The debt of one deal; zero where no lane can pay the debt. */
static bool debt_of(struct amount *debt, const struct client_deal *deal)
{
	*debt = amount_zero();
	if (!deal->has_lane)
		return true;
	return client_due_at_end(debt, deal) && amount_sub(debt, debt, &deal->funds_spent);
}

enum status buyer_debt(struct party *p, struct amount *owed, const struct cid *payload, const struct address *provider)
{
	struct ended_deals ended = {.provider = provider};
	struct amount debt;
	enum status s = find_ended(p, &ended, payload);

	*owed = amount_zero();
	for (size_t i = 0; i < ended.count && s == STATUS_OK; i++)
		if (!debt_of(&debt, &ended.list[i]) || !amount_add(owed, owed, &debt))
			s = STATUS_BAD_AMOUNT;
	free(ended.list);
	return s;
}

/* The debt stays unpaid; the provider decides whether to go on. */
static bool stays_unpaid(enum status s)
{
	return s == STATUS_TOO_DEAR || status_class(s) == CLASS_PAYMENT || status_class(s) == CLASS_STATE;
}

/* Append the voucher for the debt, or the last voucher again. @left is the amount that may still be signed. */
static enum status pay_debt(struct party *p, struct bytes *frames, const struct client_deal *deal, struct amount *left)
{
	struct amount debt, most;
	enum status s;

	if (!debt_of(&debt, deal) || !amount_add(&most, &deal->funds_spent, left))
		return STATUS_BAD_AMOUNT;
	if (amount_is_zero(&debt) && deal->voucher_nonce == 0)
		return STATUS_OK;
	if (amount_cmp(&debt, left) > 0)
		return STATUS_TOO_DEAR;
	s = buyer_pay(p, frames, NULL, deal->id, &most);
	if (s == STATUS_NO_FUNDS) {
		s = buyer_top_up(p, deal->id);
		if (s == STATUS_OK)
			s = buyer_pay(p, frames, NULL, deal->id, &most);
	}
	if (s != STATUS_OK)
		return s;
	return amount_sub(left, left, &debt) ? STATUS_OK : STATUS_BAD_AMOUNT;
}

static enum status pay_or_leave(
	struct party *p, struct bytes *frames, const struct client_deal *deal, struct amount *left)
{
	enum status s = pay_debt(p, frames, deal, left);

	if (!stays_unpaid(s))
		return s;
	error_clear(&p->error);
	return STATUS_OK;
}

static enum status settle_one(
	struct party *p, struct bytes *frames, const struct client_deal *deal, struct amount *left)
{
	enum status s;

	if (deal->state == DEAL_CANCELLED)
		frames_client_cancel(frames, deal);
	s = bytes_status(frames);
	return s == STATUS_OK ? pay_or_leave(p, frames, deal, left) : s;
}

enum status buyer_pay_debts(struct party *p, struct bytes *frames, const struct cid *payload,
	const struct address *provider, const struct amount *most)
{
	struct ended_deals ended = {.provider = provider};
	struct amount left = *most;
	enum status s = find_ended(p, &ended, payload);

	for (size_t i = 0; i < ended.count && s == STATUS_OK; i++)
		s = settle_one(p, frames, &ended.list[i], &left);
	free(ended.list);
	return s;
}

enum status buyer_pay_debt(
	struct party *p, struct bytes *frames, const struct client_deal *deal, const struct amount *most)
{
	struct amount left = *most;

	return pay_or_leave(p, frames, deal, &left);
}
