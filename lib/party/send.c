/* send.c - a provider sends the blocks of a deal, up to what it dares to leave unpaid.
 *
 * MONEY 12: the counters of a batch are durable before its first byte leaves;
 * sending stops with the block that reaches the interval's limit.
 * DATA 5: sending always begins at the last point that is paid for, so a run
 * whose bytes got lost is repaired by running it again: the same bytes come
 * out, and nothing is counted twice.
 *
 * One batch is planned (walk, look up), written down, then sent.
 */
#include <stdlib.h>
#include <string.h>

#include "ipld/walk.h"
#include "party/blockset.h"
#include "party/content.h"
#include "party/frames.h"
#include "party/party_private.h"

#define BATCH_BYTES   (16u << 20) /* one durable commit per so much data, at most */
#define BATCH_LINKS   16384
#define MESSAGE_BYTES (1u << 20) /* a message is closed once it holds so much */
#define MESSAGE_LINKS 2048

enum batch_end { BATCH_FULL, BATCH_PAUSE, BATCH_LAST };

/** struct planned - one link to announce, and its block unless it was sent before. */
struct planned {
	struct cid cid;
	struct block_place place;
	bool duplicate;
	bool skip; /* the client has it: counted, not sent */
};

struct sender {
	struct party *p;
	struct provider_deal deal; /* as it is in the store */
	uint64_t skip;             /* links that the client has */
	uint64_t sent, blocks;     /* how far this run has come; may be behind the deal when sending again */
	struct content_reader content;
	bool gone; /* the content is, for good */
	struct walk *walk;
	struct planned *plan;
	size_t plan_count;
	enum batch_end end;
	struct blockset fresh; /* blocks of this batch */
	struct bytes scratch;
	struct bytes links, items, frame; /* of the message being made */
	enum status (*out)(void *ctx, struct span bytes);
	void *ctx;
};

static enum status sender_open(struct sender *s, uint64_t deal)
{
	struct bytes cursor = {0};
	struct kv_txn *t;
	enum status status = kv_begin_read(store_kv(s->p->store), &t);

	if (status != STATUS_OK)
		return status;
	status = store_get_provider(t, &s->deal, deal);
	if (status == STATUS_OK) {
		status = store_get_cursor(t, &cursor, SIDE_PROVIDER, deal, CURSOR_PAID);
		s->sent = s->deal.resume_sent;
		s->blocks = s->deal.resume_blocks;
	}
	kv_abort(t);
	if (status == STATUS_OK || status == STATUS_NOT_FOUND) {
		enum status opened = content_open(&s->content, s->p, s->deal.content);

		s->gone = opened == STATUS_NOT_FOUND;
		if (opened != STATUS_OK)
			status = s->gone ? STATUS_IO : opened;
	}
	if (status == STATUS_OK)
		status = walk_restore(&s->walk, bytes_span(&cursor), content_load, &s->content);
	else if (status == STATUS_NOT_FOUND)
		status = walk_new(&s->walk, SELECTOR_ALL, &s->deal.payload);
	if (status == STATUS_OK) {
		s->plan = calloc(BATCH_LINKS, sizeof(*s->plan));
		status = s->plan != NULL ? STATUS_OK : STATUS_NO_MEMORY;
	}
	bytes_release(&cursor);
	return status;
}

static void sender_close(struct sender *s)
{
	content_close(&s->content);
	walk_free(s->walk);
	free(s->plan);
	blockset_release(&s->fresh);
	bytes_release(&s->scratch);
	bytes_release(&s->links);
	bytes_release(&s->items);
	bytes_release(&s->frame);
}

/*
 * Was this block sent before this point of the walk? The store numbers the blocks of a deal in the order of sending;
 * a number at or beyond where this run stands is left from a run whose bytes are being sent again.
 */
static enum status is_duplicate(struct sender *s, struct kv_txn *t, bool *duplicate, const struct cid *link)
{
	struct block_place order;
	enum status status = STATUS_OK;

