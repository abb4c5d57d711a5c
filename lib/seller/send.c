/* send.c - a provider sends the blocks of a deal, up to the limit of unpaid bytes. */
#include "seller/send.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "seller/sender_private.h"

#define MESSAGE_BYTES                                                                                                  \
	(256u << 10) /* bytes at which a message is closed: small, so that both sides work at the same time */
#define MESSAGE_LINKS 2048
#define GO_TRIES      8 /* how many times another process may be faster */

static enum status send_message(struct sender *sender, enum graphsync_status how, const struct deal_answer *answer)
{
	struct response_head head = deal_head(&sender->deal);
	struct message_head message = {&head, how, answer};

	return message_builder_send(&sender->message, &message, &sender->content, sender->sink);
}

/* Make the payment request of a pause, from the bytes sent up to the pause. */
static enum status pause_answer(struct sender *sender, struct deal_answer *answer)
{
	struct provider_deal deal = sender->deal;

	deal.total_sent = sender->sent;
	*answer = (struct deal_answer){.type = TRANSFER_VOUCHER_RESULT,
		.accepted = true,
		.paused = true,
		.has_result = true,
		.status = DEAL_FUNDS_NEEDED};
	return provider_unpaid(&answer->owed, &deal) ? STATUS_OK : STATUS_BAD_AMOUNT;
}

/* Has the current message no room for one more block? */
static bool is_full(const struct message_builder *message, const struct planned *next)
{
	if (message->link_count >= MESSAGE_LINKS)
		return true;
	return message->block_count != 0 && message_builder_size(message) + next->place.len > MESSAGE_BYTES + 4096;
}

static enum status send_planned(struct sender *sender, const struct planned *next)
{
	struct message_builder *message = &sender->message;
	enum status s = STATUS_OK;

	if (next->skip && !sender->deal.restarted)
		return STATUS_OK;
	if (is_full(message, next))
		s = send_message(sender, GRAPHSYNC_PARTIAL, NULL);
	if (s != STATUS_OK)
		return s;
	if (next->duplicate || next->skip || next->claimed)
		return message_builder_announce(message, &next->cid, LINK_DUPLICATE_NOT_SENT);
	return message_builder_add(message, &next->cid, &sender->content, &next->place, sender->sink->file == NULL);
}

enum status send_batch(struct sender *sender)
{
	struct deal_answer answer;
	enum status s = sender->end == BATCH_PAUSE ? pause_answer(sender, &answer) : STATUS_OK;

	for (size_t i = 0; i < sender->plan_count && s == STATUS_OK; i++)
		s = send_planned(sender, &sender->plan[i]);
	if (s != STATUS_OK)
		return s;
	if (sender->end == BATCH_PAUSE)
		return send_message(sender, GRAPHSYNC_PAUSED, &answer);
	return sender->message.link_count != 0 ? send_message(sender, GRAPHSYNC_PARTIAL, NULL) : STATUS_OK;
}

static enum status check_state(struct party *party, const struct provider_deal *deal)
{
	if (deal->state == DEAL_ONGOING || deal->state == DEAL_FUNDS_NEEDED ||
		deal->state == DEAL_FUNDS_NEEDED_LAST_PAYMENT || deal->state == DEAL_COMPLETED)
		return STATUS_OK;
	return party_fail(party, STATUS_BAD_STATE, "deal %" PRIu64 " is over: %s%s%s", deal->id,
		deal_state_name(deal->state), deal->message[0] != '\0' ? ": " : "", deal->message);
}

/* Send one batch; OK if another batch follows, END after the last one. */
static enum status next_batch(struct sender *sender)
{
	enum status s = plan_batch(sender);

	if (s != STATUS_OK)
		return s;
	s = commit_batch(sender);
	if (s != STATUS_OK)
		return s;
	s = send_batch(sender);
	if (s != STATUS_OK)
		return s;
	switch (sender->end) {
	case BATCH_PAUSE:
		return STATUS_PAYMENT_NEEDED;
	case BATCH_LAST:
		return STATUS_END;
	case BATCH_FULL:
		break;
	}
	/* The client's own blocks are at most announced, which may take long: the sink does its due work. */
	return sender->sink->bytes(sender->sink->ctx, (struct span){0});
}

static enum status send_all(struct sender *sender)
{
	enum status s;

	do
		s = next_batch(sender);
	while (s == STATUS_OK);
	return s;
}

enum status sender_new(struct sender **out, struct party *party, uint64_t deal, const struct limits *limits)
{
	struct sender *sender = calloc(1, sizeof(*sender));

	if (sender == NULL)
		return STATUS_NO_MEMORY;
	*sender = (struct sender){.party = party, .limits = limits, .deal = {.id = deal}, .content = {.fd = -1}};
	*out = sender;
	return STATUS_OK;
}

uint64_t sender_deal(const struct sender *sender)
{
	return sender->deal.id;
}

bool sender_is_behind(const struct sender *sender, const struct provider_deal *deal)
{
	return !sender->open || sender->sent < deal->total_sent;
}

void sender_free(struct sender *sender)
{
	if (sender == NULL)
		return;
	sender_rewind(sender);
	free(sender->plan);
	block_set_release(&sender->fresh);
	bytes_release(&sender->scratch);
	message_builder_release(&sender->message);
	free(sender);
}

/*
 * Is the walk at the position where the store says that this deal continues? Yes, unless another process sends the deal
 * too, or the client has made a new request.
 */
