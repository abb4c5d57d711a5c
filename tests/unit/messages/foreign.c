/* foreign.c - a stranger with our key, another home of ours, takes the nonce of each kind of message.
 *
 * MONEY 18: a message that carries money is sent anew only by a new call; one
 * that carries none is sent anew at once.
 */
#include "../../support/account.h"
#include "messages/chain_message.h"

static struct address channel;
/* While this is set, the ledger takes no message. */
static bool deaf;

static enum status submit(void *self, struct outcome *o, const struct signed_message *m)
{
	return deaf ? STATUS_NOT_NOW : embedded_ops.submit(self, o, m);
}

/* Another home sends a message with the next nonce of our key. */
static void take_nonce(void)
{
	struct message m = {.from = us, .to = them, .params = span_of("", 0)};
	struct signed_message sm;
	struct outcome o;

	CHECK_EQUAL(ledger_nonce(party.ledger, &m.nonce, &us), STATUS_OK, "nonce");
	CHECK_EQUAL(message_sign(&sm, &m, &party.key), STATUS_OK, "sign");
	CHECK_EQUAL(embedded_ops.submit(books, &o, &sm), STATUS_OK, "the other home's message");
	CHECK_EQUAL(o.state, MESSAGE_FINAL, "is executed");
}

static enum status send(struct chain_message *m, struct receipt *receipt)
{
	error_clear(&party.error);
	return chain_message_send(&party, receipt, m);
}

/* Store the message, let the other home take its nonce, and send again. */
static void check_kind(const char *name, struct chain_message *m)
{
	bool has_money = !amount_is_zero(&m->value);
	struct receipt receipt = {0};
	uint64_t before, after;

	m->about = span_text(name);
	deaf = true;
	CHECK_EQUAL(send(m, &receipt), STATUS_NOT_NOW, name);
	deaf = false;
	take_nonce();
	CHECK_EQUAL(ledger_nonce(party.ledger, &before, &us), STATUS_OK, name);
	if (has_money) {
		CHECK_EQUAL(send(m, &receipt), STATUS_REPLACED, "money: said, not done");
		CHECK(strstr(party.error.why, "another message of our key has used nonce") != NULL, "the words");
		CHECK_EQUAL(ledger_nonce(party.ledger, &after, &us), STATUS_OK, name);
		CHECK_EQUAL(after, before, "nothing was sent");
	}
	CHECK_EQUAL(send(m, &receipt), STATUS_OK, has_money ? "the same again: done" : "no money: done at once");
	CHECK_EQUAL(ledger_nonce(party.ledger, &after, &us), STATUS_OK, name);
	CHECK_EQUAL(after, before + 1, "by one message");
	if (message_creates(&(struct message){.to = m->to, .method = m->method}))
		channel = receipt.created;
	CHECK_EQUAL(chain_message_forget(&party, m->about), STATUS_OK, "forget");
}

static void test_create(void)
{
	CLEAN_BYTES struct bytes params = {0};
	struct chain_message m = {
		.to = address_of_id(ADDRESS_INIT_ACTOR_ID), .method = METHOD_INIT_EXEC, .value = amount_u64(70)};
	struct cid code = paych_code();

	create_params(&params, &code, &us, &them);
	m.params = bytes_span(&params);
	check_kind("create", &m);
}

static void test_update(void)
{
	CLEAN_BYTES struct bytes params = {0};
	struct voucher v = {.channel = channel, .nonce = 1, .amount = amount_u64(5)};
	struct chain_message m = {.to = channel, .method = METHOD_PAYCH_UPDATE};

	CHECK_EQUAL(voucher_sign(&v, &their_key), STATUS_OK, "a voucher that the payee has signed");
	update_params(&params, &v, span_of("", 0));
	m.params = bytes_span(&params);
	check_kind("update", &m);
}

int main(void)
{
	const struct embedded_options o = {.network = NETWORK_MAIN, .manual = true};
	struct chain_message m = {.params = span_of("", 0)};
	int64_t now;

	if (!account_open(&o, 1000))
		return test_end();
	ops.submit = submit;
	account_join();
	test_create();
	m.to = channel;
	m.value = amount_u64(30);
	check_kind("add-funds", &m);
	test_update();
	m.value = amount_zero();
	m.method = METHOD_PAYCH_SETTLE;
	check_kind("settle", &m);
	CHECK_EQUAL(embedded_advance(books, PAYCH_SETTLE_DELAY, &now), STATUS_OK, "advance");
	m.method = METHOD_PAYCH_COLLECT;
	check_kind("collect", &m);
	account_close();
	return test_end();
}
