/* receive.c - a buyer takes in the provider's stream: what it says about the deal.
 *
 * Blocks go through arrivals.h; this file applies the rest, each event in one
 * transaction with the blocks that led to it.
 *
 * DATA 3: a message is applied whole or not at all.
 */
#include "buyer/receive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buyer/block_check.h"
#include "buyer/deal_blocks.h"
#include "buyer/requests.h"
#include "buyer/seed.h"
#include "party/party.h"
#include "peer/received_frame.h"
#include "wire/transfer.h"

#define COMMIT_BYTES  (32u << 20) /* a sync to disk costs about as much as hashing this much */
#define COMMIT_BLOCKS 16384

struct receiver {
	struct party *p;
	bool bound;                /* the deal is known and its blocks are open */
	struct client_deal deal;   /* with what this run has received */
	struct client_deal stored; /* as it is in the store */
	struct deal_blocks kept;
	bool asked;                     /* the current frame asks for money that is paid */
	struct deal_blocks_mark before; /* where the blocks stood before the current message */
	uint64_t commits;               /* how often this run has written to the store */
};

enum status receiver_new(struct receiver **out, struct party *p)
{
	struct receiver *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return STATUS_NO_MEMORY;
	r->p = p;
	r->kept.fd = -1;
	*out = r;
	return STATUS_OK;
}

void receiver_free(struct receiver *r)
{
	if (r == NULL)
		return;
	deal_blocks_close(&r->kept);
	bytes_release(&r->before.cursor);
	free(r);
}

const struct client_deal *receiver_deal(const struct receiver *r)
{
	return r->bound ? &r->deal : NULL;
}

/* Bind the stream to the deal that its first frame is about. */
static enum status bind(struct receiver *r, const uint8_t *request, uint64_t transfer)
{
	struct party *p = r->p;
	struct kv_txn *t;
	uint64_t id = 0;
	enum status s;

	if (r->bound) {
		if ((request != NULL && memcmp(request, r->deal.request, REQUEST_ID_SIZE) != 0) ||
			(request == NULL && transfer != r->deal.transfer))
			return party_fail(p, STATUS_WRONG_DEAL, "the stream turns to another deal");
		return STATUS_OK;
	}
	s = kv_begin_read(store_kv(p->store), &t);
	if (s != STATUS_OK)
		return s;
	s = request != NULL ? store_find_request(t, &id, SIDE_CLIENT, request)
			    : store_find_transfer(t, &id, SIDE_CLIENT, transfer);
	if (s == STATUS_OK)
		s = store_get_client(t, &r->deal, id);
	kv_abort(&t);
	if (s == STATUS_NOT_FOUND)
		return party_fail(p, STATUS_WRONG_DEAL, "the stream answers a request that this home never made");
	if (s == STATUS_OK)
		s = deal_blocks_open(&r->kept, p, id, &r->deal.payload, deal_is_final(SIDE_CLIENT, r->deal.state));
	r->stored = r->deal;
	r->bound = s == STATUS_OK;
	return s;
}

/* Two processes that take in the same deal at once would write over each other: the second one stops. */
static enum status check_unchanged(struct receiver *r, struct kv_txn *t)
{
	struct client_deal now;
	enum status s = store_get_client(t, &now, r->deal.id);

	if (s == STATUS_OK && (now.state != r->stored.state || now.total_received != r->stored.total_received ||
				      now.voucher_nonce != r->stored.voucher_nonce ||
				      now.inherited != r->stored.inherited || now.unasked != r->stored.unasked))
		s = party_fail(r->p, STATUS_BUSY, "another process works on deal %llu", (unsigned long long)r->deal.id);
	return s;
}

/*
 * Let events happen, together with everything that led to them, in one transaction: first the CAR is made durable,
 * then all that speaks of it. Without events: only make durable.
 */
static enum status happen_all(
	struct receiver *r, const enum client_event *events, size_t n, const struct client_input *in)
{
	struct client_input progress = {.number = r->deal.total_received};
	struct client_deal next = r->deal;
	struct kv_txn *t;
	enum status s = deal_blocks_sync(&r->kept);

