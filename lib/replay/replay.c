/* replay.c - a recording, frame by frame: each side of ours gets what was said to it, and what it says is compared. */
#include "replay/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "buyer/propose.h"
#include "buyer/receive.h"
#include "buyer/requests.h"
#include "peer/sink.h"
#include "replay/replay_private.h"
#include "seller/send.h"
#include "seller/take.h"
#include "wire/frame.h"

/** struct playing - one run through the frames. */
struct playing {
	struct replay *r;
	struct bytes said[2];         /* what our sides have said and was not compared yet */
	size_t used[2];               /* bytes of it that were */
	struct facts recorded, ours;  /* of the provider, for foreign recordings */
	uint64_t blocks, block_bytes; /* for the statistics */
};

/** struct intent - what a recorded frame does. */
struct intent {
	bool proposal, payment, cancel;
	uint64_t skip; /* of a proposal: links that are not to be sent again */
};

static struct intent read_intent(struct span body)
{
	struct graphsync_request request;
	struct graphsync_response response;
	struct intent in = {0};
	struct frame frame;

	if (frame_decode(&frame, body) != STATUS_OK)
		return in;
	if (frame.kind == FRAME_TRANSFER) {
		const struct transfer *t = &frame.transfer;

		in.cancel = (t->is_request ? t->request.type : t->response.type) == TRANSFER_CANCEL;
		in.payment = t->is_request && t->request.type == TRANSFER_VOUCHER;
		return in;
	}
	if (frame.kind != FRAME_GRAPHSYNC)
		return in;
	if (graphsync_next_request(&request, &frame.message.requests)) {
		in.cancel = request.type == GRAPHSYNC_CANCEL;
		in.proposal = request.type == GRAPHSYNC_NEW;
		in.skip = in.proposal ? request_skip_links(&request) : 0;
	} else if (graphsync_next_response(&response, &frame.message.responses)) {
		in.cancel = response.status == GRAPHSYNC_CANCELLED;
	}
	return in;
}

static bool is_trouble(enum status s)
{
	enum status_class c = status_class(s);

	return c == CLASS_IO || c == CLASS_BUSY || s == STATUS_CORRUPT;
}

/* What our client says where the recorded one said @frame. */
static enum status client_speaks(struct playing *x, size_t frame)
{
	struct replay *r = x->r;
	struct bytes *said = &x->said[SIDE_CLIENT];
	struct intent in = read_intent(r->frames[frame].body);
	struct client_deal d;
	enum status s = r->receiver != NULL ? receiver_finish(r->receiver) : STATUS_OK;

	if (s != STATUS_OK)
		return s;
	if (in.proposal && r->deal == 0)
		return replay_adopt(r, said, r->frames[frame].body);
	if (in.proposal) {
		s = party_get_client(&r->client, &d, r->deal);
		if (s == STATUS_OK)
			frames_proposal(said, &d, in.skip);
	} else if (in.cancel) {
		s = buyer_cancel(&r->client, said, r->deal);
		if (s == STATUS_OK && r->receiver != NULL)
			s = receiver_reload(r->receiver);
	} else if (in.payment) {
		s = replay_open_channel(r);
		if (s == STATUS_OK)
			s = replay_pay(r, said);
		r->vouchers += s == STATUS_OK;
	}
	return s;
}

static enum status gather(void *ctx, struct span bytes)
{
	bytes_append(ctx, bytes.data, bytes.len);
	return bytes_status(ctx);
}

/* What our provider says of its own accord. */
static enum status provider_speaks(struct playing *x, struct span recorded)
{
	struct replay *r = x->r;
	struct provider_deal d;
	enum status s = party_get_provider(&r->provider, &d, r->deal);

	if (s != STATUS_OK)
		return s;
	if (!r->o->foreign && read_intent(recorded).cancel)
		return seller_cancel(&r->provider, &x->said[SIDE_PROVIDER], r->deal);
	return seller_send(&r->provider, r->deal, &(struct sink){gather, NULL, &x->said[SIDE_PROVIDER]});
}

/* The next frame that a side of ours has said; false if there is none. */
static bool next_said(struct playing *x, enum deal_side side, struct span *body)
{
	struct bytes *said = &x->said[side];
	struct span rest = span_of(said->data + x->used[side], said->len - x->used[side]);

	if (said->len == x->used[side] || !replay_next_frame(body, &rest))
		return false;
	x->used[side] = said->len - rest.len;
	return true;
}

