/* send.c - a provider sends the blocks of a deal, up to what it dares to leave unpaid.
 *
 * MONEY 12: the counters of a batch are durable before its first byte leaves;
 * sending stops with the block that reaches the interval's limit.
 * DATA 5: sending always begins at the last point that is paid for, so a run
 * whose bytes got lost is repaired by running it again: the same bytes come
 * out, and nothing is counted twice.
 * MONEY 14: what the client had before the deal is walked like all else, and
 * its blocks get their numbers, but it counts as nothing that was sent.
 *
 * One batch is planned (walk, look up), written down, then sent.
 */
#include "seller/send.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "ipld/walk.h"
#include "party/party.h"
#include "peer/sink.h"
#include "seller/answers.h"
#include "seller/content.h"
#include "seller/message_builder.h"
#include "store/block_set.h"
#include "store/deal_texts.h"

#define BATCH_BYTES (16u << 20) /* one durable commit per so much data, at most */
#define BATCH_LINKS 16384
#define MESSAGE_BYTES                                                                                                  \
	(256u << 10) /* a message is closed once it holds so much: small, so that both sides work at once */
#define MESSAGE_LINKS 2048

enum batch_end { BATCH_FULL, BATCH_PAUSE, BATCH_LAST };

/** struct planned - one link to announce, and its block unless it was sent before. */
struct planned {
	struct cid cid;
	struct block_place place;
	bool duplicate;
	bool skip; /* the client has it: not sent */
};

struct sender {
	struct party *p;
	struct provider_deal deal; /* as it is in the store */
	uint64_t skip;             /* links that the client has */
	/* How far this run has come; it may be behind the deal when sending again. */
	uint64_t sent;        /* bytes */
	uint64_t blocks;      /* unique blocks of the walk, from its start */
	uint64_t held_blocks; /* of them, what the client had before the deal */
	struct content_reader content;
	bool open; /* the walk stands where @sent and @blocks say */
	bool gone; /* the content is, for good */
	struct walk *walk;
	struct planned *plan;
	size_t plan_count, plan_room;
	enum batch_end end;
	struct block_set fresh; /* blocks of this batch */
	struct bytes scratch;
	struct message_builder parcel; /* the message being made */
	const struct sink *sink;
};

/* Begin at the last point that is paid for. */
static enum status sender_open(struct sender *s)
{
	struct bytes cursor = {0};
	struct kv_txn *t;
	enum status status = kv_begin_read(store_kv(s->p->store), &t);

	if (status != STATUS_OK)
		return status;
	status = store_get_cursor(t, &cursor, SIDE_PROVIDER, s->deal.id, CURSOR_PAID);
	kv_abort(&t);
	/* Money is asked for only after all that is held was walked. */
	s->held_blocks = status == STATUS_OK ? s->deal.held_blocks : 0;
	s->sent = s->deal.resume_sent;
	s->blocks = s->deal.resume_blocks + s->held_blocks;
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
	s->open = status == STATUS_OK;
	if (s->open)
		walk_set_stop(s->walk, s->p->stop);
	bytes_release(&cursor);
	return status;
}

/* Forget where the walk stands. */
static void sender_rewind(struct sender *s)
{
	content_close(&s->content);
	walk_free(s->walk);
	s->walk = NULL;
	block_set_truncate(&s->fresh, 0);
	s->open = false;
}

/*
 * Was this block sent, or held, before this point of the walk? The store numbers the blocks of a deal in walk order; a
 * number at or beyond where this run stands is left from a run whose bytes are being sent again.
 */
static enum status is_duplicate(struct sender *s, struct kv_txn *t, bool *duplicate, const struct cid *link)
{
	struct block_place order;
	enum status status = STATUS_OK;

	*duplicate = block_set_find(&s->fresh, link) != NULL;
	if (*duplicate)
		return STATUS_OK;
	status = store_get_kept(t, &order, SIDE_PROVIDER, s->deal.id, link);
	if (status == STATUS_OK)
		*duplicate = order.offset < s->blocks - s->fresh.item_count;
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* Room for one more link in the plan. */
static enum status grow_plan(struct sender *s)
{
	struct planned *plan = array_grow(s->plan, s->plan_count, &s->plan_room, sizeof(*plan));

	if (plan == NULL)
		return STATUS_NO_MEMORY;
	s->plan = plan;
	return STATUS_OK;
}

/* Decide about the current link of the walk, and step on. */
static enum status plan_link(struct sender *s, struct kv_txn *t, const struct cid *link)
{
	bool held = walk_links(s->walk) < s->deal.held;
	struct planned *next;
	enum status status = grow_plan(s);

