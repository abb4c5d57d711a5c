/* go_peers - what Go peers do that no recording shows: restarts, late acceptances, failures without a word, odd extensions.
 *
 * The provider is frames made here, in the forms that go-data-transfer and
 * go-graphsync send. Source: PROTOCOL section 8.
 */
#include <stdlib.h>
#include <unistd.h>

#include "../../support/take_body.h"
#include "../../support/test.h"
#include "buyer/propose.h"
#include "buyer/receive.h"
#include "buyer/requests.h"
#include "ipld/selector.h"
#include "party/party.h"
#include "wire/frame.h"

#define BLOCKS     4 /* a root with three links, and three leaves */
#define BLOCK_SIZE 1000
#define PRICE      2

static char folder[64];
static struct {
	struct cid cids[BLOCKS];
	struct bytes blocks[BLOCKS];
} content;

static struct amount afil(uint64_t n)
{
	return amount_u64(n);
}

static struct amount less_than_nothing(void)
{
	struct amount out = amount_zero(), zero = amount_zero(), one = afil(1);

	CHECK(amount_sub(&out, &zero, &one), "there is an amount below zero");
	return out;
}

static void make_content(void)
{
	cbor_put_array(&content.blocks[0], BLOCKS - 1);
	for (size_t i = 1; i < BLOCKS; i++) {
		for (size_t at = 0; at < BLOCK_SIZE; at++)
			bytes_append_byte(&content.blocks[i], (uint8_t)(i + at));
		CHECK_EQUAL(cid_of(&content.cids[i], 1, CODEC_RAW, HASH_SHA2_256, bytes_span(&content.blocks[i])),
			STATUS_OK, "a leaf has a CID");
		cbor_put_link(&content.blocks[0], &content.cids[i]);
	}
	CHECK_EQUAL(cid_of(&content.cids[0], 1, CODEC_DAG_CBOR, HASH_SHA2_256, bytes_span(&content.blocks[0])),
		STATUS_OK, "the root has a CID");
}

/* Scenes. */

/** struct scene - a client, and a deal that it has asked for. */
struct scene {
	struct party client;
	struct client_deal deal; /* as proposed */
	struct receiver *receiver;
	struct bytes asked; /* the proposal's frame */
};

static void scene_begin(struct scene *s, uint64_t price)
{
	struct proposal_request request = {.payload = content.cids[0],
		.params = {.selector = selector_all(),
			.price_per_byte = afil(price),
			.payment_interval = 1 << 20,
			.payment_interval_increase = 1 << 20,
			.unseal_price = amount_zero()},
		.size = 100000,
		.max_price = less_than_nothing(),
		.max_total = afil(1000000)};
	uint8_t salt[32] = {7};
	struct kv_txn *txn;
	char path[96];

	*s = (struct scene){.client = {.network = NETWORK_MAIN, .now = 1}};
	snprintf(path, sizeof(path), "%s/client", folder);
	CHECK(store_open(&s->client.store, path, KV_CREATE) == STATUS_OK &&
			kv_begin_write(store_kv(s->client.store), &txn) == STATUS_OK &&
			store_init_ids(txn, salt) == STATUS_OK && kv_commit(&txn) == STATUS_OK,
		"a client opens");
	CHECK_EQUAL(buyer_propose(&s->client, &s->asked, &s->deal, &request), STATUS_OK, "it proposes");
	CHECK_EQUAL(receiver_new(&s->receiver, &s->client), STATUS_OK, "it listens");
	CHECK_EQUAL(receiver_open(s->receiver, s->deal.id), STATUS_OK, "to the deal");
}

static void scene_end(struct scene *s)
{
	char command[128];

	receiver_free(s->receiver);
	bytes_release(&s->asked);
	store_close(s->client.store);
	snprintf(command, sizeof(command), "rm -rf '%s/client'", folder);
	CHECK_EQUAL(system(command), 0, "the client's folder goes");
}

/* A new run of a tool: all that it knows is what is in the store. */
static void start_again(struct scene *s)
{
	CHECK_EQUAL(receiver_finish(s->receiver), STATUS_OK, "what came is kept");
	receiver_free(s->receiver);
	CHECK_EQUAL(receiver_new(&s->receiver, &s->client), STATUS_OK, "it listens again");
	CHECK_EQUAL(receiver_open(s->receiver, s->deal.id), STATUS_OK, "to the same deal");
}

