/* Tests of wire/left_deals.h: the deals that a client has left, there and back. */
#include "../../support/extension_list.h"

#include "wire/left_deals.h"

static struct cid some_cid(void)
{
	struct cid cid;

	CHECK_EQUAL(cid_of(&cid, 1, CODEC_RAW, HASH_SHA2_256, span_text("left")), STATUS_OK, "the CID");
	return cid;
}

static void encode(struct bytes *extensions, size_t count)
{
	struct left_deal left = {.size = 1000};
	struct bytes items = {0}, value = {0};

	left.proposal.payload = some_cid();
	left.proposal.params.payment_interval = 77;
	left.proposal.params.price_per_byte = amount_u64(2);
	left.proposal.params.unseal_price = amount_zero();
	left.owed = amount_u64(154);
	left.over = true;
	for (size_t i = 0; i < count; i++) {
		left.transfer = 5 + i;
		left.proposal.id = 100 + i;
		left_deals_put(&items, &left);
	}
	extension_list_encode(&value, bytes_span(&items), count);
	graphsync_extensions(
		extensions, (const struct graphsync_extension_item[]){{EXT_LEFT_DEALS, bytes_span(&value)}}, 1);
	bytes_release(&items);
	bytes_release(&value);
}

static void check_there_and_back(void)
{
	struct graphsync_response response = {0};
	struct extension_list list;
	struct left_deal left;
	struct amount owed = amount_u64(154);
	struct bytes extensions = {0};

	CHECK_EQUAL(extension_list_open(&list, &response, EXT_LEFT_DEALS, LEFT_DEALS_MAX), STATUS_NOT_FOUND,
		"a response without extensions");
	encode(&extensions, 2);
	response.extensions = bytes_span(&extensions);
	CHECK_EQUAL(extension_list_open(&list, &response, EXT_LEFT_DEALS, LEFT_DEALS_MAX), STATUS_OK, "two deals");
	for (size_t i = 0; i < 2; i++) {
		CHECK_EQUAL(left_deals_next(&left, &list), STATUS_OK, "a deal");
		CHECK_EQUAL(left.transfer, 5 + i, "its transfer");
		CHECK_EQUAL(left.size, 1000, "its size");
		CHECK_EQUAL(amount_cmp(&left.owed, &owed), 0, "what is owed");
		CHECK(left.over, "the deal is over");
		CHECK_EQUAL(left.proposal.id, 100 + i, "its id");
		CHECK_EQUAL(left.proposal.params.payment_interval, 77, "its terms");
	}
	CHECK_EQUAL(left_deals_next(&left, &list), STATUS_END, "the end");
	bytes_release(&extensions);
}

static enum status next_item(struct extension_list *list)
{
	struct left_deal item;

	return left_deals_next(&item, list);
}

static void check_refused(void)
{
	static const struct list_row rows[] = {
		{"\x80", 1, STATUS_OK, STATUS_END, "an empty list"},
		{"\xa0", 1, STATUS_BAD_TYPE, STATUS_OK, "a map"},
		{"\x81\x81\x01", 3, STATUS_OK, STATUS_BAD_VALUE, "a deal of one item"},
		{"\x81\x85\x01\x02\x40\xf4\x80", 7, STATUS_OK, STATUS_BAD_TYPE, "a proposal that is none"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_list_row(&rows[i], EXT_LEFT_DEALS, LEFT_DEALS_MAX, next_item);
}

static void check_too_many(void)
{
	struct graphsync_response response = {0};
	struct extension_list list;
	struct bytes extensions = {0};

	encode(&extensions, LEFT_DEALS_MAX + 1);
	response.extensions = bytes_span(&extensions);
	CHECK_EQUAL(extension_list_open(&list, &response, EXT_LEFT_DEALS, LEFT_DEALS_MAX), STATUS_TOO_LARGE,
		"more than a provider may name");
	bytes_release(&extensions);
}

int main(void)
{
	check_there_and_back();
	check_refused();
	check_too_many();
	return test_end();
}
