/* check_store.c - the invariants of a store, each where its number stands.
 *
 * Reads the store in one transaction, and prints nothing. Knows no rule of the
 * protocol: limits, prices and steps come from deal/.
 */
#include <inttypes.h>
#include <string.h>

#include "check/check_private.h"
#include "store/blocks.h"
#include "store/contents.h"
#include "store/events.h"

#define NAMES 64

enum status judge_read(struct store_check *k, enum status s, const char *what)
{
	if (s == STATUS_CORRUPT) {
		finding(k->f, 24, "%s can't be read: a record is damaged", what);
		return STATUS_OK;
	}
	return s;
}

static void note_record(void *ctx, char letter, enum status verified)
{
	struct store_check *k = ctx;

	(void)letter;
	k->damaged += verified != STATUS_OK;
}

/* Deals: their events. */

struct path {
	struct store_check *k;
	struct deal_name name;
	const char *side;
	enum deal_state state; /* the state after the last event */
	struct amount funds;
	struct amount taken_back; /* the amount of the last voucher that a provider gave back */
	uint64_t bytes, count;
	bool broken;
};

/* Events about recovered vouchers, and late payments, are outside the table of transitions. */
static bool is_beside_table(const struct path *p, const struct event *e)
{
	enum deal_state to = (enum deal_state)e->state;

	if (e->state >= DEAL_STATE_COUNT)
		return false;
	if (p->name.side == SIDE_CLIENT)
		return client_is_recovery(p->state, (enum client_event)e->event, to);
	return e->bytes >= p->bytes && amount_cmp(&e->funds, &p->funds) >= 0 &&
	       provider_is_late_payment(p->state, (enum provider_event)e->event, to);
}

static enum status follow(void *ctx, const struct event *e)
{
	struct path *p = ctx;
	bool client = p->name.side == SIDE_CLIENT;
	struct step step = {.kind = STEP_INVALID};
	const char *event = "an unknown event";

	if (p->broken)
		return STATUS_OK;
	p->count++;
	if (client && e->event < CLIENT_EVENT_COUNT) {
		step = client_step(p->state, (enum client_event)e->event);
		event = client_event_name((enum client_event)e->event);
	} else if (!client && e->event < PROVIDER_EVENT_COUNT) {
		step = provider_step(p->state, (enum provider_event)e->event);
		event = provider_event_name((enum provider_event)e->event);
	}
	if (is_beside_table(p, e)) {
		p->state = (enum deal_state)e->state;
		p->bytes = e->bytes > p->bytes ? e->bytes : p->bytes;
		p->funds = e->funds;
		p->taken_back = e->event == CLIENT_PAYMENT_SENT ? e->funds : amount_zero();
		return STATUS_OK;
	}
	if (step.kind == STEP_INVALID || step.kind == STEP_UNDEFINED)
		finding(p->k->f, 19, "%s deal %" PRIu64 ": event %" PRIu64 ", %s, can't happen in %s", p->side,
			p->name.id, e->sequence, event, deal_state_name(p->state));
	else if (e->state != step.to)
		finding(p->k->f, 19, "%s deal %" PRIu64 ": event %" PRIu64 ", %s, leads from %s to %s, not to %s",
			p->side, p->name.id, e->sequence, event, deal_state_name(p->state), deal_state_name(step.to),
			deal_state_name((unsigned)(e->state < 1000 ? e->state : 1000)));
	else if (e->bytes < p->bytes || amount_cmp(&e->funds, &p->funds) < 0)
		finding(p->k->f, 20, "%s deal %" PRIu64 ": event %" PRIu64 ", %s: a counter falls", p->side, p->name.id,
			e->sequence, event);
	else {
		p->state = step.to;
		p->bytes = e->bytes;
		p->funds = e->funds;
		return STATUS_OK;
	}
	p->broken = true;
	return STATUS_OK;
}

/** struct standing - the state and counters of a deal, of either side. */
struct standing {
	enum deal_state state;
	uint64_t bytes;
	struct amount funds;
};

