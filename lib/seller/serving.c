/* serving.c - a seller serves whole deals over one connection: the same steps as the step tools, as fast as frames come.
 *
 * This file decides nothing: the state of a deal after a frame determines the
 * next step.
 */
#include "seller/serving.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "content/serving_lock.h"
#include "peer/loop.h"
#include "seller/debt.h"
#include "seller/left_deals.h"
#include "seller/send.h"
#include "seller/take.h"

#define SENDERS     8
#define REPORTS_MAX (1u << 20) /* bytes of reports that may wait */

/** struct served_deal - a deal of this connection that is not over. */
struct served_deal {
	uint64_t id, number;
	bool waiting; /* the deal waits until other deals of its client are paid */
	/* The deal as last seen, and whether the deal has changed since its bytes were last sent a second time. */
	enum deal_state state;
	uint64_t sent;
	struct amount received;
	bool changed;
};

/** struct serving - the seller's side of one connection. */
struct serving {
	struct party *party;
	struct loop loop;
	const struct serving_log *log;
	struct limits *limits;
	struct sender *senders[SENDERS]; /* of the deals that sent last, the latest first; NULL after the last sender */
	struct bytes reports;            /* array of struct provider_deal: logged once the deals are durable */
	struct serving_lock lock;
	struct served_deal *open; /* the latest deal is last */
	size_t open_count, open_room;
	struct bytes repeated; /* array of uint64_t: numbers of deals that were over, and whose bytes were sent again */
};

/* The first deal creates the lock file; a connection that only queries writes nothing. */
static enum status lock_deal(struct serving *serving, uint64_t number)
{
	enum status s = STATUS_OK;

	if (serving->lock.fd < 0)
		s = serving_lock_open(&serving->lock, serving->party->store);
	if (s == STATUS_OK)
		s = serving_lock_enter(&serving->lock, number);
	if (s == STATUS_IO)
		return party_fail(serving->party, s, "cannot lock 'serving' in the store: %s", strerror(errno));
	return s;
}

static enum status add_open(struct serving *serving, const struct provider_deal *deal)
{
	struct served_deal *grown = array_grow(serving->open, serving->open_count, &serving->open_room, sizeof(*grown));
	enum status s;

	if (grown == NULL)
		return STATUS_NO_MEMORY;
	serving->open = grown;
	s = lock_deal(serving, deal->number);
	if (s != STATUS_OK)
		return s;
	serving->open[serving->open_count++] = (struct served_deal){.id = deal->id, .number = deal->number};
	return STATUS_OK;
}

static void remove_open(struct serving *serving, size_t i)
{
	serving_lock_leave(&serving->lock, serving->open[i].number);
	serving->open_count--;
	memmove(&serving->open[i], &serving->open[i + 1], (serving->open_count - i) * sizeof(*serving->open));
}

static struct served_deal *find_open(const struct serving *serving, uint64_t number)
{
	for (size_t i = 0; i < serving->open_count; i++)
		if (serving->open[i].number == number)
			return &serving->open[i];
	return NULL;
}

/* A deal that has moved on is progress of the connection; frames that change nothing are none, however many come. */
static void note_change(struct serving *serving, struct served_deal *served, const struct provider_deal *deal)
{
	if (served->sent == deal->total_sent && served->state == deal->state &&
		amount_cmp(&served->received, &deal->funds_received) == 0)
		return;
	served->sent = deal->total_sent;
	served->state = deal->state;
	served->received = deal->funds_received;
	served->changed = true;
	connection_progress(serving->loop.connection);
}

/* Record that a deal is served here, or remove a deal that is over. */
static enum status note_deal(struct serving *serving, const struct provider_deal *deal)
{
	struct served_deal *served = find_open(serving, deal->number);
	bool over = deal_is_final(SIDE_PROVIDER, deal->state);
	enum status s;

	if (served == NULL && over)
		return STATUS_OK;
	if (served == NULL) {
		s = add_open(serving, deal);
		if (s != STATUS_OK)
			return s;
		served = &serving->open[serving->open_count - 1];
	}
	note_change(serving, served, deal);
	if (over)
		remove_open(serving, (size_t)(served - serving->open));
	return STATUS_OK;
}

