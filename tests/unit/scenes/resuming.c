/* resuming - deals that come again: whose they are, by what request, and from where. */

#include <string.h>

#include "../../support/scene.h"
#include "../../support/take_body.h"
#include "../../support/test.h"
#include "buyer/requests.h"
#include "seller/send.h"
#include "seller/take.h"

/* One frame from a client that the transport calls @name. */
static enum status takes_from(
	struct scene *s, struct bytes *answer, uint64_t *deal, const char *name, const struct bytes *frame)
{
	struct limits limits = {.has_max_owed = true};
	struct span stream = bytes_span(frame);

	strcpy(limits.client, name);
	return seller_take_body(&s->provider, answer, deal, next_frame(&stream), &limits);
}

/* Make the data-transfer request in @frame a restart, under another graphsync request. */
static void make_restart(struct bytes *frame, const struct client_deal *deal)
{
	uint8_t *type = memmem(frame->data, frame->len, "\x64Type\x00", 6);
	uint8_t *id = memmem(frame->data, frame->len, deal->request, REQUEST_ID_SIZE);

	if (CHECK(type != NULL && id != NULL, "the proposal has a type and a request id")) {
		type[5] = TRANSFER_RESTART;
		id[3] ^= 0x55;
	}
}

static void test_two_clients_one_id(void)
{
	struct bytes first = {0}, second = {0}, answer = {0}, cancel = {0};
	struct client_deal deal;
	struct provider_deal of_alice, of_bob;
	uint64_t alice, bob, again;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	scene_propose(&s, &first);
	deal = scene_client_deal(&s);
	deal.transfer += 7;
	deal.request[2] ^= 1;
	frames_proposal(&second, &deal, 0);
	CHECK_EQUAL(takes_from(&s, &answer, &alice, "alice", &first), STATUS_OK, "a deal of alice");
	CHECK_EQUAL(takes_from(&s, &answer, &bob, "bob", &second), STATUS_OK, "bob's deal has the same id");
	CHECK(alice == s.deal && bob != alice, "each is a deal of its own here");
	CHECK_EQUAL(takes_from(&s, &answer, &again, "bob", &second), STATUS_OK, "bob comes again");
	CHECK_EQUAL(again, bob, "and finds his own");
	frames_client_cancel(&cancel, &deal);
	CHECK_EQUAL(takes_from(&s, &answer, &again, "bob", &cancel), STATUS_OK, "bob cancels");
	CHECK(party_get_provider(&s.provider, &of_alice, alice) == STATUS_OK &&
			party_get_provider(&s.provider, &of_bob, bob) == STATUS_OK,
		"both are there");
	CHECK(of_alice.state == DEAL_ONGOING && of_bob.state == DEAL_CANCELLED, "which is nothing to alice");
	CHECK_EQUAL(provider_wire_id(&of_bob), s.deal, "bob hears the id that he gave");
	bytes_release(&first);
	bytes_release(&second);
	bytes_release(&answer);
	bytes_release(&cancel);
	scene_end(&s);
}

static void test_restart(bool cancelled_first)
{
	struct bytes stream = {0}, frame = {0}, answer = {0}, cancel = {0}, all = {0};
	struct client_deal own;
	struct provider_deal before, after;
	struct span frames;
	uint64_t deal;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	own = scene_client_deal(&s);
	CHECK_EQUAL(scene_send(&s, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	before = scene_provider_deal(&s);
	if (cancelled_first) { /* the graphsync request alone, as Go clients do before they restart */
		frames_client_cancel(&cancel, &own);
		frames = bytes_span(&cancel);
		next_frame(&frames);
		CHECK_EQUAL(seller_take_body(&s.provider, &answer, &deal, next_frame(&frames), NULL), STATUS_OK,
			"a graphsync cancel is heard");
		CHECK_EQUAL(scene_provider_deal(&s).state, before.state, "and is no end of the deal");
	}
	frames_proposal(&frame, &own, 0);
	make_restart(&frame, &own);
	bytes_clear(&answer);
	CHECK_EQUAL(provider_takes(&s, &answer, &frame), STATUS_OK, "a restart under another request is taken");
	after = scene_provider_deal(&s);
	CHECK(memcmp(after.request, before.request, REQUEST_ID_SIZE) != 0 && after.state == before.state &&
			after.total_sent == before.total_sent,
		"by the same deal, which answers the new request");
	frames_proposal(&all, &own, 0);
	bytes_clear(&answer);
	CHECK_EQUAL(provider_takes(&s, &answer, &all), STATUS_OK, "and so is a new transfer with the old ids");
	CHECK(memcmp(scene_provider_deal(&s).request, before.request, REQUEST_ID_SIZE) == 0, "under its request");
	bytes_clear(&all);
	scene_finish_deal(&s, &all);
	bytes_release(&stream);
	bytes_release(&frame);
	bytes_release(&answer);
	bytes_release(&cancel);
	bytes_release(&all);
	scene_end(&s);
}

/* A client whose store is older than its deal is sent again what it paid for. */
static void test_lost_at_the_client(void)
{
	struct bytes all = {0}, frame = {0}, answer = {0}, again = {0}, rest = {0};
	struct client_deal own;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	scene_finish_deal(&s, &all);
	CHECK_EQUAL(scene_provider_deal(&s).state, DEAL_COMPLETED, "the deal is done");
	own = scene_client_deal(&s);
	frames_proposal(&frame, &own, 0);
	CHECK_EQUAL(provider_takes(&s, &answer, &frame), STATUS_OK, "it is proposed again by who has nothing");
	CHECK_EQUAL(scene_send(&s, &again), STATUS_OK, "it is sent again");
	CHECK(again.len > content.goods.bytes, "with all its blocks");
	bytes_clear(&frame);
	frames_proposal(&frame, &own, 2);
	CHECK_EQUAL(provider_takes(&s, &answer, &frame), STATUS_OK, "who has two links says so");
	CHECK_EQUAL(scene_send(&s, &rest), STATUS_OK, "it is sent again");
	CHECK(rest.len < again.len, "from there on");
	CHECK_EQUAL(scene_provider_deal(&s).total_sent, content.goods.bytes, "nothing is billed twice");
	bytes_release(&all);
	bytes_release(&frame);
	bytes_release(&answer);
	bytes_release(&again);
	bytes_release(&rest);
	scene_end(&s);
}

/* A deal that is over without success says so, and why. */
static void test_over(void)
{
	struct bytes frame = {0}, answer = {0}, ended = {0};
	struct client_deal own;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	own = scene_client_deal(&s);
	CHECK_EQUAL(seller_cancel(&s.provider, &ended, s.deal), STATUS_OK, "the provider cancels");
	frames_proposal(&frame, &own, 0);
	CHECK_EQUAL(provider_takes(&s, &answer, &frame), STATUS_BAD_STATE, "it is not begun again");
	CHECK(memmem(answer.data, answer.len, "cancelled by the provider", 25) != NULL, "the client hears why");
	CHECK_EQUAL(client_takes_all(&s, &answer), STATUS_OK, "and takes it");
	CHECK(deal_is_final(SIDE_CLIENT, scene_client_deal(&s).state), "for the end of the deal");
	bytes_release(&frame);
	bytes_release(&answer);
	bytes_release(&ended);
	scene_end(&s);
}

int main(void)
{
	if (!scratch_begin())
		return 1;
	content_make();
	test_two_clients_one_id();
	test_restart(false);
	test_restart(true);
	test_lost_at_the_client();
	test_over();
	content_release();
	scratch_end();
	return test_end();
}