	if (s != STATUS_OK || (n == 0 && !deal_blocks_is_dirty(&r->kept)))
		return s;
	s = kv_begin_write(store_kv(r->p->store), &t);
	if (s != STATUS_OK)
		return s;
	s = check_unchanged(r, t);
	if (s == STATUS_OK && deal_blocks_is_dirty(&r->kept)) {
		s = deal_blocks_put(&r->kept, t);
		if (s == STATUS_OK)
			s = party_client_event(r->p, t, &next, CLIENT_BLOCKS_RECEIVED, &progress);
	}
	for (size_t i = 0; i < n && s == STATUS_OK; i++)
		s = party_client_event(r->p, t, &next, events[i], in);
	s = party_end(t, s);
	if (s == STATUS_OK) {
		deal_blocks_committed(&r->kept);
		r->deal = r->stored = next;
		r->commits++;
	}
	return s;
}

static enum status commit(struct receiver *r)
{
	return happen_all(r, NULL, 0, NULL);
}

/* So much is not durable yet that it is time to make it so. */
static bool is_full(const struct receiver *r)
{
	return r->kept.size - r->kept.committed_size >= COMMIT_BYTES || r->kept.fresh.item_count >= COMMIT_BLOCKS;
}

static enum status happen(struct receiver *r, enum client_event event, const struct client_input *in)
{
	return happen_all(r, &event, 1, in);
}

/* An ended deal is told nothing new; what it hears again changes nothing. */
static bool is_over(const struct receiver *r)
{
	return deal_is_final(SIDE_CLIENT, r->deal.state);
}

static enum status walk_is_over(struct receiver *r, bool *over)
{
	struct cid next;
	enum status s = deal_blocks_next(&r->kept, &next);

	*over = s == STATUS_END;
	return s == STATUS_END ? STATUS_OK : s;
}

/*
 * DATA 4: the provider asks for money. What is paid is decided by our own count alone; but a provider that asks for more
 * than all that was ever due is not one to go on with. A request that we have answered since, or one that has no place in
 * the deal's state, is from a stream that is sent again: it changes nothing.
 */
static enum status take_demand(struct receiver *r, enum client_event event, const struct response *response)
{
	char asked[AMOUNT_TEXT_MAX], limit_text[AMOUNT_TEXT_MAX], reason[DEAL_MESSAGE_MAX];
	struct client_input in = {.amount = response->owed};
	struct amount limit, ever, due;
	bool over;
	enum status s;

	if (event == CLIENT_LAST_PAYMENT_REQUESTED) {
		s = walk_is_over(r, &over);
		if (s != STATUS_OK)
			return s;
		if (!over)
			return party_fail(r->p, STATUS_BAD_MESSAGE,
				"the provider asks for the last payment, but blocks are missing");
	}
	if (!client_owed_limit(&limit, &r->deal) || !amount_add(&ever, &limit, &r->deal.funds_spent))
		return STATUS_BAD_AMOUNT;
	if (amount_is_negative(&response->owed) || amount_cmp(&response->owed, &ever) > 0)
		return party_fail(r->p, STATUS_BAD_MESSAGE,
			"the provider asks for %s afil, but no more than %s afil is due",
			amount_decimal(asked, &response->owed), amount_decimal(limit_text, &limit));
	if (!amount_is_zero(&response->owed) && client_due(&due, &r->deal) &&
		amount_cmp(&due, &r->deal.funds_spent) <= 0)
		r->asked = true;
	if (r->asked && response->message.len != 0) /* it has our voucher, and does not want it */
		return party_fail(r->p, STATUS_REJECTED, "the provider refuses our payment: %s",
			span_clean(reason, sizeof(reason), response->message));
	if (amount_cmp(&response->owed, &limit) > 0 || client_step(r->deal.state, event).kind == STEP_INVALID)
		return STATUS_OK;
	if (amount_cmp(&response->owed, &r->deal.payment_requested) == 0 &&
		(r->deal.state == DEAL_FUNDS_NEEDED || r->deal.state == DEAL_FUNDS_NEEDED_LAST_PAYMENT))
		return STATUS_OK;
	return happen(r, event, &in);
}

static enum status take_complete(struct receiver *r)
{
	bool over;
	enum status s = walk_is_over(r, &over);