	*duplicate = blockset_find(&s->fresh, link) != NULL;
	if (*duplicate)
		return STATUS_OK;
	status = store_get_kept(t, &order, SIDE_PROVIDER, s->deal.id, link);
	if (status == STATUS_OK)
		*duplicate = order.offset < s->blocks - s->fresh.item_count;
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* Decide about the current link of the walk, and step on. */
static enum status plan_link(struct sender *s, struct kv_txn *t, const struct cid *link)
{
	struct planned *next = &s->plan[s->plan_count];
	enum status status = STATUS_OK;

	bytes_clear(&s->scratch);
	if (link->hash == HASH_IDENTITY) { /* it carries its own bytes: neither announced nor billed */
		bytes_append(&s->scratch, cid_digest(link).data, cid_digest(link).len);
		return walk_enter(s->walk, bytes_span(&s->scratch));
	}
	next->cid = *link;
	next->skip = walk_links(s->walk) < s->skip;
	status = content_find(&s->content, t, &next->place, link);
	if (status == STATUS_OK)
		status = is_duplicate(s, t, &next->duplicate, link);
	if (status == STATUS_OK && link->codec != CODEC_RAW)
		status = content_read(&s->content, &s->scratch, &next->place);
	if (status == STATUS_OK)
		status = walk_enter(s->walk, bytes_span(&s->scratch));
	if (status == STATUS_OK && !next->duplicate) {
		status = blockset_add(&s->fresh, link, &(struct block_place){s->blocks, next->place.len});
		s->blocks++;
		s->sent += next->place.len;
	}
	if (status == STATUS_OK)
		s->plan_count++;
	return status;
}

/* Plan links until the interval, the batch or the DAG ends. */
static enum status plan_batch(struct sender *s)
{
	uint64_t start = s->sent;
	struct cid link;
	struct kv_txn *t;
	enum status status = kv_begin_read(store_kv(s->p->store), &t);

	if (status != STATUS_OK)
		return status;
	s->plan_count = 0;
	s->end = BATCH_FULL;
	while (status == STATUS_OK && s->plan_count < BATCH_LINKS && s->sent - start < BATCH_BYTES) {
		if (provider_must_pause(&s->deal, s->sent)) {
			s->end = BATCH_PAUSE;
			break;
		}
		status = walk_next(s->walk, &link);
		if (status == STATUS_END) {
			s->end = BATCH_LAST;
			status = STATUS_OK;
			break;
		}
		if (status == STATUS_OK)
			status = plan_link(s, t, &link);
	}
	if (status == STATUS_OK && s->end == BATCH_FULL && provider_must_pause(&s->deal, s->sent))
		s->end = BATCH_PAUSE;
	kv_abort(t);
	return status;
}

/* The events of a batch. The end of a deal that owes nothing is not one of them: see finish(). */
static enum status batch_events(struct sender *s, struct kv_txn *t, struct provider_deal *d)
{
	struct provider_input in = {.total_sent = s->sent > d->total_sent ? s->sent : d->total_sent};
	struct amount unpaid;
	enum status status = STATUS_OK;

	d->blocks_sent = s->blocks > d->blocks_sent ? s->blocks : d->blocks_sent;
	if (s->plan_count != 0)
		status = party_provider_event(s->p, t, d, PROVIDER_BLOCK_SENT, &in);
	if (status == STATUS_OK && s->end == BATCH_PAUSE)
		return party_provider_event(s->p, t, d, PROVIDER_PAYMENT_REQUESTED, &in);
	if (status != STATUS_OK || s->end != BATCH_LAST)
		return status;
	if (!provider_unpaid(&unpaid, d))
		return STATUS_BAD_AMOUNT;
	if (amount_is_zero(&unpaid) || amount_is_negative(&unpaid))
		return STATUS_OK;
	status = party_provider_event(s->p, t, d, PROVIDER_BLOCKS_COMPLETED, NULL);
	return status == STATUS_OK ? party_provider_event(s->p, t, d, PROVIDER_PAYMENT_REQUESTED, &in) : status;
}

/* Write a batch down before it is sent. Sending again what was sent before writes nothing. */
static enum status commit_batch(struct sender *s)
{
	struct provider_deal next;
	struct bytes cursor = {0};
	struct kv_txn *t = NULL;
	enum status status;

