/* money.c - ledger fund, balance, channels, place and check. */
#include <inttypes.h>
#include <stdio.h>

#include "ledger.h"
#include "rpc/node_place.h"

enum status ledger_fund(struct tool *t)
{
	struct embedded *books = ledger_open_books(t);
	char text[ADDRESS_TEXT_MAX], digits[TOOL_AMOUNT_MAX];
	struct amount value, balance = amount_zero();
	struct address who;
	enum status s = STATUS_OK;

	who = tool_parse_address(t, t->arguments[0]);
	value = tool_parse_amount(t, t->arguments[1]);
	address_text(text, &who, t->party.network);
	if (!t->dry_run)
		s = embedded_fund(books, &who, &value);
	if (s == STATUS_BAD_ADDRESS)
		return party_fail(&t->party, s, "%s is an actor: only accounts can be funded here", text);
	if (s == STATUS_OK)
		s = embedded_ops.balance(books, &balance, &who);
	if (s == STATUS_OK && t->dry_run && !amount_add(&balance, &balance, &value))
		s = STATUS_BAD_AMOUNT;
	if (s != STATUS_OK)
		return s;
	tool_report_json(t, json_pack("{s:s, s:o, s:o}", "address", text, "amount", tool_json_amount(&value), "balance",
				    tool_json_amount(&balance)));
	party_done(&t->party, "%s %s: it %s %s", t->dry_run ? "would fund" : "funded", text,
		t->dry_run ? "would have" : "has", tool_amount_text(digits, &balance));
	return STATUS_OK;
}

static enum status print_balance(void *ctx, const struct address *who, const struct amount *balance)
{
	char text[ADDRESS_TEXT_MAX], digits[TOOL_AMOUNT_MAX];
	struct tool *t = ctx;

	address_text(text, who, t->party.network);
	tool_report(t, json_pack("{s:s, s:o}", "address", text, "balance", tool_json_amount(balance)), "%s %s\n", text,
		tool_amount_text(digits, balance));
	return STATUS_OK;
}

/* An account or a channel, on a ledger of any kind. */
static enum status print_balance_of(struct tool *t, const struct address *who)
{
	CLEAN_PAYCH struct paych head = {0};
	struct amount balance = amount_zero();
	enum status s = ledger_channel(t->party.ledger, &head, who);

	if (s == STATUS_NOT_FOUND)
		s = ledger_balance(t->party.ledger, &balance, who);
	else if (s == STATUS_OK)
		balance = head.balance;
	return s == STATUS_OK ? print_balance(t, who, &balance) : s;
}

/* All addresses are checked before the first balance is printed. */
static enum status print_balances(struct tool *t)
{
	enum status s = STATUS_OK;

	tool_open_party(t, NEED_LEDGER);
	for (int i = 0; i < t->argument_count; i++)
		(void)tool_parse_address(t, t->arguments[i]);
	for (int i = 0; s == STATUS_OK && i < t->argument_count; i++) {
		struct address who = tool_parse_address(t, t->arguments[i]);

		s = print_balance_of(t, &who);
	}
	return s;
}

/* A node has no list of accounts: it is asked for the account of our key. */
static enum status print_own_balance(struct tool *t)
{
	struct party *p = tool_open_party(t, NEED_LEDGER | NEED_KEY);
	struct address us;
	enum status s = party_address(p, &us);

	return s == STATUS_OK ? print_balance_of(t, &us) : s;
}

enum status ledger_balance_of(struct tool *t)
{
	if (t->argument_count != 0)
		return print_balances(t);
	if (node_place_is(tool_ledger_path(t)))
		return print_own_balance(t);
	return embedded_accounts(ledger_open_books(t), print_balance, t);
}

static enum status print_channel(void *ctx, const struct address *channel, const struct paych *head)
{
	char text[ADDRESS_TEXT_MAX], from[ADDRESS_TEXT_MAX], to[ADDRESS_TEXT_MAX];
	char balance[TOOL_AMOUNT_MAX], owed[TOOL_AMOUNT_MAX], state[40] = "open";
	struct tool *t = ctx;

	address_text(text, channel, t->party.network);
	address_text(from, &head->from, t->party.network);
	address_text(to, &head->to, t->party.network);
	if (head->settling_at != 0)
		snprintf(state, sizeof(state), "settling until epoch %" PRId64, head->settling_at);
	tool_report(t,
		json_pack("{s:s, s:s, s:s, s:o, s:o, s:I}", "channel", text, "from", from, "to", to, "balance",
			tool_json_amount(&head->balance), "owed", tool_json_amount(&head->to_send), "settling_at",
			(json_int_t)head->settling_at),
		"%s from %s to %s: balance %s, owed %s, %s\n", text, from, to,
		tool_amount_text(balance, &head->balance), tool_amount_text(owed, &head->to_send), state);
	return STATUS_OK;
}

enum status ledger_channels(struct tool *t)
{
	struct embedded *books = ledger_open_books(t);
	return embedded_channels(books, print_channel, t);
}

enum status ledger_place(struct tool *t)
{
	struct embedded *books = ledger_open_books(t);
	char text[ADDRESS_TEXT_MAX], digits[TOOL_AMOUNT_MAX];
	struct address channel, from, to;
	struct amount value;
	enum status s = STATUS_OK;

	channel = tool_parse_address(t, t->arguments[0]);
	from = tool_parse_address(t, t->arguments[1]);
	to = tool_parse_address(t, t->arguments[2]);
	value = tool_parse_amount(t, t->arguments[3]);
	address_text(text, &channel, t->party.network);
	if (!t->dry_run)
		s = embedded_place(books, &channel, &from, &to, &value);
	if (s == STATUS_EXISTS)
		return party_fail(&t->party, s, "%s is on the ledger already", text);
	if (s != STATUS_OK)
		return s;
	tool_report_json(t, json_pack("{s:s, s:o}", "channel", text, "balance", tool_json_amount(&value)));
	party_done(&t->party, "%s channel %s with %s", t->dry_run ? "would place" : "placed", text,
		tool_amount_text(digits, &value));
	return STATUS_OK;
}

enum status ledger_check(struct tool *t)
{
	struct embedded *books = ledger_open_books(t);
	char in[TOOL_AMOUNT_MAX], there[TOOL_AMOUNT_MAX];
	struct amount funded = amount_zero(), present = amount_zero();
	enum status s;

	s = embedded_check(books, &funded, &present);
	tool_amount_text(in, &funded);
	tool_amount_text(there, &present);
	if (s == STATUS_CORRUPT && amount_cmp(&funded, &present) == 0)
		return party_fail(&t->party, s, "a record or a page of the ledger is damaged");
	if (s == STATUS_CORRUPT)
		return party_fail(
			&t->party, s, "the books do not balance: %s funded, %s in accounts and channels", in, there);
	if (s != STATUS_OK)
		return s;
	tool_report(t,
		json_pack("{s:b, s:o, s:o}", "balanced", 1, "funded", tool_json_amount(&funded), "held",
			tool_json_amount(&present)),
		"the books balance: %s funded, %s in accounts and channels\n", in, there);
	return STATUS_OK;
}
