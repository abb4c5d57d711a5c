/* binding.h - binding a home to its ledger, and refusing every other ledger and every older copy. */
#ifndef BINDING_BINDING_H
#define BINDING_BINDING_H

#include "party/party.h"

/**
 * binding_check - is the party's ledger the one that its store is bound to? A store without a binding is bound to the
 * ledger once the store has a channel.
 * @where: the ledger's name, for messages.
 * @writable: update the store's note; otherwise only check.
 * OTHER_LEDGER, also for a store without a binding that has a channel which the ledger never had; ROLLED_BACK if the
 * store has noted a greater height of the ledger. Both are explained, and nothing is changed.
 */
MUST_CHECK enum status binding_check(struct party *p, const char *where, bool writable);
/**
 * binding_begin - bind the store at the end of a run that may have brought the store its first channel. A later run
 * repeats a failed binding.
 */
void binding_begin(struct party *p);
/**
 * binding_note - note the ledger's height after the ledger has applied a message of ours, if the store is bound to the
 * ledger and can be written. The message counts, noted or not.
 */
void binding_note(struct party *p);
/** binding_explain_unknown - ROLLED_BACK, explained: the ledger does not have @channel, which the store has. */
MUST_CHECK enum status binding_explain_unknown(struct party *p, const struct address *channel);
/**
 * binding_was_collected - OK if the ledger does not have @channel now but had @channel before; otherwise as
 * binding_explain_unknown().
 */
MUST_CHECK enum status binding_was_collected(struct party *p, const struct address *channel);

#endif
