/* propose.c - proposing, restarting and cancelling a deal. */
#include "buyer/propose.h"

#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "buyer/requests.h"
#include "ipld/selector.h"
#include "party/statement.h"
#include "store/deal_texts.h"
#include "store/left_plan.h"
#include "store/payloads.h"
#include "store/pending.h"

/* Is the price, per byte and for the @rest of the bytes, below the given ceilings? */
static enum status check_given(struct party *p, const struct proposal_request *r, const struct amount *rest)
{
	char given[AMOUNT_TEXT_MAX], limit[AMOUNT_TEXT_MAX];

	if (!amount_is_negative(&r->max_price) && amount_cmp(&r->params.price_per_byte, &r->max_price) > 0)
		return party_fail(p, STATUS_TOO_DEAR, "price %s afil per byte is above the ceiling of %s afil per byte",
			amount_decimal(given, &r->params.price_per_byte), amount_decimal(limit, &r->max_price));
	if (!amount_is_negative(&r->max_total) && amount_cmp(rest, &r->max_total) > 0)
		return party_fail(p, STATUS_TOO_DEAR, "%s would cost %s afil, above the ceiling of %s afil",
			r->seeded_bytes != 0 ? "the rest of the content" : "the content", amount_decimal(given, rest),
			amount_decimal(limit, &r->max_total));
	return STATUS_OK;
}

/* MONEY 8: no deal is made that could cost more than the buyer's ceilings; signing checks the same ceilings again. */
static enum status check_ceilings(struct party *p, struct amount *max_total, const struct proposal_request *r)
{
	uint64_t left = r->size > r->seeded_bytes ? r->size - r->seeded_bytes : 0;
	bool free = amount_is_zero(&r->params.price_per_byte) && amount_is_zero(&r->params.unseal_price);
	char digits[AMOUNT_TEXT_MAX];
	struct amount total, rest;
	enum status s;

	if (!price_of(&total, &r->params, r->size) || !price_of(&rest, &r->params, left))
		return party_fail(p, STATUS_BAD_AMOUNT, "the deal's price does not fit an amount");
	s = check_given(p, r, &rest);
	if (s != STATUS_OK)
		return s;
	if (!amount_is_negative(&r->max_total)) {
		*max_total = r->max_total;
		return STATUS_OK;
	}
	if (!free && (amount_is_negative(&r->max_price) || r->size == 0)) {
		party_hint(p, "--max-total %safil", amount_decimal(digits, &total));
		return party_fail(p, STATUS_USAGE, "a deal with a price needs a ceiling: --max-total AMOUNT");
	}
	*max_total = free ? amount_zero() : total;
	return STATUS_OK;
}

/* A digest under which a request is stored, so that the same request finds its deal again. */
static enum status request_digest(uint8_t digest[32], const struct proposal_request *r)
{
	CLEAN_BYTES struct bytes text = {0};
	struct proposal proposal = {.payload = r->payload, .params = r->params};
	enum status s;

	bytes_append_text(&text, "propose");
	bytes_append(&text, r->provider.bytes, r->provider.len);
	cbor_put_amount(&text, &r->max_total);
	proposal_encode(&text, &proposal, RECORD_DECLARED);
	s = bytes_status(&text);
	if (s != STATUS_OK)
		return s;
	blake2b(digest, 32, bytes_span(&text));
	return STATUS_OK;
}

/* Draw the ids of a new deal at random, so that a store restored from an older copy repeats none. */
static enum status draw_ids(struct party *p, struct kv_txn *txn, struct client_deal *deal)
{
	uint8_t drawn[32];
	enum status s = store_next_number(txn, &deal->number);

	if (s != STATUS_OK)
		return s;
	s = store_draw(txn, drawn, p->entropy, deal->number);
	if (s != STATUS_OK)
		return s;
	deal->id = span_number(span_of(drawn, 8), 0) >> 2 | 1ull << 62; /* 19 digits, below 2^63 */
	deal->transfer = span_number(span_of(drawn, 16), 8) >> 1;
	request_id_of(deal->request, drawn + 16);
	return STATUS_OK;
}

static enum status new_deal(struct party *p, struct kv_txn *txn, struct client_deal *deal,
	const struct proposal_request *r, const struct amount *max_total)
{
	struct client_deal made = {.payload = r->payload,
		.params = r->params,
		.provider = r->provider,
		.size = r->size,
		.max_total = *max_total,
		.unasked = true,
		.state = DEAL_NEW};
	enum status s = draw_ids(p, txn, &made);

	if (s != STATUS_OK)
		return s;
	if (p->has_key)
		made.client = address_of_key(p->key.public);
	made.current_interval = interval_next(&made.params, 0);
	if (!price_of(&made.total_funds, &made.params, made.size))
		return STATUS_BAD_AMOUNT;
	s = party_client_event(p, txn, &made, CLIENT_OPEN, NULL);
	if (s != STATUS_OK)
		return s;
	s = party_client_event(p, txn, &made, CLIENT_DEAL_PROPOSED, NULL);
	if (s != STATUS_OK)
		return s;
	*deal = made;
	return STATUS_OK;
}

