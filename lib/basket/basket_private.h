/* basket_private.h - the ceilings of a basket; for lib/basket only. */
#ifndef BASKET_BASKET_PRIVATE_H
#define BASKET_BASKET_PRIVATE_H

#include "basket/basket.h"

/** basket_has_several - does the basket have several contents, which share its ceiling? */
static inline bool basket_has_several(const struct basket *w)
{
	return w->count > 1;
}
/** basket_is_next - can the content be begun with the current provider? */
bool basket_is_next(const struct basket_item *x);
/**
 * basket_look_ahead - add up the cost of all contents still to be begun with this provider: a channel is funded once
 * for all of them. BAD_AMOUNT, explained.
 */
MUST_CHECK enum status basket_look_ahead(struct basket *w);
/**
 * basket_check_terms - check the terms of a content against the ceilings, as basket_propose() would for this content alone.
 * @terms: out; OK, or the reason for a refusal: TOO_DEAR or USAGE, explained. Returns the status of reading the store.
 */
MUST_CHECK enum status basket_check_terms(struct basket *w, struct basket_item *x, enum status *terms);
/**
 * basket_propose - claim the cost of a content below the ceiling, and propose a deal.
 * @deal: out; the deal. @most: out; the most that its provider may get, negative for no ceiling. w->spare is the amount
 * that may be added to the provider's channel.
 * TOO_DEAR, explained, above the ceiling; EXISTS if deal @deal has brought the content here; the statuses of
 * buyer_propose().
 */
MUST_CHECK enum status basket_propose(
	struct basket *w, struct basket_item *x, struct client_deal *deal, struct amount *most);

/**
 * basket_give_up_lost - cancel the open deals for @payload whose blocks in the store are lost: a new deal begins with what
 * is left of them. The bytes that were verified stay owed.
 */
MUST_CHECK enum status basket_give_up_lost(struct basket *w, const struct cid *payload);

/** basket_lane_is_forgotten - the provider has refused the last voucher of an open deal: has the ledger redeemed that voucher? */
bool basket_lane_is_forgotten(const struct party *p, const struct client_deal *deal);
/** basket_give_up - cancel a deal of ours. The frames of the cancellation go out with the next proposal for the same content. */
MUST_CHECK enum status basket_give_up(struct party *p, uint64_t deal);

/* left.c: deals that we have left with the current provider, and that stand in the way of a content. */
/**
 * basket_look_for_left - the deal of content @i was refused, or paused, with @s: if the provider named deals of ours that stand in
 * the way, the content waits for them, and is proposed again.
 */
void basket_look_for_left(struct basket *w, size_t i, enum status s);
/** basket_next_debt - the next left deal to be paid and ended; NOT_FOUND. */
MUST_CHECK enum status basket_next_debt(struct basket *w, struct purchase *out);
/** basket_pay_debt - @paid was signed for a left deal, which is over: the content that the deal stood in the way of has cost that too. */
void basket_pay_debt(void *ctx, const struct client_deal *deal, const struct amount *paid);
/** basket_end_debt - a left deal has ended on this connection; false if @deal is none. */
bool basket_end_debt(struct basket *w, uint64_t deal);
/** basket_next_waiting - a content that waits no longer, and is to be proposed again; NULL if there is none. */
struct basket_item *basket_next_waiting(struct basket *w);

#endif
