/* run.c - whole deals over one connection: the same steps as the step tools, as fast as frames come.
 *
 * Nothing is decided here: which step comes next follows from where the deal
 * stands after each frame. Blocks go down while vouchers go up; a provider is
 * never more than one interval and a block ahead, so neither side can wait for
 * the other with both pipes full.
 */
#include "base/file.h"
#include "party/frames.h"
#include "party/party_private.h"
#include "wire/graphsync.h"

static bool stopped(const struct line *line)
{
	return line->stop != NULL && *line->stop != 0;
}

static enum status next_frame(const struct line *line, struct frame_reader *reader, struct span *body)
{
	enum status s;

	if (line->waiting != NULL)
		line->waiting();
	s = frame_next(reader, body);
	if (s == STATUS_OK && line->heard != NULL)
		line->heard(line->ctx, *body);
	return s;
}

static enum status say(struct party *p, const struct line *line, struct span bytes)
{
	enum status s = file_write_full(line->out, bytes.data, bytes.len);

	if (s == STATUS_OK && line->said != NULL)
		line->said(line->ctx, bytes);

	return s == STATUS_IO ? party_fail(p, STATUS_END, "the other side went away") : s;
}

/* Sign, and send, what is due; or send the last voucher again, if it seems to have got lost. */
static enum status pay(struct party *p, const struct line *line, const struct purchase *x, struct receiver *r)
{
	struct bytes frames = {0};
	enum status s = receiver_finish(r);

	if (s == STATUS_OK)
		s = buyer_pay(p, &frames, NULL, x->deal, &x->max_total);
	if (s == STATUS_OK)
		s = say(p, line, bytes_span(&frames));
	bytes_release(&frames);
	return s == STATUS_OK ? receiver_reload(r) : s;
}

static enum status open_channel(struct party *p, const struct purchase *x, struct receiver *r)
{
	enum status s = receiver_finish(r);

	if (s == STATUS_OK)
		s = buyer_open_channel(p, x->deal, x->funds);
	return s == STATUS_OK ? receiver_reload(r) : s;
}

/* After each frame: whatever the deal needs from us now. @resent: the voucher that was sent again on this connection. */
static enum status act(
	struct party *p, const struct line *line, const struct purchase *x, struct receiver *r, uint64_t *resent)
{
	const struct client_deal *d = receiver_deal(r);
	enum status s = STATUS_OK;

	if (client_wants_channel(d))
		s = open_channel(p, x, r);
	if (s != STATUS_OK)
		return s;
	s = buyer_outcome(d);
	if (s == STATUS_PAYMENT_NEEDED || s == STATUS_NO_FUNDS) {
		s = pay(p, line, x, r);
		*resent = d->voucher_nonce;
		return s;
	}
	if (receiver_asked(r) && d->voucher_nonce != 0 && *resent != d->voucher_nonce) {
		*resent = d->voucher_nonce;
		return pay(p, line, x, r);
	}
	return STATUS_OK;
}

/* The deal's request, with how much of the content we have already. */
static enum status request(struct party *p, const struct line *line, const struct receiver *r)
{
	struct bytes frames = {0};
	enum status s;

	frames_proposal(&frames, receiver_deal(r), receiver_position(r));
	s = bytes_status(&frames);
	if (s == STATUS_OK)
		s = say(p, line, bytes_span(&frames));
	bytes_release(&frames);
	return s;
}

static enum status converse(struct party *p, const struct line *line, const struct purchase *x, struct receiver *r)
{
	struct frame_reader reader;
	struct span body;
	uint64_t resent = 0;
	enum status s = STATUS_OK;

	frame_reader_init(&reader, line->in);
	while (s == STATUS_OK && !deal_is_final(SIDE_CLIENT, receiver_deal(r)->state) && !stopped(line)) {
		s = next_frame(line, &reader, &body);
		if (s == STATUS_OK)
			s = receiver_take(r, body);
		if (s == STATUS_OK)
			s = act(p, line, x, r, &resent);
		if (x->progress != NULL)
			x->progress(x->ctx, receiver_deal(r));
	}
	frame_reader_release(&reader);
	return s;
}

enum status buyer_run(struct party *p, const struct line *line, const struct purchase *x)
{
	struct receiver *r = NULL;
	const struct client_deal *d;
	enum status s = receiver_new(&r, p), finished;

	if (s == STATUS_OK)
		s = receiver_open(r, x->deal);
	if (s != STATUS_OK) {
		receiver_free(r);
		return s;
	}
	d = receiver_deal(r);
	if (!deal_is_final(SIDE_CLIENT, d->state)) {
		s = request(p, line, r);
		if (s == STATUS_OK)
			s = converse(p, line, x, r);
		finished = receiver_finish(r);
		if (s == STATUS_OK || s == STATUS_END || s == STATUS_CUT)
			s = finished;
	}
	if (s == STATUS_OK && d->state != DEAL_COMPLETED)
		s = deal_is_final(SIDE_CLIENT, d->state)
			    ? party_fail(p, STATUS_REJECTED, "%s", d->message)
			    : party_fail(p, STATUS_END, "the provider went away; %llu bytes are verified and kept",
				      (unsigned long long)d->total_received);
	receiver_free(r);
	return s;
}

