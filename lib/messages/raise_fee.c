/* raise_fee.c - a further try of a message to the ledger.
 *
 * MONEY 19: the ceiling holds for each try, and only one of them is executed.
 * MONEY 23: a try has the call and the nonce of the message; all tries are kept
 * until one of them is final.
 */
#include "messages/raise_fee.h"

#include "messages/chain_sign.h"
#include "messages/in_flight.h"
#include "store/pending.h"

#define RAISE_PERCENT 125 /* of the premium. Source: Lotus 1.36, node/config, the default of its own replacement */

/** struct bid - a message while its new gas is chosen. */
struct bid {
	struct party *p;
	const struct message *old;
	struct message new;
	struct amount least_premium, least_cap; /* that the ledger takes in the place of @old */
};

static struct amount larger(const struct amount *a, const struct amount *b)
{
	return amount_cmp(a, b) > 0 ? *a : *b;
}

/* What the ledger proposes now. An actor that would refuse the message is no reason to let its nonce wait for ever. */
static enum status estimate(struct bid *bid, struct message *now)
{
	struct receipt refusal = {0};
	enum status s;

	*now = *bid->old;
	s = ledger_estimate(bid->p->ledger, now, &refusal, &bid->p->max_fee);
	if (s != STATUS_REJECTED)
		return s;
	error_clear(&bid->p->error);
	*now = *bid->old;
	return STATUS_OK;
}

static enum status choose(struct bid *bid, const struct message *now, enum raise_reason why)
{
	const struct message *old = bid->old;
	struct amount raised;
	int64_t quarter = old->gas_limit / 4 + 1;

	if (!message_least_premium(&bid->least_premium, &old->gas_premium) ||
		!amount_mul_bytes(&raised, &old->gas_premium, RAISE_PERCENT))
		return STATUS_BAD_AMOUNT;
	raised = amount_divide(&raised, 100);
	raised = larger(&raised, &bid->least_premium);
	bid->least_cap = larger(&old->gas_fee_cap, &bid->least_premium);
	bid->new = *old;
	bid->new.gas_limit = now->gas_limit > old->gas_limit ? now->gas_limit : old->gas_limit;
	if (why == RAISE_GAS && bid->new.gas_limit < old->gas_limit + quarter)
		bid->new.gas_limit = old->gas_limit + quarter;
	bid->new.gas_premium = larger(&raised, &now->gas_premium);
	bid->new.gas_fee_cap = larger(&bid->least_cap, &now->gas_fee_cap);
	bid->new.gas_fee_cap = larger(&bid->new.gas_fee_cap, &bid->new.gas_premium);
	return STATUS_OK;
}

static enum status explain_too_dear(struct bid *bid, const struct amount *needed)
{
	char needed_text[AMOUNT_TEXT_MAX], ceiling[AMOUNT_TEXT_MAX];

	amount_decimal(needed_text, needed);
	party_hint(bid->p, "settle --bump --max-fee %safil", needed_text);
	return party_fail(bid->p, STATUS_TOO_DEAR,
		"a further try needs a fee of up to %s afil, above the ceiling of %s afil for all tries", needed_text,
		amount_decimal(ceiling, &bid->p->max_fee));
}

/* Lower the new fee to the ceiling, but not below what takes the place of the old message. */
static enum status lower_to_ceiling(struct bid *bid)
{
	struct message *new = &bid->new;
	struct amount fee, least;

	if (!message_fee(&fee, new) || !amount_mul_bytes(&least, &bid->least_cap, (uint64_t) new->gas_limit))
		return STATUS_BAD_AMOUNT;
	if (amount_cmp(&least, &bid->p->max_fee) > 0)
		return explain_too_dear(bid, &least);
	if (amount_cmp(&fee, &bid->p->max_fee) <= 0)
		return STATUS_OK;
	new->gas_fee_cap = amount_divide(&bid->p->max_fee, (uint64_t) new->gas_limit);
	if (amount_cmp(&new->gas_premium, &new->gas_fee_cap) > 0)
		new->gas_premium = new->gas_fee_cap;
	return STATUS_OK;
}

/* MONEY 18: what the new try takes beyond the old one must be there beside the other messages in flight. */
static enum status check_funds(struct bid *bid)
{
	struct amount old, new, more, spendable;
	enum status s;

	if (!message_fee(&old, bid->old) || !message_fee(&new, &bid->new) || !amount_sub(&more, &new, &old))
		return STATUS_BAD_AMOUNT;
	if (amount_is_zero(&new))
		return party_fail(
			bid->p, STATUS_BAD_STATE, "gas is free on this ledger: no fee makes a message faster");
	s = in_flight_spendable(bid->p, &spendable, &bid->old->from, &more);
	if (s != STATUS_OK && s != STATUS_CORRUPT) /* a damaged message holds up no fee, which has its ceiling */
		return s;
	return amount_cmp(&more, &spendable) > 0 ? chain_explain_no_funds(bid->p, &bid->old->from, &more) : STATUS_OK;
}

/* Sign and store the try, unless another process has stored one since @old_encoded was read. */
static enum status store_try(struct bid *bid, struct span about, struct span old_encoded)
{
	CLEAN_BYTES struct bytes known = {0}, encoded = {0};
	CLEAN_TXN struct kv_txn *txn = NULL;
	enum status s = chain_sign(bid->p, &encoded, &bid->new);

	if (s != STATUS_OK)
		return s;
	s = kv_begin_write(store_kv(bid->p->store), &txn);
	if (s != STATUS_OK)
		return s;
	s = store_get_pending(txn, &known, about);
	if (s != STATUS_OK)
		return s;
	if (!span_equal(bytes_span(&known), old_encoded))
		return party_fail(bid->p, STATUS_BUSY, "another process has raised the fee of this message");
	s = store_put_try(txn, about, bytes_span(&encoded));
	return s == STATUS_OK ? kv_commit(&txn) : s;
}

enum status raise_fee(struct party *p, struct raised *out, struct span about, enum raise_reason why, bool plan)
{
	CLEAN_BYTES struct bytes encoded = {0};
	struct signed_message m;
	struct message now;
	struct bid bid = {.p = p, .old = &m.message};
	struct raised raised;
	enum status s = chain_newest(p, &m, &encoded, about);

	if (s != STATUS_OK)
		return s;
	s = in_flight_count_tries(p, &raised.tries, about);
	if (s != STATUS_OK)
		return s;
	s = estimate(&bid, &now);
	if (s != STATUS_OK)
		return s;
	s = choose(&bid, &now, why);
	if (s != STATUS_OK)
		return s;
	s = lower_to_ceiling(&bid);
	if (s != STATUS_OK)
		return s;
	s = check_funds(&bid);
	if (s != STATUS_OK)
		return s;
	raised.tries++;
	raised.before = m.message;
	raised.after = bid.new;
	raised.before.params = raised.after.params = span_of("", 0);
	*out = raised;
	return plan ? STATUS_OK : store_try(&bid, about, bytes_span(&encoded));
}
