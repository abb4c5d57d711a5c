/* open_to.c - a funded channel to a payee.
 *
 * The amount is what has to be available, not what is added: so the same order
 * again, killed or not, moves no money twice.
 */
#include "opening/open_to.h"

#include "binding/older_home.h"
#include "funds/channels.h"
#include "funds/funding.h"
#include "funds/pair.h"
#include "messages/chain_message.h"
#include "messages/in_flight.h"

#define OPEN_TRIES 8 /* a channel may begin to settle while it is funded */

/* Only who signs with a key can redeem a voucher; what an actor is can't be seen in its address. */
static enum status check_payee(struct party *p, const struct address *us, const struct address *payee)
{
	char text[ADDRESS_TEXT_MAX];

	address_text(text, payee, p->network);
	if (address_equal(us, payee))
		return party_fail(p, STATUS_USAGE, "%s is our own address: a channel pays somebody else", text);
	if (address_is_key(payee))
		return STATUS_OK;
	return party_fail(p, STATUS_USAGE, "%s is not the address of a key: a payee is an %c1 or %c3 address", text,
		(char)p->network, (char)p->network);
}

static enum status find_payer(struct party *p, struct address *us, const struct address *payee)
{
	enum status s = party_address(p, us);

	return s == STATUS_OK ? check_payee(p, us, payee) : s;
}

/* A deal may have taken of the amount since the order was done, which is done by whatever run comes first. */
static enum status has_amount(struct party *p, bool *has, const struct address *channel, const struct paych *head,
	const struct amount *amount)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	struct channel known;
	struct amount left;
	enum status s = kv_begin_read(store_kv(p->store), &txn);

	if (s == STATUS_OK)
		s = store_get_channel(txn, &known, channel);
	if (s != STATUS_OK)
		return s;
	if (!channel_uncommitted(&left, head, &known))
		return STATUS_BAD_AMOUNT;
	*has = amount_cmp(&left, amount) >= 0;
	return STATUS_OK;
}

/* BUSY if the channel takes no payments any more, or has less than the amount: another one, or more, is needed. */
static enum status open_once(struct party *p, struct address *channel, const struct funding_order *order)
{
	CLEAN_PAYCH struct paych head = {0};
	bool has = false;
	enum status s = funding_fulfil(p, channel, order), dropped;

	if (s != STATUS_OK)
		return s;
	s = ledger_channel(p->ledger, &head, channel);
	if (s != STATUS_OK && s != STATUS_NOT_FOUND)
		return s;
	dropped = funding_forget(p, order);
	if (dropped != STATUS_OK)
		return dropped;
	if (s == STATUS_NOT_FOUND || head.settling_at != 0)
		return STATUS_BUSY;
	s = has_amount(p, &has, channel, &head, &order->amount);
	return s == STATUS_OK && !has ? STATUS_BUSY : s;
}

enum status open_to(struct party *p, struct address *channel, const struct address *payee, const struct amount *amount)
{
	const struct funding_order order = {.name = "open", .to = *payee, .amount = *amount, .need = true};
	char text[ADDRESS_TEXT_MAX], to[ADDRESS_TEXT_MAX], digits[AMOUNT_TEXT_MAX];
	struct address us;
	enum status s = find_payer(p, &us, payee);

	if (s == STATUS_OK)
		s = older_home_check(p);
	if (s != STATUS_OK)
		return s;
	s = STATUS_BUSY;
	for (int i = 0; i < OPEN_TRIES && s == STATUS_BUSY; i++)
		s = open_once(p, channel, &order);
	if (s == STATUS_OK)
		party_done(p, "channel %s to %s: %s afil are available", address_text(text, channel, p->network),
			address_text(to, payee, p->network), amount_decimal(digits, amount));
	return s;
}

enum status open_to_plan(struct party *p, const struct address *payee, const struct amount *amount)
{
	char text[ADDRESS_TEXT_MAX], digits[AMOUNT_TEXT_MAX];
	struct amount left = amount_zero(), missing, spendable;
	struct pair_channel found;
	struct address us;
	enum status s = find_payer(p, &us, payee);

	if (s == STATUS_OK)
		s = pair_find(p, &found, &us, payee);
	if (s != STATUS_OK)
		return s;
	if ((found.any && !channel_uncommitted(&left, &found.head, &found.known)) ||
		!amount_sub(&missing, amount, &left))
		return STATUS_BAD_AMOUNT;
	if (amount_is_negative(&missing))
		missing = amount_zero();
	s = in_flight_spendable(p, &spendable, &us, &missing);
	if (s != STATUS_OK)
		return s;
	if (amount_cmp(&missing, &spendable) > 0)
		return chain_explain_no_funds(p, &us, &missing);
	address_text(text, found.any ? &found.known.address : payee, p->network);
	party_done(p,
		found.any ? "would use channel %s and add %s afil to it" : "would open a channel to %s with %s afil",
		text, amount_decimal(digits, &missing));
	return STATUS_OK;
}