/*
 * Are the bytes that a deal sends now the same once more, and not for the first time? A client may ask again when its
 * bytes got lost, once for each change of the deal. A second time is no progress.
 */
static enum status note_repeat(struct serving *serving, bool *repeats, uint64_t number)
{
	struct served_deal *served = find_open(serving, number);
	uint64_t earlier;

	*repeats = false;
	if (served != NULL) {
		*repeats = !served->changed;
		served->changed = false;
		return STATUS_OK;
	}
	for (size_t at = 0; at < serving->repeated.len && !*repeats; at += sizeof(earlier)) {
		memcpy(&earlier, serving->repeated.data + at, sizeof(earlier));
		*repeats = earlier == number;
	}
	if (!*repeats)
		bytes_append(&serving->repeated, &number, sizeof(number));
	return bytes_status(&serving->repeated);
}

static void log_reports(void *ctx)
{
	struct serving *serving = ctx;
	struct provider_deal deal;

	for (size_t at = 0; at < serving->reports.len && serving->log->log != NULL; at += sizeof(deal)) {
		memcpy(&deal, serving->reports.data + at, sizeof(deal));
		serving->log->log(serving->log->ctx, &deal);
	}
	bytes_clear(&serving->reports);
}

static enum status report(struct serving *serving, const struct provider_deal *deal)
{
	enum status s;

	bytes_append(&serving->reports, deal, sizeof(*deal));
	s = bytes_status(&serving->reports);
	if (s != STATUS_OK || serving->reports.len < REPORTS_MAX)
		return s;
	return loop_flush(&serving->loop);
}

/* Get the sender of a deal; the sender moves to the front of the list. */
static enum status find_sender(struct serving *serving, struct sender **out, uint64_t deal)
{
	struct sender **senders = serving->senders, *found;
	size_t i = 0;

	while (i < SENDERS - 1 && senders[i] != NULL && sender_deal(senders[i]) != deal)
		i++;
	found = senders[i];
	if (found == NULL || sender_deal(found) != deal) {
		enum status s;

		sender_free(found);
		senders[i] = NULL;
		s = sender_new(&found, serving->party, deal, serving->limits);
		if (s != STATUS_OK)
			return s;
	}
	for (; i > 0; i--)
		senders[i] = senders[i - 1];
	*out = senders[0] = found;
	return STATUS_OK;
}

static void set_waiting(struct serving *serving, uint64_t id)
{
	for (size_t i = 0; i < serving->open_count; i++)
		if (serving->open[i].id == id)
			serving->open[i].waiting = true;
}

/* Debts for deals that nobody serves stand in the way of @deal: the client is told of these deals. */
static enum status answer_debts(struct serving *serving, const struct provider_deal *deal)
{
	CLEAN_BYTES struct bytes frames = {0};
	enum status s = left_deals_answer(serving->party, &frames, deal, serving->limits->client);

	return s == STATUS_OK ? send_buffer_add(&serving->loop.out, bytes_span(&frames)) : s;
}

/* MONEY 15: a deal sends new bytes only as far as its client may owe; bytes that were sent before may be sent again. */
static enum status send_on(struct serving *serving, const struct provider_deal *deal)
{
	struct sink sink = send_buffer_sink(&serving->loop.out);
	enum debt_verdict verdict = DEBT_SEND;
	struct sender *sender;
	enum status s = STATUS_OK;

	if (deal->state == DEAL_ONGOING)
		s = debt_judge(serving->party, &verdict, serving->limits, deal);
	if (s != STATUS_OK)
		return s;
	if (verdict == DEBT_WAIT)
		set_waiting(serving, deal->id);
	if (verdict != DEBT_SEND)
		return verdict == DEBT_NEVER ? answer_debts(serving, deal) : STATUS_OK;
	s = note_repeat(serving, &serving->loop.out.repeats, deal->number);
	if (s != STATUS_OK)
		return s;
	s = find_sender(serving, &sender, deal->id);
	if (s != STATUS_OK)
		return s;
	s = sender_go(sender, &sink);
	if (s == STATUS_OWES_TOO_MUCH) { /* another process sent bytes of another deal of this client meanwhile */
		error_clear(&serving->party->error);
		set_waiting(serving, deal->id);
		return STATUS_OK;
	}
	return s == STATUS_PAYMENT_NEEDED || s == STATUS_NOT_NOW ? STATUS_OK : s;
}

