/* provider.c - the seller's rules: when to send, when to stop, which payment counts.
 *
 * Knows nothing of streams, stores or clocks.
 *
 * Source: myelnet/pop retrieval/provider/fsm.go and validators.go, with the
 * strict rule for resuming, and with every voucher tried against the channel's
 * own rules before the voucher is credited.
 */
#include "deal/provider.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

bool provider_unpaid(struct amount *unpaid, const struct provider_deal *d)
{
	struct amount sum;

	return price_of(&sum, &d->params, d->total_sent) && amount_sub(unpaid, &sum, &d->funds_received);
}

bool provider_risk(struct amount *risk, const struct provider_deal *d, const struct amount *given)
{
	if (amount_is_negative(given))
		return price_of(risk, &d->params, d->params.payment_interval);
	*risk = *given;
	return true;
}

bool provider_short(struct amount *missing, const struct provider_deal *d, const struct amount *received)
{
	struct amount wanted, left;

	if (!price_of(&wanted, &d->params, d->all_blocks_sent ? d->total_sent : d->current_interval) ||
		!amount_sub(&left, &wanted, received))
		return false;
	*missing = amount_is_negative(&left) ? amount_zero() : left;
	return true;
}

bool provider_must_pause(const struct provider_deal *d, uint64_t total_sent)
{
	/* If bytes are free, only the unseal price can be due. */
	if (amount_is_zero(&d->params.price_per_byte) && amount_cmp(&d->funds_received, &d->params.unseal_price) >= 0)
		return false;
	return total_sent >= d->current_interval;
}

bool provider_is_late_payment(enum deal_state from, enum provider_event event, enum deal_state to)
{
	return event == PROVIDER_PARTIAL_PAYMENT_RECEIVED && to == from;
}

/* The bytes that the client must pay for in this deal, after @more bytes. */
static bool billed_bytes(uint64_t *bytes, const struct provider_deal *d, uint64_t more)
{
	if (more > UINT64_MAX - d->total_sent)
		return false;
	*bytes = d->total_sent + more;
	if (*bytes < d->carried)
		*bytes = d->carried;
	return true;
}

/* Counts bytes and not the unseal price, because a deal that was only accepted has cost the provider nothing. */
static bool has_unpaid_bytes(const struct provider_deal *d)
{
	struct provider_deal now = *d;
	struct amount unpaid;

	if (!billed_bytes(&now.total_sent, d, 0) || now.total_sent == 0 || d->stalled || d->forgiven)
		return false;
	return !provider_unpaid(&unpaid, &now) || (!amount_is_zero(&unpaid) && !amount_is_negative(&unpaid));
}

bool provider_owed_after(struct amount *owed, const struct provider_deal *d, uint64_t more)
{
	struct provider_deal next = *d;
	struct amount unpaid;

	*owed = amount_zero();
	if (!billed_bytes(&next.total_sent, d, more))
		return false;
	if (next.total_sent <= d->moved)
		return true;
	next.total_sent -= d->moved;
	if (!provider_unpaid(&unpaid, &next))
		return false;
	if (!amount_is_negative(&unpaid))
		*owed = unpaid;
	return true;
}

void provider_carry(struct provider_deal *to, struct provider_deal *from, uint64_t bytes)
{
	struct amount owed;
	uint64_t most = 0;

	if (!provider_owed_after(&owed, from, 0) || amount_is_zero(&from->params.price_per_byte) ||
		!amount_div_bytes(&most, &owed, &from->params.price_per_byte))
		return;
	if (bytes > most)
		bytes = most;
	if (bytes > UINT64_MAX - to->carried || bytes > UINT64_MAX - from->moved)
		return;
	to->carried += bytes;
	from->moved += bytes;
}

struct tally provider_tally(const struct provider_deal *d)
{
	bool open = d->state != DEAL_NEW && !deal_is_final(SIDE_PROVIDER, d->state), unpaid = has_unpaid_bytes(d);
	struct tally tally = {.open = open,
		.unpaid = open && unpaid,
		.cancelled = d->state == DEAL_CANCELLED && unpaid,
		.completed = d->state == DEAL_COMPLETED && !amount_is_zero(&d->funds_received),
		.owed = amount_zero()};

