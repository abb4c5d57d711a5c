/* replay_play.c - a recording, frame by frame: each side of ours receives the recorded frames of the other side, and its own frames are compared. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "buyer/propose.h"
#include "buyer/receive.h"
#include "buyer/requests.h"
#include "peer/sink.h"
#include "replay/replay_private.h"
#include "seller/send.h"
#include "seller/take.h"

/** struct playing - one run through the frames. */
struct playing {
	struct replay *r;
	struct bytes sent[2]; /* frames of our sides that are not compared yet */
	size_t used[2];       /* compared bytes of these */
	struct bytes late;    /* what our provider had sent, and was not compared, when the client came again */
	size_t late_used;
	uint8_t request[REQUEST_ID_SIZE]; /* the request that the provider answers, and the links of its walk so far */
	uint64_t links;
	struct facts recorded, ours;  /* facts of the provider, for foreign recordings */
	uint64_t blocks, block_bytes; /* for the statistics */
};

static bool is_trouble(enum status s)
{
	enum status_class c = status_class(s);

	if (s == STATUS_NOT_NOW) /* missing content is an answer of the provider, not a failure */
		return false;
	return c == CLASS_IO || c == CLASS_BUSY || s == STATUS_CORRUPT;
}

/* Make a payment where the recorded client made one. */
static enum status client_pays(struct replay *r, struct bytes *sent)
{
	enum status s = replay_open_channel(r);

	if (s != STATUS_OK)
		return s;
	s = replay_pay(r, sent);
	if (s != STATUS_OK)
		return s;
	r->vouchers++;
	return STATUS_OK;
}

static enum status client_proposes(struct replay *r, struct bytes *sent, const struct frame *frame, uint64_t skip_links)
{
	struct client_deal deal;
	enum status s;

	if (r->deal == 0)
		return replay_adopt(r, sent, frame);
	s = party_get_client(&r->client, &deal, r->deal);
	if (s != STATUS_OK)
		return s;
	frames_proposal(sent, &deal, skip_links);
	return STATUS_OK;
}

/* Restart the transfer under the recorded request id; @cancels: the client also cancels its request before. */
static enum status client_restarts(struct replay *r, struct bytes *sent, const struct intent *restart, bool cancels)
{
	CLEAN_BYTES struct bytes frames = {0};
	struct span rest, first;
	enum status s = receiver_resume_as(r->receiver, &frames, restart->request);

	if (s != STATUS_OK)
		return s;
	rest = bytes_span(&frames);
	if (!cancels) {
		s = frame_take(&first, &rest);
		if (s != STATUS_OK)
			return s;
	}
	bytes_append(sent, rest.data, rest.len);
	return bytes_status(sent);
}

/* A cancelled request: the recorded client came again, with the request that follows in the recording. */
static enum status client_comes_again(struct replay *r, struct bytes *sent, size_t index)
{
	struct intent restart;

	if (r->receiver == NULL || !replay_next_restart(r, &restart, index))
		return STATUS_OK;
	return client_restarts(r, sent, &restart, true);
}

static enum status client_cancels(struct replay *r, struct bytes *sent)
{
	enum status s = buyer_cancel(&r->client, sent, r->deal);

	return s == STATUS_OK && r->receiver != NULL ? receiver_reload(r->receiver) : s;
}

/* Our client sends the counterpart of a recorded frame. */
static enum status client_speaks(struct playing *x, size_t index)
{
	struct replay *r = x->r;
	const struct frame *frame = &replay_frame(r, index)->frame;
	struct bytes *sent = &x->sent[SIDE_CLIENT];
	struct intent intent = intent_read(frame);
	enum status s = r->receiver != NULL ? receiver_finish(r->receiver) : STATUS_OK;

	if (s != STATUS_OK)
		return s;
	if (intent.restart && r->receiver != NULL)
		return client_restarts(r, sent, &intent, false);
	if (intent.gone)
		return client_comes_again(r, sent, index);
	if (intent.proposal)
		return client_proposes(r, sent, frame, intent.skip_links);
	if (intent.cancel)
		return client_cancels(r, sent);
	return intent.payment ? client_pays(r, sent) : STATUS_OK;
}

