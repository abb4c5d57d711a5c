/* embedded_gas.c - gas on a ledger where gas has a price.
 *
 * Knows how much gas each message uses, as measured on a Lotus node of network
 * version 28; that the base fee is the price which the ledger was given; and
 * that what a message pays goes to the account of burnt funds, f099, so that the
 * books still balance (INVARIANT 11).  A message pays the price for the gas that
 * it uses, and its premium for all of its gas limit.  Refuses to know what a
 * message does.
 */
#include <inttypes.h>
#include <stdio.h>

#include "embedded/embedded_private.h"

#define GAS_CREATE    10000000
#define GAS_SEND      1300000
#define GAS_SETTLE    3000000
#define GAS_COLLECT   3300000
#define GAS_INCLUSION 450000 /* a message with less is turned away: on Lotus, 300000 is */

#define PREMIUM            100000 /* afil: the least that Lotus proposes */
#define BASE_FEE_EPOCHS    20     /* a fee cap covers a base fee that rises by an eighth in each of these */
#define EXIT_NO_BALANCE    2      /* SysErrSenderStateInvalid */
#define EXIT_OUT_OF_GAS    7
#define BURNT_FUNDS_NUMBER 99

/* An update writes the tree of lanes, whose height follows from the highest lane. */
static enum status gas_of_update(struct kv_txn *txn, int64_t *gas, const struct message *m)
{
	struct voucher v;
	struct span secret;
	uint64_t highest = 0;
	enum status s = update_params_decode(&v, &secret, m->params);

	*gas = (int64_t)paych_gas_of_update(0);
	if (s != STATUS_OK)
		return s == STATUS_NO_MEMORY ? s : STATUS_OK; /* the actor refuses it */
	s = lane_last(txn, &highest, &m->to);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	*gas = (int64_t)paych_gas_of_update(v.lane > highest ? v.lane : highest);
	return STATUS_OK;
}

static enum status gas_of(struct kv_txn *txn, int64_t *gas, const struct message *m)
{
	struct address init = address_of_id(ADDRESS_INIT_ACTOR_ID);

	*gas = GAS_COLLECT;
	if (address_equal(&m->to, &init))
		*gas = GAS_CREATE;
	else if (m->method == METHOD_SEND)
		*gas = GAS_SEND;
	else if (m->method == METHOD_PAYCH_UPDATE)
		return gas_of_update(txn, gas, m);
	else if (m->method == METHOD_PAYCH_SETTLE)
		*gas = GAS_SETTLE;
	return STATUS_OK;
}

bool books_priced(const struct books *b)
{
	return !amount_is_zero(&b->gas_price);
}

/* The message is not executed: it pays nothing, and its nonce stays free. */
static enum status turn_away(struct call *c, int code, const char *why)
{
	struct receipt *r = &c->receipt;

	r->exit_code = code;
	r->gas_used = 0;
	snprintf(r->text, sizeof(r->text), "%s", why);
	c->turned_away = true;
	return STATUS_OK;
}

enum status embedded_gas_begin(struct call *c)
{
	struct receipt *r = &c->receipt;
	struct account a;
	enum status s = gas_of(c->txn, &r->gas_used, c->m);

	if (s != STATUS_OK || c->dry || !books_priced(c->books))
		return s;
	if (c->m->gas_limit < GAS_INCLUSION)
		return turn_away(c, EXIT_OUT_OF_GAS, "the gas limit does not cover the inclusion of the message");
	if (!message_fee(&c->held, c->m))
		return STATUS_BAD_AMOUNT;
	s = account_get(c->txn, &a, &c->m->from);
	if (s != STATUS_OK)
		return s;
	if (amount_cmp(&c->held, &a.balance) > 0)
		return turn_away(c, EXIT_NO_BALANCE, "the sender can't pay for the gas");
	if (!amount_sub(&a.balance, &a.balance, &c->held))
		return STATUS_BAD_AMOUNT;
	c->out_of_gas = c->m->gas_limit < r->gas_used;
	if (c->out_of_gas)
		r->gas_used = c->m->gas_limit;
	return account_save(c->txn, &a, &c->m->from);
}

enum status embedded_out_of_gas(struct call *c)
{
	c->receipt.exit_code = EXIT_OUT_OF_GAS;
	snprintf(c->receipt.text, sizeof(c->receipt.text), "out of gas: the limit is %" PRId64, c->m->gas_limit);
	return STATUS_OK;
}

