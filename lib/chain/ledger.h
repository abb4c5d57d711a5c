/* ledger.h - the chain for the two parties: a few queries, and submit.
 *
 * All higher layers use this header; each kind of ledger is a table of
 * functions (ledger_ops.h).  There are two kinds: lib/embedded simulates the
 * chain in a folder, and lib/lotus reaches a Lotus node over HTTP.
 * party/ledger_place.h opens either.
 *
 * A message is a signed chain message, identified by its CID: submitting the
 * same bytes again changes nothing.  A submitted message is pending until the
 * ledger has executed the message and the receipt can be relied on; the
 * embedded ledger executes a message at once.
 */
#ifndef CHAIN_LEDGER_H
#define CHAIN_LEDGER_H

#include "chain/ledger_ops.h"

struct ledger;

/** ledger_error - the words of the ledger's last failure; borrowed, valid until the next query. Without words if the status says all. */
const struct error *ledger_error(const struct ledger *l);
/** ledger_of - a ledger whose kind is @ops. @ops must live as long as the ledger; ledger_close() closes @self. NO_MEMORY. */
MUST_CHECK enum status ledger_of(struct ledger **l, const struct ledger_ops *ops, void *self);
void ledger_close(struct ledger *l);
/** struct ledger_guard - called before each query and each message; its status, if not OK, is the query's. */
struct ledger_guard {
	enum status (*before)(void *ctx);
	void *ctx;
};
/**
 * ledger_set_guard - a query of a node may take half a minute: @guard makes sure that the caller holds nothing meanwhile
 * that others wait for. Whoever opens the ledger knows what that is.
 */
void ledger_set_guard(struct ledger *l, struct ledger_guard guard);
/** ledger_is_remote - do queries go over a network? */
bool ledger_is_remote(const struct ledger *l);
/** ledger_set_clock - use @now as the unix time from now on, if the ledger's epochs follow the local clock (for reproducible runs). */
void ledger_set_clock(struct ledger *l, int64_t now);
/** ledger_set_stop - from now on a query that waits for a node ends with STOPPED once *@stop is not 0; @stop is borrowed for the ledger's life. */
void ledger_set_stop(struct ledger *l, const volatile int *stop);
/** ledger_refresh - have the next queries answered anew: a node's answers may be used again for a second. */
void ledger_refresh(struct ledger *l);
/** ledger_network - the network, which sets the first letter of addresses. */
MUST_CHECK enum status ledger_network(struct ledger *l, enum network *network);
/** ledger_identity - the network and genesis of this ledger. A genesis of all zeros identifies no ledger. */
MUST_CHECK enum status ledger_identity(struct ledger *l, struct ledger_id *id);
/** ledger_height - the number of changes that the ledger has applied. The height does not depend on a clock, and falls only if an older copy of the ledger is restored. NOT_FOUND for a ledger that nobody can put back. */
MUST_CHECK enum status ledger_height(struct ledger *l, uint64_t *height);
/** ledger_epoch - the current epoch. */
MUST_CHECK enum status ledger_epoch(struct ledger *l, int64_t *epoch);
/** ledger_balance - the balance of an account in attoFIL; 0 for an unknown account. */
MUST_CHECK enum status ledger_balance(struct ledger *l, struct amount *balance, const struct address *who);
/** ledger_epoch_seconds - the length of an epoch in seconds; 0 if the epochs of the ledger do not follow a clock. */
MUST_CHECK enum status ledger_epoch_seconds(struct ledger *l, int64_t *seconds);
/** ledger_nonce - the nonce that the next message of @who must have, as far as the ledger knows: its pending messages count. */
MUST_CHECK enum status ledger_nonce(struct ledger *l, uint64_t *nonce, const struct address *who);
/** ledger_channel - the state of a channel without its lanes (paych_release() it); NOT_FOUND if there is no such channel, or the channel was collected. */
MUST_CHECK enum status ledger_channel(struct ledger *l, struct paych *head, const struct address *channel);
/**
 * ledger_final_channel - the same by the newest state that can't be reverted any more, which may be hours old; NOT_FOUND
 * also if the channel is newer than that state. On the embedded ledger the state of now, or as many epochs old as the
 * ledger was made with.
 */
