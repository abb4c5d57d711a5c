/* pending.c - ledger pending: the messages that wait for their epoch. */
#include <inttypes.h>
#include <stdio.h>

#include "ledger.h"

static enum status print_pending(void *ctx, const struct embedded_pending *pending)
{
	char from[ADDRESS_TEXT_MAX], to[ADDRESS_TEXT_MAX], value[TOOL_AMOUNT_MAX], cid[CID_TEXT_MAX];
	char digits[TOOL_AMOUNT_MAX], cap[TOOL_AMOUNT_MAX + 16] = "";
	const struct message *m = &pending->message.message;
	struct tool *t = ctx;
	bool free = amount_is_zero(&m->value);

	address_text(from, &m->from, t->party.network);
	address_text(to, &m->to, t->party.network);
	if (!amount_is_zero(&m->gas_fee_cap))
		snprintf(cap, sizeof(cap), ", fee cap %s", tool_amount_text(digits, &m->gas_fee_cap));
	tool_report(t,
		json_pack("{s:I, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s}", "due", (json_int_t)pending->due, "what",
			message_name(m), "from", from, "to", to, "nonce", tool_json_id(m->nonce), "value",
			tool_json_amount(&m->value), "fee_cap", tool_json_amount(&m->gas_fee_cap), "premium",
			tool_json_amount(&m->gas_premium), "message", cid_text(cid, &pending->signed_cid)),
		"epoch %" PRId64 " %s from %s to %s nonce %" PRIu64 "%s%s%s\n", pending->due, message_name(m), from, to,
		m->nonce, free ? "" : " ", free ? "" : tool_amount_text(value, &m->value), cap);
	return STATUS_OK;
}

enum status ledger_pending(struct tool *t)
{
	struct embedded *books = ledger_open_books(t);

	return embedded_each_pending(books, print_pending, t);
}
