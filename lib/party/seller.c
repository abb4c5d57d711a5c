/* seller.c - a provider judges what a client sends: proposals, payments, cancellations.
 *
 * Every judgement is made by the rules (deal/provider.h); this file finds what
 * they need, makes the outcome durable, and only then answers. The same frame
 * again finds its deal or voucher there, and gets the same answer.
 */
#include <stdio.h>
#include <string.h>

#include "ipld/selector.h"
#include "party/content.h"
#include "party/frames.h"
#include "party/party.h"

static struct response_head head_of(const struct provider_deal *d)
{
	return (struct response_head){d->request, d->transfer, d->id};
}

/** struct proposed - a proposal, taken out of its three wrappings. */
struct proposed {
	uint8_t request[REQUEST_ID_SIZE];
	uint64_t transfer;
	struct proposal proposal;
};

static enum status answer_refusal(struct bytes *frames, const struct proposed *in, enum deal_state status, const char *reason)
{
	struct response_head head = {in->request, in->transfer, in->proposal.id};
	struct deal_answer answer = {.type = TRANSFER_NEW, .has_result = true, .status = status, .message = reason};

	frames_response(frames, &head, GRAPHSYNC_FAILED, &answer, EXT_TRANSFER, EXT_INCOMING_REQUEST);
	return bytes_status(frames);
}

static enum status answer_acceptance(struct bytes *frames, const struct provider_deal *d)
{
	struct response_head head = head_of(d);
	struct deal_answer answer = {.type = TRANSFER_NEW, .accepted = true, .has_result = true, .status = DEAL_ACCEPTED};

	frames_response(frames, &head, GRAPHSYNC_PARTIAL, &answer, EXT_TRANSFER, EXT_INCOMING_REQUEST);
	return bytes_status(frames);
}

/* The three wrappings must say the same thing. */
static enum status unwrap(struct party *p, struct proposed *out, const struct graphsync_request *request, const struct transfer *t)
{
	enum selector_kind kind;
	enum status s;

	if (t->request.type == TRANSFER_NEW && !t->request.pull)
		return party_fail(p, STATUS_REJECTED, "No pushes accepted");
	if (!span_is(t->request.voucher_type, TYPE_PROPOSAL))
		return party_fail(p, STATUS_UNKNOWN_TYPE, "a new transfer needs a " TYPE_PROPOSAL);
	s = proposal_decode(&out->proposal, t->request.voucher, RECORD_SORTED);
	if (s != STATUS_OK)
		return party_fail(p, s, "the proposal does not decode: %s", status_text(s));
	if (!cid_equal(&out->proposal.payload, &request->root) || !cid_equal(&t->request.base, &request->root))
		return party_fail(p, STATUS_BAD_MESSAGE, "incorrect CID for this proposal");
	s = selector_parse(&kind, request->selector);
	if (s != STATUS_OK)
		return party_fail(p, s, "%s", status_text(s));
	if (!span_equal(request->selector, t->request.selector) ||
		(out->proposal.params.selector.len != 0 && !span_equal(request->selector, out->proposal.params.selector)))
		return party_fail(p, STATUS_BAD_MESSAGE, "incorrect selector for this proposal");
	memcpy(out->request, request->id, REQUEST_ID_SIZE);
	out->transfer = t->request.id;
	return STATUS_OK;
}

static bool same_terms(const struct deal_params *a, const struct deal_params *b)
{
	return amount_cmp(&a->price_per_byte, &b->price_per_byte) == 0 && amount_cmp(&a->unseal_price, &b->unseal_price) == 0 &&
	       a->payment_interval == b->payment_interval && a->payment_interval_increase == b->payment_interval_increase;
}

