/* fund.c - channel open and add-funds. */
#include "channel.h"
#include "funds/add_funds.h"
#include "opening/open_channel.h"
#include "opening/open_to.h"
#include "show/show_channel.h"
#include "tool/channels.h"

#define WAIT_MINUTES 15

/* A payee whose address has no form here, or no way to redeem a voucher, is refused with the reason. */
static struct address read_payee(struct tool *t)
{
	const char *text = tool_value(t, "to");

	if ((*text == 'f' || *text == 't') && text[1] == '4')
		tool_fail(t, STATUS_UNSUPPORTED,
			"'%.100s' can't be paid through a channel: an address of kind f4 can neither submit nor sign "
			"vouchers, "
			"and the money would be out of reach of the payee",
			text);
	return tool_parse_address(t, text);
}

/* A channel for payments without a deal. */
static enum status open_to_payee(struct tool *t, const struct amount *amount)
{
	struct party *p = tool_open_party(t, NEED_NEW_STORE | NEED_LEDGER | NEED_KEY);
	struct address channel, payee = read_payee(t);
	struct channel_view v;
	enum status s;

	tool_set_wait(t, WAIT_MINUTES);
	if (t->dry_run)
		return open_to_plan(p, &payee, amount);
	s = open_to(p, &channel, &payee, amount);
	if (s != STATUS_OK)
		return s;
	s = channel_view_load(p, &v, &channel);
	if (s == STATUS_OK)
		tool_report_json(t, show_channel(&v, p->network));
	return s;
}

static enum status open_for_deal(struct tool *t, const struct amount *given)
{
	struct party *p = tool_open_party(t, NEED_STORE | NEED_LEDGER | NEED_KEY);
	char channel[ADDRESS_TEXT_MAX];
	struct client_deal d;
	struct deal_name name;
	enum status s;

	tool_set_wait(t, WAIT_MINUTES);
	s = party_find(p, &name, tool_value(t, "deal"), SIDES_CLIENT);
	if (s != STATUS_OK)
		return s;
	s = t->dry_run ? buyer_plan_channel(p, name.id, given) : buyer_open_channel(p, name.id, given, NULL);
	if (s != STATUS_OK)
		return s;
	s = party_get_client(p, &d, name.id);
	if (s == STATUS_OK && d.has_lane)
		tool_report_json(t, json_pack("{s:o, s:s, s:o, s:o}", "deal", tool_json_id(d.id), "channel",
					    address_text(channel, &d.channel, p->network), "lane", tool_json_id(d.lane),
					    "amount", tool_json_amount(&d.total_funds)));
	return s;
}

enum status channel_open(struct tool *t)
{
	struct amount amount = tool_amount(t, "amount", NULL, amount_zero());
	bool given = tool_flag(t, "amount"), to = tool_flag(t, "to");

	if (to && tool_flag(t, "deal"))
		tool_fail(t, STATUS_USAGE, "give --deal or --to, not both");
	if (to && (!given || amount_is_zero(&amount)))
		tool_fail(t, STATUS_USAGE, "--to needs --amount AMOUNT, above 0");
	if (!to && !tool_flag(t, "deal"))
		tool_fail(t, STATUS_USAGE,
			"--deal DEAL is needed, or --deal @ for the newest deal; or --to ADDRESS without a deal");
	return to ? open_to_payee(t, &amount) : open_for_deal(t, given ? &amount : NULL);
}

/* INVARIANT 27: the report is written before the order counts as done; the same order again, killed or not, moves no money. */
enum status channel_add_funds(struct tool *t)
{
	struct party *p = tool_open_party(t, NEED_STORE | NEED_LEDGER | NEED_KEY);
	struct address channel = tool_find_channel(t, t->arguments[0]);
	struct amount amount = tool_parse_amount(t, t->arguments[1]);
	struct channel_view v;
	enum status s;

	tool_set_wait(t, WAIT_MINUTES);
	if (amount_is_zero(&amount))
		tool_fail(t, STATUS_USAGE, "an amount of 0 adds nothing");
	if (t->dry_run)
		return buyer_plan_funds(p, &channel, &amount);
	s = tool_flag(t, "again") ? buyer_forget_funds(p, &channel, &amount) : STATUS_OK;
	if (s != STATUS_OK)
		return s;
	s = buyer_add_funds(p, &channel, &amount);
	if (s != STATUS_OK)
		return s;
	s = channel_view_load(p, &v, &channel);
	if (s != STATUS_OK)
		return s;
	tool_report_json(t, show_channel(&v, p->network));
	if (tool_flush() != STATUS_OK)
		return STATUS_IO;
	if (!t->quiet && !t->json)
		tool_say(t, "%s", p->done);
	p->done[0] = '\0';
	return buyer_funds_reported(p, &channel, &amount);
}