static const struct client_deal *deal_of(const struct scene *s)
{
	return receiver_deal(s->receiver);
}

/* Frames of the provider. */

/** struct word - what a provider says of a deal. */
struct word {
	enum transfer_type type;
	bool refused, paused;
	uint64_t status; /* enum deal_state; 0: no deal response */
	struct amount owed;
};

/** struct said - one graphsync response being made. */
struct said {
	const uint8_t *request;
	int64_t status;
	size_t first, blocks;    /* of the content */
	const struct word *word; /* or NULL */
	const char *extra;       /* the name of another extension, or NULL */
	struct span extra_value;
	enum graphsync_link kind; /* of the links; 0: they are there, with their blocks */
};

static void put_word(struct bytes *out, const struct client_deal *deal, const struct word *word)
{
	struct transfer t = {.has_response = true};
	CLEAN_BYTES struct bytes result = {0};
	struct response response = {.status = word->status, .id = deal->id, .owed = word->owed};

	t.response = (struct transfer_response){
		.type = word->type, .accepted = !word->refused, .paused = word->paused, .id = deal->transfer};
	if (word->status != 0) {
		response_encode(&result, &response, RECORD_SORTED);
		t.response.result = bytes_span(&result);
		t.response.result_type = span_text(TYPE_RESPONSE);
	}
	transfer_encode(out, &t, RECORD_SORTED);
}

static enum status hear(struct scene *s, const struct said *said)
{
	struct graphsync_response response = {
		.status = said->status, .has_links = said->blocks != 0, .link_count = said->blocks};
	struct graphsync_message message = {.response_count = 1,
		.has_responses = true,
		.block_count = said->kind == 0 ? said->blocks : 0,
		.has_blocks = said->kind == 0 && said->blocks != 0};
	CLEAN_BYTES struct bytes links = {0}, blocks = {0}, word = {0}, extensions = {0}, item = {0}, body = {0};
	struct graphsync_extension_item items[2];
	size_t count = 0;

	for (size_t i = said->first; i < said->first + said->blocks; i++) {
		graphsync_put_link(&links, &content.cids[i], said->kind != 0 ? said->kind : LINK_PRESENT);
		if (said->kind != 0)
			continue;
		graphsync_put_block_head(&blocks, &content.cids[i], content.blocks[i].len);
		bytes_append(&blocks, content.blocks[i].data, content.blocks[i].len);
	}
	if (said->word != NULL) {
		put_word(&word, &s->deal, said->word);
		items[count++] = (struct graphsync_extension_item){EXT_TRANSFER, bytes_span(&word)};
	}
	if (said->extra != NULL)
		items[count++] = (struct graphsync_extension_item){said->extra, said->extra_value};
	if (count != 0)
		graphsync_extensions(&extensions, items, count);
	memcpy(response.id, said->request, REQUEST_ID_SIZE);
	response.links = bytes_span(&links);
	response.extensions = bytes_span(&extensions);
	graphsync_put_response(&item, &response);
	message.responses = bytes_span(&item);
	message.blocks = bytes_span(&blocks);
	graphsync_encode(&body, &message);
	return receiver_take_body(s->receiver, bytes_span(&body));
}

static const struct word accepted = {.status = DEAL_ACCEPTED};

static void accept(struct scene *s)
{
	CHECK_EQUAL(hear(s, &(struct said){s->deal.request, GRAPHSYNC_PARTIAL, .word = &accepted}), STATUS_OK,
		"the provider accepts");
}

/* Requests of the client. */

/** struct asked - a request of the client, decoded. */
struct asked {
	struct frame frame;
	struct graphsync_request request;
	struct transfer transfer; /* of a new one */
	struct proposal proposal;
};

static void next_request(struct asked *asked, struct span *stream)
{
	struct span body = {0}, requests;

	CHECK_EQUAL(frame_take(&body, stream), STATUS_OK, "there is a frame");
	CHECK_EQUAL(frame_decode(&asked->frame, body), STATUS_OK, "it decodes");
	CHECK(asked->frame.kind == FRAME_GRAPHSYNC && asked->frame.message.request_count == 1, "it is a request");
	requests = asked->frame.message.requests;
	CHECK(graphsync_next_request(&asked->request, &requests), "which can be read");
	if (asked->request.type == GRAPHSYNC_NEW)
		CHECK_EQUAL(request_proposal(&asked->proposal, &asked->transfer, &asked->request), STATUS_OK,
			"with a proposal");
}