/* Is there a fit offer, and can its content be delivered? */
static enum status judge_proposal(struct party *p, struct refusal *why, struct provider_deal *d, const struct proposed *in)
{
	struct content_reader reader = {.fd = -1};
	struct bytes owned = {0};
	struct offer offer;
	struct kv_txn *t;
	enum status s = kv_begin_read(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	s = store_get_offer(t, &offer, &d->content, &owned, &in->proposal.payload);
	kv_abort(t);
	if (s == STATUS_OK) {
		d->payee = offer.payment_address;
		s = provider_check_terms(why, &in->proposal.params, &offer);
	} else if (s == STATUS_NOT_FOUND) {
		*why = (struct refusal){s, "no offer for this content"};
	}
	if (s == STATUS_OK) {
		s = content_open(&reader, p, d->content);
		content_close(&reader);
		if (s == STATUS_NOT_FOUND)
			*why = (struct refusal){s, "the content is not here"};
	}
	bytes_release(&owned);
	return s;
}

static enum status accept(struct party *p, struct provider_deal *d)
{
	struct provider_deal old;
	struct kv_txn *t;
	enum status s = kv_begin_write(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	s = store_get_provider(t, &old, d->id); /* another process may have taken the same proposal meanwhile */
	if (s == STATUS_OK) {
		kv_abort(t);
		return STATUS_OK;
	}
	if (s == STATUS_NOT_FOUND)
		s = store_next_number(t, &d->number);
	if (s == STATUS_OK)
		s = party_provider_event(p, t, d, PROVIDER_OPEN, NULL);
	if (s == STATUS_OK)
		s = party_provider_event(p, t, d, PROVIDER_DEAL_ACCEPTED, NULL);
	if (s != STATUS_OK) {
		kv_abort(t);
		return s;
	}
	return kv_commit(t);
}

static enum status take_proposal(struct party *p, struct bytes *frames, uint64_t *deal, const struct graphsync_request *request, const struct transfer *t)
{
	struct proposed in = {0};
	struct refusal why = {0};
	struct provider_deal d;
	enum status s = unwrap(p, &in, request, t), refused;

	*deal = in.proposal.id;
	if (s != STATUS_OK) {
		memcpy(in.request, request->id, REQUEST_ID_SIZE);
		in.transfer = t->request.id;
		refused = answer_refusal(frames, &in, DEAL_REJECTED, p->why);
		return refused == STATUS_OK ? s : refused;
	}
	s = party_get_provider(p, &d, in.proposal.id);
	if (s == STATUS_OK) {
		if (memcmp(d.request, in.request, REQUEST_ID_SIZE) == 0 && cid_equal(&d.payload, &in.proposal.payload) &&
			same_terms(&d.params, &in.proposal.params))
			return answer_acceptance(frames, &d);
		s = answer_refusal(frames, &in, DEAL_REJECTED, "this deal id is in use");
		return s == STATUS_OK ? party_fail(p, STATUS_EXISTS, "rejected: deal id %llu is in use with other terms",
						(unsigned long long)in.proposal.id)
				      : s;
	}
	if (s != STATUS_NOT_FOUND)
		return s;
	d = (struct provider_deal){.id = in.proposal.id, .transfer = in.transfer, .payload = in.proposal.payload,
		.params = in.proposal.params, .state = DEAL_NEW};
	memcpy(d.request, in.request, REQUEST_ID_SIZE);
	if (d.params.selector.len != 0)
		d.params.selector = selector_all();
	s = judge_proposal(p, &why, &d, &in);
	if (s == STATUS_OK) {
		d.current_interval = interval_next(&d.params, 0);
		s = accept(p, &d);
		if (s == STATUS_OK)
			party_done(p, "deal %llu accepted", (unsigned long long)d.id);
		return s == STATUS_OK ? answer_acceptance(frames, &d) : s;
	}
	if (why.reason[0] == '\0')
		return s;
	refused = answer_refusal(frames, &in, s == STATUS_NOT_FOUND ? DEAL_DEAL_NOT_FOUND : DEAL_REJECTED, why.reason);
	if (refused != STATUS_OK)
		return refused;
	return party_fail(p, s, "rejected: %s", why.reason);
}

/* What a provider says to a payment, by where the deal stands afterwards. */
static enum status answer_payment(struct bytes *frames, const struct provider_deal *d, const char *reason)
{
	struct response_head head = head_of(d);
	struct deal_answer answer = {.type = TRANSFER_VOUCHER_RESULT, .accepted = true, .paused = true, .has_result = true,
		.status = d->state, .message = reason};

