/* channel - open payment channels, add funds, and see what was paid through them.
 *
 * channel open | add-funds | list | show | lanes | vouchers | export | import
 */
#include <stdio.h>
#include <string.h>

#include "base/multibase.h"
#include "buyer/open_channel.h"
#include "funds/channels.h"
#include "store/channel_lists.h"
#include "tool/channels.h"
#include "tool/verbs.h"

static const struct tool_option options[] = {
	{"dry-run", 'n', NULL, "change nothing, only say what would be done"},
	{"deal", 'd', "DEAL", "open: for this deal (its id, a prefix of it, or @ for the newest)"},
	{"amount", 0, "AMOUNT", "open: what the channel shall hold for the deal (default: its whole price)"},
	{"best", 'b', NULL, "vouchers: only the best of each lane"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"channel",
	"open [-nq] --deal DEAL [--amount AMOUNT]\n"
	"       channel add-funds [-nq] CHANNEL AMOUNT\n"
	"       channel list\n"
	"       channel show CHANNEL\n"
	"       channel lanes CHANNEL\n"
	"       channel vouchers [-b] CHANNEL\n"
	"       channel export CHANNEL\n"
	"       channel import [-q] CHANNEL",
	"Open payment channels, put money into them, and see what was paid through them.\n"
	"CHANNEL is an address, the beginning of one known here, or a deal: its id, or @ for the newest.",
	options,
};

/** struct view - a channel as the store and the ledger see it. */
struct view {
	struct channel known;
	struct paych head;
	bool in_store, on_ledger;
	struct amount available; /* what new vouchers can still promise */
	int64_t epoch;
};

static enum status look(struct tool *t, struct view *v, const struct address *a)
{
	struct party *p = &t->party;
	struct kv_txn *txn;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	*v = (struct view){.known = {.address = *a}};
	if (s != STATUS_OK)
		return s;
	s = store_get_channel(txn, &v->known, a);
	kv_abort(&txn);
	v->in_store = s == STATUS_OK;
	if (s == STATUS_OK || s == STATUS_NOT_FOUND)
		s = ledger_epoch(p->ledger, &v->epoch);
	if (s == STATUS_OK) {
		s = ledger_channel(p->ledger, &v->head, a);
		v->on_ledger = s == STATUS_OK;
		if (s == STATUS_NOT_FOUND)
			s = STATUS_OK;
	}
	paych_release(&v->head);
	if (s == STATUS_OK && v->on_ledger) {
		const struct amount *promised = &v->head.to_send;

		if (v->in_store && amount_cmp(&v->known.committed, promised) > 0)
			promised = &v->known.committed;
		if (!amount_sub(&v->available, &v->head.balance, promised))
			s = STATUS_BAD_AMOUNT;
	}
	return s;
}

static const char *state_text(char *text, size_t size, const struct view *v)
{
	char left[64];

	if (!v->on_ledger)
		return v->known.collected ? "collected" : "not on the ledger";
	if (v->head.settling_at == 0)
		return "open";
	if (v->epoch >= v->head.settling_at)
		return "settled: it can be collected";
	snprintf(text, size, "settling until epoch %lld, in %s", (long long)v->head.settling_at,
		tool_epochs_text(left, v->head.settling_at - v->epoch));
	return text;
}

static json_t *view_json(struct tool *t, const struct view *v)
{
	const struct address *from = v->on_ledger ? &v->head.from : &v->known.from;
	const struct address *to = v->on_ledger ? &v->head.to : &v->known.to;
	char address[ADDRESS_TEXT_MAX], payer[ADDRESS_TEXT_MAX], payee[ADDRESS_TEXT_MAX], state[128];
	json_t *o =
		json_pack("{s:s, s:s, s:s, s:s}", "channel", address_text(address, &v->known.address, t->party.network),
			"from", address_text(payer, from, t->party.network), "to",
			address_text(payee, to, t->party.network), "state", state_text(state, sizeof(state), v));

	if (v->in_store) {
		json_object_set_new(o, "outbound", json_boolean(v->known.outbound));
		json_object_set_new(o, "vouchers", tool_json_amount(&v->known.committed));
	}
	if (v->on_ledger) {
		json_object_set_new(o, "balance", tool_json_amount(&v->head.balance));
		json_object_set_new(o, "submitted", tool_json_amount(&v->head.to_send));
		json_object_set_new(o, "available", tool_json_amount(&v->available));
		json_object_set_new(o, "settling_at", json_integer(v->head.settling_at));
	}
	return o;
}

static enum status run_open(struct tool *t)
{
	struct amount amount = tool_amount(t, "amount", NULL, amount_zero());
	const struct amount *given = tool_flag(t, "amount") ? &amount : NULL;
	struct party *p = &t->party;
	char channel[ADDRESS_TEXT_MAX];
	struct client_deal d;
	struct deal_name name;
	enum status s;

	if (!tool_flag(t, "deal"))
		tool_fail(
			t, STATUS_USAGE, "which deal is the channel for? Give --deal DEAL, or --deal @ for the newest");
	tool_open_party(t, NEED_STORE | NEED_LEDGER | NEED_KEY);
	s = party_find(p, &name, tool_value(t, "deal"), SIDES_CLIENT);
	if (s == STATUS_OK)
		s = t->dry_run ? buyer_plan_channel(p, name.id, given) : buyer_open_channel(p, name.id, given, NULL);
	if (s == STATUS_OK)
		s = party_get_client(p, &d, name.id);
	if (s == STATUS_OK && d.has_lane)
		tool_report_json(t, json_pack("{s:o, s:s, s:o, s:o}", "deal", tool_json_id(d.id), "channel",
					    address_text(channel, &d.channel, p->network), "lane", tool_json_id(d.lane),
					    "amount", tool_json_amount(&d.total_funds)));
	return s;
}

static enum status plan_funds(struct tool *t, const struct address *channel, const struct amount *amount)
{
	char text[ADDRESS_TEXT_MAX], digits[AMOUNT_TEXT_MAX], lack[AMOUNT_TEXT_MAX];
	struct party *p = &t->party;
	struct amount balance, left;
	struct address us;
	struct view v;
	enum status s = look(t, &v, channel);

	address_text(text, channel, p->network);
	if (s == STATUS_OK && !v.on_ledger)
		return party_fail(p, STATUS_NOT_FOUND, "the ledger has no channel %s", text);
	if (s == STATUS_OK)
		s = party_address(p, &us);
	if (s == STATUS_OK)
		s = ledger_balance(p->ledger, &balance, &us);
	if (s == STATUS_OK && !amount_sub(&left, amount, &balance))
		s = STATUS_BAD_AMOUNT;
	if (s != STATUS_OK)
		return s;
	if (amount_cmp(amount, &balance) > 0)
		return party_fail(p, STATUS_NO_FUNDS, "not enough in our account: available %s afil, short %s afil",
			amount_decimal(digits, &balance), amount_decimal(lack, &left));
	party_done(p, "would add %s afil to channel %s", amount_decimal(digits, amount), text);
	return STATUS_OK;
}

/* INVARIANT 27: the person is told before the funding counts as reported, so that a killed run is finished, not repeated. */
static enum status run_add_funds(struct tool *t)
{
	struct party *p = tool_open_party(t, NEED_STORE | NEED_LEDGER | NEED_KEY);
	struct address channel = tool_find_channel(t, t->arguments[0]);
	struct amount amount = tool_parse_amount(t, t->arguments[1]);
	struct view v;
	enum status s;

	if (amount_is_zero(&amount))
		tool_fail(t, STATUS_USAGE, "0 adds nothing");
	if (t->dry_run)
		return plan_funds(t, &channel, &amount);
	s = buyer_add_funds(p, &channel, &amount);
	if (s == STATUS_OK)
		s = look(t, &v, &channel);
	if (s != STATUS_OK)
		return s;
	tool_report_json(t, view_json(t, &v));
	if (tool_flush() != STATUS_OK)
		return STATUS_IO;
	if (!t->quiet && !t->json)
		tool_say(t, "%s", p->done);
	p->done[0] = '\0';
	return buyer_funds_reported(p, &channel, &amount);
}

static void print_line(struct tool *t, const struct view *v)
{
	char address[ADDRESS_TEXT_MAX], peer[ADDRESS_TEXT_MAX], state[128];
	char balance[AMOUNT_TEXT_MAX + 8], available[AMOUNT_TEXT_MAX + 8];

	address_text(address, &v->known.address, t->party.network);
	address_text(peer, v->known.outbound ? &v->known.to : &v->known.from, t->party.network);
	tool_report(t, view_json(t, v), "%s %s %s: balance %s, available %s, %s\n", address,
		v->known.outbound ? "to" : "from", peer, tool_amount_text(balance, &v->head.balance),
		tool_amount_text(available, &v->available), state_text(state, sizeof(state), v));
}

static enum status run_list(struct tool *t)
{
	CLEAN_CHANNELS struct channel_list list = {0};
	struct view v;
	enum status s;

	tool_open_party(t, NEED_READ_STORE | NEED_LEDGER);
	s = store_list_channels(t->party.store, &list);
	for (size_t i = 0; s == STATUS_OK && i < list.count; i++) {
		s = look(t, &v, &list.at[i].address);
		if (s == STATUS_OK)
			print_line(t, &v);
	}
	return s;
}

static enum status print_lane(struct tool *t, const struct address *channel, const struct lane_record *l)
{
	char amount[AMOUNT_TEXT_MAX + 8], redeemed[AMOUNT_TEXT_MAX + 8], ledger[AMOUNT_TEXT_MAX + 64];
	struct paych_lane there = {0};
	enum status s = ledger_lane(t->party.ledger, &there, channel, l->lane);

	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	if (s == STATUS_OK)
		snprintf(ledger, sizeof(ledger), "on the ledger nonce %llu, %s", (unsigned long long)there.nonce,
			tool_amount_text(redeemed, &there.redeemed));
	else
		snprintf(ledger, sizeof(ledger), "not on the ledger");
	tool_report(t,
		json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "lane", tool_json_id(l->lane), "deal",
			tool_json_id(l->deal), "nonce", tool_json_id(l->nonce), "amount", tool_json_amount(&l->amount),
			"ledger_nonce", tool_json_id(there.nonce), "ledger_amount", tool_json_amount(&there.redeemed)),
		"lane %llu deal %llu: nonce %llu, %s; %s\n", (unsigned long long)l->lane, (unsigned long long)l->deal,
		(unsigned long long)l->nonce, tool_amount_text(amount, &l->amount), ledger);
	return STATUS_OK;
}