static void forget_said(struct playing *x, enum deal_side side)
{
	if (x->used[side] == x->said[side].len) {
		bytes_clear(&x->said[side]);
		x->used[side] = 0;
	}
}

static enum status client_frame(struct playing *x, size_t frame)
{
	struct replay *r = x->r;
	struct span ours = {0};
	enum status s = STATUS_OK;
	uint64_t deal;

	forget_said(x, SIDE_CLIENT);
	if (r->o->client) {
		if (x->said[SIDE_CLIENT].len == x->used[SIDE_CLIENT])
			s = client_speaks(x, frame);
		if (is_trouble(s))
			return s;
		if (s != STATUS_OK)
			replay_differ(r, (int64_t)frame, "client", "a frame",
				r->client.why[0] != '\0' ? r->client.why : status_text(s));
		else {
			next_said(x, SIDE_CLIENT, &ours);
			replay_compare(r, frame, ours);
		}
	}
	if (!r->o->provider)
		return STATUS_OK;
	s = seller_take_body(&r->provider, &x->said[SIDE_PROVIDER], &deal, r->frames[frame].body, NULL);
	if (deal != 0)
		r->deal = deal;
	if (s == STATUS_OK && r->o->foreign && !read_intent(r->frames[frame].body).cancel)
		s = provider_speaks(x, (struct span){0});
	return is_trouble(s) ? s : STATUS_OK;
}

/* The recorded client may have read a file twice: what it read was said once. */
static bool was_said_before(const struct replay *r, size_t frame)
{
	for (size_t i = 0; i < frame; i++) {
		if (r->frames[i].from == r->frames[frame].from && span_equal(r->frames[i].body, r->frames[frame].body))
			return true;
	}
	return false;
}

/* A stream that broke off was sent again from its last point that is paid for. */
static void sent_again(struct playing *x, struct span *ours, struct span recorded)
{
	struct bytes kept = x->said[SIDE_PROVIDER];
	size_t used = x->used[SIDE_PROVIDER];
	struct span again;

	x->said[SIDE_PROVIDER] = (struct bytes){0};
	x->used[SIDE_PROVIDER] = 0;
	if (!is_trouble(provider_speaks(x, (struct span){0})) && next_said(x, SIDE_PROVIDER, &again) &&
		span_equal(again, recorded)) {
		*ours = again;
		bytes_release(&kept);
		return;
	}
	bytes_release(&x->said[SIDE_PROVIDER]);
	x->said[SIDE_PROVIDER] = kept;
	x->used[SIDE_PROVIDER] = used;
}

static enum status provider_frame(struct playing *x, size_t frame)
{
	struct replay *r = x->r;
	struct span ours = {0}, body = r->frames[frame].body;
	enum status s = STATUS_OK;

	if (r->o->foreign) {
		facts_take(&x->recorded, body);
	} else if (r->o->provider) {
		forget_said(x, SIDE_PROVIDER);
		if (x->said[SIDE_PROVIDER].len == 0)
			s = provider_speaks(x, body);
		if (is_trouble(s))
			return s;
		next_said(x, SIDE_PROVIDER, &ours);
		if (!span_equal(ours, body))
			sent_again(x, &ours, body);
		if (ours.len != 0 || !was_said_before(r, frame))
			replay_compare(r, frame, ours);
	}
	if (!r->o->client)
		return STATUS_OK;
	s = replay_client_takes(r, body);
	if (s == STATUS_OK && r->early_channel && !address_is_none(&r->channel))
		s = replay_open_channel(r);
	return is_trouble(s) ? s : STATUS_OK;
}

