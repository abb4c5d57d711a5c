/* lies - the moves of a provider that cheats: nothing wrong is kept or paid, and with the right frames the deal completes. */

#include "../../support/cheats.h"
#include "../../support/test.h"
#include "seller/answers.h"

/** struct message - a frame being crafted. */
struct crafted {
	struct bytes links, blocks, frame;
	size_t link_count, block_count;
	const char *extra_extension;
};

static void put_link(struct crafted *m, size_t i, enum graphsync_link kind)
{
	graphsync_put_link(&m->links, &content.cids[i], kind);
	m->link_count++;
}

static void put_bytes(struct crafted *m, const struct cid *c, struct span data)
{
	graphsync_put_block_head(&m->blocks, c, data.len);
	bytes_append(&m->blocks, data.data, data.len);
	m->block_count++;
}

static void put_block(struct crafted *m, size_t i)
{
	put_link(m, i, LINK_PRESENT);
	put_bytes(m, &content.cids[i], bytes_span(&content.blocks[i]));
}

static struct span seal(struct crafted *m, const struct client_deal *d, int64_t how, const struct deal_answer *answer)
{
	struct response_head head = {d->request, d->transfer, d->id};
	struct graphsync_response response = {
		.status = how, .has_links = m->link_count != 0, .link_count = m->link_count};
	struct graphsync_message message = {.response_count = 1,
		.has_responses = true,
		.block_count = m->block_count,
		.has_blocks = m->block_count != 0};
	struct bytes extensions = {0}, item = {0}, body = {0};
	struct span rest;

	answer_extensions(&extensions, &head, answer, NULL);
	if (m->extra_extension != NULL)
		graphsync_extensions(&extensions,
			(const struct graphsync_extension_item[]){{m->extra_extension, span_of("\x01", 1)}}, 1);
	memcpy(response.id, d->request, REQUEST_ID_SIZE);
	response.links = bytes_span(&m->links);
	response.extensions = bytes_span(&extensions);
	graphsync_put_response(&item, &response);
	message.responses = bytes_span(&item);
	message.blocks = bytes_span(&m->blocks);
	graphsync_encode(&body, &message);
	bytes_clear(&m->frame);
	frame_put(&m->frame, bytes_span(&body));
	bytes_release(&extensions);
	bytes_release(&item);
	bytes_release(&body);
	rest = bytes_span(&m->frame);
	return next_frame(&rest);
}

static void crafted_release(struct crafted *m)
{
	bytes_release(&m->links);
	bytes_release(&m->blocks);
	bytes_release(&m->frame);
}

enum lie {
	NOT_NEXT,
	WRONG_BYTES,
	TWICE_IN_A_MESSAGE,
	BLOCK_UNASKED,
	NOT_ANNOUNCED,
	NOT_SENT,
	DUPLICATE_NOT_THERE,
	MISSING,
	COMPLETED_EARLY,
	STATUS_20_EARLY,
	STATUS_20_EMPTY,
	OWED_TOO_MUCH,
	OWED_FAR_TOO_MUCH,
	OWED_NEGATIVE,
	OWED_WITHOUT_DATA,
	OTHER_DEAL,
	OTHER_REQUEST,
	OTHER_TRANSFER,
	IDENTITY_LINK,
	IDENTITY_BLOCK,
	UNKNOWN_EXTENSION,
	STATE_29,
	STATE_HUGE,
	STATUS_99,
	ACCEPTED_AGAIN,
	REPEATED_BLOCK,
	GOOD_BLOCK_BAD_WORD,
};

/** struct provider_move - a lie, told after the first two blocks were taken. */
struct provider_move {
	const char *name;
	enum lie lie;
	enum status want;
	uint64_t more; /* blocks that are kept all the same */
};

