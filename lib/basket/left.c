/* left.c - left deals that stand in the way of a content are paid and ended, and the content is proposed again.
 *
 * MONEY 8: left deals are paid below the basket's ceiling. Only the provider says
 * what a left deal was for, so the buyer pays no more for the deal than for the
 * wanted content, or for two intervals of the wanted content if that is more.
 * The same holds for what got lost of a cancelled deal.
 */
#include "base/array.h"
#include "basket/basket_private.h"
#include "buyer/left_deals.h"
#include "buyer/propose.h"
#include "deal/price.h"

/* The most that may be paid for left deals, so that content @x can be bought. */
static bool most_for_debts(struct amount *most, const struct basket *w, const struct basket_item *x)
{
	const struct deal_params *terms = &x->request.params;
	struct amount intervals, left;

	if (!price_of(most, terms, x->request.size) ||
		!price_of(&intervals, terms, interval_next(terms, interval_next(terms, 0))))
		return false;
	if (amount_cmp(&intervals, most) > 0)
		*most = intervals;
	if (amount_is_negative(&w->max_total))
		return true;
	if (!amount_sub(&left, &w->max_total, &w->claimed) || !amount_sub(&left, &left, &w->ahead))
		return false;
	if (amount_cmp(most, &left) > 0)
		*most = amount_is_negative(&left) ? amount_zero() : left;
	return true;
}

/* What the left deal asks for: by the provider's count if its blocks have to be received again, else by ours. */
static bool asked_for(struct amount *owed, const struct client_deal *deal)
{
	if (!deal_is_final(SIDE_CLIENT, deal->state)) {
		*owed = deal->total_funds;
		return true;
	}
	*owed = amount_zero();
	return !deal->has_lane || (client_due_at_end(owed, deal) && amount_sub(owed, owed, &deal->funds_spent));
}

static struct left_debt *find_debt(struct basket *w, uint64_t deal)
{
	for (size_t i = 0; i < w->debt_count; i++)
		if (w->debts[i].deal == deal)
			return &w->debts[i];
	return NULL;
}

/*
 * Reserve what the left deal may cost. The blocks of an open one come up to its next pause, and the last of them may
 * reach beyond, so that more than the provider says can be owed then.
 */
static enum status reserve(struct amount *reserved, struct basket *w, struct basket_item *x, uint64_t id)
{
	struct client_deal deal;
	struct amount most, owed;
	enum status s = party_get_client(w->p, &deal, id);

	if (s != STATUS_OK)
		return s;
	if (!most_for_debts(&most, w, x) || !asked_for(&owed, &deal))
		return STATUS_BAD_AMOUNT;
	if (amount_cmp(&owed, &most) > 0)
		return STATUS_TOO_DEAR;
	*reserved = deal_is_final(SIDE_CLIENT, deal.state) || amount_is_zero(&owed) ? owed : most;
	return amount_add(&w->claimed, &w->claimed, reserved) && amount_add(&x->claim, &x->claim, reserved)
		       ? STATUS_OK
		       : STATUS_BAD_AMOUNT;
}

static enum status put_debt(struct basket *w, const struct left_debt *debt)
{
	struct left_debt *grown = array_grow(w->debts, w->debt_count, &w->debt_room, sizeof(*grown));

	if (grown == NULL)
		return STATUS_NO_MEMORY;
	w->debts = grown;
	w->debts[w->debt_count++] = *debt;
	return STATUS_OK;
}

static enum status add_debt(struct basket *w, size_t item, uint64_t id)
{
	struct left_debt debt = {.deal = id, .item = item};
	enum status s;

	if (find_debt(w, id) != NULL) /* another content waits for the same deal */
		return STATUS_OK;
	s = reserve(&debt.most, w, &w->list[item], id);
	return s == STATUS_OK ? put_debt(w, &debt) : s;
}