/* A line per frame, for people who walk through a deal, or for a plot. */
static void show_frame(struct playing *x, size_t frame)
{
	struct replay *r = x->r;
	const struct replay_frame *f = &r->frames[frame];
	char funds[AMOUNT_TEXT_MAX] = "0", received[AMOUNT_TEXT_MAX] = "0";
	const char *from = f->from == SIDE_CLIENT ? "client" : "provider", *kind = "graphsync";
	const char *state = "-", *other = "-";
	struct graphsync_message m = {0};
	struct graphsync_block block;
	struct provider_deal provider;
	struct client_deal client;
	enum frame_kind which;

	if (frame_kind(&which, f->body) == STATUS_OK && which == FRAME_TRANSFER)
		kind = "data-transfer";
	else if (graphsync_decode(&m, f->body) == STATUS_OK)
		while (graphsync_next_block(&block, &m.blocks)) {
			x->blocks++;
			x->block_bytes += block.data.len;
		}
	if (r->o->client && r->deal != 0 && party_get_client(&r->client, &client, r->deal) == STATUS_OK) {
		state = deal_state_name(client.state) + strlen("DealStatus");
		amount_decimal(funds, &client.funds_spent);
	}
	if (r->o->provider && r->deal != 0 && party_get_provider(&r->provider, &provider, r->deal) == STATUS_OK) {
		other = deal_state_name(provider.state) + strlen("DealStatus");
		amount_decimal(received, &provider.funds_received);
	}
	if (r->o->stats)
		tool_print("%s\t%zu\t%s\t%s\t%llu\t%zu\t%llu\t%llu\t%s\t%s\t%s\t%s\n", r->name, frame, from, kind,
			(unsigned long long)f->offset, f->body.len, (unsigned long long)x->blocks,
			(unsigned long long)x->block_bytes, funds, received, state, other);
	else
		tool_print("%zu  %s  %s, %zu bytes at %llu  client %s, spent %s afil  provider %s, received %s afil\n",
			frame, from, kind, f->body.len, (unsigned long long)f->offset, state, funds, other, received);
	tool_flush();
}

static void wait_for_person(void)
{
	int c;

	if (!isatty(STDIN_FILENO))
		return;
	do
		c = getchar();
	while (c != '\n' && c != EOF);
}

/* Our provider said more than was recorded. What a client recorded alone, or at last, may lack answers that got lost. */
static void compare_rest(struct playing *x)
{
	struct replay *r = x->r;
	struct span more;

	if (*replay_text(r->meta, "final_provider_status") != '\0' &&
		r->frames[r->frame_count - 1].from == SIDE_PROVIDER && next_said(x, SIDE_PROVIDER, &more))
		replay_differ(r, -1, "provider's stream", "the end", "a further frame");
}

static enum status play(struct playing *x)
{
	struct frame frame;
	struct replay *r = x->r;
	size_t end = r->o->limited && r->o->until < r->frame_count ? (size_t)r->o->until : r->frame_count;
	struct span body;
	enum status s = STATUS_OK;

	for (size_t i = 0; i < end && s == STATUS_OK; i++) {
		if (frame_decode(&frame, r->frames[i].body) == STATUS_OK &&
			!frame_is_of_deal(&frame)) /* asked before the deal: nothing of it comes back */
			continue;
		s = r->frames[i].from == SIDE_CLIENT ? client_frame(x, i) : provider_frame(x, i);
		if (s == STATUS_OK && (r->o->step || r->o->stats))
			show_frame(x, i);
		if (r->o->step)
			wait_for_person();
	}
	if (s == STATUS_OK && r->receiver != NULL)
		s = receiver_finish(r->receiver);
	if (s != STATUS_OK || end < r->frame_count)
		return s;
	if (r->o->foreign && r->o->provider) {
		while (next_said(x, SIDE_PROVIDER, &body))
			facts_take(&x->ours, body);
		facts_compare(r, &x->recorded, &x->ours);
	} else if (r->o->provider) {
		compare_rest(x);
	}
	replay_compare_ends(r);
	return STATUS_OK;
}

/* One way of playing: as these sides. */
static enum status play_as(struct replay *r, bool client, bool provider)
{
	const struct replay_options *before = r->o;
	struct replay_options o = *before;
	struct playing x = {.r = r};
	enum status s;

	o.client = client;
	o.provider = provider;
	r->o = &o;
	r->deal = 0;
	r->vouchers = 0;
	s = replay_open_scene(r, false);
	if (s == STATUS_OK && provider && !r->has_offer) {
		o.provider = false;
		tool_say(r->tool, "%s has no content: its provider is not replayed", r->name);
	}
	if (s == STATUS_OK)
		s = play(&x);
	replay_explain(r, s);
	replay_close_scene(r);
	r->o = before;
	for (int side = 0; side < 2; side++)
		bytes_release(&x.said[side]);
	facts_release(&x.recorded);
	facts_release(&x.ours);
	return s;
}

static enum status play_foreign(struct replay *r)
{
	enum status s = STATUS_OK;

	if (r->o->client)
		s = play_as(r, true, false);
	if (s == STATUS_OK && r->o->provider)
		s = play_as(r, false, true);
	if (s == STATUS_OK && r->o->client && r->o->provider && !r->o->limited)
		s = replay_line(r, (struct fault){0});
	return s;
}

