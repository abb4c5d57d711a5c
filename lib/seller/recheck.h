/* recheck.h - is what a client was sent, and did not pay for, what it should have been? */
#ifndef SELLER_RECHECK_H
#define SELLER_RECHECK_H

#include "party/party.h"

/**
 * recheck_unpaid - read and hash again the unpaid blocks of the deals that @client left open.
 * @mended: set if our content was at fault for one of them: that deal is owed for no more until it goes on.
 *
 * Blocks are not hashed when they are sent for the first time: the client does that. Only where a client seems to owe
 * for them it has to be known whose fault that is. Reads at most one interval of each of the first few deals.
 */
MUST_CHECK enum status recheck_unpaid(struct party *party, bool *mended, const char *client);

#endif
