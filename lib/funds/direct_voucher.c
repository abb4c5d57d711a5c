/* direct_voucher.c - signing vouchers that pay without a deal.
 *
 * MONEY 10: the voucher is in the store, with its lane, before a byte of it
 * leaves; the same call again gives the same bytes.
 * MONEY 21: a lane carries one deal, or payments without a deal, never both.
 *
 * INVARIANT 4 holds by a balance that was read before the transaction: only
 * collecting takes from a balance. Knows no deal.
 */
#include "funds/direct_voucher.h"

#include <inttypes.h>

#include "binding/binding.h"
#include "binding/lanes.h"
#include "binding/older_home.h"
#include "funds/channels.h"

/** struct signing - a voucher while it is signed. */
struct signing {
	struct party *p;
	struct kv_txn *txn;
	const struct direct_voucher *wanted;
	bool plan;                   /* sign nothing: the store may be open for reading only */
	struct paych head;           /* of the channel, read before the transaction */
	struct paych_lane on_lane;   /* what the ledger has of the lane; zeros for nothing */
	struct lane_history history; /* of the channel */
	struct channel channel;
	struct lane_record lane;
	bool has_lane; /* the store has the lane */
	char name[ADDRESS_TEXT_MAX];
};

static enum status check_ceiling(struct signing *signing, const struct amount *ceiling)
{
	char wanted[AMOUNT_TEXT_MAX], most[AMOUNT_TEXT_MAX];

	if (amount_cmp(&signing->wanted->amount, ceiling) <= 0)
		return STATUS_OK;
	return party_fail(signing->p, STATUS_TOO_DEAR, "%s afil on lane %" PRIu64 " are above the ceiling of %s afil",
		amount_decimal(wanted, &signing->wanted->amount), signing->wanted->lane, amount_decimal(most, ceiling));
}

/* Read the channel and the lane, inside the transaction. */
static enum status get_records(struct signing *signing)
{
	enum status s = store_get_channel(signing->txn, &signing->channel, &signing->wanted->channel);

	if (s == STATUS_NOT_FOUND) {
		party_hint(signing->p, "channel import %s", signing->name);
		return party_fail(signing->p, s, "no channel %s here", signing->name);
	}
	if (s != STATUS_OK)
		return s;
	if (!signing->channel.outbound)
		return party_fail(
			signing->p, STATUS_WRONG_CHANNEL, "our key is not the payer of channel %s", signing->name);
	s = store_get_lane(signing->txn, &signing->lane, &signing->wanted->channel, signing->wanted->lane);
	signing->has_lane = s == STATUS_OK;
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	if (!signing->has_lane)
		signing->lane = (struct lane_record){.lane = signing->wanted->lane};
	if (signing->lane.deal == 0)
		return STATUS_OK;
	party_hint(signing->p, "make-voucher --deal %" PRIu64, signing->lane.deal);
	return party_fail(signing->p, STATUS_BAD_STATE, "lane %" PRIu64 " of channel %s belongs to deal %" PRIu64,
		signing->lane.lane, signing->name, signing->lane.deal);
}

static bool has_conditions_of(const struct voucher *v, const struct direct_voucher *wanted)
{
	return v->time_lock_min == wanted->time_lock_min && v->time_lock_max == wanted->time_lock_max &&
	       span_equal(v->secret_hash, wanted->secret_hash) && v->extra.len == 0 &&
	       v->min_settle_height == wanted->min_settle_height && v->merge_count == 0;
}

/* MONEY 10: append the lane's last voucher, and set @given, if it is the wanted one; a new one has to promise more. */
static enum status give_again(struct signing *signing, struct bytes *encoded, bool *given)
{
	char wanted[AMOUNT_TEXT_MAX], promised[AMOUNT_TEXT_MAX];
	CLEAN_BYTES struct bytes last = {0};
	struct voucher voucher;
	int order = amount_cmp(&signing->wanted->amount, &signing->lane.amount);
	enum status s;