static bool same_id(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, REQUEST_ID_SIZE) == 0;
}

static void test_resume(void)
{
	CLEAN_BYTES struct bytes frames = {0}, again = {0};
	struct span rest, first;
	struct asked proposed, cancel, restart;
	struct client_deal kept;
	struct scene s;

	scene_begin(&s, PRICE);
	first = bytes_span(&s.asked);
	next_request(&proposed, &first);
	CHECK_EQUAL(proposed.transfer.request.type, TRANSFER_NEW, "a first request is a new transfer");
	accept(&s);
	CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, GRAPHSYNC_PARTIAL, 0, 2}), STATUS_OK, "two blocks come");
	start_again(&s);
	CHECK_EQUAL(receiver_request(s.receiver, &frames), STATUS_OK, "an accepted deal is resumed");
	CHECK_EQUAL(party_get_client(&s.client, &kept, s.deal.id), STATUS_OK, "the deal is in the store");
	rest = bytes_span(&frames);
	next_request(&cancel, &rest);
	next_request(&restart, &rest);
	CHECK_EQUAL(rest.len, 0, "by two frames");
	CHECK(cancel.request.type == GRAPHSYNC_CANCEL && same_id(cancel.request.id, s.deal.request),
		"the old request is cancelled");
	CHECK(restart.request.type == GRAPHSYNC_NEW && !same_id(restart.request.id, s.deal.request),
		"the new request has an id of its own");
	CHECK(same_id(restart.request.id, kept.request), "which is in the store before it leaves");
	CHECK_EQUAL(restart.transfer.request.type, TRANSFER_RESTART, "it restarts the transfer");
	CHECK_EQUAL(restart.transfer.request.id, s.deal.transfer, "under the same transfer id");
	CHECK(span_equal(restart.transfer.request.voucher, proposed.transfer.request.voucher),
		"with the same proposal, byte for byte");
	CHECK_EQUAL(request_skip_links(&restart.request), 2, "and says what is here");

	CHECK_EQUAL(receiver_resume(s.receiver, &again), STATUS_OK, "it may be resumed again");
	rest = bytes_span(&again);
	next_request(&cancel, &rest);
	CHECK(same_id(cancel.request.id, kept.request), "the last request is cancelled");
	next_request(&proposed, &rest);
	CHECK(!same_id(proposed.request.id, kept.request) && !same_id(proposed.request.id, s.deal.request),
		"no id is used twice");
	scene_end(&s);
}

static void test_old_answers(void)
{
	CLEAN_BYTES struct bytes frames = {0};
	struct client_deal kept;
	uint8_t strange[REQUEST_ID_SIZE] = {1};
	struct scene s;

	scene_begin(&s, PRICE);
	accept(&s);
	CHECK_EQUAL(receiver_request(s.receiver, &frames), STATUS_OK, "the deal is resumed");
	CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, GRAPHSYNC_CANCELLED}), STATUS_OK,
		"the end of the old request is no error");
	CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, GRAPHSYNC_FAILED}), STATUS_OK, "nor its failure");
	CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, GRAPHSYNC_PARTIAL, 2, 1}), STATUS_OK,
		"nor a block that is not the next one now");
	CHECK(!deal_is_final(SIDE_CLIENT, deal_of(&s)->state) && deal_of(&s)->blocks_received == 0,
		"and all of it is passed over");
	CHECK_EQUAL(hear(&s, &(struct said){strange, GRAPHSYNC_PARTIAL, 0, 1}), STATUS_WRONG_DEAL,
		"an answer to nobody's request is one");
	kept = *deal_of(&s);
	CHECK_EQUAL(hear(&s, &(struct said){kept.request, GRAPHSYNC_PARTIAL, 0, 1}), STATUS_OK, "the new one brings");
	CHECK_EQUAL(deal_of(&s)->blocks_received, 1, "what it has");

	receiver_free(s.receiver); /* whoever reads a file takes what came in answer to any request of the deal */
	CHECK_EQUAL(receiver_new(&s.receiver, &s.client), STATUS_OK, "a file is read");
	CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, GRAPHSYNC_PARTIAL, 0, 3}), STATUS_OK,
		"blocks that answered the old request are blocks of the deal");
	CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, GRAPHSYNC_CANCELLED}), STATUS_OK, "its end is not");
	CHECK(deal_of(&s)->blocks_received == 3 && !deal_is_final(SIDE_CLIENT, deal_of(&s)->state),
		"the end of the deal");
	scene_end(&s);
}

