/* pay.c - the only code that signs vouchers.
 *
 * MONEY 10: a voucher is in the store, with its lane, its deal and its event,
 * before a byte of it leaves; the same call again gives the same bytes.
 */
#include "buyer/pay.h"

#include "buyer/requests.h"
#include "funds/channels.h"
#include "party/party.h"
#include "store/channels.h"

/* Put the state machine where a voucher can be made. */
static enum status prepare_to_pay(struct party *p, struct kv_txn *t, struct client_deal *d)
{
	struct client_input in = {.amount = d->payment_requested, .channel = d->channel};
	enum status s = STATUS_OK;

	if (d->state == DEAL_INSUFFICIENT_FUNDS) {
		s = party_client_event(p, t, d, CLIENT_RECHECK_FUNDS, NULL);
		if (s == STATUS_OK)
			s = party_client_event(p, t, d, CLIENT_CHANNEL_READY, &in);
	}
	if (s == STATUS_OK && (d->state == DEAL_ONGOING || d->state == DEAL_BLOCKS_COMPLETE))
		s = party_client_event(p, t, d,
			d->all_blocks_received || d->last_payment_requested ? CLIENT_LAST_PAYMENT_REQUESTED
									    : CLIENT_PAYMENT_REQUESTED,
			&in);
	if (s == STATUS_OK && (d->state == DEAL_FUNDS_NEEDED || d->state == DEAL_FUNDS_NEEDED_LAST_PAYMENT))
		s = party_client_event(p, t, d, CLIENT_SEND_FUNDS, NULL);
	if (s == STATUS_OK && d->state != DEAL_SEND_FUNDS && d->state != DEAL_SEND_FUNDS_LAST_PAYMENT)
		s = party_fail(p, STATUS_BAD_STATE, "deal %llu is %s: it can't be paid now", (unsigned long long)d->id,
			deal_state_name(d->state));
	return s;
}

/* The channel does not cover @due: say exactly by how much, and leave the deal waiting for funds. */
static enum status run_dry(struct party *p, struct kv_txn *t, struct client_deal *d, const struct amount *due,
	const struct amount *available)
{
	char channel[ADDRESS_TEXT_MAX], owed[AMOUNT_TEXT_MAX], have[AMOUNT_TEXT_MAX], lack[AMOUNT_TEXT_MAX];
	struct client_input in = {0};
	enum status s;

	if (!amount_sub(&in.amount, due, available))
		return STATUS_BAD_AMOUNT;
	address_text(channel, &d->channel, p->network);
	amount_decimal(owed, due);
	amount_decimal(have, available);
	amount_decimal(lack, &in.amount);
	party_fail(p, STATUS_NO_FUNDS, "not enough in channel %s: owed %s afil, available %s afil, short %s afil",
		channel, owed, have, lack);
	in.reason = p->why;
	s = party_client_event(p, t, d, CLIENT_VOUCHER_SHORTFALL, &in);
	if (s == STATUS_OK)
		s = party_client_event(p, t, d, CLIENT_FUNDS_EXPENDED, &in);
	s = party_end(t, s);
	party_hint(p, "channel add-funds %s %safil", channel, lack);
	return s == STATUS_OK ? STATUS_NO_FUNDS : s;
}

/* Sign for @due, and write voucher, lane, deal and event. @t is not over afterwards. */
static enum status sign(struct party *p, struct kv_txn *t, struct client_deal *d, const struct lane_record *lane,
	const struct amount *due)
{
	struct voucher v = {.channel = d->channel, .lane = d->lane, .nonce = lane->nonce + 1, .amount = *due};
	struct lane_record next = {.lane = d->lane, .nonce = v.nonce, .amount = *due, .deal = d->id};
	struct client_input in = {.amount = *due, .number = v.nonce};
	struct bytes encoded = {0};
	enum status s = voucher_sign(&v, &p->key);

	if (s != STATUS_OK)
		return s;
	voucher_write(&encoded, &v);
	s = bytes_status(&encoded);
	if (s == STATUS_OK)
		s = store_put_voucher(t, &d->channel, d->lane, v.nonce, bytes_span(&encoded));
	if (s == STATUS_OK)
		s = store_put_lane(t, &d->channel, &next);
	if (s == STATUS_OK)
		s = party_client_event(p, t, d, CLIENT_PAYMENT_SENT, &in);
	bytes_release(&encoded);
	return s;
}

static enum status check_ceiling(
	struct party *p, const struct client_deal *d, const struct amount *due, const struct amount *max_total)
{
	const struct amount *limit = &d->max_total;
	char owed[AMOUNT_TEXT_MAX], most[AMOUNT_TEXT_MAX];

	if (!amount_is_negative(max_total) && amount_cmp(max_total, limit) < 0)
		limit = max_total;
	if (amount_cmp(due, limit) > 0)
		return party_fail(p, STATUS_TOO_DEAR, "owed %s afil is above the ceiling of %s afil",
			amount_decimal(owed, due), amount_decimal(most, limit));
	return STATUS_OK;
}

/* What the channel leaves for this deal's lane: its balance less what the other lanes have. */
static enum status available_on_lane(struct party *p, struct kv_txn *t, struct amount *available,
	struct lane_record *lane, const struct client_deal *d, const struct paych *head)
{
	struct amount own;
	struct channel c;
	enum status s = store_get_channel(t, &c, &d->channel);