	if ((tally.unpaid || tally.cancelled) && !provider_owed_after(&tally.owed, d, 0))
		tally.owed = amount_zero();
	return tally;
}

bool tally_equal(const struct tally *a, const struct tally *b)
{
	return a->open == b->open && a->unpaid == b->unpaid && a->cancelled == b->cancelled &&
	       a->completed == b->completed && amount_cmp(&a->owed, &b->owed) == 0;
}

static void set_message(struct provider_deal *d, const struct provider_input *in)
{
	if (in->reason != NULL)
		snprintf(d->message, sizeof(d->message), "%s", in->reason);
}

static enum status add_funds(struct provider_deal *d, const struct provider_input *in)
{
	if (!amount_add(&d->funds_received, &d->funds_received, &in->amount))
		return STATUS_BAD_AMOUNT;
	d->channel = in->channel;
	d->lane = in->lane;
	d->resend = false;
	return STATUS_OK;
}

/*
 * Open the next interval, because all bytes up to the limit are paid for. The provider pauses with the block that
 * reaches the limit, so a client that pays at a pause, or after the last block, has received all blocks sent so far,
 * and these blocks are never sent again.
 */
static enum status open_interval(struct provider_deal *d)
{
	struct amount for_data;
	uint64_t bytes = 0;

	if (!amount_sub(&for_data, &d->funds_received, &d->params.unseal_price))
		return STATUS_BAD_AMOUNT;
	if (!amount_is_zero(&d->params.price_per_byte) &&
		!amount_div_bytes(&bytes, &for_data, &d->params.price_per_byte))
		return STATUS_BAD_AMOUNT;
	if (bytes >= d->current_interval)
		d->current_interval = interval_next(&d->params, bytes);
	if (d->state == DEAL_FUNDS_NEEDED || d->state == DEAL_FUNDS_NEEDED_LAST_PAYMENT) {
		d->resume_sent = d->total_sent;
		d->resume_blocks = d->blocks_sent;
	}
	return STATUS_OK;
}

static enum status act(struct provider_deal *d, enum provider_event event, const struct provider_input *in)
{
	enum status s;

	switch (event) {
	case PROVIDER_BLOCK_SENT:
	case PROVIDER_PAYMENT_REQUESTED:
		d->total_sent = in->total_sent;
		break;
	case PROVIDER_BLOCKS_COMPLETED:
		d->all_blocks_sent = true;
		break;
	case PROVIDER_PARTIAL_PAYMENT_RECEIVED:
		return add_funds(d, in);
	case PROVIDER_PAYMENT_RECEIVED:
		s = add_funds(d, in);
		return s == STATUS_OK ? open_interval(d) : s;
	case PROVIDER_CLIENT_CANCELLED:
		if (d->state != DEAL_FAILING)
			snprintf(d->message, sizeof(d->message), "%s",
				in->reason != NULL ? in->reason : "cancelled by the client");
		break;
	case PROVIDER_SAVE_VOUCHER_FAILED:
	case PROVIDER_DATA_TRANSFER_ERROR:
	case PROVIDER_MULTI_STORE_ERROR:
		set_message(d, in);
		break;
	case PROVIDER_OPEN:
	case PROVIDER_DEAL_NOT_FOUND:
	case PROVIDER_DEAL_REJECTED:
	case PROVIDER_DEAL_ACCEPTED:
	case PROVIDER_COMPLETE:
	case PROVIDER_UNSEAL_ERROR:
	case PROVIDER_UNSEAL_COMPLETE:
	case PROVIDER_CANCEL_COMPLETE:
	case PROVIDER_CLEANUP_COMPLETE:
		break;
	}
	return STATUS_OK;
}

enum status provider_apply(struct provider_deal *d, enum provider_event event, const struct provider_input *in)
{
	static const struct provider_input nothing;
	struct step step = provider_step(d->state, event);
	struct provider_deal next = *d;
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

enum status provider_refuse(struct refusal *why, enum status s, const char *format, ...)
{
	va_list args;