	/* INVARIANT 9. Nothing is lost by it: if blocks got lost on the way, the right frames may still come. */
	if (s == STATUS_OK && !over)
		return party_fail(r->p, STATUS_BAD_MESSAGE, "the provider says complete, but blocks are missing");
	if (s == STATUS_OK && r->deal.state == DEAL_ACCEPTED)
		s = happen(r, CLIENT_CHANNEL_SKIP, NULL); /* nothing to pay, as it turns out */
	if (s == STATUS_OK && !r->deal.all_blocks_received)
		s = happen(r, CLIENT_ALL_BLOCKS_RECEIVED, NULL);
	if (s == STATUS_OK && r->deal.state == DEAL_INSUFFICIENT_FUNDS)
		return STATUS_OK;
	if (s == STATUS_OK)
		s = happen(r, CLIENT_COMPLETE, NULL);
	return s == STATUS_OK && r->deal.state == DEAL_CHECK_COMPLETE ? happen(r, CLIENT_COMPLETE_VERIFIED, NULL) : s;
}

/* The provider accepts. Where nothing is to be paid, because it is free or because all was inherited, no channel is needed. */
static enum status take_acceptance(struct receiver *r)
{
	struct amount rest;
	bool over;
	enum status s = walk_is_over(r, &over);

	if (s == STATUS_OK)
		s = happen(r, CLIENT_DEAL_ACCEPTED, NULL);
	if (s == STATUS_OK && !price_of(&rest, &r->deal.params, r->deal.total_received))
		s = STATUS_BAD_AMOUNT;
	if (s == STATUS_OK && (client_is_free(&r->deal) || (over && amount_is_zero(&rest))))
		s = happen(r, CLIENT_CHANNEL_SKIP, NULL);
	return s;
}

static enum status take_deal_response(struct receiver *r, const struct response *response)
{
	enum client_event event = client_response_event(response->status);
	char reason[DEAL_MESSAGE_MAX - 32], asked[64];
	struct client_input in = {.reason = span_clean(reason, sizeof(reason), response->message)};

	if (response->id != r->deal.id)
		return party_fail(r->p, STATUS_WRONG_DEAL, "the answer is for deal %llu, not %llu",
			(unsigned long long)response->id, (unsigned long long)r->deal.id);
	if (is_over(r))
		return STATUS_OK;
	switch (event) {
	case CLIENT_DEAL_ACCEPTED:
		return r->deal.state == DEAL_WAIT_FOR_ACCEPTANCE ? take_acceptance(r) : STATUS_OK;
	case CLIENT_DEAL_REJECTED:
	case CLIENT_DEAL_NOT_FOUND:
		if (r->deal.state != DEAL_WAIT_FOR_ACCEPTANCE)
			event = CLIENT_PROVIDER_ERRORED;
		return happen(r, event, &in);
	case CLIENT_COMPLETE:
		return take_complete(r);
	case CLIENT_PAYMENT_REQUESTED:
	case CLIENT_LAST_PAYMENT_REQUESTED:
	case CLIENT_UNSEAL_PAYMENT_REQUESTED:
		return take_demand(r, event, response);
	case CLIENT_PROVIDER_ERRORED:
		return happen(r, event, &in);
	default:
		snprintf(asked, sizeof(asked), "unexpected deal status %llu", (unsigned long long)response->status);
		return party_fail(r->p, STATUS_BAD_MESSAGE, "%s", asked);
	}
}

static enum status take_cancel(struct receiver *r)
{
	static const enum client_event events[] = {CLIENT_PROVIDER_CANCELLED, CLIENT_CANCEL_COMPLETE};

	return is_over(r) ? STATUS_OK : happen_all(r, events, 2, NULL);
}

/* An answer without a deal's word in it: the end of a transfer that owes nothing is the end of its deal. */
static enum status take_bare(struct receiver *r, const struct transfer_response *t)
{
	struct amount due;

	if (t->type != TRANSFER_COMPLETE || !t->accepted || t->paused || is_over(r) || !r->deal.all_blocks_received ||
		!client_due(&due, &r->deal) || amount_cmp(&due, &r->deal.funds_spent) > 0)
		return STATUS_OK;
	return take_complete(r);
}

/* A data-transfer response, alone or in an extension. */
static enum status take_transfer(struct receiver *r, const struct transfer *t, enum record_order order)
{
	struct response response;
	enum status s;

	if (t->is_request)
		return party_fail(r->p, STATUS_BAD_MESSAGE, "a request, where the provider's answers are expected");
	s = bind(r, NULL, t->response.id);
	if (s != STATUS_OK)
		return s;
	if (t->response.type == TRANSFER_CANCEL)
		return take_cancel(r);
	s = transfer_deal_response(&response, t, order);
	if (s == STATUS_NOT_FOUND)
		return take_bare(r, &t->response);
	return s == STATUS_OK ? take_deal_response(r, &response) : s;
}

