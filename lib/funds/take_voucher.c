/* take_voucher.c - keeping a voucher that pays us, from any source.
 *
 * The rules (deal/provider.h) make every judgement; this file reads the facts
 * from the ledger and the store, and makes the outcome durable. Knows no deal.
 */
#include "funds/take_voucher.h"

#include "funds/accept_older.h"

/** struct facts - the store's and the ledger's records of a voucher's channel and lane. */
struct facts {
	struct paych head; /* with the voucher's lane, if the ledger has the lane */
	bool known;        /* the store has the channel */
	struct channel channel;
	struct amount redeemed; /* redeemed amount of the lane */
	struct amount held_elsewhere;
	struct address signer;
	int64_t epoch;
};

static enum status ask_ledger(struct party *party, struct refusal *why, struct facts *facts, const struct voucher *v)
{
	struct paych_lane lane;
	enum status s = ledger_channel(party->ledger, &facts->head, &v->channel);

	if (s == STATUS_NOT_FOUND)
		return provider_refuse(why, STATUS_NOT_SPENDABLE, "the ledger has no such channel");
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
	if (voucher_signer(&facts->signer, v) != STATUS_OK)
		return provider_refuse(why, STATUS_BAD_SIGNATURE, "the voucher's signature does not verify");
	return STATUS_OK;
}

/*
 * Add up the amounts of all other lanes: the greater of the held and the redeemed amount, because our store may be
 * older than the ledger.
 */
static enum status add_up_elsewhere(struct facts *facts, const struct taken_voucher *taken)
{
	struct amount held = facts->known ? facts->channel.committed : amount_zero(), redeemed = facts->head.to_send;

	if (taken->had_lane && !amount_sub(&held, &held, &taken->lane.amount))
		return STATUS_BAD_AMOUNT;
	if (!amount_sub(&redeemed, &redeemed, &facts->redeemed))
		return STATUS_BAD_AMOUNT;
	facts->held_elsewhere = amount_cmp(&held, &redeemed) > 0 ? held : redeemed;
	return STATUS_OK;
}

static enum status ask_store(
	struct kv_txn *txn, struct facts *facts, struct taken_voucher *taken, const struct voucher *v)
{
	enum status s = store_get_lane(txn, &taken->lane, &v->channel, v->lane);

	taken->had_lane = s == STATUS_OK;
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	s = store_get_channel(txn, &facts->channel, &v->channel);
	facts->known = s == STATUS_OK;
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	if (taken->had_lane && !facts->known)
		return STATUS_CORRUPT;
	taken->settling = facts->head.settling_at != 0;
	return add_up_elsewhere(facts, taken);
}

/* An amount that was redeemed before this home had the channel can't be promised again. */
static enum status put_channel(struct kv_txn *txn, const struct facts *facts, const struct voucher *v)
{
	struct channel fresh = {.address = v->channel, .from = facts->head.from, .to = facts->head.to};

	if (facts->known && facts->channel.collected) { /* the ledger was put back, and has the channel again */
		fresh = facts->channel;
		accept_return(&fresh);
		return store_put_channel(txn, &fresh);
	}
	if (facts->known)
		return STATUS_OK;
	if (!amount_sub(&fresh.committed, &facts->head.to_send, &facts->redeemed))
		return STATUS_BAD_AMOUNT;
	return store_put_channel(txn, &fresh);
}

static enum status keep(struct kv_txn *txn, const struct facts *facts, const struct taken_voucher *taken,
	const struct incoming_voucher *in)
{
	const struct voucher *v = in->voucher;
	struct lane_record lane = {.lane = v->lane, .nonce = v->nonce, .amount = v->amount, .deal = in->deal};
	CLEAN_BYTES struct bytes bytes = {0};
	enum status s = put_channel(txn, facts, v);

	if (s != STATUS_OK)
		return s;
	voucher_write(&bytes, v);
	s = bytes_status(&bytes);
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
	struct refusal *why, struct taken_voucher *taken, const struct incoming_voucher *in, const struct facts *facts)
{
	struct payment_context context = {.channel = &facts->head,
		.payee = in->payee,
		.signer = &facts->signer,
		.lane = taken->had_lane ? &taken->lane : NULL,
		.held_elsewhere = &facts->held_elsewhere,
		.epoch = facts->epoch};
	enum status s = provider_judge_voucher(why, &taken->delta, in->voucher, &context);

	/* A lane that had no deal has paid for this deal from the lane's beginning. */
	if (s == STATUS_OK && taken->had_lane && taken->lane.deal == 0 && in->deal != 0)
		taken->delta = in->voucher->amount;
	return s;
}

enum status funds_take_voucher(struct party *party, struct kv_txn *txn, struct refusal *why,
	struct taken_voucher *taken, const struct incoming_voucher *in)
{
	struct facts facts = {.redeemed = amount_zero()};
	enum status s;

	*taken = (struct taken_voucher){.delta = amount_zero()};
	s = ask_ledger(party, why, &facts, in->voucher);
	if (s != STATUS_OK)
		goto out;
	s = ask_store(txn, &facts, taken, in->voucher);
	if (s != STATUS_OK)
		goto out;
	s = judge(why, taken, in, &facts);
	if (s != STATUS_OK)
		goto out;
	if (!amount_is_zero(&taken->delta))
		s = keep(txn, &facts, taken, in);
out:
	paych_release(&facts.head);
	return s;
}