	if (status != STATUS_OK)
		return status;
	next = &s->plan[s->plan_count];
	bytes_clear(&s->scratch);
	if (link->hash == HASH_IDENTITY) { /* it carries its own bytes: neither announced nor billed */
		bytes_append(&s->scratch, cid_digest(link).data, cid_digest(link).len);
		return walk_enter(s->walk, bytes_span(&s->scratch));
	}
	*next = (struct planned){.cid = *link, .skip = held || walk_links(s->walk) < s->skip};
	status = content_find(&s->content, t, &next->place, link);
	if (status == STATUS_OK)
		status = is_duplicate(s, t, &next->duplicate, link);
	if (status == STATUS_OK && link->codec != CODEC_RAW)
		status = content_read(&s->content, &s->scratch, &next->place);
	if (status == STATUS_OK)
		status = walk_enter(s->walk, bytes_span(&s->scratch));
	if (status == STATUS_OK && !next->duplicate) {
		uint64_t billed = held ? 0 : next->place.len;

		status = block_set_add(&s->fresh, link, &(struct block_place){s->blocks, billed});
		s->blocks++;
		s->held_blocks += held;
		s->sent += billed;
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
	kv_abort(&t);
	return status;
}

/* The events of a batch. The end of a deal that owes nothing is not one of them: see finish(). */
static enum status batch_events(struct sender *s, struct kv_txn *t, struct provider_deal *d)
{
	struct provider_input in = {.total_sent = s->sent > d->total_sent ? s->sent : d->total_sent};
	uint64_t blocks = s->blocks - s->held_blocks;
	struct amount unpaid;
	enum status status = STATUS_OK;