static enum status take_extensions(struct receiver *r, const struct graphsync_response *response)
{
	struct response_transfers transfers = {.response = response};
	struct transfer t;
	enum status s;

	while ((s = response_next_transfer(&t, &transfers)) == STATUS_OK) {
		s = take_transfer(r, &t, RECORD_SORTED);
		if (s != STATUS_OK)
			return s;
	}
	return s == STATUS_END ? STATUS_OK : s;
}

/* What the status of a response says about the transfer, once its blocks and messages were taken. */
static enum status take_status(struct receiver *r, int64_t status)
{
	char reason[64];
	struct client_input in = {.reason = reason};
	bool over;
	enum status s;

	if (is_over(r))
		return STATUS_OK;
	if (status == GRAPHSYNC_COMPLETE || status == GRAPHSYNC_COMPLETE_PARTIAL) {
		s = walk_is_over(r, &over);
		if (s != STATUS_OK || r->deal.all_blocks_received)
			return s;
		if (over)
			return happen(r, CLIENT_ALL_BLOCKS_RECEIVED, NULL);
		return party_fail(r->p, STATUS_BAD_MESSAGE, "the provider ended the transfer, but blocks are missing");
	} else if (status == GRAPHSYNC_CANCELLED) {
		return take_cancel(r);
	} else if (status >= GRAPHSYNC_REJECTED) {
		snprintf(reason, sizeof(reason), "the provider's transfer failed with status %lld", (long long)status);
	} else {
		return STATUS_OK;
	}
	s = happen(r, CLIENT_DATA_TRANSFER_ERROR, &in);
	return s == STATUS_OK ? party_fail(r->p, STATUS_BAD_MESSAGE, "%s", reason) : s;
}

/* Blocks first; once the walk has all of them, that is an event of its own. */
static enum status take_blocks(
	struct receiver *r, const struct received_frame *d, const struct graphsync_response *response)
{
	struct block_count count = {0};
	bool over = false;
	enum status s = deal_blocks_mark(&r->kept, &r->before);

	if (s == STATUS_OK)
		s = block_check_take(&r->kept, &count, d, response, r->deal.total_received);
	if (s == STATUS_OK && count.blocks != 0 &&
		client_step(r->deal.state, CLIENT_BLOCKS_RECEIVED).kind == STEP_INVALID)
		s = party_fail(r->p, STATUS_BAD_STATE, "deal %llu is %s: it takes no blocks now",
			(unsigned long long)r->deal.id, deal_state_name(r->deal.state));
	if (s == STATUS_OK)
		s = walk_is_over(r, &over);
	if (s != STATUS_OK)
		return s;
	r->deal.total_received += count.bytes;
	r->deal.blocks_received += count.blocks;
	if (over && !r->deal.all_blocks_received && !is_over(r))
		return happen(r, CLIENT_ALL_BLOCKS_RECEIVED, NULL);
	return is_full(r) ? commit(r) : STATUS_OK;
}

static enum status take_response(
	struct receiver *r, const struct received_frame *d, const struct graphsync_response *response)
{
	enum status s = bind(r, response->id, 0);
	struct client_deal before;
	uint64_t commits;
	bool blocks;

	if (s != STATUS_OK)
		return s;
	before = r->deal;
	commits = r->commits;
	blocks = !is_over(r) || r->deal.state == DEAL_COMPLETED;
	if (blocks)
		s = take_blocks(r, d, response);
	if (s == STATUS_OK)
		s = take_extensions(r, response);
	if (s == STATUS_OK)
		s = take_status(r, response->status);
	if (s != STATUS_OK && blocks && r->commits == commits) { /* nothing of it was written: drop its blocks too */
		enum status undone = deal_blocks_go_back(&r->kept, &r->before);

		r->deal = before;
		return undone == STATUS_OK ? s : undone;
	}
	return s;
}

uint64_t receiver_position(const struct receiver *r)
{
	return r->bound ? deal_blocks_position(&r->kept) : 0;
}

bool receiver_asked(const struct receiver *r)
{
	return r->asked;
}

enum status receiver_open(struct receiver *r, uint64_t deal)
{
	struct client_deal d;
	enum status s = party_get_client(r->p, &d, deal);

	return s == STATUS_OK ? bind(r, d.request, 0) : s;
}

/* Write the deal as it is now, with the blocks that it speaks of, and have it on disk: no event is in it. */
static enum status put_deal(struct receiver *r)
{
	struct kv_txn *t;
	enum status s = deal_blocks_sync(&r->kept);

