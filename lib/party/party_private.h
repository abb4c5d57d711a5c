/* party_private.h - what the files of lib/party share. */
#ifndef PARTY_PRIVATE_H
#define PARTY_PRIVATE_H

#include "party/party.h"

/** party_end - end a write transaction: commit if @s is OK, else drop it; returns what became of it. */
MUST_CHECK enum status party_end(struct kv_txn *t, enum status s);
/** party_message - a chain message from our key with the next nonce, signed; not submitted. */
MUST_CHECK enum status party_message(struct party *p, struct signed_message *m, const struct address *to,
	uint64_t method, const struct amount *value, struct span params);
/** channel_uncommitted - what the channel's balance leaves for new deals: neither signed for nor reserved. */
MUST_CHECK bool channel_uncommitted(struct amount *left, const struct paych *head, const struct channel *c);

#endif
