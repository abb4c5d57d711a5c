/* show_channel.c - a channel: its state in words, and all of it as JSON. */
#include "show/show_channel.h"

#include <inttypes.h>
#include <stdio.h>

/* The payee loses vouchers that are not submitted while the channel settles. */
static bool is_at_risk(const struct channel_view *v)
{
	return v->in_store && !v->known.outbound && v->head.settling_at != 0 && !amount_is_zero(&v->unsubmitted);
}

const char *show_channel_state(char *text, const struct channel_view *v)
{
	char amount[TOOL_AMOUNT_MAX], left[TOOL_EPOCHS_MAX];

	tool_amount_text(amount, v->on_ledger ? &v->unsubmitted : &v->known.lost);
	if (v->creating)
		snprintf(text, CHANNEL_STATE_MAX, "being created with %s: not on the ledger yet",
			tool_amount_text(amount, &v->arriving));
	else if (!v->on_ledger && !v->known.collected)
		snprintf(text, CHANNEL_STATE_MAX, "not on the ledger");
	else if (!v->on_ledger && amount_is_zero(&v->known.lost))
		snprintf(text, CHANNEL_STATE_MAX, "collected");
	else if (!v->on_ledger)
		snprintf(text, CHANNEL_STATE_MAX, "collected, %s lost", amount);
	else if (v->head.settling_at == 0)
		snprintf(text, CHANNEL_STATE_MAX, "open");
	else if (channel_view_settled(v) && is_at_risk(v))
		snprintf(text, CHANNEL_STATE_MAX, "settled: it can be collected, but it is too late to submit %s",
			amount);
	else if (channel_view_settled(v))
		snprintf(text, CHANNEL_STATE_MAX, "settled: it can be collected");
	else
		snprintf(text, CHANNEL_STATE_MAX, "settling until epoch %" PRId64 ", in %s%s%s%s", v->head.settling_at,
			tool_epochs_text(left, v->head.settling_at - v->epoch), is_at_risk(v) ? ": submit " : "",
			is_at_risk(v) ? amount : "", is_at_risk(v) ? " before then (settle)" : "");
	return text;
}

const char *show_channel_in_flight(char *text, const struct channel_view *v)
{
	char amount[TOOL_AMOUNT_MAX];
	int n = 0;

	text[0] = '\0';
	if (v->in_flight != 0 && !v->creating && !amount_is_zero(&v->arriving))
		n = snprintf(text, CHANNEL_STATE_MAX, ", %s more on the way", tool_amount_text(amount, &v->arriving));
	else if (v->in_flight != 0 && !v->creating)
		n = snprintf(text, CHANNEL_STATE_MAX, ", %zu %s on the way", v->in_flight,
			v->in_flight == 1 ? "message" : "messages");
	if (!amount_is_zero(&v->queued))
		snprintf(text + n, CHANNEL_STATE_MAX - (size_t)n, ", %s queued", tool_amount_text(amount, &v->queued));
	return text;
}

void show_channel_parties(char *payer, char *payee, const struct channel_view *v, enum network network)
{
	address_text(payer, v->on_ledger ? &v->head.from : &v->known.from, network);
	address_text(payee, v->on_ledger ? &v->head.to : &v->known.to, network);
}

json_t *show_channel(const struct channel_view *v, enum network network)
{
	char address[ADDRESS_TEXT_MAX], payer[ADDRESS_TEXT_MAX], payee[ADDRESS_TEXT_MAX], state[CHANNEL_STATE_MAX];
	json_t *object;

	show_channel_parties(payer, payee, v, network);
	object = json_pack("{s:s, s:s, s:s, s:s}", "channel", address_text(address, &v->known.address, network), "from",
		payer, "to", payee, "state", show_channel_state(state, v));
	if (v->in_store) {
		json_object_set_new(object, "outbound", json_boolean(v->known.outbound));
		json_object_set_new(object, "vouchers", tool_json_amount(&v->known.committed));
		if (v->known.collected)
			json_object_set_new(object, "lost", tool_json_amount(&v->known.lost));
	}
	if (v->on_ledger) {
		json_object_set_new(object, "balance", tool_json_amount(&v->head.balance));
		json_object_set_new(object, "submitted", tool_json_amount(&v->head.to_send));
		json_object_set_new(object, "available", tool_json_amount(&v->available));
		json_object_set_new(object, "settling_at", json_integer(v->head.settling_at));
	}
	if (v->in_store && v->on_ledger) {
		json_object_set_new(object, "reserved", tool_json_amount(&v->known.reserved));
		json_object_set_new(object, "unsubmitted", tool_json_amount(&v->unsubmitted));
	}
	if (v->on_ledger)
		json_object_set_new(object, "returning", tool_json_amount(&v->returning));
	if (v->in_flight != 0)
		json_object_set_new(object, "in_flight", json_integer((json_int_t)v->in_flight));
	json_object_set_new(object, "arriving", tool_json_amount(&v->arriving));
	json_object_set_new(object, "queued", tool_json_amount(&v->queued));
	return object;
}