static enum status print_lanes(struct tool *t, const struct address *channel)
{
	CLEAN_LANES struct lane_list list = {0};
	enum status s = store_list_lanes(t->party.store, &list, channel);

	for (size_t i = 0; s == STATUS_OK && i < list.count; i++)
		s = print_lane(t, channel, &list.at[i]);
	return s;
}

/* The channel that is meant, which the store or the ledger must have. */
static enum status find(struct tool *t, struct view *v)
{
	struct address channel;
	char text[ADDRESS_TEXT_MAX];
	enum status s;

	tool_open_party(t, NEED_READ_STORE | NEED_LEDGER);
	channel = tool_find_channel(t, t->arguments[0]);
	s = look(t, v, &channel);
	if (s == STATUS_OK && !v->in_store && !v->on_ledger)
		s = party_fail(&t->party, STATUS_NOT_FOUND, "neither the store nor the ledger has channel %s",
			address_text(text, &channel, t->party.network));
	return s;
}

static enum status run_show(struct tool *t)
{
	char address[ADDRESS_TEXT_MAX], payer[ADDRESS_TEXT_MAX], payee[ADDRESS_TEXT_MAX], state[128];
	char balance[AMOUNT_TEXT_MAX + 8], submitted[AMOUNT_TEXT_MAX + 8], vouchers[AMOUNT_TEXT_MAX + 8];
	char available[AMOUNT_TEXT_MAX + 8];
	struct view v;
	enum status s = find(t, &v);

