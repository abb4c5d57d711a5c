/* replay_line.c - a whole deal between our two sides, over a line that may lose, repeat, damage or reorder one frame.
 *
 * Both sides go on as a user would: the provider sends again, the client gives
 * its last voucher again, a proposal without an answer is made again, and a
 * deal that died before money moved is made anew.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buyer/propose.h"
#include "buyer/receive.h"
#include "buyer/requests.h"
#include "peer/sink.h"
#include "replay/replay_private.h"
#include "seller/send.h"
#include "seller/take.h"
#include "store/channels.h"
#include "wire/frame.h"

#define ROUNDS_MAX 100000
#define STUCK_MAX  6 /* rounds in which nothing moves */
#define DEALS_MAX  3 /* deals, where the first one died */

static const char *const fault_names[] = {"none", "drop", "dup", "flip", "cut", "delay", "swap"};

/** struct line_run - a deal over the line. */
struct line_run {
	struct replay *r;
	struct fault fault;
	uint64_t frames;      /* that were put on the line */
	bool hit;             /* the fault has happened */
	struct bytes held[2]; /* frames that come late, by whom they go to */
	bool held_swap[2];    /* behind the first frame of the next batch, not before it */
	enum status caused;   /* the first failure since */
	char why[256];
	size_t paid;
	unsigned deals, stuck;
	uint64_t rounds_after; /* since the fault */
};

/** struct standing - where a deal stands; a round that changes none of it was in vain. */
struct standing {
	enum deal_state client, provider;
	uint64_t received, sent, nonce;
	struct amount credited;
};

static void note_failure(struct line_run *x, enum status s, const struct party *p)
{
	enum status_class c = status_class(s);

	if (c == CLASS_OK || c == CLASS_PAYMENT || x->caused != STATUS_OK || !x->hit)
		return;
	x->caused = s;
	snprintf(x->why, sizeof(x->why), "%.250s", p->why[0] != '\0' ? p->why : status_text(s));
}

static enum status deliver(struct line_run *x, enum deal_side to, struct bytes *answer, struct span body)
{
	struct replay *r = x->r;
	struct party *p = to == SIDE_CLIENT ? &r->client : &r->provider;
	uint64_t deal;
	enum status s;

	p->why[0] = '\0';
	s = to == SIDE_CLIENT ? replay_client_takes(r, body) : seller_take_body(p, answer, &deal, body, NULL);
	note_failure(x, s, p);
	return s;
}

static void flip_bit(struct bytes *frame, struct span body)
{
	bytes_append(frame, body.data, body.len);
	if (!frame->failed)
		frame->data[body.len / 2] ^= 0x10;
}

/* One frame of a batch reaches the line. */
static enum status put_on_line(
	struct line_run *x, enum deal_side to, struct bytes *answer, struct span body, struct span *next)
{
	struct bytes damaged = {0};
	struct span other;
	enum status s = STATUS_OK;

	if (x->frames++ != x->fault.at || x->fault.kind == FAULT_NONE)
		return deliver(x, to, answer, body);
	x->hit = true;
	switch (x->fault.kind) {
	case FAULT_DROP:
		break;
	case FAULT_CUT:
		note_failure(x, STATUS_CUT, &(struct party){0});
		s = STATUS_CUT;
		break;
	case FAULT_DUP:
		s = deliver(x, to, answer, body);
		if (s == STATUS_OK)
			s = deliver(x, to, answer, body);
		break;
	case FAULT_FLIP:
		flip_bit(&damaged, body);
		s = deliver(x, to, answer, bytes_span(&damaged));
		break;
	case FAULT_DELAY:
		frame_put(&x->held[to], body);
		break;
	case FAULT_SWAP:
		if (replay_next_frame(&other, next)) {
			x->frames++;
			s = deliver(x, to, answer, other);
			if (s == STATUS_OK)
				s = deliver(x, to, answer, body);
		} else {
			frame_put(&x->held[to], body);
			x->held_swap[to] = true;
		}
		break;
	case FAULT_NONE:
	case FAULT_ALL:
		break;
	}
	bytes_release(&damaged);
	return s;
}