	why->status = s;
	va_start(args, format);
	vsnprintf(why->reason, sizeof(why->reason), format, args);
	va_end(args);
	return s;
}

enum status provider_check_terms(struct refusal *why, const struct deal_params *terms, const struct offer *offer)
{
	char given[AMOUNT_TEXT_MAX], wanted[AMOUNT_TEXT_MAX];

	if (terms_check(terms) != STATUS_OK)
		return provider_refuse(why, STATUS_REJECTED,
			"the terms make no sense: interval %" PRIu64 " bytes, increase %" PRIu64 " bytes",
			terms->payment_interval, terms->payment_interval_increase);
	if (amount_cmp(&terms->price_per_byte, &offer->min_price_per_byte) < 0)
		return provider_refuse(why, STATUS_REJECTED,
			"price %.60s afil per byte is under this offer's %.60s afil per byte",
			amount_decimal(given, &terms->price_per_byte),
			amount_decimal(wanted, &offer->min_price_per_byte));
	if (terms->payment_interval > offer->max_payment_interval)
		return provider_refuse(why, STATUS_REJECTED,
			"payment interval %" PRIu64 " bytes is above this offer's %" PRIu64 " bytes",
			terms->payment_interval, offer->max_payment_interval);
	if (terms->payment_interval_increase > offer->max_payment_interval_increase)
		return provider_refuse(why, STATUS_REJECTED,
			"payment interval increase %" PRIu64 " bytes is above this offer's %" PRIu64 " bytes",
			terms->payment_interval_increase, offer->max_payment_interval_increase);
	if (amount_cmp(&terms->unseal_price, &offer->unseal_price) < 0)
		return provider_refuse(why, STATUS_REJECTED, "unseal price %.60s afil is under this offer's %.60s afil",
			amount_decimal(given, &terms->unseal_price), amount_decimal(wanted, &offer->unseal_price));
	return STATUS_OK;
}

enum status provider_judge_place(
	struct refusal *why, const struct provider_deal *d, const struct payment *p, const struct lane_record *lane)
{
	uint64_t ours = provider_wire_id(d);

	if (p->id != ours)
		return provider_refuse(
			why, STATUS_WRONG_DEAL, "payment is for deal %" PRIu64 ", not %" PRIu64, p->id, ours);
	if (!address_equal(&p->channel, &p->voucher.channel))
		return provider_refuse(why, STATUS_WRONG_CHANNEL, "payment and voucher name different channels");
	if (lane != NULL && lane->deal != 0 && lane->deal != d->id)
		return provider_refuse(
			why, STATUS_WRONG_DEAL, "lane %" PRIu64 " pays for deal %" PRIu64, p->voucher.lane, lane->deal);
	return STATUS_OK;
}

/* Try the voucher against the channel's own rules: could the provider redeem the voucher now? */
static enum status try_voucher(struct refusal *why, const struct voucher *v, const struct payment_context *c)
{
	struct paych trial = *c->channel;
	struct paych_outcome outcome;
	struct paych_update in = {
		.self = &v->channel, .caller = c->payee, .epoch = c->epoch, .voucher = v, .signature_valid = true};
	enum status s = STATUS_OK;

	trial.lanes = NULL;
	trial.lane_count = 0;
	for (size_t i = 0; i < c->channel->lane_count && s == STATUS_OK; i++)
		s = paych_put_lane(&trial, &c->channel->lanes[i]);
	if (s == STATUS_OK)
		s = paych_apply_update(&trial, &outcome, &in);
	paych_release(&trial);
	if (s != STATUS_OK)
		return s;
	if (outcome.exit_code != PAYCH_OK)
		return provider_refuse(why, STATUS_NOT_SPENDABLE, "the ledger would refuse it: %.200s", outcome.text);
	return STATUS_OK;
}

/* Can the voucher be redeemed now, and does the channel cover the voucher and all others that the provider holds? */
static enum status judge_spendable(struct refusal *why, const struct voucher *v, const struct payment_context *c)
{
	struct amount sum;

