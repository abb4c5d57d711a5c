/* adversary_ledger - what a provider gets out of the ledger by vouchers that are old, late, altered, or submitted to
 * another channel: "MOVE: lost N afil, bound M afil".
 *
 * The deal is honest and complete. What the client has lost is what the ledger
 * has paid to the provider in the end, less what the client's verified bytes
 * are worth. Every voucher of the deal is good by itself; the moves differ in
 * what is submitted, and when.
 */
#include <stdlib.h>

#include "../../support/cheats.h"
#include "../../support/test.h"
#include "chain/ledger.h"
#include "deal/paych.h"
#include "store/channels.h"
#include "wire/message.h"

#define STEPS_MAX 12
#define LAST      UINT64_MAX /* the best voucher of the lane */

enum verb {
	NOTHING, /* the end of a move */
	SUBMIT,
	SUBMIT_RAISED,    /* with a higher amount, under the old signature */
	SUBMIT_MOVED,     /* for another lane, under the old signature */
	SUBMIT_ELSEWHERE, /* to another channel of the same two parties */
	SETTLE,
	CLIENT_SETTLES,
	WAIT, /* until the settle delay is over */
	COLLECT,
};

/** struct ledger_step - one message of the provider. @nonce: of the voucher. @want: the exit code is 0. */
struct ledger_step {
	enum verb verb;
	uint64_t nonce;
	bool want;
};

/** struct move - what the provider does. @paid: it gets all that it has earned. */
struct move {
	const char *name;
	struct ledger_step steps[STEPS_MAX];
	bool paid;
};

static uint64_t number_of(const struct amount *amount)
{
	char digits[AMOUNT_TEXT_MAX];

	return strtoull(amount_decimal(digits, amount), NULL, 10);
}

static int submit(struct scene *s, const struct ledger_step *step, const struct address *elsewhere)
{
	struct client_deal deal = scene_client_deal(s);
	struct bytes encoded = {0}, params = {0};
	struct kv_txn *txn = NULL;
	struct voucher voucher = {0};
	uint64_t nonce = step->nonce == LAST ? deal.voucher_nonce : step->nonce;
	int code;

	CHECK_EQUAL(kv_begin_read(store_kv(s->client.store), &txn), STATUS_OK, "the client's store is readable");
	CHECK_EQUAL(store_get_voucher(txn, &encoded, &deal.channel, deal.lane, nonce), STATUS_OK, "a voucher");
	kv_abort(&txn);
	CHECK_EQUAL(voucher_decode(&voucher, bytes_span(&encoded)), STATUS_OK, "that decodes");
	if (step->verb == SUBMIT_RAISED)
		voucher.amount = afil(number_of(&voucher.amount) + 1);
	if (step->verb == SUBMIT_MOVED)
		voucher.lane++;
	update_params(&params, &voucher, span_of("", 0));
	code = scene_on_ledger(s, &s->provider.key, step->verb == SUBMIT_ELSEWHERE ? elsewhere : &deal.channel,
		METHOD_PAYCH_UPDATE, bytes_span(&params));
	bytes_release(&params);
	bytes_release(&encoded);
	return code;
}

static int take_step(struct scene *s, const struct ledger_step *step, const struct address *elsewhere)
{
	struct client_deal deal = scene_client_deal(s);
	struct span none = span_of("", 0);

	switch (step->verb) {
	case SUBMIT:
	case SUBMIT_RAISED:
	case SUBMIT_MOVED:
	case SUBMIT_ELSEWHERE:
		return submit(s, step, elsewhere);
	case SETTLE:
		return scene_on_ledger(s, &s->provider.key, &deal.channel, METHOD_PAYCH_SETTLE, none);
	case CLIENT_SETTLES:
		return scene_on_ledger(s, &s->client.key, &deal.channel, METHOD_PAYCH_SETTLE, none);
	case COLLECT:
		return scene_on_ledger(s, &s->provider.key, &deal.channel, METHOD_PAYCH_COLLECT, none);
	case WAIT:
		scene_advance(s, PAYCH_SETTLE_DELAY);
		return 0;
	case NOTHING:
		return 0;
	}
	return -1;
}