/* Where the original failed, it is told where we part from it, and a whole deal of ours must end rightly. */
static enum status play_excused(struct replay *r, const char *why)
{
	enum status s;

	r->excused = true;
	s = play_foreign(r);
	if (s == STATUS_OK)
		tool_report(r->tool,
			json_pack("{s:o, s:i, s:i, s:s, s:s}", "recording", tool_json_text(r->name), "frames",
				(int)r->frame_count, "differences", 0, "differs_by_design", why, "first", r->first),
			"%s: differs by design: %s (first at %s); ours ends as it should\n", r->name, why, r->first);
	return s;
}

static void report(struct replay *r)
{
	char verdict[64] = "agree";

	if (r->differences != 0)
		snprintf(verdict, sizeof(verdict), "%llu differences", (unsigned long long)r->differences);
	if (r->o->stats || (r->o->check && r->differences == 0))
		return;
	tool_report(r->tool,
		json_pack("{s:o, s:I, s:I}", "recording", tool_json_text(r->name), "frames", (json_int_t)r->frame_count,
			"differences", (json_int_t)r->differences),
		"%s: %zu frames: %s\n", r->name, r->frame_count, verdict);
}

/* One fault, or each kind at each frame in turn, until there is no such frame any more. */
static enum status inject(struct replay *r, struct fault fault)
{
	enum fault_kind first = fault.kind == FAULT_ALL ? FAULT_DROP : fault.kind;
	enum fault_kind last = fault.kind == FAULT_ALL ? FAULT_SWAP : fault.kind;
	enum status s = STATUS_OK, worst = STATUS_OK;

	if (fault.at != FAULT_EVERYWHERE)
		return replay_line(r, fault);
	for (enum fault_kind kind = first; kind <= last; kind++) {
		r->hit = true;
		for (uint64_t at = 0; r->hit; at++) {
			s = replay_line(r, (struct fault){kind, at});
			if (status_class(s) == CLASS_IO)
				return s;
			if (s != STATUS_OK && worst == STATUS_OK)
				worst = s;
		}
	}
	return worst;
}

enum status replay_run(struct tool *t, const char *folder, const struct replay_options *o)
{
	struct replay r = {.tool = t, .o = o};
	char why[256];
	enum status s;

	if (snprintf(r.folder, sizeof(r.folder), "%s", folder) >= (int)sizeof(r.folder))
		return party_fail(&t->party, STATUS_USAGE, "the name of a folder is too long");
	for (size_t n = strlen(r.folder); n > 1 && r.folder[n - 1] == '/'; n--)
		r.folder[n - 1] = '\0';
	r.name = strrchr(r.folder, '/') != NULL && strrchr(r.folder, '/')[1] != '\0' ? strrchr(r.folder, '/') + 1
										     : r.folder;
	s = replay_load(&r);
	if (s == STATUS_OK && o->fault.kind != FAULT_NONE) {
		s = inject(&r, o->fault);
	} else if (s == STATUS_OK && replay_is_excused(&r, why, sizeof(why)) && !o->stats && !o->step) {
		s = play_excused(&r, why);
	} else if (s == STATUS_OK) {
		s = o->foreign && !o->stats && !o->step ? play_foreign(&r) : play_as(&r, o->client, o->provider);
		if (s == STATUS_OK)
			report(&r);
		if (s == STATUS_OK && r.differences != 0)
			s = party_fail(&t->party, STATUS_DIFFERS, "%s differs from its recording", r.name);
	}
	replay_unload(&r);
	return s;
}

enum status fault_parse(struct fault *f, const char *text)
{
	static const struct {
		const char *name;
		enum fault_kind kind;
	} names[] = {{"drop@", FAULT_DROP}, {"dup@", FAULT_DUP}, {"flip@", FAULT_FLIP}, {"cut@", FAULT_CUT},
		{"delay@", FAULT_DELAY}, {"swap@", FAULT_SWAP}};

	if (strcmp(text, "all") == 0) {
		*f = (struct fault){FAULT_ALL, FAULT_EVERYWHERE};
		return STATUS_OK;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i].name);
		uint64_t at = FAULT_EVERYWHERE;

		if (strncmp(text, names[i].name, n) != 0)
			continue;
		if (strcmp(text + n, "all") != 0 &&
			(number_parse(&at, span_text(text + n)) != STATUS_OK || at == FAULT_EVERYWHERE))
			return STATUS_USAGE;
		*f = (struct fault){names[i].kind, at};
		return STATUS_OK;
	}
	return STATUS_USAGE;
}
