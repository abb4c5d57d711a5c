/* left_deals.h - the deals that a client has left open, sent by a provider to a client that may have forgotten the deals.
 *
 * A provider that rejects a proposal with a reason of the client's limits lists,
 * in the extension EXT_LEFT_DEALS of the response, unpaid deals of that client
 * that nobody serves now. A client whose store has lost such a deal can resume
 * it, unless the deal is over: a cancelled deal can only be paid. Peers that do
 * not know the extension ignore the extension.
 *
 * The value is an array of at most LEFT_DEALS_MAX items [transfer id, bytes of
 * the content, attoFIL owed, is the deal over, RetrievalDealProposal], the oldest
 * deal first.
 */
#ifndef WIRE_LEFT_DEALS_H
#define WIRE_LEFT_DEALS_H

#include "wire/deal_types.h"
#include "wire/extension_list.h"

#define EXT_LEFT_DEALS "retrieval/left-deals"
#define LEFT_DEALS_MAX 8

/** struct left_deal - one deal. */
struct left_deal {
	uint64_t transfer;
	uint64_t size;            /* bytes of the whole content; 0 if unknown */
	struct amount owed;       /* attoFIL, by the provider's count, at the next pause of the deal */
	bool over;                /* the deal was cancelled: it can't be resumed */
	struct proposal proposal; /* borrows from the extension's value */
};

/** left_deals_put - append one deal to @items. */
void left_deals_put(struct bytes *items, const struct left_deal *deal);
/** left_deals_next - the next deal of an open list; END after the last, or the status of a value that does not decode. */
MUST_CHECK enum status left_deals_next(struct left_deal *deal, struct extension_list *list);

#endif
