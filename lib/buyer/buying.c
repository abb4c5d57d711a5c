/* buying.c - a buyer goes through whole deals over one connection: the same steps as the step tools, as fast as frames come.
 *
 * This file decides nothing: the state of a deal after each frame determines
 * the next step. Blocks arrive while vouchers leave. In each deal a provider is
 * never more than one interval and one block ahead, so neither side can wait
 * for the other with both pipes full.
 */
#include "buyer/buying_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "buyer/debts.h"
#include "buyer/left_deals.h"
#include "buyer/pay.h"
#include "buyer/propose.h"
#include "buyer/recovery.h"
#include "buyer/requests.h"
#include "peer/message_split.h"

/* Sign and send the payment that is due, or send the last voucher again if the provider seems not to have it. */
static enum status pay(struct buying *buying, struct open_deal *open)
{
	CLEAN_BYTES struct bytes frames = {0};
	enum status s = receiver_finish(open->receiver);

	if (s != STATUS_OK)
		return s;
	s = receiver_recoveries(open->receiver) != 0 ? buyer_top_up(buying->p, open->purchase.deal) : STATUS_OK;
	if (s != STATUS_OK)
		return s;
	s = buyer_pay(buying->p, &frames, NULL, open->purchase.deal, &open->purchase.max_total);
	if (s != STATUS_OK)
		return s;
	s = send_buffer_add(&buying->loop.out, bytes_span(&frames));
	return s == STATUS_OK ? receiver_reload(open->receiver) : s;
}

/* Resume a deal that the provider knows, on the connection on which the deal was requested. */
static enum status resume(struct buying *buying, struct open_deal *open)
{
	CLEAN_BYTES struct bytes frames = {0};
	enum status s = receiver_resume(open->receiver, &frames);

	restart_made(&open->restart, buying_deal(open)->blocks_received);
	open->resent = 0; /* a payment may have got lost with the request before */
	return s == STATUS_OK ? send_buffer_add(&buying->loop.out, bytes_span(&frames)) : s;
}

/* Restart the deals whose providers are silent for too long; NOT_FOUND if none is watched. */
static enum status restart_silent(void *ctx)
{
	struct buying *buying = ctx;
	bool any = false;

	for (size_t i = 0; i < buying->open; i++) {
		struct open_deal *open = &buying->deals[i];
		enum status s;

		any = any || open->restart.due != 0;
		s = restart_is_due(&open->restart) ? resume(buying, open) : STATUS_OK;
		if (s != STATUS_OK)
			return s;
	}
	return any ? STATUS_OK : STATUS_NOT_FOUND;
}

/* While a deal is watched the loop ticks, which makes the loop slower. */
static void watch(struct buying *buying, const struct open_deal *open)
{
	buying->loop.tick = open->restart.due != 0 ? restart_silent : NULL;
	for (size_t i = 0; i < buying->open && buying->loop.tick == NULL; i++)
		if (buying->deals[i].restart.due != 0)
			buying->loop.tick = restart_silent;
}

/* Pay a left deal for what has come, and end it. */
static enum status end_left(struct buying *buying, struct open_deal *open)
{
	CLEAN_BYTES struct bytes frames = {0};
	const struct client_deal *deal = buying_deal(open);
	struct amount before = deal->funds_spent, paid;
	enum status s = receiver_finish(open->receiver);

	if (s != STATUS_OK)
		return s;
	s = buyer_end_left(buying->p, &frames, open->purchase.deal, &open->purchase.max_total);
	if (s != STATUS_OK)
		return s;
	s = send_buffer_add(&buying->loop.out, bytes_span(&frames));
	if (s != STATUS_OK)
		return s;
	s = receiver_reload(open->receiver);
	if (s == STATUS_OK && buying->all->left_ended != NULL && amount_sub(&paid, &deal->funds_spent, &before))
		buying->all->left_ended(buying->all->ctx, deal, &paid);
	return s;
}

/* Take the step that the deal needs after a frame. */
static enum status act(struct buying *buying, struct open_deal *open)
{
	const struct client_deal *deal = buying_deal(open);
	enum status s = client_wants_channel(deal) ? buying_open_channel(buying, open) : STATUS_OK, outcome;

