/* chain_sign.h - signing messages to the ledger, below a ceiling for their fees. */
#ifndef MESSAGES_CHAIN_SIGN_H
#define MESSAGES_CHAIN_SIGN_H

#include "party/party.h"

/** chain_check_fee - TOO_DEAR, explained, if the fee of @m may be above @p->max_fee. */
MUST_CHECK enum status chain_check_fee(struct party *p, const struct message *m);
/** chain_sign - sign a message to the ledger, and append its encoded form. TOO_DEAR, explained. All messages are signed here. */
MUST_CHECK enum status chain_sign(struct party *p, struct bytes *encoded, const struct message *m);
/** chain_newest - the newest form of the message stored under @about; NOT_FOUND. The parameters of @m are in @encoded. */
MUST_CHECK enum status chain_newest(
	struct party *p, struct signed_message *m, struct bytes *encoded, struct span about);
/** chain_explain_no_funds - NO_FUNDS, explained: account @who can't pay @needed. */
MUST_CHECK enum status chain_explain_no_funds(struct party *p, const struct address *who, const struct amount *needed);

#endif
