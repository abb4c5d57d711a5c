/* query.c - tests of queries in party/party.h: every answer, that nothing is written for it, and what a buyer makes of it. */
#include "../../support/hex.h"
#include "../../support/take_body.h"
#include "../../support/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "buyer/query.h"
#include "buyer/receive.h"
#include "ipld/selector.h"
#include "party/party.h"
#include "seller/offer.h"
#include "seller/take.h"
#include "unixfs/pack.h"
#include "wire/graphsync.h"

#define PRICE    2
#define UNSEAL   7
#define INTERVAL 3000
#define INCREASE 1000

static enum status answer_in(struct query_response *a, struct span body)
{
	struct frame frame;
	enum status s = frame_decode(&frame, body);

	return s == STATUS_OK ? frame_query_response(a, &frame) : s;
}

/* A query for all of bafkreieyrbop...: a row of deal-types.json. */
#define GOLDEN                                                                                                         \
	"a26a5061796c6f6164434944d82a5825000155122098885cff3cc23f7e5c9c37e793eaad9789e7ee3b8d6472ae"                   \
	"2fe9a9a694f809c86b5175657279506172616d73a2685069656365434944f66853656c6563746f72f6"

static char folder[64], car_path[96], data_path[96];
static struct party seller;
static struct offer offered;
static struct bytes offered_bytes;

static enum status gather(void *ctx, struct span bytes)
{
	bytes_append(ctx, bytes.data, bytes.len);
	return bytes_status(ctx);
}

static int write_file(const char *path, struct span bytes)
{
	FILE *f = fopen(path, "w");
	int ok = f != NULL && fwrite(bytes.data, 1, bytes.len, f) == bytes.len;

	return f != NULL && fclose(f) == 0 && ok;
}

static void make_car(void)
{
	struct bytes car = {0};
	struct pack_options options = {
		.chunk_size = 1024, .width = 5, .hash = HASH_SHA2_256, .spool = -1, .write = gather, .ctx = &car};
	struct pack_result result;
	int fd;

	CHECK(write_file(car_path, span_text("what is sold")), "a file");
	fd = open(car_path, O_RDONLY);
	CHECK_EQUAL(pack_file(&result, fd, &options), STATUS_OK, "is packed");
	close(fd);
	CHECK(write_file(car_path, bytes_span(&car)), "into a CAR");
	bytes_release(&car);
}

static void begin(void)
{
	struct offer_terms terms = {.price_per_byte = amount_u64(PRICE),
		.unseal_price = amount_u64(UNSEAL),
		.interval = INTERVAL,
		.increase = INCREASE,
		.payee = address_of_id(77)};
	uint8_t salt[32] = {1};
	struct kv_txn *t;
	char path[96];

	snprintf(car_path, sizeof(car_path), "%s/content.car", folder);
	snprintf(path, sizeof(path), "%s/store", folder);
	snprintf(data_path, sizeof(data_path), "%s/store/data.mdb", folder);
	make_car();
	CHECK(store_open(&seller.store, path, KV_CREATE) == STATUS_OK &&
			kv_begin_write(store_kv(seller.store), &t) == STATUS_OK &&
			store_init_ids(t, salt) == STATUS_OK && kv_commit(&t) == STATUS_OK,
		"a store");
	CHECK_EQUAL(seller_offer(&seller, &offered_bytes, car_path, &terms), STATUS_OK, "the content is offered");
	CHECK_EQUAL(offer_decode(&offered, bytes_span(&offered_bytes)), STATUS_OK, "the offer decodes");
}

static struct span only_frame(const struct bytes *frames)
{
	uint64_t len = 0;
	size_t used = 0;

	if (!CHECK(varint_decode(&len, &used, frames->data, frames->len) == STATUS_OK && used + len == frames->len,
		    "there is one frame"))
		return (struct span){0};
	return span_of(frames->data + used, (size_t)len);
}

