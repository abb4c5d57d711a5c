/* deal_response.c - a buyer applies the provider's deal responses: accepted, payment requested, complete, failed.
 *
 * receive.c takes the blocks. lib/deal decides the payments, from our own count
 * alone.
 *
 * On a network blocks and data-transfer messages travel by two protocols. A
 * message that stands in a response comes in the order of the blocks; a message
 * apart from responses may overtake the blocks that the message is about.
 */
#include <inttypes.h>
#include <stdio.h>

#include "buyer/receiver_private.h"
#include "party/receipt.h"
#include "wire/frame.h"

/*
 * The provider requests the last payment: all blocks must be here, or be on their way where the request came apart from
 * the blocks.
 */
static enum status check_last(struct receiver *r, bool *early, enum client_event event)
{
	bool over;
	enum status s;

	if (event != CLIENT_LAST_PAYMENT_REQUESTED)
		return STATUS_OK;
	s = receiver_walk_is_over(r, &over);
	if (s != STATUS_OK || over)
		return s;
	if (!r->apart)
		return party_fail(
			r->p, STATUS_BAD_MESSAGE, "the provider asks for the last payment, but blocks are missing");
	*early = true;
	return STATUS_OK;
}

/*
 * MONEY 4: the deal does not go on with a provider that requests more than was ever due, or, apart from the blocks, more
 * than can be due by then. @limit: the most that is due now. @early: set if the blocks of the request are missing.
 */
static enum status check_owed(struct receiver *r, struct amount *limit, bool *early, const struct amount *owed)
{
	char asked[AMOUNT_TEXT_MAX], text[AMOUNT_TEXT_MAX];
	struct amount ever, most;

	if (!client_owed_limit(limit, &r->deal) || !amount_add(&ever, limit, &r->deal.funds_spent) ||
		!client_may_be_owed(&most, &r->deal))
		return STATUS_BAD_AMOUNT;
	if (amount_cmp(owed, &ever) <= 0)
		return STATUS_OK;
	*early = r->apart && amount_cmp(owed, &most) <= 0;
	if (*early)
		return STATUS_OK;
	if (r->apart)
		return party_fail(r->p, STATUS_BAD_MESSAGE,
			"the provider asks for %s afil, but no more than %s afil can be due",
			amount_decimal(asked, owed), amount_decimal(text, &most));
	return party_fail(r->p, STATUS_BAD_MESSAGE, "the provider asks for %s afil, but no more than %s afil is due",
		amount_decimal(asked, owed), amount_decimal(text, limit));
}

/*
 * A request for payment that we have met since, or that has no place in the deal's state, is part of a repeated stream.
 */
static bool changes_nothing(
	const struct client_deal *deal, enum client_event event, const struct amount *owed, const struct amount *limit)
{
	if (amount_cmp(owed, limit) > 0 || client_step(deal->state, event).kind == STEP_INVALID)
		return true;
	return amount_cmp(owed, &deal->payment_requested) == 0 &&
	       (deal->state == DEAL_FUNDS_NEEDED || deal->state == DEAL_FUNDS_NEEDED_LAST_PAYMENT);
}

/* All blocks are here and nothing is owed: pass through the remaining states. */
static enum status complete(struct receiver *r)
{
	enum status s = STATUS_OK;

	if (r->deal.state == DEAL_ACCEPTED) /* nothing has to be paid, as turns out now */
		s = receiver_apply(r, CLIENT_CHANNEL_SKIP, NULL);
	if (s == STATUS_OK && !r->deal.all_blocks_received)
		s = receiver_apply(r, CLIENT_ALL_BLOCKS_RECEIVED, NULL);
	if (s != STATUS_OK || r->deal.state == DEAL_INSUFFICIENT_FUNDS)
		return s;
	s = receiver_apply(r, CLIENT_COMPLETE, NULL);
	return s == STATUS_OK && r->deal.state == DEAL_CHECK_COMPLETE
		       ? receiver_apply(r, CLIENT_COMPLETE_VERIFIED, NULL)
		       : s;
}

/* Does the client owe anything by its own count? */
static bool owes(const struct client_deal *deal)
{
	struct amount due;

	return !client_due(&due, deal) || amount_cmp(&due, &deal->funds_spent) > 0;
}

