/* inherit_lies - a client that claims to hold what it does not, and a provider that does not listen to what is held. */
#include <fcntl.h>
#include <unistd.h>

#include "../../support/take_body.h"
#include "../../support/test.h"
#include "../../support/trade.h"
#include "buyer/pay.h"
#include "buyer/requests.h"
#include "seller/send.h"
#include "seller/serving.h"
#include "seller/take.h"

/** struct by_hand - a deal by the steps of the tools, between a provider that is open here and a client that lies. */
struct by_hand {
	struct party p;
	struct client_deal d;
};

static void begin_by_hand(struct by_hand *h, const char *provider, uint64_t unseal)
{
	struct proposal_request r = trade_request(provider, &repeating, unseal, PRICE, INTERVAL);
	struct party client;

	trade_begin();
	trade_offer(provider, &repeating, unseal, PRICE, INTERVAL);
	open_named(&client, "client");
	CHECK_EQUAL(buyer_propose(&client, NULL, &h->d, &r), STATUS_OK, "the client proposes");
	close_named(&client);
	open_named(&h->p, provider);
}

static enum status claim(struct by_hand *h, struct bytes *answer, uint64_t held)
{
	struct bytes frames = {0};
	struct span body;
	uint64_t deal;
	enum status s;

	frames_proposal(&frames, &h->d, held);
	body = span_of(frames.data + 2, frames.len - 2); /* its length takes two bytes */
	s = seller_take_body(&h->p, answer, &deal, body, NULL);
	bytes_release(&frames);
	return s;
}

static enum status send_blocks(struct by_hand *h, struct bytes *stream)
{
	return seller_send(&h->p, h->d.id, NULL, &(struct sink){gather, NULL, stream});
}

/* A client that claims to hold everything, and more, has nothing to get and nothing to pay. */
static void test_holds_too_much(uint64_t unseal)
{
	struct bytes answer = {0}, stream = {0}, again = {0};
	struct provider_deal d;
	struct by_hand h;

	begin_by_hand(&h, "b", unseal);
	CHECK_EQUAL(claim(&h, &answer, UINT64_MAX), STATUS_OK, "the proposal is accepted");
	CHECK_EQUAL(send_blocks(&h, &stream), unseal != 0 ? STATUS_PAYMENT_NEEDED : STATUS_OK,
		"what is not the bytes' price is asked for");
	CHECK_EQUAL(send_blocks(&h, &again), unseal != 0 ? STATUS_PAYMENT_NEEDED : STATUS_OK, "again");
	CHECK(span_equal(bytes_span(&stream), bytes_span(&again)), "and the same bytes come out");
	CHECK_EQUAL(party_get_provider(&h.p, &d, h.d.id), STATUS_OK, "the deal is there");
	CHECK_EQUAL(d.state, unseal != 0 ? DEAL_FUNDS_NEEDED_LAST_PAYMENT : DEAL_COMPLETED, "at its end");
	CHECK(d.total_sent == 0 && d.blocks_sent == 0 && d.seeded_blocks == repeating.blocks, "nothing was sent");
	close_named(&h.p);
	bytes_release(&answer);
	bytes_release(&stream);
	bytes_release(&again);
	trade_end("b");
}

