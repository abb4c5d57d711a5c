/* deals - list deals, see where one stands and who must act, follow what happens, cancel.
 *
 * deals [list | show | events | cancel | restart | receipt]
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "buyer/propose.h"
#include "seller/take.h"
#include "show/deal_view.h"
#include "show/show.h"
#include "store/events.h"
#include "tool/verbs.h"

#define LIST_LIMIT  20
#define LIST_BATCH  64  /* deals named per transaction */
#define EVENT_BATCH 256 /* events copied out per transaction */
#define POLL_MS     200 /* between two looks for new events */

static const struct tool_option options[] = {
	{"output", 'o', "FILE", "cancel: where the frames go (default: standard output)"},
	{"text", 'a', NULL, "cancel: as lines of base64url"},
	{"limit", 0, "N", "list: at most N deals, 0 for all (default: 20)"},
	{"before", 0, "NUMBER", "list: only deals made before this one's number"},
	{"follow", 'f', NULL, "events: go on, and print what happens as it does"},
	{"from", 0, "N", "events: begin with event N"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"deals",
	"[list] [--limit N] [--before NUMBER]\n"
	"       deals show DEAL\n"
	"       deals events [-f] [--from N] [DEAL]\n"
	"       deals cancel [-aq] [-o FILE] DEAL\n"
	"       deals restart [-q] DEAL\n"
	"       deals receipt DEAL",
	"See deals: all of them, one with who must act next, or what happens as it does (-f).\n"
	"DEAL is an id, the first digits of one, or @ for the newest.",
	options,
};

/* "2023-11-14T22:13:20Z" into @text of 32 bytes. */
static const char *utc(char *text, int64_t seconds)
{
	time_t when = (time_t)seconds;
	struct tm parts;

	if (gmtime_r(&when, &parts) == NULL || strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		snprintf(text, 32, "%" PRId64, seconds);
	return text;
}

static void print_in_list(struct tool *t, const struct deal_view *v)
{
	char funds[AMOUNT_TEXT_MAX], cid[CID_TEXT_MAX];
	const char *side = deal_side_name(v->side), *state = deal_short_state(deal_view_state(v));

	amount_decimal(funds, deal_view_funds(v));
	cid_text(cid, deal_view_payload(v));
	tool_report(t,
		json_pack("{s:o, s:o, s:s, s:s, s:o, s:o, s:s, s:s}", "id", tool_json_id(deal_view_id(v)), "number",
			show_bytes(deal_view_number(v)), "side", side, "state", deal_state_name(deal_view_state(v)),
			"bytes", show_bytes(deal_view_bytes(v)), "size", show_bytes(v->size), "funds", funds, "payload",
			cid),
		"%" PRIu64 "  %-8s  %-18s  %" PRIu64 "  %" PRIu64 "  %safil  %s\n", deal_view_id(v), side, state,
		deal_view_bytes(v), v->size, funds, cid);
}

/* The names of a batch of deals, older than number @before; *count is 0 at the end. */
static enum status name_batch(struct tool *t, struct deal_name *names, size_t *count, uint64_t *before)
{
	struct kv_txn *txn;
	enum status s = kv_begin_read(store_kv(t->party.store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_list_deals(txn, names, count, before, *before);
	kv_abort(&txn);
	return s;
}

static enum status list(struct tool *t)
{
	uint64_t before = tool_number(t, "before", 0), left = tool_number(t, "limit", LIST_LIMIT);
	struct deal_name names[LIST_BATCH];
	struct deal_view v;
	size_t count = 1;
	enum status s = STATUS_OK;

	if (left == 0)
		left = UINT64_MAX;
	if (tool_flag(t, "before") && before == 0)
		return STATUS_OK;
	tool_open_party(t, NEED_READ_STORE);
	while (s == STATUS_OK && left > 0 && count > 0) {
		count = left < LIST_BATCH ? (size_t)left : LIST_BATCH;
		s = name_batch(t, names, &count, &before);
		left -= s == STATUS_OK ? count : 0;
		for (size_t i = 0; s == STATUS_OK && i < count; i++) {
			s = deal_view_load(t, &v, &names[i]);
			if (s == STATUS_OK)
				print_in_list(t, &v);
		}
		if (before == 1) /* that was the oldest */
			break;
	}
	return s;
}

static enum status find(struct tool *t, struct deal_view *v, struct deal_name *name)
{
	enum status s = party_find(&t->party, name, t->arguments[0], SIDES_BOTH);

	return s == STATUS_OK ? deal_view_load(t, v, name) : s;
}

static enum status show(struct tool *t)
{
	struct deal_name name;
	struct deal_next next;
	struct deal_view v;
	json_t *object;
	enum status s;

	tool_open_party(t, NEED_READ_STORE);
	s = find(t, &v, &name);
	if (s != STATUS_OK)
		return s;
	object = deal_view_json(&v);
	deal_view_next(&next, &v);
	json_object_set_new(object, "next_by", json_string(next.who));
	json_object_set_new(object, "next", json_string(next.command));
	show_print(t, object);
	return STATUS_OK;
}

/* struct shown_event - a copy of an event that outlives its transaction. */
struct shown_event {
	struct event e;
	char message[DEAL_MESSAGE_MAX]; /* clean */
};
struct batch {
	struct shown_event *events;
	size_t count;
};

static enum status keep_event(void *ctx, const struct event *e)
{
	struct batch *b = ctx;
	struct shown_event *kept = &b->events[b->count++];

	kept->e = *e;
	span_clean(kept->message, sizeof(kept->message), e->message);
	kept->e.message = (struct span){0};
	return STATUS_OK;
}

static const char *event_name(const struct event *e)
{
	if (e->side == SIDE_CLIENT)
		return e->event < CLIENT_EVENT_COUNT ? client_event_name((enum client_event)e->event)
						     : "ClientEventUnknown";
	return e->event < PROVIDER_EVENT_COUNT ? provider_event_name((enum provider_event)e->event)
					       : "ProviderEventUnknown";
}

static void print_event(struct tool *t, const struct shown_event *x)
{
	char when[32], funds[AMOUNT_TEXT_MAX];
	const struct event *e = &x->e;
	const char *side = deal_side_name(e->side == SIDE_CLIENT ? SIDE_CLIENT : SIDE_PROVIDER);
	unsigned number = e->state < DEAL_STATE_COUNT ? (unsigned)e->state : DEAL_STATE_COUNT;

	utc(when, e->time);
	amount_decimal(funds, &e->funds);
	tool_report(t,
		json_pack("{s:o, s:s, s:s, s:o, s:s, s:s, s:o, s:o, s:s, s:s}", "sequence", show_bytes(e->sequence),
			"time", when, "side", side, "deal", tool_json_id(e->deal), "event", event_name(e), "state",
			deal_state_name(number), "bytes", show_bytes(e->bytes), "interval", show_bytes(e->interval),
			"funds", funds, "message", x->message),
		"%" PRIu64 "  %s  %s  %" PRIu64 "  %s  %s  %" PRIu64 "  %safil%s%s\n", e->sequence, when, side, e->deal,
		event_name(e), deal_short_state(number), e->bytes, funds, x->message[0] != '\0' ? "  " : "",
		x->message);
}

/* The next events, from number @from on; no transaction is open when this returns. */
static enum status read_events(struct tool *t, struct batch *b, uint64_t from, const struct deal_name *name)
{
	struct kv_txn *txn;
	enum status s = kv_begin_read(store_kv(t->party.store), &txn);

	if (s != STATUS_OK)
		return s;
	b->count = 0;
	s = store_each_event(txn, from, name, EVENT_BATCH, keep_event, b);
	kv_abort(&txn);
	return s;
}

static volatile sig_atomic_t stopped;

static void on_stop(int signal_number)
{
	(void)signal_number;
	stopped = 1;
}

static void stop_on_signals(void)
{
	struct sigaction stop = {.sa_handler = on_stop};

	sigemptyset(&stop.sa_mask);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
}

/* Wait a little; END if whoever reads us has gone. */
static enum status pause_a_little(struct tool *t)
{
	struct pollfd out = {.fd = STDOUT_FILENO};

	if (poll(&out, 1, POLL_MS) > 0 && (out.revents & (POLLERR | POLLNVAL)))
		return party_fail(&t->party, STATUS_END, "the reader of the output went away");
	return STATUS_OK;
}

static enum status print_events(struct tool *t, struct batch *b, const struct deal_name *name)
{
	uint64_t from = tool_number(t, "from", 1);
	bool follow = tool_flag(t, "follow");
	enum status s;

	while ((s = read_events(t, b, from, name)) == STATUS_OK && !stopped) {
		for (size_t i = 0; i < b->count; i++) {
			print_event(t, &b->events[i]);
			from = b->events[i].e.sequence + 1;
		}
		if (tool_flush() != STATUS_OK)
			break; /* tool_end() says why */
		if (b->count == EVENT_BATCH)
			continue;
		if (!follow)
			break;
		s = pause_a_little(t);
		if (s != STATUS_OK)
			break;
	}
	return s;
}

static enum status events(struct tool *t)
{
	struct batch b = {calloc(EVENT_BATCH, sizeof(*b.events)), 0};
	struct deal_name name;
	enum status s = b.events != NULL ? STATUS_OK : STATUS_NO_MEMORY;

	tool_open_party(t, NEED_READ_STORE);
	if (tool_flag(t, "follow"))
		stop_on_signals();
	if (s == STATUS_OK && t->argument_count > 0)
		s = party_find(&t->party, &name, t->arguments[0], SIDES_BOTH);
	if (s == STATUS_OK)
		s = print_events(t, &b, t->argument_count > 0 ? &name : NULL);
	free(b.events);
	return s;
}

static enum status cancel(struct tool *t)
{
	struct party *p = tool_open_party(t, NEED_STORE);
	struct bytes frames = {0};
	struct deal_name name;
	enum status s = party_find(p, &name, t->arguments[0], SIDES_BOTH);

	if (s == STATUS_OK)
		s = name.side == SIDE_CLIENT ? buyer_cancel(p, &frames, name.id) : seller_cancel(p, &frames, name.id);
	if (s == STATUS_OK)
		s = tool_write_frames(t, bytes_span(&frames));
	bytes_release(&frames);
	return s;
}

static enum status restart(struct tool *t)
{
	struct party *p = tool_open_party(t, NEED_STORE);
	struct deal_name name;
	enum status s = party_find(p, &name, t->arguments[0], SIDES_CLIENT);

	return s == STATUS_OK ? buyer_restart(p, name.id) : s;
}

/* The times of a deal's first and last event. */
static enum status read_times(struct tool *t, int64_t *first, int64_t *last, const struct deal_name *name)
{
	struct batch b = {calloc(EVENT_BATCH, sizeof(*b.events)), EVENT_BATCH};
	uint64_t from = 1;
	bool any = false;
	enum status s = b.events != NULL ? STATUS_OK : STATUS_NO_MEMORY;

	while (s == STATUS_OK && b.count == EVENT_BATCH) {
		s = read_events(t, &b, from, name);
		if (s != STATUS_OK || b.count == 0)
			break;
		if (!any)
			*first = b.events[0].e.time;
		any = true;
		*last = b.events[b.count - 1].e.time;
		from = b.events[b.count - 1].e.sequence + 1;
	}
	free(b.events);
	return s;
}

static enum status receipt(struct tool *t)
{
	const struct deal_params *terms;
	char began[32], ended[32];
	int64_t first = 0, last = 0;
	struct deal_name name;
	struct deal_view v;
	enum status s;

	tool_open_party(t, NEED_READ_STORE);
	s = find(t, &v, &name);
	if (s == STATUS_OK)
		s = read_times(t, &first, &last, &name);
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
			      utc(began, first), "last_event", utc(ended, last)));
	return STATUS_OK;
}

static const struct tool_verb verbs[] = {
	{"list", list, 0, 0, "", "limit before "},
	{"show", show, 1, 1, "DEAL", ""},
	{"events", events, 0, 1, "[DEAL]", "follow from "},
	{"cancel", cancel, 1, 1, "DEAL", "output text "},
	{"restart", restart, 1, 1, "DEAL", ""},
	{"receipt", receipt, 1, 1, "DEAL", ""},
	{NULL, NULL, 0, 0, NULL, NULL},
};

int main(int argc, char **argv)
{
	static char list_verb[] = "list", events_verb[] = "events";
	static char *fallback[2];
	struct tool t;

	tool_begin(&t, &spec, argc, argv);
	if (t.argument_count == 0) {
		fallback[0] = tool_flag(&t, "follow") ? events_verb : list_verb;
		t.arguments = fallback;
		t.argument_count = 1;
	}
	return tool_end(&t, tool_run_verb(&t, verbs));
}
