/* propose.c - proposing, restarting and cancelling a deal. */
#include "buyer/propose.h"

#include <string.h>

#include "base/hash.h"
#include "buyer/requests.h"
#include "ipld/selector.h"
#include "party/party.h"
#include "store/payloads.h"
#include "store/pending.h"

/* MONEY 8: no deal is made that could cost more than the buyer's ceilings; the same ceilings are checked again at signing. */
static enum status check_ceilings(struct party *p, struct amount *max_total, const struct proposal_request *r)
{
	char given[AMOUNT_TEXT_MAX], limit[AMOUNT_TEXT_MAX];
	uint64_t left = r->size > r->held ? r->size - r->held : 0;
	struct amount total, rest;

	if (!price_of(&total, &r->params, r->size) || !price_of(&rest, &r->params, left))
		return party_fail(p, STATUS_BAD_AMOUNT, "the deal's price does not fit an amount");
	if (!amount_is_negative(&r->max_price) && amount_cmp(&r->params.price_per_byte, &r->max_price) > 0)
		return party_fail(p, STATUS_TOO_DEAR, "price %s afil per byte is above the ceiling of %s afil per byte",
			amount_decimal(given, &r->params.price_per_byte), amount_decimal(limit, &r->max_price));
	if (!amount_is_negative(&r->max_total) && amount_cmp(&rest, &r->max_total) > 0)
		return party_fail(p, STATUS_TOO_DEAR, "the %s would cost %s afil, above the ceiling of %s afil",
			r->held != 0 ? "rest" : "whole", amount_decimal(given, &rest),
			amount_decimal(limit, &r->max_total));
	if (amount_is_negative(&r->max_total) &&
		!(amount_is_zero(&r->params.price_per_byte) && amount_is_zero(&r->params.unseal_price))) {
		if (amount_is_negative(&r->max_price) || r->size == 0) {
			party_hint(p, "--max-total %safil", amount_decimal(given, &total));
			return party_fail(p, STATUS_USAGE, "a ceiling is needed for a deal that costs: --max-total");
		}
		*max_total = total;
	} else {
		*max_total = amount_is_negative(&r->max_total) ? amount_zero() : r->max_total;
	}
	return STATUS_OK;
}

/* The name under which a request is remembered, so that the same one finds its deal again. */
static enum status request_digest(uint8_t digest[32], const struct proposal_request *r)
{
	struct proposal proposal = {.payload = r->payload, .params = r->params};
	struct bytes text = {0};
	enum status s;

	bytes_append_text(&text, "propose");
	bytes_append(&text, r->provider.bytes, r->provider.len);
	cbor_put_amount(&text, &r->max_total);
	proposal_encode(&text, &proposal, RECORD_DECLARED);
	s = bytes_status(&text);
	if (s == STATUS_OK)
		blake2b(digest, 32, bytes_span(&text));
	bytes_release(&text);
	return s;
}

static enum status new_deal(struct party *p, struct kv_txn *t, struct client_deal *d, const struct proposal_request *r,
	const struct amount *max_total)
{
	struct client_deal made = {.payload = r->payload,
		.params = r->params,
		.provider = r->provider,
		.size = r->size,
		.max_total = *max_total,
		.unasked = true,
		.state = DEAL_NEW};
	uint8_t unique[32];
	enum status s = store_next_deal(t, &made.id, &made.number);

	if (s == STATUS_OK)
		s = store_derive(t, unique, "request", made.number);
	if (s != STATUS_OK)
		return s;
	memcpy(made.request, unique, REQUEST_ID_SIZE);
	made.request[6] = (uint8_t)(0x40 | (made.request[6] & 0x0f)); /* a version 4 UUID, as go-graphsync makes */
	made.request[8] = (uint8_t)(0x80 | (made.request[8] & 0x3f));
	for (size_t i = 0; i < 8; i++)
		made.transfer = made.transfer << 8 | unique[16 + i];
	made.transfer >>= 1;
	if (p->has_key)
		made.client = address_of_key(p->key.public);
	made.current_interval = interval_next(&made.params, 0);
	if (!price_of(&made.total_funds, &made.params, made.size))
		return STATUS_BAD_AMOUNT;
	s = party_client_event(p, t, &made, CLIENT_OPEN, NULL);
	if (s == STATUS_OK)
		s = party_client_event(p, t, &made, CLIENT_DEAL_PROPOSED, NULL);
	if (s == STATUS_OK)
		*d = made;
	return s;
}

/* The deal that this request made before, if it is still open; else a new one. */
static enum status find_or_make(struct party *p, struct kv_txn *t, struct client_deal *d,
	const struct proposal_request *r, const struct amount *max_total)
{
	struct span about;
	struct bytes known = {0};
	uint8_t digest[32];
	enum status s = request_digest(digest, r);

	if (s != STATUS_OK)
		return s;
	about = span_of(digest, sizeof(digest));
	s = store_get_pending(t, &known, about);
	if (s == STATUS_OK && known.len == 8) {
		s = store_get_client(t, d, span_number(bytes_span(&known), 0));
		if (s == STATUS_OK && !deal_is_final(SIDE_CLIENT, d->state))
			goto out;
	}
	if (s == STATUS_OK || s == STATUS_NOT_FOUND)
		s = new_deal(p, t, d, r, max_total);
	if (s != STATUS_OK)
		goto out;
	bytes_clear(&known);
	bytes_append_number(&known, d->id);
	s = bytes_status(&known);
	if (s == STATUS_OK)
		s = store_put_pending(t, about, bytes_span(&known));
out:
	bytes_release(&known);
	return s;
}

/* Is all of the content here? Other processes may have bought it since anybody looked. */
static enum status check_not_here(struct kv_txn *t, struct client_deal *d, const struct cid *payload)
{
	uint64_t deal;
	enum status s = store_get_complete(t, &deal, payload);