/* Has another process sent the unpaid bytes, to a connection of this client that is dead now? */
static bool is_behind(const struct serving *serving, const struct provider_deal *deal)
{
	if (deal->state != DEAL_FUNDS_NEEDED && deal->state != DEAL_FUNDS_NEEDED_LAST_PAYMENT)
		return false;
	for (size_t i = 0; i < SENDERS && serving->senders[i] != NULL; i++)
		if (sender_deal(serving->senders[i]) == deal->id)
			return sender_is_behind(serving->senders[i], deal);
	return true;
}

/*
 * Send the blocks that a deal allows after a frame; @proposal: the frame was a proposal. A client that proposes a
 * completed deal has lost some of its bytes: those are sent again, with the final answer.
 */
static enum status send_due(struct serving *serving, const struct provider_deal *deal, bool proposal)
{
	if (deal->state == DEAL_ONGOING || is_behind(serving, deal))
		return send_on(serving, deal);
	if (proposal && (deal->state == DEAL_COMPLETED || !deal_is_final(SIDE_PROVIDER, deal->state)))
		return send_on(serving, deal);
	return STATUS_OK;
}

/* After each frame of a client, send more if the deal allows more. */
static enum status go_on(struct serving *serving, uint64_t id, bool proposal)
{
	struct provider_deal deal;
	enum status s = party_get_provider(serving->party, &deal, id);

	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	s = note_deal(serving, &deal);
	if (s != STATUS_OK)
		return s;
	s = send_due(serving, &deal, proposal);
	if (s != STATUS_OK)
		return s;
	s = party_get_provider(serving->party, &deal, id);
	if (s != STATUS_OK)
		return s;
	s = note_deal(serving, &deal);
	if (s != STATUS_OK)
		return s;
	return report(serving, &deal);
}

/* A deal that waits for other deals of its client goes on, unless the deal still has to wait. */
static enum status try_again(struct serving *serving, struct served_deal *waiting)
{
	enum debt_verdict verdict;
	struct provider_deal deal;
	enum status s = party_get_provider(serving->party, &deal, waiting->id);

	if (s != STATUS_OK)
		return s;
	s = debt_judge(serving->party, &verdict, serving->limits, &deal);
	if (s != STATUS_OK || verdict == DEBT_WAIT)
		return s;
	waiting->waiting = false;
	return go_on(serving, deal.id, false);
}

/* NOT_FOUND if no deal waits. */
static enum status try_waiting(void *ctx)
{
	struct serving *serving = ctx;
	bool any = false;

	for (size_t i = 0; i < serving->open_count;) {
		uint64_t id = serving->open[i].id;
		enum status s;

		if (serving->open[i].waiting) {
			any = true;
			s = try_again(serving, &serving->open[i]);
			if (s != STATUS_OK)
				return s;
		}
		i += i < serving->open_count && serving->open[i].id == id;
	}
	return any ? STATUS_OK : STATUS_NOT_FOUND;
}

/* A frame about @deal was refused with @refused, and the client was answered; the answer to a query is no event. */
static enum status log_refusal(struct serving *serving, enum status refused, uint64_t deal)
{
	enum status s = STATUS_OK;

	if (serving->log->refused != NULL && deal != 0) {
		s = loop_flush(&serving->loop);
		serving->log->refused(serving->log->ctx, refused);
	}
	error_clear(&serving->party->error);
	return s;
}

/**
 * struct taken - the outcome of one frame, or of one request in a frame.
 * @status: the status of judging the frame. @answer: for the client. @deal: the id of the frame's deal, or 0.
 * @proposal: the frame is a new graphsync request.
 */
struct taken {
	enum status status;
	struct bytes answer;
	uint64_t deal;
	bool proposal;
};