/** struct serving - one connection, as the seller has it. */
struct serving {
	struct party *p;
	const struct line *line;
	const struct shop *shop;
	unsigned deals;
	uint64_t open; /* the last deal on this connection that is not over; 0 if none */
};

static enum status serve_out(void *ctx, struct span bytes)
{
	struct serving *s = ctx;

	return say(s->p, s->line, bytes);
}

/* What the request says that the client has already; 0 for any other frame. */
static uint64_t links_held(struct span body, bool *is_proposal)
{
	struct graphsync_request request;
	struct graphsync_message m;
	struct cbor_reader r;
	struct span requests, value;
	enum frame_kind kind;
	uint64_t held;

	*is_proposal = false;
	if (frame_kind(&kind, body) != STATUS_OK || kind != FRAME_GRAPHSYNC || graphsync_decode(&m, body) != STATUS_OK)
		return 0;
	requests = m.requests;
	if (m.request_count == 0 || !graphsync_next_request(&request, &requests) || request.type != GRAPHSYNC_NEW)
		return 0;
	*is_proposal = true;
	if (request.extensions.len == 0 ||
		graphsync_extension(&value, request.extensions, EXT_DO_NOT_SEND_FIRST_BLOCKS) != STATUS_OK)
		return 0;
	r = cbor_reader(value);
	held = cbor_read_uint(&r);
	return cbor_end(&r) == STATUS_OK ? held : 0;
}

/* After each frame of a client: send on, if the deal allows it. */
static enum status go_on(struct serving *s, uint64_t deal, bool is_proposal, uint64_t held)
{
	struct provider_deal d;
	enum status status = party_get_provider(s->p, &d, deal);

	if (status != STATUS_OK)
		return status == STATUS_NOT_FOUND ? STATUS_OK : status;
	if (d.state == DEAL_COMPLETED && is_proposal && !amount_is_zero(&d.params.price_per_byte))
		status = seller_conclude(s->p, deal, serve_out, s);
	else if (d.state == DEAL_ONGOING || (is_proposal && !deal_is_final(SIDE_PROVIDER, d.state)) ||
		 (is_proposal && d.state == DEAL_COMPLETED))
		status = seller_send_from(s->p, deal, held, serve_out, s);
	if (status == STATUS_PAYMENT_NEEDED || status == STATUS_NOT_FOUND)
		status = STATUS_OK;
	if (status == STATUS_OK)
		status = party_get_provider(s->p, &d, deal);
	if (status == STATUS_OK) {
		s->open = deal_is_final(SIDE_PROVIDER, d.state) ? 0 : deal;
		if (s->shop->log != NULL)
			s->shop->log(s->shop->ctx, &d);
	}
	return status;
}

/* A refusal is an answer, not the end of the connection; what we could not do is. */
static bool is_refusal(enum status s)
{
	enum status_class c = status_class(s);

	return c == CLASS_NO || c == CLASS_PAYMENT || c == CLASS_STATE || s == STATUS_BAD_SIGNATURE;
}

static enum status take(struct serving *s, struct span body)
{
	struct bytes answer = {0};
	bool is_proposal;
	uint64_t deal = 0, held = links_held(body, &is_proposal);
	enum status status, said = STATUS_OK;

	if (is_proposal && s->shop->max_deals != 0 && s->deals++ >= s->shop->max_deals)
		return party_fail(s->p, STATUS_REJECTED, "more than %u deals on one connection", s->shop->max_deals);
	status = seller_take(s->p, &answer, &deal, body);
	if (answer.len != 0)
		said = say(s->p, s->line, bytes_span(&answer));
	bytes_release(&answer);
	if (said != STATUS_OK)
		return said;
	if (status == STATUS_OK && deal != 0)
		return go_on(s, deal, is_proposal, held);
	return is_refusal(status) ? STATUS_OK : status;
}

enum status seller_run(struct party *p, const struct line *line, const struct shop *shop)
{
	struct serving s = {.p = p, .line = line, .shop = shop};
	struct frame_reader reader;
	struct span body;
	enum status status = STATUS_OK;

	frame_reader_init(&reader, line->in);
	while (status == STATUS_OK && !stopped(line)) {
		status = next_frame(line, &reader, &body);
		if (status == STATUS_OK)
			status = take(&s, body);
	}
	frame_reader_release(&reader);
	if (status == STATUS_END)
		status = STATUS_OK;
	if (status == STATUS_OK && s.open != 0)
		status = party_fail(
			p, STATUS_END, "the client went away; deal %llu can be resumed", (unsigned long long)s.open);
	return status;
}