/* Frames that were held up come now. */
static enum status release_held(struct line_run *x, enum deal_side to, struct bytes *answer)
{
	struct bytes held = x->held[to];
	struct span stream = bytes_span(&held), body;
	enum status s = STATUS_OK;

	x->held[to] = (struct bytes){0};
	x->held_swap[to] = false;
	while (s == STATUS_OK && replay_next_frame(&body, &stream))
		s = deliver(x, to, answer, body);
	bytes_release(&held);
	return s;
}

/* What one run of a tool wrote is read by one run of another, which stops at the first failure. */
static enum status carry(struct line_run *x, enum deal_side to, struct bytes *answer, struct span batch)
{
	struct span body;
	enum status s = STATUS_OK;

	if (x->held[to].len != 0 && !x->held_swap[to])
		s = release_held(x, to, answer);
	while (s == STATUS_OK && replay_next_frame(&body, &batch)) {
		bool late = x->held[to].len != 0;

		s = put_on_line(x, to, answer, body, &batch);
		if (s == STATUS_OK && late)
			s = release_held(x, to, answer);
	}
	if (to == SIDE_CLIENT && x->r->receiver != NULL) {
		enum status finished = receiver_finish(x->r->receiver);

		receiver_free(x->r->receiver);
		x->r->receiver = NULL;
		if (s == STATUS_OK)
			s = finished;
	}
	return s;
}

/* To the provider, and its answer back. */
static enum status ask(struct line_run *x, struct span batch)
{
	struct bytes answer = {0};
	enum status s = carry(x, SIDE_PROVIDER, &answer, batch), heard;

	heard = carry(x, SIDE_CLIENT, NULL, bytes_span(&answer));
	bytes_release(&answer);
	return status_class(s) == CLASS_IO ? s : heard;
}

static enum status gather(void *ctx, struct span bytes)
{
	bytes_append(ctx, bytes.data, bytes.len);
	return bytes_status(ctx);
}

/* A voucher goes out: is it the recorded one? Only a deal without faults has just those. */
static void compare_voucher(struct line_run *x, struct span frames)
{
	struct replay *r = x->r;
	struct span body;
	size_t index = 0;

	if (x->fault.kind != FAULT_NONE || !r->has_key || r->excused || !replay_next_frame(&body, &frames))
		return;
	for (size_t i = 0; i < r->frame_count; i++) {
		struct frame frame;

		if (r->frames[i].from == SIDE_CLIENT && frame_decode(&frame, r->frames[i].body) == STATUS_OK &&
			frame.kind == FRAME_TRANSFER && frame.transfer.request.type == TRANSFER_VOUCHER &&
			index++ == x->paid) {
			replay_compare(r, i, body);
			x->paid++;
			return;
		}
	}
	x->paid++;
	replay_differ(r, -1, "voucher", "none", "a further one");
}

static enum status pay(struct line_run *x, bool again)
{
	struct bytes frames = {0};
	enum status s = replay_pay(x->r, &frames);

	if (s == STATUS_OK && !again)
		compare_voucher(x, bytes_span(&frames));
	if (s == STATUS_OK)
		s = ask(x, bytes_span(&frames));
	else
		note_failure(x, s, &x->r->client);
	bytes_release(&frames);
	return s;
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
	struct bytes frames = {0};
	struct client_deal d;
	enum status s = party_get_client(&x->r->client, &d, x->r->deal);

	if (s == STATUS_OK) {
		frames_proposal(&frames, &d, d.held);
		s = ask(x, bytes_span(&frames));
	}
	bytes_release(&frames);
	return s;
}

/* The provider sends what it has to. */
static enum status send(struct line_run *x)
{
	struct replay *r = x->r;
	struct bytes batch = {0};
	enum status s = seller_send(&r->provider, r->deal, &(struct sink){gather, NULL, &batch});

	if (s == STATUS_OK && batch.len == 0)
		s = seller_conclude(&r->provider, r->deal, &(struct sink){gather, NULL, &batch});
	note_failure(x, s, &r->provider);
	if (batch.len != 0)
		s = carry(x, SIDE_CLIENT, NULL, bytes_span(&batch));
	bytes_release(&batch);
	return s;
}

