/* chain_message.h - messages from our key to the ledger, each applied once however often a tool is killed. */
#ifndef FUNDS_CHAIN_MESSAGE_H
#define FUNDS_CHAIN_MESSAGE_H

#include "party/party.h"

/** struct chain_message - a message to the ledger; borrows. */
struct chain_message {
	struct span about; /* the message's purpose: the name under which it is stored until the caller deletes it */
	struct span
		done; /* the name of the record that another process makes when the purpose is reached; empty for none */
	uint64_t deal; /* the deal that waits for a channel from this message; 0 for none */
	struct address to;
	uint64_t method;
	struct amount value;
	struct span params;
};
/** chain_message_sign - sign @message from our key with the next nonce; neither stored nor submitted. */
MUST_CHECK enum status chain_message_sign(
	struct party *p, struct signed_message *out, const struct chain_message *message);
/**
 * chain_message_send - submit the message stored under the name of @message; if there is none, store and submit
 * @message. @receipt is out: the receipt of the final message.
 * PENDING, explained, as long as the message is not final: the message stays stored.
 * EXISTS if another process has reached the purpose meanwhile: nothing is stored, nothing submitted.
 */
MUST_CHECK enum status chain_message_send(
	struct party *p, struct receipt *receipt, const struct chain_message *message);
/**
 * chain_message_submit - submit the message stored under @about; NOT_FOUND if there is none; PENDING. A message that
 * the ledger will never accept is deleted: REJECTED, NO_FUNDS, or REPLACED if another message has used the nonce.
 */
MUST_CHECK enum status chain_message_submit(struct party *p, struct receipt *receipt, struct span about);
/** chain_explain_no_funds - NO_FUNDS, explained: account @who can't pay @needed. */
MUST_CHECK enum status chain_explain_no_funds(struct party *p, const struct address *who, const struct amount *needed);

#endif
