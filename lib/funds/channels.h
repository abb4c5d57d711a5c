/* channels.h - the funds that a channel has left, and channels that the ledger has and the store lacks. */
#ifndef FUNDS_CHANNELS_H
#define FUNDS_CHANNELS_H

#include "party/party.h"
#include "store/channels.h"

/** channel_on_ledger - read @channel, without its lanes; NOT_FOUND, explained. */
MUST_CHECK enum status channel_on_ledger(struct party *p, struct paych *head, const struct address *channel);
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