	if (c->channel->settling_at != 0 && c->epoch >= c->channel->settling_at)
		return provider_refuse(why, STATUS_CHANNEL_SETTLING, "the channel is settled");
	if (v->merge_count != 0 && c->tried)
		return provider_refuse(why, STATUS_NOT_SPENDABLE, "its amount counts the lanes again that it merges");
	/* MONEY 22: a deal delivers at once for what may be redeemed later, or never. */
	if (voucher_has_conditions(v) && c->lane != NULL && c->lane->deal != 0 && c->tried)
		return provider_refuse(why, STATUS_NOT_SPENDABLE,
			"lane %" PRIu64 " pays for deal %" PRIu64 ", and no deal is paid under conditions", v->lane,
			c->lane->deal);
	if (voucher_has_conditions(v) && !c->tried)
		return provider_refuse(why, STATUS_NOT_SPENDABLE,
			"the voucher has conditions (time lock, secret, extra, settle height or merges)");
	if (!amount_add(&sum, &v->amount, c->held_elsewhere) || amount_cmp(&sum, &c->channel->balance) > 0)
		return provider_refuse(
			why, STATUS_NOT_SPENDABLE, "the channel does not cover this voucher and those before it");
	return c->tried ? STATUS_OK : try_voucher(why, v, c);
}

/* The amount that the voucher adds to the best known voucher of its lane: the provider's own, or the ledger's. */
static enum status judge_gain(
	struct refusal *why, struct amount *gain, const struct voucher *v, const struct payment_context *c)
{
	const struct paych_lane *redeemed = paych_find_lane(c->channel, v->lane);
	struct amount before = redeemed != NULL ? redeemed->redeemed : amount_zero();
	uint64_t nonce = redeemed != NULL ? redeemed->nonce : 0;

	if (c->lane != NULL) {
		before = c->lane->amount;
		nonce = c->lane->nonce;
	}
	if (v->nonce == 0)
		return provider_refuse(why, STATUS_NOT_SPENDABLE, "nonces begin at 1");
	if (v->nonce <= nonce)
		return provider_refuse(
			why, STATUS_STALE_NONCE, "nonce %" PRIu64 " is not above %" PRIu64, v->nonce, nonce);
	if (amount_cmp(&v->amount, &before) <= 0 || !amount_sub(gain, &v->amount, &before))
		return provider_refuse(why, STATUS_STALE_AMOUNT, "amount is not above what is paid already");
	return STATUS_OK;
}

/*
 * Has the ledger redeemed this voucher of a lane that is known here? Our store may be older than the ledger: the money is
 * ours, and the lane says for which deal.
 */
static bool was_redeemed(const struct voucher *v, const struct payment_context *c)
{
	const struct paych_lane *redeemed = paych_find_lane(c->channel, v->lane);

	return c->lane != NULL && redeemed != NULL && redeemed->nonce == v->nonce && v->nonce > c->lane->nonce &&
	       amount_cmp(&redeemed->redeemed, &v->amount) == 0;
}

enum status provider_judge_voucher(
	struct refusal *why, struct amount *delta, const struct voucher *v, const struct payment_context *c)
{
	struct amount gain;
	enum status s;

	if (!address_equal(&c->channel->to, c->payee))
		return provider_refuse(why, STATUS_WRONG_CHANNEL, "the channel does not pay to us");
	if (!address_equal(c->signer, &c->channel->from))
		return provider_refuse(why, STATUS_BAD_SIGNATURE, "the voucher is not signed by the channel's payer");
	if (c->lane != NULL && v->nonce == c->lane->nonce && amount_cmp(&v->amount, &c->lane->amount) == 0) {
		*delta = amount_zero();
		return STATUS_OK;
	}
	s = judge_gain(why, &gain, v, c);
	if (s != STATUS_OK)
		return s;
	s = was_redeemed(v, c) ? STATUS_OK : judge_spendable(why, v, c);
	if (s != STATUS_OK)
		return s;
	*delta = gain;
	return STATUS_OK;
}