static bool can_go_on(const struct sender *sender)
{
	const struct provider_deal *deal = &sender->deal;

	return sender->open && memcmp(sender->request, deal->request, REQUEST_ID_SIZE) == 0 &&
	       deal->state == DEAL_ONGOING && sender->sent == deal->total_sent &&
	       sender->blocks - sender->seeded.count == deal->blocks_sent && sender->sent == deal->resume_sent;
}

/* Explain a pause to the user. */
static enum status explain_pause(struct sender *sender)
{
	char owed[AMOUNT_TEXT_MAX];
	struct amount unpaid;

	if (party_get_provider(sender->party, &sender->deal, sender->deal.id) != STATUS_OK ||
		!provider_unpaid(&unpaid, &sender->deal))
		return STATUS_PAYMENT_NEEDED;
	return party_fail(sender->party, STATUS_PAYMENT_NEEDED, "payment needed: %" PRIu64 " bytes sent, %s afil owed",
		sender->deal.total_sent, amount_decimal(owed, &unpaid));
}

static enum status announce_link(struct sender *sender, struct kv_txn *txn, struct walk *walk, const struct cid *link)
{
	struct block_place place;
	enum status s;

	bytes_clear(&sender->scratch);
	if (link->hash == HASH_IDENTITY) {
		bytes_append(&sender->scratch, cid_digest(link).data, cid_digest(link).len);
		return walk_enter(walk, bytes_span(&sender->scratch));
	}
	s = content_find(&sender->content, txn, &place, link);
	if (s == STATUS_OK)
		s = message_builder_announce(&sender->message, link, LINK_DUPLICATE_NOT_SENT);
	if (s == STATUS_OK && link->codec != CODEC_RAW)
		s = content_read(&sender->content, &sender->scratch, link, &place);
	return s == STATUS_OK ? walk_enter(walk, bytes_span(&sender->scratch)) : s;
}

/* Announce one message of links at most; END after the last link. */
static enum status announce_some(struct sender *sender, struct walk *walk)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(sender->party->store), &txn);
	struct cid link;

	while (s == STATUS_OK && sender->message.link_count < MESSAGE_LINKS) {
		if (walk_links(walk) >= walk_links(sender->walk))
			return STATUS_END;
		s = walk_next(walk, &link);
		if (s == STATUS_OK)
			s = announce_link(sender, txn, walk, &link);
	}
	return s;
}

/*
 * A request that resumes a deal is a walk of its own: its client (go-graphsync) expects an announcement of each link
 * from the root on, also of links whose blocks the client reported to have. This function announces the links before
 * the point where sending begins.
 */
static enum status announce_before(struct sender *sender)
{
	struct walk *walk = NULL;
	enum status s = walk_new(&walk, SELECTOR_ALL, &sender->deal.payload);

	if (s == STATUS_OK)
		walk_set_stop(walk, sender->party->stop);
	while (s == STATUS_OK) {
		s = announce_some(sender, walk);
		if (s == STATUS_OK)
			s = send_message(sender, GRAPHSYNC_PARTIAL, NULL);
	}
	walk_free(walk);
	return s == STATUS_END ? STATUS_OK : s;
}

/* Send all blocks from the deal's position up to its interval or end. */
static enum status send_rest(struct sender *sender)
{
	enum status s = STATUS_OK;

	if (!can_go_on(sender)) {
		sender_rewind(sender);
		s = sender_begin(sender);
		if (s == STATUS_OK && sender->deal.resend && sender->deal.restarted)
			s = announce_before(sender);
	}
	if (s == STATUS_OK)
		s = send_all(sender);
	sender->open = s == STATUS_PAYMENT_NEEDED;
	return s == STATUS_END ? finish_deal(sender) : s;
}

/* @all_there: out; there is nothing to send. */
static enum status go_once(struct sender *sender, bool *all_there)
{
	struct provider_deal *deal = &sender->deal;
	enum status s = party_get_provider(sender->party, deal, deal->id);

	if (s != STATUS_OK)
		return s;
	s = check_state(sender->party, deal);
	if (s != STATUS_OK)
		return s;
	*all_there = deal->state == DEAL_COMPLETED && !deal->resend && deal->total_sent != 0 &&
		     deal->resume_sent == deal->total_sent;
	if (*all_there) /* all blocks were paid for after they were sent, so all have arrived */
		return STATUS_OK;
	sender->skip_links = deal->resend ? deal->resend_links : 0;
	return send_rest(sender);
}

/*
 * Two processes may take the same payment at the same moment, from a connection that is dead and from the one that
 * follows: the slower one finds the interval in the books already, and sends the same bytes to its own client.
 */
enum status sender_go(struct sender *sender, const struct sink *sink)
{
	enum status s = STATUS_BUSY;
	bool all_there = false;

	sender->sink = sink;
	for (unsigned tries = 0; s == STATUS_BUSY && tries < GO_TRIES; tries++) {
		error_clear(&sender->party->error);
		s = go_once(sender, &all_there);
	}
	if (all_there)
		return s;
	if (s == STATUS_NOT_NOW)
		return sender_not_now(sender);
	if (s == STATUS_PAYMENT_NEEDED)
		return explain_pause(sender);
	if (s != STATUS_OK)
		return s;
	party_done(sender->party, "deal %" PRIu64 ": all %" PRIu64 " bytes sent", sender->deal.id, sender->sent);
	return STATUS_OK;
}

enum status seller_send(struct party *party, uint64_t deal, const struct limits *limits, const struct sink *sink)
{
	struct sender *sender = NULL;
	enum status s = sender_new(&sender, party, deal, limits);

	if (s == STATUS_OK)
		s = sender_go(sender, sink);
	sender_free(sender);
	return s;
}