/* The open deal that goes on in place of @deal, which was refused; NOT_FOUND. */
static enum status find_instead(struct kv_txn *txn, struct client_deal *deal)
{
	struct left_plan plan;
	enum status s = left_plan_get(txn, &plan, deal->id);

	if (s != STATUS_OK)
		return s;
	if (plan.instead == 0)
		return STATUS_NOT_FOUND;
	s = store_get_client(txn, deal, plan.instead);
	return s == STATUS_OK && deal_is_final(SIDE_CLIENT, deal->state) ? STATUS_NOT_FOUND : s;
}

/* The open deal that was stored under @about; NOT_FOUND. */
static enum status find_open(struct kv_txn *txn, struct client_deal *deal, struct span about)
{
	CLEAN_BYTES struct bytes known = {0};
	enum status s = store_get_pending(txn, &known, about);

	if (s != STATUS_OK)
		return s;
	if (known.len != 8)
		return STATUS_NOT_FOUND;
	s = store_get_client(txn, deal, span_number(bytes_span(&known), 0));
	return s == STATUS_OK && deal_is_final(SIDE_CLIENT, deal->state) ? find_instead(txn, deal) : s;
}

/* The deal that an earlier run of this request made, if that deal is still open; otherwise a new deal. */
static enum status find_or_make(struct party *p, struct kv_txn *txn, struct client_deal *deal,
	const struct proposal_request *r, const struct amount *max_total)
{
	CLEAN_BYTES struct bytes id = {0};
	uint8_t digest[32];
	struct span about = span_of(digest, sizeof(digest));
	enum status s = request_digest(digest, r);

	if (s != STATUS_OK)
		return s;
	s = find_open(txn, deal, about);
	if (r->only != 0)
		return s == STATUS_OK && deal->id != r->only ? STATUS_NOT_FOUND : s;
	if (s != STATUS_NOT_FOUND)
		return s;
	s = new_deal(p, txn, deal, r, max_total);
	if (s != STATUS_OK)
		return s;
	bytes_append_number(&id, deal->id);
	s = bytes_status(&id);
	return s == STATUS_OK ? store_put_pending(txn, about, bytes_span(&id)) : s;
}

/* Is all of the content here already? Another process may have bought the content since the last check. */
static enum status check_not_here(struct kv_txn *txn, struct client_deal *deal, const struct cid *payload)
{
	uint64_t id;
	enum status s = store_get_complete(txn, &id, payload);

	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	s = store_get_client(txn, deal, id);
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	return STATUS_EXISTS;
}

/* @asks: the deal's request leaves now. */
static enum status propose(struct party *p, struct client_deal *deal, const struct proposal_request *r,
	const struct amount *max_total, bool asks)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_write(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	if (r->unless_here)
		s = check_not_here(txn, deal, &r->payload);
	if (s != STATUS_OK)
		return s;
	s = find_or_make(p, txn, deal, r, max_total);
	if (s != STATUS_OK)
		return s;
	if (r->signed_offer.len != 0)
		s = store_put_text(txn, deal->id, TEXT_OFFER, r->signed_offer);
	if (s == STATUS_OK && asks && deal->unasked) {
		deal->unasked = false;
		s = store_put_client(txn, deal);
	}
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/* A signed offer is checked again, now that the home and its ledger are known: the deal keeps the offer as a proof. */
static enum status check_offer(struct party *p, const struct proposal_request *r)
{
	struct offer_file file;
	enum status s;

	if (r->signed_offer.len == 0)
		return STATUS_OK;
	s = offer_file_decode(&file, r->signed_offer);
	if (s != STATUS_OK)
		return s;
	s = party_check_offer(p, &file);
	return s == STATUS_OK ? s : party_fail(p, s, "the signed offer: %s", party_words(p, s));
}

enum status buyer_propose(
	struct party *p, struct bytes *frames, struct client_deal *deal, const struct proposal_request *r)
{
	struct amount max_total;
	enum status s = terms_check(&r->params);

	if (s != STATUS_OK)
		return party_fail(p, STATUS_USAGE,
			"the terms make no sense: interval %" PRIu64 " bytes, increase %" PRIu64 " bytes",
			r->params.payment_interval, r->params.payment_interval_increase);
	s = check_offer(p, r);
	if (s != STATUS_OK)
		return s;
	s = check_ceilings(p, &max_total, r);
	if (s != STATUS_OK || r->dry_run)
		return s;
	s = propose(p, deal, r, &max_total, frames != NULL);
	if (s != STATUS_OK || frames == NULL)
		return s;
	frames_proposal(frames, deal, deal->skip_links);
	return bytes_status(frames);
}

enum status buyer_find_complete(struct party *p, uint64_t *deal, const struct cid *payload)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	return s == STATUS_OK ? store_get_complete(txn, deal, payload) : s;
}

