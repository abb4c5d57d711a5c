/* claims - a client that names the blocks that it has by their CIDs, as the client of the original does; and one that lies. */

#include <string.h>

#include "../../support/scene.h"
#include "../../support/test.h"
#include "buyer/requests.h"
#include "seller/take.h"
#include "store/deal_texts.h"
#include "wire/frame.h"

/** struct claim - blocks of the content, in the order of the walk, and how many CIDs of nothing. */
struct claim {
	size_t first, count, strange;
};

static void put_cids(struct bytes *out, const struct claim *claim)
{
	uint8_t nothing[4] = {0};
	struct cid cid;

	cbor_put_array(out, claim->count + claim->strange);
	for (size_t i = claim->first; i < claim->first + claim->count; i++)
		cbor_put_link(out, &content.cids[i]);
	for (size_t i = 0; i < claim->strange; i++) {
		nothing[0] = (uint8_t)i;
		CHECK_EQUAL(cid_of(&cid, 1, CODEC_RAW, HASH_SHA2_256, span_of(nothing, sizeof(nothing))), STATUS_OK,
			"there is a CID of nothing");
		cbor_put_link(out, &cid);
	}
}

/* The request of @deal, with a claim beside the other extensions. */
static void ask(struct bytes *out, const struct client_deal *deal, bool restart, const struct claim *claim)
{
	CLEAN_BYTES struct bytes plain = {0}, cids = {0}, extensions = {0}, item = {0};
	struct graphsync_extension_item items[] = {
		{EXT_TRANSFER, {0}}, {EXT_DEDUP_BY_KEY, {0}}, {EXT_DO_NOT_SEND_CIDS, {0}}};
	struct graphsync_message message = {.request_count = 1, .has_requests = true};
	struct graphsync_request request;
	struct frame frame;
	struct span stream, requests;

	if (restart)
		frames_restart(&plain, deal, 0);
	else
		frames_proposal(&plain, deal, 0);
	stream = bytes_span(&plain);
	CHECK_EQUAL(frame_decode(&frame, next_frame(&stream)), STATUS_OK, "a request");
	requests = frame.message.requests;
	CHECK(graphsync_next_request(&request, &requests), "which can be read");
	for (size_t i = 0; i < 2; i++)
		CHECK_EQUAL(graphsync_extension(&items[i].value, request.extensions, items[i].name), STATUS_OK,
			"an extension");
	put_cids(&cids, claim);
	items[2].value = bytes_span(&cids);
	graphsync_extensions(&extensions, items, 3);
	request.extensions = bytes_span(&extensions);
	graphsync_put_request(&item, &request);
	message.requests = bytes_span(&item);
	frame_put_message(out, &message);
}

/** struct sent - what a stream of the provider has. */
struct sent {
	size_t blocks, announced; /* blocks; links without a block */
	bool has[BLOCKS_MAX];     /* by the order of the walk */
};

static void count_links(struct sent *sent, const struct graphsync_message *message)
{
	struct graphsync_response response;
	struct span responses = message->responses, links;
	enum graphsync_link kind;
	struct cid cid;

	while (graphsync_next_response(&response, &responses)) {
		links = response.links;
		while (graphsync_next_link(&cid, &kind, &links)) {
			if (kind != LINK_PRESENT) {
				sent->announced++;
				continue;
			}
			for (size_t i = 0; i < content.count; i++)
				if (cid_equal(&cid, &content.cids[i]))
					sent->has[i] = true;
		}
	}
	sent->blocks += message->block_count;
}

static struct sent count(const struct bytes *stream)
{
	struct span left = bytes_span(stream);
	struct sent sent = {0};
	struct frame frame;

	while (left.len != 0 && frame_decode(&frame, next_frame(&left)) == STATUS_OK)
		if (frame.kind == FRAME_GRAPHSYNC)
			count_links(&sent, &frame.message);
	return sent;
}

static uint64_t bytes_of(const struct claim *claim)
{
	uint64_t sum = 0;

	for (size_t i = claim->first; i < claim->first + claim->count; i++)
		sum += content.blocks[i].len;
	return sum;
}