	if (d->state == DEAL_COMPLETED) {
		answer.type = TRANSFER_COMPLETE;
		answer.paused = false;
	} else if (d->state == DEAL_ONGOING) {
		answer = (struct deal_answer){.type = TRANSFER_VOUCHER_RESULT, .accepted = true};
		frames_response(frames, &head, GRAPHSYNC_PARTIAL, &answer, EXT_TRANSFER, NULL);
		return bytes_status(frames);
	} else if (d->state == DEAL_FUNDS_NEEDED || d->state == DEAL_FUNDS_NEEDED_LAST_PAYMENT) {
		if (d->state == DEAL_FUNDS_NEEDED_LAST_PAYMENT)
			answer.type = TRANSFER_COMPLETE;
		if (!provider_short(&answer.owed, d, &d->funds_received))
			return STATUS_BAD_AMOUNT;
	} else if (d->state == DEAL_CANCELLED || d->state == DEAL_ERRORED) {
		answer.status = DEAL_ERRORED;
		answer.accepted = false;
		answer.message = reason != NULL ? reason : d->message;
	}
	frames_answer(frames, &head, &answer);
	return bytes_status(frames);
}

/* The last payment is in: there is nothing left to do for this deal but to say so. */
static enum status complete(struct party *p, struct kv_txn *t, struct provider_deal *d)
{
	enum status s = party_provider_event(p, t, d, PROVIDER_COMPLETE, NULL);

	return s == STATUS_OK ? party_provider_event(p, t, d, PROVIDER_CLEANUP_COMPLETE, NULL) : s;
}

/* MONEY 11: credit, voucher, lane, state and event of a payment are one transaction. */
static enum status credit(struct party *p, struct kv_txn *t, struct provider_deal *d, const struct payment *payment,
	const struct amount *delta, const struct paych *channel)
{
	const struct voucher *v = &payment->voucher;
	struct lane_record lane = {.lane = v->lane, .nonce = v->nonce, .amount = v->amount, .deal = d->id};
	struct channel known, fresh = {.address = v->channel, .from = channel->from, .to = channel->to};
	struct provider_input in = {.amount = *delta, .channel = v->channel, .lane = v->lane};
	bool paused = d->state == DEAL_FUNDS_NEEDED;
	struct bytes bytes = {0};
	struct amount received, missing;
	enum status s = store_get_channel(t, &known, &v->channel);

	if (s == STATUS_NOT_FOUND)
		s = store_put_channel(t, &fresh);
	voucher_write(&bytes, v);
	if (s == STATUS_OK)
		s = bytes_status(&bytes);
	if (s == STATUS_OK)
		s = store_put_voucher(t, &v->channel, v->lane, v->nonce, bytes_span(&bytes));
	if (s == STATUS_OK)
		s = store_put_lane(t, &v->channel, &lane);
	bytes_release(&bytes);
	if (s != STATUS_OK)
		return s;
	if (!amount_add(&received, &d->funds_received, delta) || !provider_short(&missing, d, &received))
		return STATUS_BAD_AMOUNT;
	if (!amount_is_zero(&missing) && d->state != DEAL_ONGOING)
		return party_provider_event(p, t, d, PROVIDER_PARTIAL_PAYMENT_RECEIVED, &in);
	s = party_provider_event(p, t, d, PROVIDER_PAYMENT_RECEIVED, &in);
	if (s == STATUS_OK && paused) {
		struct bytes cursor = {0};

		s = store_get_cursor(t, &cursor, SIDE_PROVIDER, d->id, CURSOR_NEXT);
		if (s == STATUS_OK)
			s = store_put_cursor(t, SIDE_PROVIDER, d->id, CURSOR_PAID, bytes_span(&cursor));
		bytes_release(&cursor);
	}
	return s == STATUS_OK && d->state == DEAL_FINALIZING ? complete(p, t, d) : s;
}

/* What the store and the ledger know about the channel and lane of a payment. */
struct payment_facts {
	struct paych channel;
	struct lane_record lane;
	bool has_lane;
	struct amount held_elsewhere;
	struct address signer;
	int64_t epoch;
};

static enum status ask_ledger(struct party *p, struct payment_facts *f, const struct voucher *v)
{
	struct paych_lane lane;
	enum status s = ledger_channel(p->ledger, &f->channel, &v->channel);