/* A run that was killed leaves the deal as one that had been forgotten: the next run pays and ends it. */
static enum status mark(struct party *p, uint64_t deal)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_write(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = left_plan_mark(txn, deal);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/*
 * All that is verified of the cancelled deal @ended is paid, and yet it stands in the way: its last blocks got lost. A new
 * deal brings them once more, up to its next payment, as if it had been forgotten.
 */
static enum status bring_again(struct basket *w, size_t item, const struct client_deal *ended)
{
	struct left_debt debt = {.from = ended->id, .item = item};
	struct proposal_request request = {.payload = ended->payload,
		.provider = ended->provider,
		.size = ended->size,
		.params = ended->params,
		.max_price = ended->params.price_per_byte};
	struct basket_item *x = &w->list[item];
	struct client_deal made;
	enum status s;

	if (!most_for_debts(&debt.most, w, x) || !price_of(&request.max_total, &ended->params, ended->size) ||
		!amount_add(&w->claimed, &w->claimed, &debt.most) || !amount_add(&x->claim, &x->claim, &debt.most))
		return STATUS_BAD_AMOUNT;
	s = buyer_propose(w->p, NULL, &made, &request);
	if (s != STATUS_OK)
		return s;
	debt.deal = made.id;
	s = mark(w->p, made.id);
	return s == STATUS_OK && find_debt(w, made.id) == NULL ? put_debt(w, &debt) : s;
}

static bool look_for_lost(struct basket *w, size_t i, const struct left_plan *plan)
{
	struct client_deal deal;
	bool any = false;

	for (size_t n = 0; n < plan->count; n++)
		if (party_get_client(w->p, &deal, plan->first[n]) == STATUS_OK && deal.state == DEAL_CANCELLED &&
			!cid_equal(&deal.payload, &w->list[i].request.payload) && bring_again(w, i, &deal) == STATUS_OK)
			any = true;
	return any;
}

/*
 * The provider has ended, before this connection, the deal that was resumed: perhaps another client of the same name has
 * cancelled the deal.
 */
static bool had_ended(struct basket *w, const struct basket_item *x, enum status s)
{
	struct client_deal deal;

	return s == STATUS_REJECTED && x->begun_in != DEAL_WAIT_FOR_ACCEPTANCE &&
	       party_get_client(w->p, &deal, x->deal) == STATUS_OK && deal.state == DEAL_ERRORED &&
	       deal.total_received == x->begun_at;
}

/* The provider refuses a voucher that is redeemed already. Is the deal given up, so that another one goes on? */
static bool give_up_forgotten(struct basket *w, const struct basket_item *x, enum status s)
{
	struct client_deal deal;

	return s == STATUS_REJECTED && party_get_client(w->p, &deal, x->deal) == STATUS_OK &&
	       basket_lane_is_forgotten(w->p, &deal) && basket_give_up(w->p, deal.id) == STATUS_OK;
}

void basket_look_for_left(struct basket *w, size_t i, enum status s)
{
	struct basket_item *x = &w->list[i];
	struct left_plan plan;

	if (!x->proposed_again && (had_ended(w, x, s) || give_up_forgotten(w, x, s))) {
		x->waiting = x->proposed_again = true;
		return;
	}
	if ((s != STATUS_REJECTED && s != STATUS_NOT_NOW) || x->looked_for_lost ||
		buyer_find_left(w->p, &plan, x->deal) != STATUS_OK || (plan.instead == 0 && plan.count == 0))
		return;
	if (x->proposed_again) {
		x->looked_for_lost = true;
		x->waiting = look_for_lost(w, i, &plan);
		return;
	}
	for (size_t n = plan.count; n > 0; n--) /* cancelled deals, whose debts are known, are last in the plan */
		if (add_debt(w, i, plan.first[n - 1]) != STATUS_OK)
			return; /* the content stays refused, for the provider's reason */
	x->waiting = x->proposed_again = true;
}

enum status basket_next_debt(struct basket *w, struct purchase *out)
{
	for (size_t i = 0; i < w->debt_count; i++) {
		struct left_debt *debt = &w->debts[i];

		if (debt->begun)
			continue;
		debt->begun = true;
		*out = (struct purchase){.deal = debt->deal,
			.from = debt->from,
			.ends = true,
			.max_total = debt->most,
			.debts = amount_zero(),
			.ctx = w->ctx};
		return STATUS_OK;
	}
	return STATUS_NOT_FOUND;
}

void basket_pay_debt(void *ctx, const struct client_deal *deal, const struct amount *paid)
{
	struct basket *w = ctx;
	struct left_debt *debt = find_debt(w, deal->id);
	struct amount sum;

	if (debt != NULL && amount_add(&sum, &w->list[debt->item].sunk, paid))
		w->list[debt->item].sunk = sum;
	if (w->left_ended != NULL && !amount_is_zero(paid))
		w->left_ended(w->ctx, deal, paid);
}

bool basket_end_debt(struct basket *w, uint64_t deal)
{
	struct left_debt *debt = find_debt(w, deal);

	if (debt == NULL)
		return false;
	debt->over = true;
	return true;
}

static bool are_over(const struct basket *w)
{
	for (size_t i = 0; i < w->debt_count; i++)
		if (!w->debts[i].over)
			return false;
	return true;
}

/* The content is ahead again, so that its proposal can take it from there. */
static struct basket_item *put_ahead(struct basket *w, struct basket_item *x)
{
	struct amount whole, sum;

	x->waiting = false;
	if (!price_of(&whole, &x->request.params, x->request.size) || !amount_add(&sum, &w->ahead, &whole))
		return NULL;
	w->ahead = sum;
	return x;
}

struct basket_item *basket_next_waiting(struct basket *w)
{
	for (size_t i = 0; i < w->count && are_over(w); i++) {
		struct basket_item *x = &w->list[i];

		if (x->waiting)
			return put_ahead(w, x);
	}
	return NULL;
}
