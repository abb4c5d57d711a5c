/* proposal.c - a provider judges proposals: is there a fit offer, and can its content be delivered?
 *
 * The terms are frozen here, and with them what the client has already. The
 * same proposal again finds its deal, and gets the same answer; if it names
 * another number of links, that is how far the client has come since.
 */
#include <string.h>

#include "ipld/selector.h"
#include "party/party.h"
#include "seller/answers.h"
#include "seller/content.h"
#include "seller/limits.h"
#include "seller/seller_private.h"
#include "store/contents.h"
#include "store/deal_texts.h"
#include "wire/frame.h"

/** struct proposed - a proposal, taken out of its three wrappings. */
struct proposed {
	uint8_t request[REQUEST_ID_SIZE];
	uint64_t transfer;
	uint64_t held; /* links of the walk that the client has */
	struct proposal proposal;
};

static enum status answer_refusal(
	struct bytes *frames, const struct proposed *in, enum deal_state status, const char *reason)
{
	struct response_head head = {in->request, in->transfer, in->proposal.id};
	struct deal_answer answer = {.type = TRANSFER_NEW, .has_result = true, .status = status, .message = reason};

	frames_response(frames, &head, GRAPHSYNC_FAILED, &answer, EXT_TRANSFER, EXT_INCOMING_REQUEST);
	return bytes_status(frames);
}

static enum status answer_acceptance(struct bytes *frames, const struct provider_deal *d)
{
	struct response_head head = seller_head(d);
	struct deal_answer answer = {
		.type = TRANSFER_NEW, .accepted = true, .has_result = true, .status = DEAL_ACCEPTED};

	frames_response(frames, &head, GRAPHSYNC_PARTIAL, &answer, EXT_TRANSFER, EXT_INCOMING_REQUEST);
	return bytes_status(frames);
}

/* The three wrappings must say the same thing. */
static enum status unwrap(
	struct party *p, struct proposed *out, const struct graphsync_request *request, const struct transfer *t)
{
	enum selector_kind kind;
	enum status s;

	if (t->request.type == TRANSFER_NEW && !t->request.pull)
		return party_fail(p, STATUS_REJECTED, "No pushes accepted");
	s = transfer_proposal(&out->proposal, t, RECORD_SORTED);
	if (s == STATUS_UNKNOWN_TYPE)
		return party_fail(p, s, "a new transfer needs a " TYPE_PROPOSAL);
	if (s != STATUS_OK)
		return party_fail(p, s, "the proposal does not decode: %s", status_text(s));
	if (!cid_equal(&out->proposal.payload, &request->root) || !cid_equal(&t->request.base, &request->root))
		return party_fail(p, STATUS_BAD_MESSAGE, "incorrect CID for this proposal");
	s = selector_parse(&kind, request->selector);
	if (s != STATUS_OK)
		return party_fail(p, s, "%s", status_text(s));
	if (!span_equal(request->selector, t->request.selector) ||
		(out->proposal.params.selector.len != 0 &&
			!span_equal(request->selector, out->proposal.params.selector)))
		return party_fail(p, STATUS_BAD_MESSAGE, "incorrect selector for this proposal");
	memcpy(out->request, request->id, REQUEST_ID_SIZE);
	out->transfer = t->request.id;
	out->held = request_skip_links(request);
	return STATUS_OK;
}

static bool same_terms(const struct deal_params *a, const struct deal_params *b)
{
	return amount_cmp(&a->price_per_byte, &b->price_per_byte) == 0 &&
	       amount_cmp(&a->unseal_price, &b->unseal_price) == 0 && a->payment_interval == b->payment_interval &&
	       a->payment_interval_increase == b->payment_interval_increase;
}

enum status seller_find_offer(
	struct party *p, struct refusal *why, struct offer *offer, uint64_t *content, const struct cid *payload)
{
	struct content_reader reader = {.fd = -1};
	struct bytes owned = {0};
	struct kv_txn *t;
	enum status s = kv_begin_read(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	s = store_get_offer(t, offer, content, &owned, payload);
	kv_abort(&t);
	bytes_release(&owned);
	if (s == STATUS_NOT_FOUND)
		*why = (struct refusal){s, "no offer for this content"};
	if (s != STATUS_OK)
		return s;
	offer->id = offer->peer = (struct span){0};
	s = content_open(&reader, p, *content);
	content_close(&reader);
	if (s == STATUS_NOT_FOUND)
		*why = (struct refusal){s, "the content is not here"};
	return s;
}

/* Is there a fit offer, and can its content be delivered? */
static enum status judge_proposal(
	struct party *p, struct refusal *why, struct provider_deal *d, const struct proposed *in)
{
	struct offer offer = {0};
	enum status s = seller_find_offer(p, why, &offer, &d->content, &in->proposal.payload);

