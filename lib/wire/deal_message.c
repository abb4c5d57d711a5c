/* deal_message.c - tells the messages of a deal apart: each decoder refuses the messages of the others. */
#include "wire/deal_message.h"

enum status deal_message_decode(struct deal_message *m, struct span in)
{
	if (proposal_decode(&m->proposal, in, RECORD_DECLARED) == STATUS_OK)
		m->kind = MESSAGE_PROPOSAL;
	else if (response_decode(&m->response, in, RECORD_DECLARED) == STATUS_OK)
		m->kind = MESSAGE_RESPONSE;
	else if (payment_decode(&m->payment, in, RECORD_DECLARED) == STATUS_OK)
		m->kind = MESSAGE_PAYMENT;
	else if (query_decode(&m->query, in) == STATUS_OK)
		m->kind = MESSAGE_QUERY;
	else if (query_response_decode(&m->query_response, in) == STATUS_OK)
		m->kind = MESSAGE_QUERY_RESPONSE;
	else
		return STATUS_BAD_MESSAGE;
	return STATUS_OK;
}
