/* check_channels.c - the channels of a store: their lanes and vouchers, and the committed amounts. */
#include "check/check_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"

#include "store/conditional.h"

struct channel_check {
	struct store_check *k;
	const struct channel *c;
	char name[ADDRESS_TEXT_MAX];
	struct amount sum; /* sum of the lanes' best vouchers */
	uint64_t lanes;
	uint64_t lane, nonce; /* the voucher before this one */
	struct amount amount;
};

/* The store's best voucher of a lane must be the last voucher of the lane. */
static enum status check_best(struct channel_check *k)
{
	struct lane_record lane;
	enum status s;

	if (k->nonce == 0)
		return STATUS_OK;
	s = store_get_lane(k->k->t, &lane, &k->c->address, k->lane);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return judge_read(k->k, s, "a lane");
	if (s == STATUS_NOT_FOUND || lane.nonce != k->nonce || amount_cmp(&lane.amount, &k->amount) != 0)
		finding(k->k->f, 6,
			"channel %s, lane %" PRIu64
			": the record of the lane differs from its last voucher, nonce %" PRIu64,
			k->name, k->lane, k->nonce);
	return STATUS_OK;
}

/* INVARIANT 18 and 2, for one voucher by itself. */
static bool check_voucher_alone(
	struct channel_check *k, struct voucher *v, uint64_t lane, uint64_t nonce, struct span bytes)
{
	struct bytes again = {0};
	struct address signer;
	enum status s = voucher_decode(v, bytes);
	bool same;

	if (s != STATUS_OK) {
		finding(k->k->f, 24, "channel %s, lane %" PRIu64 ": voucher %" PRIu64 " does not decode: %s", k->name,
			lane, nonce, status_text(s));
		return false;
	}
	voucher_write(&again, v);
	same = span_equal(bytes_span(&again), bytes);
	bytes_release(&again);
	if (!same)
		finding(k->k->f, 18,
			"channel %s, lane %" PRIu64 ": voucher %" PRIu64 " does not encode back to its bytes", k->name,
			lane, nonce);
	if (!address_equal(&v->channel, &k->c->address) || v->lane != lane || v->nonce != nonce)
		finding(k->k->f, 2,
			"channel %s, lane %" PRIu64 ": voucher %" PRIu64 " names another channel, lane or nonce",
			k->name, lane, nonce);
	if (voucher_signer(&signer, v) != STATUS_OK || !address_equal(&signer, &k->c->from))
		finding(k->k->f, 2,
			"channel %s, lane %" PRIu64 ": voucher %" PRIu64 " is not signed by the channel's payer",
			k->name, lane, nonce);
	return true;
}

/* INVARIANT 2: on each lane nonces and amounts strictly rise. Vouchers come in the order of lane and nonce. */
static enum status check_voucher(void *ctx, uint64_t lane, uint64_t nonce, struct span bytes)
{
	char now[AMOUNT_TEXT_MAX], before[AMOUNT_TEXT_MAX];
	struct channel_check *k = ctx;
	struct voucher v;
	enum status s = STATUS_OK;

	if (lane != k->lane || k->nonce == 0) {
		s = check_best(k);
		k->nonce = 0;
		k->amount = amount_zero();
	}
	if (!check_voucher_alone(k, &v, lane, nonce, bytes))
		return s;
	if (nonce == 0 || (k->nonce != 0 && nonce <= k->nonce) || amount_cmp(&v.amount, &k->amount) <= 0)
		finding(k->k->f, 2,
			"channel %s, lane %" PRIu64 ": voucher %" PRIu64 " has %s afil, after voucher %" PRIu64
			" with %s afil",
			k->name, lane, nonce, amount_decimal(now, &v.amount), k->nonce,
			amount_decimal(before, &k->amount));
	k->lane = lane;
	k->nonce = nonce;
	k->amount = v.amount;
	return s;
}

/* A voucher that waits for its time is on no lane; it must be one all the same. */
static enum status check_waiting(void *ctx, uint64_t lane, uint64_t nonce, struct span bytes)
{
	struct channel_check *k = ctx;
	struct voucher v;

	check_voucher_alone(k, &v, lane, nonce, bytes);
	return STATUS_OK;
}

static enum status add_lane(void *ctx, const struct lane_record *l)
{
	struct channel_check *k = ctx;
	struct bytes voucher = {0};
	enum status s;

	k->lanes++;
	if (amount_is_negative(&l->amount) || !amount_add(&k->sum, &k->sum, &l->amount))
		finding(k->k->f, 14, "channel %s, lane %" PRIu64 ": the amount of its best voucher is not valid",
			k->name, l->lane);
	if (l->nonce == 0)
		return STATUS_OK;
	s = store_get_voucher(k->k->t, &voucher, &k->c->address, l->lane, l->nonce);
	bytes_release(&voucher);
	if (s == STATUS_NOT_FOUND)
		finding(k->k->f, 20,
			"channel %s, lane %" PRIu64 ": its best voucher, nonce %" PRIu64 ", is not in the store",
			k->name, l->lane, l->nonce);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

static void committed_differs(
	struct findings *f, const char *name, const struct amount *committed, const struct amount *sum)
{
	char committed_text[AMOUNT_TEXT_MAX], sum_text[AMOUNT_TEXT_MAX];

