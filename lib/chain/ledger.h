/* ledger.h - the chain for the two parties: a few queries, and submit.
 *
 * All higher layers use this header; each kind of ledger is a table of
 * functions (ledger_ops.h).  Today there is one kind, the embedded ledger
 * (embedded.h), which simulates the chain in a folder.  A Lotus node would be
 * another table.
 *
 * A message is a signed chain message, identified by its CID: submitting the
 * same bytes again changes nothing and gives the same receipt.
 */
#ifndef CHAIN_LEDGER_H
#define CHAIN_LEDGER_H

#include "chain/ledger_ops.h"

struct ledger;

/** ledger_open - open the ledger that @where names: a folder. (A URL will name a Lotus node: UNSUPPORTED today.) IS_HOME if the folder is the home of a party. */
MUST_CHECK enum status ledger_open(struct ledger **l, const char *where);
void ledger_close(struct ledger *l);
/** ledger_set_clock - use @now as the unix time from now on, if the ledger's epochs follow the local clock (for reproducible runs). */
void ledger_set_clock(struct ledger *l, int64_t now);
/** ledger_network - the network, which sets the first letter of addresses. */
MUST_CHECK enum status ledger_network(struct ledger *l, enum network *network);
/** ledger_identity - the network and genesis of this ledger. A genesis of all zeros identifies no ledger. */
MUST_CHECK enum status ledger_identity(struct ledger *l, struct ledger_id *id);
/** ledger_height - the number of changes that the ledger has applied. The height does not depend on a clock, and falls only if an older copy of the ledger is restored. */
MUST_CHECK enum status ledger_height(struct ledger *l, uint64_t *height);
/** ledger_epoch - the current epoch. */
MUST_CHECK enum status ledger_epoch(struct ledger *l, int64_t *epoch);
/** ledger_balance - the balance of an account in attoFIL; 0 for an unknown account. */
MUST_CHECK enum status ledger_balance(struct ledger *l, struct amount *balance, const struct address *who);
/** ledger_nonce - the nonce that the next message of @who must have. */
MUST_CHECK enum status ledger_nonce(struct ledger *l, uint64_t *nonce, const struct address *who);
/** ledger_channel - the state of a channel without its lanes (paych_release() it); NOT_FOUND if there is no such channel, or the channel was collected. */
MUST_CHECK enum status ledger_channel(struct ledger *l, struct paych *head, const struct address *channel);
/** ledger_lane - one lane of a channel; NOT_FOUND if no voucher of the lane was ever submitted. */
MUST_CHECK enum status ledger_lane(
	struct ledger *l, struct paych_lane *lane, const struct address *channel, uint64_t id);
/** ledger_each_channel - call @visit for each channel of the ledger, without its lanes; no transaction is open during a call. */
MUST_CHECK enum status ledger_each_channel(struct ledger *l, const struct channel_visit *visit);
/** ledger_collected - the receipt of the message that collected a channel; NOT_FOUND if the ledger never had the channel, or still has the channel. The time may grow with the size of the ledger. */
MUST_CHECK enum status ledger_collected(struct ledger *l, struct receipt *r, const struct address *channel);
/**
 * ledger_submit - apply a message. OK with a receipt, whose exit code may be a refusal; submitting the same message
 * again gives the same receipt. BAD_SIGNATURE; BAD_STATE for a wrong nonce; NO_FUNDS if the sender can't pay the value.
 */
MUST_CHECK enum status ledger_submit(struct ledger *l, struct receipt *r, const struct signed_message *m);

#endif
