/* take_voucher.c - keeping a voucher that pays us, from any source.
 *
 * The rules (deal/provider.h) make every judgement; this file reads the facts
 * from the ledger and the store, and makes the outcome durable. Knows no deal.
 */
#include "funds/take_voucher.h"

#include <inttypes.h>

#include "binding/accept_older.h"
#include "store/conditional.h"
#include "wire/channel_state.h"

/* Would the lane make a tree of lanes, whose highest is @last, higher by more than a level? */
static bool is_far(uint64_t lane, uint64_t last)
{
	return lane / LANES_SLOTS > last;
}

/** struct held - the store's records of a voucher's channel, and what the other lanes hold. */
struct held {
	bool known; /* the store has the channel */
	struct channel channel;
	struct amount elsewhere;
};

/*
 * MONEY 24: does the ledger take fees, and would the voucher's lane make its tree of lanes higher by more than a level?
 * Whoever uses low lanes is not asked for.
 */
static enum status ask_price(struct party *party, struct voucher_facts *facts, const struct voucher *v)
{
	uint64_t last = 0;
	enum status s;

	if (v->lane < PAYCH_NEAR_LANES)
		return STATUS_OK;
	s = ledger_last_lane(party->ledger, &last, &v->channel);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	s = ledger_base_fee(party->ledger, &facts->base_fee);
	if (s != STATUS_OK)
		return s;
	facts->far = !amount_is_zero(&facts->base_fee) && is_far(v->lane, last);
	return amount_mul_bytes(&facts->to_redeem, &facts->base_fee, paych_gas_of_update(v->lane)) ? STATUS_OK
												   : STATUS_BAD_AMOUNT;
}

enum status funds_refuse_dear(struct refusal *why, const struct voucher_facts *facts, const struct voucher *v)
{
	char base[AMOUNT_TEXT_MAX], fee[AMOUNT_TEXT_MAX];

	return provider_refuse(why, STATUS_TOO_DEAR,
		"the voucher is taken, but to redeem one of lane %" PRIu64
		" costs %s afil, at %s afil for each gas: nothing more is sent before it is for more, or on a lane "
		"below "
		"%" PRIu64,
		v->lane, amount_decimal(fee, &facts->to_redeem), amount_decimal(base, &facts->base_fee),
		PAYCH_NEAR_LANES);
}

/*
 * A channel that a reorganisation can still take away covers nothing, nor does another channel that had its address
 * before.
 */
static enum status ask_finality(struct party *party, struct voucher_facts *facts, const struct address *channel)
{
	CLEAN_PAYCH struct paych final = {.lanes = NULL};
	enum status s = ledger_final_channel(party->ledger, &final, channel);

	facts->final = amount_zero();
	if (s == STATUS_OK && address_equal(&final.from, &facts->head.from) &&
		address_equal(&final.to, &facts->head.to))
		facts->final = final.balance;
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

enum status funds_ask_ledger(
	struct party *party, struct refusal *why, struct voucher_facts *facts, const struct voucher *v)
{
	struct paych_lane lane;
	enum status s = ledger_channel(party->ledger, &facts->head, &v->channel);

	if (s == STATUS_NOT_FOUND)
		return provider_refuse(why, STATUS_NOT_SPENDABLE, "the ledger has no such channel");
	if (s == STATUS_UNSUPPORTED) /* what a contract or an Ethereum account signs, no ledger believes */
		return provider_refuse(
			why, STATUS_NOT_SPENDABLE, "a party to the channel has no key that signs vouchers");
	if (s != STATUS_OK)
		return s;
	s = ask_finality(party, facts, &v->channel);
	if (s != STATUS_OK)
		return s;
	s = ledger_lane(party->ledger, &lane, &v->channel, v->lane);
	if (s == STATUS_OK) {
		facts->redeemed = lane.redeemed;
		s = paych_put_lane(&facts->head, &lane);
	}
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	s = ledger_epoch(party->ledger, &facts->epoch);
	if (s != STATUS_OK)
		return s;
	s = ask_price(party, facts, v);
	if (s != STATUS_OK)
		return s;
	if (voucher_signer(&facts->signer, v) != STATUS_OK)
		return provider_refuse(why, STATUS_BAD_SIGNATURE, "the voucher's signature does not verify");
	return STATUS_OK;
}

void voucher_facts_release(struct voucher_facts *facts)
{
	paych_release(&facts->head);
}

/*
 * Add up the amounts of all other lanes: the greater of the held and the redeemed amount, because our store may be
 * older than the ledger.
 */
static enum status add_up_elsewhere(
	struct held *store, const struct voucher_facts *facts, const struct taken_voucher *taken)
{
	struct amount held = store->known ? store->channel.committed : amount_zero(), redeemed = facts->head.to_send;

