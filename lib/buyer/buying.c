/* buying.c - a buyer goes through whole deals over one connection: the same steps as the step tools, as fast as frames come.
 *
 * Nothing is decided here: which step comes next follows from where a deal
 * stands after each frame. Blocks go down while vouchers go up; a provider is
 * never more than one interval and a block ahead in each deal, so neither side
 * can wait for the other with both pipes full.
 */
#include "buyer/buying.h"

#include <stdlib.h>
#include <string.h>

#include "buyer/open_channel.h"
#include "buyer/pay.h"
#include "buyer/propose.h"
#include "buyer/receive.h"
#include "buyer/requests.h"
#include "party/party.h"
#include "peer/connection.h"
#include "peer/frame_queue.h"
#include "peer/message_split.h"
#include "peer/send_buffer.h"
#include "wire/graphsync.h"
#include "wire/transfer.h"

/** struct open_deal - one open deal. */
struct open_deal {
	struct purchase x;
	struct receiver *receiver;
	uint64_t resent; /* the voucher that was sent again on this connection */
	bool moved;      /* since its progress was told */
};

/** struct buying - all that goes over one connection. */
struct buying {
	struct party *p;
	struct send_buffer out;
	struct frame_queue *in;
	const struct purchases *all;
	struct open_deal *deals; /* all->at_once of them, the first @open in use */
	size_t open;
	bool none_left;
};

/* Sign, and send, what is due; or send the last voucher again, if it seems to have got lost. */
static enum status pay(struct buying *s, struct open_deal *e)
{
	struct bytes frames = {0};
	enum status status = receiver_finish(e->receiver);

	if (status == STATUS_OK)
		status = buyer_pay(s->p, &frames, NULL, e->x.deal, &e->x.max_total);
	if (status == STATUS_OK)
		status = send_buffer_add(&s->out, bytes_span(&frames));
	bytes_release(&frames);
	return status == STATUS_OK ? receiver_reload(e->receiver) : status;
}

static enum status open_channel(struct buying *s, struct open_deal *e)
{
	enum status status = receiver_finish(e->receiver);

	if (status == STATUS_OK)
		status = buyer_open_channel(s->p, e->x.deal, e->x.funds, e->x.ahead);
	return status == STATUS_OK ? receiver_reload(e->receiver) : status;
}

/* After each frame: whatever the deal needs from us now. */
static enum status act(struct buying *s, struct open_deal *e)
{
	const struct client_deal *d = receiver_deal(e->receiver);
	enum status status = STATUS_OK;

	if (client_wants_channel(d))
		status = open_channel(s, e);
	if (status != STATUS_OK)
		return status;
	status = buyer_outcome(d);
	if (status == STATUS_PAYMENT_NEEDED || status == STATUS_NO_FUNDS) {
		status = pay(s, e);
		e->resent = d->voucher_nonce;
		return status;
	}
	if (receiver_asked(e->receiver) && d->voucher_nonce != 0 && e->resent != d->voucher_nonce) {
		e->resent = d->voucher_nonce;
		return pay(s, e);
	}
	return STATUS_OK;
}

/* The deal's request, with how much of the content we have already. */
static enum status request(struct buying *s, struct receiver *r)
{
	struct bytes frames = {0};
	enum status status = receiver_request(r, &frames);

	if (status == STATUS_OK)
		status = send_buffer_add(&s->out, bytes_span(&frames));
	bytes_release(&frames);
	return status;
}

/* What became of a deal on this connection: @status is that of its last step. */
static enum status verdict(struct party *p, const struct client_deal *d, enum status status)
{
	unsigned long long kept = d->inherited + d->total_received;

	if (status != STATUS_OK && status != STATUS_END && status != STATUS_CUT)
		return status;
	if (d->state == DEAL_COMPLETED)
		return STATUS_OK;
	if (deal_is_final(SIDE_CLIENT, d->state))
		return party_fail(p, STATUS_REJECTED, "%s", d->message);
	return party_fail(p, STATUS_END, "the provider went away; %llu bytes are verified and kept", kept);
}

/* What one deal may come to without an end to the others. */
static bool concerns_one_deal(enum status status)
{
	return status == STATUS_OK || status == STATUS_REJECTED || status == STATUS_NO_FUNDS ||
	       status == STATUS_TOO_DEAR;
}

/* An errand is over, with @status or well; its place is taken by the last one. Returns what it came to. */
static enum status finish(struct buying *s, struct open_deal *e, enum status status)
{
	const struct client_deal *d = receiver_deal(e->receiver);
	enum status finished = receiver_finish(e->receiver);
	uint64_t deal = e->x.deal;
	bool over = d == NULL || deal_is_final(SIDE_CLIENT, d->state);

	if (finished != STATUS_OK && (status == STATUS_OK || status == STATUS_END || status == STATUS_CUT))
		status = finished;
	if (d != NULL)
		status = verdict(s->p, d, status);
	receiver_free(e->receiver);
	*e = s->deals[--s->open];
	if (!over && concerns_one_deal(status)) { /* the group has its CAR still, and it may be begun again */
		finished = kv_group_commit(store_kv(s->p->store));
		if (finished != STATUS_OK)
			status = finished;
	}
	if (s->all->ended != NULL)
		s->all->ended(s->all->ctx, deal, status);
	return status;
}

