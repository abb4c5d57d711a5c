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

#endif