	if (taken->had_lane && !amount_sub(&held, &held, &taken->lane.amount))
		return STATUS_BAD_AMOUNT;
	if (!amount_sub(&redeemed, &redeemed, &facts->redeemed))
		return STATUS_BAD_AMOUNT;
	store->elsewhere = amount_cmp(&held, &redeemed) > 0 ? held : redeemed;
	return STATUS_OK;
}

/** struct other_lanes - the highest lane that is held beside one. */
struct other_lanes {
	uint64_t but, highest;
};

static enum status look_at_lane(void *ctx, const struct lane_record *lane)
{
	struct other_lanes *others = ctx;

	if (lane->lane != others->but && lane->lane > others->highest)
		others->highest = lane->lane;
	return STATUS_OK;
}

/* MONEY 24. What is worth its fee is never dear. */
static enum status judge_lane(struct kv_txn *txn, struct taken_voucher *taken, const struct incoming_voucher *in)
{
	struct other_lanes others = {.but = in->voucher->lane};
	enum status s;

	if (!in->facts->far || amount_cmp(&in->voucher->amount, &in->facts->to_redeem) > 0)
		return STATUS_OK;
	s = store_each_lane(txn, &in->voucher->channel, look_at_lane, &others);
	taken->dear = s == STATUS_OK && is_far(in->voucher->lane, others.highest);
	return s;
}

static enum status ask_store(
	struct kv_txn *txn, struct held *store, struct taken_voucher *taken, const struct incoming_voucher *in)
{
	const struct voucher *v = in->voucher;
	enum status s = store_get_lane(txn, &taken->lane, &v->channel, v->lane);

	taken->had_lane = s == STATUS_OK;
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	s = store_get_channel(txn, &store->channel, &v->channel);
	store->known = s == STATUS_OK;
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	if (taken->had_lane && !store->known)
		return STATUS_CORRUPT;
	taken->settling = in->facts->head.settling_at != 0;
	s = judge_lane(txn, taken, in);
	if (s != STATUS_OK)
		return s;
	return add_up_elsewhere(store, in->facts, taken);
}

/* An amount that was redeemed before this home had the channel can't be promised again. */
static enum status put_channel(struct kv_txn *txn, const struct held *store, const struct incoming_voucher *in)
{
	const struct voucher_facts *facts = in->facts;
	struct channel fresh = {.address = in->voucher->channel, .from = facts->head.from, .to = facts->head.to};