/* Price times gas used, and premium times gas limit; price and premium together are at most the fee cap. */
static bool fee_of(struct amount *fee, const struct call *c)
{
	struct amount tip, base, most;

	if (!amount_sub(&most, &c->m->gas_fee_cap, &c->books->gas_price))
		return false;
	tip = amount_cmp(&c->m->gas_premium, &most) < 0 ? c->m->gas_premium : most;
	return amount_mul_bytes(&base, &c->books->gas_price, (uint64_t)c->receipt.gas_used) &&
	       amount_mul_bytes(&tip, &tip, (uint64_t)c->m->gas_limit) && amount_add(fee, &base, &tip);
}

enum status embedded_gas_end(struct call *c)
{
	struct address burnt = address_of_id(BURNT_FUNDS_NUMBER);
	struct amount rest;
	enum status s;

	if (c->dry || !books_priced(c->books))
		return STATUS_OK;
	if (!fee_of(&c->entry.fee, c) || !amount_sub(&rest, &c->held, &c->entry.fee))
		return STATUS_BAD_AMOUNT;
	s = account_credit(c->txn, &c->m->from, &rest);
	return s == STATUS_OK ? account_credit(c->txn, &burnt, &c->entry.fee) : s;
}

/* What a message should offer when the base fee is @price. */
static bool propose(struct message *m, const struct amount *price, int64_t gas)
{
	struct amount rise, cap = *price, premium = amount_u64(PREMIUM);

	for (int i = 0; i < BASE_FEE_EPOCHS; i++) {
		rise = amount_divide(&cap, 8);
		if (!amount_add(&cap, &cap, &rise))
			return false;
	}
	m->gas_limit = gas + gas / 4;
	m->gas_premium = premium;
	return amount_add(&m->gas_fee_cap, &cap, &premium);
}

/* Keep the fee at or below @max_fee. */
static bool limit_fee(struct message *m, const struct amount *max_fee)
{
	struct amount fee;

	if (!message_fee(&fee, m))
		return false;
	if (amount_cmp(&fee, max_fee) <= 0)
		return true;
	m->gas_fee_cap = amount_divide(max_fee, (uint64_t)m->gas_limit);
	if (amount_cmp(&m->gas_premium, &m->gas_fee_cap) > 0)
		m->gas_premium = m->gas_fee_cap;
	return true;
}

static enum status read_price(struct embedded *e, struct amount *price, int64_t *gas, const struct message *m)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct books b;
	enum status s = embedded_begin_read(e, &txn);

	if (s != STATUS_OK)
		return s;
	s = books_load(txn, &b);
	if (s != STATUS_OK)
		return s;
	*price = b.gas_price;
	return gas_of(txn, gas, m);
}

enum status embedded_propose(struct embedded *e, struct message *m, struct amount *price, const struct amount *max_fee)
{
	struct message local = *m;
	int64_t gas;
	enum status s = read_price(e, price, &gas, m);

	if (s != STATUS_OK)
		return s;
	local.gas_limit = 0;
	local.gas_fee_cap = local.gas_premium = amount_zero();
	if (!amount_is_zero(price) && !propose(&local, price, gas))
		return STATUS_BAD_AMOUNT;
	if (max_fee != NULL && !limit_fee(&local, max_fee))
		return STATUS_BAD_AMOUNT;
	*m = local;
	return STATUS_OK;
}

static enum status explain_too_dear(
	struct embedded *e, const struct amount *price, int64_t limit, const struct amount *max)
{
	char needed[AMOUNT_TEXT_MAX], ceiling[AMOUNT_TEXT_MAX];
	struct amount least;

	if (!amount_mul_bytes(&least, price, (uint64_t)limit))
		return STATUS_BAD_AMOUNT;
	return error_set(&e->error, STATUS_TOO_DEAR, "the ledger takes %s afil now, above the fee of %s afil",
		amount_decimal(needed, &least), amount_decimal(ceiling, max));
}

enum status embedded_estimate(void *self, struct message *m, struct receipt *refusal, const struct amount *max_fee)
{
	struct embedded *e = self;
	struct message local = *m;
	struct amount price;
	enum status s = embedded_propose(e, &local, &price, max_fee);

	(void)refusal; /* the actor judges a message when the ledger executes the message */
	if (s != STATUS_OK)
		return s;
	if (max_fee != NULL && amount_cmp(&local.gas_fee_cap, &price) < 0)
		return explain_too_dear(e, &price, local.gas_limit, max_fee);
	*m = local;
	return STATUS_OK;
}
