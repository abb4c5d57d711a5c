/* events.c - deals events and receipt: the events of deals, with their times. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "deals.h"
#include "party/deal_list.h"
#include "show/deal_view.h"
#include "show/show.h"
#include "tool/follow.h"

/* "2023-11-14T22:13:20Z" into @text of 32 bytes. */
static const char *utc(char *text, int64_t seconds)
{
	time_t when = (time_t)seconds;
	struct tm parts;

	if (gmtime_r(&when, &parts) == NULL || strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		snprintf(text, 32, "%" PRId64, seconds);
	return text;
}

static const char *event_name(const struct event *e)
{
	if (e->side == SIDE_CLIENT)
		return e->event < CLIENT_EVENT_COUNT ? client_event_name((enum client_event)e->event)
						     : "ClientEventUnknown";
	return e->event < PROVIDER_EVENT_COUNT ? provider_event_name((enum provider_event)e->event)
					       : "ProviderEventUnknown";
}

/* END once there is no reader, or a signal has come. */
static enum status print_event(void *ctx, const struct deal_event *happened)
{
	char when[32], funds[AMOUNT_TEXT_MAX];
	const struct event *e = &happened->event;
	const char *side = deal_side_name(e->side == SIDE_CLIENT ? SIDE_CLIENT : SIDE_PROVIDER);
	unsigned state = e->state < DEAL_STATE_COUNT ? (unsigned)e->state : DEAL_STATE_COUNT;

	utc(when, e->time);
	amount_decimal(funds, &e->funds);
	tool_report(ctx,
		json_pack("{s:o, s:s, s:s, s:o, s:s, s:s, s:o, s:o, s:s, s:s}", "sequence", show_bytes(e->sequence),
			"time", when, "side", side, "deal", tool_json_id(e->deal), "event", event_name(e), "state",
			deal_state_name(state), "bytes", show_bytes(e->bytes), "interval", show_bytes(e->interval),
			"funds", funds, "message", happened->message),
		"%" PRIu64 "  %s  %s  %" PRIu64 "  %s  %s  %" PRIu64 "  %safil%s%s\n", e->sequence, when, side, e->deal,
		event_name(e), deal_short_state(state), e->bytes, funds, happened->message[0] != '\0' ? "  " : "",
		happened->message);
	return ferror(stdout) || tool_follow_stopped() ? STATUS_END : STATUS_OK;
}

enum status deals_events(struct tool *t)
{
	struct party *p = tool_open_party(t, NEED_READ_STORE);
	uint64_t from = tool_number(t, "from", 1);
	bool follow = tool_flag(t, "follow"), one = t->argument_count > 0;
	struct deal_name name;
	enum status s = one ? party_find(p, &name, t->arguments[0], SIDES_BOTH) : STATUS_OK;

	if (s != STATUS_OK)
		return s;
	if (follow)
		tool_follow_begin();
	do {
		s = party_each_event(p, &from, one ? &name : NULL, print_event, t);
		if (s == STATUS_END) /* tool_end() reports output that could not be written */
			return STATUS_OK;
		if (s == STATUS_OK && follow)
			s = tool_follow_wait(t);
	} while (s == STATUS_OK && follow && !tool_follow_stopped());
	return s;
}

/** struct times - of a deal's first and last event. */
struct times {
	int64_t first, last; /* unix seconds */
	bool any;
};

static enum status note_time(void *ctx, const struct deal_event *happened)
{
	struct times *times = ctx;

	if (!times->any)
		times->first = happened->event.time;
	times->last = happened->event.time;
	times->any = true;
	return STATUS_OK;
}

enum status deals_receipt(struct tool *t)
{
	struct party *p = tool_open_party(t, NEED_READ_STORE);
	const struct deal_params *terms;
	char began[32], ended[32];
	struct times times = {0};
	struct deal_name name;
	struct deal_view v;
	uint64_t from = 1;
	enum status s = party_find(p, &name, t->arguments[0], SIDES_BOTH);

	if (s != STATUS_OK)
		return s;
	s = deal_view_load(t, &v, &name);
	if (s != STATUS_OK)
		return s;
	s = party_each_event(p, &from, &name, note_time, &times);
	if (s != STATUS_OK)
		return s;
	terms = deal_view_params(&v);
	show_print(t, json_pack("{s:o, s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s}", "deal",
			      tool_json_id(name.id), "we", v.side == SIDE_CLIENT ? "bought" : "sold", "payload",
			      show_cid(deal_view_payload(&v)), "state", deal_state_name(deal_view_state(&v)), "bytes",
			      show_bytes(deal_view_bytes(&v)), "size", show_bytes(v.size), "price_per_byte",
			      tool_json_amount(&terms->price_per_byte), "unseal_price",
			      tool_json_amount(&terms->unseal_price), "paid", tool_json_amount(deal_view_funds(&v)),
			      "channel", show_address(deal_view_channel(&v)), "lane",
			      address_is_none(deal_view_channel(&v)) ? json_null()
			      : v.side == SIDE_CLIENT                ? tool_json_id(v.client.lane)
								     : tool_json_id(v.provider.lane),
			      "voucher_nonce", v.nonce != 0 ? tool_json_id(v.nonce) : json_null(), "began",
			      utc(began, times.first), "last_event", utc(ended, times.last)));
	return STATUS_OK;
}
