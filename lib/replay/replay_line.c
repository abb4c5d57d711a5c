/* replay_line.c - a whole deal between our two sides, over a line that may lose, repeat, damage or reorder one frame.
 *
 * Both sides go on as a user would: the provider sends again, the client gives
 * its last voucher again, a proposal without an answer is made again, and a
 * deal that died before money moved is made anew.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "buyer/propose.h"
#include "buyer/requests.h"
#include "peer/sink.h"
#include "replay/line_private.h"
#include "seller/send.h"
#include "store/channels.h"

#define ROUNDS_MAX 100000
#define STUCK_MAX  6 /* rounds in which nothing moves */
#define DEALS_MAX  3 /* number of deals, if the first one dies */

static const char *const fault_names[] = {"none", "drop", "dup", "flip", "cut", "delay", "swap"};

/** struct standing - the state and counters of a deal; a round that changes none of them made no progress. */
struct standing {
	enum deal_state client, provider;
	uint64_t received, sent, nonce;
	struct amount credited;
};

static enum status gather(void *ctx, struct span bytes)
{
	bytes_append(ctx, bytes.data, bytes.len);
	return bytes_status(ctx);
}

/* The recorded frame with voucher number @number, from 0; the count of all frames if there is none. */
static size_t find_voucher(const struct replay *r, size_t number)
{
	for (size_t i = 0; i < r->recording.count; i++) {
		const struct recorded_frame *f = replay_frame(r, i);

		if (f->from == SIDE_CLIENT && f->frame.decoded == STATUS_OK && f->frame.kind == FRAME_TRANSFER &&
			f->frame.transfer.request.type == TRANSFER_VOUCHER && number-- == 0)
			return i;
	}
	return r->recording.count;
}

/* Compare a signed voucher with the recorded one. Only a deal without faults has the same vouchers. */
static void compare_voucher(struct line_run *x, struct span frames)
{
	struct replay *r = x->r;
	struct span body;
	size_t frame;

	if (x->fault.kind != FAULT_NONE || !r->has_key || r->excused || frame_take(&body, &frames) != STATUS_OK)
		return;
	frame = find_voucher(r, x->paid++);
	if (frame < r->recording.count)
		replay_compare(r, frame, body);
	else
		replay_differ(r, -1, "voucher", "none", "a further one");
}

static enum status pay(struct line_run *x, bool again)
{
	CLEAN_BYTES struct bytes frames = {0};
	enum status s = replay_pay(x->r, &frames);

	if (s != STATUS_OK) {
		line_note_failure(x, s, &x->r->client);
		return s;
	}
	if (!again)
		compare_voucher(x, bytes_span(&frames));
	return line_ask(x, bytes_span(&frames));
}

static struct standing stand(struct replay *r)
{
	struct standing now = {.client = DEAL_NEW, .provider = DEAL_NEW};
	struct provider_deal provider;
	struct client_deal client;

	if (party_get_client(&r->client, &client, r->deal) == STATUS_OK) {
		now.client = client.state;
		now.received = client.total_received;
		now.nonce = client.voucher_nonce;
	}
	if (party_get_provider(&r->provider, &provider, r->deal) == STATUS_OK) {
		now.provider = provider.state;
		now.sent = provider.total_sent;
		now.credited = provider.funds_received;
	}
	return now;
}

static bool is_same(const struct standing *a, const struct standing *b)
{
	return a->client == b->client && a->provider == b->provider && a->received == b->received &&
	       a->sent == b->sent && a->nonce == b->nonce && amount_cmp(&a->credited, &b->credited) == 0;
}

static enum status propose(struct line_run *x)
{
	CLEAN_BYTES struct bytes frames = {0};
	struct client_deal deal;
	enum status s = party_get_client(&x->r->client, &deal, x->r->deal);

	if (s != STATUS_OK)
		return s;
	frames_proposal(&frames, &deal, deal.skip_links);
	return line_ask(x, bytes_span(&frames));
}

/* The provider sends the frames that are due. The next round repairs failures on the line. */
static void send(struct line_run *x)
{
	CLEAN_BYTES struct bytes batch = {0};
	struct sink sink = {gather, NULL, &batch};
	struct replay *r = x->r;
	enum status s = seller_send(&r->provider, r->deal, NULL, &sink);

	if (s == STATUS_OK && batch.len == 0)
		s = seller_conclude(&r->provider, r->deal, &sink);
	line_note_failure(x, s, &r->provider);
	if (batch.len == 0)
		return;
	s = line_carry(x, SIDE_CLIENT, NULL, bytes_span(&batch));
	(void)s; /* noted frame by frame */
}

/* The client pays the amount due, or sends again a payment that the provider has not received. */
static enum status settle_up(struct line_run *x, const struct client_deal *deal)
{
	enum status s = buyer_outcome(deal);
	struct provider_deal seller;