static const struct provider_move provider_moves[] = {
	{"DATA 1: a good block that is not the next one is refused", NOT_NEXT, STATUS_BAD_MESSAGE},
	{"other bytes under a good CID's prefix are refused", WRONG_BYTES, STATUS_BAD_HASH},
	{"a block twice in a message counts once", TWICE_IN_A_MESSAGE, STATUS_OK, .more = 1},
	{"a block beside the next one, not announced, is refused", BLOCK_UNASKED, STATUS_BAD_MESSAGE},
	{"the next block without its announcement is refused", NOT_ANNOUNCED, STATUS_BAD_MESSAGE},
	{"an announcement without its block is refused", NOT_SENT, STATUS_BAD_MESSAGE},
	{"a block that is called a duplicate but never came is refused", DUPLICATE_NOT_THERE, STATUS_BAD_MESSAGE},
	{"a block that the provider says it lacks is waited for: it says how its transfer ends", MISSING, STATUS_OK},
	{"Completed with blocks missing completes nothing", COMPLETED_EARLY, STATUS_BAD_MESSAGE},
	{"status 20 with blocks missing completes nothing", STATUS_20_EARLY, STATUS_BAD_MESSAGE},
	{"status 20 alone with blocks missing completes nothing", STATUS_20_EMPTY, STATUS_BAD_MESSAGE},
	{"DATA 4: more money than is due is not paid", OWED_TOO_MUCH, STATUS_BAD_MESSAGE},
	{"MONEY 4: far more money than is due is not paid", OWED_FAR_TOO_MUCH, STATUS_BAD_MESSAGE},
	{"less than nothing asked for is nothing owed", OWED_NEGATIVE, STATUS_OK},
	{"money asked for in the middle of an interval is not paid", OWED_WITHOUT_DATA, STATUS_OK},
	{"an answer for another deal is refused", OTHER_DEAL, STATUS_WRONG_DEAL},
	{"an answer to another request is refused", OTHER_REQUEST, STATUS_WRONG_DEAL},
	{"an answer of another transfer is refused", OTHER_TRANSFER, STATUS_WRONG_DEAL},
	{"an identity CID is neither kept nor paid", IDENTITY_LINK, STATUS_OK},
	{"the block of an identity CID is refused", IDENTITY_BLOCK, STATUS_BAD_MESSAGE},
	{"an unknown extension is passed over", UNKNOWN_EXTENSION, STATUS_OK, .more = 1},
	{"deal status 29 is refused", STATE_29, STATUS_BAD_MESSAGE},
	{"deal status 2^63 is refused", STATE_HUGE, STATUS_BAD_MESSAGE},
	{"graphsync status 99 spoils nothing else", STATUS_99, STATUS_OK, .more = 1},
	{"an acceptance in the middle changes nothing", ACCEPTED_AGAIN, STATUS_OK},
	{"DATA 2: a block that came before is kept and paid once", REPEATED_BLOCK, STATUS_OK},
	{"DATA 3: a good block with a word that is refused is not kept", GOOD_BLOCK_BAD_WORD, STATUS_BAD_MESSAGE},
};

static enum status tell(struct scene *s, enum lie lie)
{
	struct client_deal d = scene_client_deal(s);
	struct deal_answer demand = {.type = TRANSFER_VOUCHER_RESULT,
		.accepted = true,
		.paused = true,
		.has_result = true,
		.status = DEAL_FUNDS_NEEDED};
	const struct deal_answer *answer = NULL;
	struct crafted m = {0};
	struct cid inline_cid;
	int64_t how = GRAPHSYNC_PARTIAL;
	enum status got;