	if (s == STATUS_OK)
		s = store_get_lane(t, lane, &d->channel, d->lane);
	if (s != STATUS_OK)
		return s;
	if (head->settling_at != 0)
		return party_fail(
			p, STATUS_CHANNEL_SETTLING, "the channel of deal %llu is settling", (unsigned long long)d->id);
	own = client_reserve(d);
	if (!channel_uncommitted(available, head, &c) || !amount_add(available, available, &lane->amount) ||
		!amount_add(available, available, &own))
		return STATUS_BAD_AMOUNT;
	return STATUS_OK;
}

static enum status pay_in(struct party *p, struct kv_txn *t, struct client_deal *d, const struct paych *head,
	const struct amount *max_total)
{
	struct amount due, available;
	struct lane_record lane;
	struct address us;
	enum status s;

	if (!client_due(&due, d))
		s = STATUS_BAD_AMOUNT;
	else
		s = check_ceiling(p, d, &due, max_total);
	if (s == STATUS_OK && amount_cmp(&due, &d->funds_spent) <= 0) {
		kv_abort(&t); /* another process has just paid it */
		return STATUS_OK;
	}
	if (s == STATUS_OK)
		s = party_address(p, &us);
	if (s == STATUS_OK && !address_equal(&us, &head->from))
		s = party_fail(p, STATUS_WRONG_CHANNEL, "our key is not the payer of this deal's channel");
	if (s == STATUS_OK)
		s = available_on_lane(p, t, &available, &lane, d, head);
	if (s == STATUS_OK)
		s = prepare_to_pay(p, t, d);
	if (s == STATUS_OK && amount_cmp(&due, &available) > 0)
		return run_dry(p, t, d, &due, &available);
	if (s == STATUS_OK)
		s = sign(p, t, d, &lane, &due);
	return party_end(t, s);
}

/* The last voucher of a deal, as it was signed, for @frames and @voucher. */
static enum status emit_voucher(
	struct party *p, struct bytes *frames, struct bytes *voucher, const struct client_deal *d)
{
	struct bytes encoded = {0};
	struct voucher v;
	struct kv_txn *t;
	enum status s = kv_begin_read(store_kv(p->store), &t);

	if (s != STATUS_OK)
		return s;
	s = store_get_voucher(t, &encoded, &d->channel, d->lane, d->voucher_nonce);
	kv_abort(&t);
	if (s == STATUS_OK)
		s = voucher_decode(&v, bytes_span(&encoded));
	if (s == STATUS_OK) {
		frames_payment(frames, d, &v);
		if (voucher != NULL)
			bytes_append(voucher, encoded.data, encoded.len);
		s = bytes_status(frames);
	}
	bytes_release(&encoded);
	return s;
}

enum status buyer_pay(
	struct party *p, struct bytes *frames, struct bytes *voucher, uint64_t deal, const struct amount *max_total)
{
	char digits[AMOUNT_TEXT_MAX], channel[ADDRESS_TEXT_MAX];
	struct client_deal d;
	struct amount due;
	struct paych head = {0};
	struct kv_txn *t;
	bool gone;
	enum status s = party_get_client(p, &d, deal);

	if (s != STATUS_OK)
		return s;
	if (!client_due(&due, &d))
		return STATUS_BAD_AMOUNT;
	if (deal_is_final(SIDE_CLIENT, d.state) && d.state != DEAL_COMPLETED)
		return party_fail(p, STATUS_BAD_STATE, "deal %llu is over: %s", (unsigned long long)deal,
			deal_state_name(d.state));
	if (amount_cmp(&due, &d.funds_spent) <= 0) {
		if (d.voucher_nonce != 0)
			return emit_voucher(p, frames, voucher, &d);
		return party_fail(p, STATUS_NOT_FOUND,
			"nothing is due yet for deal %llu: %llu bytes received, the first interval ends at %llu",
			(unsigned long long)deal, (unsigned long long)d.total_received,
			(unsigned long long)d.current_interval);
	}
	if (!d.has_lane) {
		party_hint(p, "channel open --deal %llu", (unsigned long long)deal);
		return party_fail(p, STATUS_BAD_STATE, "deal %llu has no payment channel", (unsigned long long)deal);
	}
	s = kv_begin_write(store_kv(p->store), &t);
	if (s == STATUS_OK) {
		s = store_get_client(t, &d, deal);
		if (s == STATUS_OK) /* asked inside the transaction: others may add funds and sign at the same time */
			s = ledger_channel(p->ledger, &head, &d.channel);
		if (s == STATUS_OK)
			s = pay_in(p, t, &d, &head, max_total);
		else
			kv_abort(&t);
	}
	gone = s == STATUS_NOT_FOUND && p->why[0] == '\0';
	if (gone)
		s = party_fail(p, STATUS_BAD_STATE,
			"the channel %s of deal %llu is not on the ledger, or was collected",
			address_text(channel, &d.channel, p->network), (unsigned long long)deal);
	/* This deal can't be paid any more; a new one can. */
	if (s == STATUS_CHANNEL_SETTLING || gone)
		party_hint(p, "deals cancel %llu -o cancel.frames", (unsigned long long)deal);
	paych_release(&head);
	if (s != STATUS_OK)
		return s;
	party_done(p, "deal %llu: paid %s afil so far (nonce %llu)", (unsigned long long)deal,
		amount_decimal(digits, &d.funds_spent), (unsigned long long)d.voucher_nonce);
	return emit_voucher(p, frames, voucher, &d);
}
