/* serving.c - a seller serves whole deals over one connection: the same steps as the step tools, as fast as frames come.
 *
 * Nothing is decided here: what follows a frame follows from where its deal
 * stands then.
 */
#include "seller/serving.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "party/party.h"
#include "peer/connection.h"
#include "peer/send_buffer.h"
#include "peer/sink.h"
#include "seller/answers.h"
#include "seller/limits.h"
#include "seller/send.h"
#include "seller/serving_lock.h"
#include "seller/take.h"
#include "wire/frame.h"
#include "wire/graphsync.h"

#define SENDERS  8
#define NEWS_MAX (1u << 20) /* bytes of news that wait at most */

/** struct served_deal - a deal of this connection that is not over. */
struct served_deal {
	uint64_t id, number;
};

/** struct serving - one connection, as the seller has it. */
struct serving {
	struct party *p;
	struct send_buffer out;
	const struct serving_log *log;
	struct limits *limits;
	struct sender *senders[SENDERS]; /* of the deals that sent last, the latest first; NULL from some place on */
	struct bytes news;               /* of struct provider_deal: to be logged once they are durable */
	struct serving_lock lock;
	struct served_deal *open; /* the latest last */
	size_t open_count, open_room;
};

/* The first deal makes the file; a connection for queries writes nothing. */
static enum status enter(struct serving *s, uint64_t number)
{
	enum status status = s->lock.fd < 0 ? serving_lock_open(&s->lock, s->p->store) : STATUS_OK;

	if (status == STATUS_OK)
		status = serving_lock_enter(&s->lock, number);
	if (status == STATUS_IO)
		return party_fail(s->p, status, "cannot lock 'serving' in the store: %s", strerror(errno));
	return status;
}

/* A deal is served here until it is over: note it, or forget it. */
static enum status note_deal(struct serving *s, const struct provider_deal *d)
{
	bool over = deal_is_final(SIDE_PROVIDER, d->state);
	struct served_deal *grown;
	size_t i = 0;
	enum status status;

	while (i < s->open_count && s->open[i].id != d->id)
		i++;
	if (over && i < s->open_count) {
		serving_lock_leave(&s->lock, d->number);
		memmove(&s->open[i], &s->open[i + 1], (--s->open_count - i) * sizeof(*s->open));
	}
	if (over || i < s->open_count)
		return STATUS_OK;
	grown = array_grow(s->open, s->open_count, &s->open_room, sizeof(*grown));
	if (grown == NULL)
		return STATUS_NO_MEMORY;
	s->open = grown;
	status = enter(s, d->number);
	if (status == STATUS_OK)
		s->open[s->open_count++] = (struct served_deal){d->id, d->number};
	return status;
}

/* Make durable what happened, say what is to be said, and only then log it: who reads that may take his time. */
static enum status settle_down(struct serving *s)
{
	enum status status = send_buffer_flush(&s->out);

	for (size_t at = 0; at < s->news.len && status == STATUS_OK && s->log->log != NULL;) {
		struct provider_deal d;

		memcpy(&d, s->news.data + at, sizeof(d));
		s->log->log(s->log->ctx, &d);
		at += sizeof(d);
	}
	bytes_clear(&s->news);
	return status;
}

/* So much, or for so long, was not told. */
static bool is_due(const struct serving *s)
{
	return send_buffer_is_due(&s->out) || s->news.len >= NEWS_MAX;
}

/* The sender of a deal, which becomes the first of the list. */
static enum status find_sender(struct serving *s, struct sender **out, uint64_t deal)
{
	enum status status = STATUS_OK;
	size_t i = 0;

	while (i < SENDERS - 1 && s->senders[i] != NULL && sender_deal(s->senders[i]) != deal)
		i++;
	*out = s->senders[i];
	if (*out == NULL || sender_deal(*out) != deal) {
		sender_free(*out);
		*out = s->senders[i] = NULL;
		status = sender_new(out, s->p, deal);
	}
	if (status == STATUS_OK) {
		for (; i > 0; i--)
			s->senders[i] = s->senders[i - 1];
		s->senders[0] = *out;
	}
	return status;
}

static enum status send_on(struct serving *s, uint64_t deal, uint64_t held)
{
	struct sink sink = send_buffer_sink(&s->out);
	struct sender *sender;
	enum status status = find_sender(s, &sender, deal);

	return status == STATUS_OK ? sender_go(sender, held, &sink) : status;
}

/* After each frame of a client: send on, if the deal allows it. */
static enum status go_on(struct serving *s, uint64_t deal, bool is_proposal, uint64_t held)
{
	struct sink sink = send_buffer_sink(&s->out);
	struct provider_deal d;
	enum status status = party_get_provider(s->p, &d, deal);

	if (status != STATUS_OK)
		return status == STATUS_NOT_FOUND ? STATUS_OK : status;
	status = note_deal(s, &d);
	if (status != STATUS_OK)
		return status;
	if (d.state == DEAL_COMPLETED && is_proposal && !amount_is_zero(&d.params.price_per_byte))
		status = seller_conclude(s->p, deal, &sink);
	else if (d.state == DEAL_ONGOING || (is_proposal && !deal_is_final(SIDE_PROVIDER, d.state)) ||
		 (is_proposal && d.state == DEAL_COMPLETED))
		status = send_on(s, deal, held);
	if (status == STATUS_PAYMENT_NEEDED || status == STATUS_NOT_FOUND)
		status = STATUS_OK;
	if (status == STATUS_OK)
		status = party_get_provider(s->p, &d, deal);
	if (status == STATUS_OK)
		status = note_deal(s, &d);
	if (status == STATUS_OK) {
		bytes_append(&s->news, &d, sizeof(d));
		status = bytes_status(&s->news);
	}
	return status;
}