/* Let the seller answer @q; @a borrows from @frames. */
static enum status answer(struct query_response *a, struct bytes *frames, const struct query *q)
{
	struct bytes body = {0};
	uint64_t deal = 1;
	enum status s;

	query_encode(&body, q);
	bytes_clear(frames);
	s = seller_take_body(&seller, frames, &deal, bytes_span(&body), NULL);
	CHECK_EQUAL(deal, 0, "a query is of no deal");
	CHECK_EQUAL(answer_in(a, only_frame(frames)), STATUS_OK, "the answer is one");
	bytes_release(&body);
	return s;
}

static void test_golden(void)
{
	struct bytes want = hex_bytes(GOLDEN), frames = {0};
	struct query q = {0};

	CHECK_EQUAL(query_decode(&q, bytes_span(&want)), STATUS_OK, "a recorded query");
	CHECK_EQUAL(buyer_query(&frames, &q.payload), STATUS_OK, "is made again");
	CHECK(span_equal(only_frame(&frames), bytes_span(&want)), "with the same bytes");
	bytes_release(&frames);
	bytes_release(&want);
}

static void test_available(void)
{
	static const char *const selectors[] = {"", "\xf6"}; /* null when written, and null as an item */
	struct bytes frames = {0}, again = {0};
	struct query_response a;
	struct query q = {.payload = offered.payload};

	for (size_t i = 0; i < sizeof(selectors) / sizeof(selectors[0]) + 1; i++) {
		q.params.selector = i < 2 ? span_text(selectors[i]) : selector_all();
		CHECK_EQUAL(answer(&a, &frames, &q), STATUS_OK, "what is offered is available");
		CHECK_EQUAL(a.status, QUERY_AVAILABLE, "and the answer says so");
		CHECK_EQUAL(a.piece_found, ITEM_AVAILABLE, "of the item too");
		CHECK(a.size == offered.size && address_equal(&a.payment_address, &offered.payment_address),
			"size and payee are the offer's");
		CHECK(amount_cmp(&a.min_price_per_byte, &offered.min_price_per_byte) == 0 &&
				amount_cmp(&a.unseal_price, &offered.unseal_price) == 0,
			"prices are the offer's");
		CHECK(a.max_payment_interval == INTERVAL && a.max_payment_interval_increase == INCREASE,
			"intervals are the offer's");
		CHECK_EQUAL(a.message.len, 0, "and there is nothing to explain");
	}
	CHECK_EQUAL(answer(&a, &again, &q), STATUS_OK, "the same query again");
	CHECK(span_equal(bytes_span(&again), bytes_span(&frames)), "gets the same answer");
	bytes_release(&frames);
	bytes_release(&again);
}

/* What a buyer makes of it is the seller's own offer, but for its name. */
static void test_offer(void)
{
	struct bytes frames = {0}, made = {0}, file = {0};
	struct query q = {.payload = offered.payload};
	struct query_response a;
	struct party buyer = {0};
	struct amount cost;
	struct offer o = {0};
	char text[AMOUNT_TEXT_MAX], want[AMOUNT_TEXT_MAX];

	CHECK_EQUAL(answer(&a, &frames, &q), STATUS_OK, "an answer");
	CHECK_EQUAL(buyer_weigh(&buyer, &cost, &a, a.size, NULL), STATUS_OK, "has a cost");
	snprintf(want, sizeof(want), "%llu", (unsigned long long)(PRICE * offered.size + UNSEAL));
	CHECK_TEXT(amount_decimal(text, &cost), want, "size x price + unseal price");
	CHECK_EQUAL(buyer_offer(&buyer, &file, &q.payload, &a), STATUS_OK, "and makes an offer");
	CHECK_EQUAL(offer_decode(&o, bytes_span(&file)), STATUS_OK, "that nobody has signed");
	CHECK(span_is(o.id, "query") && o.peer.len == 0, "that has no name of the seller's");
	o.id = offered.id;
	offer_encode(&made, &o);
	CHECK(span_equal(bytes_span(&made), bytes_span(&offered_bytes)), "else it is the seller's");
	bytes_release(&frames);
	bytes_release(&made);
	bytes_release(&file);
}