	if (s == STATUS_OK)
		s = kv_begin_write(store_kv(r->p->store), &t);
	if (s != STATUS_OK)
		return s;
	s = check_unchanged(r, t);
	if (s == STATUS_OK && deal_blocks_is_dirty(&r->kept))
		s = deal_blocks_put(&r->kept, t);
	if (s == STATUS_OK)
		s = store_put_client(t, &r->deal);
	s = party_end(t, s);
	if (s == STATUS_OK) {
		deal_blocks_committed(&r->kept);
		r->stored = r->deal;
	}
	return s;
}

/* One step of inheriting: durable at once, so that neither the group nor what a kill would undo grows with the content. */
static enum status keep_inherited(struct receiver *r)
{
	enum status s = deal_blocks_is_dirty(&r->kept) ? put_deal(r) : STATUS_OK;

	return s == STATUS_OK ? kv_group_commit(store_kv(r->p->store)) : s;
}

/* All that @older has, as far as the walk stands below link @links. */
static enum status take_over(struct receiver *r, struct seed *older, uint64_t links)
{
	enum status s = STATUS_OK;
	uint64_t bytes;

	while (s == STATUS_OK && deal_blocks_position(&r->kept) < links) {
		s = seed_next(older, &bytes, &r->kept);
		if (s == STATUS_OK)
			s = client_inherit(&r->deal, bytes, 1, deal_blocks_position(&r->kept));
		if (s == STATUS_OK && is_full(r))
			s = keep_inherited(r);
	}
	return s == STATUS_OK || s == STATUS_END ? keep_inherited(r) : s;
}

enum status receiver_seed(struct receiver *r, uint64_t from)
{
	struct seed older;
	enum status s;

	if (!client_may_inherit(&r->deal) || from == r->deal.id)
		return STATUS_OK;
	s = seed_open(&older, r->p, from, &r->deal.payload);
	if (s == STATUS_OK)
		s = take_over(r, &older, UINT64_MAX);
	seed_close(&older);
	return s;
}

enum status receiver_seed_file(struct receiver *r, const char *car, uint64_t links)
{
	struct seed older;
	enum status s;

	if (!client_may_inherit(&r->deal))
		return STATUS_OK;
	s = seed_open_file(&older, r->p, car);
	if (s == STATUS_OK)
		s = take_over(r, &older, links);
	seed_close(&older);
	return s;
}

enum status receiver_request(struct receiver *r, struct bytes *frames)
{
	enum status s = STATUS_OK;

	if (r->deal.unasked) {
		r->deal.unasked = false;
		s = put_deal(r);
	}
	if (s != STATUS_OK)
		return s;
	frames_proposal(frames, &r->deal, deal_blocks_position(&r->kept));
	return bytes_status(frames);
}

enum status receiver_take_frame(struct receiver *r, const struct received_frame *d)
{
	const struct frame *frame = &d->frame;
	struct graphsync_response response;
	struct span responses = frame->message.responses;

	r->asked = false;
	if (frame->decoded != STATUS_OK)
		return frame->decoded;
	switch (frame->kind) {
	case FRAME_TRANSFER:
		return take_transfer(r, &frame->transfer, frame->order);
	case FRAME_QUERY:
	case FRAME_QUERY_RESPONSE:
		party_hint(r->p, "query --answers");
		return party_fail(r->p, STATUS_BAD_MESSAGE, "a query or its answer, which belongs to no deal");
	case FRAME_GRAPHSYNC:
		break;
	}
	if (frame->message.request_count != 0 || frame->message.response_count != 1 ||
		!graphsync_next_response(&response, &responses))
		return party_fail(r->p, STATUS_BAD_MESSAGE, "expected one response in a message");
	return take_response(r, d, &response);
}

enum status receiver_take(struct receiver *r, struct span body)
{
	struct received_frame d;
	enum status s = received_frame_open(&d, body);

	if (s == STATUS_OK)
		s = receiver_take_frame(r, &d);
	received_frame_release(&d);
	return s;
}

enum status receiver_reload(struct receiver *r)
{
	enum status s = r->bound ? party_get_client(r->p, &r->deal, r->deal.id) : STATUS_OK;

	r->stored = r->deal;
	return s;
}

enum status receiver_finish(struct receiver *r)
{
	return r->bound ? commit(r) : STATUS_OK;
}
