/* chain_message.h - messages from our key to the ledger, each applied once however often a tool is killed.
 *
 * A message is signed and stored with its nonce, then submitted, and stays in
 * the store until its end is recorded: the ledger has executed the message, or
 * never will.  Meanwhile the same call asks for the outcome, and submits the
 * same bytes again if the ledger does not have them.
 */
#ifndef MESSAGES_CHAIN_MESSAGE_H
#define MESSAGES_CHAIN_MESSAGE_H

#include "messages/chain_sign.h"

/** struct chain_message - a message to the ledger; borrows. */
struct chain_message {
	struct span about;  /* the message's purpose: the name under which it is stored until the caller deletes it */
	struct span wanted; /* the name of a record without which the message is not wanted any more; empty for none */
	struct address to;
	uint64_t method;
	struct amount value;
	struct span params;
	struct amount brings; /* the amount to report once the message is final: see in_flight_about() */
};
/**
 * chain_message_send - submit the message stored under the name of @message; if there is none, store and submit
 * @message. @receipt is out: the receipt of the final message, also if the receipt is a refusal.
 * PENDING, explained, as long as the message is not final; @p->wait_until says how long to wait for that. The message
 * stays stored. TOO_DEAR if the fee would be above @p->max_fee. NO_FUNDS if the account can't pay the value and the fee
 * beside the other messages in flight. REJECTED if the ledger refuses the message, which is then deleted. REPLACED if the
 * message carries money, was stored by an earlier run and lost its nonce to another message: the message is deleted, and
 * only a new call sends the money.
 * EXISTS if the message is not wanted any more: nothing is stored, nothing submitted.
 */
MUST_CHECK enum status chain_message_send(
	struct party *p, struct receipt *receipt, const struct chain_message *message);
/**
 * chain_message_submit - the same for the message stored under @about alone; NOT_FOUND if there is none. REPLACED also
 * for a message without money.
 */
MUST_CHECK enum status chain_message_submit(struct party *p, struct receipt *receipt, struct span about);
/** chain_message_outcome - what has become of the message stored under @about, as far as is known; NOT_FOUND; changes nothing. @m: out; the message, whose parameters are in @encoded. */
MUST_CHECK enum status chain_message_outcome(
	struct party *p, struct outcome *outcome, struct signed_message *m, struct bytes *encoded, struct span about);
/** chain_message_forget - delete a message, because its end is recorded; OK too if there is none. */
MUST_CHECK enum status chain_message_forget(struct party *p, struct span about);

#endif