/* Whether the first request came, nobody knows: a proposal is right for one who does not know the deal. */
static void test_asked_again(void)
{
	static const struct word refused = {.refused = true};
	CLEAN_BYTES struct bytes frames = {0};
	struct span rest;
	struct asked again;
	struct scene s;

	scene_begin(&s, PRICE);
	start_again(&s);
	CHECK_EQUAL(receiver_request(s.receiver, &frames), STATUS_OK, "it is asked for again");
	CHECK(span_equal(bytes_span(&frames), bytes_span(&s.asked)), "in the same words");
	CHECK(!receiver_resume_due(s.receiver), "that is all");
	CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, GRAPHSYNC_FAILED, .word = &refused}), STATUS_OK,
		"a provider that has the deal already refuses to begin it");
	CHECK_EQUAL(deal_of(&s)->state, DEAL_WAIT_FOR_ACCEPTANCE, "which is not the end");
	CHECK(receiver_resume_due(s.receiver) && !receiver_resume_due(s.receiver), "the deal is to be resumed, once");
	bytes_clear(&frames);
	CHECK_EQUAL(receiver_resume(s.receiver, &frames), STATUS_OK, "it is");
	rest = bytes_span(&frames);
	next_request(&again, &rest);
	next_request(&again, &rest);
	CHECK_EQUAL(again.transfer.request.type, TRANSFER_RESTART, "as a restart");
	CHECK_EQUAL(
		hear(&s, &(struct said){deal_of(&s)->request, GRAPHSYNC_FAILED}), STATUS_OK, "and if that is refused");
	CHECK_EQUAL(deal_of(&s)->state, DEAL_REJECTED, "the deal is over");
	scene_end(&s);
}

/* A failure without a deal response. */
static void test_failures(void)
{
	static const struct {
		int64_t status;
		bool begun;
		enum deal_state state;
	} cases[] = {
		{GRAPHSYNC_FAILED, false, DEAL_REJECTED},
		{GRAPHSYNC_REJECTED, false, DEAL_REJECTED},
		{GRAPHSYNC_LEGAL, false, DEAL_REJECTED},
		{GRAPHSYNC_NOT_FOUND, false, DEAL_DEAL_NOT_FOUND},
		{GRAPHSYNC_FAILED, true, DEAL_ERRORED},
		{GRAPHSYNC_NOT_FOUND, true, DEAL_ERRORED},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;

		scene_begin(&s, PRICE);
		if (cases[i].begun)
			accept(&s);
		CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, cases[i].status}), STATUS_OK,
			"a failure without a word is an answer");
		CHECK_EQUAL(deal_of(&s)->state, cases[i].state, "and a final state");
		CHECK(deal_is_final(SIDE_CLIENT, deal_of(&s)->state) && buyer_outcome(deal_of(&s)) == STATUS_REJECTED,
			"which is a clean no");
		scene_end(&s);
	}
}

/* A provider that lacks a block: go-graphsync names it, and says in another message how the request ends. */
static void test_missing_block(void)
{
	struct scene s;

	scene_begin(&s, PRICE);
	accept(&s);
	CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, GRAPHSYNC_PARTIAL, 0, 1, .kind = LINK_MISSING}), STATUS_OK,
		"the root is missing");
	CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, GRAPHSYNC_NOT_FOUND}), STATUS_OK, "so the request fails");
	CHECK_EQUAL(deal_of(&s)->state, DEAL_ERRORED, "which is the end");
	scene_end(&s);

	scene_begin(&s, PRICE);
	accept(&s);
	CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, GRAPHSYNC_PARTIAL, 0, 1}), STATUS_OK, "the root is there");
	CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, GRAPHSYNC_PARTIAL, 1, 1, .kind = LINK_MISSING}), STATUS_OK,
		"a leaf is missing");
	CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, GRAPHSYNC_PARTIAL, 2, 1}), STATUS_NOT_NOW,
		"what comes behind the gap is of no use");
	CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, GRAPHSYNC_COMPLETE_PARTIAL}), STATUS_NOT_NOW,
		"nor is an end with gaps");
	CHECK(!deal_is_final(SIDE_CLIENT, deal_of(&s)->state) && deal_of(&s)->blocks_received == 1,
		"the deal is not over: the block may come back");
	start_again(&s);
	CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, GRAPHSYNC_COMPLETE, 1, 3}), STATUS_OK, "and when it does");
	CHECK(deal_of(&s)->all_blocks_received, "all blocks are here");
	scene_end(&s);
}