	if (s == STATUS_PAYMENT_NEEDED || s == STATUS_NO_FUNDS)
		return pay(x, false);
	if (deal->voucher_nonce != 0 && party_get_provider(&x->r->provider, &seller, x->r->deal) == STATUS_OK &&
		seller.state != DEAL_ONGOING)
		return pay(x, true);
	return STATUS_OK;
}

/* One round: the next step of each side's user. The next round repairs failures. */
static enum status one_round(struct line_run *x)
{
	struct replay *r = x->r;
	struct client_deal deal;
	enum status s = party_get_client(&r->client, &deal, r->deal);

	if (s != STATUS_OK)
		return s;
	if (deal.state == DEAL_WAIT_FOR_ACCEPTANCE)
		return propose(x);
	s = replay_open_channel(r);
	if (s == STATUS_OK)
		send(x);
	s = party_get_client(&r->client, &deal, r->deal);
	if (s != STATUS_OK || deal_is_final(SIDE_CLIENT, deal.state))
		return s;
	return settle_up(x, &deal);
}

/* Make a further deal on the same terms, after a deal that died before money moved. */
static enum status propose_anew(struct line_run *x, const struct client_deal *old)
{
	CLEAN_BYTES struct bytes frames = {0};
	struct proposal_request request = {.payload = old->payload,
		.provider = old->provider,
		.size = old->size,
		.params = old->params,
		.max_total = old->max_total,
		.max_price = old->params.price_per_byte};
	struct client_deal deal;
	enum status s = buyer_propose(&x->r->client, &frames, &deal, &request);

	if (s != STATUS_OK)
		return s;
	x->r->deal = deal.id;
	x->deals++;
	return line_ask(x, bytes_span(&frames));
}

static enum status first_proposal(struct line_run *x)
{
	CLEAN_BYTES struct bytes frames = {0};
	struct replay *r = x->r;
	struct span stream, body;
	enum status s = replay_adopt(r, &frames, &replay_frame(r, 0)->frame);

	if (s != STATUS_OK)
		return s;
	stream = bytes_span(&frames);
	if (!r->o->foreign && x->fault.kind == FAULT_NONE && frame_take(&body, &stream) == STATUS_OK)
		replay_compare(r, 0, body);
	x->deals = 1;
	s = line_ask(x, bytes_span(&frames)); /* the rounds repair failures on the line */
	return status_class(s) == CLASS_IO ? s : STATUS_OK;
}

/* Take the next step of the client's deal; @over: out, no step is left. */
static enum status trade_once(struct line_run *x, bool *over)
{
	struct client_deal deal;
	enum status s = party_get_client(&x->r->client, &deal, x->r->deal);

	if (s != STATUS_OK)
		return s;
	*over = deal.state == DEAL_COMPLETED ||
		(deal_is_final(SIDE_CLIENT, deal.state) &&
			(!x->hit || !amount_is_zero(&deal.funds_spent) || x->deals >= DEALS_MAX));
	if (*over)
		return STATUS_OK;
	s = deal_is_final(SIDE_CLIENT, deal.state) ? propose_anew(x, &deal) : one_round(x);
	return status_class(s) == CLASS_IO ? s : STATUS_OK;
}

/* Rounds until the client's deal is over, or nothing moves any more. */
static enum status trade(struct line_run *x)
{
	bool over = false;
	enum status s = first_proposal(x);

	if (s != STATUS_OK)
		return s;
	for (unsigned round = 0; round < ROUNDS_MAX && x->stuck < STUCK_MAX; round++) {
		struct standing before = stand(x->r), after;

		s = *x->r->stop == 0 ? trade_once(x, &over) : STATUS_STOPPED;
		if (s != STATUS_OK || over)
			return s;
		after = stand(x->r);
		x->stuck = is_same(&before, &after) ? x->stuck + 1 : 0;
		x->rounds_after += x->hit;
	}
	return STATUS_OK;
}

/* No voucher may pay again for bytes that an earlier voucher has paid for: amounts strictly rise with the nonce. */
struct voucher_check {
	uint64_t lane, nonce;
	struct amount amount;
	bool any, wrong;
	uint64_t count;
};

static enum status check_voucher(void *ctx, uint64_t lane, uint64_t nonce, struct span encoded)
{
	struct voucher_check *c = ctx;
	struct voucher v;
	enum status s = voucher_decode(&v, encoded);

	if (s != STATUS_OK)
		return s;
	if (c->any && c->lane == lane && (nonce <= c->nonce || amount_cmp(&v.amount, &c->amount) <= 0))
		c->wrong = true;
	c->any = true;
	c->lane = lane;
	c->nonce = nonce;
	c->amount = v.amount;
	c->count++;
	return STATUS_OK;
}