/* Send the answer, and continue the deal. */
static enum status conclude(struct serving *serving, const struct taken *taken)
{
	if (taken->answer.len != 0) {
		enum status s = send_buffer_add(&serving->loop.out, bytes_span(&taken->answer));

		if (s != STATUS_OK)
			return s;
	}
	if (seller_is_refusal(taken->status))
		return log_refusal(serving, taken->status, taken->deal);
	if (taken->status != STATUS_OK || taken->deal == 0)
		return taken->status;
	return go_on(serving, taken->deal, taken->proposal);
}

static enum status take_request(struct serving *serving, const struct graphsync_request *request)
{
	struct taken taken = {.proposal = request->type == GRAPHSYNC_NEW};
	enum status s;

	taken.status = seller_take_request(serving->party, &taken.answer, &taken.deal, request, serving->limits);
	s = conclude(serving, &taken);
	bytes_release(&taken.answer);
	return s;
}

/*
 * Each request of a message stands alone: the outcome of one request does not affect the others. One message may hold
 * very many.
 */
static enum status take_requests(struct serving *serving, const struct graphsync_message *message)
{
	struct graphsync_request request;
	struct span requests = message->requests;

	while (!connection_stopped(serving->loop.connection) && graphsync_next_request(&request, &requests)) {
		enum status s = take_request(serving, &request);

		if (s != STATUS_OK)
			return s;
		s = loop_flush_if_due(&serving->loop);
		if (s != STATUS_OK)
			return s;
	}
	return STATUS_OK;
}

static enum status take(struct serving *serving, const struct frame *frame)
{
	const struct graphsync_message *message = &frame->message;
	struct taken taken = {0};
	enum status s;

	if (frame->decoded == STATUS_OK && frame->kind == FRAME_GRAPHSYNC && message->request_count != 0 &&
		message->response_count == 0 && message->block_count == 0)
		return take_requests(serving, message);
	taken.status = seller_take(serving->party, &taken.answer, &taken.deal, frame, serving->limits);
	if (frame->kind == FRAME_QUERY && taken.answer.len != 0)
		connection_progress(serving->loop.connection);
	s = conclude(serving, &taken);
	bytes_release(&taken.answer);
	return s;
}

/* Explain how the connection ended, unless our own failure ended the connection. */
static enum status explain_end(struct serving *serving, enum status s)
{
	if (s == STATUS_BAD_TEXT)
		return party_explain(serving->party, s, "the client broke the protocol: text came in place of frames");
	if (s != STATUS_OK && s != STATUS_END)
		return s;
	if (serving->open_count != 0)
		return party_fail(serving->party, STATUS_END, "%s; deal %" PRIu64 " can be resumed",
			connection_stopped(serving->loop.connection) ? "stopped" : "the client went away",
			serving->open[serving->open_count - 1].id);
	return s == STATUS_END ? party_fail(serving->party, s, "the other side went away") : s;
}

static enum status serve_all(struct serving *serving)
{
	struct received_frame received;

	for (;;) {
		enum status s = loop_next(&serving->loop, &received);

		if (s != STATUS_OK)
			return s;
		s = take(serving, &received.frame);
		if (s == STATUS_OK)
			s = try_waiting(serving);
		if (s != STATUS_OK && s != STATUS_NOT_FOUND)
			return s;
	}
}

enum status seller_run(
	struct party *party, const struct connection *connection, struct limits *limits, const struct serving_log *log)
{
	struct limits none = {0};
	struct serving serving = {
		.party = party, .log = log, .limits = limits != NULL ? limits : &none, .lock = {.fd = -1}};
	enum status s = loop_open(&serving.loop, store_kv(party->store), connection, LOOP_READ_NEXT);

	serving.loop.report = log_reports;
	serving.loop.tick = try_waiting;
	serving.loop.ctx = &serving;
	serving.limits->deals = 0;
	if (s == STATUS_OK)
		s = serve_all(&serving);
	/*
	 * The client ends a connection when it has nothing more to send: only bytes that could not be sent to the
	 * client are a loss.
	 */
	s = loop_close(&serving.loop, s == STATUS_END ? STATUS_OK : s);
	s = explain_end(&serving, s);
	for (size_t i = 0; i < SENDERS; i++)
		sender_free(serving.senders[i]);
	bytes_release(&serving.reports);
	bytes_release(&serving.repeated);
	serving_lock_close(&serving.lock);
	free(serving.open);
	return s;
}