static bool has_text(struct scene *s, char which)
{
	CLEAN_TXN struct kv_txn *txn = NULL;
	CLEAN_BYTES struct bytes text = {0};

	return kv_begin_read(store_kv(s->provider.store), &txn) == STATUS_OK &&
	       store_get_text(txn, &text, s->deal, which) == STATUS_OK && text.len != 0;
}

/* MONEY 14: blocks that the client of a new deal has are announced, neither sent nor billed. */
static void test_new_deal(const struct claim *claim)
{
	struct bytes plain = {0}, frame = {0}, answer = {0}, stream = {0};
	struct client_deal own;
	struct sent sent;
	struct scene s;

	scene_begin(&s, 0, 0);
	s.claimed = bytes_of(claim);
	scene_propose(&s, &plain);
	own = scene_client_deal(&s);
	ask(&frame, &own, false, claim);
	CHECK_EQUAL(provider_takes(&s, &answer, &frame), STATUS_OK, "the proposal is accepted");
	CHECK_EQUAL(scene_send(&s, &stream), STATUS_OK, "the deal is free: all is sent");
	sent = count(&stream);
	CHECK_EQUAL(sent.blocks, content.count - claim->count, "but what is here");
	CHECK(sent.announced >= claim->count, "which is announced");
	for (size_t i = claim->first; i < claim->first + claim->count; i++)
		CHECK(!sent.has[i], "a block that is here does not come");
	CHECK_EQUAL(scene_provider_deal(&s).total_sent, content.goods.bytes - bytes_of(claim), "and is not billed");
	CHECK_EQUAL(scene_provider_deal(&s).state, DEAL_COMPLETED, "that is all");
	CHECK(has_text(&s, TEXT_OWN) == (claim->count != 0), "CIDs that are not for sale are not kept");
	bytes_release(&plain);
	bytes_release(&frame);
	bytes_release(&answer);
	bytes_release(&stream);
	scene_end(&s);
}

static struct sent restart(struct scene *s, struct client_deal *own, const struct claim *claim)
{
	struct bytes frame = {0}, answer = {0}, stream = {0};
	struct sent sent;

	own->request[3] ^= 0x55;
	own->request[4]++;
	ask(&frame, own, true, claim);
	CHECK_EQUAL(provider_takes(s, &answer, &frame), STATUS_OK, "a restart is taken");
	CHECK_EQUAL(scene_send(s, &stream), STATUS_PAYMENT_NEEDED, "the same payment is asked for");
	sent = count(&stream);
	bytes_release(&frame);
	bytes_release(&answer);
	bytes_release(&stream);
	return sent;
}

/* Whoever claims in a restart to have blocks gets none instead, and none of those that were not sent yet, ever. */
static void test_restart(void)
{
	struct claim nothing = {0}, one = {1, 1, 0}, all = {0, content.count, 3};
	struct bytes stream = {0};
	struct client_deal own;
	struct sent first, sent;
	uint64_t billed;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	own = scene_client_deal(&s);
	CHECK_EQUAL(scene_send(&s, &stream), STATUS_PAYMENT_NEEDED, "the first interval is sent");
	first = count(&stream);
	billed = scene_provider_deal(&s).total_sent;
	CHECK(first.blocks > 2 && first.blocks < content.count, "it is some of the blocks");

	sent = restart(&s, &own, &one);
	CHECK_EQUAL(sent.blocks, first.blocks - 1, "all but the one that is here comes again");
	CHECK(!sent.has[1], "and that one does not");
	sent = restart(&s, &own, &all);
	CHECK_EQUAL(sent.blocks, 0, "who has everything gets nothing");
	sent = restart(&s, &own, &nothing);
	CHECK_EQUAL(sent.blocks, first.blocks, "who has lost it gets again what was sent");
	for (size_t i = 0; i < content.count; i++)
		CHECK(sent.has[i] == first.has[i], "and no other block");
	CHECK_EQUAL(scene_provider_deal(&s).total_sent, billed, "what is billed is the same throughout");
	bytes_release(&stream);
	scene_end(&s);
}

int main(void)
{
	if (!scratch_begin())
		return 1;
	content_make();
	test_new_deal(&(struct claim){1, 2, 0});
	test_new_deal(&(struct claim){0, 1, 5});
	test_new_deal(&(struct claim){0, content.count, 0});
	test_new_deal(&(struct claim){0, 0, 100});
	test_restart();
	content_release();
	scratch_end();
	return test_end();
}