/*
 * A provider that requests a negative amount has lost count (the original does, where the interval is smaller than a
 * block). Nothing is owed, and nothing more will come once all blocks are here.
 */
static enum status take_negative(struct receiver *r)
{
	bool over;
	enum status s = receiver_walk_is_over(r, &over);

	return s == STATUS_OK && over && r->deal.all_blocks_received && !owes(&r->deal) ? complete(r) : s;
}

/* DATA 4: the provider requests payment. Our own count alone decides what is paid. */
static enum status take_demand(struct receiver *r, enum client_event event, const struct response *response)
{
	struct client_input in = {.amount = response->owed};
	char reason[DEAL_MESSAGE_MAX];
	struct amount limit;
	bool early = false;
	enum status s;

	if (amount_is_negative(&response->owed))
		return take_negative(r);
	s = check_last(r, &early, event);
	if (s != STATUS_OK)
		return s;
	s = check_owed(r, &limit, &early, &response->owed);
	if (s != STATUS_OK)
		return s;
	if (early && (r->deal.voucher_nonce == 0 || response->message.len == 0)) { /* no refusal of a voucher */
		r->early = response->owed;
		return STATUS_OK;
	}
	if (!amount_is_zero(&response->owed) && !owes(&r->deal))
		r->asked = true;
	if (r->recovered && response->message.len != 0) { /* a refusal of vouchers signed before the recovery */
		r->recovered = false;
		return STATUS_OK;
	}
	if (r->asked && response->message.len != 0) /* the provider has our voucher and refuses the voucher */
		return party_fail(r->p, STATUS_REJECTED, "the provider refuses our payment: %s",
			span_clean(reason, sizeof(reason), response->message));
	if (changes_nothing(&r->deal, event, &response->owed, &limit))
		return STATUS_OK;
	return receiver_apply(r, event, &in);
}

enum status receiver_take_refused_restart(struct receiver *r, bool *done)
{
	bool over;
	enum status s = receiver_walk_is_over(r, &over);

	*done = s == STATUS_OK && over && r->deal.all_blocks_received && !owes(&r->deal);
	return *done ? complete(r) : s;
}

static enum status take_complete(struct receiver *r)
{
	bool over;
	enum status s = receiver_walk_is_over(r, &over);

	if (s != STATUS_OK)
		return s;
	if (!over && r->apart) { /* INVARIANT 9: the deal completes with its last block */
		r->complete_early = true;
		return STATUS_OK;
	}
	/*
	 * INVARIANT 9. Passing over the request loses nothing: if blocks got lost on the way, the right frames may
	 * still come.
	 */
	if (!over)
		return party_fail(r->p, STATUS_BAD_MESSAGE, "the provider says complete, but blocks are missing");
	return complete(r);
}

enum status receiver_take_blocks_end(struct receiver *r)
{
	enum status s = receiver_apply(r, CLIENT_ALL_BLOCKS_RECEIVED, NULL);

	r->early = amount_zero();
	return s == STATUS_OK && r->complete_early && !owes(&r->deal) ? complete(r) : s;
}

/* The provider accepts. A deal that costs nothing, because the content is free or fully inherited, needs no channel. */
static enum status take_acceptance(struct receiver *r)
{
	struct amount rest;
	bool over;
	enum status s = receiver_walk_is_over(r, &over);

	if (s != STATUS_OK)
		return s;
	s = receiver_apply(r, CLIENT_DEAL_ACCEPTED, NULL);
	if (s != STATUS_OK)
		return s;
	if (!price_of(&rest, &r->deal.params, r->deal.total_received))
		return STATUS_BAD_AMOUNT;
	if (client_is_free(&r->deal) || (over && amount_is_zero(&rest)))
		return receiver_apply(r, CLIENT_CHANNEL_SKIP, NULL);
	return STATUS_OK;
}

/*
 * A message that only an accepted deal can bring proves the acceptance: go-graphsync 0.6.4 drops a message that holds
 * only the acceptance if the first block is larger than 512 KiB.
 */
