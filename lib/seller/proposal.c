/* proposal.c - a provider judges proposals: is there an offer that fits, and can its content be delivered?
 *
 * The terms are frozen here, and so is the number of links that the client
 * already has. A repeated proposal finds its deal, and gets the same answer;
 * the number of links in a repeated proposal says how far the client has come
 * since.
 */
#include "seller/proposal.h"

#include <inttypes.h>
#include <string.h>

#include "content/content.h"
#include "content/serving_lock.h"
#include "ipld/selector.h"
#include "seller/answers.h"
#include "seller/best_vouchers.h"
#include "seller/carry.h"
#include "seller/claims.h"
#include "seller/debt.h"
#include "seller/known_deals.h"
#include "seller/left_deals.h"
#include "seller/recheck.h"
#include "store/client_ids.h"
#include "store/contents.h"
#include "store/deal_texts.h"
#include "wire/frame.h"
#include "wire/left_deals.h"
#include "wire/recovery.h"

/** struct proposed - a proposal, decoded from its three wrappings. */
struct proposed {
	uint8_t request[REQUEST_ID_SIZE];
	uint64_t transfer;
	enum transfer_type type; /* a new transfer, or a restart */
	uint64_t skip_links;     /* links of the walk whose blocks the client has */
	struct span skip_cids;   /* links to other blocks that the client has */
	struct proposal proposal;
};

/* @left: the value of EXT_LEFT_DEALS; empty for none. */
static enum status answer_refusal_with(
	struct bytes *frames, const struct proposed *in, enum deal_state status, const char *reason, struct span left)
{
	struct response_head head = {in->request, in->transfer, in->proposal.id};
	struct deal_answer answer = {.type = in->type, .has_result = true, .status = status, .message = reason};

	if (left.len != 0)
		answer.more = (struct graphsync_extension_item){EXT_LEFT_DEALS, left};
	frames_response(frames, &head, GRAPHSYNC_FAILED, &answer, EXT_INCOMING_REQUEST);
	return bytes_status(frames);
}

static enum status answer_refusal(
	struct bytes *frames, const struct proposed *in, enum deal_state status, const char *reason)
{
	return answer_refusal_with(frames, in, status, reason, (struct span){0});
}

/*
 * The acceptance of a deal that was paid before brings the best voucher of its lane: a client with an older store signs
 * nothing below that voucher.
 */
static enum status answer_acceptance(
	struct party *party, struct bytes *frames, const struct proposed *in, const struct provider_deal *deal)
{
	CLEAN_BYTES struct bytes vouchers = {0};
	struct response_head head = deal_head(deal);
	struct deal_answer answer = {.type = in->type, .accepted = true, .has_result = true, .status = DEAL_ACCEPTED};
	enum status s = best_vouchers_value(party, &vouchers, deal);

	if (s != STATUS_OK)
		return s;
	if (vouchers.len != 0)
		answer.more = (struct graphsync_extension_item){EXT_BEST_VOUCHERS, bytes_span(&vouchers)};
	frames_response(frames, &head, GRAPHSYNC_PARTIAL, &answer, EXT_INCOMING_REQUEST);
	return bytes_status(frames);
}

/*
 * The content can't be read now: the answer says nothing about the deal, so the deal is not over for the client, who
 * may come again.
 */
static enum status answer_not_now(struct bytes *frames, const struct proposed *in)
{
	struct response_head head = {in->request, in->transfer, in->proposal.id};

	frames_response(frames, &head, GRAPHSYNC_BUSY, NULL, NULL);
	return bytes_status(frames);
}

/* The proposal is above a limit: the client is told which of its deals stand in the way. */
static enum status answer_above_limit(struct party *party, struct bytes *frames, const struct proposed *in,
	const struct refusal *why, const char *client)
{
	CLEAN_BYTES struct bytes left = {0};
	enum status s = left_deals_list(party, &left, client);

	return s == STATUS_OK ? answer_refusal_with(frames, in, DEAL_REJECTED, why->reason, bytes_span(&left)) : s;
}

static enum status answer_no(struct party *party, struct bytes *frames, const struct proposed *in,
	const struct refusal *why, const struct limits *limits)
{
	if (why->status == STATUS_NOT_NOW)
		return answer_not_now(frames, in);
	if (limits->exceeded)
		return answer_above_limit(party, frames, in, why, limits->client);
	return answer_refusal(
		frames, in, why->status == STATUS_NOT_FOUND ? DEAL_DEAL_NOT_FOUND : DEAL_REJECTED, why->reason);
}

