/* messages.c - channel show: our messages that are on their way to a channel. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "channel.h"
#include "funds/funding.h"
#include "messages/in_flight.h"
#include "show/show.h"

#define HELP_MAX (ADDRESS_TEXT_MAX + AMOUNT_TEXT_MAX + 60)

/** struct printing - the channel whose messages are printed. */
struct printing {
	struct tool *t;
	const struct address *channel;
};

/* The state in a word for JSON, and in words. */
static const char *state_of(enum message_state state, const char **words)
{
	switch (state) {
	case MESSAGE_PENDING:
		*words = "waits";
		return "pending";
	case MESSAGE_UNKNOWN:
		*words = "is not on the ledger: it goes out again";
		return "unknown";
	case MESSAGE_TURNED_AWAY:
		*words = "was turned away, with too little gas: it goes out with more";
		return "turned-away";
	case MESSAGE_FINAL:
		*words = "is executed";
		return "final";
	case MESSAGE_REPLACED:
		*words = "has lost its nonce to another message";
		return "replaced";
	}
	return "";
}

/* The command that has ordered the money of a message: one of them, if the message has the money of several. */
static const char *ordered_by(char *text, struct tool *t, const struct funding *order)
{
	char digits[AMOUNT_TEXT_MAX], to[ADDRESS_TEXT_MAX], channel[ADDRESS_TEXT_MAX];
	uint64_t deal;

	amount_decimal(digits, &order->amount);
	address_text(to, &order->to, t->party.network);
	if (sscanf(order->name, "deal %" SCNu64, &deal) == 1)
		snprintf(text, HELP_MAX, "channel open --deal %" PRIu64, deal);
	else if (!order->need && !address_is_none(&order->channel) && strncmp(order->name, "add ", 4) == 0)
		snprintf(text, HELP_MAX, "channel add-funds %s %safil",
			address_text(channel, &order->channel, t->party.network), digits);
	else if (order->need)
		snprintf(text, HELP_MAX, "channel open --to %s --amount %safil", to, digits);
	else
		snprintf(text, HELP_MAX, "deals list");
	return text;
}

/* The command that helps: a higher fee for a message that waits for one; otherwise the command that sent the message. */
static const char *help(char *text, const struct message *m, enum message_state state, const char *channel)
{
	char digits[AMOUNT_TEXT_MAX];

	if (state == MESSAGE_PENDING && !amount_is_zero(&m->gas_fee_cap))
		snprintf(text, HELP_MAX, "settle --bump %s", channel);
	else if (message_creates(m))
		snprintf(text, HELP_MAX, "channel open --deal @");
	else if (m->method == METHOD_SEND)
		snprintf(text, HELP_MAX, "channel add-funds %s %safil", channel, amount_decimal(digits, &m->value));
	else
		snprintf(text, HELP_MAX, "settle %s", channel);
	return text;
}

static void print_message(struct tool *t, const struct message *m, const struct in_flight_facts *facts,
	const struct address *channel, const struct funding *order)
{
	char since[SHOW_TIME_MAX] = "an unknown time", address[ADDRESS_TEXT_MAX], command[HELP_MAX],
	     value[TOOL_AMOUNT_MAX], most[TOOL_AMOUNT_MAX];
	struct amount fee = amount_zero();
	const char *words = "", *state = state_of(facts->outcome.state, &words);
	bool free = !message_fee(&fee, m) || amount_is_zero(&fee), moves = !amount_is_zero(&m->value);

	address_text(address, channel, t->party.network);
	help(command, m, facts->outcome.state, address);
	if (order != NULL && strncmp(command, "settle --bump", 13) != 0)
		ordered_by(command, t, order);
	if (facts->since != 0)
		show_time(since, facts->since);
	tool_report(t,
		json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "message", message_name(m),
			"nonce", tool_json_id(m->nonce), "message_state", state, "value", tool_json_amount(&m->value),
			"fee", tool_json_amount(&fee), "fee_cap", tool_json_amount(&m->gas_fee_cap), "premium",
			tool_json_amount(&m->gas_premium), "gas_limit", tool_json_id((uint64_t)m->gas_limit), "tries",
			tool_json_id(facts->tries), "since", facts->since != 0 ? json_string(since) : json_null(),
			"help", command),
		"message    %s%s%s, nonce %" PRIu64 ", since %s, %" PRIu64 " %s%s%s: %s (%s)\n", message_name(m),
		moves ? " " : "", moves ? tool_amount_text(value, &m->value) : "", m->nonce, since, facts->tries,
		facts->tries == 1 ? "try" : "tries", free ? "" : ", fee up to ",
		free ? "" : tool_amount_text(most, &fee), words, command);
}

static enum status visit(void *ctx, const struct in_flight *m)
{
	struct printing *printing = ctx;
	struct party *p = &printing->t->party;
	struct in_flight_facts facts;
	struct address channel;
	struct funding order;
	enum status ordered, s = in_flight_channel(p, &channel, &m->message.message);

	if (s != STATUS_OK || !address_equal(&channel, printing->channel))
		return s;
	s = in_flight_get_facts(p, &facts, m);
	if (s != STATUS_OK)
		return s;
	ordered = funding_carried(p, &order, m->about);
	if (ordered != STATUS_OK && ordered != STATUS_NOT_FOUND)
		return ordered;
	print_message(printing->t, &m->message.message, &facts, &channel, ordered == STATUS_OK ? &order : NULL);
	return STATUS_OK;
}

enum status channel_print_messages(struct tool *t, const struct address *channel)
{
	struct printing printing = {t, channel};

	return in_flight_each(&t->party, visit, &printing);
}
