/* open_channel.h - a funded channel and a lane for a deal. */
#ifndef BUYER_OPEN_CHANNEL_H
#define BUYER_OPEN_CHANNEL_H

#include "party/party.h"

/**
 * buyer_open_channel - get @deal a funded channel and a lane: reuse ours to this provider, add what is missing, or create one.
 * @amount: what the channel shall hold for this deal; NULL for price x size + unseal price. A killed run is finished, not repeated.
 * @ahead: what to add beyond that for deals to come, if money has to be moved now and the account has so much; NULL for nothing.
 */
MUST_CHECK enum status buyer_open_channel(
	struct party *p, uint64_t deal, const struct amount *amount, const struct amount *ahead);
/** buyer_plan_channel - say, in @done, what buyer_open_channel() would do now; NO_FUNDS and its other refusals too. Changes nothing. */
MUST_CHECK enum status buyer_plan_channel(struct party *p, uint64_t deal, const struct amount *amount);

#endif
