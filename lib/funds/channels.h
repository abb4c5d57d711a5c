/* channels.h - moving money into channels, and what a channel has left. */
#ifndef FUNDS_CHANNELS_H
#define FUNDS_CHANNELS_H

#include "party/party.h"
#include "store/channels.h"

/**
 * buyer_add_funds - add @amount to a channel. A run that was killed is finished, not repeated; and as long as nothing has
 * been paid from the channel since, or added to it, the same order again is that order, and moves nothing.
 */
MUST_CHECK enum status buyer_add_funds(struct party *p, const struct address *channel, const struct amount *amount);
/** buyer_plan_funds - say, in @done, what buyer_add_funds() would do now; NO_FUNDS and its other refusals too. Changes nothing. */
MUST_CHECK enum status buyer_plan_funds(struct party *p, const struct address *channel, const struct amount *amount);
/** buyer_funds_reported - the order is done, and the person was told. */
MUST_CHECK enum status buyer_funds_reported(
	struct party *p, const struct address *channel, const struct amount *amount);
/** buyer_forget_funds - the next buyer_add_funds() of @amount is a new order, whatever was done before. */
MUST_CHECK enum status buyer_forget_funds(struct party *p, const struct address *channel, const struct amount *amount);
/**
 * funds_find_channels - take up the channels that the ledger has from our key to @payee, and that the store does not know.
 * Those that are settling stay where they are.
 */
MUST_CHECK enum status funds_find_channels(struct party *p, const struct address *payee);
/** buyer_import_channel - take up a channel that is on the ledger already; the payer or payee must be our key. */
MUST_CHECK enum status buyer_import_channel(struct party *p, const struct address *channel);

/**
 * channel_uncommitted - what the channel's balance leaves for new deals: neither signed for, nor redeemed, nor reserved for open deals.
 * Whoever says "available" of a channel means this.
 */
MUST_CHECK bool channel_uncommitted(struct amount *left, const struct paych *head, const struct channel *c);

#endif