static enum status gather(void *ctx, struct span bytes)
{
	bytes_append(ctx, bytes.data, bytes.len);
	return bytes_status(ctx);
}

/* Our provider sends without a request; @recorded is the recorded provider's frame, or NULL. */
static enum status provider_speaks(struct playing *x, const struct frame *recorded)
{
	struct replay *r = x->r;
	struct provider_deal deal;
	enum status s = party_get_provider(&r->provider, &deal, r->deal);

	if (s != STATUS_OK)
		return s;
	if (!r->o->foreign && recorded != NULL && intent_read(recorded).cancel)
		return seller_cancel(&r->provider, &x->sent[SIDE_PROVIDER], r->deal);
	return seller_send(&r->provider, r->deal, NULL, &(struct sink){gather, NULL, &x->sent[SIDE_PROVIDER]});
}

/* The next frame that a side of ours has sent; false if there is none. */
static bool next_sent(struct playing *x, enum deal_side side, struct span *body)
{
	struct bytes *sent = &x->sent[side];
	struct span rest = span_of(sent->data + x->used[side], sent->len - x->used[side]);

	if (sent->len == x->used[side] || frame_take(body, &rest) != STATUS_OK)
		return false;
	x->used[side] = sent->len - rest.len;
	return true;
}

static void forget_sent(struct playing *x, enum deal_side side)
{
	if (x->used[side] == x->sent[side].len) {
		bytes_clear(&x->sent[side]);
		x->used[side] = 0;
	}
}

/* Our client sends, and its output is compared with the frame. */
static enum status compare_client(struct playing *x, size_t frame)
{
	struct replay *r = x->r;
	struct span ours = {0};
	enum status s = STATUS_OK;

	if (x->sent[SIDE_CLIENT].len == x->used[SIDE_CLIENT])
		s = client_speaks(x, frame);
	if (is_trouble(s))
		return s;
	if (s != STATUS_OK) {
		replay_differ(r, (int64_t)frame, "client", "a frame", error_text(&r->client.error, s));
		return STATUS_OK;
	}
	next_sent(x, SIDE_CLIENT, &ours);
	replay_compare(r, frame, ours);
	return STATUS_OK;
}

/* What our provider has sent for the earlier request may have got lost with its connection, or may still come. */
static void put_aside(struct playing *x)
{
	struct bytes *sent = &x->sent[SIDE_PROVIDER];

	bytes_release(&x->late);
	x->late = *sent;
	x->late_used = x->used[SIDE_PROVIDER];
	*sent = (struct bytes){0};
	x->used[SIDE_PROVIDER] = 0;
}

/* Does the recorded frame come late, after the client's restart? */
static bool comes_late(struct playing *x, struct span recorded)
{
	struct span rest = span_of(x->late.data + x->late_used, x->late.len - x->late_used), body;

	if (rest.len == 0 || frame_take(&body, &rest) != STATUS_OK || !span_equal(body, recorded))
		return false;
	x->late_used = x->late.len - rest.len;
	return true;
}

static enum status client_frame(struct playing *x, size_t index)
{
	struct replay *r = x->r;
	const struct frame *frame = &replay_frame(r, index)->frame;
	struct intent intent;
	uint64_t deal = 0;
	enum status s;

	forget_sent(x, SIDE_CLIENT);
	if (r->o->client) {
		s = compare_client(x, index);
		if (s != STATUS_OK)
			return s;
	}
	if (!r->o->provider)
		return STATUS_OK;
	intent = intent_read(frame);
	if (intent.restart)
		put_aside(x);
	s = seller_take(&r->provider, &x->sent[SIDE_PROVIDER], &deal, frame, NULL);
	if (deal != 0)
		r->deal = deal;
	if (s == STATUS_OK && (intent.restart || (r->o->foreign && !intent.cancel && !intent.gone)))
		s = provider_speaks(x, NULL);
	return is_trouble(s) ? s : STATUS_OK;
}

/* The recorded client may have read a file twice: the provider sent the frames once. */
static bool was_sent_before(const struct replay *r, size_t frame)
{
	const struct recorded_frame *again = replay_frame(r, frame);

	for (size_t i = 0; i < frame; i++) {
		const struct recorded_frame *before = replay_frame(r, i);

		if (before->from == again->from && span_equal(before->frame.body, again->frame.body))
			return true;
	}
	return false;
}

