/* open_to.h - a funded channel to a payee, for payments without a deal. */
#ifndef OPENING_OPEN_TO_H
#define OPENING_OPEN_TO_H

#include "party/party.h"

/**
 * open_to - have a channel to @payee in which @amount is available: reuse our open channel, add the missing amount, or
 * create a channel. @channel: out. The same call again moves no money as long as the amount is available.
 * USAGE, explained, for a payee that can't be paid through a channel. As funding_fulfil() otherwise.
 */
MUST_CHECK enum status open_to(
	struct party *p, struct address *channel, const struct address *payee, const struct amount *amount);
/** open_to_plan - describe, in @done, what open_to() would do now; gives its refusals too. Changes nothing. */
MUST_CHECK enum status open_to_plan(struct party *p, const struct address *payee, const struct amount *amount);

#endif