static void play(const struct move *move)
{
	struct address client, provider, elsewhere;
	struct amount balance = amount_zero();
	struct bytes all = {0};
	struct client_deal deal;
	uint64_t worth, paid;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	client = address_of_party(&s.client);
	provider = address_of_party(&s.provider);
	scene_begin_deal(&s);
	scene_finish_deal(&s, &all);
	elsewhere = scene_place(&s, 77, &client, &provider, 1000000);
	deal = scene_client_deal(&s);
	worth = deal.total_received * PRICE;
	CHECK(deal.voucher_nonce >= 2, "the deal has several vouchers");
	for (size_t i = 0; i < STEPS_MAX && move->steps[i].verb != NOTHING; i++)
		CHECK_EQUAL(take_step(&s, &move->steps[i], &elsewhere) == 0, move->steps[i].want, move->name);
	CHECK_EQUAL(ledger_balance(s.ledger, &balance, &provider), STATUS_OK, "the provider has an account");
	paid = number_of(&balance);
	check_loss(move->name, paid > worth ? paid - worth : 0, 0);
	CHECK_EQUAL(paid == worth, move->paid, "what is earned is paid, if it is submitted in time");
	bytes_release(&all);
	scene_end(&s);
}

int main(void)
{
	static const struct move moves[] = {
		{"the provider submits the best voucher, and old ones behind it",
			{{SUBMIT, LAST, true}, {SUBMIT, 1, false}, {SUBMIT, LAST, false}, {SETTLE, 0, true},
				{SUBMIT, 1, false}, {WAIT, 0, true}, {COLLECT, 0, true}},
			true},
		{"it submits each voucher in turn",
			{{SUBMIT, 1, true}, {SUBMIT, 2, true}, {SUBMIT, LAST, true}, {SETTLE, 0, true}, {WAIT, 0, true},
				{COLLECT, 0, true}},
			true},
		{"it submits an old voucher alone",
			{{SUBMIT, 1, true}, {SETTLE, 0, true}, {WAIT, 0, true}, {COLLECT, 0, true}}, false},
		{"it submits the best voucher in the settle delay, and collects twice",
			{{CLIENT_SETTLES, 0, true}, {COLLECT, 0, false}, {SUBMIT, LAST, true}, {WAIT, 0, true},
				{COLLECT, 0, true}, {COLLECT, 0, false}, {SUBMIT, LAST, false}},
			true},
		{"it comes after the settle delay, before the collection",
			{{CLIENT_SETTLES, 0, true}, {WAIT, 0, true}, {SUBMIT, LAST, false}, {COLLECT, 0, true}}, false},
		{"it settles, and comes after its own settle delay",
			{{SUBMIT, 1, true}, {SETTLE, 0, true}, {WAIT, 0, true}, {SUBMIT, LAST, false},
				{COLLECT, 0, true}},
			false},
		{"it raises an amount, and moves a voucher to another lane",
			{{SUBMIT, LAST, true}, {SUBMIT_RAISED, LAST, false}, {SUBMIT_MOVED, LAST, false},
				{SUBMIT_MOVED, 1, false}, {SETTLE, 0, true}, {WAIT, 0, true}, {COLLECT, 0, true}},
			true},
		{"it submits a voucher to another channel of the same parties",
			{{SUBMIT_ELSEWHERE, LAST, false}, {SUBMIT, LAST, true}, {SUBMIT_ELSEWHERE, 1, false},
				{SETTLE, 0, true}, {WAIT, 0, true}, {COLLECT, 0, true}},
			true},
	};

	if (!scratch_begin())
		return test_end();
	content_make();
	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
		play(&moves[i]);
	content_release();
	scratch_end();
	return test_end();
}