	if (s->deal.state != DEAL_ONGOING) {
		blockset_truncate(&s->fresh, 0);
		return STATUS_OK;
	}
	walk_save(s->walk, &cursor);
	status = bytes_status(&cursor);
	if (status == STATUS_OK)
		status = kv_begin_write(store_kv(s->p->store), &t);
	if (status == STATUS_OK) {
		status = store_get_provider(t, &next, s->deal.id);
		if (status == STATUS_OK && next.state != DEAL_ONGOING)
			status = party_fail(s->p, STATUS_BUSY, "another process works on deal %llu",
				(unsigned long long)s->deal.id);
		if (status == STATUS_OK)
			status = blockset_write(&s->fresh, t, SIDE_PROVIDER, s->deal.id);
		if (status == STATUS_OK)
			status = store_put_cursor(t, SIDE_PROVIDER, s->deal.id, CURSOR_NEXT, bytes_span(&cursor));
		if (status == STATUS_OK)
			status = batch_events(s, t, &next);
		status = party_end(t, status);
	}
	if (status == STATUS_OK) {
		blockset_truncate(&s->fresh, 0);
		if (s->end == BATCH_FULL)
			s->deal = next;
	}
	bytes_release(&cursor);
	return status;
}

static struct response_head head_of(const struct sender *s)
{
	return (struct response_head){s->deal.request, s->deal.transfer, s->deal.id};
}

/* Close the message that was gathered, and send it. */
static enum status send_message(struct sender *s, size_t link_count, size_t block_count, enum graphsync_status how,
	const struct deal_answer *answer)
{
	struct response_head head = head_of(s);
	struct graphsync_response response = {.status = how, .has_links = link_count != 0, .link_count = link_count};
	struct graphsync_message message = {
		.response_count = 1, .has_responses = true, .block_count = block_count, .has_blocks = block_count != 0};
	struct bytes extensions = {0}, item = {0}, body = {0};
	enum status status;

	answer_extensions(&extensions, &head, answer, EXT_TRANSFER, EXT_OUTGOING_BLOCK);
	memcpy(response.id, s->deal.request, REQUEST_ID_SIZE);
	response.links = bytes_span(&s->links);
	response.extensions = bytes_span(&extensions);
	graphsync_put_response(&item, &response);
	message.responses = bytes_span(&item);
	message.blocks = bytes_span(&s->items);
	graphsync_encode(&body, &message);
	bytes_clear(&s->frame);
	frame_put(&s->frame, bytes_span(&body));
	status = extensions.failed || item.failed || body.failed ? STATUS_NO_MEMORY : bytes_status(&s->frame);
	if (status == STATUS_OK)
		status = s->out(s->ctx, bytes_span(&s->frame));
	bytes_release(&extensions);
	bytes_release(&item);
	bytes_release(&body);
	bytes_clear(&s->links);
	bytes_clear(&s->items);
	return status;
}

/* What a pause asks for, by what has been sent up to it. */
static enum status pause_answer(struct sender *s, struct deal_answer *answer)
{
	struct provider_deal d = s->deal;

	d.total_sent = s->sent;
	*answer = (struct deal_answer){.type = TRANSFER_VOUCHER_RESULT,
		.accepted = true,
		.paused = true,
		.has_result = true,
		.status = DEAL_FUNDS_NEEDED};
	return provider_unpaid(&answer->owed, &d) ? STATUS_OK : STATUS_BAD_AMOUNT;
}

static enum status add_to_message(struct sender *s, const struct planned *next)
{
	graphsync_put_link(&s->links, &next->cid, next->duplicate ? LINK_DUPLICATE_NOT_SENT : LINK_PRESENT);
	if (next->duplicate)
		return bytes_status(&s->links);
	graphsync_put_block_head(&s->items, &next->cid, next->place.len);
	return content_read(&s->content, &s->items, &next->place);
}

/* Send the planned links; the last message of a pause carries the request for payment. */
static enum status send_batch(struct sender *s)
{
	struct deal_answer answer;
	size_t links = 0, blocks = 0;
	enum status status = s->end == BATCH_PAUSE ? pause_answer(s, &answer) : STATUS_OK;