	if (s == STATUS_OK)
		s = store_get_client(t, d, deal);
	if (s == STATUS_OK)
		return STATUS_EXISTS;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

enum status buyer_propose(
	struct party *p, struct bytes *frames, struct client_deal *d, const struct proposal_request *r)
{
	struct amount max_total;
	struct kv_txn *t;
	enum status s = terms_check(&r->params);

	if (s != STATUS_OK)
		return party_fail(p, STATUS_USAGE, "the terms make no sense: interval %llu bytes, increase %llu bytes",
			(unsigned long long)r->params.payment_interval,
			(unsigned long long)r->params.payment_interval_increase);
	s = check_ceilings(p, &max_total, r);
	if (s != STATUS_OK || r->dry_run)
		return s;
	s = kv_begin_write(store_kv(p->store), &t);
	if (s != STATUS_OK)
		return s;
	if (r->unless_here)
		s = check_not_here(t, d, &r->payload);
	if (s == STATUS_OK)
		s = find_or_make(p, t, d, r, &max_total);
	if (s == STATUS_OK && frames != NULL && d->unasked) {
		d->unasked = false;
		s = store_put_client(t, d);
	}
	s = party_end(t, s);
	if (s != STATUS_OK || frames == NULL)
		return s;
	frames_proposal(frames, d, d->held);
	return bytes_status(frames);
}

enum status buyer_find_complete(struct party *p, uint64_t *deal, const struct cid *payload)
{
	struct kv_txn *t;
	enum status s = kv_begin_read(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	s = store_get_complete(t, deal, payload);
	kv_abort(&t);
	return s;
}

/** struct part - the deals of a payload, while the one that has most of it is being looked for. */
struct part {
	struct kv_txn *t;
	struct client_deal *most;
	bool found;
};

static enum status weigh_part(void *ctx, uint64_t id)
{
	struct part *part = ctx;
	struct client_deal d;
	enum status s = store_get_client(part->t, &d, id);

	if (s != STATUS_OK)
		return s;
	if (part->found && d.total_received + d.inherited <= part->most->total_received + part->most->inherited)
		return STATUS_OK;
	*part->most = d;
	part->found = true;
	return STATUS_OK;
}

enum status buyer_find_part(struct party *p, struct client_deal *d, const struct cid *payload)
{
	struct part part = {.most = d};
	enum status s = kv_begin_read(store_kv(p->store), &part.t);

	if (s != STATUS_OK)
		return s;
	s = store_each_part(part.t, payload, weigh_part, &part);
	kv_abort(&part.t);
	return s == STATUS_OK && !part.found ? STATUS_NOT_FOUND : s;
}

enum status buyer_restart(struct party *p, uint64_t deal)
{
	struct client_input in = {0};
	struct client_deal d;
	struct kv_txn *t;
	enum status s = kv_begin_write(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	s = store_get_client(t, &d, deal);
	if (s == STATUS_OK && d.state != DEAL_INSUFFICIENT_FUNDS)
		s = party_fail(p, STATUS_BAD_STATE, "deal %llu is %s: only a deal that ran out of funds restarts",
			(unsigned long long)deal, deal_state_name(d.state));
	in.amount = d.payment_requested;
	in.channel = d.channel;
	if (s == STATUS_OK)
		s = party_client_event(p, t, &d, CLIENT_RECHECK_FUNDS, NULL);
	if (s == STATUS_OK)
		s = party_client_event(p, t, &d, CLIENT_CHANNEL_READY, &in);
	if (s == STATUS_OK)
		s = party_client_event(p, t, &d,
			d.last_payment_requested ? CLIENT_LAST_PAYMENT_REQUESTED : CLIENT_PAYMENT_REQUESTED, &in);
	if (s != STATUS_OK) {
		kv_abort(&t);
		return s;
	}
	party_done(p, "deal %llu restarted: %s", (unsigned long long)deal, deal_state_name(d.state));
	party_hint(p, "make-voucher --deal %llu", (unsigned long long)deal);
	return kv_commit(&t);
}

enum status buyer_cancel(struct party *p, struct bytes *frames, uint64_t deal)
{
	struct client_deal d;
	struct kv_txn *t;
	enum status s = kv_begin_write(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	s = store_get_client(t, &d, deal);
	if (s == STATUS_OK && d.state != DEAL_CANCELLED) {
		if (deal_is_final(SIDE_CLIENT, d.state))
			s = party_fail(p, STATUS_BAD_STATE, "deal %llu is over: %s", (unsigned long long)deal,
				deal_state_name(d.state));
		if (s == STATUS_OK)
			s = party_client_event(p, t, &d, CLIENT_CANCEL, NULL);
		if (s == STATUS_OK)
			s = party_client_event(p, t, &d, CLIENT_CANCEL_COMPLETE, NULL);
	}
	s = party_end(t, s);
	if (s != STATUS_OK)
		return s;
	party_done(p, "deal %llu cancelled", (unsigned long long)deal);
	frames_client_cancel(frames, &d);
	return bytes_status(frames);
}

enum status buyer_outcome(const struct client_deal *d)
{
	struct amount due;

	if (d->state == DEAL_COMPLETED)
		return STATUS_OK;
	if (deal_is_final(SIDE_CLIENT, d->state))
		return STATUS_REJECTED;
	if (client_due(&due, d) && amount_cmp(&due, &d->funds_spent) > 0)
		return d->state == DEAL_INSUFFICIENT_FUNDS ? STATUS_NO_FUNDS : STATUS_PAYMENT_NEEDED;
	return d->all_blocks_received ? STATUS_OK : STATUS_END;
}