/* INVARIANTS 19, 20: the events of a deal lead from New to the deal's state, and the counters were written with the events. */
static enum status check_path(
	struct store_check *k, const struct deal_name *name, const struct standing *deal, struct amount *taken_back)
{
	const char *side = name->side == SIDE_CLIENT ? "client" : "provider";
	struct path p = {.k = k,
		.name = *name,
		.side = side,
		.state = DEAL_NEW,
		.funds = amount_zero(),
		.taken_back = amount_zero()};
	enum status s = store_each_event(k->t, &(struct event_range){0, name, SIZE_MAX}, follow, &p);

	*taken_back = p.taken_back;
	if (s == STATUS_CORRUPT) {
		finding(k->f, 24, "%s deal %" PRIu64 ": its events can't be read: a record is damaged", side, name->id);
		return STATUS_OK;
	}
	if (s != STATUS_OK || p.broken)
		return s;
	if (p.state != deal->state)
		finding(k->f, 19, "%s deal %" PRIu64 ": its %" PRIu64 " events end in %s, but it is in %s", side,
			name->id, p.count, deal_state_name(p.state), deal_state_name(deal->state));
	else if (p.bytes != deal->bytes || amount_cmp(&p.funds, &deal->funds) > 0 ||
		 (name->side == SIDE_CLIENT &&
			 amount_cmp(&p.funds, &deal->funds) < 0)) /* late payments reach a provider too */
		finding(k->f, 20, "%s deal %" PRIu64 ": its counters are not those of its last event", side, name->id);
	return STATUS_OK;
}

/* Clients may have used the same ids, by chance or on purpose: then one of the provider's deals with these ids is found. */
static bool shares_ids(struct store_check *k, uint64_t found, uint64_t transfer, const uint8_t *request)
{
	struct provider_deal other;

	return store_get_provider(k->t, &other, found) == STATUS_OK &&
	       (other.transfer == transfer || memcmp(other.request, request, REQUEST_ID_SIZE) == 0);
}

static bool is_found(
	struct store_check *k, const struct deal_name *name, uint64_t found, uint64_t transfer, const uint8_t *request)
{
	return found == name->id || (name->side == SIDE_PROVIDER && shares_ids(k, found, transfer, request));
}

/* INVARIANT 21: the ids of its messages find the deal. For a provider, the client chooses the request id, so any id may come. */
static enum status check_names(
	struct store_check *k, const struct deal_name *name, uint64_t transfer, const uint8_t *request)
{
	uint64_t by_transfer = 0, by_request = name->id;
	enum status s = store_find_transfer(k->t, &by_transfer, name->side, transfer);

	if (s == STATUS_OK && name->side == SIDE_CLIENT)
		s = store_find_request(k->t, &by_request, name->side, request);
	if (s == STATUS_NOT_FOUND || s == STATUS_CORRUPT ||
		(s == STATUS_OK && (!is_found(k, name, by_transfer, transfer, request) ||
					   !is_found(k, name, by_request, transfer, request)))) {
		finding(k->f, 21, "%s deal %" PRIu64 " is not found by the ids of its messages",
			name->side == SIDE_CLIENT ? "client" : "provider", name->id);
		s = STATUS_OK;
	}
	return s;
}

/* INVARIANT 14 */
static void check_sign(struct store_check *k, const char *side, uint64_t id, const struct amount *a, const char *what)
{
	char text[AMOUNT_TEXT_MAX];

	if (amount_is_negative(a))
		finding(k->f, 14, "%s deal %" PRIu64 ": %s is %s afil", side, id, what, amount_decimal(text, a));
}

/* Deals: the buyer's money. */

/* INVARIANT 20: the amount spent is the amount of the last voucher. */
static enum status check_last_voucher(struct store_check *k, const struct client_deal *d)
{
	struct lane_record lane;
	enum status s;

	if (d->voucher_nonce == 0) {
		if (!amount_is_zero(&d->funds_spent))
			finding(k->f, 20, "client deal %" PRIu64 " has spent money, but signed no voucher", d->id);
		return STATUS_OK;
	}
	s = store_get_lane(k->t, &lane, &d->channel, d->lane);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return judge_read(k, s, "a lane");
	if (s == STATUS_NOT_FOUND || !d->has_lane || lane.deal != d->id || lane.nonce != d->voucher_nonce ||
		amount_cmp(&lane.amount, &d->funds_spent) != 0)
		finding(k->f, 20, "client deal %" PRIu64 ": its lane does not have its last voucher, nonce %" PRIu64,
			d->id, d->voucher_nonce);
	return STATUS_OK;
}

