/* channels.h - moving money into channels, and the funds that a channel has left. */
#ifndef FUNDS_CHANNELS_H
#define FUNDS_CHANNELS_H

#include "party/party.h"
#include "store/channels.h"

/**
 * buyer_add_funds - add @amount to a channel. A killed run is finished, not repeated. As long as nothing has been paid
 * from the channel or added to the channel since, a repeated order counts as the same order, and moves nothing.
 */
MUST_CHECK enum status buyer_add_funds(struct party *p, const struct address *channel, const struct amount *amount);
/**
 * buyer_plan_funds - describe, in @done, what buyer_add_funds() would do now; gives NO_FUNDS and its other refusals
 * too. Changes nothing.
 */
MUST_CHECK enum status buyer_plan_funds(struct party *p, const struct address *channel, const struct amount *amount);
/** buyer_funds_reported - record that the order is done and was reported to the user. */
MUST_CHECK enum status buyer_funds_reported(
	struct party *p, const struct address *channel, const struct amount *amount);
/** buyer_forget_funds - make the next buyer_add_funds() of @amount a new order, whatever was done before. */
MUST_CHECK enum status buyer_forget_funds(struct party *p, const struct address *channel, const struct amount *amount);
/**
 * funds_find_channels - import the channels from our key to @payee that the ledger has and the store lacks. Channels
 * that are settling are not imported.
 */
MUST_CHECK enum status funds_find_channels(struct party *p, const struct address *payee);
/** buyer_import_channel - import a channel that is on the ledger; the payer or payee must be our key. */
MUST_CHECK enum status buyer_import_channel(struct party *p, const struct address *channel);

/**
 * channel_uncommitted - the part of the channel's balance that is left for new deals: neither signed for, nor redeemed,
 * nor reserved for open deals.
 * A channel's "available" amount always means this one.
 */
MUST_CHECK bool channel_uncommitted(struct amount *left, const struct paych *head, const struct channel *c);

#endif
