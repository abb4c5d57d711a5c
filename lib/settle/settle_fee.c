/* settle_fee.c - what the messages that settle a channel take as their fees.
 *
 * Knows the ledger's estimate of a message, and the gas of collecting, which
 * no ledger can estimate before the settle delay is over.  Refuses to know
 * whether a step is worth its fee: settle_judge.c.
 */
#include "settle/settling_private.h"

/*
 * Gas limit of the message that collects a channel: 3.3 million at most were used on network version 28 by actors v18,
 * and a node's estimate is a quarter above the use. The message that settles uses 3 million.
 */
#define COLLECT_GAS 4125000

bool settle_cost_add(struct settle_cost *sum, const struct settle_cost *more)
{
	sum->known = sum->known && more->known;
	sum->about = sum->about || more->about;
	return amount_add(&sum->fee, &sum->fee, &more->fee) && amount_add(&sum->most, &sum->most, &more->most);
}

struct settle_cost settle_cost_none(void)
{
	return (struct settle_cost){.known = true, .fee = amount_zero(), .most = amount_zero()};
}

/* Learn, once for each channel, what all estimates need. */
static enum status know_price(struct settling *settling)
{
	struct settle_price *price = &settling->price;
	struct ledger *ledger = settling->p->ledger;
	enum status s;

	if (price->known)
		return STATUS_OK;
	s = ledger_base_fee(ledger, &price->base_fee);
	if (s != STATUS_OK)
		return s;
	price->free = amount_is_zero(&price->base_fee);
	if (!price->free) {
		s = party_address(settling->p, &price->us);
		if (s == STATUS_OK)
			s = ledger_balance(ledger, &price->balance, &price->us);
		if (s == STATUS_OK)
			s = ledger_nonce(ledger, &price->nonce, &price->us);
		if (s != STATUS_OK)
			return s;
	}
	price->known = true;
	return STATUS_OK;
}

static enum status price_message(struct settling *settling, struct settle_cost *out, const struct message *m)
{
	struct settle_cost cost = {.known = true};

	if (!message_fee_now(&cost.fee, m, &settling->price.base_fee) || !message_fee(&cost.most, m))
		return STATUS_BAD_AMOUNT;
	settling->price.gas = *m;
	settling->price.has_gas = true;
	*out = cost;
	return STATUS_OK;
}

/*
 * The estimate is without a ceiling: the person learns the real fee, and the ceiling is kept where a message is signed.
 * A ledger can't run a message of an account that has nothing, nor price one that would take more than the node allows.
 */
static enum status estimate(
	struct settling *settling, struct settle_cost *out, struct receipt *refusal, const struct message *message)
{
	struct message m = *message;
	enum status s;

	if (settling->price.free || amount_is_zero(&settling->price.balance)) {
		*out = settle_cost_none();
		out->known = settling->price.free;
		return STATUS_OK;
	}
	m.from = settling->price.us;
	m.nonce = settling->price.nonce;
	m.value = amount_zero();
	s = ledger_estimate(settling->p->ledger, &m, refusal, NULL);
	if (s == STATUS_TOO_DEAR || s == STATUS_NO_FUNDS) {
		*out = settle_cost_none();
		out->known = false;
		return STATUS_OK;
	}
	return s == STATUS_OK ? price_message(settling, out, &m) : s;
}

enum status settling_cost(struct settling *settling, struct settle_cost *out, struct receipt *refusal, uint64_t method,
	struct span params)
{
	struct message m = {.to = settling->channel.address, .method = method, .params = params};
	enum status s = know_price(settling);

	return s == STATUS_OK ? estimate(settling, out, refusal, &m) : s;
}

/* The price of a unit of gas: by an earlier estimate, or by that of a plain message to ourselves. */
static enum status know_gas(struct settling *settling, struct settle_cost *out)
{
	struct receipt refusal = {0};
	struct message plain = {.to = settling->price.us, .method = METHOD_SEND, .params = span_of("", 0)};
	enum status s;

	*out = settle_cost_none();
	if (settling->price.free || settling->price.has_gas)
		return STATUS_OK;
	s = estimate(settling, out, &refusal, &plain);
	out->known = s == STATUS_OK && out->known;
	return s == STATUS_REJECTED ? STATUS_OK : s;
}

enum status settling_cost_of_collecting(struct settling *settling, struct settle_cost *out)
{
	struct receipt refusal = {0};
	struct settle_cost cost;
	struct message m;
	enum status s;

	if (settling->head.settling_at != 0 && settling->epoch >= settling->head.settling_at) {
		s = settling_cost(settling, &cost, &refusal, METHOD_PAYCH_COLLECT, span_of("", 0));
		if (s != STATUS_REJECTED) {
			if (s == STATUS_OK)
				*out = cost;
			return s;
		}
	}
	s = know_price(settling);
	if (s == STATUS_OK)
		s = know_gas(settling, &cost);
	if (s == STATUS_OK && settling->price.has_gas) {
		m = settling->price.gas;
		m.gas_limit = COLLECT_GAS;
		s = price_message(settling, &cost, &m);
		cost.about = true;
	}
	if (s == STATUS_OK)
		*out = cost;
	return s;
}

enum status settling_cost_of_closing(struct settling *settling, struct settle_cost *out)
{
	struct receipt refusal = {0};
	struct settle_cost cost = settle_cost_none(), collect;
	enum status s = settling_cost(settling, &cost, &refusal, METHOD_PAYCH_SETTLE, span_of("", 0));

	if (s == STATUS_REJECTED) /* the message itself will say why */
		cost.known = false;
	else if (s != STATUS_OK)
		return s;
	s = settling_cost_of_collecting(settling, &collect);
	if (s != STATUS_OK)
		return s;
	if (!settle_cost_add(&cost, &collect))
		return STATUS_BAD_AMOUNT;
	*out = cost;
	return STATUS_OK;
}