/* Statuses that say nothing of the deal. */
static void test_other_statuses(void)
{
	static const int64_t statuses[] = {10, 11, 12, 13, 16, 29, 36, 99, 0, -1, INT64_MAX, INT64_MIN};
	struct scene s;

	scene_begin(&s, PRICE);
	accept(&s);
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, statuses[i], i < 3 ? i : 0, i < 3 ? 1 : 0}),
			STATUS_OK, "a status that is of no use to us spoils nothing");
	CHECK_EQUAL(deal_of(&s)->blocks_received, 3, "the blocks beside it are kept");
	CHECK(!deal_is_final(SIDE_CLIENT, deal_of(&s)->state), "and the deal goes on");
	scene_end(&s);
}

/* A CID with a hash and a codec that nobody knows, in an extension of somebody else. */
static void test_strange_extension(void)
{
	static const uint8_t strange[] = "\x81\xd8\x2a\x4a\x00\x01\xff\xff\x03\xff\x7f\x02\x01\x02";
	struct scene s;

	scene_begin(&s, PRICE);
	accept(&s);
	CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, GRAPHSYNC_PARTIAL, 0, 1, .extra = "x/other",
				     .extra_value = span_of(strange, sizeof(strange) - 1)}),
		STATUS_OK, "a CID that nobody knows, in an extension that is not ours, spoils nothing");
	CHECK_EQUAL(deal_of(&s)->blocks_received, 1, "the block beside it is kept");
	scene_end(&s);
}

static void test_late_acceptance(void)
{
	static const int64_t statuses[] = {GRAPHSYNC_PARTIAL, GRAPHSYNC_PAUSED};
	struct word demand = {.type = TRANSFER_VOUCHER_RESULT, .paused = true, .status = DEAL_FUNDS_NEEDED};

	for (size_t i = 0; i < 4; i++) {
		struct scene s;

		scene_begin(&s, i < 2 ? PRICE : 0);
		if (i % 2 == 1)
			CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, GRAPHSYNC_PARTIAL, 0, 2}), STATUS_OK,
				"blocks may come before any word");
		demand.owed = i == 1 ? afil(PRICE * content.blocks[0].len) : amount_zero();
		CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, statuses[i % 2], i % 2 ? 2 : 0, 1, &demand}),
			STATUS_OK, "FundsNeeded comes first");
		CHECK_EQUAL(deal_of(&s)->state, i < 2 ? DEAL_ACCEPTED : DEAL_FUNDS_NEEDED,
			"it says that the deal is accepted");
		CHECK_EQUAL(deal_of(&s)->blocks_received, i % 2 ? 3 : 1, "and every block is kept");
		scene_end(&s);
	}
}

static void test_refusal_is_no_acceptance(void)
{
	struct word demand = {.refused = true, .paused = true, .status = DEAL_FUNDS_NEEDED};
	struct scene s;

	scene_begin(&s, PRICE);
	CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, GRAPHSYNC_PARTIAL, .word = &demand}), STATUS_OK,
		"FundsNeeded without Acpt");
	CHECK_EQUAL(deal_of(&s)->state, DEAL_WAIT_FOR_ACCEPTANCE, "accepts nothing");
	scene_end(&s);
}

