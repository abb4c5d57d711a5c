/* gas.c - ledger gas-price: what a unit of gas costs. */
#include "ledger.h"

static enum status show_price(struct tool *t, const struct amount *price)
{
	char digits[TOOL_AMOUNT_MAX];
	bool free = amount_is_zero(price);

	tool_report(t, json_pack("{s:o}", "gas_price", tool_json_amount(price)), "%s\n",
		free ? "gas is free" : tool_amount_text(digits, price));
	return STATUS_OK;
}

enum status ledger_gas_price(struct tool *t)
{
	struct embedded *books = ledger_open_books(t);
	char was[TOOL_AMOUNT_MAX], is[TOOL_AMOUNT_MAX];
	struct embedded_options about;
	struct amount price;
	enum status s = embedded_about(books, &about);

	if (s != STATUS_OK)
		return s;
	if (t->argument_count == 0)
		return show_price(t, &about.gas_price);
	price = tool_parse_amount(t, t->arguments[0]);
	if (amount_is_zero(&about.gas_price))
		return party_fail(&t->party, STATUS_BAD_STATE,
			"gas is free on this ledger, for ever: ledger init --gas-price makes one where it is not");
	if (amount_is_zero(&price))
		return party_fail(&t->party, STATUS_BAD_NUMBER, "gas that has a price does not become free");
	s = t->dry_run ? STATUS_OK : embedded_set_gas_price(books, &price);
	if (s != STATUS_OK)
		return s;
	tool_report_json(t, json_pack("{s:o, s:o}", "gas_price", tool_json_amount(&price), "before",
				    tool_json_amount(&about.gas_price)));
	party_done(&t->party, "%s the price of gas from %s to %s", t->dry_run ? "would change" : "changed",
		tool_amount_text(was, &about.gas_price), tool_amount_text(is, &price));
	return STATUS_OK;
}
