/* chain_message.h - messages from our key to the ledger, each sent once however often a tool is killed. */
#ifndef FUNDS_CHAIN_MESSAGE_H
#define FUNDS_CHAIN_MESSAGE_H

#include "party/party.h"

/** struct chain_message - a message to the ledger; borrows. */
struct chain_message {
	struct span about; /* what the message is for: it is kept under that name until the caller deletes it */
	uint64_t deal;     /* the deal that waits for a channel by this message; 0 for none */
	struct address to;
	uint64_t method;
	struct amount value;
	struct span params;
};
/** chain_message_sign - @message from our key with the next nonce, signed; not kept and not submitted. */
MUST_CHECK enum status chain_message_sign(
	struct party *p, struct signed_message *out, const struct chain_message *message);
/** chain_message_send - submit the message kept under @message's name; if there is none, keep and submit @message. @receipt is out. */
MUST_CHECK enum status chain_message_send(
	struct party *p, struct receipt *receipt, const struct chain_message *message);
/** chain_message_submit - submit the message kept under @about; NOT_FOUND if none is. A message that the ledger will never take is forgotten. */
MUST_CHECK enum status chain_message_submit(struct party *p, struct receipt *receipt, struct span about);
/** chain_explain_no_funds - NO_FUNDS, explained: account @who can't pay @needed. */
MUST_CHECK enum status chain_explain_no_funds(struct party *p, const struct address *who, const struct amount *needed);

#endif
