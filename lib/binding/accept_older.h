/* accept_older.h - accepting, by the user's word, a ledger that was put back to an older state for good. */
#ifndef BINDING_ACCEPT_OLDER_H
#define BINDING_ACCEPT_OLDER_H

#include "party/party.h"
#include "store/channels.h"

/** struct accepted_channel - what accepting an older ledger changes for one channel. */
struct accepted_channel {
	struct channel channel; /* as it is stored then */
	bool is_back; /* the channel was collected, and the ledger has it again; false: the ledger has it no more */
};

/**
 * accept_older_ledger - note the ledger's state as it is now, though the store has seen a later one. A channel that the
 * ledger never had counts as collected for nothing, with the loss of its payee; a collected channel that the ledger has
 * again is open again.
 * @where: the ledger's name, for messages. @plan: change nothing.
 * @changed: called for each channel that changes, once the change is on disk.
 * OTHER_LEDGER, explained, for a ledger that the store is not bound to: that one is never accepted. BAD_STATE, explained,
 * if the ledger is not older than what the store has seen.
 */
MUST_CHECK enum status accept_older_ledger(struct party *p, const char *where, bool plan,
	void (*changed)(void *ctx, const struct accepted_channel *c), void *ctx);
/** accept_return - the ledger has a channel again that @c says is collected: open the record again. */
void accept_return(struct channel *c);

#endif