/** struct part_search - the search for the deal that has most of a payload. */
struct part_search {
	struct kv_txn *txn;
	struct client_deal *most;
	bool found;
};

static enum status weigh_part(void *ctx, uint64_t id)
{
	struct part_search *search = ctx;
	struct client_deal deal;
	enum status s = store_get_client(search->txn, &deal, id);

	if (s != STATUS_OK)
		return s;
	if (search->found &&
		deal.total_received + deal.inherited <= search->most->total_received + search->most->inherited)
		return STATUS_OK;
	*search->most = deal;
	search->found = true;
	return STATUS_OK;
}

enum status buyer_find_part(struct party *p, struct client_deal *deal, const struct cid *payload)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct part_search search = {.most = deal};
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	search.txn = txn;
	s = store_each_part(txn, payload, weigh_part, &search);
	return s == STATUS_OK && !search.found ? STATUS_NOT_FOUND : s;
}

/* Pass through the states of a deal whose funds are checked again. */
static enum status restart(struct party *p, struct kv_txn *txn, struct client_deal *deal)
{
	struct client_input in = {.amount = deal->payment_requested, .channel = deal->channel};
	enum client_event request =
		deal->last_payment_requested ? CLIENT_LAST_PAYMENT_REQUESTED : CLIENT_PAYMENT_REQUESTED;
	enum status s = party_client_event(p, txn, deal, CLIENT_RECHECK_FUNDS, NULL);

	if (s != STATUS_OK)
		return s;
	s = party_client_event(p, txn, deal, CLIENT_CHANNEL_READY, &in);
	return s == STATUS_OK ? party_client_event(p, txn, deal, request, &in) : s;
}

enum status buyer_restart(struct party *p, uint64_t id)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct client_deal deal;
	enum status s = party_begin_client(p, &txn, &deal, id);

	if (s != STATUS_OK)
		return s;
	if (deal.state != DEAL_INSUFFICIENT_FUNDS)
		return party_fail(p, STATUS_BAD_STATE,
			"deal %" PRIu64 " is %s: only a deal that ran out of funds restarts", id,
			deal_state_name(deal.state));
	s = restart(p, txn, &deal);
	if (s != STATUS_OK)
		return s;
	party_done(p, "deal %" PRIu64 " restarted: %s", id, deal_state_name(deal.state));
	party_hint(p, "make-voucher --deal %" PRIu64, id);
	return kv_commit(&txn);
}

static enum status cancel(struct party *p, struct client_deal *deal, uint64_t id)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = party_begin_client(p, &txn, deal, id);

	if (s != STATUS_OK || deal->state == DEAL_CANCELLED)
		return s;
	if (deal_is_final(SIDE_CLIENT, deal->state))
		return party_fail(
			p, STATUS_BAD_STATE, "deal %" PRIu64 " is over: %s", id, deal_state_name(deal->state));
	s = party_client_event(p, txn, deal, CLIENT_CANCEL, NULL);
	if (s != STATUS_OK)
		return s;
	s = party_client_event(p, txn, deal, CLIENT_CANCEL_COMPLETE, NULL);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

enum status buyer_cancel(struct party *p, struct bytes *frames, uint64_t id)
{
	struct client_deal deal;
	enum status s = cancel(p, &deal, id);

	if (s != STATUS_OK)
		return s;
	party_done(p, "deal %" PRIu64 " cancelled", id);
	frames_client_cancel(frames, &deal);
	return bytes_status(frames);
}

enum status buyer_outcome(const struct client_deal *deal)
{
	struct amount due;

	if (deal->state == DEAL_COMPLETED)
		return STATUS_OK;
	if (deal_is_final(SIDE_CLIENT, deal->state))
		return STATUS_REJECTED;
	if (deal->state == DEAL_WAIT_FOR_ACCEPTANCE) /* blocks may come before the acceptance */
		return STATUS_END;
	if (client_due(&due, deal) && amount_cmp(&due, &deal->funds_spent) > 0)
		return deal->state == DEAL_INSUFFICIENT_FUNDS ? STATUS_NO_FUNDS : STATUS_PAYMENT_NEEDED;
	return deal->all_blocks_received ? STATUS_OK : STATUS_END;
}

enum status buyer_verdict(struct party *p, const struct client_deal *deal, enum status s)
{
	if (s != STATUS_OK && s != STATUS_END && s != STATUS_CUT)
		return s;
	if (deal->state == DEAL_COMPLETED)
		return STATUS_OK;
	if (deal_is_final(SIDE_CLIENT, deal->state))
		return party_fail(p, STATUS_REJECTED, "%s", deal->message);
	return party_fail(p, STATUS_END, "the provider went away; %" PRIu64 " bytes are verified and kept",
		deal->inherited + deal->total_received);
}