/* A refusal is an answer, not the end of the connection; what we could not do is. */
static bool is_refusal(enum status s)
{
	enum status_class c = status_class(s);

	return c == CLASS_NO || c == CLASS_PAYMENT || c == CLASS_STATE || s == STATUS_BAD_SIGNATURE;
}

/* The answer goes out, and the deal goes on; @request: NULL for a data-transfer message of its own. */
static enum status conclude(struct serving *s, const struct bytes *answer, enum status status, uint64_t deal,
	const struct graphsync_request *request)
{
	bool is_proposal = request != NULL && request->type == GRAPHSYNC_NEW;
	enum status sent = answer->len != 0 ? send_buffer_add(&s->out, bytes_span(answer)) : STATUS_OK;

	if (sent != STATUS_OK)
		return sent;
	if (status == STATUS_OK && deal != 0)
		return go_on(s, deal, is_proposal, is_proposal ? request_skip_links(request) : 0);
	if (!is_refusal(status))
		return status;
	if (s->log->refused != NULL && deal != 0) { /* an answer to a query is no event */
		sent = settle_down(s);
		s->log->refused(s->log->ctx, status);
	}
	s->p->why[0] = s->p->hint[0] = '\0';
	return sent;
}

static enum status take_request(struct serving *s, const struct graphsync_request *request)
{
	struct bytes answer = {0};
	uint64_t deal = 0;
	enum status status = seller_take_request(s->p, &answer, &deal, request, s->limits);

	status = conclude(s, &answer, status, deal, request);
	bytes_release(&answer);
	return status;
}

/* Each request of a message stands alone: what becomes of one is nothing to the others. There may be very many. */
static enum status take_requests(struct serving *s, const struct graphsync_message *m)
{
	struct graphsync_request request;
	struct span requests = m->requests;
	enum status status = STATUS_OK;

	while (status == STATUS_OK && !connection_stopped(s->out.line) && graphsync_next_request(&request, &requests)) {
		status = take_request(s, &request);
		if (status == STATUS_OK && is_due(s))
			status = settle_down(s);
	}
	return status;
}

static enum status take(struct serving *s, const struct frame *frame)
{
	const struct graphsync_message *m = &frame->message;
	struct bytes answer = {0};
	uint64_t deal = 0;
	enum status status;

	if (frame->decoded == STATUS_OK && frame->kind == FRAME_GRAPHSYNC && m->request_count != 0 &&
		m->response_count == 0 && m->block_count == 0)
		return take_requests(s, m);
	status = seller_take(s->p, &answer, &deal, frame, s->limits);
	status = conclude(s, &answer, status, deal, NULL);
	bytes_release(&answer);
	return status;
}

/* How the connection ended, with a deal open. */
static enum status leave_open(struct serving *s)
{
	unsigned long long deal = s->open[s->open_count - 1].id;

	if (connection_stopped(s->out.line))
		return party_fail(s->p, STATUS_END, "stopped; deal %llu can be resumed", deal);
	return party_fail(s->p, STATUS_END, "the client went away; deal %llu can be resumed", deal);
}

/* The next frame. Nothing is left undone or unsaid while it is waited for, nor for long if it is there. */
static enum status next_frame(struct serving *s, struct frame_reader *reader, struct frame *frame)
{
	const struct connection *line = s->out.line;
	struct span body;
	enum status status = STATUS_OK;

	if (!frame_is_here(reader) || is_due(s))
		status = settle_down(s);
	if (status != STATUS_OK)
		return status;
	if (line->waiting != NULL)
		line->waiting();
	status = frame_next(reader, &body);
	if (status != STATUS_OK)
		return status;
	status = frame_decode(frame, body);
	if (line->heard != NULL)
		line->heard(line->ctx, frame);
	return status;
}

enum status seller_run(
	struct party *p, const struct connection *connection, struct limits *limits, const struct serving_log *log)
{
	struct serving s = {.p = p, .log = log, .limits = limits, .lock = {.fd = -1}};
	struct frame_reader reader;
	struct frame frame;
	struct limits none = {0};
	enum status status = STATUS_OK, finished;

	if (limits == NULL)
		s.limits = &none;
	s.limits->deals = 0;
	send_buffer_open(&s.out, p, connection);
	frame_reader_init(&reader, connection->in);
	reader.wake = connection->wake;
	while (status == STATUS_OK && !connection_stopped(connection)) {
		status = next_frame(&s, &reader, &frame);
		if (status == STATUS_OK)
			status = take(&s, &frame);
	}
	frame_reader_release(&reader);
	for (size_t i = 0; i < SENDERS; i++)
		sender_free(s.senders[i]);
	finished = settle_down(&s);
	status = send_buffer_close(&s.out, status == STATUS_END || status == STATUS_OK ? finished : status);
	bytes_release(&s.news);
	if ((status == STATUS_OK || status == STATUS_END) && s.open_count != 0)
		status = leave_open(&s);
	serving_lock_close(&s.lock);
	free(s.open);
	return status;
}