	CHECK_EQUAL(
		cid_of(&inline_cid, 1, CODEC_RAW, HASH_IDENTITY, span_text("inline")), STATUS_OK, "an identity CID");
	switch (lie) {
	case NOT_NEXT:
		put_block(&m, 4);
		break;
	case WRONG_BYTES:
		put_link(&m, 2, LINK_PRESENT);
		put_bytes(&m, &content.cids[2], span_text("other bytes"));
		break;
	case TWICE_IN_A_MESSAGE:
		put_block(&m, 2);
		put_block(&m, 2);
		break;
	case BLOCK_UNASKED:
		put_block(&m, 2);
		put_bytes(&m, &content.cids[5], bytes_span(&content.blocks[5]));
		break;
	case NOT_ANNOUNCED:
		put_bytes(&m, &content.cids[2], bytes_span(&content.blocks[2]));
		break;
	case NOT_SENT:
		put_link(&m, 2, LINK_PRESENT);
		break;
	case DUPLICATE_NOT_THERE:
		put_link(&m, 2, LINK_DUPLICATE_NOT_SENT);
		break;
	case MISSING:
		put_link(&m, 2, LINK_MISSING);
		break;
	case COMPLETED_EARLY:
		demand = (struct deal_answer){
			.type = TRANSFER_COMPLETE, .accepted = true, .has_result = true, .status = DEAL_COMPLETED};
		answer = &demand;
		break;
	case STATUS_20_EARLY:
		put_block(&m, 2);
		how = GRAPHSYNC_COMPLETE;
		break;
	case STATUS_20_EMPTY:
		how = GRAPHSYNC_COMPLETE;
		break;
	case OWED_TOO_MUCH:
	case OWED_FAR_TOO_MUCH:
		demand.owed = afil(d.total_received * PRICE + (lie == OWED_TOO_MUCH ? 1 : 1u << 30));
		answer = &demand;
		how = GRAPHSYNC_PAUSED;
		break;
	case OWED_NEGATIVE:
		demand.owed = minus_one();
		answer = &demand;
		break;
	case OWED_WITHOUT_DATA:
		demand.owed = afil(5);
		answer = &demand;
		break;
	case OTHER_DEAL:
		d.id++;
		answer = &demand;
		break;
	case OTHER_REQUEST:
		d.request[0]++;
		put_block(&m, 2);
		break;
	case OTHER_TRANSFER:
		d.transfer++;
		answer = &demand;
		break;
	case IDENTITY_LINK:
		graphsync_put_link(&m.links, &inline_cid, LINK_PRESENT);
		m.link_count++;
		break;
	case IDENTITY_BLOCK:
		graphsync_put_link(&m.links, &inline_cid, LINK_PRESENT);
		m.link_count++;
		put_bytes(&m, &inline_cid, span_text("inline"));
		break;
	case UNKNOWN_EXTENSION:
		put_block(&m, 2);
		m.extra_extension = "x/unknown";
		break;
	case STATE_29:
	case STATE_HUGE:
		demand.status = lie == STATE_29 ? 29 : (enum deal_state)0x7fffffff;
		answer = &demand;
		break;
	case STATUS_99:
		put_block(&m, 2);
		how = 99;
		break;
	case ACCEPTED_AGAIN:
		demand = (struct deal_answer){
			.type = TRANSFER_NEW, .accepted = true, .has_result = true, .status = DEAL_ACCEPTED};
		answer = &demand;
		break;
	case REPEATED_BLOCK:
		put_block(&m, 1);
		break;
	case GOOD_BLOCK_BAD_WORD:
		put_block(&m, 2);
		demand.owed = afil(1u << 30);
		answer = &demand;
		break;
	}
	got = client_takes(s, seal(&m, &d, how, answer));
	crafted_release(&m);
	return got;
}

/* The first two blocks, one message each. */
static void give_two_blocks(struct scene *s)
{
	struct client_deal d = scene_client_deal(s);

	for (size_t i = 0; i < 2; i++) {
		struct crafted m = {0};

		put_block(&m, i);
		CHECK_EQUAL(client_takes(s, seal(&m, &d, GRAPHSYNC_PARTIAL, NULL)), STATUS_OK, "a good block is taken");
		crafted_release(&m);
	}
}