/* A broken stream was sent again from the last point that is paid for. */
static void sent_again(struct playing *x, struct span *ours, struct span recorded)
{
	struct bytes kept = x->sent[SIDE_PROVIDER];
	size_t used = x->used[SIDE_PROVIDER];
	struct span again;

	x->sent[SIDE_PROVIDER] = (struct bytes){0};
	x->used[SIDE_PROVIDER] = 0;
	if (!is_trouble(provider_speaks(x, NULL)) && next_sent(x, SIDE_PROVIDER, &again) &&
		span_equal(again, recorded)) {
		*ours = again;
		bytes_release(&kept);
		return;
	}
	bytes_release(&x->sent[SIDE_PROVIDER]);
	x->sent[SIDE_PROVIDER] = kept;
	x->used[SIDE_PROVIDER] = used;
}

/* Our provider sends, and its output is compared with the frame. */
static enum status compare_provider(struct playing *x, size_t index)
{
	struct replay *r = x->r;
	const struct frame *frame = &replay_frame(r, index)->frame;
	struct span ours = {0};

	if (comes_late(x, frame->body))
		return STATUS_OK;
	forget_sent(x, SIDE_PROVIDER);
	if (x->sent[SIDE_PROVIDER].len == 0) {
		enum status s = provider_speaks(x, frame);

		if (is_trouble(s))
			return s;
	}
	next_sent(x, SIDE_PROVIDER, &ours);
	if (!span_equal(ours, frame->body))
		sent_again(x, &ours, frame->body);
	if (ours.len != 0 || !was_sent_before(r, index))
		replay_compare(r, index, ours);
	return STATUS_OK;
}

/*
 * The recording of a provider has frames that got lost with their connection. The client's restart says how many links
 * of the walk have come, so a frame with more links has not.
 */
static bool got_lost(struct playing *x, size_t index)
{
	const struct frame *frame = &replay_frame(x->r, index)->frame;
	struct span responses = frame->message.responses;
	struct graphsync_response response;
	struct intent restart;

	if (frame->decoded != STATUS_OK || frame->kind != FRAME_GRAPHSYNC ||
		!graphsync_next_response(&response, &responses))
		return false;
	if (memcmp(x->request, response.id, REQUEST_ID_SIZE) != 0)
		x->links = 0;
	memcpy(x->request, response.id, REQUEST_ID_SIZE);
	x->links += response.link_count;
	return replay_next_restart(x->r, &restart, index) && x->links > restart.skip_links;
}

static enum status provider_frame(struct playing *x, size_t index)
{
	struct replay *r = x->r;
	const struct frame *frame = &replay_frame(r, index)->frame;
	enum status s;

	if (r->o->foreign) {
		facts_take(&x->recorded, frame);
	} else if (r->o->provider && !frame->from_client) { /* our provider never asks for a restart */
		s = compare_provider(x, index);
		if (s != STATUS_OK)
			return s;
	}
	if (!r->o->client || got_lost(x, index))
		return STATUS_OK;
	s = replay_client_takes(r, frame);
	if (s == STATUS_OK && r->early_channel && !address_is_none(&r->channel))
		s = replay_open_channel(r);
	return is_trouble(s) ? s : STATUS_OK;
}

/** struct frame_row - a line about one frame, for people who walk through a deal, or for a plot. */
struct frame_row {
	size_t index;
	const struct recorded_frame *frame;
	const char *client, *provider; /* states; "-" for a side that is not ours */
	char spent[AMOUNT_TEXT_MAX], received[AMOUNT_TEXT_MAX];
};

static void count_blocks(struct playing *x, const struct frame *frame)
{
	struct span blocks = frame->message.blocks;
	struct graphsync_block block;

	while (frame->decoded == STATUS_OK && frame->kind == FRAME_GRAPHSYNC && graphsync_next_block(&block, &blocks)) {
		x->blocks++;
		x->block_bytes += block.data.len;
	}
}