/* Answer the client, and explain, why its proposal was refused. */
static enum status refuse_proposal(struct party *party, struct bytes *frames, const struct proposed *in,
	const struct refusal *why, const struct limits *limits)
{
	enum status s = answer_no(party, frames, in, why, limits);

	if (s != STATUS_OK)
		return s;
	if (why->status == STATUS_NOT_NOW)
		return party_fail(party, why->status, "%s", why->reason);
	return party_fail(party, why->status, "rejected: %s", why->reason);
}

/* The three wrappings must agree. */
static enum status check_wrappings(struct refusal *why, const struct proposed *in,
	const struct graphsync_request *request, const struct transfer *t)
{
	const struct deal_params *params = &in->proposal.params;
	enum selector_kind kind;
	enum status s;

	if (!cid_equal(&in->proposal.payload, &request->root) || !cid_equal(&t->request.base, &request->root))
		return provider_refuse(why, STATUS_BAD_MESSAGE, "incorrect CID for this proposal");
	s = selector_parse(&kind, request->selector);
	if (s != STATUS_OK)
		return provider_refuse(why, s, "%s", status_text(s));
	if (!span_equal(request->selector, t->request.selector) ||
		(params->selector.len != 0 && !span_equal(request->selector, params->selector)))
		return provider_refuse(why, STATUS_BAD_MESSAGE, "incorrect selector for this proposal");
	return STATUS_OK;
}

static enum status unwrap(
	struct refusal *why, struct proposed *in, const struct graphsync_request *request, const struct transfer *t)
{
	bool starts = t->request.type == TRANSFER_NEW || t->request.type == TRANSFER_RESTART;
	enum status s;

	memcpy(in->request, request->id, REQUEST_ID_SIZE);
	in->transfer = t->request.id;
	in->type = t->request.type == TRANSFER_RESTART ? TRANSFER_RESTART : TRANSFER_NEW;
	in->skip_links = request_skip_links(request);
	in->skip_cids = request_skip_cids(request);
	if (starts && !t->request.pull)
		return provider_refuse(why, STATUS_REJECTED, "No pushes accepted");
	s = transfer_proposal(&in->proposal, t, RECORD_SORTED);
	if (s == STATUS_UNKNOWN_TYPE || (s == STATUS_OK && !starts))
		return provider_refuse(why, STATUS_UNKNOWN_TYPE, "a new transfer needs a " TYPE_PROPOSAL);
	if (s != STATUS_OK)
		return provider_refuse(why, s, "the proposal does not decode: %s", status_text(s));
	return check_wrappings(why, in, request, t);
}

static bool same_terms(const struct deal_params *a, const struct deal_params *b)
{
	return amount_cmp(&a->price_per_byte, &b->price_per_byte) == 0 &&
	       amount_cmp(&a->unseal_price, &b->unseal_price) == 0 && a->payment_interval == b->payment_interval &&
	       a->payment_interval_increase == b->payment_interval_increase;
}

static bool is_same_deal(const struct provider_deal *deal, const struct proposed *in)
{
	return deal->transfer == in->transfer && cid_equal(&deal->payload, &in->proposal.payload) &&
	       same_terms(&deal->params, &in->proposal.params);
}

