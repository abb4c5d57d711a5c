/* fund.c - channel open and add-funds. */
#include "channel.h"
#include "funds/add_funds.h"
#include "opening/open_channel.h"
#include "show/show_channel.h"
#include "tool/channels.h"

#define WAIT_MINUTES 15

enum status channel_open(struct tool *t)
{
	struct amount amount = tool_amount(t, "amount", NULL, amount_zero());
	const struct amount *given = tool_flag(t, "amount") ? &amount : NULL;
	struct party *p = &t->party;
	char channel[ADDRESS_TEXT_MAX];
	struct client_deal d;
	struct deal_name name;
	enum status s;

	if (!tool_flag(t, "deal"))
		tool_fail(t, STATUS_USAGE, "--deal DEAL is needed, or --deal @ for the newest deal");
	tool_open_party(t, NEED_STORE | NEED_LEDGER | NEED_KEY);
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
