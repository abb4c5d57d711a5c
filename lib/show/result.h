/* result.h - the effect of a command on a deal or an offer, as one object of JSON: for tool_result().
 *
 * A program gets the same facts that a person reads on standard error, without
 * parsing text. retrieval(5) has the keys.
 */
#ifndef SHOW_RESULT_H
#define SHOW_RESULT_H

#include "basket/basket.h"
#include "content/offers.h"
#include "deal/provider.h"
#include "tool/places.h"

/** result_bought, result_sold - the state of a deal of ours; a new reference. */
json_t *result_bought(const struct client_deal *deal);
json_t *result_sold(const struct provider_deal *deal);
/**
 * result_explain_bought - the same for people, after blocks were received: what is due, or why the deal goes no further.
 * @early: see receiver_early(). The status of buyer_outcome(), explained.
 */
MUST_CHECK enum status result_explain_bought(
	struct party *p, const struct client_deal *deal, const struct amount *early);
/** result_deal - the same for the deal @name of either side, read from the store; for tool_result() at once, and only with --json. */
MUST_CHECK enum status result_deal(struct tool *t, const struct deal_name *name);
/** result_content - the same for a content that was bought, or that failed with @s, and its paths; for tool_result() at once, and only with --json. */
MUST_CHECK enum status result_content(
	struct tool *t, const struct basket_item *item, const struct places *places, enum status s);
/** result_offer - the terms of an offer, and the CAR that holds its content; a new reference. @path: empty if the CAR is not known. */
json_t *result_offer(const struct offer *offer, struct span path);
/** result_offer_file - the same for the bytes of an offer of ours, and who has signed it. */
json_t *result_offer_file(struct span file, struct span path);

#endif
