/* embedded_keeper.c - the acts of the keeper of the embedded ledger: fund, place, advance, set the price of gas.
 *
 * Knows that only embedded_fund() and embedded_place() create money, and that
 * each act changes the books and adds one log entry, in one write transaction.
 * Refuses to know messages and signatures.
 */
#include <string.h>

#include "embedded/embedded_private.h"

#define ADVANCE_MAX (INT64_C(1) << 40) /* epochs: a million years; no sum of epochs overflows */

typedef enum status keeper_act(struct kv_txn *txn, struct books *b, struct embedded_entry *entry, void *ctx);

static enum status keep(struct embedded *e, const char *what, keeper_act *act, void *ctx)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct embedded_entry entry = {0};
	struct books b;
	enum status s = embedded_begin_write(e, &txn, &b);

	if (s != STATUS_OK)
		return s;
	strncpy(entry.what, what, sizeof(entry.what) - 1);
	s = act(txn, &b, &entry, ctx);
	if (s != STATUS_OK)
		return s;
	s = embedded_catch_up(e, txn, &b); /* advance: messages have come due */
	if (s != STATUS_OK)
		return s;
	entry.epoch = books_epoch(e, &b);
	s = entry_append(txn, &b, &entry);
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

static enum status advance(struct kv_txn *txn, struct books *b, struct embedded_entry *entry, void *ctx)
{
	const int64_t *epochs = ctx;

	(void)txn;
	(void)entry;
	if (*epochs > ADVANCE_MAX - b->advanced)
		return STATUS_BAD_NUMBER;
	b->advanced += *epochs;
	return STATUS_OK;
}

enum status embedded_advance(struct embedded *e, int64_t epochs, int64_t *now)
{
	enum status s;

	/* The clock moves only forward. */
	if (epochs < 0 || epochs > ADVANCE_MAX)
		return STATUS_BAD_NUMBER;
	s = keep(e, "advance", advance, &epochs);
	return s == STATUS_OK ? embedded_ops.epoch(e, now) : s;
}

/* The messages that the old price has held up are due now, and not when they were: they may pay the new price. */
static enum status hasten(struct kv_txn *txn, int64_t now)
{
	struct queued q;
	enum status s;

	for (s = queued_first(txn, &q); s == STATUS_OK && q.due < now; s = queued_first(txn, &q)) {
		s = pool_move(txn, &q, now);
		if (s != STATUS_OK)
			return s;
	}
	return s == STATUS_NOT_FOUND ? STATUS_OK : s;
}

/** struct pricing - a new price, and the epoch from which it counts. */
struct pricing {
	const struct embedded *e;
	const struct amount *price;
};

static enum status set_price(struct kv_txn *txn, struct books *b, struct embedded_entry *entry, void *ctx)
{
	const struct pricing *p = ctx;

	if (!books_priced(b))
		return STATUS_BAD_STATE;
	b->gas_price = *p->price;
	entry->value = *p->price;
	return hasten(txn, books_epoch(p->e, b));
}

enum status embedded_set_gas_price(struct embedded *e, const struct amount *price)
{
	struct pricing p = {e, price};

	if (amount_is_zero(price) || amount_is_negative(price))
		return STATUS_BAD_AMOUNT;
	return keep(e, "gas-price", set_price, &p);
}

/* INVARIANT 11: the only function that creates money. */
static enum status create_money(struct books *b, const struct amount *value)
{
	if (amount_is_negative(value) || !amount_add(&b->funded, &b->funded, value))
		return STATUS_BAD_AMOUNT;
	return STATUS_OK;
}

struct funding {
	const struct address *who;
	const struct amount *value;
};

static enum status fund(struct kv_txn *txn, struct books *b, struct embedded_entry *entry, void *ctx)
{
	const struct funding *f = ctx;
	struct paych head;
	enum status s;

	if (address_is_none(f->who) || address_protocol(f->who) == ADDRESS_ACTOR)
		return STATUS_BAD_ADDRESS;
	s = channel_load(txn, &head, f->who);
	if (s != STATUS_NOT_FOUND)
		return s == STATUS_OK ? STATUS_BAD_ADDRESS : s;
	s = create_money(b, f->value);
	if (s != STATUS_OK)
		return s;
	entry->to = *f->who;
	entry->value = *f->value;
	return account_credit(txn, f->who, f->value);
}

enum status embedded_fund(struct embedded *e, const struct address *who, const struct amount *value)
{
	struct funding f = {who, value};

	return keep(e, "fund", fund, &f);
}

struct placing {
	const struct address *channel, *from, *to;
	const struct amount *balance;
};

static enum status place(struct kv_txn *txn, struct books *b, struct embedded_entry *entry, void *ctx)
{
	const struct placing *p = ctx;
	struct paych head = {.from = *p->from, .to = *p->to, .balance = *p->balance}, old;
	struct account a;
	enum status s;

	if (address_is_none(p->channel) || address_is_none(p->from) || address_is_none(p->to))
		return STATUS_BAD_ADDRESS;
	s = channel_load(txn, &old, p->channel);
	if (s == STATUS_NOT_FOUND)
		s = account_load(txn, &a, p->channel);
	if (s != STATUS_NOT_FOUND)
		return s == STATUS_OK ? STATUS_EXISTS : s;
	s = create_money(b, p->balance);
	if (s != STATUS_OK)
		return s;
	entry->channel = *p->channel;
	entry->from = *p->from;
	entry->to = *p->to;
	entry->value = *p->balance;
	return channel_save(txn, &head, p->channel);
}

enum status embedded_place(struct embedded *e, const struct address *channel_address, const struct address *from,
	const struct address *to, const struct amount *value)
{
	struct placing p = {channel_address, from, to, value};

	return keep(e, "place", place, &p);
}