static void test_provider_move(const struct provider_move *move)
{
	struct bytes all = {0}, payment = {0};
	struct client_deal before, after;
	struct scene s;

	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	give_two_blocks(&s);
	before = scene_client_deal(&s);
	CHECK_EQUAL(before.total_received, content.blocks[0].len + content.blocks[1].len, "two blocks are kept");
	if (!CHECK_EQUAL(tell(&s, move->lie), move->want, move->name))
		fprintf(stderr, "  said: %s\n", s.client.error.why);
	after = scene_client_deal(&s);
	if (!CHECK_EQUAL(after.total_received - before.total_received, move->more ? content.blocks[2].len : 0,
		    "only what it should keep is kept"))
		fprintf(stderr, "  after: %s\n", move->name);
	CHECK(amount_cmp(&before.funds_spent, &after.funds_spent) == 0, "nothing is spent");
	CHECK(after.state != DEAL_COMPLETED, "nothing is complete");
	if (!CHECK(scene_pay(&s, &payment) != STATUS_OK && payment.len == 0,
		    "nothing can be paid in the middle of an interval"))
		fprintf(stderr, "  after: %s\n", move->name);
	check_loss(move->name, scene_client_loss(&s), 0);
	scene_check(&s);
	if (!CHECK(!deal_is_final(SIDE_CLIENT, after.state), "a lie does not end the deal"))
		fprintf(stderr, "  after: %s\n", move->name);
	scene_finish_deal(&s, &all);
	scene_check_completed(&s, move->name);
	bytes_release(&all);
	bytes_release(&payment);
	scene_end(&s);
}

/* "The last payment" with most of the blocks missing, then "Completed": an honest provider's frames still complete it. */
static void test_last_payment_early(void)
{
	struct deal_answer answer = {.type = TRANSFER_COMPLETE,
		.accepted = true,
		.paused = true,
		.has_result = true,
		.status = DEAL_FUNDS_NEEDED_LAST_PAYMENT};
	struct bytes payment = {0}, all = {0};
	struct client_deal d;
	struct crafted m = {0};
	struct scene s;

	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	d = scene_client_deal(&s);
	for (size_t i = 0; i < 5; i++)
		put_block(&m, i);
	answer.owed = afil(INTERVAL * PRICE);
	CHECK_EQUAL(client_takes(&s, seal(&m, &d, GRAPHSYNC_PAUSED, &answer)), STATUS_BAD_MESSAGE,
		"an interval that is called the last is refused");
	CHECK(scene_pay(&s, &payment) != STATUS_OK && payment.len == 0, "and not paid");
	answer = (struct deal_answer){
		.type = TRANSFER_COMPLETE, .accepted = true, .has_result = true, .status = DEAL_COMPLETED};
	crafted_release(&m);
	m = (struct crafted){0};
	CHECK_EQUAL(client_takes(&s, seal(&m, &d, GRAPHSYNC_PARTIAL, &answer)), STATUS_BAD_MESSAGE,
		"INVARIANT 9: Completed with blocks missing is refused");
	scene_finish_deal(&s, &all);
	scene_check_completed(&s, "a last payment that was none");
	crafted_release(&m);
	bytes_release(&payment);
	bytes_release(&all);
	scene_end(&s);
}

/* Blocks after the end. */
static void test_after_the_end(void)
{
	struct bytes all = {0};
	struct client_deal d;
	struct crafted m = {0};
	struct scene s;
	struct cid other;

	scene_begin(&s, PRICE, 0);
	scene_begin_deal(&s);
	scene_finish_deal(&s, &all);
	d = scene_client_deal(&s);
	CHECK_EQUAL(cid_of(&other, 1, CODEC_RAW, HASH_SHA2_256, span_text("more")), STATUS_OK, "a CID");
	graphsync_put_link(&m.links, &other, LINK_PRESENT);
	m.link_count = 1;
	put_bytes(&m, &other, span_text("more"));
	CHECK_EQUAL(client_takes(&s, seal(&m, &d, GRAPHSYNC_PARTIAL, NULL)), STATUS_BAD_MESSAGE,
		"a block after the end is refused");
	scene_check_completed(&s, "a block after the end");
	crafted_release(&m);
	bytes_release(&all);
	scene_end(&s);
}

int main(void)
{
	if (!scratch_begin())
		return test_end();
	content_make();
	for (size_t i = 0; i < sizeof(provider_moves) / sizeof(provider_moves[0]); i++)
		test_provider_move(&provider_moves[i]);
	test_last_payment_early();
	test_after_the_end();
	content_release();
	scratch_end();
	return test_end();
}