/* One round: what each side's user does next. Failures are for the next round to repair. */
static enum status one_round(struct line_run *x)
{
	struct replay *r = x->r;
	struct client_deal d;
	struct provider_deal seller;
	bool sold;
	enum status s = party_get_client(&r->client, &d, r->deal);

	if (s != STATUS_OK)
		return s;
	if (d.state == DEAL_WAIT_FOR_ACCEPTANCE)
		return propose(x);
	s = replay_open_channel(r);
	if (s == STATUS_OK)
		s = send(x);
	if (s == STATUS_OK || !deal_is_final(SIDE_CLIENT, d.state))
		s = party_get_client(&r->client, &d, r->deal);
	if (s != STATUS_OK || deal_is_final(SIDE_CLIENT, d.state))
		return s;
	sold = party_get_provider(&r->provider, &seller, r->deal) == STATUS_OK;
	s = buyer_outcome(&d);
	if (s == STATUS_PAYMENT_NEEDED || s == STATUS_NO_FUNDS)
		return pay(x, false);
	if (d.voucher_nonce != 0 && sold && seller.state != DEAL_ONGOING)
		return pay(x, true);
	return STATUS_OK;
}

/* A further deal on the same terms, for one that died before money moved. */
static enum status propose_anew(struct line_run *x, const struct client_deal *old)
{
	struct proposal_request request = {.payload = old->payload,
		.provider = old->provider,
		.size = old->size,
		.params = old->params,
		.max_total = old->max_total,
		.max_price = old->params.price_per_byte};
	struct bytes frames = {0};
	struct client_deal d;
	enum status s = buyer_propose(&x->r->client, &frames, &d, &request);

	if (s == STATUS_OK) {
		x->r->deal = d.id;
		x->deals++;
		s = ask(x, bytes_span(&frames));
	}
	bytes_release(&frames);
	return s;
}

static void compare_proposal(struct replay *r, struct span frames)
{
	struct span body;

	if (replay_next_frame(&body, &frames))
		replay_compare(r, 0, body);
}

static enum status first_proposal(struct line_run *x)
{
	struct replay *r = x->r;
	struct bytes frames = {0};
	enum status s = replay_adopt(r, &frames, r->frames[0].body);

	if (s == STATUS_OK && !r->o->foreign && x->fault.kind == FAULT_NONE)
		compare_proposal(r, bytes_span(&frames));
	if (s == STATUS_OK) {
		x->deals = 1;
		s = ask(x, bytes_span(&frames)); /* what went wrong on the line is for the rounds to repair */
		if (status_class(s) != CLASS_IO)
			s = STATUS_OK;
	}
	bytes_release(&frames);
	return s;
}

/* Rounds until the client's deal is over, or nothing moves any more. */
static enum status trade(struct line_run *x)
{
	struct client_deal d;
	enum status s = first_proposal(x);

	if (s != STATUS_OK)
		return s;
	for (unsigned round = 0; round < ROUNDS_MAX && x->stuck < STUCK_MAX; round++) {
		struct standing before = stand(x->r), after;

		s = party_get_client(&x->r->client, &d, x->r->deal);
		if (s != STATUS_OK)
			return s;
		if (d.state == DEAL_COMPLETED)
			return STATUS_OK;
		if (deal_is_final(SIDE_CLIENT, d.state)) {
			if (!x->hit || !amount_is_zero(&d.funds_spent) || x->deals >= DEALS_MAX)
				return STATUS_OK;
			s = propose_anew(x, &d);
		} else {
			s = one_round(x);
		}
		if (status_class(s) == CLASS_IO)
			return s;
		after = stand(x->r);
		x->stuck = is_same(&before, &after) ? x->stuck + 1 : 0;
		x->rounds_after += x->hit;
	}
	return STATUS_OK;
}

/* No voucher may pay again for bytes that one before it has paid for: amounts grow with the nonce, strictly. */
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

static enum status check_vouchers(struct line_run *x, struct voucher_check *c)
{
	struct replay *r = x->r;
	struct kv_txn *t;
	enum status s;