	if (s != STATUS_OK || open->pending)
		return s;
	if (receiver_resume_due(open->receiver))
		return resume(buying, open);
	outcome = buyer_outcome(deal);
	if (open->purchase.ends && outcome == STATUS_PAYMENT_NEEDED)
		return end_left(buying, open);
	if (outcome == STATUS_PAYMENT_NEEDED && open->restart.wanted)
		return resume(buying, open); /* the payment follows the answer */
	if (outcome == STATUS_PAYMENT_NEEDED || outcome == STATUS_NO_FUNDS) {
		s = pay(buying, open);
		open->resent = deal->voucher_nonce;
		restart_paid(&open->restart);
		return s;
	}
	if (open->recoveries != receiver_recoveries(open->receiver))
		open->resent = 0; /* a voucher that was refused may be accepted now */
	open->recoveries = receiver_recoveries(open->receiver);
	if (!receiver_asked(open->receiver) || deal->voucher_nonce == 0 || open->resent == deal->voucher_nonce)
		return STATUS_OK;
	open->resent = deal->voucher_nonce;
	return pay(buying, open);
}

static struct open_deal *find_deal(struct buying *buying, uint64_t deal)
{
	for (size_t i = 0; i < buying->open; i++)
		if (buying->deals[i].purchase.deal == deal)
			return &buying->deals[i];
	return NULL;
}

/* A provider may accept no new deal from a client that seems to have left a deal unpaid: debts are paid first. */
static enum status settle_debts(struct buying *buying, const struct open_deal *open)
{
	CLEAN_BYTES struct bytes frames = {0};
	const struct client_deal *deal = buying_deal(open);
	enum status s;

	if (deal->state != DEAL_WAIT_FOR_ACCEPTANCE)
		return STATUS_OK;
	s = buyer_pay_debts(buying->p, &frames, &deal->payload, &deal->provider, &open->purchase.debts);
	if (s != STATUS_OK || frames.len == 0)
		return s;
	return send_buffer_add(&buying->loop.out, bytes_span(&frames));
}

/* Begin the deal with the blocks of an older deal. */
static enum status seed(struct buying *buying, const struct open_deal *open)
{
	uint64_t from = open->purchase.from;
	enum status s;

	if (from == 0 || from == open->purchase.deal)
		return STATUS_OK;
	connection_working(buying->loop.connection);
	s = receiver_seed(open->receiver, from);
	connection_progress(buying->loop.connection);
	return s;
}

static enum status open_receiver(struct buying *buying, struct open_deal *open)
{
	enum status s = receiver_new(&open->receiver, buying->p);

	if (s != STATUS_OK)
		return s;
	s = receiver_open(open->receiver, open->purchase.deal);
	if (s != STATUS_OK)
		return s;
	s = seed(buying, open);
	return s == STATUS_OK ? settle_debts(buying, open) : s;
}

/* Send the deal's request, which says how much of the content we already have. */
static enum status request(struct buying *buying, struct open_deal *open)
{
	CLEAN_BYTES struct bytes frames = {0};
	bool resumed = buying_deal(open)->state != DEAL_WAIT_FOR_ACCEPTANCE;
	enum status s = receiver_request(open->receiver, &frames);

	if (resumed)
		restart_made(&open->restart, buying_deal(open)->blocks_received);
	return s == STATUS_OK ? send_buffer_add(&buying->loop.out, bytes_span(&frames)) : s;
}

/* Is there nothing to receive for a left deal before it ends: is the deal over, or does the deal owe nothing? */
static bool is_settled(const struct client_deal *deal)
{
	return deal_is_final(SIDE_CLIENT, deal->state) || amount_is_zero(&deal->total_funds);
}

/* Begin the deal of @open, which is the place after the last open deal. */
static enum status begin(struct buying *buying, struct open_deal *open)
{
	enum status s;

	if (find_deal(buying, open->purchase.deal) != NULL) /* the same deal was wanted twice: one is enough */
		return STATUS_OK;
	s = open_receiver(buying, open);
	if (s != STATUS_OK) {
		receiver_free(open->receiver);
		return s;
	}
	buying->open++;
	if (open->purchase.ends && is_settled(buying_deal(open)))
		s = end_left(buying, open);
	if (s != STATUS_OK || deal_is_final(SIDE_CLIENT, buying_deal(open)->state))
		return buying_finish(buying, open, s);
	return request(buying, open);
}

