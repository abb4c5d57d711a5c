/* ceilings.c - the ceilings of a basket, for all contents together and for each with its provider.
 *
 * MONEY 8: the cost of all contents of one basket together stays below the
 * basket's ceiling.
 */
#include <stdlib.h>

#include "basket/basket_private.h"
#include "buyer/debts.h"
#include "deal/price.h"

/*
 * All contents together may spend no more than the ceiling, over all providers: a content claims its cost with the
 * current provider, plus the amount spent on the content with the providers before.
 */
static enum status claim(struct basket *w, struct basket_item *x, const struct amount *cost, const struct amount *sunk)
{
	char given[AMOUNT_TEXT_MAX], limit[AMOUNT_TEXT_MAX];
	struct proposal_request *r = &x->request;
	struct party *p = w->p;
	struct amount mine, sum;

	if (amount_is_negative(&w->max_total))
		return STATUS_OK;
	if (basket_has_several(w) && r->size == 0 && !amount_is_zero(&r->params.price_per_byte))
		return party_fail(
			p, STATUS_USAGE, "the size of '%.200s' is not known: buy this content alone", x->name);
	if (!amount_add(&mine, cost, sunk) || !amount_sub(&sum, &w->claimed, &x->claim) ||
		!amount_add(&sum, &sum, &mine))
		return STATUS_BAD_AMOUNT;
	if (amount_cmp(&sum, &w->max_total) > 0)
		return party_fail(p, STATUS_TOO_DEAR, "%s would cost %s afil, above the ceiling of %s afil",
			basket_has_several(w) ? "all contents together" : "the content", amount_decimal(given, &sum),
			amount_decimal(limit, &w->max_total));
	w->claimed = sum;
	x->claim = mine;
	return STATUS_OK;
}

/*
 * The cost of all contents still to be begun with this provider: a channel is funded once for all of them, if the
 * account has enough.
 */
enum status basket_look_ahead(struct basket *w)
{
	struct amount cost;

	w->ahead = amount_zero();
	for (size_t i = 0; i < w->count; i++) {
		const struct basket_item *x = &w->list[i];

		if (basket_is_next(x) && (!price_of(&cost, &x->request.params, x->request.size) ||
						 !amount_add(&w->ahead, &w->ahead, &cost)))
			return party_fail(w->p, STATUS_BAD_AMOUNT, "the deals' price does not fit an amount");
	}
	return STATUS_OK;
}

/* No channel gets more funds ahead than the ceiling leaves. */
static bool limit_ahead(struct basket *w)
{
	struct amount left;

	w->spare = w->ahead;
	if (amount_is_negative(&w->max_total))
		return true;
	if (!amount_sub(&left, &w->max_total, &w->claimed))
		return false;
	if (amount_cmp(&w->spare, &left) > 0)
		w->spare = left;
	return true;
}

/* Find the blocks that earlier deals brought, of this basket or another. */
static enum status find_part(struct basket *w, struct basket_item *x)
{
	struct client_deal older;
	enum status s = buyer_find_part(w->p, &older, &x->request.payload);

	x->from = 0;
	x->request.seeded_bytes = 0;
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	x->from = older.id;
	x->request.seeded_bytes = older.total_received + older.inherited;
	return STATUS_OK;
}

enum status basket_check_terms(struct basket *w, struct basket_item *x, enum status *terms)
{
	struct proposal_request check;
	struct client_deal none;
	enum status s = find_part(w, x);

	if (s != STATUS_OK)
		return s;
	check = x->request;
	check.dry_run = true;
	*terms = buyer_propose(w->p, NULL, &none, &check);
	return STATUS_OK;
}

/* The debts for earlier deals, plus the amount that this basket has paid to the providers before. */
static enum status look_back(struct basket *w, struct basket_item *x, struct amount *sunk)
{
	struct client_deal older;
	enum status s = find_part(w, x);

	if (s != STATUS_OK)
		return s;
	s = buyer_debt(w->p, &x->debt, &x->request.payload, &x->request.provider);
	if (s != STATUS_OK)
		return s;
	if (!amount_add(sunk, &x->sunk, &x->debt))
		return STATUS_BAD_AMOUNT;
	if (x->deal == 0)
		return STATUS_OK;
	s = party_get_client(w->p, &older, x->deal);
	if (s != STATUS_OK)
		return s;
	return amount_add(sunk, sunk, &older.funds_spent) ? STATUS_OK : STATUS_BAD_AMOUNT;
}