	for (size_t i = 0; i < s->plan_count && status == STATUS_OK; i++) {
		const struct planned *next = &s->plan[i];

		if (next->skip)
			continue;
		if (links != 0 && (links >= MESSAGE_LINKS || s->items.len + next->place.len > MESSAGE_BYTES + 4096)) {
			status = send_message(s, links, blocks, GRAPHSYNC_PARTIAL, NULL);
			links = blocks = 0;
		}
		if (status == STATUS_OK)
			status = add_to_message(s, next);
		links++;
		blocks += !next->duplicate;
	}
	if (status != STATUS_OK)
		return status;
	if (s->end == BATCH_PAUSE)
		return send_message(s, links, blocks, GRAPHSYNC_PAUSED, &answer);
	return links != 0 ? send_message(s, links, blocks, GRAPHSYNC_PARTIAL, NULL) : STATUS_OK;
}

/* All blocks are out: say so, and either ask for the rest or end the deal. */
static enum status finish(struct sender *s)
{
	struct response_head head = head_of(s);
	struct deal_answer answer = {
		.type = TRANSFER_COMPLETE, .accepted = true, .has_result = true, .status = DEAL_COMPLETED};
	struct provider_deal d = s->deal;
	struct kv_txn *t;
	enum status status;

	d.total_sent = s->sent;
	if (!provider_unpaid(&answer.owed, &d))
		return STATUS_BAD_AMOUNT;
	answer.paused = !amount_is_zero(&answer.owed) && !amount_is_negative(&answer.owed);
	if (answer.paused)
		answer.status = DEAL_FUNDS_NEEDED_LAST_PAYMENT;
	else
		answer.owed = amount_zero();
	bytes_clear(&s->frame);
	frames_response(&s->frame, &head, GRAPHSYNC_COMPLETE, NULL, NULL, NULL);
	frames_answer(&s->frame, &head, &answer);
	status = bytes_status(&s->frame);
	if (status == STATUS_OK)
		status = s->out(s->ctx, bytes_span(&s->frame));
	if (status != STATUS_OK || answer.paused)
		return status == STATUS_OK ? STATUS_PAYMENT_NEEDED : status;
	status = kv_begin_write(store_kv(s->p->store), &t);
	if (status != STATUS_OK)
		return status;
	status = store_get_provider(t, &d, s->deal.id);
	if (status == STATUS_OK && d.state == DEAL_ONGOING)
		status = party_provider_event(s->p, t, &d, PROVIDER_BLOCKS_COMPLETED, NULL);
	if (status == STATUS_OK && d.state == DEAL_BLOCKS_COMPLETE)
		status = party_provider_event(s->p, t, &d, PROVIDER_COMPLETE, NULL);
	if (status == STATUS_OK && d.state == DEAL_COMPLETING)
		status = party_provider_event(s->p, t, &d, PROVIDER_CLEANUP_COMPLETE, NULL);
	return party_end(t, status);
}

/* The content went away under a running deal: the client is told at once, with the reason. */
static enum status give_up(struct sender *s, enum status why)
{
	struct response_head head = head_of(s);
	struct provider_input in = {.reason = s->p->why};
	struct deal_answer answer = {.type = TRANSFER_COMPLETE,
		.has_result = true,
		.status = DEAL_ERRORED,
		.message = "the content is not here any more"};
	struct bytes frames = {0};
	struct provider_deal d;
	struct kv_txn *t;
	enum status status = kv_begin_write(store_kv(s->p->store), &t);

