/* show.c - channel list, show and lanes. */
#include <inttypes.h>
#include <stdio.h>

#include "base/array.h"
#include "channel.h"
#include "show/show_channel.h"
#include "tool/channels.h"

enum status channel_find(struct tool *t, struct channel_view *v)
{
	struct party *p = tool_open_party(t, NEED_READ_STORE | NEED_LEDGER);
	struct address channel = tool_find_channel(t, t->arguments[0]);
	char text[ADDRESS_TEXT_MAX];
	enum status s = channel_view_load(p, v, &channel);

	if (s == STATUS_OK && !v->in_store && !v->on_ledger && !v->creating)
		return party_fail(p, STATUS_NOT_FOUND, "neither the store nor the ledger has channel %s",
			address_text(text, &channel, p->network));
	return s;
}

static enum status print_channel(void *ctx, const struct address *channel)
{
	char address[ADDRESS_TEXT_MAX], payer[ADDRESS_TEXT_MAX], payee[ADDRESS_TEXT_MAX], state[CHANNEL_STATE_MAX];
	char balance[TOOL_AMOUNT_MAX], available[TOOL_AMOUNT_MAX], unsubmitted[TOOL_AMOUNT_MAX];
	char way[CHANNEL_STATE_MAX];
	struct tool *t = ctx;
	struct channel_view v;
	bool submitted;
	enum status s = channel_view_load(&t->party, &v, channel);

	if (s != STATUS_OK)
		return s;
	submitted = amount_is_zero(&v.unsubmitted);
	show_channel_parties(payer, payee, &v, t->party.network);
	tool_report(t, show_channel(&v, t->party.network), "%s %s %s: balance %s, available %s%s%s, %s%s\n",
		address_text(address, channel, t->party.network), v.known.outbound ? "to" : "from",
		v.known.outbound ? payee : payer, tool_amount_text(balance, &v.head.balance),
		tool_amount_text(available, &v.available), submitted ? "" : ", not submitted ",
		submitted ? "" : tool_amount_text(unsubmitted, &v.unsubmitted), show_channel_state(state, &v),
		show_channel_in_flight(way, &v));
	return STATUS_OK;
}

enum status channel_list_all(struct tool *t)
{
	struct party *p = tool_open_party(t, NEED_READ_STORE | NEED_LEDGER);
	enum status listed = channel_each(p, false, print_channel, t), s;

	if (listed != STATUS_OK && listed != STATUS_CORRUPT)
		return listed;
	s = channel_each_creating(p, print_channel, t);
	return s == STATUS_OK ? listed : s;
}

static enum status print_lane(void *ctx, const struct channel_lane *lane)
{
	char amount[TOOL_AMOUNT_MAX], redeemed[TOOL_AMOUNT_MAX], ledger[AMOUNT_TEXT_MAX + 64];
	const struct lane_record *l = &lane->known;
	struct tool *t = ctx;

	snprintf(ledger, sizeof(ledger), "not on the ledger");
	if (lane->on_ledger)
		snprintf(ledger, sizeof(ledger), "on the ledger nonce %" PRIu64 ", %s", lane->redeemed.nonce,
			tool_amount_text(redeemed, &lane->redeemed.redeemed));
	tool_report(t,
		json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "lane", tool_json_id(l->lane), "deal",
			tool_json_id(l->deal), "nonce", tool_json_id(l->nonce), "amount", tool_json_amount(&l->amount),
			"ledger_nonce", tool_json_id(lane->redeemed.nonce), "ledger_amount",
			tool_json_amount(&lane->redeemed.redeemed)),
		"lane %" PRIu64 " deal %" PRIu64 ": nonce %" PRIu64 ", %s; %s\n", l->lane, l->deal, l->nonce,
		tool_amount_text(amount, &l->amount), ledger);
	return STATUS_OK;
}

/* A voucher whose time has not come is on no lane. */
static enum status print_waiting(void *ctx, const struct voucher *v, struct span encoded)
{
	char amount[TOOL_AMOUNT_MAX];
	struct tool *t = ctx;

	(void)encoded;
	tool_report(t,
		json_pack("{s:o, s:o, s:o, s:I}", "lane", tool_json_id(v->lane), "nonce", tool_json_id(v->nonce),
			"amount", tool_json_amount(&v->amount), "waits_until", (json_int_t)v->time_lock_min),
		"lane %" PRIu64 " waits until epoch %" PRId64 ": nonce %" PRIu64 ", %s\n", v->lane, v->time_lock_min,
		v->nonce, tool_amount_text(amount, &v->amount));
	return STATUS_OK;
}

static enum status print_lanes(struct tool *t, const struct address *channel)
{
	enum status s = channel_each_lane(&t->party, channel, print_lane, t);

	return s == STATUS_OK ? channel_each_waiting(&t->party, channel, print_waiting, t) : s;
}

enum status channel_lanes(struct tool *t)
{
	struct channel_view v;
	enum status s = channel_find(t, &v);

	return s == STATUS_OK ? print_lanes(t, &v.known.address) : s;
}

/* Each amount of the channel, with the name that it has in JSON. */
static void print_amounts(const struct channel_view *v)
{
	const struct {
		const char *name;
		const struct amount *amount;
	} lines[] = {
		{"balance", &v->head.balance},
		{"vouchers", &v->known.committed},
		{"submitted", &v->head.to_send},
		{"reserved", &v->known.reserved},
		{"available", &v->available},
		{"unsubmitted", &v->unsubmitted},
		{"returning", &v->returning},
		{"arriving", &v->arriving},
		{"queued", &v->queued},
	};
	char text[TOOL_AMOUNT_MAX];

	for (size_t i = 0; i < COUNT(lines); i++)
		printf("%-10s %s\n", lines[i].name, tool_amount_text(text, lines[i].amount));
}

enum status channel_show(struct tool *t)
{
	char address[ADDRESS_TEXT_MAX], payer[ADDRESS_TEXT_MAX], payee[ADDRESS_TEXT_MAX], state[CHANNEL_STATE_MAX];
	char way[CHANNEL_STATE_MAX];
	struct channel_view v;
	enum status s = channel_find(t, &v);

	if (s != STATUS_OK)
		return s;
	show_channel_parties(payer, payee, &v, t->party.network);
	tool_report(t, show_channel(&v, t->party.network),
		"channel    %s\n"
		"state      %s%s\n"
		"payer      %s%s\n"
		"payee      %s%s\n",
		address_text(address, &v.known.address, t->party.network), show_channel_state(state, &v),
		show_channel_in_flight(way, &v), payer, v.in_store && v.known.outbound ? " (us)" : "", payee,
		v.in_store && !v.known.outbound ? " (us)" : "");
	if (!t->json)
		print_amounts(&v);
	s = channel_print_messages(t, &v.known.address);
	return s == STATUS_OK ? print_lanes(t, &v.known.address) : s;
}
