/* Tests of wire/recovery.h: the best vouchers of a channel, there and back. */
#include "../../support/extension_list.h"

#include "wire/recovery.h"

static void encode(struct bytes *extensions, size_t count)
{
	struct voucher voucher = {.channel = address_of_id(7), .nonce = 3};
	struct bytes items = {0}, encoded = {0}, value = {0};

	for (size_t i = 0; i < count; i++) {
		bytes_clear(&encoded);
		voucher.lane = i;
		voucher_write(&encoded, &voucher);
		best_vouchers_put(&items, 100 + i, bytes_span(&encoded));
	}
	extension_list_encode(&value, bytes_span(&items), count);
	graphsync_extensions(
		extensions, (const struct graphsync_extension_item[]){{EXT_BEST_VOUCHERS, bytes_span(&value)}}, 1);
	bytes_release(&items);
	bytes_release(&encoded);
	bytes_release(&value);
}

static void check_there_and_back(void)
{
	struct graphsync_response response = {0};
	struct extension_list list;
	struct best_voucher best;
	struct bytes extensions = {0};

	CHECK_EQUAL(extension_list_open(&list, &response, EXT_BEST_VOUCHERS, BEST_VOUCHERS_MAX), STATUS_NOT_FOUND,
		"a response without extensions");
	encode(&extensions, 2);
	response.extensions = bytes_span(&extensions);
	CHECK_EQUAL(
		extension_list_open(&list, &response, EXT_BEST_VOUCHERS, BEST_VOUCHERS_MAX), STATUS_OK, "two pairs");
	for (size_t i = 0; i < 2; i++) {
		CHECK_EQUAL(best_vouchers_next(&best, &list), STATUS_OK, "a pair");
		CHECK_EQUAL(best.deal, 100 + i, "its deal");
		CHECK_EQUAL(best.voucher.lane, i, "its lane");
		CHECK_EQUAL(best.voucher.nonce, 3, "its nonce");
	}
	CHECK_EQUAL(best_vouchers_next(&best, &list), STATUS_END, "the end");
	bytes_release(&extensions);
}

static enum status next_item(struct extension_list *list)
{
	struct best_voucher item;

	return best_vouchers_next(&item, list);
}

static void check_refused(void)
{
	static const struct list_row rows[] = {
		{"\x80", 1, STATUS_OK, STATUS_END, "an empty list"},
		{"\xa0", 1, STATUS_BAD_TYPE, STATUS_OK, "a map"},
		{"\x81\x81\x01", 3, STATUS_OK, STATUS_BAD_VALUE, "a pair of one"},
		{"\x81\x82\x01\x80", 4, STATUS_OK, STATUS_BAD_VALUE, "a voucher that is none"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_list_row(&rows[i], EXT_BEST_VOUCHERS, BEST_VOUCHERS_MAX, next_item);
}

static void check_too_many(void)
{
	struct graphsync_response response = {0};
	struct extension_list list;
	struct bytes extensions = {0};

	encode(&extensions, BEST_VOUCHERS_MAX + 1);
	response.extensions = bytes_span(&extensions);
	CHECK_EQUAL(extension_list_open(&list, &response, EXT_BEST_VOUCHERS, BEST_VOUCHERS_MAX), STATUS_TOO_LARGE,
		"more than a provider may give");
	bytes_release(&extensions);
}

int main(void)
{
	check_there_and_back();
	check_refused();
	check_too_many();
	return test_end();
}
