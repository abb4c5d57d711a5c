/* open_channel.h - a funded channel and a lane for a deal. */
#ifndef OPENING_OPEN_CHANNEL_H
#define OPENING_OPEN_CHANNEL_H

#include "party/party.h"

/**
 * buyer_open_channel - get @deal a funded channel and a lane: reuse our channel to this provider, add missing funds, or
 * create a channel.
 * @amount: the amount that the channel must hold for this deal; NULL for price x size + unseal price.
 * @ahead: an amount to add for later deals, if money has to be moved now and the account has enough; NULL for nothing.
 * A killed run is finished, not repeated.
 */
MUST_CHECK enum status buyer_open_channel(
	struct party *p, uint64_t deal, const struct amount *amount, const struct amount *ahead);
/**
 * buyer_plan_channel - describe, in @done, what buyer_open_channel() would do now; gives NO_FUNDS and its other
 * refusals too. Changes nothing.
 */
MUST_CHECK enum status buyer_plan_channel(struct party *p, uint64_t deal, const struct amount *amount);

#endif