	if (s != STATUS_OK)
		return s;
	address_text(payer, v.on_ledger ? &v.head.from : &v.known.from, t->party.network);
	address_text(payee, v.on_ledger ? &v.head.to : &v.known.to, t->party.network);
	tool_report(t, view_json(t, &v),
		"channel    %s\n"
		"state      %s\n"
		"payer      %s%s\n"
		"payee      %s%s\n"
		"balance    %s\n"
		"vouchers   %s\n"
		"submitted  %s\n"
		"available  %s\n",
		address_text(address, &v.known.address, t->party.network), state_text(state, sizeof(state), &v), payer,
		v.in_store && v.known.outbound ? " (us)" : "", payee, v.in_store && !v.known.outbound ? " (us)" : "",
		tool_amount_text(balance, &v.head.balance), tool_amount_text(vouchers, &v.known.committed),
		tool_amount_text(submitted, &v.head.to_send), tool_amount_text(available, &v.available));
	return print_lanes(t, &v.known.address);
}

static enum status run_lanes(struct tool *t)
{
	struct view v;
	enum status s = find(t, &v);

	return s == STATUS_OK ? print_lanes(t, &v.known.address) : s;
}

static enum status print_voucher(struct tool *t, const struct kept_voucher *k, bool bare)
{
	char amount[AMOUNT_TEXT_MAX + 8];
	struct bytes text = {0};
	struct voucher v;
	enum status s = voucher_decode(&v, k->bytes) == STATUS_OK ? STATUS_OK : STATUS_CORRUPT;

