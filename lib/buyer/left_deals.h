/* left_deals.h - deals that we have left open, as the provider says, and that stand in the way of a new one.
 *
 * A store that was restored or lost has forgotten deals. A provider that knows
 * its client refuses new deals of a client that has left one unpaid, and names
 * that deal (wire/left_deals.h). The buyer takes the word of the provider for
 * the ids and the terms alone: the blocks are received again, and only verified
 * bytes are paid for.
 */
#ifndef BUYER_LEFT_DEALS_H
#define BUYER_LEFT_DEALS_H

#include "party/party.h"
#include "store/left_plan.h"

/**
 * buyer_note_left - the provider does not go on with @deal, and lists in @list the deals that stand in the way: put
 * forgotten deals in the store, and keep what has to be done.
 * @first: out; the id of the first deal in the list. @refused: @deal is new and over now, so that a left deal for the
 * same content may take its place.
 * An open deal that the store knows, for another content, is the user's to finish: it is not part of the plan.
 * The statuses of left_deals_next(); a deal that can't be one of ours is passed over.
 */
MUST_CHECK enum status buyer_note_left(
	struct party *p, uint64_t *first, const struct client_deal *deal, bool refused, struct extension_list *list);
/** buyer_find_left - the plan for the deal @refused; an empty plan if the provider named no deal. */
MUST_CHECK enum status buyer_find_left(struct party *p, struct left_plan *plan, uint64_t refused);
/**
 * buyer_hint_left - for a user who goes step by step: hint at the command that removes what stands in the way of the
 * refused @deal, if the provider named a deal.
 */
void buyer_hint_left(struct party *p, const struct client_deal *deal);
/**
 * buyer_end_left - end deal @id, and append the frames that end and pay it: the cancellation, and a voucher for all bytes
 * verified under the deal, unless that is more than @most. Of a deal that is complete here, the last voucher.
 */
MUST_CHECK enum status buyer_end_left(struct party *p, struct bytes *frames, uint64_t id, const struct amount *most);

#endif