	if (s != STATUS_OK)
		return s;
	d->payee = offer.payment_address;
	return provider_check_terms(why, &in->proposal.params, &offer);
}

static enum status accept(struct party *p, struct refusal *why, struct provider_deal *d, struct limits *limits)
{
	struct provider_deal old;
	struct kv_txn *t;
	uint64_t other;
	enum status s = kv_begin_write(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	s = store_get_provider(t, &old, d->id); /* another process may have taken the same proposal meanwhile */
	if (s == STATUS_OK) {
		kv_abort(&t);
		return STATUS_OK;
	}
	/* Payments and cancellations find their deal by these: they must not name two. */
	if (s == STATUS_NOT_FOUND)
		s = store_find_transfer(t, &other, SIDE_PROVIDER, d->transfer);
	if (s == STATUS_NOT_FOUND)
		s = store_find_request(t, &other, SIDE_PROVIDER, d->request);
	if (s == STATUS_OK) {
		kv_abort(&t);
		return STATUS_EXISTS;
	}
	if (s == STATUS_NOT_FOUND)
		s = seller_check_limits(p, t, why, limits);
	if (s == STATUS_OK)
		s = store_next_number(t, &d->number);
	if (s == STATUS_OK)
		s = store_put_text(t, d->id, TEXT_CLIENT, limits->client);
	if (s == STATUS_OK)
		s = party_provider_event(p, t, d, PROVIDER_OPEN, NULL);
	if (s == STATUS_OK)
		s = party_provider_event(p, t, d, PROVIDER_DEAL_ACCEPTED, NULL);
	s = party_end(t, s);
	if (s == STATUS_OK)
		limits->deals++;
	return s;
}

enum status seller_take_proposal(struct party *p, struct bytes *frames, uint64_t *deal,
	const struct graphsync_request *request, const struct transfer *t, struct limits *limits)
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
		if (memcmp(d.request, in.request, REQUEST_ID_SIZE) == 0 &&
			cid_equal(&d.payload, &in.proposal.payload) && same_terms(&d.params, &in.proposal.params))
			return answer_acceptance(frames, &d);
		s = answer_refusal(frames, &in, DEAL_REJECTED, "this deal id is in use");
		return s == STATUS_OK
			       ? party_fail(p, STATUS_EXISTS, "rejected: deal id %llu is in use with other terms",
					 (unsigned long long)in.proposal.id)
			       : s;
	}
	if (s != STATUS_NOT_FOUND)
		return s;
	d = (struct provider_deal){.id = in.proposal.id,
		.transfer = in.transfer,
		.payload = in.proposal.payload,
		.params = in.proposal.params,
		.held = in.held,
		.state = DEAL_NEW};
	memcpy(d.request, in.request, REQUEST_ID_SIZE);
	if (d.params.selector.len != 0)
		d.params.selector = selector_all();
	s = judge_proposal(p, &why, &d, &in);
	if (s == STATUS_OK) {
		d.current_interval = interval_next(&d.params, 0);
		s = accept(p, &why, &d, limits);
		if (s == STATUS_OK)
			party_done(p, "deal %llu accepted", (unsigned long long)d.id);
		if (s == STATUS_OK)
			return answer_acceptance(frames, &d);
		if (s == STATUS_EXISTS)
			why = (struct refusal){s, "this transfer or request id is in use"};
	}
	if (why.reason[0] == '\0')
		return s;
	refused = answer_refusal(frames, &in, s == STATUS_NOT_FOUND ? DEAL_DEAL_NOT_FOUND : DEAL_REJECTED, why.reason);
	if (refused != STATUS_OK)
		return refused;
	return party_fail(p, s, "rejected: %s", why.reason);
}
