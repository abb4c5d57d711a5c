/* embedded.c - makes, opens and queries the embedded ledger.
 *
 * Knows the clock, and that each query is one read transaction.  Refuses to
 * know messages (embedded_submit.c), the acts of the keeper
 * (embedded_keeper.c), and the form of records (embedded_records.c).
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "embedded/embedded_private.h"

int64_t books_epoch(const struct embedded *e, const struct books *b)
{
	int64_t now = e->clock_set ? e->now : (int64_t)time(NULL), since;

	if (b->manual || __builtin_sub_overflow(now, b->genesis, &since) || since < 0)
		return b->advanced;
	return b->advanced + since / EPOCH_SECONDS;
}

/* One transaction checks and writes, so that of two processes that make a ledger the second finds the ledger of the first. */
static enum status init_books(struct kv *kv, const struct books *b)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct books old;
	enum status s = kv_begin_write(kv, &txn);

	if (s != STATUS_OK)
		return s;
	s = books_load(txn, &old);
	if (s != STATUS_NOT_FOUND)
		return s == STATUS_OK ? STATUS_EXISTS : s;
	s = kv_put_kind(txn, KV_LEDGER);
	if (s != STATUS_OK)
		return s;
	s = books_save(txn, b);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

enum status embedded_init(const char *path, const struct embedded_options *o)
{
	struct books b = {.network = o->network,
		.manual = o->manual,
		.genesis = o->genesis,
		.delay = o->delay,
		.chain_addresses = o->chain_addresses,
		.gas_price = o->gas_price,
		.finality = o->finality};
	struct kv *kv;
	enum status s;

	if (o->delay < 0 || o->delay > EMBEDDED_DELAY_MAX || o->finality < 0 || o->finality > EMBEDDED_DELAY_MAX)
		return STATUS_BAD_NUMBER;
	if (amount_is_negative(&o->gas_price))
		return STATUS_BAD_AMOUNT;
	s = kv_open_kind(&kv, path, KV_CREATE, KV_LEDGER);
	if (s != STATUS_OK)
		return s;
	memcpy(b.identity, o->identity, sizeof(b.identity));
	s = init_books(kv, &b);
	kv_close(kv);
	return s;
}

/* Read the current books in a transaction of their own. */
static enum status read_books(struct embedded *e, struct books *b)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = embedded_begin_read(e, &txn);

	return s == STATUS_OK ? books_load(txn, b) : s;
}

enum status embedded_open(struct embedded **out, const char *path)
{
	struct embedded *e = calloc(1, sizeof(*e));
	struct books b;
	enum status s;

	if (!e)
		return STATUS_NO_MEMORY;
	s = kv_open_kind(&e->kv, path, KV_WRITE_IF_POSSIBLE, KV_LEDGER);
	if (s == STATUS_OK)
		s = embedded_renew(e);
	if (s == STATUS_OK)
		s = read_books(e, &b);
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
	struct books b;
	enum status s = read_books(e, &b);

	if (s != STATUS_OK)
		return s;
	*o = (struct embedded_options){.network = (enum network)b.network,
		.manual = b.manual,
		.genesis = b.genesis,
		.delay = b.delay,
		.chain_addresses = b.chain_addresses,
		.gas_price = b.gas_price,
		.finality = b.finality};
	memcpy(o->identity, b.identity, sizeof(o->identity));
	return STATUS_OK;
}

void embedded_set_clock(struct embedded *e, int64_t now)
{
	e->clock_set = true;
	e->now = now;
}

/* The queries of ledger.h: each is one read transaction. */

static enum status epoch(void *self, int64_t *out)
{
	struct embedded *e = self;
	struct books b;
	enum status s = read_books(e, &b);

	if (s != STATUS_OK)
		return s;
	*out = books_epoch(e, &b);
	return STATUS_OK;
}

static enum status balance(void *self, struct amount *out, const struct address *who)
{
	struct embedded *e = self;
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct account a;
	enum status s = embedded_begin_read(e, &txn);

	if (s != STATUS_OK)
		return s;
	s = account_get(txn, &a, who);
	if (s != STATUS_OK)
		return s;
	*out = a.balance;
	return STATUS_OK;
}

static enum status nonce(void *self, uint64_t *out, const struct address *who)
{
	struct embedded *e = self;
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct account a;
	enum status s = embedded_begin_read(e, &txn);