	base_encode(&text, BASE64URL, k->bytes);
	if (s == STATUS_OK)
		s = bytes_status(&text);
	if (s == STATUS_OK) {
		json_t *o = json_pack("{s:o, s:o, s:o, s:s}", "lane", tool_json_id(k->lane), "nonce",
			tool_json_id(k->nonce), "amount", tool_json_amount(&v.amount), "voucher", bytes_text(&text));

		if (bare)
			tool_report(t, o, "%s\n", bytes_text(&text));
		else
			tool_report(t, o, "lane %llu nonce %llu %s %s\n", (unsigned long long)k->lane,
				(unsigned long long)k->nonce, tool_amount_text(amount, &v.amount), bytes_text(&text));
	}
	bytes_release(&text);
	return s;
}

/* In order of lane and nonce: the best of a lane is the last before the next lane begins. */
static enum status print_vouchers(struct tool *t, bool best, bool bare)
{
	CLEAN_VOUCHERS struct voucher_list list = {0};
	struct view v;
	enum status s = find(t, &v);

	if (s != STATUS_OK)
		return s;
	s = store_list_vouchers(t->party.store, &list, &v.known.address);
	for (size_t i = 0; s == STATUS_OK && i < list.count; i++) {
		bool last_of_lane = i + 1 == list.count || list.at[i + 1].lane != list.at[i].lane;

		if (last_of_lane || !best)
			s = print_voucher(t, &list.at[i], bare);
	}
	return s;
}

static enum status run_vouchers(struct tool *t)
{
	return print_vouchers(t, tool_flag(t, "best"), false);
}

static enum status run_export(struct tool *t)
{
	return print_vouchers(t, true, true);
}

static enum status run_import(struct tool *t)
{
	struct address channel = tool_parse_address(t, t->arguments[0]);
	struct party *p = tool_open_party(t, NEED_NEW_STORE | NEED_LEDGER | NEED_KEY);
	char text[ADDRESS_TEXT_MAX], balance[AMOUNT_TEXT_MAX + 8];
	struct view v;
	enum status s = buyer_import_channel(p, &channel);

	if (s == STATUS_OK)
		s = look(t, &v, &channel);
	if (s != STATUS_OK)
		return s;
	tool_report_json(t, view_json(t, &v));
	party_done(p, "channel %s: we are its %s, it holds %s", address_text(text, &channel, p->network),
		v.known.outbound ? "payer" : "payee", tool_amount_text(balance, &v.head.balance));
	return STATUS_OK;
}

static const struct tool_verb verbs[] = {
	{"open", run_open, 0, 0, "--deal DEAL [--amount AMOUNT]", "dry-run deal amount "},
	{"add-funds", run_add_funds, 2, 2, "CHANNEL AMOUNT", "dry-run "},
	{"list", run_list, 0, 0, "", ""},
	{"show", run_show, 1, 1, "CHANNEL", ""},
	{"lanes", run_lanes, 1, 1, "CHANNEL", ""},
	{"vouchers", run_vouchers, 1, 1, "[-b] CHANNEL", "best "},
	{"export", run_export, 1, 1, "CHANNEL", ""},
	{"import", run_import, 1, 1, "CHANNEL", ""},
	{NULL, NULL, 0, 0, NULL, NULL},
};

int main(int argc, char **argv)
{
	struct tool t;

	tool_begin(&t, &spec, argc, argv);
	return tool_end(&t, tool_run_verb(&t, verbs));
}
