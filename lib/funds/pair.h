/* pair.h - the channel from one payer to one payee that takes money now: neither settling nor collected. */
#ifndef FUNDS_PAIR_H
#define FUNDS_PAIR_H

#include "party/party.h"
#include "store/channels.h"

/** struct pair_channel - the channel, if there is one. */
struct pair_channel {
	bool any;
	struct channel known; /* as in the store */
	struct paych head;    /* as on the ledger, without lanes */
};
/** pair_find - find it in the store. No transaction may be open. ROLLED_BACK, explained, if the ledger never had a channel that the store has. */
MUST_CHECK enum status pair_find(
	struct party *p, struct pair_channel *found, const struct address *from, const struct address *to);
/** pair_find_made - the same, and on the ledger if the store has none; @from is our key. */
MUST_CHECK enum status pair_find_made(
	struct party *p, struct pair_channel *found, const struct address *from, const struct address *to);

#endif