static void print_row(const struct playing *x, const struct frame_row *row)
{
	const struct recorded_frame *f = row->frame;
	const char *from = recording_side(f->from),
		   *kind = f->frame.kind == FRAME_TRANSFER ? "data-transfer" : "graphsync";

	if (x->r->o->stats)
		tool_print("%s\t%zu\t%s\t%s\t%" PRIu64 "\t%zu\t%" PRIu64 "\t%" PRIu64 "\t%s\t%s\t%s\t%s\n", x->r->name,
			row->index, from, kind, f->offset, f->frame.body.len, x->blocks, x->block_bytes, row->spent,
			row->received, row->client, row->provider);
	else
		tool_print("%zu  %s  %s, %zu bytes at %" PRIu64
			   "  client %s, spent %s afil  provider %s, received %s afil\n",
			row->index, from, kind, f->frame.body.len, f->offset, row->client, row->spent, row->provider,
			row->received);
	(void)tool_flush(); /* output that could not be written is reported at the end */
}

static void show_frame(struct playing *x, size_t index)
{
	struct replay *r = x->r;
	struct frame_row row = {.index = index,
		.frame = replay_frame(r, index),
		.client = "-",
		.provider = "-",
		.spent = "0",
		.received = "0"};
	struct provider_deal provider;
	struct client_deal client;

	count_blocks(x, &row.frame->frame);
	if (r->o->client && r->deal != 0 && party_get_client(&r->client, &client, r->deal) == STATUS_OK) {
		row.client = deal_state_name(client.state) + strlen("DealStatus");
		amount_decimal(row.spent, &client.funds_spent);
	}
	if (r->o->provider && r->deal != 0 && party_get_provider(&r->provider, &provider, r->deal) == STATUS_OK) {
		row.provider = deal_state_name(provider.state) + strlen("DealStatus");
		amount_decimal(row.received, &provider.funds_received);
	}
	print_row(x, &row);
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

/* Our provider sent more than was recorded. A recording made by the client alone, or its end, may lack answers that got lost. */
static void compare_rest(struct playing *x)
{
	struct replay *r = x->r;
	struct span more;

	if (*field_text(r->recording.meta, "final_provider_status") != '\0' &&
		replay_frame(r, r->recording.count - 1)->from == SIDE_PROVIDER && next_sent(x, SIDE_PROVIDER, &more))
		replay_differ(r, -1, "provider's stream", "the end", "a further frame");
}

static void compare_facts(struct playing *x)
{
	struct frame frame;
	struct span body;

	while (next_sent(x, SIDE_PROVIDER, &body))
		if (frame_decode(&frame, body) == STATUS_OK)
			facts_take(&x->ours, &frame);
	facts_compare(x->r, &x->recorded, &x->ours);
}

static enum status play_frame(struct playing *x, size_t index)
{
	struct replay *r = x->r;
	const struct recorded_frame *recorded = replay_frame(r, index);
	enum status s;

	if (!frame_is_of_deal(&recorded->frame)) /* a query before the deal: its answer is not compared */
		return STATUS_OK;
	s = recorded->from == SIDE_CLIENT ? client_frame(x, index) : provider_frame(x, index);
	if (s == STATUS_OK && (r->o->step || r->o->stats))
		show_frame(x, index);
	if (r->o->step)
		wait_for_person();
	return s;
}

static enum status play(struct playing *x)
{
	struct replay *r = x->r;
	size_t count = r->recording.count, end = r->o->limited && r->o->until < count ? (size_t)r->o->until : count;
	enum status s;

	for (size_t i = 0; i < end; i++) {
		s = *r->stop == 0 ? play_frame(x, i) : STATUS_STOPPED;
		if (s != STATUS_OK)
			return s;
	}
	if (r->receiver != NULL) {
		s = receiver_finish(r->receiver);
		if (s != STATUS_OK)
			return s;
	}
	if (end < count)
		return STATUS_OK;
	if (r->o->foreign && r->o->provider)
		compare_facts(x);
	else if (r->o->provider)
		compare_rest(x);
	replay_compare_ends(r);
	return STATUS_OK;
}

enum status replay_play(struct replay *r)
{
	struct playing x = {.r = r};
	enum status s = play(&x);

	for (int side = 0; side < 2; side++)
		bytes_release(&x.sent[side]);
	bytes_release(&x.late);
	facts_release(&x.recorded);
	facts_release(&x.ours);
	return s;
}