MUST_CHECK enum status ledger_final_channel(struct ledger *l, struct paych *head, const struct address *channel);
/** ledger_lane - one lane of a channel; NOT_FOUND if no voucher of the lane was ever submitted. */
MUST_CHECK enum status ledger_lane(
	struct ledger *l, struct paych_lane *lane, const struct address *channel, uint64_t id);
/** ledger_last_lane - the highest lane of a channel of which a voucher was submitted; NOT_FOUND if there is none, or no such channel. */
MUST_CHECK enum status ledger_last_lane(struct ledger *l, uint64_t *id, const struct address *channel);
/**
 * ledger_each_channel - call @visit for each channel that pays from @from, without its lanes; no transaction is open
 * during a call. A ledger without a list of channels finds those that the key of @from has created.
 */
MUST_CHECK enum status ledger_each_channel(
	struct ledger *l, const struct address *from, const struct channel_visit *visit);
/**
 * ledger_collected - the receipt of the message that collected a channel; NOT_FOUND if the ledger never had the
 * channel, or still has the channel. The time may grow with the size of the ledger. The amounts are told only if they
 * cost no more: see has_payout.
 */
MUST_CHECK enum status ledger_collected(struct ledger *l, struct receipt *r, const struct address *channel);
/**
 * ledger_payout - the same, with the amounts, which a node tells by the last state of the channel: some dozens of
 * requests. Without them if the node does not have so old a state.
 */
MUST_CHECK enum status ledger_payout(struct ledger *l, struct receipt *r, const struct address *channel);

/* Messages: estimate, sign, store, submit; then ask for the outcome until the message is final. */
/**
 * ledger_estimate - fill in the gas limit, the fee cap and the premium of a message that is not signed yet; its nonce
 * must be set. The fee, gas limit times fee cap, is at most @max_fee, if @max_fee is not NULL. The embedded ledger
 * takes no fee.
 * REJECTED if the actor would refuse the message: @refusal has its exit code and text. TOO_DEAR if @max_fee is below
 * the fee that the ledger takes.
 */
MUST_CHECK enum status ledger_estimate(
	struct ledger *l, struct message *m, struct receipt *refusal, const struct amount *max_fee);
/** ledger_base_fee - what the ledger takes now for a unit of gas, in attoFIL, without the premium; 0: the ledger takes no fees. */
MUST_CHECK enum status ledger_base_fee(struct ledger *l, struct amount *base_fee);
/**
 * ledger_try - a dry run: the receipt that @m would get if the ledger executed @m now, whoever signs it; gas and nonce
 * don't count. Changes nothing. The sender must be an account that the ledger knows, or have a key address.
 */
MUST_CHECK enum status ledger_try(struct ledger *l, struct receipt *r, const struct message *m);
/** ledger_channel_code - the code of the payment channel actor on this ledger, for create_params(). */
MUST_CHECK enum status ledger_channel_code(struct ledger *l, struct cid *code);
/** ledger_created - the address of the channel that @m, which creates a channel, will make: known before @m is submitted. */
MUST_CHECK enum status ledger_created(struct ledger *l, struct address *channel, const struct message *m);
/**
 * ledger_submit - give a message to the ledger; harmless to repeat. Whether the ledger has the message already is not asked
 * first: the caller knows, or has asked for the outcome. OK with the outcome: PENDING, FINAL with a receipt
 * whose exit code may be a refusal, REPLACED, or TURNED_AWAY. A message takes the place of one with the same nonce that
 * waits, if its premium is high enough: message_least_premium().
 * REJECTED, with words, if the ledger does not take the message: for its premium, if a message of that nonce waits; or for
 * reasons of its own. BAD_SIGNATURE; BAD_STATE if messages with lower nonces are missing; NO_FUNDS if the sender can't pay
 * the value.
 */
MUST_CHECK enum status ledger_submit(struct ledger *l, struct outcome *o, const struct signed_message *m);
/** ledger_outcome - what has become of a message; changes nothing. */
MUST_CHECK enum status ledger_outcome(struct ledger *l, struct outcome *o, const struct signed_message *m);

#endif