/* Begin deals until as many are open as may be. */
static enum status begin_all(struct buying *buying)
{
	enum status s = STATUS_OK;

	while (buying_concerns_one_deal(s) && buying->open < buying->all->at_once) {
		struct open_deal *open = &buying->deals[buying->open];

		*open = (struct open_deal){0};
		s = buying->all->next(buying->all->ctx, &open->purchase);
		if (s != STATUS_OK)
			return s == STATUS_NOT_FOUND || buying_concerns_one_deal(s) ? STATUS_OK : s;
		s = begin(buying, open);
	}
	return buying_concerns_one_deal(s) ? STATUS_OK : s;
}

static struct open_deal *find_transfer(struct buying *buying, uint64_t transfer)
{
	for (size_t i = 0; i < buying->open; i++)
		if (buying_deal(&buying->deals[i])->transfer == transfer)
			return &buying->deals[i];
	return NULL;
}

static struct open_deal *find_request(struct buying *buying, const uint8_t *id)
{
	for (size_t i = 0; i < buying->open; i++)
		if (memcmp(buying_deal(&buying->deals[i])->request, id, REQUEST_ID_SIZE) == 0)
			return &buying->deals[i];
	return NULL;
}

/* The open deal that a frame belongs to; NULL if none can be determined, or if the frame belongs to another deal. */
static struct open_deal *find_open_deal(struct buying *buying, const struct received_frame *received)
{
	const struct frame *frame = &received->frame;
	struct graphsync_response response;
	struct span responses = frame->message.responses;

	if (frame->decoded != STATUS_OK || frame->from_client)
		return NULL;
	if (frame->kind == FRAME_TRANSFER)
		return find_transfer(buying, frame->transfer.response.id);
	if (frame->kind != FRAME_GRAPHSYNC || !graphsync_next_response(&response, &responses))
		return NULL;
	return find_request(buying, response.id);
}

/* On a connection, a frame that fits no deal is the other side's fault; in a file, the user may have mixed up files. */
static enum status receive(struct buying *buying, struct receiver *receiver, const struct received_frame *frame)
{
	struct party *p = buying->p;
	enum status s = receiver_take_received(receiver, frame);

	if (status_class(s) == CLASS_STATE)
		return party_fail(p, STATUS_BAD_MESSAGE, "%s", error_text(&p->error, s));
	return s;
}

/* The deal that a provider asks us to resume because the provider can't resume a deal itself (data-transfer type 7). */
static struct open_deal *find_to_resume(struct buying *buying, const struct received_frame *received)
{
	const struct frame *frame = &received->frame;

	if (frame->decoded != STATUS_OK || frame->kind != FRAME_TRANSFER || !frame->from_client ||
		frame->transfer.request.type != TRANSFER_RESTART_EXISTING)
		return NULL;
	return find_transfer(buying, frame->transfer.request.restart.id);
}

/* Take a frame that belongs to no open deal. A last message for a deal that is over is read and ignored. */
static enum status take_stray(struct buying *buying, const struct received_frame *frame)
{
	struct receiver *receiver = NULL;
	enum status s = receiver_new(&receiver, buying->p);

	if (s != STATUS_OK)
		return s;
	s = receive(buying, receiver, frame);
	if (s == STATUS_OK && receiver_deal(receiver) != NULL &&
		!deal_is_final(SIDE_CLIENT, receiver_deal(receiver)->state)) /* our deal, but not on this connection */
		s = STATUS_BAD_MESSAGE;
	receiver_free(receiver);
	return s;
}

/* A frame that leaves the deal where the deal was is no progress, however many such frames come. */
static enum status take_and_act(struct buying *buying, struct open_deal *open, const struct received_frame *frame)
{
	const struct client_deal *deal = buying_deal(open);
	uint64_t bytes = deal->total_received, nonce = deal->voucher_nonce;
	enum deal_state state = deal->state;
	enum status s = receive(buying, open->receiver, frame);

	restart_received(&open->restart, &frame->frame, deal->total_received != bytes);
	if (s == STATUS_OK)
		s = act(buying, open);
	watch(buying, open);
	if (deal->total_received != bytes || deal->voucher_nonce != nonce || deal->state != state)
		connection_progress(buying->loop.connection);
	return s;
}