/* The original has lost count: nothing is owed, and the deal is complete once all blocks are here. */
static void test_negative_owed(void)
{
	struct word demand = {.type = TRANSFER_COMPLETE, .paused = true, .status = DEAL_FUNDS_NEEDED_LAST_PAYMENT};
	struct scene s;

	demand.owed = less_than_nothing();
	scene_begin(&s, 0);
	accept(&s);
	CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, GRAPHSYNC_PAUSED, 0, 2, &demand}), STATUS_OK,
		"less than nothing, in the middle");
	CHECK(!deal_is_final(SIDE_CLIENT, deal_of(&s)->state), "completes nothing");
	CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, GRAPHSYNC_COMPLETE, 2, 2, &demand}), STATUS_OK,
		"less than nothing, at the end");
	CHECK_EQUAL(deal_of(&s)->state, DEAL_COMPLETED, "completes the deal");
	scene_end(&s);

	scene_begin(&s, PRICE); /* by our own count there is something to pay */
	accept(&s);
	CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, GRAPHSYNC_COMPLETE, 0, 4, &demand}), STATUS_OK,
		"less than nothing, where something is due");
	CHECK(!deal_is_final(SIDE_CLIENT, deal_of(&s)->state), "makes us owe no less");
	scene_end(&s);
}

/* A provider asks for a restart. It names the peers by their ids, which are bytes that Go writes as text. */
static void test_asked_to_restart(void)
{
	static const uint8_t peer[] = "\x12\x20\xff\xfe\x80\xc3\x28";
	struct transfer t = {.is_request = true, .has_request = true};
	CLEAN_BYTES struct bytes body = {0};
	struct frame frame;
	struct scene s;

	scene_begin(&s, PRICE);
	accept(&s);
	t.request.type = TRANSFER_RESTART_EXISTING;
	t.request.restart = (struct transfer_channel){
		span_of(peer, sizeof(peer) - 1), span_of(peer, sizeof(peer) - 1), s.deal.transfer};
	for (enum record_order order = RECORD_DECLARED; order <= RECORD_SORTED; order++) {
		bytes_clear(&body);
		transfer_encode(&body, &t, order);
		CHECK_EQUAL(frame_decode(&frame, bytes_span(&body)), STATUS_OK, "a peer's id need not be UTF-8");
		CHECK_EQUAL(frame.transfer.request.restart.id, s.deal.transfer, "the transfer is told");
		CHECK_EQUAL(
			receiver_take_body(s.receiver, bytes_span(&body)), STATUS_OK, "who reads files passes it over");
	}
	CHECK(!deal_is_final(SIDE_CLIENT, deal_of(&s)->state), "and the deal goes on");
	scene_end(&s);
}

/* The client was killed before the last answer; go-data-transfer does not restart a transfer that is complete. */
static void test_refused_when_done(bool all)
{
	CLEAN_BYTES struct bytes frames = {0};
	struct scene s;

	scene_begin(&s, 0);
	accept(&s);
	CHECK_EQUAL(hear(&s, &(struct said){s.deal.request, GRAPHSYNC_PARTIAL, 0, all ? BLOCKS : BLOCKS - 1}),
		STATUS_OK, "blocks come");
	start_again(&s);
	CHECK(!deal_is_final(SIDE_CLIENT, deal_of(&s)->state), "the end was not heard");
	CHECK_EQUAL(receiver_request(s.receiver, &frames), STATUS_OK, "the deal is resumed");
	CHECK_EQUAL(hear(&s, &(struct said){deal_of(&s)->request, GRAPHSYNC_FAILED}), STATUS_OK, "which is refused");
	CHECK_EQUAL(deal_of(&s)->state, all ? DEAL_COMPLETED : DEAL_ERRORED,
		all ? "all is here and paid: the deal is complete" : "blocks are missing: the deal has failed");
	scene_end(&s);
}

int main(void)
{
	snprintf(folder, sizeof(folder), "/tmp/go-peers-XXXXXX");
	if (!CHECK(mkdtemp(folder) != NULL, "there is a folder"))
		return test_end();
	make_content();
	test_resume();
	test_old_answers();
	test_asked_again();
	test_failures();
	test_missing_block();
	test_other_statuses();
	test_strange_extension();
	test_late_acceptance();
	test_refusal_is_no_acceptance();
	test_negative_owed();
	test_asked_to_restart();
	test_refused_when_done(true);
	test_refused_when_done(false);
	for (size_t i = 0; i < BLOCKS; i++)
		bytes_release(&content.blocks[i]);
	rmdir(folder);
	return test_end();
}