/* What a buyer says of @a for @payload. */
static enum status verdict(const struct cid *payload, const struct query_response *a)
{
	struct bytes file = {0};
	struct party buyer = {0};
	enum status s = buyer_offer(&buyer, &file, payload, a);

	bytes_release(&file);
	return s;
}

/* The answer on a signed offer brings the signature, whether or not the key is here; and no other terms with it. */
static void test_signed(void)
{
	const uint8_t seed[KEY_SECRET_SIZE] = {1};
	struct bytes frames = {0}, file = {0}, again = {0};
	struct query q = {.payload = offered.payload};
	struct query_response a, changed;
	struct party buyer = {0};
	struct offer_terms terms = {.price_per_byte = amount_u64(PRICE), .interval = INTERVAL, .increase = INCREASE};
	struct cid other;

	CHECK_EQUAL(key_from_seed(&seller.key, seed), STATUS_OK, "a key");
	seller.has_key = true;
	terms.payee = address_of_key(seller.key.public);
	CHECK_EQUAL(seller_offer(&seller, &file, car_path, &terms), STATUS_OK, "who is paid signs the offer");
	seller.has_key = false;
	CHECK_EQUAL(answer(&a, &frames, &q), STATUS_OK, "an answer without the key");
	CHECK_EQUAL(buyer_offer(&buyer, &again, &q.payload, &a), STATUS_OK, "makes an offer");
	CHECK(span_equal(bytes_span(&file), bytes_span(&again)), "which is the seller's, with name and signature");
	changed = a;
	changed.min_price_per_byte = amount_u64(PRICE + 1);
	CHECK_EQUAL(verdict(&q.payload, &changed), STATUS_WRONG_PART, "other terms than the signed ones are no offer");
	CHECK_EQUAL(cid_of(&other, 1, CODEC_RAW, HASH_SHA2_256, span_text("not sold")), STATUS_OK, "another CID");
	CHECK_EQUAL(verdict(&other, &a), STATUS_WRONG_PART, "nor is the signed offer of another payload");
	changed = a;
	changed.message.len--;
	CHECK(verdict(&q.payload, &changed) != STATUS_OK, "nor is a signature that is cut off");
	key_release(&seller.key);
	bytes_release(&frames);
	bytes_release(&file);
	bytes_release(&again);
}

static void expect_refusal(const struct query *q, enum status want, uint64_t status, const char *reason)
{
	struct bytes frames = {0};
	struct party buyer = {0};
	struct query_response a;
	struct amount cost;
	struct bytes file = {0};

	CHECK_EQUAL(answer(&a, &frames, q), want, reason);
	CHECK(strstr(seller.error.why, reason) != NULL, "the seller is told why");
	CHECK_EQUAL(a.status, status, "the answer says what it is");
	CHECK(span_is(a.message, reason), "and why");
	CHECK(a.size == 0 && amount_is_zero(&a.min_price_per_byte), "it names no terms");
	CHECK_EQUAL(buyer_weigh(&buyer, &cost, &a, a.size, NULL), want, "a buyer takes it for the same");
	CHECK_EQUAL(buyer_offer(&buyer, &file, &q->payload, &a), want, "and makes no offer of it");
	CHECK(strstr(buyer.error.why, reason) != NULL, "and knows why");
	bytes_release(&frames);
}

