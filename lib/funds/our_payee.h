/* our_payee.h - does a channel pay to us? */
#ifndef FUNDS_OUR_PAYEE_H
#define FUNDS_OUR_PAYEE_H

#include "party/party.h"

/**
 * funds_check_payee - does the channel, with the state @head, pay to our key, to the payee of one of our offers, or to us
 * as a channel that the store has? WRONG_CHANNEL, explained, if it does not.
 */
MUST_CHECK enum status funds_check_payee(
	struct party *party, struct kv_txn *txn, const struct paych *head, const struct address *channel);

#endif