static enum status check_vouchers(struct line_run *x, struct voucher_check *check)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct replay *r = x->r;
	enum status s;

	if (address_is_none(&r->channel))
		return STATUS_OK;
	s = kv_begin_read(store_kv(r->client.store), &txn);
	if (s != STATUS_OK)
		return s;
	s = store_each_voucher(txn, &r->channel, check_voucher, check);
	if (s != STATUS_OK || !check->wrong)
		return s;
	return party_fail(
		&r->tool->party, STATUS_CORRUPT, "%s: a voucher was signed twice for the same bytes", r->name);
}

static void report_fault(struct line_run *x, const struct client_deal *d, uint64_t vouchers)
{
	struct replay *r = x->r;
	char fault[40];

	snprintf(fault, sizeof(fault), "%s@%" PRIu64, fault_names[x->fault.kind], x->fault.at);
	tool_report(r->tool,
		json_pack("{s:o, s:s, s:b, s:i, s:s, s:s, s:I, s:I, s:i}", "recording", tool_json_text(r->name),
			"fault", fault, "hit", x->hit, "exit", (int)status_class(x->failure.status), "why",
			x->failure.why, "end", deal_state_name(d->state), "rounds_after", (json_int_t)x->rounds_after,
			"vouchers", (json_int_t)vouchers, "deals", (int)x->deals),
		"%s: %s: %s%d%s%s: %s, %" PRIu64 " rounds after it, %" PRIu64 " vouchers%s\n", r->name, fault,
		x->hit ? "exit " : "not reached, exit ", (int)status_class(x->failure.status),
		x->failure.status != STATUS_OK ? ", " : "", x->failure.why, deal_state_name(d->state), x->rounds_after,
		vouchers, x->deals > 1 ? ", by a new deal" : "");
}

/* The end of the original's deal, or the end that it should have had. */
static const char *wanted_end(const struct replay *r)
{
	char why[16];

	if (!replay_is_excused(r, why, sizeof(why)))
		return field_text(r->recording.meta, "final_client_status");
	return deal_state_name(
		json_is_true(json_object_get(r->recording.scenario, "no_data")) ? DEAL_DEAL_NOT_FOUND : DEAL_COMPLETED);
}

/* Without a fault: our deal ends like the recorded deal, or as the recorded deal should have ended. */
static enum status judge_plain(struct replay *r, const char *wanted, const char *end)
{
	if (strcmp(end, wanted) != 0) {
		r->excused = false;
		replay_differ(r, -1, "end", wanted, end);
	}
	if (r->differences == 0)
		return STATUS_OK;
	return party_fail(&r->tool->party, STATUS_DIFFERS, "%s differs from its recording", r->name);
}

/* With a fault: the deal ends as if there had been none, or with the failure that the fault caused. */
static enum status judge_faulty(struct line_run *x, const struct client_deal *deal, bool right)
{
	struct replay *r = x->r;
	enum status s = x->failure.status != STATUS_OK ? x->failure.status : STATUS_END;

	if (right)
		return STATUS_OK;
	if (r->o->expect_resume)
		return party_fail(&r->tool->party, STATUS_DIFFERS,
			"%s: the deal did not complete after the fault: %s%s%s", r->name, deal_state_name(deal->state),
			deal->message[0] != '\0' ? ": " : "", deal->message);
	return party_fail(&r->tool->party, s, "%s: %s", r->name, error_text(&x->failure, s));
}

/* Compare the end of the deal over the line with the expected end. */
static enum status judge(struct line_run *x)
{
	struct replay *r = x->r;
	struct voucher_check vouchers = {0};
	struct client_deal deal;
	const char *wanted = wanted_end(r);
	bool right;
	enum status s = party_get_client(&r->client, &deal, r->deal);

	if (s != STATUS_OK)
		return s;
	s = check_vouchers(x, &vouchers);
	if (s != STATUS_OK)
		return s;
	r->hit = x->hit;
	if (x->fault.kind == FAULT_NONE)
		return judge_plain(r, wanted, deal_state_name(deal.state));
	right = strcmp(deal_state_name(deal.state), wanted) == 0;
	if ((x->hit || r->o->fault.at != FAULT_EVERYWHERE) && !(right && r->o->check))
		report_fault(x, &deal, vouchers.count);
	return judge_faulty(x, &deal, right);
}

static enum status run_line(struct line_run *x)
{
	struct replay *r = x->r;
	enum status s = replay_open_scene(r, true);

	if (s != STATUS_OK)
		return s;
	if (!r->has_offer)
		return party_fail(&r->tool->party, STATUS_USAGE, "'%.300s' has no content: there is nothing to sell",
			r->recording.folder);
	s = trade(x);
	return s == STATUS_OK ? judge(x) : s;
}

enum status replay_line(struct replay *r, struct fault fault)
{
	struct line_run x = {.r = r, .fault = fault};
	enum status s;

	r->deal = 0;
	r->hit = false;
	s = run_line(&x);
	replay_explain(r, s);
	replay_close_scene(r);
	line_release(&x);
	return s;
}