/* Take a frame of an open deal's earlier request: the frame was on its way when the request was cancelled. */
static enum status take_other(struct buying *buying, const struct received_frame *frame)
{
	uint64_t id;
	enum status s = receiver_find(buying->p, &id, frame);

	return s != STATUS_OK || find_deal(buying, id) != NULL ? s : take_stray(buying, frame);
}

static enum status take_one(struct buying *buying, const struct received_frame *frame)
{
	struct open_deal *open = find_to_resume(buying, frame);
	enum status s;

	if (open != NULL) {
		restart_ask(&open->restart, buying_deal(open)->blocks_received);
		watch(buying, open);
		return STATUS_OK;
	}
	open = find_open_deal(buying, frame);
	if (open == NULL)
		return take_other(buying, frame);
	s = take_and_act(buying, open, frame);
	open->moved = true;
	if (s == STATUS_OK && !deal_is_final(SIDE_CLIENT, buying_deal(open)->state))
		return STATUS_OK;
	s = buying_finish(buying, open, s);
	return buying_concerns_one_deal(s) ? begin_all(buying) : s;
}

static void report(void *ctx)
{
	struct buying *buying = ctx;

	for (size_t i = 0; i < buying->open; i++) {
		struct open_deal *open = &buying->deals[i];

		if (open->moved && open->purchase.progress != NULL)
			open->purchase.progress(open->purchase.ctx, buying_deal(open));
		open->moved = false;
	}
}

static enum status explain_block(struct party *p, enum status s, const struct stray_block *block)
{
	char announced[CID_TEXT_MAX], given[CID_TEXT_MAX];

	if (s == STATUS_BAD_HASH)
		return party_fail(p, s, "a block does not match its CID: said %s, is %s",
			cid_text(announced, &block->announced), cid_text(given, &block->given));
	return party_fail(p, s, "block %s was not requested", cid_text(given, &block->given));
}

static enum status take_next_part(struct buying *buying, struct message_split *parts)
{
	const struct received_frame *part;
	enum status s = message_split_next(parts, &part);

	if (s != STATUS_OK)
		return s;
	s = take_one(buying, part);
	return s == STATUS_OK ? loop_flush_if_due(&buying->loop) : s;
}

/* Each response of a message is processed as if the response had come alone. One message may hold very many. */
static enum status take_parts(struct buying *buying, const struct received_frame *frame)
{
	struct message_split parts = {0};
	struct stray_block stray;
	enum status s = message_split_open(&parts, &stray, frame);

	if (s == STATUS_BAD_HASH || s == STATUS_BAD_MESSAGE)
		s = explain_block(buying->p, s, &stray);
	while (s == STATUS_OK && message_split_left(&parts) && !connection_stopped(buying->loop.connection))
		s = take_next_part(buying, &parts);
	message_split_release(&parts);
	return s;
}

static enum status take(struct buying *buying, const struct received_frame *frame)
{
	bool for_several = frame->frame.decoded == STATUS_OK && frame->frame.kind == FRAME_GRAPHSYNC &&
			   frame->frame.message.response_count > 1 && frame->frame.message.request_count == 0;

	return for_several ? take_parts(buying, frame) : take_one(buying, frame);
}

/* Process frame after frame until no deal is open, or none can go on here. */
static enum status converse(struct buying *buying)
{
	struct received_frame frame;
	enum status s = begin_all(buying);

	while (s == STATUS_OK && !buying_all_pending(buying) && !connection_stopped(buying->loop.connection)) {
		s = loop_next(&buying->loop, &frame);
		if (s == STATUS_OK)
			s = take(buying, &frame);
	}
	return s;
}

enum status buyer_run_all(struct party *p, const struct connection *connection, const struct purchases *all)
{
	struct buying buying = {.p = p, .all = all};
	enum status s;

	buying.deals = calloc(all->at_once, sizeof(*buying.deals));
	if (buying.deals == NULL)
		return STATUS_NO_MEMORY;
	s = loop_open(&buying.loop, store_kv(p->store), connection, LOOP_READ_AHEAD);
	buying.loop.report = report;
	buying.loop.ctx = &buying;
	if (s == STATUS_OK)
		s = converse(&buying);
	s = buying_finish_all(&buying, s);
	s = loop_close(&buying.loop, s);
	free(buying.deals);
	return s;
}
