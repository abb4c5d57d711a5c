/* receipts - what a party can prove after a deal with somebody who cheats. */

#include "../../support/cheats.h"
#include "../../support/test.h"
#include "party/receipt.h"

/* The receipts in the bundle that the client makes; 0 if it can't make one. */
static size_t receipts_in_bundle(struct scene *s)
{
	struct bytes made = {0};
	struct signed_statement statement;
	struct verified_bundle verified = {0};
	struct deal_name name = {SIDE_CLIENT, s->deal};

	if (party_bundle(&s->client, &made, &name, (struct span){0}) == STATUS_OK)
		CHECK(signed_decode(&statement, bytes_span(&made)) == STATUS_OK &&
				bundle_verify(&verified, &statement, &s->client.error) == STATUS_OK,
			"what is made verifies");
	bytes_release(&made);
	return verified.receipt_count;
}

/* The message with the provider's receipt, which says @fewer bytes than were sent. */
static void put_message(struct scene *s, struct bytes *message, uint64_t fewer)
{
	struct bytes made = {0}, body = {0}, again = {0};
	struct signed_statement statement;
	struct deal_receipt receipt = {0};
	struct deal_name name = {SIDE_PROVIDER, s->deal};

	CHECK_EQUAL(party_receipt(&s->provider, &made, &name), STATUS_OK, "the provider signs");
	CHECK(signed_decode(&statement, bytes_span(&made)) == STATUS_OK &&
			receipt_decode(&receipt, statement.body) == STATUS_OK,
		"a receipt");
	receipt.bytes -= fewer;
	receipt_encode(&body, &receipt);
	CHECK_EQUAL(statement_sign(&again, STATEMENT_RECEIPT, bytes_span(&body), &s->provider.key), STATUS_OK,
		"and what it likes");
	receipt_put_message(message, bytes_span(&again));
	bytes_release(&made);
	bytes_release(&body);
	bytes_release(&again);
}

static void test_lying_seller(void)
{
	struct bytes all = {0}, honest = {0}, lie = {0};
	struct client_deal deal;
	struct scene s;

	scene_begin(&s, 2, 0);
	scene_begin_deal(&s);
	scene_finish_deal(&s, &all);
	deal = scene_client_deal(&s);
	put_message(&s, &honest, 0);
	put_message(&s, &lie, 1);
	CHECK_EQUAL(party_keep_receipt(&s.client, &deal, bytes_span(&honest)), STATUS_OK, "a receipt comes");
	CHECK_EQUAL(receipts_in_bundle(&s), 2, "and is in the bundle");
	CHECK_EQUAL(party_keep_receipt(&s.client, &deal, bytes_span(&lie)), STATUS_OK, "another one comes");
	CHECK_EQUAL(receipts_in_bundle(&s), 1, "PROOF 4: the buyer proves its side without a receipt that contradicts");
	bytes_release(&all);
	bytes_release(&honest);
	bytes_release(&lie);
	scene_end(&s);
}

/* A payer may pay on as many lanes as it likes: the seller names the vouchers of all of them. */
static void test_two_lanes(void)
{
	struct voucher_move move = {.where = OURS, .nonce = 1, .lane = 3};
	struct bytes made = {0}, answer = {0};
	struct signed_statement statement;
	struct deal_receipt receipt = {0};
	struct deal_name name = {SIDE_PROVIDER, 0};
	struct cheats c;
	struct scene s;

	scene_begin(&s, 2, 0);
	scene_begin_deal(&s);
	name.id = scene_provider_deal(&s).id;
	set_up_cheats(&s, &c, 100000000);
	CHECK_EQUAL(scene_send(&s, &answer), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	c.due = 20;
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_PAYMENT_NEEDED, "a part of it is paid");
	move.lane = 1;
	CHECK_EQUAL(cheat(&s, &c, &move, &answer), STATUS_PAYMENT_NEEDED, "and another part on another lane");
	CHECK_EQUAL(party_receipt(&s.provider, &made, &name), STATUS_OK, "the provider can sign what it was paid");
	CHECK(signed_decode(&statement, bytes_span(&made)) == STATUS_OK &&
			receipt_decode(&receipt, statement.body) == STATUS_OK,
		"a receipt");
	CHECK_EQUAL(receipt_vouchers(&receipt).left, 2, "that names both vouchers");
	bytes_release(&made);
	bytes_release(&answer);
	scene_end(&s);
}

int main(void)
{
	if (!scratch_begin())
		return test_end();
	content_make();
	test_lying_seller();
	test_two_lanes();
	content_release();
	scratch_end();
	return test_end();
}
