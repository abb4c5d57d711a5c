/* add_funds.h - adding money to a channel. */
#ifndef FUNDS_ADD_FUNDS_H
#define FUNDS_ADD_FUNDS_H

#include "party/party.h"

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

#endif
