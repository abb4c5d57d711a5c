/* older_home.c - MONEY 16, MONEY 18: one book of nonces, by address, tells whether this home is an older copy. */
#include "binding/older_home.h"
#include "../../support/account.h"
#include "binding/lanes.h"
#include "messages/chain_message.h"
#include "store/pending.h"

static struct address ours, theirs; /* a channel that each account pays through */
/* While this is set, the ledger takes no message. */
static bool poor;

static enum status submit(void *self, struct outcome *o, const struct signed_message *m)
{
	return poor ? STATUS_NO_FUNDS : embedded_ops.submit(self, o, m);
}

/* Another home sends a message with the next nonce of our key. */
static void send_elsewhere(void)
{
	struct message m = {.from = us, .to = them, .params = span_of("", 0)};
	struct signed_message sm;
	struct outcome o = {.state = MESSAGE_UNKNOWN};

	CHECK(ledger_nonce(party.ledger, &m.nonce, &us) == STATUS_OK &&
			message_sign(&sm, &m, &party.key) == STATUS_OK &&
			embedded_ops.submit(books, &o, &sm) == STATUS_OK && o.state == MESSAGE_FINAL,
		"the other home's message is executed");
}

static enum status send_here(void)
{
	struct chain_message m = {
		.about = span_text("ours"), .to = them, .value = amount_u64(1), .params = span_of("", 0)};
	struct receipt receipt;
	enum status s = chain_message_send(&party, &receipt, &m);

	if (s == STATUS_OK)
		s = chain_message_forget(&party, m.about);
	return s;
}

static void put_channel(const struct address *channel, const struct address *from)
{
	struct channel record = {.address = *channel, .from = *from, .to = *from, .outbound = true, .next_lane = 5};
	struct kv_txn *txn = NULL;

	CHECK(kv_begin_write(store_kv(party.store), &txn) == STATUS_OK &&
			store_put_channel(txn, &record) == STATUS_OK && kv_commit(&txn) == STATUS_OK,
		"a channel");
}

static uint64_t next_lane(const struct address *channel)
{
	struct channel record = {.next_lane = 0};
	struct kv_txn *txn = NULL;

	CHECK(kv_begin_read(store_kv(party.store), &txn) == STATUS_OK &&
			store_get_channel(txn, &record, channel) == STATUS_OK,
		"the channel");
	kv_abort(&txn);
	return record.next_lane;
}

static uint64_t book_of(const struct address *who)
{
	struct kv_txn *txn = NULL;
	uint64_t nonce = 99;

	CHECK(kv_begin_read(store_kv(party.store), &txn) == STATUS_OK &&
			store_get_next_nonce(txn, &nonce, who) == STATUS_OK,
		"the book");
	kv_abort(&txn);
	return nonce;
}

/* Does the check draw a new lane on our channel? */
static bool is_older(void)
{
	uint64_t before = next_lane(&ours);

	CHECK_EQUAL(older_home_check(&party), STATUS_OK, "check");
	return next_lane(&ours) > before + LANES_PASSED;
}

static void test_book(void)
{
	send_elsewhere();
	CHECK(!is_older() && book_of(&us) == 1, "a home that has sent nothing learns where the account is");
	CHECK_EQUAL(send_here(), STATUS_OK, "a message of this home");
	CHECK(!is_older() && book_of(&us) == 2, "is in its book");
	send_elsewhere();
	CHECK(is_older() && book_of(&us) == 3, "a message that the book does not have is another home's");
	CHECK(!is_older(), "which is noticed once");
	CHECK(next_lane(&theirs) == 5 && book_of(&them) == 0, "an account that it does not pay from is no matter");
}

/* A message that the ledger refused to take has left its nonce to others: to this home's next one, or to another's. */
static void test_refused(void)
{
	poor = true;
	CHECK_EQUAL(send_here(), STATUS_NO_FUNDS, "the node refuses to take a message");
	poor = false;
	CHECK_EQUAL(book_of(&us), 3, "its nonce is free again");
	send_elsewhere();
	CHECK(is_older() && book_of(&us) == 4, "who has used it is another home");
	poor = true;
	CHECK_EQUAL(send_here(), STATUS_NO_FUNDS, "once more");
	poor = false;
	CHECK_EQUAL(send_here(), STATUS_OK, "and now it is taken");
	CHECK(!is_older() && book_of(&us) == 5, "by this home itself");
}

/* A message that is about to be sent finds it too. */
static void test_note(void)
{
	uint64_t before = next_lane(&ours);

	send_elsewhere();
	CHECK_EQUAL(send_here(), STATUS_OK, "a message after one that the book does not have");
	CHECK(next_lane(&ours) > before + LANES_PASSED && book_of(&us) == 7, "a lane is drawn with it");
}

int main(void)
{
	const struct embedded_options o = {.network = NETWORK_MAIN, .manual = true};

	if (!account_open(&o, 1000))
		return test_end();
	memset(party.entropy, 7, sizeof(party.entropy));
	ours = address_of_id(100);
	theirs = address_of_id(101);
	ops.submit = submit;
	account_join();
	put_channel(&ours, &us);
	put_channel(&theirs, &them);
	test_book();
	test_refused();
	test_note();
	account_close();
	return test_end();
}
