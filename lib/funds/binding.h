/* binding.h - the ledger that a home belongs to: met once, told from all others, never behind what was seen of it. */
#ifndef FUNDS_BINDING_H
#define FUNDS_BINDING_H

#include "party/party.h"

/**
 * binding_check - is the party's ledger the one that its store belongs to? A store that belongs to none is bound to it once the store knows a channel.
 * @where: how the ledger was named, for people.
 * @writable: note what was seen in the store; else only look.
 * OTHER_LEDGER, also for a store without a binding that knows a channel which the ledger never had; ROLLED_BACK if
 * the store has seen the ledger further on. Both are explained, and nothing is changed.
 */
MUST_CHECK enum status binding_check(struct party *p, const char *where, bool writable);
/** binding_begin - at the end of a run that may have brought the store its first channel: bind it. What can't be noted now is noted by a later run. */
void binding_begin(struct party *p);
/** binding_note - the ledger has applied a message of ours: note its height, if the store is bound to it and can be written. What we did counts, noted or not. */
void binding_note(struct party *p);
/** binding_explain_unknown - ROLLED_BACK, explained: the ledger does not know @channel, which the store knows. */
MUST_CHECK enum status binding_explain_unknown(struct party *p, const struct address *channel);
/** binding_was_collected - OK if the ledger, which does not have @channel, had it; else as binding_explain_unknown(). */
MUST_CHECK enum status binding_was_collected(struct party *p, const struct address *channel);

#endif