static void test_refusals(void)
{
	struct query q = {.payload = offered.payload};
	struct cid other;

	CHECK_EQUAL(cid_of(&other, 1, CODEC_RAW, HASH_SHA2_256, span_text("not sold")), STATUS_OK, "another CID");
	q.payload = other;
	expect_refusal(&q, STATUS_NOT_FOUND, QUERY_UNAVAILABLE, "no offer for this content");
	q.payload = offered.payload;
	q.params.selector = span_of("\xa1\x61.\xa0", 4);
	expect_refusal(&q, STATUS_REJECTED, QUERY_ERROR, "selector is not supported");
	q.params.selector = span_of("\x05", 1);
	expect_refusal(&q, STATUS_REJECTED, QUERY_ERROR, "selector is not supported");
	q.params.selector = (struct span){0};
	q.params.piece = other;
	expect_refusal(&q, STATUS_REJECTED, QUERY_ERROR, "pieces are not known here");
}

static void test_content_gone(void)
{
	struct query q = {.payload = offered.payload};
	struct bytes car = {0}, longer = {0};

	CHECK_EQUAL(file_slurp_path(&car, car_path, 1 << 20), STATUS_OK, "the CAR");
	bytes_append(&longer, car.data, car.len);
	bytes_append_byte(&longer, 0);
	CHECK(write_file(car_path, bytes_span(&longer)), "grows");
	expect_refusal(&q, STATUS_NOT_FOUND, QUERY_UNAVAILABLE, "the content is not here");
	CHECK_EQUAL(unlink(car_path), 0, "goes away");
	expect_refusal(&q, STATUS_NOT_FOUND, QUERY_UNAVAILABLE, "the content is not here");
	CHECK(write_file(car_path, bytes_span(&car)), "and comes back");
	test_available();
	bytes_release(&car);
	bytes_release(&longer);
}

/* Every flipped bit: a refusal or another query, never an answer to what was not asked. */
static void test_damage(void)
{
	struct bytes body = {0}, frames = {0}, back = {0};
	struct query q = {.payload = offered.payload, .params = {.selector = selector_all()}};
	uint64_t deal;

	query_encode(&body, &q);
	for (size_t i = 0; i < 8 * body.len; i++) {
		body.data[i / 8] ^= (uint8_t)(1 << i % 8);
		bytes_clear(&frames);
		if (seller_take_body(&seller, &frames, &deal, bytes_span(&body), NULL) == STATUS_OK ||
			frames.len != 0) {
			bytes_clear(&back);
			CHECK_EQUAL(query_decode(&q, bytes_span(&body)), STATUS_OK, "what is answered is a query");
			query_encode(&back, &q);
			CHECK(span_equal(bytes_span(&back), bytes_span(&body)), "in its one form");
		}
		body.data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t len = 0; len < body.len; len++) {
		bytes_clear(&frames);
		CHECK(seller_take_body(&seller, &frames, &deal, span_of(body.data, len), NULL) != STATUS_OK &&
				frames.len == 0,
			"a cut query gets no answer");
	}
	bytes_release(&body);
	bytes_release(&frames);
	bytes_release(&back);
}

/* Frames that are no answer are none to the buyer; and an answer is nothing for a seller or a deal. */
static void test_other_frames(void)
{
	struct graphsync_message m = {.has_requests = true};
	struct bytes body = {0}, frames = {0};
	struct query q = {.payload = offered.payload};
	struct query_response a = {.size = 5};
	struct receiver *r = NULL;
	uint64_t deal;

	graphsync_encode(&body, &m);
	CHECK_EQUAL(answer_in(&a, bytes_span(&body)), STATUS_BAD_MESSAGE, "a graphsync message");
	bytes_clear(&body);
	query_encode(&body, &q);
	CHECK_EQUAL(answer_in(&a, bytes_span(&body)), STATUS_BAD_MESSAGE, "a query");
	CHECK_EQUAL(answer_in(&a, span_text("no frame")), STATUS_BAD_MESSAGE, "anything else");
	CHECK_EQUAL(receiver_new(&r, &seller), STATUS_OK, "one who receives blocks");
	CHECK_EQUAL(receiver_take_body(r, bytes_span(&body)), STATUS_BAD_MESSAGE, "takes no query");
	CHECK_EQUAL(answer(&a, &frames, &q), STATUS_OK, "an answer");
	CHECK_EQUAL(receiver_take_body(r, only_frame(&frames)), STATUS_BAD_MESSAGE, "and no answer");
	bytes_clear(&body);
	CHECK_EQUAL(seller_take_body(&seller, &body, &deal, only_frame(&frames), NULL), STATUS_BAD_MESSAGE,
		"a seller takes no answer");
	CHECK_EQUAL(body.len, 0, "and says nothing");
	receiver_free(r);
	bytes_release(&body);
	bytes_release(&frames);
}