/*
 * INVARIANT 5. A restored store has lost the blocks that its last vouchers paid for, until the provider sends the blocks
 * again: the amount @taken_back, of recovered vouchers, may be spent.
 */
static void check_spent(struct store_check *k, const struct client_deal *d, const struct amount *taken_back)
{
	char spent[AMOUNT_TEXT_MAX], most[AMOUNT_TEXT_MAX];
	struct amount worth;

	amount_decimal(spent, &d->funds_spent);
	if (amount_cmp(&d->funds_spent, &d->max_total) > 0)
		finding(k->f, 5, "client deal %" PRIu64 ": %s afil spent, above its ceiling of %s afil", d->id, spent,
			amount_decimal(most, &d->max_total));
	if (!price_of(&worth, &d->params, d->total_received))
		finding(k->f, 5, "client deal %" PRIu64 ": the price of its received bytes does not fit an amount",
			d->id);
	else if (amount_cmp(&d->funds_spent, &worth) > 0 && amount_cmp(&d->funds_spent, taken_back) > 0)
		finding(k->f, 5,
			"client deal %" PRIu64 ": %s afil spent, but its %" PRIu64 " verified bytes are worth %s afil",
			d->id, spent, d->total_received, amount_decimal(most, &worth));
	else if (d->state == DEAL_COMPLETED && amount_cmp(&d->funds_spent, &worth) < 0) /* INVARIANT 9 */
		finding(k->f, 9, "client deal %" PRIu64 " is completed, but %s afil of %s afil are paid", d->id, spent,
			amount_decimal(most, &worth));
}

static enum status check_client(struct store_check *k, const struct deal_name *name)
{
	struct client_deal d;
	struct amount taken_back;
	bool whole = false;
	enum status s = store_get_client(k->t, &d, name->id);

	if (s == STATUS_CORRUPT || s == STATUS_NOT_FOUND) {
		finding(k->f, 24, "client deal %" PRIu64 " can't be read: %s", name->id, status_text(s));
		return STATUS_OK;
	}
	if (s != STATUS_OK)
		return s;
	check_sign(k, "client", d.id, &d.funds_spent, "the amount spent");
	check_sign(k, "client", d.id, &d.payment_requested, "the payment requested");
	check_sign(k, "client", d.id, &d.shortfall, "the shortfall");
	s = check_last_voucher(k, &d);
	if (s != STATUS_OK)
		return s;
	s = check_path(k, name, &(struct standing){d.state, d.total_received, d.funds_spent}, &taken_back);
	if (s != STATUS_OK)
		return s;
	check_spent(k, &d, &taken_back);
	s = check_names(k, name, d.transfer, d.request);
	if (s == STATUS_OK)
		s = check_deal_blocks(k->f, &whole, k->store, k->t, &d);
	if (s == STATUS_CORRUPT)
		return judge_read(k, s, "the blocks of a client deal");
	if (s == STATUS_OK && (d.state == DEAL_COMPLETED || d.all_blocks_received) && !whole) /* INVARIANT 9 */
		finding(k->f, 9, "client deal %" PRIu64 " is marked as having all blocks, but the walk of %s", d.id,
			"its payload is not over");
	return s;
}

/* Deals: the seller's money. */

struct sent {
	uint64_t blocks, bytes, largest;
};

static enum status add_sent(void *ctx, const struct cid *c, const struct block_place *p)
{
	struct sent *sent = ctx;

	(void)c;
	sent->blocks++;
	sent->bytes += p->len;
	if (p->len > sent->largest)
		sent->largest = p->len;
	return STATUS_OK;
}

/* INVARIANTS 7, 8: at most one interval and one block is sent beyond the paid bytes; and each byte is in a block sent once. */
static enum status check_sent(struct store_check *k, const struct provider_deal *d)
{
	struct sent sent = {0};
	struct amount for_data;
	uint64_t paid = 0, limit;
	enum status s = store_each_kept(k->t, SIDE_PROVIDER, d->id, add_sent, &sent);