static struct open_deal *find_deal(struct buying *s, uint64_t deal)
{
	for (size_t i = 0; i < s->open; i++)
		if (s->deals[i].x.deal == deal)
			return &s->deals[i];
	return NULL;
}

/*
 * Begin with what an older deal brought. If that was cancelled, it was perhaps when no line was open to say so; and a
 * provider may take no new deal from a client that seems to have left one unpaid.
 */
static enum status begin_with(struct buying *s, const struct open_deal *e)
{
	const struct client_deal *d = receiver_deal(e->receiver);
	struct bytes frames = {0};
	struct client_deal older;
	enum status status;

	if (e->x.from == 0 || e->x.from == e->x.deal)
		return STATUS_OK;
	status = receiver_seed(e->receiver, e->x.from);
	if (status == STATUS_OK)
		status = party_get_client(s->p, &older, e->x.from);
	if (status != STATUS_OK || older.state != DEAL_CANCELLED || !address_equal(&older.provider, &d->provider))
		return status;
	frames_client_cancel(&frames, &older);
	status = send_buffer_add(&s->out, bytes_span(&frames));
	bytes_release(&frames);
	return status;
}

/* Begin one more deal; *@status says what it came to, if that is already over. False if there is none. */
static bool begin(struct buying *s, enum status *status)
{
	struct open_deal *e = &s->deals[s->open];

	*e = (struct open_deal){0};
	*status = s->all->next(s->all->ctx, &e->x);
	if (*status != STATUS_OK) {
		s->none_left = true;
		if (*status == STATUS_NOT_FOUND)
			*status = STATUS_OK;
		return false;
	}
	if (find_deal(s, e->x.deal) != NULL) /* asked for twice: one deal is enough */
		return true;
	*status = receiver_new(&e->receiver, s->p);
	if (*status == STATUS_OK)
		*status = receiver_open(e->receiver, e->x.deal);
	if (*status == STATUS_OK)
		*status = begin_with(s, e);
	if (*status != STATUS_OK) {
		receiver_free(e->receiver);
		return true;
	}
	s->open++;
	if (deal_is_final(SIDE_CLIENT, receiver_deal(e->receiver)->state))
		*status = finish(s, e, STATUS_OK);
	else
		*status = request(s, e->receiver);
	return true;
}

/* Keep as many deals open as may be. */
static enum status begin_all(struct buying *s)
{
	enum status status = STATUS_OK;

	while (concerns_one_deal(status) && s->open < s->all->at_once && !s->none_left)
		if (!begin(s, &status))
			break;
	return concerns_one_deal(status) ? STATUS_OK : status;
}

/* Which of the open deals a frame is about; NULL if that can't be told, or it is about another one. */
static struct open_deal *find_open_deal(struct buying *s, const struct received_frame *d)
{
	const struct frame *frame = &d->frame;
	struct graphsync_response response;
	struct span responses = frame->message.responses;

	if (frame->decoded != STATUS_OK || frame->from_client)
		return NULL;
	if (frame->kind == FRAME_TRANSFER) {
		for (size_t i = 0; i < s->open; i++)
			if (receiver_deal(s->deals[i].receiver)->transfer == frame->transfer.response.id)
				return &s->deals[i];
		return NULL;
	}
	if (frame->kind != FRAME_GRAPHSYNC || !graphsync_next_response(&response, &responses))
		return NULL;
	for (size_t i = 0; i < s->open; i++)
		if (memcmp(receiver_deal(s->deals[i].receiver)->request, response.id, REQUEST_ID_SIZE) == 0)
			return &s->deals[i];
	return NULL;
}

/* On a connection, what has no place in any deal is the other side's fault, not that of who mixed up files. */
static enum status hear(struct receiver *r, const struct received_frame *d)
{
	enum status status = receiver_take_frame(r, d);

	return status_class(status) == CLASS_STATE ? STATUS_BAD_MESSAGE : status;
}

/* A frame that is about no open deal: a last word on one that is over is heard and forgotten. */
static enum status stray(struct buying *s, const struct received_frame *d)
{
	struct receiver *r = NULL;
	enum status status = receiver_new(&r, s->p);

	if (status == STATUS_OK)
		status = hear(r, d);
	if (status == STATUS_OK && receiver_deal(r) != NULL &&
		!deal_is_final(SIDE_CLIENT, receiver_deal(r)->state)) /* ours, but not on this connection */
		status = STATUS_BAD_MESSAGE;
	receiver_free(r);
	return status;
}

static enum status take_one(struct buying *s, const struct received_frame *d)
{
	struct open_deal *e = find_open_deal(s, d);
	enum status status;