static enum status take_late_acceptance(struct receiver *r, enum client_event event)
{
	switch (event) {
	case CLIENT_PAYMENT_REQUESTED:
	case CLIENT_LAST_PAYMENT_REQUESTED:
	case CLIENT_UNSEAL_PAYMENT_REQUESTED:
	case CLIENT_COMPLETE:
		return r->deal.state == DEAL_WAIT_FOR_ACCEPTANCE ? take_acceptance(r) : STATUS_OK;
	default:
		return STATUS_OK;
	}
}

/* @accepted: the enclosing data-transfer message accepts the deal. */
static enum status take_deal_response(struct receiver *r, const struct response *response, bool accepted)
{
	enum client_event event = client_response_event(response->status);
	char reason[DEAL_MESSAGE_MAX - 32];
	struct client_input in = {.reason = span_clean(reason, sizeof(reason), response->message)};
	enum status s;

	if (response->id != r->deal.id)
		return party_fail(r->p, STATUS_WRONG_DEAL, "the answer is for deal %" PRIu64 ", not %" PRIu64,
			response->id, r->deal.id);
	if (receiver_is_over(r))
		return STATUS_OK;
	s = accepted ? take_late_acceptance(r, event) : STATUS_OK;
	if (s != STATUS_OK)
		return s;
	switch (event) {
	case CLIENT_DEAL_ACCEPTED:
		r->recovered = false; /* the vouchers came with the acceptance: no refusal follows */
		return r->deal.state == DEAL_WAIT_FOR_ACCEPTANCE ? take_acceptance(r) : STATUS_OK;
	case CLIENT_DEAL_REJECTED:
	case CLIENT_DEAL_NOT_FOUND:
		if (r->deal.state != DEAL_WAIT_FOR_ACCEPTANCE)
			event = CLIENT_PROVIDER_ERRORED;
		return receiver_apply(r, event, &in);
	case CLIENT_COMPLETE:
		s = party_keep_receipt(r->p, &r->deal, response->message);
		return s == STATUS_OK ? take_complete(r) : s;
	case CLIENT_PAYMENT_REQUESTED:
	case CLIENT_LAST_PAYMENT_REQUESTED:
	case CLIENT_UNSEAL_PAYMENT_REQUESTED:
		return take_demand(r, event, response);
	case CLIENT_PROVIDER_ERRORED:
		return receiver_apply(r, event, &in);
	default:
		return party_fail(r->p, STATUS_BAD_MESSAGE, "unexpected deal status %" PRIu64, response->status);
	}
}

enum status receiver_take_cancel(struct receiver *r)
{
	static const enum client_event events[] = {CLIENT_PROVIDER_CANCELLED, CLIENT_CANCEL_COMPLETE};

	return receiver_is_over(r) ? STATUS_OK : receiver_apply_all(r, events, 2, NULL);
}

/* An answer without a deal response: the end of a transfer that owes nothing is the end of its deal. */
static enum status take_bare(struct receiver *r, const struct transfer_response *response)
{
	if (response->type != TRANSFER_COMPLETE || !response->accepted || response->paused || receiver_is_over(r) ||
		owes(&r->deal) || (!r->apart && !r->deal.all_blocks_received))
		return STATUS_OK;
	return take_complete(r);
}

enum status receiver_take_transfer(struct receiver *r, const struct transfer *transfer, enum record_order order)
{
	struct response response;
	enum status s;

	if (transfer->is_request && transfer->request.type == TRANSFER_RESTART_EXISTING)
		return STATUS_OK; /* concerns the owner of the connection, not the receiver of the stream */
	if (transfer->is_request)
		return party_fail(
			r->p, STATUS_BAD_MESSAGE, "a client's request came where a provider's answer is expected");
	s = receiver_bind(r, NULL, transfer->response.id);
	if (s != STATUS_OK)
		return s;
	if (transfer->response.type == TRANSFER_CANCEL)
		return receiver_take_cancel(r);
	s = transfer_deal_response(&response, transfer, order);
	if (s == STATUS_NOT_FOUND)
		return take_bare(r, &transfer->response);
	return s == STATUS_OK ? take_deal_response(r, &response, transfer->response.accepted) : s;
}
