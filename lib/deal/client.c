/* client.c - the buyer's rules.
 *
 * Knows when an event is allowed, how an event changes the counters, and the
 * amount that the client owes.  Knows nothing of vouchers, ledgers or streams.
 *
 * Source: myelnet/pop retrieval/client/fsm.go, with three corrections: a
 * payment request is counted once, an unseal price is paid with the first
 * interval and never twice, and a shortfall is the amount that the next voucher
 * lacks.
 */
#include "deal/client.h"

#include <stdio.h>

#include "wire/frame_reader.h"

static void set_message(struct client_deal *d, const char *prefix, const struct client_input *in)
{
	const char *reason = in != NULL && in->reason != NULL ? in->reason : "";

	snprintf(d->message, sizeof(d->message), "%s%s%s", prefix, *prefix != '\0' && *reason != '\0' ? ": " : "",
		reason);
}

/* Record that the last voucher stands at @spent: set the bytes paid for and the current interval. */
static enum status record_payment(struct client_deal *d, const struct amount *spent, uint64_t nonce)
{
	struct amount sent, rest, for_data;
	uint64_t bytes = 0;

	if (!amount_sub(&sent, spent, &d->funds_spent) || !amount_sub(&rest, &d->payment_requested, &sent) ||
		!amount_sub(&for_data, spent, &d->params.unseal_price))
		return STATUS_BAD_AMOUNT;
	if (!amount_is_zero(&d->params.price_per_byte) &&
		!amount_div_bytes(&bytes, &for_data, &d->params.price_per_byte))
		return STATUS_BAD_AMOUNT;
	d->payment_requested = amount_is_negative(&rest) ? amount_zero() : rest;
	d->funds_spent = *spent;
	d->voucher_nonce = nonce;
	d->bytes_paid_for = bytes;
	if (bytes >= d->current_interval)
		d->current_interval = interval_next(&d->params, bytes);
	return STATUS_OK;
}

static void record_channel(struct client_deal *d, const struct client_input *in)
{
	if (!d->has_lane) /* until the deal has a lane, the channel may still change */
		d->channel = in->channel;
}

/* Apply the changes of @event other than the new state. */
static enum status act(struct client_deal *d, enum client_event event, const struct client_input *in)
{
	switch (event) {
	case CLIENT_DEAL_PROPOSED:
		d->message[0] = '\0';
		break;
	case CLIENT_DEAL_REJECTED:
		set_message(d, "deal rejected", in);
		break;
	case CLIENT_DEAL_NOT_FOUND:
		set_message(d, "deal not found", in);
		break;
	case CLIENT_CHANNEL_ERRORED:
		set_message(d, "payment channel", in);
		break;
	case CLIENT_ALLOCATE_LANE_ERRORED:
		set_message(d, "allocating a lane", in);
		break;
	case CLIENT_CREATE_VOUCHER_FAILED:
		set_message(d, "creating a voucher", in);
		break;
	case CLIENT_WRITE_DEAL_PROPOSAL_ERRORED:
	case CLIENT_WRITE_DEAL_PAYMENT_ERRORED:
	case CLIENT_DATA_TRANSFER_ERROR:
	case CLIENT_PROVIDER_ERRORED:
	case CLIENT_UNKNOWN_RESPONSE_RECEIVED:
	case CLIENT_BAD_PAYMENT_REQUESTED:
		set_message(d, "", in);
		break;
	case CLIENT_EARLY_TERMINATION:
		snprintf(d->message, sizeof(d->message), "provider says complete, but blocks are missing");
		break;
	case CLIENT_PROVIDER_CANCELLED:
		if (d->state != DEAL_FAILING && d->state != DEAL_CANCELLING)
			snprintf(d->message, sizeof(d->message), "cancelled by the provider");
		break;
	case CLIENT_CANCEL:
		snprintf(d->message, sizeof(d->message), "cancelled by the client");
		break;
	case CLIENT_CHANNEL_CREATE_INITIATED:
		d->wait_message = in->wait_message;
		break;
	case CLIENT_CHANNEL_ADDING_FUNDS:
		d->wait_message = in->wait_message;
		record_channel(d, in);
		break;
	case CLIENT_CHANNEL_READY:
		record_channel(d, in);
		d->wait_message = (struct cid){0};
		d->shortfall = amount_zero();
		d->message[0] = '\0';
		break;
	case CLIENT_LANE_ALLOCATED:
		d->lane = in->number;
		d->has_lane = true;
		break;
	case CLIENT_LAST_PAYMENT_REQUESTED:
		d->last_payment_requested = true;
		d->payment_requested = in->amount;
		break;
	case CLIENT_UNSEAL_PAYMENT_REQUESTED:
		d->unseal_requested = true;
		d->payment_requested = in->amount;
		break;
	case CLIENT_PAYMENT_REQUESTED:
		d->payment_requested = in->amount;
		break;
	case CLIENT_ALL_BLOCKS_RECEIVED:
		d->all_blocks_received = true;
		break;
	case CLIENT_BLOCKS_RECEIVED:
		d->total_received = in->number;
		break;
	case CLIENT_FUNDS_EXPENDED:
		d->shortfall = in->amount;
		set_message(d, "", in);
		break;
	case CLIENT_PAYMENT_SENT:
		return record_payment(d, &in->amount, in->number);
	case CLIENT_OPEN:
	case CLIENT_DEAL_ACCEPTED:
	case CLIENT_CHANNEL_SKIP:
	case CLIENT_CHANNEL_ADD_FUNDS_ERRORED:
	case CLIENT_PAYMENT_NOT_SENT:
	case CLIENT_SEND_FUNDS:
	case CLIENT_COMPLETE:
	case CLIENT_CANCEL_COMPLETE:
	case CLIENT_COMPLETE_VERIFIED:
	case CLIENT_VOUCHER_SHORTFALL:
	case CLIENT_RECHECK_FUNDS:
	case CLIENT_WAIT_FOR_LAST_BLOCKS:
		break;
	}
	return STATUS_OK;
}