	if (address_is_none(&r->channel))
		return STATUS_OK;
	s = kv_begin_read(store_kv(r->client.store), &t);
	if (s != STATUS_OK)
		return s;
	s = store_each_voucher(t, &r->channel, check_voucher, c);
	kv_abort(&t);
	if (s == STATUS_OK && c->wrong)
		s = party_fail(
			&r->tool->party, STATUS_CORRUPT, "%s: a voucher was signed twice for the same bytes", r->name);
	return s;
}

static void report_fault(struct line_run *x, const struct client_deal *d, uint64_t vouchers)
{
	struct replay *r = x->r;
	char fault[40];

	snprintf(fault, sizeof(fault), "%s@%llu", fault_names[x->fault.kind], (unsigned long long)x->fault.at);
	tool_report(r->tool,
		json_pack("{s:o, s:s, s:b, s:i, s:s, s:s, s:I, s:I, s:i}", "recording", tool_json_text(r->name),
			"fault", fault, "hit", x->hit, "exit", (int)status_class(x->caused), "why", x->why, "end",
			deal_state_name(d->state), "rounds_after", (json_int_t)x->rounds_after, "vouchers",
			(json_int_t)vouchers, "deals", (int)x->deals),
		"%s: %s: %s%d%s%s: %s, %llu rounds after it, %llu vouchers%s\n", r->name, fault,
		x->hit ? "exit " : "not reached, exit ", (int)status_class(x->caused), x->why[0] != '\0' ? ", " : "",
		x->why, deal_state_name(d->state), (unsigned long long)x->rounds_after, (unsigned long long)vouchers,
		x->deals > 1 ? ", by a new deal" : "");
}

/* How the deal over the line ended, held against how it should. */
static enum status judge(struct line_run *x)
{
	struct replay *r = x->r;
	struct voucher_check vouchers = {0};
	struct client_deal d;
	const char *wanted = replay_text(r->meta, "final_client_status");
	char why[16];
	bool excused = replay_is_excused(r, why, sizeof(why)), right;
	enum status s = party_get_client(&r->client, &d, r->deal);

	if (s == STATUS_OK)
		s = check_vouchers(x, &vouchers);
	if (s != STATUS_OK)
		return s;
	r->hit = x->hit;
	if (excused)
		wanted = json_is_true(json_object_get(r->scenario, "no_data")) ? "DealStatusDealNotFound"
									       : "DealStatusCompleted";
	right = strcmp(deal_state_name(d.state), wanted) == 0;
	if (x->fault.kind != FAULT_NONE && (x->hit || r->o->fault.at != FAULT_EVERYWHERE) && !(right && r->o->check))
		report_fault(x, &d, vouchers.count);
	if (x->fault.kind == FAULT_NONE) {
		if (!right) {
			r->excused = false;
			replay_differ(r, -1, "end", wanted, deal_state_name(d.state));
		}
		return r->differences == 0
			       ? STATUS_OK
			       : party_fail(&r->tool->party, STATUS_DIFFERS, "%s differs from its recording", r->name);
	}
	if (right)
		return STATUS_OK;
	if (r->o->expect_resume)
		return party_fail(&r->tool->party, STATUS_DIFFERS,
			"%s: the deal did not complete after the fault: %s%s%s", r->name, deal_state_name(d.state),
			d.message[0] != '\0' ? ": " : "", d.message);
	s = x->caused != STATUS_OK ? x->caused : STATUS_END;
	return party_fail(&r->tool->party, s, "%s: %s", r->name, x->why[0] != '\0' ? x->why : status_text(s));
}

enum status replay_line(struct replay *r, struct fault fault)
{
	struct line_run x = {.r = r, .fault = fault};
	enum status s;

	r->deal = 0;
	r->hit = false;
	s = replay_open_scene(r, true);
	if (s == STATUS_OK && !r->has_offer)
		s = party_fail(
			&r->tool->party, STATUS_USAGE, "'%.300s' has no content: there is nothing to sell", r->folder);
	if (s == STATUS_OK)
		s = trade(&x);
	if (s == STATUS_OK)
		s = judge(&x);
	replay_explain(r, s);
	replay_close_scene(r);
	for (int side = 0; side < 2; side++)
		bytes_release(&x.held[side]);
	return s;
}
