/* settle_judge.c - which steps are worth taking now.
 *
 * SETTLE 7: a step that costs more than it brings is not taken, also before a
 * deadline, unless the user wants it.
 * SETTLE 8: vouchers that wait for a condition of the policy are submitted
 * before the settle delay ends.
 */
#include "settle/settling_private.h"

bool settling_pays(const struct settling *settling, const struct settle_cost *cost, const struct amount *brings)
{
	return settling->policy->at_a_loss || !cost->known || amount_cmp(brings, &cost->fee) >= 0;
}

/* The time is short: the deadline has the margin of the policy, or the policy has no margin. */
static bool is_pressing(const struct settling *settling)
{
	const struct settle_when *when = &settling->policy->when;
	int64_t left = settling->head.settling_at - settling->epoch;

	if (settling->head.settling_at == 0)
		return false;
	return when->margin == 0 || left <= (when->margin + settling->epoch_seconds - 1) / settling->epoch_seconds;
}

enum status settling_decide(struct settling *settling)
{
	const struct settle_when *when = &settling->policy->when;
	const struct amount *promised = &settling->channel.committed;
	struct amount unsubmitted;

	settling->due = !settle_when_given(when) || is_pressing(settling);
	if (settling->due)
		return STATUS_OK;
	if (!amount_sub(&unsubmitted, promised, &settling->head.to_send))
		return STATUS_BAD_AMOUNT;
	settling->due = (when->spent && amount_cmp(promised, &settling->head.balance) >= 0) ||
			(!amount_is_zero(&when->amount) && amount_cmp(&unsubmitted, &when->amount) >= 0);
	return STATUS_OK;
}

/* Vouchers that were not worth their fee are no loss once the channel is collected. */
enum status settling_note_given_up(struct settling *settling)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s;

	if (settling->policy->plan || settling->head.settling_at == 0 ||
		amount_cmp(&settling->given_up, &settling->channel.given_up) == 0)
		return STATUS_OK;
	s = kv_begin_write(store_kv(settling->p->store), &txn);
	if (s != STATUS_OK)
		return s;
	s = store_get_channel(txn, &settling->channel, &settling->channel.address);
	if (s != STATUS_OK)
		return s;
	settling->channel.given_up = settling->given_up;
	s = store_put_channel(txn, &settling->channel);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}
