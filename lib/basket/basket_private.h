/* basket_private.h - the ceilings of a basket; for lib/basket only. */
#ifndef BASKET_BASKET_PRIVATE_H
#define BASKET_BASKET_PRIVATE_H

#include "basket/basket.h"

/** basket_has_several - its ceiling is shared. */
static inline bool basket_has_several(const struct basket *w)
{
	return w->count > 1;
}
/** basket_is_next - the content can be begun with the provider at hand. */
bool basket_is_next(const struct basket_item *x);
/** basket_look_ahead - what costs all that is to be begun with this provider? A channel is funded once for all of it. BAD_AMOUNT, explained. */
MUST_CHECK enum status basket_look_ahead(struct basket *w);
/**
 * basket_propose - claim the cost of a content below the ceiling, and propose.
 * @deal: out; the deal. @most: out; what its provider may get at most, negative for no ceiling; w->spare is what may be added to its channel.
 * TOO_DEAR, explained, above the ceiling; EXISTS if the content is here, by @deal; the statuses of buyer_propose().
 */
MUST_CHECK enum status basket_propose(
	struct basket *w, struct basket_item *x, struct client_deal *deal, struct amount *most);

#endif