	*given = false;
	if (order > 0)
		return STATUS_OK;
	amount_decimal(promised, &signing->lane.amount);
	if (order < 0)
		return party_fail(signing->p, STATUS_STALE_AMOUNT,
			"lane %" PRIu64 " has promised %s afil already, more than %s afil", signing->lane.lane,
			promised, amount_decimal(wanted, &signing->wanted->amount));
	s = store_get_voucher(signing->txn, &last, &signing->wanted->channel, signing->lane.lane, signing->lane.nonce);
	if (s == STATUS_OK)
		s = voucher_decode(&voucher, bytes_span(&last));
	if (s != STATUS_OK)
		return s == STATUS_NO_MEMORY ? s : STATUS_CORRUPT;
	if (!has_conditions_of(&voucher, signing->wanted))
		return party_fail(signing->p, STATUS_BAD_STATE,
			"lane %" PRIu64 " has promised %s afil already, under other conditions", signing->lane.lane,
			promised);
	bytes_append(encoded, last.data, last.len);
	*given = true;
	return bytes_status(encoded);
}

/* The same in a transaction of its own, without asking the ledger. */
static enum status look_for_last(struct signing *signing, struct bytes *encoded, bool *given)
{
	enum status s = kv_begin_read(store_kv(signing->p->store), &signing->txn);

	if (s == STATUS_OK)
		s = get_records(signing);
	if (s == STATUS_OK)
		s = give_again(signing, encoded, given);
	kv_abort(&signing->txn);
	return s;
}

static enum status ask_ledger(struct signing *signing)
{
	struct party *p = signing->p;
	struct address us;
	enum status s = ledger_channel(p->ledger, &signing->head, &signing->wanted->channel);

	if (s == STATUS_NOT_FOUND) {
		s = binding_was_collected(p, &signing->wanted->channel);
		return s == STATUS_OK ? party_fail(p, STATUS_BAD_STATE, "channel %s was collected", signing->name) : s;
	}
	if (s != STATUS_OK)
		return s;
	s = party_address(p, &us);
	if (s != STATUS_OK)
		return s;
	if (!address_equal(&us, &signing->head.from))
		return party_fail(p, STATUS_WRONG_CHANNEL, "our key is not the payer of channel %s", signing->name);
	if (signing->head.settling_at != 0)
		return party_fail(p, STATUS_CHANNEL_SETTLING, "channel %s is settling", signing->name);
	s = ledger_lane(p->ledger, &signing->on_lane, &signing->wanted->channel, signing->wanted->lane);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	return lanes_ask(p, &signing->history, &signing->wanted->channel, &signing->head);
}

/* The lane that the words name may have been drawn just now: it stays the next one. */
static enum status refuse_lane(struct signing *signing)
{
	enum status s = signing->plan ? STATUS_OK : store_put_channel(signing->txn, &signing->channel);

	if (s == STATUS_OK && !signing->plan)
		s = kv_commit(&signing->txn);
	if (s != STATUS_OK)
		return s;
	return party_fail(signing->p, STATUS_BAD_STATE,
		"lane %" PRIu64 " was not used without a deal, and the next free lane of channel %s is %" PRIu64,
		signing->lane.lane, signing->name, signing->channel.next_lane);
}

/*
 * MONEY 16: the lane is one that this home has used, or the next one that it gives out. A lane of which the ledger knows
 * a later voucher was used by a newer copy of this home.
 */
static enum status check_lane(struct signing *signing)
{
	struct party *p = signing->p;
	enum status s;

	if (signing->on_lane.nonce > signing->lane.nonce) {
		party_hint(p, "channel import VOUCHER, the best one that the payee holds");
		return party_fail(p, STATUS_BAD_STATE,
			"the ledger has a later voucher of lane %" PRIu64 " than this home: it is an older copy",
			signing->lane.lane);
	}
	if (signing->has_lane)
		return STATUS_OK;
	s = signing->plan ? STATUS_OK : lanes_check_next(p, signing->txn, &signing->channel, &signing->history);
	if (s != STATUS_OK)
		return s;
	if (signing->lane.lane != signing->channel.next_lane)
		return refuse_lane(signing);
	signing->channel.next_lane++;
	return STATUS_OK;
}

/* INVARIANT 4: the sum over all lanes, and the reserves of open deals, stay within the balance. */
static enum status check_funds(struct signing *signing)
{
	char wanted[AMOUNT_TEXT_MAX], have[AMOUNT_TEXT_MAX], lack[AMOUNT_TEXT_MAX];
	struct amount available, missing;

