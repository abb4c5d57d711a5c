/* conditions.c - judging vouchers with conditions, and taking those whose time has come.
 *
 * MONEY 22: conditions are judged by a dry run on the ledger, which enforces
 * them.  Our own copy of the rules only foretells what the ledger will say at a
 * later epoch; the ledger is asked again then.
 */
#include "funds/conditions.h"

#include <inttypes.h>

#include "store/channel_lists.h"
#include "store/conditional.h"

static enum status try_now(struct party *p, struct receipt *r, const struct voucher_facts *facts,
	const struct voucher *v, struct span secret)
{
	CLEAN_BYTES struct bytes params = {0};
	struct message m = {
		.to = v->channel, .from = facts->head.to, .value = amount_zero(), .method = METHOD_PAYCH_UPDATE};
	enum status s;

	update_params(&params, v, secret);
	s = bytes_status(&params);
	if (s != STATUS_OK)
		return s;
	m.params = bytes_span(&params);
	return ledger_try(p->ledger, r, &m);
}

/* The same by the rules of the channel, at the first epoch of the voucher's time. */
static enum status foretell(
	bool *redeemed, const struct voucher_facts *facts, const struct voucher *v, struct span secret)
{
	CLEAN_PAYCH struct paych trial = facts->head;
	struct paych_outcome outcome = {.exit_code = PAYCH_OK};
	struct paych_update in = {.self = &v->channel,
		.caller = &facts->head.to,
		.epoch = v->time_lock_min,
		.voucher = v,
		.secret = secret,
		.signature_valid = true};
	enum status s = STATUS_OK;

	trial.lanes = NULL;
	trial.lane_count = 0;
	for (size_t i = 0; s == STATUS_OK && i < facts->head.lane_count; i++)
		s = paych_put_lane(&trial, &facts->head.lanes[i]);
	if (s == STATUS_OK)
		s = paych_apply_update(&trial, &outcome, &in);
	*redeemed = outcome.exit_code == PAYCH_OK;
	return s;
}

enum status conditions_judge(
	struct party *p, struct refusal *why, struct voucher_facts *facts, const struct voucher *v, struct span secret)
{
	struct receipt receipt = {.exit_code = PAYCH_OK};
	enum status s;

	if (!voucher_has_conditions(v))
		return STATUS_OK;
	if (v->secret_hash.len != 0 && secret.len == 0)
		return provider_refuse(why, STATUS_NOT_SPENDABLE, "the voucher needs a secret (--secret FILE)");
	s = try_now(p, &receipt, facts, v, secret);
	if (s != STATUS_OK)
		return s;
	facts->tried = receipt.exit_code == PAYCH_OK;
	if (facts->tried)
		return STATUS_OK;
	if (v->time_lock_min > facts->epoch)
		s = foretell(&facts->waits, facts, v, secret);
	if (s != STATUS_OK || facts->waits)
		return s;
	return provider_refuse(why, STATUS_NOT_SPENDABLE, "the ledger would refuse it: %.180s", receipt.text);
}

bool conditions_redeemable(const struct voucher *v, int64_t epoch)
{
	return epoch >= v->time_lock_min && (v->time_lock_max == 0 || epoch <= v->time_lock_max);
}

/* Taking what is due. */

static enum status get_secret(struct party *p, struct bytes *secret, const struct voucher *v)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	return s == STATUS_OK ? store_get_secret(txn, secret, &v->channel, v->lane, v->nonce) : s;
}

/* Has the ledger redeemed this voucher, or a later one of its lane? */
static bool is_overtaken(const struct voucher_facts *facts, const struct voucher *v)
{
	const struct paych_lane *redeemed = paych_find_lane(&facts->head, v->lane);

	return redeemed != NULL && redeemed->nonce >= v->nonce;
}

/* Put the voucher on its lane, in one transaction with the end of its waiting. */
static enum status take(struct party *p, struct refusal *why, const struct voucher *v)
{
	CLEAN_FACTS struct voucher_facts facts = {.redeemed = amount_zero()};
	CLEAN_BYTES struct bytes secret = {0};
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct incoming_voucher in = {.voucher = v, .facts = &facts, .payee = &facts.head.to};
	struct taken_voucher taken;
	enum status s = get_secret(p, &secret, v);

	if (s != STATUS_OK)
		return s;
	in.secret = bytes_span(&secret);
	s = funds_ask_ledger(p, why, &facts, v);
	if (s != STATUS_OK)
		return s;
	if (is_overtaken(&facts, v))
		return provider_refuse(why, STATUS_STALE_NONCE, "the ledger has redeemed a later voucher of its lane");
	s = conditions_judge(p, why, &facts, v, in.secret);
	if (s != STATUS_OK)
		return s;
	if (facts.waits) /* the ledger that judges is an epoch behind */
		return provider_refuse(why, STATUS_TOO_EARLY, "its time has not come");
	s = kv_begin_write(store_kv(p->store), &txn);
	if (s != STATUS_OK)
		return s;
	s = funds_take_voucher(txn, why, &taken, &in);
	if (s != STATUS_OK)
		return s;
	s = store_drop_waiting(txn, &v->channel, v->lane, v->nonce);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

static enum status drop(struct party *p, const struct voucher *v)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_write(store_kv(p->store), &txn);

	if (s != STATUS_OK)
		return s;
	s = store_drop_waiting(txn, &v->channel, v->lane, v->nonce);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

/* A refusal is this voucher's affair; any other failure is ours. */
static enum status take_due(struct party *p, struct due_voucher *due, struct refusal *why, int64_t epoch)
{
	const struct voucher *v = due->voucher;
	enum status s = take(p, why, v);

	if (s != STATUS_OK && s != why->status)
		return s;
	due->status = s;
	due->reason = s != STATUS_OK ? why->reason : "";
	due->over = s == STATUS_STALE_NONCE || s == STATUS_STALE_AMOUNT ||
		    (s != STATUS_OK && !conditions_redeemable(v, epoch));
	return due->over ? drop(p, v) : STATUS_OK;
}

enum status conditions_take_due(struct party *p, const struct address *channel,
	void (*each)(void *ctx, const struct due_voucher *due), void *ctx)
{
	CLEAN_VOUCHERS struct voucher_list list = {0};
	struct voucher voucher;
	int64_t epoch;
	enum status listed = store_list_waiting(p->store, &list, channel), s;

	if ((listed != STATUS_OK && listed != STATUS_CORRUPT) || list.count == 0)
		return listed;
	s = ledger_epoch(p->ledger, &epoch);
	for (size_t i = 0; s == STATUS_OK && i < list.count; i++) {
		struct due_voucher due = {.voucher = &voucher};
		struct refusal why = {0};

		if (voucher_decode(&voucher, list.at[i].bytes) != STATUS_OK)
			listed = STATUS_CORRUPT;
		else if (voucher.time_lock_min <= epoch) {
			s = take_due(p, &due, &why, epoch);
			if (s == STATUS_OK && due.status != STATUS_TOO_EARLY)
				each(ctx, &due);
		}
	}
	return s == STATUS_OK ? listed : s;
}