enum status client_apply(struct client_deal *d, enum client_event event, const struct client_input *in)
{
	static const struct client_input nothing;
	struct step step = client_step(d->state, event);
	struct client_deal next = *d;
	enum status s;

	if (step.kind == STEP_INVALID || step.kind == STEP_UNDEFINED)
		return STATUS_BAD_STATE;
	s = act(&next, event, in != NULL ? in : &nothing);
	if (s != STATUS_OK)
		return s;
	next.state = step.to;
	*d = next;
	return STATUS_OK;
}

bool client_may_inherit(const struct client_deal *d)
{
	return d->unasked && d->state == DEAL_WAIT_FOR_ACCEPTANCE && d->blocks_received == 0;
}

enum status client_inherit(struct client_deal *d, uint64_t bytes, uint64_t blocks, uint64_t skip_links)
{
	struct client_deal next = *d;

	if (!client_may_inherit(d))
		return STATUS_BAD_STATE;
	next.inherited += bytes;
	next.inherited_blocks += blocks;
	next.skip_links = skip_links;
	/* With an unknown size, the funds do not depend on the size. An offer may name a size that is too small. */
	if (d->size != 0 &&
		!price_of(&next.total_funds, &d->params, d->size > next.inherited ? d->size - next.inherited : 0))
		return STATUS_BAD_AMOUNT;
	*d = next;
	return STATUS_OK;
}

enum status client_take_back(struct client_deal *d, const struct amount *spent, uint64_t nonce)
{
	struct client_deal next = *d;
	enum status s = record_payment(&next, spent, nonce);

	if (s != STATUS_OK)
		return s;
	/* @spent may be less than a later voucher that this client signed in vain. */
	next.current_interval = interval_next(&d->params, next.bytes_paid_for);
	*d = next;
	return STATUS_OK;
}

bool client_is_recovery(enum deal_state from, enum client_event event, enum deal_state to)
{
	if (event == CLIENT_PAYMENT_SENT)
		return to == from;
	return event == CLIENT_PAYMENT_NOT_SENT &&
	       to == (from == DEAL_FINALIZING ? DEAL_FUNDS_NEEDED_LAST_PAYMENT : from);
}

void client_move_lane(struct client_deal *d, uint64_t lane)
{
	/* The last payment was made in vain and is due again. */
	if (d->state == DEAL_FINALIZING)
		d->state = DEAL_FUNDS_NEEDED_LAST_PAYMENT;
	d->lane = lane;
	d->funds_spent = amount_zero();
	d->voucher_nonce = 0;
	d->bytes_paid_for = 0;
	d->current_interval = interval_next(&d->params, 0);
}

/*
 * The limit up to which the client pays. The original's provider goes on sending while up to two intervals are unpaid,
 * and each voucher pays for one interval. If three intervals are full, intervals are smaller than blocks, and one
 * voucher pays for all of them.
 */