	if (!channel_uncommitted(&available, &signing->head, &signing->channel) ||
		!amount_add(&available, &available, &signing->lane.amount) ||
		!amount_sub(&missing, &signing->wanted->amount, &available))
		return STATUS_BAD_AMOUNT;
	if (amount_cmp(&signing->wanted->amount, &available) <= 0)
		return STATUS_OK;
	amount_decimal(lack, &missing);
	party_hint(signing->p, "channel add-funds %s %safil", signing->name, lack);
	return party_fail(signing->p, STATUS_NO_FUNDS,
		"not enough in channel %s: wanted %s afil, available %s afil, short %s afil", signing->name,
		amount_decimal(wanted, &signing->wanted->amount), amount_decimal(have, &available), lack);
}

static enum status sign(struct signing *signing, struct bytes *encoded)
{
	const struct direct_voucher *wanted = signing->wanted;
	struct lane_record lane = {.lane = wanted->lane, .nonce = signing->lane.nonce + 1, .amount = wanted->amount};
	struct voucher voucher = {.channel = wanted->channel,
		.time_lock_min = wanted->time_lock_min,
		.time_lock_max = wanted->time_lock_max,
		.secret_hash = wanted->secret_hash,
		.lane = wanted->lane,
		.nonce = lane.nonce,
		.amount = wanted->amount,
		.min_settle_height = wanted->min_settle_height};
	CLEAN_BYTES struct bytes bytes = {0};
	enum status s = voucher_sign(&voucher, &signing->p->key);

	if (s != STATUS_OK)
		return s;
	voucher_write(&bytes, &voucher);
	s = bytes_status(&bytes);
	if (s != STATUS_OK)
		return s;
	s = store_put_channel(signing->txn, &signing->channel);
	if (s != STATUS_OK)
		return s;
	s = store_put_voucher(signing->txn, &wanted->channel, lane.lane, lane.nonce, bytes_span(&bytes));
	if (s != STATUS_OK)
		return s;
	s = store_put_lane(signing->txn, &wanted->channel, &lane);
	if (s != STATUS_OK)
		return s;
	s = kv_commit(&signing->txn);
	if (s != STATUS_OK)
		return s;
	bytes_append(encoded, bytes.data, bytes.len);
	return bytes_status(encoded);
}

/* The records are read again, because another process may have signed on the lane. */
static enum status sign_in(struct signing *signing, struct bytes *encoded)
{
	bool given;
	struct kv *kv = store_kv(signing->p->store);
	enum status s = signing->plan ? kv_begin_read(kv, &signing->txn) : kv_begin_write(kv, &signing->txn);

	if (s != STATUS_OK)
		return s;
	s = get_records(signing);
	if (s != STATUS_OK)
		return s;
	s = give_again(signing, encoded, &given);
	if (s != STATUS_OK || given)
		return s;
	s = check_lane(signing);
	if (s != STATUS_OK)
		return s;
	s = check_funds(signing);
	if (s != STATUS_OK || signing->plan)
		return s;
	return sign(signing, encoded);
}

/* A new voucher. An older copy of this home has used lanes that it does not know. */
static enum status sign_new(struct signing *signing, struct bytes *encoded)
{
	enum status s = ask_ledger(signing);

	if (s != STATUS_OK)
		return s;
	s = signing->plan ? STATUS_OK : older_home_check(signing->p);
	if (s == STATUS_OK)
		s = sign_in(signing, encoded);
	kv_abort(&signing->txn);
	return s;
}

enum status direct_voucher_sign(struct party *p, struct bytes *encoded, const struct direct_voucher *wanted,
	const struct amount *ceiling, bool plan)
{
	struct signing signing = {.p = p, .wanted = wanted, .plan = plan, .on_lane = {.redeemed = amount_zero()}};
	char amount[AMOUNT_TEXT_MAX];
	bool given = false;
	enum status s;

	address_text(signing.name, &wanted->channel, p->network);
	s = check_ceiling(&signing, ceiling);
	if (s != STATUS_OK)
		return s;
	s = look_for_last(&signing, encoded, &given);
	if (s == STATUS_OK && !given)
		s = sign_new(&signing, encoded);
	paych_release(&signing.head);
	if (s == STATUS_OK)
		party_done(p, "channel %s, lane %" PRIu64 ": %s %s afil in all", signing.name, wanted->lane,
			plan ? "would promise" : "promised", amount_decimal(amount, &wanted->amount));
	return s;
}