/* The cost of the deal, without the blocks that we have, if the size is known. */
static bool cost_of(struct amount *cost, const struct proposal_request *r)
{
	return price_of(cost, &r->params, r->size > r->seeded_bytes ? r->size - r->seeded_bytes : 0);
}

/* The content has a new deal: the deal before gets no more money. */
static enum status give_way(struct basket_item *x, const struct amount *sunk)
{
	uint64_t *given_up = realloc(x->given_up, (x->given_up_count + 1) * sizeof(*given_up));

	if (given_up == NULL)
		return STATUS_NO_MEMORY;
	x->given_up = given_up;
	if (x->deal != 0)
		x->given_up[x->given_up_count++] = x->deal;
	x->sunk = *sunk;
	return STATUS_OK;
}

/* Claim the cost of all blocks of a deal that inherits no more of them. */
static enum status claim_whole(struct basket *w, struct basket_item *x, const struct client_deal *d)
{
	uint64_t size = x->request.size;
	struct amount cost;

	if (client_may_inherit(d))
		return STATUS_OK;
	x->from = 0;
	if (!price_of(&cost, &x->request.params, size > d->inherited ? size - d->inherited : 0))
		return STATUS_BAD_AMOUNT;
	return claim(w, x, &cost, &x->sunk);
}

/* A deal that an earlier run has begun inherits no blocks: the deal has its full cost. */
static enum status follow(
	struct basket *w, struct basket_item *x, const struct client_deal *d, const struct amount *sunk)
{
	enum status s = give_way(x, sunk);

	return s == STATUS_OK ? claim_whole(w, x, d) : s;
}

/* The deal that was begun with this basket goes on: the blocks that it has brought are still to be paid. */
static enum status go_on(struct basket *w, struct basket_item *x, const struct client_deal *d)
{
	if (!amount_add(&x->sunk, &x->sunk, &x->debt))
		return STATUS_BAD_AMOUNT;
	return claim_whole(w, x, d);
}

/* Another process has bought the content meanwhile: EXISTS, unless recording that fails. */
static enum status leave(struct basket *w, struct basket_item *x, const struct amount *sunk)
{
	struct amount nothing = amount_zero();
	enum status s = give_way(x, sunk);

	if (s == STATUS_OK)
		s = claim(w, x, &nothing, sunk);
	return s == STATUS_OK ? STATUS_EXISTS : s;
}

static enum status set_most(struct amount *most, const struct basket *w, const struct basket_item *x)
{
	*most = w->max_total;
	if (amount_is_negative(most))
		return STATUS_OK;
	return amount_sub(most, basket_has_several(w) ? &x->claim : &w->max_total, &x->sunk) ? STATUS_OK
											     : STATUS_BAD_AMOUNT;
}

enum status basket_propose(struct basket *w, struct basket_item *x, struct client_deal *deal, struct amount *most)
{
	struct amount cost, whole, sunk;
	enum status s = look_back(w, x, &sunk);

	if (s != STATUS_OK)
		return s;
	if (!cost_of(&cost, &x->request) || !price_of(&whole, &x->request.params, x->request.size) ||
		!amount_sub(&w->ahead, &w->ahead, &whole))
		return STATUS_BAD_AMOUNT;
	s = claim(w, x, &cost, &sunk);
	if (s != STATUS_OK)
		return s;
	if (!amount_is_negative(&w->max_total) &&
		basket_has_several(w)) /* the request stays the same, whatever other contents are bought */
		x->request.max_total = whole;
	x->request.unless_here = !w->again;
	s = buyer_propose(w->p, NULL, deal, &x->request);
	if (s == STATUS_EXISTS)
		return leave(w, x, &sunk);
	if (s != STATUS_OK)
		return s;
	s = deal->id != x->deal ? follow(w, x, deal, &sunk) : go_on(w, x, deal);
	if (s != STATUS_OK)
		return s;
	s = set_most(most, w, x);
	if (s != STATUS_OK)
		return s;
	return limit_ahead(w) ? STATUS_OK : STATUS_BAD_AMOUNT;
}