	if (store->known && store->channel.collected) { /* the ledger was put back, and has the channel again */
		fresh = store->channel;
		accept_return(&fresh);
		return store_put_channel(txn, &fresh);
	}
	if (store->known)
		return STATUS_OK;
	if (!amount_sub(&fresh.committed, &facts->head.to_send, &facts->redeemed))
		return STATUS_BAD_AMOUNT;
	return store_put_channel(txn, &fresh);
}

static enum status keep(struct kv_txn *txn, const struct held *store, const struct taken_voucher *taken,
	const struct incoming_voucher *in)
{
	const struct voucher *v = in->voucher;
	struct lane_record lane = {.lane = v->lane, .nonce = v->nonce, .amount = v->amount, .deal = in->deal};
	CLEAN_BYTES struct bytes bytes = {0};
	enum status s = put_channel(txn, store, in);

	if (s != STATUS_OK)
		return s;
	voucher_write(&bytes, v);
	s = bytes_status(&bytes);
	if (s != STATUS_OK)
		return s;
	if (in->secret.len != 0)
		s = store_put_secret(txn, &v->channel, v->lane, v->nonce, in->secret);
	if (s != STATUS_OK)
		return s;
	if (in->facts->waits)
		return store_put_waiting(txn, &v->channel, v->lane, v->nonce, bytes_span(&bytes));
	s = store_drop_waiting(txn, &v->channel, v->lane, v->nonce);
	if (s != STATUS_OK)
		return s;
	s = store_put_voucher(txn, &v->channel, v->lane, v->nonce, bytes_span(&bytes));
	if (s != STATUS_OK)
		return s;
	if (taken->had_lane && taken->lane.deal != 0)
		lane.deal = taken->lane.deal;
	return store_put_lane(txn, &v->channel, &lane);
}

static enum status judge(
	struct refusal *why, struct taken_voucher *taken, const struct incoming_voucher *in, const struct held *store)
{
	struct payment_context context = {.channel = &in->facts->head,
		.payee = in->payee,
		.signer = &in->facts->signer,
		.lane = taken->had_lane ? &taken->lane : NULL,
		.held_elsewhere = &store->elsewhere,
		.epoch = in->facts->epoch,
		.tried = in->facts->tried || in->facts->waits};
	enum status s = provider_judge_voucher(why, &taken->delta, in->voucher, &context);

	/* A lane that had no deal has paid for this deal from the lane's beginning. */
	if (s == STATUS_OK && taken->had_lane && taken->lane.deal == 0 && in->deal != 0)
		taken->delta = in->voucher->amount;
	return s;
}

/* A voucher that waits already adds nothing. */
static enum status check_waiting(struct kv_txn *txn, struct taken_voucher *taken, const struct incoming_voucher *in)
{
	const struct voucher *v = in->voucher;
	bool waits = false;
	enum status s;

	if (!in->facts->waits)
		return STATUS_OK;
	s = store_has_waiting(txn, &waits, &v->channel, v->lane, v->nonce);
	if (waits)
		taken->delta = amount_zero();
	return s;
}

/* MONEY 25: would a deal be credited with more than the channel has at finality, and the risk? */
static enum status check_finality(
	struct taken_voucher *taken, const struct incoming_voucher *in, const struct held *store)
{
	bool credits = in->deal != 0 || (taken->had_lane && taken->lane.deal != 0);
	struct amount all, sure;

	if (!credits || in->facts->waits)
		return STATUS_OK;
	if (!amount_add(&all, &store->elsewhere, &in->voucher->amount) ||
		!amount_add(&sure, &in->facts->final, &in->risk))
		return STATUS_BAD_AMOUNT;
	taken->unsure = amount_cmp(&all, &sure) > 0;
	return STATUS_OK;
}

/* A lane without a deal keeps the voucher, and pays for the deal once the voucher comes again. */
static enum status keep_unsure(
	struct kv_txn *txn, const struct held *store, struct taken_voucher *taken, const struct incoming_voucher *in)
{
	struct incoming_voucher without = *in;
	enum status s = STATUS_OK;

	without.deal = 0;
	if (!taken->had_lane || taken->lane.deal == 0)
		s = keep(txn, store, taken, &without);
	taken->delta = amount_zero();
	return s;
}

enum status funds_take_voucher(
	struct kv_txn *txn, struct refusal *why, struct taken_voucher *taken, const struct incoming_voucher *in)
{
	struct held store = {.known = false};
	enum status s;

	*taken = (struct taken_voucher){.delta = amount_zero(), .waits = in->facts->waits};
	s = ask_store(txn, &store, taken, in);
	if (s != STATUS_OK)
		return s;
	s = judge(why, taken, in, &store);
	if (s != STATUS_OK || amount_is_zero(&taken->delta))
		return s;
	s = check_waiting(txn, taken, in);
	if (s != STATUS_OK || amount_is_zero(&taken->delta))
		return s;
	s = check_finality(taken, in, &store);
	if (s != STATUS_OK)
		return s;
	return taken->unsure ? keep_unsure(txn, &store, taken, in) : keep(txn, &store, taken, in);
}
