/* find_channel.c - the search for the channel that a deal can use.
 *
 * INVARIANT 26: the ledger is read while no transaction is open, and the store
 * in short ones before.
 */
#include "funds/channels.h"
#include "funds/pair.h"
#include "opening/opening_private.h"

/* Read the state of a channel on the ledger, without its lanes. No transaction is open: a node may take its time. */
enum status opening_read_head(struct opening *opening, struct paych *out, const struct address *channel)
{
	CLEAN_PAYCH struct paych head = {0};
	enum status s = ledger_channel(opening->p->ledger, &head, channel);

	if (s != STATUS_OK)
		return s;
	*out = head;
	out->lanes = NULL;
	out->lane_count = 0;
	return STATUS_OK;
}

static void take_found(struct opening *opening, const struct pair_channel *found)
{
	opening->any = found->any;
	if (!found->any)
		return;
	opening->found = found->known;
	opening->head = found->head;
}

/* Read the deal, and find one of our channels to its provider. */
enum status opening_search(struct opening *opening, struct client_deal *deal)
{
	struct pair_channel found;
	enum status s = party_get_client(opening->p, deal, opening->deal);

	if (s != STATUS_OK)
		return s;
	s = party_address(opening->p, &opening->from);
	if (s != STATUS_OK)
		return s;
	opening->to = deal->provider;
	opening->amount = deal->total_funds; /* the deal records that an amount was given */
	s = pair_find(opening->p, &found, &opening->from, &opening->to);
	if (s == STATUS_OK)
		take_found(opening, &found);
	return s;
}

/* A channel of ours on the ledger is not opened a second time, even if the store has no record of the channel. */
enum status opening_find_made(struct opening *opening)
{
	struct pair_channel found;
	enum status s = pair_find_made(opening->p, &found, &opening->from, &opening->to);

	if (s == STATUS_OK)
		take_found(opening, &found);
	return s;
}

/* The amount that the channel lacks for the deal: zero or less if nothing. */
static enum status missing_by_head(struct opening *opening, struct amount *missing)
{
	struct amount left;

	return channel_uncommitted(&left, &opening->head, &opening->found) &&
			       amount_sub(missing, &opening->amount, &left)
		       ? STATUS_OK
		       : STATUS_BAD_AMOUNT;
}

/* No money is moved because of a balance that was read before another process has added to it. */
enum status opening_find_missing(struct opening *opening, struct amount *missing)
{
	enum status s = missing_by_head(opening, missing);

	if (s != STATUS_OK || amount_is_negative(missing) || amount_is_zero(missing))
		return s;
	ledger_refresh(opening->p->ledger);
	s = opening_read_head(opening, &opening->head, &opening->found.address);
	return s == STATUS_OK ? missing_by_head(opening, missing) : s;
}