	if (s == STATUS_NOT_FOUND)
		return party_fail(p, STATUS_NOT_SPENDABLE, "the ledger has no such channel");
	if (s == STATUS_OK)
		s = ledger_lane(p->ledger, &lane, &v->channel, v->lane);
	if (s == STATUS_OK)
		s = paych_put_lane(&f->channel, &lane);
	else if (s == STATUS_NOT_FOUND)
		s = STATUS_OK;
	if (s == STATUS_OK)
		s = ledger_epoch(p->ledger, &f->epoch);
	if (s != STATUS_OK)
		return s;
	if (voucher_signer(&f->signer, v) != STATUS_OK)
		return party_fail(p, STATUS_BAD_SIGNATURE, "the voucher's signature does not verify");
	return STATUS_OK;
}

static enum status ask_store(struct kv_txn *t, struct payment_facts *f, const struct voucher *v)
{
	struct channel channel;
	enum status s = store_get_lane(t, &f->lane, &v->channel, v->lane);

	f->has_lane = s == STATUS_OK;
	if (s == STATUS_OK || s == STATUS_NOT_FOUND)
		s = store_get_channel(t, &channel, &v->channel);
	if (s == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (s != STATUS_OK)
		return s;
	f->held_elsewhere = channel.committed;
	if (f->has_lane && !amount_sub(&f->held_elsewhere, &f->held_elsewhere, &f->lane.amount))
		return STATUS_BAD_AMOUNT;
	return STATUS_OK;
}

static enum status judge_and_credit(struct party *p, struct kv_txn *t, struct refusal *why, struct provider_deal *d,
	const struct payment *payment, struct payment_facts *f)
{
	struct payment_context context = {.channel = &f->channel, .signer = &f->signer,
		.held_elsewhere = &f->held_elsewhere, .epoch = f->epoch};
	struct amount delta;
	enum status s = ask_store(t, f, &payment->voucher);

	context.lane = f->has_lane ? &f->lane : NULL;
	if (s == STATUS_OK)
		s = provider_judge_payment(why, &delta, d, payment, &context);
	if (s != STATUS_OK || amount_is_zero(&delta))
		return s;
	if (deal_is_final(SIDE_PROVIDER, d->state)) {
		*why = (struct refusal){STATUS_BAD_STATE, "the deal is over"};
		return STATUS_BAD_STATE;
	}
	return credit(p, t, d, payment, &delta, &f->channel);
}

static enum status take_payment_for(struct party *p, struct bytes *frames, struct provider_deal *d, const struct payment *payment)
{
	char digits[AMOUNT_TEXT_MAX];
	struct payment_facts facts = {.held_elsewhere = amount_zero()};
	struct provider_deal before = *d;
	struct refusal why = {0};
	struct kv_txn *t;
	enum status s = ask_ledger(p, &facts, &payment->voucher), answered;