	if (s != STATUS_OK)
		return judge_read(k, s, "the blocks of a provider deal");
	/* Older stores also record the blocks that the client had before the deal, as blocks of 0 bytes. */
	if (sent.bytes != d->total_sent ||
		(sent.blocks != d->blocks_sent && sent.blocks != d->blocks_sent + d->seeded_blocks))
		finding(k->f, 8,
			"provider deal %" PRIu64 ": %" PRIu64 " bytes in %" PRIu64
			" blocks sent, but the blocks noted are %" PRIu64 " bytes in "
			"%" PRIu64,
			d->id, d->total_sent, d->blocks_sent, sent.bytes, sent.blocks);
	if (d->resume_sent > d->total_sent || d->resume_blocks > d->blocks_sent)
		finding(k->f, 8,
			"provider deal %" PRIu64 " would resume at byte %" PRIu64 ", beyond the %" PRIu64
			" that it sent",
			d->id, d->resume_sent, d->total_sent);
	if (amount_is_zero(&d->params.price_per_byte))
		return STATUS_OK;
	if (!amount_sub(&for_data, &d->funds_received, &d->params.unseal_price) ||
		!amount_div_bytes(&paid, &for_data, &d->params.price_per_byte))
		paid = UINT64_MAX;
	limit = interval_next(&d->params, paid);
	if (d->total_sent > limit && d->total_sent - limit >= sent.largest)
		finding(k->f, 7,
			"provider deal %" PRIu64 ": %" PRIu64 " bytes sent, where %" PRIu64
			" are paid for and the next limit is %" PRIu64,
			d->id, d->total_sent, paid, limit);
	return STATUS_OK;
}

/* struct owned - the lanes that pay for one deal. */
struct owned {
	struct kv_txn *t;
	uint64_t deal;
	struct amount sum;
	struct amount
		forgotten; /* the most that was redeemed before this home knew the lanes: their first vouchers here */
	const struct address *channel;
	uint64_t lane;
};

/* Only the first voucher of the lane counts: END. */
static enum status add_first(void *ctx, uint64_t lane, uint64_t nonce, struct span bytes)
{
	struct owned *owned = ctx;
	struct voucher v;

	if (lane != owned->lane)
		return STATUS_OK;
	if (nonce > 1 && (voucher_decode(&v, bytes) != STATUS_OK ||
				 !amount_add(&owned->forgotten, &owned->forgotten, &v.amount)))
		return STATUS_CORRUPT;
	return STATUS_END;
}

static enum status add_lane(void *ctx, const struct lane_record *lane)
{
	struct owned *owned = ctx;
	enum status s;

	if (lane->deal != owned->deal)
		return STATUS_OK;
	owned->lane = lane->lane;
	s = store_each_voucher(owned->t, owned->channel, add_first, owned);
	if (s != STATUS_OK && s != STATUS_END)
		return s;
	return amount_add(&owned->sum, &owned->sum, &lane->amount) ? STATUS_OK : STATUS_CORRUPT;
}

static enum status add_lanes(void *ctx, const struct channel *c)
{
	struct owned *owned = ctx;

	owned->channel = &c->address;
	return c->outbound ? STATUS_OK : store_each_lane(owned->t, &c->address, add_lane, owned);
}

/* A lane that an older copy of this home has forgotten was credited from the amount on that the ledger had redeemed. */
static bool is_credit(const struct owned *owned, const struct amount *credit)
{
	struct amount least;

	return amount_cmp(credit, &owned->sum) <= 0 && amount_sub(&least, &owned->sum, &owned->forgotten) &&
	       amount_cmp(credit, &least) >= 0;
}

/* INVARIANT 6: the credit of a deal is the amount that its vouchers have added: the sum of the best amounts of its lanes. */
static enum status check_credit(struct store_check *k, const struct provider_deal *d)
{
	char credit[AMOUNT_TEXT_MAX], best[AMOUNT_TEXT_MAX];
	struct lane_record lane = {.amount = amount_zero()};
	struct owned owned = {.t = k->t, .deal = d->id, .sum = amount_zero(), .forgotten = amount_zero()};
	enum status s = STATUS_OK;

