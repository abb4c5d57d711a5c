/* older_home.h - is this home an older copy? The ledger counts the messages of our account, and so does the home. */
#ifndef BINDING_OLDER_HOME_H
#define BINDING_OLDER_HOME_H

#include "party/party.h"

/**
 * older_home_check - MONEY 16: if the ledger has had messages of our account that this home does not know, then lanes of
 * its channels may have carried deals that it does not know either: new deals get lanes from a new start, drawn at
 * random, on all channels that we pay through.
 */
MUST_CHECK enum status older_home_check(struct party *p);
/**
 * older_home_note - a message of @who with @nonce, at least the next of the home's book, is about to be sent: the same
 * check, and the message is in the book, inside @txn.
 */
MUST_CHECK enum status older_home_note(struct party *p, struct kv_txn *txn, const struct address *who, uint64_t nonce);

#endif
