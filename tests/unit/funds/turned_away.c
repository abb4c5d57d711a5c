/* turned_away.c - an order of money whose message was turned away: the message stays, and so does its order. */
#include "../../support/account.h"
#include "funds/funding.h"

#define PRICE 1000 /* afil for a unit of gas */
#define FUNDS 1000000000000000000

static bool short_of_gas; /* the next estimate has too little */
static unsigned estimates;

static enum status estimate(void *self, struct message *m, struct receipt *refusal, const struct amount *max_fee)
{
	enum status s = embedded_ops.estimate(self, m, refusal, max_fee);

	estimates++;
	if (short_of_gas)
		m->gas_limit = 300000;
	short_of_gas = false;
	return s;
}

static enum status order(struct address *channel)
{
	struct funding_order funds = {.name = "an order", .to = them, .amount = amount_u64(700)};

	error_clear(&party.error);
	return funding_fulfil(&party, channel, &funds);
}

static void test_turned_away(void)
{
	struct amount want = amount_u64(700);
	struct paych head = {0};
	struct address channel;
	uint64_t nonce = 99;

	party.max_fee = amount_u64(40000000000);
	short_of_gas = true;
	CHECK_EQUAL(order(&channel), STATUS_TOO_DEAR, "too little gas, and a ceiling that does not cover enough");
	CHECK(strstr(party.error.why, "above the ceiling") != NULL, "the words");
	estimates = 0;
	CHECK_EQUAL(order(&channel), STATUS_TOO_DEAR, "the same again");
	CHECK_EQUAL(estimates, 1, "the ledger is asked once");
	party.max_fee = amount_u64(FUNDS);
	CHECK_EQUAL(order(&channel), STATUS_OK, "with a higher ceiling the message gets through");
	CHECK(ledger_channel(party.ledger, &head, &channel) == STATUS_OK && amount_cmp(&head.balance, &want) == 0,
		"the channel has the amount");
	CHECK(ledger_nonce(party.ledger, &nonce, &us) == STATUS_OK && nonce == 1, "by one message");
	paych_release(&head);
}

int main(void)
{
	const struct embedded_options o = {.network = NETWORK_MAIN, .manual = true, .gas_price = amount_u64(PRICE)};

	if (!account_open(&o, FUNDS))
		return test_end();
	ops.estimate = estimate;
	account_join();
	test_turned_away();
	account_close();
	return test_end();
}
