/* top_up.c - a channel that lacks funds gets them once, also when the run before was killed with its message on the ledger. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../../support/scene.h"
#include "../../support/test.h"
#include "buyer/recovery.h"
#include "messages/chain_message.h"
#include "store/channels.h"

#define PRICE 2

/* As after a recovery: vouchers that came back have promised @more than the store knew. */
static void promise(struct scene *s, uint64_t more)
{
	struct address address = scene_client_deal(s).channel;
	struct amount amount = amount_u64(more);
	struct kv_txn *txn = NULL;
	struct channel channel;

	CHECK(kv_begin_write(store_kv(s->client.store), &txn) == STATUS_OK &&
			store_get_channel(txn, &channel, &address) == STATUS_OK &&
			amount_add(&channel.reserved, &channel.reserved, &amount) &&
			store_put_channel(txn, &channel) == STATUS_OK && kv_commit(&txn) == STATUS_OK,
		"more is promised");
}

static struct amount balance(struct scene *s)
{
	struct address address = scene_client_deal(s).channel;
	struct paych head = {.balance = amount_zero()};

	CHECK_EQUAL(ledger_channel(s->ledger, &head, &address), STATUS_OK, "the channel is on the ledger");
	paych_release(&head);
	return head.balance;
}

static void check_grown(struct scene *s, const struct amount *before, uint64_t want, const char *what)
{
	struct amount now = balance(s), grown, wanted = amount_u64(want);

	CHECK(amount_sub(&grown, &now, before) && amount_cmp(&grown, &wanted) == 0, what);
}

/* The run before has sent its message, and was killed before it recorded the end. */
static void be_killed(struct scene *s, uint64_t value)
{
	char about[48];
	struct chain_message m = {.to = scene_client_deal(s).channel,
		.method = METHOD_SEND,
		.value = amount_u64(value),
		.params = span_of("", 0)};
	struct receipt receipt = {0};

	snprintf(about, sizeof(about), "top up %" PRIu64, s->deal);
	m.about = span_text(about);
	CHECK_EQUAL(chain_message_send(&s->client, &receipt, &m), STATUS_OK, "the message is on the ledger");
}

int main(void)
{
	struct amount before;
	struct scene s;

	if (!scratch_begin())
		return test_end();
	content_make();
	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	before = balance(&s);
	CHECK_EQUAL(buyer_top_up(&s.client, s.deal), STATUS_OK, "nothing is missing");
	check_grown(&s, &before, 0, "nothing is added");
	promise(&s, 30);
	be_killed(&s, 30);
	CHECK_EQUAL(buyer_top_up(&s.client, s.deal), STATUS_OK, "what was missing is there");
	check_grown(&s, &before, 30, "nothing is added twice");
	promise(&s, 30);
	CHECK_EQUAL(buyer_top_up(&s.client, s.deal), STATUS_OK, "the same amount is missing again");
	check_grown(&s, &before, 60, "the amount is added, whatever was added before");
	promise(&s, 5);
	be_killed(&s, 2);
	CHECK_EQUAL(buyer_top_up(&s.client, s.deal), STATUS_OK, "a part was added by the run before");
	check_grown(&s, &before, 65, "the rest is added");
	scene_end(&s);
	content_release();
	scratch_end();
	return test_end();
}
