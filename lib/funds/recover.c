/* recover.c - a restored or lost store gets back, from the payee, the vouchers that its key has signed since.
 *
 * MONEY 17: a voucher counts as ours if our own signature is on the voucher,
 * and for no other reason. The lane's nonce and the channel's committed sum are
 * correct again before anything more is signed.
 */
#include "funds/recover.h"

#include "store/channels.h"

static enum status add_amount(void *ctx, const struct lane_record *lane)
{
	struct amount *sum = ctx;

	return amount_add(sum, sum, &lane->amount) ? STATUS_OK : STATUS_BAD_AMOUNT;
}

/*
 * The committed sum of a channel imported from the ledger contains the amounts that all its lanes had redeemed by then.
 * The redeemed amount of this lane must not count twice.
 */
static enum status uncount_redeemed(
	struct kv_txn *txn, struct channel *channel, const struct redeemed_lanes *lanes, uint64_t lane)
{
	struct amount known = amount_zero(), unknown;
	const struct paych_lane *redeemed = paych_find_lane(&lanes->known, lane);
	enum status s;

	if (redeemed == NULL || !address_equal(&lanes->channel, &channel->address))
		return STATUS_OK;
	s = store_each_lane(txn, &channel->address, add_amount, &known);
	if (s != STATUS_OK)
		return s;
	if (!amount_sub(&unknown, &channel->committed, &known))
		return STATUS_BAD_AMOUNT;
	if (amount_is_negative(&unknown) || amount_cmp(&redeemed->redeemed, &unknown) > 0)
		return STATUS_OK;
	if (!amount_sub(&channel->committed, &channel->committed, &redeemed->redeemed))
		return STATUS_BAD_AMOUNT;
	return store_put_channel(txn, channel);
}

/* Is the voucher better than the one that we have of its lane? */
static enum status is_better(struct kv_txn *txn, const struct voucher *voucher, bool *better, bool *new_lane)
{
	struct lane_record lane;
	enum status s = store_get_lane(txn, &lane, &voucher->channel, voucher->lane);

	*new_lane = s == STATUS_NOT_FOUND;
	*better = true;
	if (s != STATUS_OK)
		return *new_lane ? STATUS_OK : s;
	*better = voucher->nonce > lane.nonce ||
		  (voucher->nonce == lane.nonce && amount_cmp(&voucher->amount, &lane.amount) != 0);
	return STATUS_OK;
}

static enum status put(struct kv_txn *txn, struct channel *channel, const struct best_voucher *best)
{
	CLEAN_BYTES struct bytes encoded = {0};
	const struct voucher *voucher = &best->voucher;
	struct lane_record lane = {
		.lane = voucher->lane, .nonce = voucher->nonce, .amount = voucher->amount, .deal = best->deal};
	enum status s;

	voucher_write(&encoded, voucher);
	s = bytes_status(&encoded);
	if (s != STATUS_OK)
		return s;
	if (channel->next_lane <= voucher->lane) {
		channel->next_lane = voucher->lane + 1;
		s = store_put_channel(txn, channel);
	}
	if (s != STATUS_OK)
		return s;
	s = store_drop_vouchers(txn, &channel->address, voucher->lane);
	if (s != STATUS_OK)
		return s;
	s = store_put_voucher(txn, &channel->address, voucher->lane, voucher->nonce, bytes_span(&encoded));
	return s == STATUS_OK ? store_put_lane(txn, &channel->address, &lane) : s;
}

static bool is_signed_by_payer(const struct channel *channel, const struct voucher *voucher)
{
	struct address signer;

	return voucher_signer(&signer, voucher) == STATUS_OK && address_equal(&signer, &channel->from);
}

/* Would the voucher bring a lane that the store does not have? */
static enum status is_lane_new(struct party *p, bool *yes, const struct voucher *voucher)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct lane_record lane;
	struct channel channel;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	*yes = false;
	if (s != STATUS_OK)
		return s;
	s = store_get_channel(txn, &channel, &voucher->channel);
	if (s != STATUS_OK || !channel.outbound)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	s = store_get_lane(txn, &lane, &voucher->channel, voucher->lane);
	*yes = s == STATUS_NOT_FOUND && is_signed_by_payer(&channel, voucher);
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

enum status funds_ask_redeemed(struct party *p, struct redeemed_lanes *lanes, const struct voucher *voucher)
{
	struct paych_lane lane;
	bool ask;
	enum status s;

	if (p->ledger == NULL || !address_equal(&lanes->channel, &voucher->channel))
		return STATUS_OK;
	s = is_lane_new(p, &ask, voucher);
	if (s != STATUS_OK || !ask)
		return s;
	s = ledger_lane(p->ledger, &lane, &voucher->channel, voucher->lane);
	if (s != STATUS_OK)
		return s == STATUS_NOT_FOUND ? STATUS_OK : s;
	return paych_put_lane(&lanes->known, &lane);
}

void redeemed_lanes_release(struct redeemed_lanes *lanes)
{
	paych_release(&lanes->known);
}

static enum status check_signer(struct party *p, const struct channel *channel, const struct voucher *voucher)
{
	if (is_signed_by_payer(channel, voucher))
		return STATUS_OK;
	return party_fail(p, STATUS_BAD_SIGNATURE,
		"a voucher that the provider gives back is not signed by the payer of its channel");
}

enum status funds_recover_voucher(struct party *p, struct kv_txn *txn, const struct best_voucher *best,
	const struct redeemed_lanes *lanes, bool *taken)
{
	struct channel channel;
	bool better, new_lane;
	enum status s = store_get_channel(txn, &channel, &best->voucher.channel);

	*taken = false;
	if (s == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (s != STATUS_OK || !channel.outbound)
		return s;
	s = check_signer(p, &channel, &best->voucher);
	if (s != STATUS_OK)
		return s;
	s = is_better(txn, &best->voucher, &better, &new_lane);
	if (s != STATUS_OK || !better)
		return s;
	if (new_lane)
		s = uncount_redeemed(txn, &channel, lanes, best->voucher.lane);
	if (s != STATUS_OK)
		return s;
	s = put(txn, &channel, best);
	*taken = s == STATUS_OK;
	return s;
}
