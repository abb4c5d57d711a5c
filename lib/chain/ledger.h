/* ledger.h - the chain as the two parties need it: a few questions and one verb.
 *
 * Everything above talks to this header; behind it is a table of functions
 * for each kind of ledger (ledger_ops.h).  Today there is one kind, the embedded ledger
 * (embedded.h), which stands for the chain in a folder of its own.  A Lotus
 * node is another table.
 *
 * A message is a signed chain message; its CID is its identity: submitting
 * the same bytes again changes nothing and gives the same receipt.
 */
#ifndef CHAIN_LEDGER_H
#define CHAIN_LEDGER_H

#include "chain/ledger_ops.h"

struct ledger;

/** ledger_open - open the ledger that @where names: a folder. (A URL will name a Lotus node: UNSUPPORTED today.) IS_HOME if that is no ledger. */
MUST_CHECK enum status ledger_open(struct ledger **l, const char *where);
void ledger_close(struct ledger *l);
/** ledger_set_clock - use @now as the unix time from here on, if the ledger's epochs follow our clock (for reproducible runs). */
void ledger_set_clock(struct ledger *l, int64_t now);
/** ledger_network - how this ledger writes addresses. */
MUST_CHECK enum status ledger_network(struct ledger *l, enum network *network);
/** ledger_identity - which ledger this is: network and genesis. Of two ledgers with one genesis that is all zero nothing is known. */
MUST_CHECK enum status ledger_identity(struct ledger *l, struct ledger_id *id);
/** ledger_height - how many changes the ledger has applied: no clock changes it, and it never falls, unless an older copy of the ledger is put back. */
MUST_CHECK enum status ledger_height(struct ledger *l, uint64_t *height);
/** ledger_epoch - the current epoch. */
MUST_CHECK enum status ledger_epoch(struct ledger *l, int64_t *epoch);
/** ledger_balance - attoFIL of an account; 0 for one never seen. */
MUST_CHECK enum status ledger_balance(struct ledger *l, struct amount *balance, const struct address *who);
/** ledger_nonce - the nonce that the next message of @who must have. */
MUST_CHECK enum status ledger_nonce(struct ledger *l, uint64_t *nonce, const struct address *who);
/** ledger_channel - the state of a channel without its lanes (paych_release() it); NOT_FOUND if there is none, or it was collected. */
MUST_CHECK enum status ledger_channel(struct ledger *l, struct paych *head, const struct address *channel);
/** ledger_lane - one lane of a channel; NOT_FOUND if no voucher of it was ever submitted. */
MUST_CHECK enum status ledger_lane(
	struct ledger *l, struct paych_lane *lane, const struct address *channel, uint64_t id);
/** ledger_each_channel - show all channels of the ledger, without their lanes, one after the other; no transaction is open meanwhile. */
MUST_CHECK enum status ledger_each_channel(struct ledger *l, const struct channel_visit *visit);
/** ledger_collected - the receipt of the message that collected a channel; NOT_FOUND if the ledger never had the channel, or has it still. May take time that grows with the ledger. */
MUST_CHECK enum status ledger_collected(struct ledger *l, struct receipt *r, const struct address *channel);
/**
 * ledger_submit - apply a message. OK with a receipt, whose exit code may be a refusal; the same message again gives
 * the same receipt. BAD_SIGNATURE; BAD_STATE for a wrong nonce; NO_FUNDS if the sender can't pay the value.
 */
MUST_CHECK enum status ledger_submit(struct ledger *l, struct receipt *r, const struct signed_message *m);

#endif