/* MONEY 14: what is held is fixed at acceptance; another number later is how far the client says that it has come. */
static void test_claim_changes(uint64_t held, uint64_t later)
{
	struct bytes answer = {0}, repeated = {0}, stream = {0}, again = {0};
	struct sender *sender = NULL;
	struct provider_deal before, after;
	struct by_hand h;

	begin_by_hand(&h, "b", 0);
	CHECK_EQUAL(claim(&h, &answer, held), STATUS_OK, "the proposal is accepted");
	CHECK_EQUAL(send_blocks(&h, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	CHECK_EQUAL(party_get_provider(&h.p, &before, h.d.id), STATUS_OK, "the deal is there");
	CHECK_EQUAL(claim(&h, &repeated, later), STATUS_OK, "it is proposed again");
	CHECK(span_equal(bytes_span(&answer), bytes_span(&repeated)), "and gets the same answer");
	CHECK(sender_new(&sender, &h.p, h.d.id, NULL) == STATUS_OK &&
			sender_go(sender, &(struct sink){gather, NULL, &again}) == STATUS_PAYMENT_NEEDED,
		"it is sent again");
	sender_free(sender);
	CHECK_EQUAL(party_get_provider(&h.p, &after, h.d.id), STATUS_OK, "the deal is there");
	CHECK(after.skip_links == held && after.seeded_blocks == before.seeded_blocks, "what is held is the same");
	CHECK(after.total_sent == before.total_sent && after.blocks_sent == before.blocks_sent,
		"what is billed is the same");
	CHECK(later > held ? again.len < stream.len : span_equal(bytes_span(&again), bytes_span(&stream)),
		"no link is sent that is held, or that has come since");
	close_named(&h.p);
	bytes_release(&answer);
	bytes_release(&repeated);
	bytes_release(&stream);
	bytes_release(&again);
	trade_end("b");
}

/* The provider's whole side of a connection on which one proposal comes in. */
static void serve_file(struct party *p, const struct bytes *frames, struct bytes *out)
{
	char in_path[96], out_path[96];
	struct connection line = {.wake = -1};
	struct serving_log shop = {0};

	snprintf(in_path, sizeof(in_path), "%s/in", scratch);
	snprintf(out_path, sizeof(out_path), "%s/out", scratch);
	CHECK(write_file(in_path, bytes_span(frames)), "the frames are written");
	line.in = open(in_path, O_RDONLY);
	line.out = open(out_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	CHECK_EQUAL(seller_run(p, &line, NULL, &shop), STATUS_END, "the connection ends early");
	close(line.in);
	close(line.out);
	*out = read_file(out_path);
}

/* validate and send-blocks say what serve says. */
static void test_steps_as_serve(uint64_t held)
{
	struct bytes steps = {0}, served = {0}, frames = {0};
	struct provider_deal by_steps = {0}, by_serve = {0};
	struct by_hand h;

	begin_by_hand(&h, "b", 0);
	trade_offer("c", &repeating, 0, PRICE, INTERVAL);
	CHECK_EQUAL(claim(&h, &steps, held), STATUS_OK, "the proposal is accepted");
	CHECK_EQUAL(send_blocks(&h, &steps), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	CHECK_EQUAL(party_get_provider(&h.p, &by_steps, h.d.id), STATUS_OK, "the deal is there");
	close_named(&h.p);
	open_named(&h.p, "c");
	frames_proposal(&frames, &h.d, held);
	serve_file(&h.p, &frames, &served);
	CHECK_EQUAL(party_get_provider(&h.p, &by_serve, h.d.id), STATUS_OK, "the deal is there");
	close_named(&h.p);
	CHECK(span_equal(bytes_span(&steps), bytes_span(&served)), "both say the same");
	CHECK(by_steps.skip_links == held && by_serve.skip_links == held &&
			by_steps.total_sent == by_serve.total_sent && by_steps.seeded_blocks == by_serve.seeded_blocks,
		"and count the same");
	bytes_release(&steps);
	bytes_release(&served);
	bytes_release(&frames);
	trade_end("bc");
}

/* A provider that sends all from the start, whatever is held: what is there is ignored, and not paid for. */
static void test_sends_all_the_same(void)
{
	uint64_t first, second, inherited;
	struct bytes frames = {0}, stream = {0}, payment = {0};
	struct receiver *receiver = NULL;
	struct client_deal d;
	struct party client, provider;
	struct amount no_ceiling = minus_one();
	struct by_hand h;
	struct span rest;
	enum status s = STATUS_OK;

	trade_begin();
	trade_offer("a", &repeating, 0, PRICE, SLOWLY);
	trade_offer("b", &repeating, 0, PRICE, INTERVAL);
	first = cut_off("a", &repeating, 2);
	second = trade_propose("b", &repeating, 0, INTERVAL);
	h.d = trade_client_deal(second);
	open_named(&h.p, "b");
	CHECK_EQUAL(claim(&h, &stream, 0), STATUS_OK, "the provider does not listen");
	CHECK_EQUAL(send_blocks(&h, &stream), STATUS_PAYMENT_NEEDED, "and sends from the start");
	provider = h.p;
	close_named(&provider);
	open_named(&client, "client");
	CHECK(receiver_new(&receiver, &client) == STATUS_OK && receiver_open(receiver, second) == STATUS_OK &&
			receiver_seed(receiver, first) == STATUS_OK,
		"the deal inherits");
	CHECK_EQUAL(receiver_request(receiver, &frames), STATUS_OK, "and asks");
	inherited = receiver_deal(receiver)->inherited;
	for (rest = bytes_span(&stream); rest.len != 0 && s == STATUS_OK;) {
		uint64_t length = 0;
		size_t used = 0;

		CHECK_EQUAL(varint_decode(&length, &used, rest.data, rest.len), STATUS_OK, "a frame");
		s = receiver_take_body(receiver, span_of(rest.data + used, length));
		rest = span_of(rest.data + used + length, rest.len - used - length);
	}
	CHECK_EQUAL(s, STATUS_BAD_MESSAGE, "it asks for more than is due");
	CHECK_EQUAL(receiver_finish(receiver), STATUS_OK, "what was right before that is kept");
	d = *receiver_deal(receiver);
	receiver_free(receiver);
	CHECK(d.inherited == inherited && d.inherited_blocks == 2, "what was inherited is so still");
	CHECK(d.total_received <= INTERVAL + CHUNK, "what came twice was not received");
	CHECK(buyer_pay(&client, &payment, NULL, second, &no_ceiling) != STATUS_OK && payment.len == 0,
		"and nothing is paid");
	close_named(&client);
	bytes_release(&frames);
	bytes_release(&stream);
	bytes_release(&payment);
	trade_end("ab");
}

int main(void)
{
	if (!scratch_begin())
		return test_end();
	contents_make();
	test_holds_too_much(0);
	test_holds_too_much(500);
	test_claim_changes(6, 0);
	test_claim_changes(6, 6);
	test_claim_changes(6, 8);
	test_claim_changes(6, UINT64_MAX);
	test_steps_as_serve(0);
	test_steps_as_serve(6);
	test_sends_all_the_same();
	contents_release();
	scratch_end();
	return test_end();
}