	if (s == STATUS_NOT_SPENDABLE || s == STATUS_BAD_SIGNATURE) {
		why.status = s;
		snprintf(why.reason, sizeof(why.reason), "%.200s", p->why);
	} else if (s == STATUS_OK) {
		s = kv_begin_write(store_kv(p->store), &t);
		if (s == STATUS_OK) {
			s = store_get_provider(t, d, d->id);
			before = *d;
			if (s == STATUS_OK)
				s = judge_and_credit(p, t, &why, d, payment, &facts);
			if (s == STATUS_OK)
				s = kv_commit(t);
			else
				kv_abort(t);
		}
	}
	paych_release(&facts.channel);
	if (s != STATUS_OK)
		*d = before;
	if (s != STATUS_OK && why.reason[0] == '\0')
		return s;
	answered = answer_payment(frames, d, s != STATUS_OK ? why.reason : NULL);
	if (answered != STATUS_OK)
		return answered;
	if (s != STATUS_OK)
		return party_fail(p, s, "payment refused: %s", why.reason);
	party_done(p, "deal %llu: %s afil received, %s", (unsigned long long)d->id, amount_decimal(digits, &d->funds_received),
		deal_state_name(d->state));
	if (d->state == DEAL_FUNDS_NEEDED || d->state == DEAL_FUNDS_NEEDED_LAST_PAYMENT) {
		struct amount missing;

		if (!provider_short(&missing, d, &d->funds_received))
			return STATUS_BAD_AMOUNT;
		return party_fail(p, STATUS_PAYMENT_NEEDED, "the payment is short: %s afil are still owed", amount_decimal(digits, &missing));
	}
	return STATUS_OK;
}

static enum status find_by_transfer(struct party *p, struct provider_deal *d, uint64_t transfer)
{
	struct kv_txn *t;
	uint64_t id;
	enum status s = kv_begin_read(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	s = store_find_transfer(t, &id, SIDE_PROVIDER, transfer);
	if (s == STATUS_OK)
		s = store_get_provider(t, d, id);
	kv_abort(t);
	return s == STATUS_NOT_FOUND ? party_fail(p, STATUS_WRONG_DEAL, "no deal here has transfer %llu", (unsigned long long)transfer) : s;
}

static enum status cancel(struct party *p, struct provider_deal *d, const char *reason)
{
	struct provider_input in = {.reason = reason};
	struct kv_txn *t;
	enum status s = kv_begin_write(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	s = store_get_provider(t, d, d->id);
	if (s == STATUS_OK && !deal_is_final(SIDE_PROVIDER, d->state)) {
		s = party_provider_event(p, t, d, PROVIDER_CLIENT_CANCELLED, &in);
		if (s == STATUS_OK)
			s = party_provider_event(p, t, d, PROVIDER_CANCEL_COMPLETE, NULL);
	}
	if (s != STATUS_OK) {
		kv_abort(t);
		return s;
	}
	party_done(p, "deal %llu is over: %s", (unsigned long long)d->id, d->message);
	return kv_commit(t);
}

/* A data-transfer request that is a frame of its own: a payment, or the client's end of the deal. */
static enum status take_transfer(struct party *p, struct bytes *frames, uint64_t *deal, struct span body)
{
	struct payment payment;
	struct provider_deal d;
	struct transfer t;
	enum status s = transfer_decode(&t, body, RECORD_DECLARED);