enum status seller_find_offer(
	struct party *party, struct refusal *why, struct offer *offer, uint64_t *content, const struct cid *payload)
{
	CLEAN_CONTENT struct content_reader reader = {.fd = -1};
	CLEAN_TXN struct kv_txn *txn = NULL;
	CLEAN_BYTES struct bytes owned = {0};
	enum status s = kv_begin_read(store_kv(party->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_get_offer(txn, offer, content, &owned, payload);
	if (s == STATUS_NOT_FOUND)
		return provider_refuse(why, s, "no offer for this content");
	if (s != STATUS_OK)
		return s;
	kv_abort(&txn);
	offer->id = offer->peer = (struct span){0};
	s = content_open(&reader, party, *content);
	return s == STATUS_NOT_NOW ? provider_refuse(why, s, "the content is not here now") : s;
}

/* Judge the proposal, and make the deal that would be accepted. */
static enum status judge_proposal(struct party *party, struct refusal *why, struct provider_deal *deal,
	struct offer *offer, const struct proposed *in)
{
	enum status s = seller_find_offer(party, why, offer, &deal->content, &in->proposal.payload);

	if (s != STATUS_OK)
		return s;
	deal->payee = offer->payment_address;
	s = provider_check_terms(why, &in->proposal.params, offer);
	if (s != STATUS_OK)
		return s;
	deal->wire_id = in->proposal.id;
	deal->transfer = in->transfer;
	deal->payload = in->proposal.payload;
	deal->params = in->proposal.params;
	deal->skip_links = in->skip_links;
	deal->state = DEAL_NEW;
	memcpy(deal->request, in->request, REQUEST_ID_SIZE);
	if (deal->params.selector.len != 0)
		deal->params.selector = selector_all();
	deal->current_interval = interval_next(&deal->params, 0);
	return STATUS_OK;
}

/* Put the new deal in the store: no other client's deal has its ids, whatever the ids are. */
static enum status put_new(struct party *party, struct kv_txn *txn, struct provider_deal *deal, const char *client)
{
	struct client_ids ids = {client, deal->wire_id, deal->transfer};
	enum status s = store_next_number(txn, &deal->number);

	if (s != STATUS_OK)
		return s;
	s = store_free_deal(txn, &deal->id, deal->wire_id, deal->number);
	if (s != STATUS_OK)
		return s;
	s = store_put_client_ids(txn, &ids, deal->id);
	if (s != STATUS_OK)
		return s;
	s = store_put_text(txn, deal->id, TEXT_CLIENT, span_text(client));
	if (s != STATUS_OK)
		return s;
	s = party_provider_event(party, txn, deal, PROVIDER_OPEN, NULL);
	return s == STATUS_OK ? party_provider_event(party, txn, deal, PROVIDER_DEAL_ACCEPTED, NULL) : s;
}

/** struct candidate - a proposal that fits an offer. */
struct candidate {
	const struct proposed *in;
	const struct offer *offer;
	struct limits *limits;
};

/* May the client have one more deal? */
static enum status check_client(struct party *party, struct kv_txn *txn, struct refusal *why,
	struct provider_deal *deal, const struct candidate *candidate)
{
	struct limits *limits = candidate->limits;
	enum status s = STATUS_OK;

	if (candidate->in->skip_cids.len == 0) /* otherwise unknown which blocks the deal sends again */
		s = carry_debts(party, txn, deal, limits);
	if (s != STATUS_OK)
		return s;
	s = seller_check_limits(party, txn, why, limits, deal);
	if (s != STATUS_OK)
		return s;
	return debt_check_new(party, txn, why, &(struct new_deal){deal, candidate->offer, limits});
}

static enum status accept(
	struct party *party, struct refusal *why, struct provider_deal *deal, const struct candidate *candidate)
{
	struct limits *limits = candidate->limits;
	CLEAN_TXN struct kv_txn *txn = NULL;
	uint64_t other;
	enum status s = kv_begin_write(store_kv(party->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_find_client_deal(txn, &other, limits->client, deal->wire_id);
	if (s == STATUS_OK) /* another process has accepted the same proposal meanwhile */
		return store_get_provider(txn, deal, other);
	if (s != STATUS_NOT_FOUND)
		return s;
	/* Payments and cancellations find their deal by the transfer id. */
	s = store_find_client_transfer(txn, &other, limits->client, deal->transfer);
	if (s == STATUS_OK)
		return provider_refuse(why, STATUS_EXISTS, "this transfer id is in use");
	if (s != STATUS_NOT_FOUND)
		return s;
	s = check_client(party, txn, why, deal, candidate);
	if (s != STATUS_OK)
		return s;
	s = put_new(party, txn, deal, limits->client);
	if (s != STATUS_OK)
		return s;
	s = claims_put(txn, deal, candidate->in->skip_cids);
	if (s != STATUS_OK)
		return s;
	limits->deals++;
	return kv_commit(&txn);
}

/* The proposal was refused for the client's unpaid deals: were we at fault? Checked once for each connection. */
static enum status accept_after_recheck(
	struct party *party, struct refusal *why, struct provider_deal *deal, const struct candidate *candidate)
{
	struct limits *limits = candidate->limits;
	bool mended = false;
	enum status s;

	if (limits->rechecked)
		return STATUS_REJECTED;
	limits->rechecked = true;
	s = recheck_unpaid(party, &mended, limits->client);
	if (s != STATUS_OK)
		return s;
	if (!mended)
		return STATUS_REJECTED;
	*why = (struct refusal){0};
	return accept(party, why, deal, candidate);
}

static enum status take_new(struct party *party, struct refusal *why, struct provider_deal *deal,
	const struct proposed *in, struct limits *limits)
{
	struct offer offer = {0};
	struct candidate candidate = {in, &offer, limits};
	enum status s = judge_proposal(party, why, deal, &offer, in);

	if (s != STATUS_OK)
		return s;
	s = accept(party, why, deal, &candidate);
	if (s == STATUS_REJECTED)
		s = accept_after_recheck(party, why, deal, &candidate);
	limits->exceeded = s == STATUS_REJECTED;
	if (s != STATUS_OK)
		return s;
	party_done(party, "deal %" PRIu64 " accepted", deal->id);
	return STATUS_OK;
}

/* Record how much the client reports to have, and the request to which the client expects answers. */
static enum status note_resume(struct party *party, struct provider_deal *deal, const struct proposed *in)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s;

	if (memcmp(deal->request, in->request, REQUEST_ID_SIZE) == 0 &&
		(deal->total_sent == 0 ||
			(deal->resend && deal->resend_links == in->skip_links && in->skip_cids.len == 0)))
		return STATUS_OK;
	s = kv_begin_write(store_kv(party->store), &txn);
	if (s != STATUS_OK)
		return s;
	s = store_get_provider(txn, deal, deal->id);
	if (s != STATUS_OK)
		return s;
	deal->restarted = deal->restarted || memcmp(deal->request, in->request, REQUEST_ID_SIZE) != 0;
	memcpy(deal->request, in->request, REQUEST_ID_SIZE);
	deal->resend = true;
	deal->resend_links = in->skip_links;
	s = claims_put(txn, deal, in->skip_cids);
	if (s != STATUS_OK)
		return s;
	s = store_put_provider(txn, deal);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

static enum status resume(
	struct party *party, struct bytes *frames, struct provider_deal *deal, const struct proposed *in)
{
	enum status s;

	if (deal_is_final(SIDE_PROVIDER, deal->state) && deal->state != DEAL_COMPLETED) {
		s = answer_refusal(frames, in, DEAL_ERRORED, deal->message);
		if (s != STATUS_OK)
			return s;
		return party_fail(party, STATUS_BAD_STATE, "deal %" PRIu64 " is over: %s: %s", deal->id,
			deal_state_name(deal->state), deal->message);
	}
	s = note_resume(party, deal, in);
	return s == STATUS_OK ? answer_acceptance(party, frames, in, deal) : s;
}

/*
 * Find the deal of a repeated proposal; EXISTS, with the reason in @why, if another deal of this client has the same
 * id.
 */
static enum status find_resumed(struct party *party, struct refusal *why, struct provider_deal *deal,
	const struct proposed *in, const struct limits *limits)
{
	bool roams = false;
	enum status s = known_deal_find(party, deal, &roams, limits->client, in->proposal.id);

	if (s != STATUS_OK || is_same_deal(deal, in))
		return s;
	if (roams)
		return STATUS_NOT_FOUND; /* another client's deal, which does not concern this client */
	return provider_refuse(why, STATUS_EXISTS, "deal id %" PRIu64 " is in use with other terms", in->proposal.id);
}

static enum status take(
	struct party *party, struct bytes *frames, uint64_t *deal, const struct proposed *in, struct limits *limits)
{
	struct refusal why = {0};
	struct provider_deal found = {0};
	enum status s = find_resumed(party, &why, &found, in, limits);

	limits->exceeded = false;
	*deal = in->proposal.id;
	if (s == STATUS_OK) {
		*deal = found.id;
		return resume(party, frames, &found, in);
	}
	if (s == STATUS_NOT_FOUND) {
		found = (struct provider_deal){0};
		s = take_new(party, &why, &found, in, limits);
	}
	if (s != STATUS_OK)
		return why.status == s ? refuse_proposal(party, frames, in, &why, limits) : s;
	*deal = found.id;
	return answer_acceptance(party, frames, in, &found);
}

enum status seller_take_proposal(struct party *party, struct bytes *frames, uint64_t *deal,
	const struct graphsync_request *request, struct limits *limits)
{
	struct proposed in = {0};
	struct refusal why = {0};
	struct transfer transfer;
	enum status s = request_transfer(&transfer, request);

	if (s == STATUS_NOT_FOUND)
		return party_fail(party, STATUS_BAD_MESSAGE,
			"a request without a data-transfer message: nothing is free of terms here");
	if (s != STATUS_OK)
		return s;
	s = unwrap(&why, &in, request, &transfer);
	*deal = in.proposal.id;
	if (s == STATUS_OK)
		return take(party, frames, deal, &in, limits);
	s = answer_refusal(frames, &in, DEAL_REJECTED, why.reason);
	return s == STATUS_OK ? party_fail(party, why.status, "%s", why.reason) : s;
}
