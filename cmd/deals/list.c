/* list.c - deals list and show. */
#include <inttypes.h>

#include "deals.h"
#include "funds/channel_view.h"
#include "party/deal_list.h"
#include "show/deal_view.h"
#include "show/show.h"

#define LIST_LIMIT 20

static enum status print_deal(void *ctx, const struct deal_name *name)
{
	char funds[AMOUNT_TEXT_MAX], cid[CID_TEXT_MAX];
	struct tool *t = ctx;
	const char *side = deal_side_name(name->side);
	struct deal_view v;
	enum status s = deal_view_load(t, &v, name);

	if (s != STATUS_OK)
		return s;
	amount_decimal(funds, deal_view_funds(&v));
	cid_text(cid, deal_view_payload(&v));
	tool_report(t,
		json_pack("{s:o, s:o, s:s, s:s, s:o, s:o, s:s, s:s}", "id", tool_json_id(name->id), "number",
			show_bytes(deal_view_number(&v)), "side", side, "state", deal_state_name(deal_view_state(&v)),
			"bytes", show_bytes(deal_view_bytes(&v)), "size", show_bytes(v.size), "funds", funds, "payload",
			cid),
		"%" PRIu64 "  %-8s  %-18s  %" PRIu64 "  %" PRIu64 "  %safil  %s\n", name->id, side,
		deal_short_state(deal_view_state(&v)), deal_view_bytes(&v), v.size, funds, cid);
	return STATUS_OK;
}

enum status deals_list(struct tool *t)
{
	uint64_t before = tool_number(t, "before", 0), limit = tool_number(t, "limit", LIST_LIMIT);

	if (tool_flag(t, "before") && before == 0)
		return STATUS_OK;
	tool_open_party(t, NEED_READ_STORE);
	return party_each_deal(&t->party, before, limit, print_deal, t);
}

/* The amount that the deal's channel earns, and the epoch by which its vouchers must be submitted, if the ledger can be read. */
static enum status add_channel(struct tool *t, json_t *object, const struct deal_view *v)
{
	const struct address *channel = deal_view_channel(v);
	struct channel_view view;
	enum status s;

	if (v->side != SIDE_PROVIDER || t->party.ledger == NULL || address_is_none(channel))
		return STATUS_OK;
	s = channel_view_load(&t->party, &view, channel);
	if (s != STATUS_OK || !view.on_ledger)
		return s;
	json_object_set_new(object, "not_submitted", tool_json_amount(&view.unsubmitted));
	json_object_set_new(object, "submit_before", json_integer(view.head.settling_at));
	return STATUS_OK;
}

enum status deals_show(struct tool *t)
{
	struct party *p = tool_open_party(t, NEED_READ_STORE | WANT_LEDGER);
	struct deal_name name;
	struct deal_next next;
	struct deal_view v;
	json_t *object;
	enum status s = party_find(p, &name, t->arguments[0], SIDES_BOTH);

	if (s != STATUS_OK)
		return s;
	s = deal_view_load(t, &v, &name);
	if (s != STATUS_OK)
		return s;
	s = deal_view_look(t, &v);
	if (s != STATUS_OK)
		return s;
	object = deal_view_json(&v);
	s = add_channel(t, object, &v);
	if (s != STATUS_OK) {
		json_decref(object);
		return s;
	}
	deal_view_next(&next, &v);
	json_object_set_new(object, "next_by", json_string(next.who));
	json_object_set_new(object, "next", json_string(next.command));
	show_print(t, object);
	return STATUS_OK;
}