	if (!address_is_none(&d->channel))
		s = store_get_lane(k->t, &lane, &d->channel, d->lane);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return judge_read(k, s, "a lane");
	if (amount_cmp(&lane.amount, &d->funds_received) == 0) {
		if (!address_is_none(&d->channel) && lane.deal != d->id)
			finding(k->f, 6, "provider deal %" PRIu64 ": its lane pays for deal %" PRIu64, d->id,
				lane.deal);
		return STATUS_OK;
	}
	s = store_each_channel(k->t, add_lanes, &owned);
	if (s != STATUS_OK)
		return judge_read(k, s, "a lane");
	if (!is_credit(&owned, &d->funds_received))
		finding(k->f, 6,
			"provider deal %" PRIu64 ": %s afil received, but the best vouchers of its lanes have %s afil",
			d->id, amount_decimal(credit, &d->funds_received), amount_decimal(best, &owned.sum));
	return STATUS_OK;
}

static enum status check_provider(struct store_check *k, const struct deal_name *name)
{
	char paid[AMOUNT_TEXT_MAX], worth_text[AMOUNT_TEXT_MAX];
	struct provider_deal d;
	struct amount worth, taken_back;
	enum status s = store_get_provider(k->t, &d, name->id);

	if (s == STATUS_CORRUPT || s == STATUS_NOT_FOUND) {
		finding(k->f, 24, "provider deal %" PRIu64 " can't be read: %s", name->id, status_text(s));
		return STATUS_OK;
	}
	if (s != STATUS_OK)
		return s;
	check_sign(k, "provider", d.id, &d.funds_received, "the amount received");
	if (d.state == DEAL_COMPLETED && !d.all_blocks_sent) /* INVARIANT 9 */
		finding(k->f, 9, "provider deal %" PRIu64 " is completed, but not all blocks are sent", d.id);
	if (d.state == DEAL_COMPLETED && price_of(&worth, &d.params, d.total_sent) &&
		amount_cmp(&d.funds_received, &worth) < 0)
		finding(k->f, 9, "provider deal %" PRIu64 " is completed, but %s afil of %s afil are paid", d.id,
			amount_decimal(paid, &d.funds_received), amount_decimal(worth_text, &worth));
	s = check_credit(k, &d);
	if (s != STATUS_OK)
		return s;
	s = check_sent(k, &d);
	if (s != STATUS_OK)
		return s;
	s = check_path(k, name, &(struct standing){d.state, d.total_sent, d.funds_received}, &taken_back);
	if (s != STATUS_OK)
		return s;
	s = check_names(k, name, d.transfer, d.request);
	if (s != STATUS_OK)
		return s;
	return check_count(k, &d);
}

static enum status check_deals(struct store_check *k)
{
	struct deal_name names[NAMES];
	uint64_t before = 0;
	size_t count;
	enum status s;

	do {
		count = NAMES;
		s = store_list_deals(k->t, names, &count, &before, before);
		if (s != STATUS_OK)
			return judge_read(k, s, "the list of deals");
		for (size_t i = 0; i < count && s == STATUS_OK; i++)
			s = names[i].side == SIDE_CLIENT ? check_client(k, &names[i]) : check_provider(k, &names[i]);
	} while (s == STATUS_OK && count == NAMES && before > 1);
	return s;
}

static enum status check_all(struct store_check *k)
{
	char why[KV_WHY_MAX];
	enum status s = kv_check_pages(k->t, why);

	if (s == STATUS_CORRUPT) { /* to read more could crash */
		finding(k->f, 24, "%s", why);
		return STATUS_OK;
	}
	if (s != STATUS_OK)
		return s;
	s = store_each_record(k->t, note_record, k);
	if (k->damaged != 0)
		finding(k->f, 24, "%" PRIu64 " of its records do not verify", k->damaged);
	s = judge_read(k, s, "the store");
	if (s != STATUS_OK)
		return s;
	s = check_deals(k);
	if (s != STATUS_OK)
		return s;
	s = check_clients(k);
	if (s != STATUS_OK)
		return s;
	s = check_messages(k);
	if (s != STATUS_OK)
		return s;
	s = judge_read(k, store_each_channel(k->t, check_channel, k), "the list of channels");
	if (s != STATUS_OK)
		return s;
	return judge_read(k, store_each_offer(k->t, check_offer, k), "the list of offers");
}

enum status check_store(struct findings *f, struct store *store, struct kv_txn *txn, enum network network,
	struct channel_claims *claims)
{
	struct store_check k = {.f = f, .store = store, .t = txn, .claims = claims, .network = network};
	enum status s = check_all(&k);

	check_clients_release(&k);
	return s;
}
