/* events.c - deals events: the events of deals, with their times. */
#include <inttypes.h>
#include <stdio.h>

#include "deals.h"
#include "party/deal_list.h"
#include "show/deal_view.h"
#include "show/show.h"
#include "tool/follow.h"

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
	char when[SHOW_TIME_MAX], funds[AMOUNT_TEXT_MAX];
	const struct event *e = &happened->event;
	const char *side = deal_side_name(e->side == SIDE_CLIENT ? SIDE_CLIENT : SIDE_PROVIDER);
	unsigned state = e->state < DEAL_STATE_COUNT ? (unsigned)e->state : DEAL_STATE_COUNT;

	show_time(when, e->time);
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