	finding(f, 6, "channel %s: %s afil committed, but the best vouchers of its lanes have %s afil", name,
		amount_decimal(committed_text, committed), amount_decimal(sum_text, sum));
}

static enum status add_claim(struct channel_claims *claims, const struct channel_claim *claim)
{
	struct channel_claim *at = array_grow(claims->at, claims->count, &claims->room, sizeof(*at));

	if (at == NULL)
		return STATUS_NO_MEMORY;
	claims->at = at;
	claims->at[claims->count++] = *claim;
	return STATUS_OK;
}

void channel_claims_release(struct channel_claims *claims)
{
	free(claims->at);
	*claims = (struct channel_claims){0};
}

/*
 * INVARIANT 4. No damage makes a channel hold less than its vouchers promise: an older copy of the payer's home has
 * promised again what the home had forgotten, and vouchers came back; or an older copy of the ledger holds less.
 */
static void find_shortfall(
	struct findings *f, const char *name, const struct channel_claim *claim, const struct amount *balance)
{
	char committed[AMOUNT_TEXT_MAX], holds[AMOUNT_TEXT_MAX], lacks[AMOUNT_TEXT_MAX],
		command[AMOUNT_TEXT_MAX + ADDRESS_TEXT_MAX + 40] = "";
	struct amount shortfall;

	if (!amount_sub(&shortfall, &claim->committed, balance))
		shortfall = amount_zero();
	amount_decimal(lacks, &shortfall);
	if (claim->outbound)
		snprintf(command, sizeof(command), ": channel add-funds %s %safil", name, lacks);
	finding_owed(f, 4, "channel %s: its vouchers promise %s afil, and it holds %s afil, short %s afil%s", name,
		amount_decimal(committed, &claim->committed), amount_decimal(holds, balance), lacks, command);
}

/* INVARIANT 6. An imported channel has more committed than its lanes show: the amount redeemed before the import. */
static enum status check_committed(struct channel_check *k)
{
	struct channel_claim claim = {
		.channel = k->c->address, .outbound = k->c->outbound, .committed = k->c->committed, .sum = k->sum};
	bool all_known = k->c->outbound && k->lanes == k->c->next_lane;
	struct amount over;
	bool wrong = !amount_sub(&over, &k->c->committed, &k->sum) || amount_is_negative(&over);

	claim.differs = !wrong && !amount_is_zero(&over) && !all_known;
	if (wrong || (!amount_is_zero(&over) && all_known))
		committed_differs(k->k->f, k->name, &k->c->committed, &k->sum);
	if (k->c->outbound && k->lanes > k->c->next_lane)
		finding(k->k->f, 6, "channel %s: %" PRIu64 " lanes, but only %" PRIu64 " lane numbers were given out",
			k->name, k->lanes, k->c->next_lane);
	return k->k->claims != NULL ? add_claim(k->k->claims, &claim) : STATUS_OK;
}

/* INVARIANT 4, and 6 with what the ledger has redeemed. */
static enum status check_claim(
	struct findings *f, struct ledger *ledger, const struct channel_claim *claim, enum network network)
{
	char name[ADDRESS_TEXT_MAX];
	CLEAN_PAYCH struct paych head = {0};
	struct amount over;
	enum status s = ledger_channel(ledger, &head, &claim->channel);

	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	address_text(name, &claim->channel, network);
	if (claim->differs &&
		(!amount_sub(&over, &claim->committed, &claim->sum) || amount_cmp(&over, &head.to_send) > 0))
		committed_differs(f, name, &claim->committed, &claim->sum);
	if (amount_cmp(&claim->committed, &head.balance) > 0)
		find_shortfall(f, name, claim, &head.balance);
	return STATUS_OK;
}

enum status check_claims(
	struct findings *f, struct ledger *ledger, const struct channel_claims *claims, enum network network)
{
	enum status s = STATUS_OK;

	for (size_t i = 0; s == STATUS_OK && i < claims->count; i++)
		s = check_claim(f, ledger, &claims->at[i], network);
	return s;
}

static enum status check_lanes(struct channel_check *k)
{
	enum status s = store_each_lane(k->k->t, &k->c->address, add_lane, k);

	if (s != STATUS_OK)
		return s;
	s = store_each_voucher(k->k->t, &k->c->address, check_voucher, k);
	if (s != STATUS_OK)
		return s;
	s = check_best(k);
	if (s != STATUS_OK)
		return s;
	s = store_each_waiting(k->k->t, &k->c->address, check_waiting, k);
	return s == STATUS_OK ? check_committed(k) : s;
}

enum status check_channel(void *ctx, const struct channel *c)
{
	struct channel_check k = {.k = ctx, .c = c, .sum = amount_zero(), .amount = amount_zero()};

	address_text(k.name, &c->address, k.k->network);
	return judge_read(k.k, check_lanes(&k), "a channel's lanes and vouchers");
}