	if (e == NULL)
		return stray(s, d);
	status = hear(e->receiver, d);
	if (status == STATUS_OK)
		status = act(s, e);
	e->moved = true;
	if (status == STATUS_OK && !deal_is_final(SIDE_CLIENT, receiver_deal(e->receiver)->state))
		return STATUS_OK;
	status = finish(s, e, status);
	return concerns_one_deal(status) ? begin_all(s) : status;
}

/* Make durable what happened, say what is to be said, and only then tell those who watch: they may take their time. */
static enum status settle_down(struct buying *s)
{
	enum status status = send_buffer_flush(&s->out);

	for (size_t i = 0; i < s->open && status == STATUS_OK; i++) {
		struct open_deal *e = &s->deals[i];

		if (e->moved && e->x.progress != NULL)
			e->x.progress(e->x.ctx, receiver_deal(e->receiver));
		e->moved = false;
	}
	return status;
}

static enum status explain_block(struct party *p, enum status status, const struct stray_block *block)
{
	char said[CID_TEXT_MAX], is[CID_TEXT_MAX];

	if (status == STATUS_BAD_HASH)
		return party_fail(p, status, "a block does not match its CID: said %s, is %s",
			cid_text(said, &block->announced), cid_text(is, &block->given));
	return party_fail(p, status, "block %s was not asked for", cid_text(is, &block->given));
}

/* Each response of a message is taken as if it had come alone. There may be very many. */
static enum status take(struct buying *s, const struct received_frame *d)
{
	const struct received_frame *part;
	struct message_split parts = {0};
	struct stray_block stray;
	enum status status;

	if (d->frame.decoded != STATUS_OK || d->frame.kind != FRAME_GRAPHSYNC || d->frame.message.response_count < 2 ||
		d->frame.message.request_count != 0)
		return take_one(s, d);
	status = message_split_open(&parts, &stray, d);
	if (status == STATUS_BAD_HASH || status == STATUS_BAD_MESSAGE)
		status = explain_block(s->p, status, &stray);
	while (status == STATUS_OK && message_split_left(&parts) && !connection_stopped(s->out.connection)) {
		status = message_split_next(&parts, &part);
		if (status == STATUS_OK)
			status = take_one(s, part);
		if (status == STATUS_OK && send_buffer_is_due(&s->out))
			status = settle_down(s);
	}
	message_split_release(&parts);
	return status;
}

/* The next frame. Nothing is left undone or unsaid while it is waited for, nor for long if it is there. */
static enum status next_delivery(struct buying *s, struct received_frame *d)
{
	const struct connection *line = s->out.connection;
	enum status status = STATUS_OK;

	if (!frame_queue_is_ready(s->in) || send_buffer_is_due(&s->out))
		status = settle_down(s);
	if (status != STATUS_OK)
		return status;
	if (line->waiting != NULL)
		line->waiting();
	status = frame_queue_next(s->in, d);
	if (status == STATUS_OK && line->heard != NULL)
		line->heard(line->ctx, &d->frame);
	return status;
}

/* Send what is left, and end; @status: how it went so far. */
static enum status end(struct buying *s, enum status status)
{
	enum status flushed = send_buffer_flush(&s->out), closed = send_buffer_close(&s->out);

	if (status != STATUS_OK)
		return status;
	return flushed != STATUS_OK ? flushed : closed;
}

enum status buyer_run_all(struct party *p, const struct connection *line, const struct purchases *all)
{
	struct buying s = {.p = p, .all = all};
	struct received_frame d;
	enum status status;

	s.deals = calloc(all->at_once, sizeof(*s.deals));
	if (s.deals == NULL)
		return STATUS_NO_MEMORY;
	send_buffer_open(&s.out, store_kv(p->store), line);
	status = frame_queue_open(&s.in, line->in, line->wake);
	if (status == STATUS_OK)
		status = begin_all(&s);
	while (status == STATUS_OK && s.open != 0 && !connection_stopped(line)) {
		status = next_delivery(&s, &d);
		if (status == STATUS_OK)
			status = take(&s, &d);
	}
	frame_queue_close(s.in);
	while (s.open != 0) {
		enum status ended = finish(&s, &s.deals[0], status == STATUS_OK ? STATUS_END : status);

		if (status == STATUS_OK || status == STATUS_CUT || status == STATUS_END)
			status = ended;
	}
	status = end(&s, status);
	free(s.deals);
	return status;
}

/** struct single - the one purchase of buyer_run(). */
struct single {
	const struct purchase *x;
	bool begun;
	enum status status;
};

static enum status next_single(void *ctx, struct purchase *x)
{
	struct single *one = ctx;

	if (one->begun)
		return STATUS_NOT_FOUND;
	one->begun = true;
	*x = *one->x;
	return STATUS_OK;
}

static void single_ended(void *ctx, uint64_t deal, enum status s)
{
	struct single *one = ctx;

	(void)deal;
	one->status = s;
}

enum status buyer_run(struct party *p, const struct connection *line, const struct purchase *x)
{
	struct single one = {.x = x};
	struct purchases all = {.at_once = 1, .next = next_single, .ended = single_ended, .ctx = &one};
	enum status s = buyer_run_all(p, line, &all);

	return s == STATUS_OK ? one.status : s;
}
