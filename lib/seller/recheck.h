/* recheck.h - were the blocks that a client did not pay for sent intact? */
#ifndef SELLER_RECHECK_H
#define SELLER_RECHECK_H

#include "party/party.h"

/**
 * recheck_unpaid - read and hash again the unpaid blocks of the deals that @client left open.
 * @mended: set if our content was at fault for one of the blocks: the debt for that deal does not count until the deal
 * goes on.
 *
 * Blocks are not hashed when they are sent for the first time: the client hashes them. Only if a client seems to owe
 * for blocks must the fault be known. Reads at most one interval of each of the first few deals.
 */
MUST_CHECK enum status recheck_unpaid(struct party *party, bool *mended, const char *client);

#endif
