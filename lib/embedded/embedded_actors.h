/* embedded_actors.h - the actors of the embedded ledger as a node shows them: with numbers, and channels with all lanes. */
#ifndef EMBEDDED_EMBEDDED_ACTORS_H
#define EMBEDDED_EMBEDDED_ACTORS_H

#include "embedded/embedded.h"

#define EMBEDDED_FIRST_NUMBER 1000 /* smaller ones belong to the actors of the chain itself */

/**
 * embedded_number_of - the number of @who, which is in its id address (f01000). An account or channel that has none yet
 * gets the next free one; a number stays with its address for ever, also when a channel was collected.
 * NOT_FOUND if the ledger has no such account or channel, and never gave @who a number; READ_ONLY.
 */
MUST_CHECK enum status embedded_number_of(struct embedded *e, uint64_t *number, const struct address *who);
/** embedded_number_give - the same for a party of a channel, whose account may not be there yet. */
MUST_CHECK enum status embedded_number_give(struct embedded *e, uint64_t *number, const struct address *who);
/** embedded_numbered - the address that has the number; NOT_FOUND. */
MUST_CHECK enum status embedded_numbered(struct embedded *e, struct address *who, uint64_t number);
/** embedded_account - the balance and the nonce of an account, without what is pending; both are 0 for an unknown account. */
MUST_CHECK enum status embedded_account(
	struct embedded *e, struct amount *balance, uint64_t *nonce, const struct address *who);
/** embedded_whole_channel - a channel with all its lanes, in the order of their ids; NOT_FOUND. paych_release() it. */
MUST_CHECK enum status embedded_whole_channel(struct embedded *e, struct paych *channel, const struct address *address);

#endif