	if (s != STATUS_OK)
		return s;
	if (!t.is_request)
		return party_fail(p, STATUS_BAD_MESSAGE, "an answer, where a client's requests are expected");
	if (t.request.type == TRANSFER_NEW)
		return party_fail(p, STATUS_REJECTED, "No pushes accepted");
	s = find_by_transfer(p, &d, t.request.id);
	if (s != STATUS_OK)
		return s;
	*deal = d.id;
	if (t.request.type == TRANSFER_CANCEL)
		return cancel(p, &d, NULL);
	if (t.request.type != TRANSFER_VOUCHER)
		return STATUS_OK;
	if (!span_is(t.request.voucher_type, TYPE_PAYMENT))
		return party_fail(p, STATUS_UNKNOWN_TYPE, "a voucher request needs a " TYPE_PAYMENT);
	s = payment_decode(&payment, t.request.voucher, RECORD_DECLARED);
	if (s != STATUS_OK)
		return party_fail(p, s, "the payment does not decode: %s", status_text(s));
	return take_payment_for(p, frames, &d, &payment);
}

static enum status take_request(struct party *p, struct bytes *frames, uint64_t *deal, const struct graphsync_request *request)
{
	struct provider_deal d;
	struct transfer transfer;
	struct span value;
	struct kv_txn *t;
	uint64_t id;
	enum status s;

	if (request->type == GRAPHSYNC_CANCEL) {
		s = kv_begin_read(store_kv(p->store), &t);
		if (s != STATUS_OK)
			return s;
		s = store_find_request(t, &id, SIDE_PROVIDER, request->id);
		if (s == STATUS_OK)
			s = store_get_provider(t, &d, id);
		kv_abort(t);
		if (s == STATUS_NOT_FOUND)
			return party_fail(p, STATUS_WRONG_DEAL, "no deal here has this request");
		*deal = id;
		return s == STATUS_OK ? cancel(p, &d, NULL) : s;
	}
	if (request->type != GRAPHSYNC_NEW)
		return party_fail(p, STATUS_UNSUPPORTED, "graphsync updates are not used in retrieval deals");
	if (request->extensions.len == 0 || graphsync_extension(&value, request->extensions, EXT_TRANSFER) != STATUS_OK)
		return party_fail(p, STATUS_BAD_MESSAGE, "a request without a data-transfer message: nothing is free of terms here");
	s = transfer_decode(&transfer, value, RECORD_SORTED);
	if (s != STATUS_OK)
		return s;
	if (!transfer.is_request)
		return party_fail(p, STATUS_BAD_MESSAGE, "an answer, where a client's requests are expected");
	return take_proposal(p, frames, deal, request, &transfer);
}

enum status seller_take(struct party *p, struct bytes *frames, uint64_t *deal, struct span body)
{
	struct graphsync_request request;
	struct graphsync_message m;
	struct span requests;
	enum frame_kind kind;
	enum status s = frame_kind(&kind, body);

	*deal = 0;
	if (s == STATUS_OK && kind == FRAME_TRANSFER)
		return take_transfer(p, frames, deal, body);
	if (s == STATUS_OK)
		s = graphsync_decode(&m, body);
	if (s != STATUS_OK)
		return s;
	if (m.response_count != 0 || m.block_count != 0 || m.request_count == 0)
		return party_fail(p, STATUS_BAD_MESSAGE, "expected a client's request");
	requests = m.requests;
	while (s == STATUS_OK && graphsync_next_request(&request, &requests))
		s = take_request(p, frames, deal, &request);
	return s;
}

enum status seller_cancel(struct party *p, struct bytes *frames, uint64_t deal)
{
	struct response_head head;
	struct deal_answer answer = {.type = TRANSFER_CANCEL};
	struct provider_deal d;
	enum status s = party_get_provider(p, &d, deal);

	if (s == STATUS_OK && deal_is_final(SIDE_PROVIDER, d.state) && d.state != DEAL_CANCELLED)
		s = party_fail(p, STATUS_BAD_STATE, "deal %llu is over: %s", (unsigned long long)deal, deal_state_name(d.state));
	if (s == STATUS_OK)
		s = cancel(p, &d, "cancelled by the provider");
	if (s != STATUS_OK)
		return s;
	head = head_of(&d);
	frames_answer(frames, &head, &answer);
	frames_response(frames, &head, GRAPHSYNC_CANCELLED, NULL, NULL, NULL);
	return bytes_status(frames);
}
