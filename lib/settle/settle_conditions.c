/* settle_conditions.c - vouchers with conditions, on their way to the ledger.
 *
 * SETTLE 9: a voucher that waits for its time is submitted when it has come, and
 * settling that would end before then does not begin.
 */
#include <stdio.h>

#include "funds/conditions.h"
#include "settle/settling_private.h"
#include "store/conditional.h"

/* A voucher whose time has come is on its lane now, or its failure is reported. */
static void report_due(void *ctx, const struct due_voucher *due)
{
	struct settling *settling = ctx;
	struct settle_report line = {.step = SETTLE_SUBMIT,
		.lane = due->voucher->lane,
		.nonce = due->voucher->nonce,
		.amount = due->voucher->amount,
		.status = STATUS_NOT_SPENDABLE};

	if (due->status == STATUS_OK || due->status == STATUS_STALE_NONCE || due->status == STATUS_STALE_AMOUNT)
		return;
	snprintf(line.text, sizeof(line.text), "%s", due->reason);
	settling_report(settling, line);
	if (settling->failed == STATUS_OK)
		settling->failed = STATUS_NOT_SPENDABLE;
}

static enum status read_channel(struct settling *settling)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = kv_begin_read(store_kv(settling->p->store), &txn);

	return s == STATUS_OK ? store_get_channel(txn, &settling->channel, &settling->channel.address) : s;
}

enum status settling_take_due(struct settling *settling)
{
	enum status s;

	if (settling->policy->plan)
		return STATUS_OK;
	s = conditions_take_due(settling->p, &settling->channel.address, report_due, settling);
	if (s == STATUS_CORRUPT) { /* the readable ones are taken */
		settling->failed = s;
		s = STATUS_OK;
	}
	return s == STATUS_OK ? read_channel(settling) : s;
}

enum status settling_secret(struct settling *settling, struct bytes *secret, const struct voucher *voucher)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s;

	if (voucher->secret_hash.len == 0)
		return STATUS_OK;
	s = kv_begin_read(store_kv(settling->p->store), &txn);
	return s == STATUS_OK ? store_get_secret(txn, secret, &voucher->channel, voucher->lane, voucher->nonce) : s;
}

/** struct last_wait - the latest epoch for which a voucher of a channel waits. */
struct last_wait {
	int64_t until;
};

static enum status note_wait(void *ctx, uint64_t lane, uint64_t nonce, struct span bytes)
{
	struct last_wait *last = ctx;
	struct voucher voucher;

	(void)lane;
	(void)nonce;
	if (voucher_decode(&voucher, bytes) == STATUS_OK && voucher.time_lock_min > last->until)
		last->until = voucher.time_lock_min;
	return STATUS_OK;
}

/* The epoch at which the channel could be collected, if it began to settle now. */
static int64_t end_of_settling(const struct settling *settling)
{
	int64_t end = settling->epoch + PAYCH_SETTLE_DELAY;

	return end < settling->head.min_settle_height ? settling->head.min_settle_height : end;
}

enum status settling_waits_beyond(struct settling *settling, int64_t *until)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct last_wait last = {0};
	enum status s = kv_begin_read(store_kv(settling->p->store), &txn);

	*until = 0;
	if (s != STATUS_OK)
		return s;
	s = store_each_waiting(txn, &settling->channel.address, note_wait, &last);
	if (s == STATUS_CORRUPT) /* the readable ones were seen */
		s = STATUS_OK;
	if (s == STATUS_OK && last.until >= end_of_settling(settling))
		*until = last.until;
	return s;
}