/* What strangers may put into an answer. */
static void test_weigh(void)
{
	struct amount minus = amount_zero(), huge = amount_zero(), one = amount_u64(1);
	uint8_t largest[AMOUNT_ENCODED_MAX];

	memset(largest, 0xff, sizeof(largest));
	largest[0] = 0;
	CHECK_EQUAL(amount_decode(&huge, largest, sizeof(largest)), STATUS_OK, "the largest amount");
	CHECK(amount_sub(&minus, &minus, &one), "a negative amount");
	{
		const struct {
			struct query_response a;
			uint64_t size;
			enum status want;
			const char *why;
		} rows[] = {
			{{.max_payment_interval = 1}, 10, STATUS_OK, ""},
			{{.max_payment_interval = 1, .min_price_per_byte = one}, UINT64_MAX, STATUS_OK, ""},
			{{.max_payment_interval = 0}, 10, STATUS_BAD_MESSAGE, "the terms make no sense"},
			{{.max_payment_interval = UINT64_MAX}, 10, STATUS_BAD_MESSAGE, "the terms make no sense"},
			{{.max_payment_interval = 1, .min_price_per_byte = minus}, 10, STATUS_BAD_MESSAGE,
				"the terms make no sense"},
			{{.max_payment_interval = 1, .unseal_price = minus}, 10, STATUS_BAD_MESSAGE,
				"the terms make no sense"},
			{{.max_payment_interval = 1, .min_price_per_byte = huge}, 2, STATUS_BAD_MESSAGE,
				"the terms make no sense"},
			{{.status = 1}, 10, STATUS_NOT_FOUND, "unavailable: no reason is given"},
			{{.status = 2, .message = span_of("a\x1b[2Jb", 6)}, 10, STATUS_REJECTED, "error: a?[2Jb"},
			{{.status = 3}, 10, STATUS_BAD_MESSAGE, "status 3 means nothing"},
			{{.status = UINT64_MAX}, 10, STATUS_BAD_MESSAGE, "status 18446744073709551615 means nothing"},
		};

		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct party buyer = {0};
			struct amount cost;

			CHECK_EQUAL(
				buyer_weigh(&buyer, &cost, &rows[i].a, rows[i].size, NULL), rows[i].want, rows[i].why);
			CHECK_TEXT(buyer.error.why, rows[i].why, "and says why");
		}
	}
}

int main(void)
{
	struct bytes before = {0}, after = {0};
	char command[128];

	snprintf(folder, sizeof(folder), "%s/retrieval-query-XXXXXX",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!CHECK(mkdtemp(folder) != NULL, "a scratch folder"))
		return test_end();
	begin();
	CHECK_EQUAL(file_slurp_path(&before, data_path, 1 << 28), STATUS_OK, "the store as it is");
	test_golden();
	test_available();
	test_offer();
	test_refusals();
	test_content_gone();
	test_damage();
	test_other_frames();
	test_weigh();
	CHECK_EQUAL(file_slurp_path(&after, data_path, 1 << 28), STATUS_OK, "and afterwards");
	CHECK(span_equal(bytes_span(&before), bytes_span(&after)), "no query changed a byte of it");
	test_signed();
	store_close(seller.store);
	bytes_release(&before);
	bytes_release(&after);
	bytes_release(&offered_bytes);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	CHECK(system(command) == 0, "the scratch folder goes away");
	return test_end();
}