	if (s != STATUS_OK)
		return s;
	s = account_get(txn, &a, who);
	return s == STATUS_OK ? pool_next_nonce(txn, out, &a, who) : s;
}

static enum status channel(void *self, struct paych *head, const struct address *address)
{
	struct embedded *e = self;
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = embedded_begin_read(e, &txn);

	return s == STATUS_OK ? channel_load(txn, head, address) : s;
}

static enum status lane(void *self, struct paych_lane *out, const struct address *address, uint64_t id)
{
	struct embedded *e = self;
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = embedded_begin_read(e, &txn);

	return s == STATUS_OK ? lane_load(txn, out, address, id) : s;
}

static enum status last_lane(void *self, uint64_t *id, const struct address *address)
{
	struct embedded *e = self;
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = embedded_begin_read(e, &txn);

	return s == STATUS_OK ? lane_last(txn, id, address) : s;
}

static enum status network(void *self, enum network *out)
{
	struct embedded *e = self;
	struct books b;
	enum status s = read_books(e, &b);

	if (s != STATUS_OK)
		return s;
	*out = (enum network)b.network;
	return STATUS_OK;
}

static enum status identity(void *self, struct ledger_id *out)
{
	struct embedded *e = self;
	struct books b;
	enum status s = read_books(e, &b);

	if (s != STATUS_OK)
		return s;
	out->network = (enum network)b.network;
	memcpy(out->genesis, b.identity, sizeof(out->genesis));
	return STATUS_OK;
}

static enum status height(void *self, uint64_t *out)
{
	struct embedded *e = self;
	struct books b;
	enum status s = read_books(e, &b);

	if (s != STATUS_OK)
		return s;
	*out = b.next_entry;
	return STATUS_OK;
}

const struct error *embedded_error(const void *self)
{
	const struct embedded *e = self;

	return kv_error(e->kv)->status != STATUS_OK ? kv_error(e->kv) : &e->error;
}

static void set_clock(void *self, int64_t now)
{
	embedded_set_clock(self, now);
}

static void close_self(void *self)
{
	embedded_close(self);
}

/** struct payer_visit - a visit to the channels of one payer. */
struct payer_visit {
	const struct address *from;
	const struct channel_visit *visit;
};

static enum status visit_if_from(void *ctx, const struct address *address, const struct paych *head)
{
	const struct payer_visit *v = ctx;

	return address_equal(&head->from, v->from) ? v->visit->each(v->visit->ctx, address, head) : STATUS_OK;
}

static enum status each_channel(void *self, const struct address *from, const struct channel_visit *visit)
{
	struct payer_visit v = {from, visit};

	return embedded_channels(self, visit_if_from, &v);
}

static enum status epoch_seconds(void *self, int64_t *seconds)
{
	struct books b;
	enum status s = read_books(self, &b);

	if (s != STATUS_OK)
		return s;
	*seconds = b.manual ? 0 : EPOCH_SECONDS;
	return STATUS_OK;
}

static enum status base_fee(void *self, struct amount *out)
{
	struct books b;
	enum status s = read_books(self, &b);

	if (s != STATUS_OK)
		return s;
	*out = b.gas_price;
	return STATUS_OK;
}

static enum status channel_code(void *self, struct cid *code)
{
	(void)self;
	*code = paych_code();
	return STATUS_OK;
}

static enum status created(void *self, struct address *out, const struct message *m)
{
	struct books b;
	enum status s = read_books(self, &b);

	return s == STATUS_OK ? books_new_address(out, m, &b) : s;
}

static enum status try(void *self, struct receipt *r, const struct message *m)
{
	return embedded_call(self, r, m);
}

const struct ledger_ops embedded_ops = {
	.network = network,
	.identity = identity,
	.height = height,
	.epoch = epoch,
	.balance = balance,
	.nonce = nonce,
	.channel = channel,
	.final_channel = embedded_final_channel,
	.lane = lane,
	.last_lane = last_lane,
	.each_channel = each_channel,
	.collected = embedded_collected,
	.payout = embedded_collected,
	.epoch_seconds = epoch_seconds,
	.estimate = embedded_estimate,
	.base_fee = base_fee,
	.try = try,
	.channel_code = channel_code,
	.created = created,
	.submit = embedded_submit,
	.outcome = embedded_outcome,
	.error = embedded_error,
	.set_clock = set_clock,
	.close = close_self,
};