	if (status != STATUS_OK)
		return status;
	status = store_get_provider(t, &d, s->deal.id);
	if (status == STATUS_OK)
		status = party_provider_event(s->p, t, &d, PROVIDER_MULTI_STORE_ERROR, &in);
	status = party_end(t, status);
	if (status != STATUS_OK)
		return status;
	frames_answer(&frames, &head, &answer);
	frames_response(&frames, &head, GRAPHSYNC_FAILED, NULL, NULL, NULL);
	status = bytes_status(&frames);
	if (status == STATUS_OK)
		status = s->out(s->ctx, bytes_span(&frames));
	bytes_release(&frames);
	return status == STATUS_OK ? why : status;
}

static enum status check_state(struct party *p, const struct provider_deal *d)
{
	if (d->state == DEAL_ONGOING || d->state == DEAL_FUNDS_NEEDED || d->state == DEAL_FUNDS_NEEDED_LAST_PAYMENT ||
		d->state == DEAL_COMPLETED)
		return STATUS_OK;
	return party_fail(p, STATUS_BAD_STATE, "deal %llu is over: %s%s%s", (unsigned long long)d->id,
		deal_state_name(d->state), d->message[0] != '\0' ? ": " : "", d->message);
}

static enum status send_all(struct sender *s)
{
	enum status status;

	do {
		status = plan_batch(s);
		if (status == STATUS_NOT_FOUND)
			return give_up(s, STATUS_NOT_FOUND);
		if (status == STATUS_OK)
			status = commit_batch(s);
		if (status == STATUS_OK)
			status = send_batch(s);
	} while (status == STATUS_OK && s->end == BATCH_FULL);
	if (status != STATUS_OK)
		return status;
	return s->end == BATCH_LAST ? finish(s) : STATUS_PAYMENT_NEEDED;
}

enum status seller_conclude(struct party *p, uint64_t deal, enum status (*out)(void *ctx, struct span bytes), void *ctx)
{
	struct deal_answer answer = {
		.type = TRANSFER_COMPLETE, .accepted = true, .has_result = true, .status = DEAL_COMPLETED};
	struct bytes frames = {0};
	struct response_head head;
	struct provider_deal d;
	enum status status = party_get_provider(p, &d, deal);

	if (status != STATUS_OK || d.state != DEAL_COMPLETED)
		return status == STATUS_OK ? STATUS_BAD_STATE : status;
	head = (struct response_head){d.request, d.transfer, d.id};
	frames_response(&frames, &head, GRAPHSYNC_COMPLETE, NULL, NULL, NULL);
	frames_answer(&frames, &head, &answer);
	status = bytes_status(&frames);
	if (status == STATUS_OK)
		status = out(ctx, bytes_span(&frames));
	bytes_release(&frames);
	return status;
}

enum status seller_send(struct party *p, uint64_t deal, enum status (*out)(void *ctx, struct span bytes), void *ctx)
{
	return seller_send_from(p, deal, 0, out, ctx);
}

enum status seller_send_from(
	struct party *p, uint64_t deal, uint64_t skip, enum status (*out)(void *ctx, struct span bytes), void *ctx)
{
	char owed[AMOUNT_TEXT_MAX];
	struct sender s = {.p = p, .skip = skip, .out = out, .ctx = ctx, .content = {.fd = -1}};
	struct amount unpaid;
	enum status status = party_get_provider(p, &s.deal, deal);

	if (status == STATUS_OK && s.deal.state == DEAL_COMPLETED && s.deal.total_sent != 0 &&
		s.deal.resume_sent == s.deal.total_sent)
		return STATUS_OK; /* all of it was paid for after it was sent, so it has arrived */
	if (status == STATUS_OK)
		status = check_state(p, &s.deal);
	if (status != STATUS_OK)
		return status;
	status = sender_open(&s, deal);
	if (s.gone)
		status = give_up(&s, STATUS_NOT_FOUND);
	else if (status == STATUS_OK)
		status = send_all(&s);
	sender_close(&s);
	if (status == STATUS_PAYMENT_NEEDED && party_get_provider(p, &s.deal, deal) == STATUS_OK &&
		provider_unpaid(&unpaid, &s.deal))
		party_fail(p, status, "payment needed: %llu bytes sent, %s afil owed",
			(unsigned long long)s.deal.total_sent, amount_decimal(owed, &unpaid));
	if (status == STATUS_OK)
		party_done(p, "deal %llu: all %llu bytes sent", (unsigned long long)deal, (unsigned long long)s.sent);
	return status;
}
