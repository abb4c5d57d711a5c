/* deal_message.h - a message of a deal outside any frame, and its kind. */
#ifndef WIRE_DEAL_MESSAGE_H
#define WIRE_DEAL_MESSAGE_H

#include "wire/deal_types.h"

enum deal_message_kind {
	MESSAGE_PROPOSAL,
	MESSAGE_RESPONSE,
	MESSAGE_PAYMENT,
	MESSAGE_QUERY,
	MESSAGE_QUERY_RESPONSE,
};

/** struct deal_message - the message of the kind @kind. */
struct deal_message {
	enum deal_message_kind kind;
	union {
		struct proposal proposal;
		struct response response;
		struct payment payment;
		struct query query;
		struct query_response query_response;
	};
};

/** deal_message_decode - read a message, with its keys as declared; spans in @m borrow from @in. BAD_MESSAGE for any other message. */
MUST_CHECK enum status deal_message_decode(struct deal_message *m, struct span in);

#endif