	d->blocks_sent = blocks > d->blocks_sent ? blocks : d->blocks_sent;
	d->held_blocks = s->held_blocks > d->held_blocks ? s->held_blocks : d->held_blocks;
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
		block_set_truncate(&s->fresh, 0);
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
			status = block_set_write(&s->fresh, t, SIDE_PROVIDER, s->deal.id);
		if (status == STATUS_OK)
			status = store_put_cursor(t, SIDE_PROVIDER, s->deal.id, CURSOR_NEXT, bytes_span(&cursor));
		if (status == STATUS_OK)
			status = batch_events(s, t, &next);
		status = party_end(t, status);
	}
	if (status == STATUS_OK) {
		block_set_truncate(&s->fresh, 0);
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

static enum status send_parcel(struct sender *s, enum graphsync_status how, const struct deal_answer *answer)
{
	struct response_head head = head_of(s);

	return message_builder_send(&s->parcel, &head, &s->content, how, answer, s->sink);
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

/* Send the planned links; the last message of a pause carries the request for payment. */
static enum status send_batch(struct sender *s)
{
	struct message_builder *parcel = &s->parcel;
	struct deal_answer answer;
	enum status status = s->end == BATCH_PAUSE ? pause_answer(s, &answer) : STATUS_OK;

	for (size_t i = 0; i < s->plan_count && status == STATUS_OK; i++) {
		const struct planned *next = &s->plan[i];

		if (next->skip)
			continue;
		if (parcel->link_count >= MESSAGE_LINKS ||
			(parcel->block_count != 0 &&
				message_builder_size(parcel) + next->place.len > MESSAGE_BYTES + 4096))
			status = send_parcel(s, GRAPHSYNC_PARTIAL, NULL);
		if (status == STATUS_OK && next->duplicate)
			status = message_builder_announce(parcel, &next->cid, LINK_DUPLICATE_NOT_SENT);
		else if (status == STATUS_OK)
			status = message_builder_add(
				parcel, &next->cid, &s->content, &next->place, s->sink->file == NULL);
	}
	if (status != STATUS_OK)
		return status;
	if (s->end == BATCH_PAUSE)
		return send_parcel(s, GRAPHSYNC_PAUSED, &answer);
	return parcel->link_count != 0 ? send_parcel(s, GRAPHSYNC_PARTIAL, NULL) : STATUS_OK;
}

/* That all blocks are out, and what the deal is worth of it. */
static enum status say_over(const struct sink *sink, const struct response_head *head, const struct deal_answer *answer)
{
	struct bytes frames = {0};
	enum status status;

	frames_response(&frames, head, GRAPHSYNC_COMPLETE, NULL, NULL, NULL);
	frames_answer(&frames, head, answer);
	status = bytes_status(&frames);
	if (status == STATUS_OK)
		status = sink->bytes(sink->ctx, bytes_span(&frames));
	bytes_release(&frames);
	return status;
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
	status = say_over(s->sink, &head, &answer);
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
		status = s->sink->bytes(s->sink->ctx, bytes_span(&frames));
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
		/* What the client has is passed over in silence, which may take long: let the sink do what is due. */
		if (status == STATUS_OK && s->end == BATCH_FULL)
			status = s->sink->bytes(s->sink->ctx, (struct span){0});
	} while (status == STATUS_OK && s->end == BATCH_FULL);
	if (status != STATUS_OK)
		return status;
	return s->end == BATCH_LAST ? finish(s) : STATUS_PAYMENT_NEEDED;
}

enum status seller_conclude(struct party *p, uint64_t deal, const struct sink *sink)
{
	struct deal_answer answer = {
		.type = TRANSFER_COMPLETE, .accepted = true, .has_result = true, .status = DEAL_COMPLETED};
	struct response_head head;
	struct provider_deal d;
	enum status status = party_get_provider(p, &d, deal);

	if (status != STATUS_OK || d.state != DEAL_COMPLETED)
		return status == STATUS_OK ? STATUS_BAD_STATE : status;
	head = (struct response_head){d.request, d.transfer, d.id};
	return say_over(sink, &head, &answer);
}

enum status sender_new(struct sender **out, struct party *p, uint64_t deal)
{
	struct sender *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return STATUS_NO_MEMORY;
	*s = (struct sender){.p = p, .deal = {.id = deal}, .content = {.fd = -1}};
	*out = s;
	return STATUS_OK;
}

uint64_t sender_deal(const struct sender *s)
{
	return s->deal.id;
}

void sender_free(struct sender *s)
{
	if (s == NULL)
		return;
	sender_rewind(s);
	free(s->plan);
	block_set_release(&s->fresh);
	bytes_release(&s->scratch);
	message_builder_release(&s->parcel);
	free(s);
}

/* Does the walk stand where the store says that this deal goes on? It does, unless another process sends it too. */
static bool can_go_on(const struct sender *s)
{
	return s->open && s->deal.state == DEAL_ONGOING && s->sent == s->deal.total_sent &&
	       s->blocks - s->held_blocks == s->deal.blocks_sent && s->held_blocks == s->deal.held_blocks &&
	       s->sent == s->deal.resume_sent;
}

/* What a pause means to a person. */
static enum status explain_pause(struct sender *s)
{
	char owed[AMOUNT_TEXT_MAX];
	struct amount unpaid;

	if (party_get_provider(s->p, &s->deal, s->deal.id) != STATUS_OK || !provider_unpaid(&unpaid, &s->deal))
		return STATUS_PAYMENT_NEEDED;
	return party_fail(s->p, STATUS_PAYMENT_NEEDED, "payment needed: %llu bytes sent, %s afil owed",
		(unsigned long long)s->deal.total_sent, amount_decimal(owed, &unpaid));
}

enum status sender_go(struct sender *s, uint64_t skip, const struct sink *sink)
{
	enum status status = party_get_provider(s->p, &s->deal, s->deal.id);

	if (status == STATUS_OK && s->deal.state == DEAL_COMPLETED && s->deal.total_sent != 0 &&
		s->deal.resume_sent == s->deal.total_sent)
		return STATUS_OK; /* all of it was paid for after it was sent, so it has arrived */
	if (status == STATUS_OK)
		status = check_state(s->p, &s->deal);
	if (status != STATUS_OK)
		return status;
	s->skip = skip;
	s->sink = sink;
	if (!can_go_on(s)) {
		sender_rewind(s);
		status = sender_open(s);
	}
	if (s->gone)
		status = give_up(s, STATUS_NOT_FOUND);
	else if (status == STATUS_OK)
		status = send_all(s);
	if (status == STATUS_OK)
		party_done(s->p, "deal %llu: all %llu bytes sent", (unsigned long long)s->deal.id,
			(unsigned long long)s->sent);
	if (status != STATUS_PAYMENT_NEEDED)
		s->open = false;
	return status == STATUS_PAYMENT_NEEDED ? explain_pause(s) : status;
}

enum status seller_send(struct party *p, uint64_t deal, const struct sink *sink)
{
	struct sender *s = NULL;
	enum status status = sender_new(&s, p, deal);

	if (status == STATUS_OK)
		status = sender_go(s, 0, sink);
	sender_free(s);
	return status;
}
