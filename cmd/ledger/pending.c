/* pending.c - ledger pending: the messages that wait for their epoch. */
#include <inttypes.h>

#include "ledger.h"

/* The message in a word, as the log calls it once it is executed. */
static const char *name_message(const struct message *m)
{
	if (message_creates(m))
		return "create";
	if (address_is_none(&m->to) || address_protocol(&m->to) != ADDRESS_ACTOR)
		return "send";
	switch (m->method) {
	case METHOD_SEND:
		return "add-funds";
	case METHOD_PAYCH_UPDATE:
		return "update";
	case METHOD_PAYCH_SETTLE:
		return "settle";
	case METHOD_PAYCH_COLLECT:
		return "collect";
	}
	return "send";
}

static enum status print_pending(void *ctx, const struct embedded_pending *pending)
{
	char from[ADDRESS_TEXT_MAX], to[ADDRESS_TEXT_MAX], value[TOOL_AMOUNT_MAX], cid[CID_TEXT_MAX];
	const struct message *m = &pending->message.message;
	struct tool *t = ctx;
	bool free = amount_is_zero(&m->value);

	address_text(from, &m->from, t->party.network);
	address_text(to, &m->to, t->party.network);
	tool_report(t,
		json_pack("{s:I, s:s, s:s, s:s, s:o, s:o, s:s}", "due", (json_int_t)pending->due, "what",
			name_message(m), "from", from, "to", to, "nonce", tool_json_id(m->nonce), "value",
			tool_json_amount(&m->value), "message", cid_text(cid, &pending->signed_cid)),
		"epoch %" PRId64 " %s from %s to %s nonce %" PRIu64 "%s%s\n", pending->due, name_message(m), from, to,
		m->nonce, free ? "" : " ", free ? "" : tool_amount_text(value, &m->value));
	return STATUS_OK;
}

enum status ledger_pending(struct tool *t)
{
	struct embedded *books = ledger_open_books(t);

	return embedded_each_pending(books, print_pending, t);
}
