/* fees.c - what a message may take from the account on a ledger with fees, and what it leaves for the next. */
#include "../../support/account.h"
#include "messages/chain_message.h"
#include "messages/in_flight.h"

#define GAS 1000
#define CAP 5 /* afil for each gas: a fee of 5000 */

/* The ledger takes a fee and, while @deaf is set, no message. */
static bool deaf;
static bool poor; /* another home has taken all of the account but 100 afil */

static enum status estimate(void *self, struct message *m, struct receipt *refusal, const struct amount *max_fee)
{
	(void)self;
	(void)refusal;
	(void)max_fee; /* a node that does not care */
	m->gas_limit = GAS;
	m->gas_fee_cap = amount_u64(CAP);
	m->gas_premium = amount_zero();
	return STATUS_OK;
}

static enum status submit(void *self, struct outcome *o, const struct signed_message *m)
{
	if (poor)
		return STATUS_NO_FUNDS;
	return deaf ? STATUS_NOT_NOW : embedded_ops.submit(self, o, m);
}

static enum status balance(void *self, struct amount *out, const struct address *who)
{
	if (!poor)
		return embedded_ops.balance(self, out, who);
	*out = amount_u64(100);
	return STATUS_OK;
}

static enum status send(const char *about, uint64_t value)
{
	struct chain_message m = {.about = span_text(about),
		.to = them,
		.method = METHOD_SEND,
		.value = amount_u64(value),
		.params = span_of("", 0)};
	struct receipt receipt = {0};

	error_clear(&party.error);
	return chain_message_send(&party, &receipt, &m);
}

static enum status count(void *ctx, const struct in_flight *m)
{
	(void)m;
	(*(unsigned *)ctx)++;
	return STATUS_OK;
}

static unsigned count_stored(void)
{
	unsigned n = 0;

	CHECK_EQUAL(in_flight_each(&party, count, &n), STATUS_OK, "the messages in flight");
	return n;
}

static uint64_t nonce(void)
{
	uint64_t n = 99;

	CHECK_EQUAL(ledger_nonce(party.ledger, &n, &us), STATUS_OK, "nonce");
	return n;
}

/* MONEY 19 */
static void test_ceiling(void)
{
	party.max_fee = amount_u64(GAS * CAP - 1);
	CHECK_EQUAL(send("dear", 10), STATUS_TOO_DEAR, "a fee above the ceiling");
	CHECK_TEXT(party.error.why, "the fee of up to 5000 afil is above the ceiling of 4999 afil", "the words");
	CHECK(count_stored() == 0 && nonce() == 0, "nothing was signed");
	party.max_fee = amount_u64(GAS * CAP);
	CHECK_EQUAL(send("cheap", 10), STATUS_OK, "a fee at the ceiling");
	CHECK_EQUAL(nonce(), 1, "the message was sent");
	CHECK_EQUAL(chain_message_forget(&party, span_text("cheap")), STATUS_OK, "forget");
}

/* MONEY 18: the account has 20000. */
static void test_value_and_fee(void)
{
	CHECK_EQUAL(send("all", 15001), STATUS_NO_FUNDS, "the value and the fee are more than the account has");
	CHECK_EQUAL(count_stored(), 0, "nothing was stored");
	deaf = true;
	CHECK_EQUAL(send("first", 4000), STATUS_NOT_NOW, "the node is not there");
	CHECK_EQUAL(count_stored(), 1, "the message is stored all the same");
	CHECK_EQUAL(send("second", 6001), STATUS_NO_FUNDS, "the first message takes 9000: 11000 are left");
	CHECK_EQUAL(send("second", 6000), STATUS_NOT_NOW, "exactly what is left");
	deaf = false;
	CHECK_EQUAL(send("second", 6000), STATUS_OK, "the second message goes out, after the first");
	CHECK_EQUAL(nonce(), 3, "both are on the ledger");
	CHECK_EQUAL(send("first", 4000), STATUS_OK, "the first message is done");
	CHECK_EQUAL(nonce(), 3, "nothing was sent again");
}

/* A message was stored, and then the account lost what the fee takes: the words count value and fee. */
static void test_poorer(void)
{
	CHECK_EQUAL(chain_message_forget(&party, span_text("first")), STATUS_OK, "forget");
	CHECK_EQUAL(chain_message_forget(&party, span_text("second")), STATUS_OK, "forget");
	deaf = true;
	CHECK_EQUAL(send("third", 50), STATUS_NOT_NOW, "stored");
	deaf = false;
	poor = true;
	CHECK_EQUAL(send("third", 50), STATUS_NO_FUNDS, "the value is there, the fee is not");
	CHECK(strstr(party.error.why, ": needed 5050 afil, available 100 afil, short 4950 afil") != NULL, "the words");
	poor = false;
	CHECK(count_stored() == 0 && nonce() == 3, "the message is taken back");
}

int main(void)
{
	const struct embedded_options o = {.network = NETWORK_MAIN, .manual = true};

	if (!account_open(&o, 20000))
		return test_end();
	them = us; /* money to ourselves: only the fee and the order count here */
	ops.estimate = estimate;
	ops.submit = submit;
	ops.balance = balance;
	account_join();
	test_ceiling();
	test_value_and_fee();
	test_poorer();
	account_close();
	return test_end();
}
