/* messages_private.h - what the methods about messages share: receipts, gas, and the words of a refusal. */
#ifndef NODE_MESSAGES_PRIVATE_H
#define NODE_MESSAGES_PRIVATE_H

#include "node/node_private.h"

/** struct found_message - a message that the ledger has; found_message_release() it. */
struct found_message {
	struct cid cid;                /* of the signed message */
	struct signed_message message; /* borrows from @encoded */
	struct bytes encoded;
	struct outcome outcome;
};
/** message_find - the message with the CID of the signed message; NOT_FOUND. */
MUST_CHECK enum status message_find(struct node *n, struct found_message *out, const struct cid *cid);
void found_message_release(struct found_message *m);
#define CLEAN_MESSAGE __attribute__((cleanup(found_message_release)))
/** receipt_form - a receipt as JSON; @number is that of the channel that was created, if there is one. */
json_t *receipt_form(const struct receipt *r, uint64_t number);
/** lookup_form - a MsgLookup: message @cid, in whose place @message may stand, which the tipset of its epoch has executed. @decoded: with the decoded return value. */
json_t *lookup_form(struct call *c, const struct cid *cid, const struct found_message *message, bool decoded);

#endif