static uint64_t full_limit(const struct client_deal *d)
{
	uint64_t third = interval_next(&d->params, interval_next(&d->params, d->current_interval));

	if (d->total_received < third || d->total_received == UINT64_MAX)
		return d->current_interval;
	return interval_lower_bound(&d->params, d->total_received + 1);
}

bool client_due(struct amount *due, const struct client_deal *d)
{
	uint64_t bytes = full_limit(d);
	struct amount sum;

	if (d->all_blocks_received)
		bytes = d->total_received;
	else if (d->unseal_requested && amount_cmp(&d->funds_spent, &d->params.unseal_price) < 0 &&
		 d->total_received < d->current_interval)
		bytes = 0;
	else if (d->total_received < d->current_interval) {
		*due = d->funds_spent;
		return true;
	}
	if (!price_of(&sum, &d->params, bytes))
		return false;
	*due = amount_cmp(&sum, &d->funds_spent) > 0 ? sum : d->funds_spent;
	return true;
}

bool client_ended_early(const struct client_deal *d)
{
	return deal_is_final(SIDE_CLIENT, d->state) && d->state != DEAL_COMPLETED;
}

bool client_due_at_end(struct amount *due, const struct client_deal *d)
{
	struct amount sum;

	*due = d->funds_spent;
	if (!client_ended_early(d) || d->total_received == 0)
		return true;
	if (!price_of(&sum, &d->params, d->total_received))
		return false;
	if (amount_cmp(&sum, due) > 0)
		*due = sum;
	return true;
}

bool client_due_to_sign(struct amount *due, const struct client_deal *d)
{
	return client_ended_early(d) ? client_due_at_end(due, d) : client_due(due, d);
}

bool client_owed_limit(struct amount *limit, const struct client_deal *d)
{
	struct amount sum;

	return price_of(&sum, &d->params, d->total_received) && amount_sub(limit, &sum, &d->funds_spent);
}

bool client_may_be_owed(struct amount *most, const struct client_deal *d)
{
	uint64_t sent = interval_next(&d->params, d->current_interval);
	uint64_t rest = d->size > d->inherited ? d->size - d->inherited : 0;

	sent = sent > UINT64_MAX - FRAME_MAX ? UINT64_MAX : sent + FRAME_MAX; /* a block fits a frame */
	if (d->size != 0 && rest < sent)
		sent = rest;
	if (d->all_blocks_received || sent < d->total_received)
		sent = d->total_received;
	return price_of(most, &d->params, sent);
}

struct amount client_reserve(const struct client_deal *d)
{
	struct amount rest;

	if (!d->has_lane || deal_is_final(SIDE_CLIENT, d->state) ||
		!amount_sub(&rest, &d->total_funds, &d->funds_spent) || amount_is_negative(&rest))
		return amount_zero();
	return rest;
}

bool client_is_free(const struct client_deal *d)
{
	return amount_is_zero(&d->params.price_per_byte) && amount_is_zero(&d->params.unseal_price);
}

bool client_wants_channel(const struct client_deal *d)
{
	return d->state == DEAL_ACCEPTED || d->state == DEAL_CHANNEL_CREATING ||
	       d->state == DEAL_CHANNEL_ADDING_INITIAL_FUNDS || d->state == DEAL_CHANNEL_ALLOCATING_LANE;
}

enum client_event client_response_event(uint64_t status)
{
	switch (status) {
	case DEAL_REJECTED:
		return CLIENT_DEAL_REJECTED;
	case DEAL_ERRORED:
		return CLIENT_PROVIDER_ERRORED;
	case DEAL_DEAL_NOT_FOUND:
		return CLIENT_DEAL_NOT_FOUND;
	case DEAL_ACCEPTED:
		return CLIENT_DEAL_ACCEPTED;
	case DEAL_FUNDS_NEEDED_UNSEAL:
		return CLIENT_UNSEAL_PAYMENT_REQUESTED;
	case DEAL_FUNDS_NEEDED_LAST_PAYMENT:
		return CLIENT_LAST_PAYMENT_REQUESTED;
	case DEAL_COMPLETED:
		return CLIENT_COMPLETE;
	case DEAL_FUNDS_NEEDED:
	case DEAL_ONGOING:
		return CLIENT_PAYMENT_REQUESTED;
	}
	return CLIENT_UNKNOWN_RESPONSE_RECEIVED;
}
