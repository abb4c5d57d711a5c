/* embedded.c - the embedded ledger: making, opening and asking it.
 *
 * Knows the clock, and that each question is one read transaction.  Refuses
 * to know what messages do (embedded_submit.c), what only the keeper may do
 * (embedded_keeper.c), and how records look (embedded_records.c).
 */
#include <stdlib.h>
#include <time.h>

#include "chain/embedded_private.h"

int64_t books_epoch(const struct embedded *e, const struct books *b)
{
	int64_t now = e->clock_set ? e->now : (int64_t)time(NULL), since;

	if (b->manual || __builtin_sub_overflow(now, b->genesis, &since) || since < 0)
		return b->advanced;
	return b->advanced + since / EPOCH_SECONDS;
}

enum status embedded_init(const char *path, const struct embedded_options *o)
{
	struct books b = {.network = o->network, .manual = o->manual, .genesis = o->genesis}, old;
	struct kv_txn *txn;
	struct kv *kv;
	enum status s = kv_open(&kv, path, KV_CREATE);

	if (s != STATUS_OK)
		return s;
	s = kv_begin_write(kv, &txn);
	if (s == STATUS_OK) {
		s = books_load(txn, &old);
		if (s == STATUS_OK)
			s = STATUS_EXISTS;
		else if (s == STATUS_NOT_FOUND)
			s = books_save(txn, &b);
		if (s == STATUS_OK)
			s = kv_commit(&txn);
		else
			kv_abort(&txn);
	}
	kv_close(kv);
	return s;
}

enum status embedded_open(struct embedded **out, const char *path)
{
	struct embedded *e = calloc(1, sizeof(*e));
	struct kv_txn *txn;
	struct books b;
	enum status s;

	if (!e)
		return STATUS_NO_MEMORY;
	s = kv_open(&e->kv, path, KV_WRITE_IF_POSSIBLE);
	if (s == STATUS_OK) {
		s = kv_begin_read(e->kv, &txn);
		if (s == STATUS_OK) {
			s = books_load(txn, &b);
			kv_abort(&txn);
		}
	}
	if (s != STATUS_OK) {
		embedded_close(e);
		return s;
	}
	*out = e;
	return STATUS_OK;
}

void embedded_close(struct embedded *e)
{
	if (!e)
		return;
	kv_close(e->kv);
	free(e);
}

enum status embedded_about(struct embedded *e, struct embedded_options *o)
{
	struct kv_txn *txn;
	struct books b;
	enum status s = kv_begin_read(e->kv, &txn);

	if (s != STATUS_OK)
		return s;
	s = books_load(txn, &b);
	kv_abort(&txn);
	if (s == STATUS_OK)
		*o = (struct embedded_options){
			.network = (enum network)b.network, .manual = b.manual, .genesis = b.genesis};
	return s;
}

void embedded_set_clock(struct embedded *e, int64_t now)
{
	e->clock_set = true;
	e->now = now;
}

/* The questions of ledger.h: each is one read transaction. */

static enum status epoch(void *self, int64_t *out)
{
	struct embedded *e = self;
	struct kv_txn *txn;
	struct books b;
	enum status s = kv_begin_read(e->kv, &txn);

	if (s != STATUS_OK)
		return s;
	s = books_load(txn, &b);
	kv_abort(&txn);
	if (s == STATUS_OK)
		*out = books_epoch(e, &b);
	return s;
}

static enum status account(struct embedded *e, struct account *out, const struct address *who)
{
	struct account a = {0};
	struct kv_txn *txn;
	enum status s = kv_begin_read(e->kv, &txn);

	if (s != STATUS_OK)
		return s;
	s = account_load(txn, &a, who);
	kv_abort(&txn);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	*out = a;
	return STATUS_OK;
}

static enum status balance(void *self, struct amount *out, const struct address *who)
{
	struct account a;
	enum status s = account(self, &a, who);

	if (s == STATUS_OK)
		*out = a.balance;
	return s;
}

static enum status nonce(void *self, uint64_t *out, const struct address *who)
{
	struct account a;
	enum status s = account(self, &a, who);

	if (s == STATUS_OK)
		*out = a.nonce;
	return s;
}

static enum status channel(void *self, struct paych *head, const struct address *address)
{
	struct embedded *e = self;
	struct kv_txn *txn;
	enum status s = kv_begin_read(e->kv, &txn);

	if (s != STATUS_OK)
		return s;
	s = channel_load(txn, head, address);
	kv_abort(&txn);
	return s;
}

static enum status lane(void *self, struct paych_lane *out, const struct address *address, uint64_t id)
{
	struct embedded *e = self;
	struct kv_txn *txn;
	enum status s = kv_begin_read(e->kv, &txn);

	if (s != STATUS_OK)
		return s;
	s = lane_load(txn, out, address, id);
	kv_abort(&txn);
	return s;
}

static enum status receipt(void *self, struct receipt *out, const struct cid *message)
{
	struct embedded *e = self;
	struct kv_txn *txn;
	enum status s = kv_begin_read(e->kv, &txn);

	if (s != STATUS_OK)
		return s;
	s = receipt_load(txn, out, message);
	kv_abort(&txn);
	return s;
}

static enum status network(void *self, enum network *out)
{
	struct embedded_options o;
	enum status s = embedded_about(self, &o);

	if (s == STATUS_OK)
		*out = o.network;
	return s;
}

static void set_clock(void *self, int64_t now)
{
	embedded_set_clock(self, now);
}

static void close_self(void *self)
{
	embedded_close(self);
}

const struct ledger_ops embedded_ops = {
	.network = network,
	.epoch = epoch,
	.balance = balance,
	.nonce = nonce,
	.channel = channel,
	.lane = lane,
	.submit = embedded_submit,
	.receipt = receipt,
	.set_clock = set_clock,
	.close = close_self,
};
